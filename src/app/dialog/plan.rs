//! What a job will do, before it does anything.

use jiff::Timestamp;

use crate::app::list::Scroll;
use crate::app::text::TextField;
use crate::model::id::JobId;
use crate::model::job::ErrorReport;
use crate::model::plan::Plan;
use crate::model::spec::JobSpec;

/// Where the plan stands.
#[derive(Debug, Clone)]
pub enum PlanState {
    /// Asked for.
    Waiting {
        /// Since when.
        since: Timestamp,
    },
    /// There.
    Ready(Box<Plan>),
    /// It could not be made.
    Failed(ErrorReport),
}

/// The dialog.
#[derive(Debug, Clone)]
pub struct PlanDialog {
    /// The job that may follow.
    pub job: JobId,
    /// What it would do.
    pub spec: Box<JobSpec>,
    /// The plan.
    pub state: PlanState,
    /// Scrolls through the plan's lines.
    pub scroll: Scroll,
    /// What was typed to confirm, and the text that it has to be; only where rows are endangered.
    pub confirm: Option<TypedConfirm>,
}

/// A confirmation by typing.
#[derive(Debug, Clone)]
pub struct TypedConfirm {
    /// The text to type.
    pub expected: String,
    /// What was typed.
    pub field: TextField,
    /// Whether keys go into the field.
    pub editing: bool,
    /// What is wrong with it.
    pub error: Option<String>,
}
