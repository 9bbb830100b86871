//! Running and past jobs.

mod act;
mod hooks;
mod progress;

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::app::App;
use crate::app::filter::{Filter, Fuzzy};
use crate::app::focus::Pane;
use crate::app::list::Cursor;
use crate::app::samples::SampleHistory;
use crate::model::command_line;
use crate::model::course::Course;
use crate::model::id::JobId;
use crate::model::job::{JobEvent, JobState, Level};
use crate::model::meter::MeterSample;
use crate::model::record::JobRecord;
use crate::model::spec::JobSpec;

pub use hooks::{HOOK_LINES, HookBook, HookRow, HookRun, HookText};
pub use progress::Progress;

/// Lines of a job's log that are kept.
pub const LOG_LINES: usize = 1_000;

/// A line of a job's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// How loud.
    pub level: Level,
    /// The text.
    pub text: String,
}

/// Where a job's row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This console started it.
    Here,
    /// The history.
    History {
        /// The process that ran it.
        pid: u32,
        /// That process is gone although the job never ended.
        abandoned: bool,
    },
}

/// How far its cancel has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CancelAsked {
    /// Not asked for.
    #[default]
    No,
    /// Asked for gracefully.
    Graceful,
    /// Asked for by force.
    Forced,
}

/// A job.
#[derive(Debug, Clone)]
pub struct JobRow {
    /// Its id.
    pub id: JobId,
    /// Where the row comes from.
    pub origin: Origin,
    /// What it was asked to do, known before the engine answers.
    pub spec: Option<JobSpec>,
    /// The fold of its events.
    pub state: JobState,
    /// Its meter now, or at its end.
    pub meter: MeterSample,
    /// Its meter over time; empty for the history's rows.
    pub history: SampleHistory,
    /// The last lines of its log.
    pub log: VecDeque<LogLine>,
    /// What its hooks do and say.
    pub hooks: HookBook,
    /// How far its cancel has gone.
    pub cancel: CancelAsked,
    /// The same job as a command line, where the plan told it.
    pub command_line: Option<String>,
    /// How far it is by estimates.
    course: Course,
}

impl JobRow {
    /// A job that is about to start.
    #[must_use]
    pub fn new(id: JobId, spec: JobSpec, command_line: String) -> Self {
        Self {
            id,
            origin: Origin::Here,
            spec: Some(spec),
            state: JobState::default(),
            meter: MeterSample::default(),
            history: SampleHistory::default(),
            log: VecDeque::new(),
            hooks: HookBook::default(),
            cancel: CancelAsked::No,
            command_line: Some(command_line),
            course: Course::default(),
        }
    }

    /// A job of the history.
    #[must_use]
    pub fn from_record(record: JobRecord) -> Self {
        let origin = Origin::History { pid: record.pid, abandoned: record.abandoned };
        let problems = record.state.problems.iter();
        let at = record.state.started.unwrap_or_default();
        let line = |text: &String| LogLine { at, level: Level::Warning, text: text.clone() };
        Self {
            id: record.id,
            origin,
            spec: record.state.spec.clone(),
            log: problems.map(line).collect(),
            hooks: HookBook::from_record(&record.state.hooks),
            state: record.state,
            meter: record.meter,
            history: SampleHistory::default(),
            cancel: CancelAsked::No,
            command_line: None,
            course: Course::default(),
        }
    }

    /// Folds an event in.
    pub fn apply(&mut self, at: Timestamp, event: &JobEvent) {
        self.state.apply(at, event);
        self.course.note(event);
        self.hooks.note(at, event);
        if let JobEvent::Message { level, text } = event {
            if self.log.len() == LOG_LINES {
                self.log.pop_front();
            }
            self.log.push_back(LogLine { at, level: *level, text: text.clone() });
        }
    }

    /// The command line that does the same.
    #[must_use]
    pub fn equivalent(&self) -> Option<String> {
        let spec = self.spec.as_ref();
        self.command_line.clone().or_else(|| spec.map(command_line::render))
    }

    /// "backup shop → /b/shop.dump".
    #[must_use]
    pub fn title(&self) -> String {
        self.spec.as_ref().map_or_else(|| format!("job {}", self.id), JobSpec::title)
    }

    /// Whether this console's engine is running it.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.origin == Origin::Here && self.state.is_running()
    }
}

/// The pane.
#[derive(Debug, Clone, Default)]
pub struct JobsPane {
    /// All jobs, the newest first.
    pub jobs: Vec<JobRow>,
    /// Ids of those that pass the filter, in order.
    pub shown: Vec<JobId>,
    /// The cursor.
    pub cursor: Cursor<JobId>,
    /// The filter.
    pub filter: Filter,
    /// Records of the history that could not be read.
    pub unreadable: Vec<String>,
}

impl JobsPane {
    /// The job with this id.
    #[must_use]
    pub fn job(&self, id: JobId) -> Option<&JobRow> {
        self.jobs.iter().find(|job| job.id == id)
    }

    /// The job under the cursor.
    #[must_use]
    pub fn current(&self) -> Option<&JobRow> {
        self.job(*self.cursor.key()?)
    }

    /// How many jobs run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.jobs.iter().filter(|job| job.is_running()).count()
    }
}

impl App {
    /// Computes the list again.
    pub(in crate::app) fn settle_jobs(&mut self) {
        let height = self.page(Pane::Jobs);
        let pane = &mut self.jobs;
        let mut fuzzy = Fuzzy::new(pane.filter.text());
        let matches = |job: &&JobRow| {
            let text = format!("{} {}", job.title(), status_word(job));
            fuzzy.score(&text).is_some()
        };
        pane.shown = pane.jobs.iter().filter(matches).map(|job| job.id).collect();
        let shown = &pane.shown;
        pane.cursor.settle(shown.len(), height, |i| shown.get(i).copied());
    }

    /// Adds the history's records; what this console runs itself is known better.
    pub(in crate::app) fn merge_history(&mut self, records: Vec<JobRecord>) {
        for record in records {
            let known = self.jobs.jobs.iter_mut().find(|job| job.id == record.id);
            match known {
                Some(job) if job.origin == Origin::Here => {}
                Some(job) => *job = JobRow::from_record(record),
                None => self.jobs.jobs.push(JobRow::from_record(record)),
            }
        }
        self.jobs.jobs.sort_by_key(|job| std::cmp::Reverse(job.id));
    }

    /// Takes the meters in.
    pub(in crate::app) fn take_samples(&mut self, at: Timestamp, samples: &[(JobId, MeterSample)]) {
        for (id, sample) in samples {
            let job = self.jobs.jobs.iter_mut().find(|job| job.id == *id);
            if let Some(job) = job.filter(|job| job.is_running()) {
                job.meter = *sample;
                job.history.push(at, *sample);
            } else if let Some(job) = self.jobs.jobs.iter_mut().find(|job| job.id == *id) {
                // The last reading after the end has the final counts.
                job.meter = *sample;
            }
        }
    }
}

/// One word for the state: the phase while it runs, the outcome after.
#[must_use]
pub fn status_word(job: &JobRow) -> &'static str {
    match (&job.state.outcome, job.origin) {
        (Some(outcome), _) => outcome.label(),
        (None, Origin::History { abandoned: true, .. }) => "abandoned",
        (None, _) if job.state.paused => "paused",
        (None, _) => job.state.phase.label(),
    }
}
