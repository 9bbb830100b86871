//! The contents of an archive with ticks, and the options of a restore.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::app::filter::Filter;
use crate::app::form::Form;
use crate::app::list::Cursor;
use crate::app::remote::Remote;
use crate::app::selection::Tick;
use crate::model::archive::ArchiveListing;
use crate::model::name::QualifiedName;

/// Which half of the dialog has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Half {
    /// The tables.
    #[default]
    Tables,
    /// The options.
    Options,
}

/// A table of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveTable {
    /// Its name.
    pub name: QualifiedName,
    /// Bytes of its rows in the file, where the archive tells.
    pub bytes: Option<u64>,
    /// Whether the archive has its rows.
    pub has_data: bool,
}

/// Identity of a row of the list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ArchiveNode {
    /// A schema and its tables.
    Schema(String),
    /// A table.
    Table(QualifiedName),
}

/// A row as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveRow {
    /// What it is.
    pub node: ArchiveNode,
    /// The schema's or the table's own name.
    pub label: String,
    /// Characters of the label that the filter matched.
    pub matched: Vec<u32>,
    /// Its tick.
    pub tick: Tick,
    /// Bytes of its rows in the file, where the archive tells.
    pub bytes: Option<u64>,
    /// Whether the archive has its rows.
    pub has_data: bool,
}

/// The dialog.
#[derive(Debug, Clone)]
pub struct RestoreDialog {
    /// The archive.
    pub path: PathBuf,
    /// Its contents.
    pub listing: Remote<ArchiveListing>,
    /// Its tables, sorted.
    pub tables: Vec<ArchiveTable>,
    /// Those that are ticked.
    pub ticked: BTreeSet<QualifiedName>,
    /// The rows that pass the filter.
    pub rows: Vec<ArchiveRow>,
    /// The cursor in them.
    pub cursor: Cursor<ArchiveNode>,
    /// The filter.
    pub filter: Filter,
    /// The options.
    pub form: Form,
    /// Which half has the keys.
    pub half: Half,
}
