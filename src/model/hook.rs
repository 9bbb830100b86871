//! Hooks as data: where they run, how they may end, and what is kept of each run.
//!
//! ```text
//!  pre-backup ─► pre-database ─► copy ─► post-database ─► post-backup ─► on-success | on-error
//!  pre-restore ─► pre-database ─► load ─► post-database ─► post-restore ─► on-success | on-error
//! ```
//! [`spec`] is what a hook is asked to do, [`draft`] how that is read from words and values. How a
//! hook is carried out is the business of the hooks' room.

pub mod draft;
pub mod spec;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A moment in a job's life at which hooks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookPoint {
    /// Before a backup begins.
    PreBackup,
    /// Before a restore begins.
    PreRestore,
    /// Before each database of a job.
    PreDatabase,
    /// After each database of a job, however it ended.
    PostDatabase,
    /// After a backup, however it ended.
    PostBackup,
    /// After a restore, however it ended.
    PostRestore,
    /// At the end of a job that is complete.
    OnSuccess,
    /// At the end of a job that is anything but complete.
    OnError,
}

impl HookPoint {
    /// All points, in the order of a job's life.
    pub const ALL: [Self; 8] = [
        Self::PreBackup,
        Self::PreRestore,
        Self::PreDatabase,
        Self::PostDatabase,
        Self::PostBackup,
        Self::PostRestore,
        Self::OnSuccess,
        Self::OnError,
    ];

    /// Its word in file names, the config file and the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::PreBackup => "pre-backup",
            Self::PreRestore => "pre-restore",
            Self::PreDatabase => "pre-database",
            Self::PostDatabase => "post-database",
            Self::PostBackup => "post-backup",
            Self::PostRestore => "post-restore",
            Self::OnSuccess => "on-success",
            Self::OnError => "on-error",
        }
    }

    /// Whether what it belongs to has not begun yet.
    #[must_use]
    pub fn is_before(self) -> bool {
        matches!(self, Self::PreBackup | Self::PreRestore | Self::PreDatabase)
    }

    /// Whether it only tells of an end.
    #[must_use]
    pub fn tells(self) -> bool {
        matches!(self, Self::OnSuccess | Self::OnError)
    }
}

impl fmt::Display for HookPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for HookPoint {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|point| point.word() == word);
        known.ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|point| point.word()).collect();
            format!("'{word}' is no point of a job: use {}", words.join(", "))
        })
    }
}

/// What the failure of a hook means for its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// The job goes on, and warns.
    Continue,
    /// Before a job: it does not begin, and has failed. After it: it is not complete.
    Abort,
}

impl OnFailure {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Abort => "abort",
        }
    }
}

/// Where a line of a hook comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookStream {
    /// Its standard output.
    Stdout,
    /// Its standard error.
    Stderr,
    /// What runs it says so: a retry, a limit.
    Note,
}

impl HookStream {
    /// Three letters for a column.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Stdout => "out",
            Self::Stderr => "err",
            Self::Note => "---",
        }
    }
}

/// How the last attempt of a hook ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookEnd {
    /// Well.
    Done,
    /// Its program ended with another code than 0.
    Exit {
        /// The code.
        code: i32,
    },
    /// A signal ended its program.
    Signal {
        /// The signal's number.
        signal: i32,
    },
    /// It took too long, and was ended.
    TimedOut {
        /// The limit, in milliseconds.
        millis: u64,
    },
    /// The job was cancelled, and the hook with it.
    Cancelled,
    /// It could not be run, or was refused.
    Failed {
        /// Why, in one line.
        reason: String,
    },
}

impl HookEnd {
    /// Whether it ended well.
    #[must_use]
    pub fn is_done(&self) -> bool {
        *self == Self::Done
    }
}

impl fmt::Display for HookEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Exit { code } => write!(f, "exit code {code}"),
            Self::Signal { signal } => write!(f, "ended by signal {signal}"),
            Self::TimedOut { millis } => write!(f, "timed out after {}", seconds(*millis)),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Failed { reason } => f.write_str(reason),
        }
    }
}

/// "2.1 s", "12 min 4 s".
#[must_use]
pub fn seconds(millis: u64) -> String {
    match millis {
        0..60_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        _ => format!("{} min {} s", millis / 60_000, millis / 1000 % 60),
    }
}

/// What is kept of one run of a hook: in the job's record, its report, a backup's manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookOutcome {
    /// The hook.
    pub name: String,
    /// Where in the job's life.
    pub point: HookPoint,
    /// The database it ran for, where it ran for one.
    pub database: Option<String>,
    /// What it did, without any secret: a program's path, "webhook to chat.example".
    pub what: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When the first attempt began.
    pub started: Timestamp,
    /// How long all attempts took, with the waits between them.
    pub millis: u64,
    /// Lines that it wrote, over all attempts.
    pub lines: u64,
    /// How many of them were too many to be kept.
    pub lines_dropped: u64,
    /// How the last attempt ended.
    pub end: HookEnd,
    /// What a failure means.
    pub on_failure: OnFailure,
}

impl HookOutcome {
    /// "hook notify at post-backup failed: exit code 3, tried 2 times"; `None` where it did not fail.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        if self.end.is_done() {
            return None;
        }
        let of = self.database.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
        let tried = match self.attempts {
            0 | 1 => String::new(),
            n => format!(", tried {n} times"),
        };
        Some(format!("hook {} at {}{of} failed: {}{tried}", self.name, self.point, self.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_is_read_back_from_its_word() {
        for point in HookPoint::ALL {
            assert_eq!(point.word().parse(), Ok(point));
            assert_eq!(serde_json::to_string(&point).unwrap(), format!("\"{point}\""));
        }
        let error = "pre-flight".parse::<HookPoint>().unwrap_err();
        assert!(error.contains("pre-backup, pre-restore"), "{error}");
    }

    #[test]
    fn a_failure_names_hook_point_database_reason_and_attempts() {
        let mut outcome = HookOutcome {
            name: "freeze".into(),
            point: HookPoint::PreDatabase,
            database: Some("shop".into()),
            what: "/etc/freeze".into(),
            attempts: 3,
            started: Timestamp::UNIX_EPOCH,
            millis: 2_150,
            lines: 0,
            lines_dropped: 0,
            end: HookEnd::TimedOut { millis: 1_500 },
            on_failure: OnFailure::Abort,
        };
        let expected =
            "hook freeze at pre-database of shop failed: timed out after 1.5 s, tried 3 times";
        assert_eq!(outcome.failure().as_deref(), Some(expected));
        outcome.end = HookEnd::Done;
        assert_eq!(outcome.failure(), None);
        assert_eq!(seconds(outcome.millis), "2.1 s");
        assert_eq!(seconds(724_000), "12 min 4 s");
    }
}
