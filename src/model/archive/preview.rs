//! A look into one entry of an archive.

use serde::{Deserialize, Serialize};

/// How much a look reads and shows at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewLimits {
    /// Rows.
    pub rows: usize,
    /// Characters of one cell.
    pub cell_chars: usize,
    /// Characters of the definition.
    pub definition_chars: usize,
}

impl Default for PreviewLimits {
    /// What a screen can show, and some pages more.
    fn default() -> Self {
        Self { rows: 200, cell_chars: 200, definition_chars: 100_000 }
    }
}

/// What one entry of an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The dump id.
    pub id: u32,
    /// The entry as people call it, such as "TABLE public.orders".
    pub title: String,
    /// SQL that makes it; of rows, the definition of their table. Empty where there is none.
    pub definition: String,
    /// Whether the definition was cut at the limit.
    pub definition_cut: bool,
    /// The first rows, of the entry itself or of the table that it defines.
    pub rows: PreviewRows,
}

/// The first rows of a table, or why there are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PreviewRows {
    /// The entry is nothing that has rows.
    None,
    /// It would have rows, but the archive does not hold them.
    NotStored,
    /// They cannot be shown, and why.
    Unreadable(String),
    /// The first rows.
    Rows {
        /// Names of the columns; empty where the archive does not tell.
        columns: Vec<String>,
        /// A row's cells; `None` is NULL.
        rows: Vec<Vec<Option<String>>>,
        /// Whether there are more.
        more: bool,
    },
    /// The first statements, where rows were dumped as statements.
    Statements {
        /// Their text.
        text: String,
        /// Whether there are more.
        more: bool,
    },
    /// The first large objects: oid and bytes.
    LargeObjects {
        /// Oid and size in bytes of each.
        objects: Vec<(u32, u64)>,
        /// Whether there are more.
        more: bool,
    },
}
