//! A form: labelled fields of text, yes or no, and one of several.

use super::text::TextField;

/// Names a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldId {
    /// What to back up.
    What,
    /// The file to make.
    Output,
    /// Replace the file.
    Overwrite,
    /// Codec and level.
    Compression,
    /// Which parts.
    Parts,
    /// Connections.
    Jobs,
    /// Rate limit.
    Rate,
    /// Take what the tables need.
    Dependencies,
    /// Take what the tables reference.
    References,
    /// Leave out owners.
    NoOwner,
    /// Leave out grants.
    NoPrivileges,
    /// New or existing database.
    Into,
    /// The database to restore into.
    Database,
    /// Drop the objects first.
    Clean,
    /// All or nothing.
    SingleTransaction,
    /// Stop at the first error.
    ExitOnError,
    /// Disable triggers.
    DisableTriggers,
    /// `SET ROLE`.
    Role,
}

/// What a field holds.
#[derive(Debug, Clone)]
pub enum Value {
    /// Free text.
    Text(TextField),
    /// Yes or no.
    Toggle(bool),
    /// One of several.
    Choice {
        /// The options.
        options: Vec<String>,
        /// Which one.
        index: usize,
    },
}

/// A field.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub id: FieldId,
    /// What stands before it.
    pub label: &'static str,
    /// What it means, for the line below the form.
    pub help: &'static str,
    /// What it holds.
    pub value: Value,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// A form.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// The fields in order.
    pub fields: Vec<Field>,
    /// The field that has the keys.
    pub focus: usize,
}
