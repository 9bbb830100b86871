//! The lines of a job's log.

use crate::app::list::Scroll;
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
