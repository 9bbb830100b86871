//! The lines of a job's log.

use crate::app::list::{Scroll, Step};
use crate::model::id::JobId;

/// The dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobLogDialog {
    /// The job.
    pub job: JobId,
    /// Scrolls through the lines.
    pub scroll: Scroll,
    /// Stays at the newest line.
    pub follow: bool,
}

impl JobLogDialog {
    /// Scrolls; at the end it follows what comes.
    pub(in crate::app) fn step(&mut self, step: Step, lines: usize, page: usize) {
        self.scroll.step(step, lines, page);
        self.follow = self.scroll.offset + page >= lines;
    }

    /// After lines came.
    pub(in crate::app) fn settle(&mut self, lines: usize, page: usize) {
        let step = if self.follow { Step::Last } else { Step::By(0) };
        self.scroll.step(step, lines, page);
    }
}
