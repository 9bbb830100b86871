//! The life of a job: what the engine reports, and the state that every front folds it into.
//!
//! ```text
//! Planning ─► Connecting ─► Reading ─► Copying ─► Finishing ─► Finished(outcome)
//!     └────────────┴───────────┴──────────┴── cancel ─► Cancelling ─► Finished(Cancelled)
//! ```
//! [`JobState::apply`] is pure: the console, the headless printer and the history use the same fold.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error_kind::ErrorKind;
use super::hook::{HookOutcome, HookPoint, HookStream};
use super::size::RateLimit;
use super::spec::JobSpec;
use super::throttle::{Adjustment, Adjustments, LimitReason};
use super::verify::VerifyReport;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Accepted, not begun.
    Queued,
    /// Hooks run before the job, or after it.
    Hooks,
    /// Opening connections.
    Connecting,
    /// Reading the catalog, or the archive's table of contents.
    Reading,
    /// Creating definitions (restore).
    PreData,
    /// Copying rows.
    Copying,
    /// Building indexes, constraints and the rest (restore).
    PostData,
    /// Writing the table of contents, syncing, renaming.
    Finishing,
    /// A cancel was asked for and is being carried out.
    Cancelling,
    /// Over; the outcome says how.
    Finished,
}

impl Phase {
    /// Lower-case word for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Hooks => "running hooks",
            Self::Connecting => "connecting",
            Self::Reading => "reading",
            Self::PreData => "definitions",
            Self::Copying => "copying rows",
            Self::PostData => "indexes and constraints",
            Self::Finishing => "finishing",
            Self::Cancelling => "cancelling",
            Self::Finished => "finished",
        }
    }
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Everything that was asked for is there.
    Complete,
    /// It ran to its end, but something is missing; each reason names its object.
    Incomplete {
        /// What is missing, and why.
        reasons: Vec<String>,
    },
    /// It ran to its end, and found that a backup is not what was written.
    Damaged {
        /// Each damage, by file and offset.
        findings: Vec<String>,
    },
    /// It failed; nothing that looks like a finished result was left.
    Failed {
        /// What went wrong.
        error: ErrorReport,
    },
    /// It was cancelled.
    Cancelled {
        /// The state in which the target was left, in words.
        left: String,
    },
    /// The job's task panicked; the report is in the job's log.
    Panicked {
        /// The panic's message.
        message: String,
    },
}

impl Outcome {
    /// Lower-case word for people.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Incomplete { .. } => "incomplete",
            Self::Damaged { .. } => "damaged",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
            Self::Panicked { .. } => "crashed",
        }
    }

    /// The outcome with more that is missing: what was complete is not any more.
    #[must_use]
    pub fn less_complete(self, more: Vec<String>) -> Self {
        match self {
            Self::Complete if !more.is_empty() => Self::Incomplete { reasons: more },
            Self::Incomplete { mut reasons } => {
                reasons.extend(more);
                Self::Incomplete { reasons }
            }
            other => other,
        }
    }

    /// The process exit code: 0 done, 1 failed, 2 a wrong request, 3 incomplete, 4 damaged, 130
    /// interrupted.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Failed { error } => error.kind.exit_code(),
            Self::Panicked { .. } => 1,
            Self::Incomplete { .. } => 3,
            Self::Damaged { .. } => 4,
            Self::Cancelled { .. } => 130,
        }
    }
}

/// An error as data: what crosses a channel or goes into a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorReport {
    /// What sort of thing went wrong.
    #[serde(default)]
    pub kind: ErrorKind,
    /// The message with its causes, one line.
    pub message: String,
    /// What the user can do.
    pub hint: Option<String>,
    /// Whether trying again may help.
    pub transient: bool,
    /// The server's SQLSTATE, where it came from there.
    pub sqlstate: Option<String>,
}

/// How loud a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// For the record.
    Info,
    /// The user should know.
    Warning,
    /// Something failed.
    Error,
}

/// A discrete fact about a job. High-rate numbers are in the job's meter instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobEvent {
    /// The engine took the job; always the first.
    Accepted {
        /// What was asked for.
        spec: Box<JobSpec>,
    },
    /// A new phase began.
    Phase(Phase),
    /// What there is to do, once known.
    Totals {
        /// Objects with data.
        objects: u64,
        /// Estimated bytes.
        bytes: u64,
        /// Estimated rows, where every object has an estimate.
        rows: Option<u64>,
    },
    /// A worker began an object.
    ObjectStarted {
        /// The worker's number from 0.
        worker: u16,
        /// The object, such as "public.orders" or "INDEX orders_pkey".
        object: String,
        /// Estimated bytes, 0 where there is no data.
        bytes: u64,
    },
    /// A worker finished an object; where several shared it, the last one to leave it.
    ObjectDone {
        /// The worker's number.
        worker: u16,
        /// The object.
        object: String,
        /// Rows moved.
        rows: u64,
        /// Bytes moved.
        bytes: u64,
        /// Whether it carried row data (counts for progress) or was a definition.
        data: bool,
    },
    /// A line for the job's log.
    Message {
        /// How loud.
        level: Level,
        /// The text, one line.
        text: String,
    },
    /// The limit or the pause changed.
    Throttle {
        /// Bytes a second; `None` is unlimited.
        limit: Option<u64>,
        /// Whether the job is paused.
        paused: bool,
        /// Why the limit is what it is.
        #[serde(default)]
        reason: LimitReason,
    },
    /// A hook begins.
    HookStarted {
        /// Tells this run from others of the same hook, within the job.
        run: u32,
        /// The hook.
        name: String,
        /// Where in the job's life.
        point: HookPoint,
        /// The database it runs for, where it runs for one.
        database: Option<String>,
        /// What it does, without any secret.
        what: String,
    },
    /// A hook wrote a line.
    HookLine {
        /// Which run.
        run: u32,
        /// The hook.
        name: String,
        /// Where it wrote it.
        stream: HookStream,
        /// The line; without characters that steer a terminal, cut where it was too long.
        text: String,
    },
    /// A hook ended.
    HookEnded {
        /// Which run.
        run: u32,
        /// How it went.
        outcome: Box<HookOutcome>,
    },
    /// What a verification found; just before its end.
    Verified {
        /// All of it.
        report: Box<VerifyReport>,
    },
    /// The end; always the last.
    Finished {
        /// How it ended.
        outcome: Outcome,
        /// The file that was made, where one was.
        #[serde(default, with = "crate::model::path::optional")]
        output: Option<PathBuf>,
    },
}

/// What is known of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobState {
    /// What was asked for, once accepted.
    pub spec: Option<JobSpec>,
    /// Where it stands.
    pub phase: Phase,
    /// When it was accepted.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Objects with data, once known.
    pub objects_total: u64,
    /// Objects with data that are done.
    pub objects_done: u64,
    /// Estimated bytes, once known.
    pub bytes_total: u64,
    /// Estimated rows, where known.
    pub rows_total: Option<u64>,
    /// What each worker does now: (worker, object).
    pub current: Vec<(u16, String)>,
    /// Warnings and errors so far.
    pub problems: Vec<String>,
    /// Bytes a second; `None` is unlimited.
    pub limit: Option<u64>,
    /// Why the limit is what it is.
    #[serde(default)]
    pub limit_reason: LimitReason,
    /// Whether it is paused.
    pub paused: bool,
    /// How limit and pause changed while it ran.
    #[serde(default)]
    pub adjustments: Adjustments,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// The file that was made.
    #[serde(default, with = "crate::model::path::optional")]
    pub output: Option<PathBuf>,
    /// How its hooks went, in the order of their ends.
    #[serde(default)]
    pub hooks: Vec<HookOutcome>,
    /// What a verification found.
    #[serde(default)]
    pub verified: Option<Box<VerifyReport>>,
}

impl Default for JobState {
    fn default() -> Self {
        Self {
            spec: None,
            phase: Phase::Queued,
            started: None,
            ended: None,
            objects_total: 0,
            objects_done: 0,
            bytes_total: 0,
            rows_total: None,
            current: Vec::new(),
            problems: Vec::new(),
            limit: None,
            limit_reason: LimitReason::default(),
            paused: false,
            adjustments: Adjustments::default(),
            outcome: None,
            output: None,
            hooks: Vec::new(),
            verified: None,
        }
    }
}

impl JobState {
    /// Folds one event in. Events after the end change nothing.
    pub fn apply(&mut self, at: Timestamp, event: &JobEvent) {
        if self.outcome.is_some() {
            return;
        }
        match event {
            JobEvent::Accepted { spec } => {
                self.spec = Some((**spec).clone());
                self.started = Some(at);
            }
            JobEvent::Phase(phase) => {
                // A worker's late report must not hide that the job is being cancelled.
                if self.phase != Phase::Cancelling {
                    self.phase = *phase;
                }
            }
            JobEvent::Totals { objects, bytes, rows } => {
                self.objects_total = *objects;
                self.bytes_total = *bytes;
                self.rows_total = *rows;
            }
            JobEvent::ObjectStarted { worker, object, .. } => {
                self.current.retain(|(w, _)| w != worker);
                self.current.push((*worker, object.clone()));
                self.current.sort_by_key(|(w, _)| *w);
            }
            JobEvent::ObjectDone { object, data, .. } => {
                // Several workers may share an object; the last of them reports its end.
                self.current.retain(|(_, current)| current != object);
                self.objects_done += u64::from(*data);
            }
            JobEvent::Message { level, text } => {
                if *level >= Level::Warning {
                    self.problems.push(text.clone());
                }
            }
            JobEvent::Throttle { limit, paused, reason } => {
                self.limit = *limit;
                self.paused = *paused;
                self.limit_reason = reason.clone();
                let (limit, paused, reason) = (*limit, *paused, reason.clone());
                self.adjustments.note(Adjustment { at, limit, paused, reason });
            }
            JobEvent::HookStarted { .. } | JobEvent::HookLine { .. } => {}
            JobEvent::HookEnded { outcome, .. } => self.hooks.push((**outcome).clone()),
            JobEvent::Verified { report } => self.verified = Some(report.clone()),
            JobEvent::Finished { outcome, output } => {
                self.phase = Phase::Finished;
                self.ended = Some(at);
                self.current.clear();
                self.outcome = Some(outcome.clone());
                self.output.clone_from(output);
            }
        }
    }

    /// The limit with its reason: "40 MB/s: replica lag 14 s over 10 s", or "off".
    #[must_use]
    pub fn limit_text(&self) -> String {
        let limit = RateLimit(self.limit);
        match self.limit_reason {
            LimitReason::Off => limit.to_string(),
            ref reason => format!("{limit}: {reason}"),
        }
    }

    /// Whether it can still be cancelled.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.outcome.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(worker: u16, object: &str) -> JobEvent {
        JobEvent::ObjectStarted { worker, object: object.to_owned(), bytes: 0 }
    }

    fn done(worker: u16, object: &str, data: bool) -> JobEvent {
        JobEvent::ObjectDone { worker, object: object.to_owned(), rows: 1, bytes: 2, data }
    }

    fn fold(events: &[JobEvent]) -> JobState {
        let mut state = JobState::default();
        for event in events {
            state.apply(Timestamp::UNIX_EPOCH, event);
        }
        state
    }

    #[test]
    fn workers_show_what_they_do_now() {
        let state = fold(&[started(1, "b"), started(0, "a"), done(1, "b", true), started(1, "c")]);
        assert_eq!(state.current, [(0, "a".to_owned()), (1, "c".to_owned())]);
        assert_eq!(state.objects_done, 1);
    }

    #[test]
    fn an_object_that_workers_share_ends_for_all_of_them() {
        let state = fold(&[started(0, "a"), started(1, "a"), done(1, "a", true)]);
        assert_eq!(state.current, []);
        assert_eq!(state.objects_done, 1);
    }

    #[test]
    fn a_definition_does_not_count_as_data() {
        assert_eq!(fold(&[started(0, "INDEX i"), done(0, "INDEX i", false)]).objects_done, 0);
    }

    #[test]
    fn a_cancelling_job_stays_so_until_its_end_and_the_end_is_final() {
        let end = JobEvent::Finished { outcome: Outcome::Complete, output: None };
        let late = JobEvent::Finished {
            outcome: Outcome::Cancelled { left: String::new() },
            output: None,
        };
        let state = fold(&[JobEvent::Phase(Phase::Cancelling), JobEvent::Phase(Phase::Copying)]);
        assert_eq!(state.phase, Phase::Cancelling);
        let state = fold(&[end, late, started(0, "x")]);
        assert_eq!(state.outcome, Some(Outcome::Complete));
        assert!(state.current.is_empty());
    }

    #[test]
    fn exit_codes_are_the_documented_ones() {
        assert_eq!(Outcome::Complete.exit_code(), 0);
        assert_eq!(Outcome::Incomplete { reasons: vec![] }.exit_code(), 3);
        assert_eq!(Outcome::Damaged { findings: vec![] }.exit_code(), 4);
        for (kind, code) in [(ErrorKind::Usage, 2), (ErrorKind::Archive, 1), (ErrorKind::Io, 1)] {
            let error = ErrorReport { kind, ..ErrorReport::default() };
            assert_eq!(Outcome::Failed { error }.exit_code(), code);
        }
        assert_eq!(Outcome::Cancelled { left: String::new() }.exit_code(), 130);
    }
}
