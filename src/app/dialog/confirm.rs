//! A question with two answers. No is the default.

use crate::app::App;
use crate::app::dialog::Dialog;
use crate::engine::command::CancelMode;
use crate::model::id::JobId;

/// What a yes does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// Cancel a job gracefully.
    CancelJob(JobId),
    /// Drop a job at once.
    ForceCancelJob(JobId),
}

impl Confirmed {
    /// The job that is asked about.
    #[must_use]
    pub fn job(&self) -> JobId {
        match self {
            Self::CancelJob(job) | Self::ForceCancelJob(job) => *job,
        }
    }
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

impl App {
    /// Carries the answer out.
    pub(in crate::app) fn answer_confirm(&mut self, yes: bool) {
        let Some(Dialog::Confirm(confirm)) = self.dialogs.last() else { return };
        let confirmed = confirm.on_yes.clone();
        self.dialogs.pop();
        if !yes {
            return;
        }
        match confirmed {
            Confirmed::CancelJob(job) => self.cancel_job(job, CancelMode::Graceful),
            Confirmed::ForceCancelJob(job) => self.cancel_job(job, CancelMode::Forced),
        }
    }
}
