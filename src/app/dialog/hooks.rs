//! The hooks of a job: their state, and what they say while they say it.

use crate::app::list::{Scroll, Step};
use crate::model::id::JobId;

/// The dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HooksDialog {
    /// The job.
    pub job: JobId,
    /// Scrolls through the rows.
    pub scroll: Scroll,
    /// Stays at the newest row.
    pub follow: bool,
}

impl HooksDialog {
    /// The end of a job's hooks.
    #[must_use]
    pub fn of(job: JobId) -> Self {
        Self { job, scroll: Scroll::default(), follow: true }
    }

    /// Scrolls; at the end it follows what comes.
    pub(in crate::app) fn step(&mut self, step: Step, rows: usize, page: usize) {
        self.scroll.step(step, rows, page);
        self.follow = self.scroll.offset + page >= rows;
    }

    /// After rows came.
    pub(in crate::app) fn settle(&mut self, rows: usize, page: usize) {
        let step = if self.follow { Step::Last } else { Step::By(0) };
        self.scroll.step(step, rows, page);
    }
}
