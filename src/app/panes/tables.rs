//! The relations of the chosen database or schema, with their ticks.

use crate::app::filter::Filter;
use crate::app::list::Cursor;
use crate::app::selection::Tick;
use crate::model::catalog::RelationKind;

/// What the pane shows the relations of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The database.
    pub database: String,
    /// One schema, or all.
    pub schema: Option<String>,
}

/// The order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// By schema and name.
    #[default]
    Name,
    /// Largest first.
    Size,
    /// Most rows first.
    Rows,
}

impl Sort {
    /// The word shown.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Size => "size",
            Self::Rows => "rows",
        }
    }
}

/// A row in sight, as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    /// The relation's oid.
    pub oid: u32,
    /// `schema.name`, or the name alone when only one schema is shown.
    pub label: String,
    /// Characters of the label that the filter matched.
    pub matched: Vec<u32>,
    /// Its kind.
    pub kind: RelationKind,
    /// Whether it is a partition.
    pub is_partition: bool,
    /// Its tick; a partitioned table's follows its partitions.
    pub tick: Tick,
    /// The predicate that limits its rows.
    pub predicate: Option<String>,
    /// Its rows stay out of the backup.
    pub without_rows: bool,
    /// Bytes on disk with indexes.
    pub total_bytes: u64,
    /// The planner's estimate.
    pub rows_estimate: Option<u64>,
    /// It lies in the range that is being marked.
    pub in_range: bool,
}

/// Figures for the pane's title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Relations in scope.
    pub all: usize,
    /// Relations that pass the filter.
    pub shown: usize,
    /// Ticked relations of the whole database.
    pub ticked: usize,
    /// Bytes on disk of the ticked ones.
    pub ticked_bytes: u64,
}

/// The pane.
#[derive(Debug, Clone, Default)]
pub struct TablesPane {
    /// What is shown.
    pub scope: Option<Scope>,
    /// The order.
    pub sort: Sort,
    /// The other way round.
    pub reversed: bool,
    /// The filter.
    pub filter: Filter,
    /// The cursor, by oid.
    pub cursor: Cursor<u32>,
    /// Where a range begins.
    pub anchor: Option<u32>,
    /// The rows in sight, from the cursor's offset on: all that is drawn.
    pub window: Vec<TableRow>,
    /// Figures for the title.
    pub totals: Totals,
    /// Positions in the catalog of what is in scope and passes the filter, in order.
    pub(in crate::app) shown: Vec<u32>,
}
