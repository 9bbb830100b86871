//! Running and past jobs.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::app::filter::Filter;
use crate::app::list::Cursor;
use crate::app::samples::{Eta, SampleHistory};
use crate::model::id::JobId;
use crate::model::job::{JobState, Level};
use crate::model::meter::MeterSample;
use crate::model::spec::JobSpec;

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
    /// The history; `abandoned` when its process is gone although it never ended.
    History {
        /// The process is gone although the job never ended.
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
    /// How far its cancel has gone.
    pub cancel: CancelAsked,
    /// The same job as a command line, where the plan told it.
    pub command_line: Option<String>,
}

impl JobRow {
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

/// How far a job is, in the figures that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of row data moved.
    pub bytes: u64,
    /// What they will be in all, as far as known; corrected by what was done so far.
    pub bytes_total: Option<u64>,
    /// Rows moved.
    pub rows: u64,
    /// What they will be in all, where estimates exist.
    pub rows_total: Option<u64>,
    /// 0 to 100; `None` while the total is unknown or was exceeded.
    pub percent: Option<u8>,
    /// Bytes a second over the last three seconds, while it runs.
    pub now: Option<u64>,
    /// Bytes a second from its start.
    pub average: Option<u64>,
    /// The time left.
    pub eta: Eta,
}

impl JobRow {
    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress {
            bytes: self.meter.bytes,
            bytes_total: None,
            rows: self.meter.rows,
            rows_total: self.state.rows_total,
            percent: None,
            now: None,
            average: None,
            eta: Eta::Unknown("not begun"),
        }
    }
}
