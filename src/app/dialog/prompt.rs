//! A question answered by a line of text.

use crate::app::text::TextField;
use crate::model::id::JobId;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// A predicate for this table of this database.
    Where {
        /// The database.
        database: String,
        /// The table.
        oid: u32,
    },
    /// A rate limit for this job.
    Rate(JobId),
    /// The archive to restore from.
    Archive,
}

/// The dialog.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What is asked for.
    pub ask: Ask,
    /// The question.
    pub title: String,
    /// Examples, or what an empty answer means.
    pub help: String,
    /// The answer.
    pub field: TextField,
    /// What is wrong with it.
    pub error: Option<String>,
}
