//! The databases and their schemas, as a tree.

use std::collections::BTreeSet;

use crate::app::filter::Filter;
use crate::app::list::Cursor;
use crate::app::selection::Tick;

/// A node of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    /// A database.
    Database(String),
    /// A schema of a database.
    Schema(String, String),
}

impl Node {
    /// The database it is, or is in.
    #[must_use]
    pub fn database(&self) -> &str {
        match self {
            Self::Database(database) | Self::Schema(database, _) => database,
        }
    }

    /// The schema, if it is one.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        match self {
            Self::Database(_) => None,
            Self::Schema(_, schema) => Some(schema),
        }
    }
}

/// A row as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserRow {
    /// What it is.
    pub node: Node,
    /// The name.
    pub label: String,
    /// Characters of the name that the filter matched.
    pub matched: Vec<u32>,
    /// Whether its children are shown; `None` for a row that cannot have any.
    pub expanded: Option<bool>,
    /// What is ticked below it.
    pub tick: Tick,
    /// Size on disk, where known.
    pub bytes: Option<u64>,
    /// Relations below it, where known.
    pub relations: Option<usize>,
    /// Its catalog is being read.
    pub loading: bool,
    /// Its data is from before the connection was lost.
    pub stale: bool,
    /// Why it cannot be opened.
    pub problem: Option<String>,
}

/// The pane.
#[derive(Debug, Clone, Default)]
pub struct BrowserPane {
    /// The rows, all of them.
    pub rows: Vec<BrowserRow>,
    /// The cursor in them.
    pub cursor: Cursor<Node>,
    /// The filter.
    pub filter: Filter,
    /// Databases whose schemas are shown.
    pub expanded: BTreeSet<String>,
}

impl BrowserPane {
    /// The row under the cursor.
    #[must_use]
    pub fn current(&self) -> Option<&BrowserRow> {
        self.rows.get(self.cursor.index())
    }
}
