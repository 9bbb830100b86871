//! Options of a backup.

use crate::app::form::Form;

/// What can be backed up: the options of the form's first field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// What is ticked.
    Ticked,
    /// The whole database.
    Everything,
    /// The schema under the cursor.
    Schema,
    /// The relation under the cursor.
    Relation,
}

/// The dialog.
#[derive(Debug, Clone)]
pub struct BackupDialog {
    /// The database.
    pub database: String,
    /// What each option of the first field means.
    pub what: Vec<What>,
    /// The fields.
    pub form: Form,
}
