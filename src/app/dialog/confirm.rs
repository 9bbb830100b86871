//! A question with two answers. No is the default.

use crate::model::id::JobId;

/// What a yes does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// Cancel a job gracefully.
    CancelJob(JobId),
    /// Drop a job at once.
    ForceCancelJob(JobId),
}

/// The dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// The question.
    pub title: String,
    /// What a yes means: what, where, how much.
    pub lines: Vec<String>,
    /// The word on the yes button.
    pub yes: &'static str,
    /// What a yes does.
    pub on_yes: Confirmed,
    /// Whether yes is chosen.
    pub yes_chosen: bool,
}
