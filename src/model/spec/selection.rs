//! Which objects and which parts of them a job is about.

use serde::{Deserialize, Serialize};

use crate::model::pattern::Pattern;

/// Which of the three parts of an archive to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Section {
    /// Definitions that must exist before the rows.
    PreData,
    /// Rows, sequence values, large objects.
    Data,
    /// Indexes, constraints, triggers: what is built over the rows.
    PostData,
}

impl Section {
    /// The word of `--section`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::PreData => "pre-data",
            Self::Data => "data",
            Self::PostData => "post-data",
        }
    }
}

/// Which parts of the objects to take; all of them unless narrowed. With both `data_only` and
/// `schema_only` there are neither rows nor definitions, only statistics where those are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// No definitions.
    pub data_only: bool,
    /// No rows.
    pub schema_only: bool,
    /// Only these sections; empty means all.
    pub sections: Vec<Section>,
}

impl Parts {
    /// Whether the section is wanted.
    #[must_use]
    pub fn wants(&self, section: Section) -> bool {
        let by_kind = match section {
            Section::Data => !self.schema_only,
            Section::PreData | Section::PostData => !self.data_only,
        };
        by_kind && (self.sections.is_empty() || self.sections.contains(&section))
    }
}

/// Which objects to take, with pg_dump's meaning of each list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// `-t`: tables, views, sequences; empty means all.
    pub tables: Vec<Pattern>,
    /// `-T`.
    pub exclude_tables: Vec<Pattern>,
    /// `-n`; empty means all.
    pub schemas: Vec<Pattern>,
    /// `-N`.
    pub exclude_schemas: Vec<Pattern>,
    /// `--exclude-table-data`.
    pub exclude_table_data: Vec<Pattern>,
    /// `--table-and-children`: as `tables`, with all their partitions and heirs.
    pub tables_and_children: Vec<Pattern>,
    /// `--exclude-table-and-children`.
    pub exclude_tables_and_children: Vec<Pattern>,
    /// `--exclude-table-data-and-children`.
    pub exclude_table_data_and_children: Vec<Pattern>,
    /// `-e`: extensions; like `tables` and `schemas` it ends the include-everything mode.
    pub extensions: Vec<Pattern>,
    /// `--exclude-extension`.
    pub exclude_extensions: Vec<Pattern>,
    /// `--include-foreign-data`: servers whose foreign tables' rows are copied too.
    pub foreign_data: Vec<Pattern>,
    /// `--min-rows`: rows of tables that have fewer by a real count stay out.
    pub min_rows: Option<u64>,
    /// `--max-rows`: rows of tables that have more by a real count stay out.
    pub max_rows: Option<u64>,
    /// `--strict-names`: every pattern must match something.
    pub strict_names: bool,
    /// `--where TABLE:PREDICATE`.
    pub filters: Vec<RowFilter>,
    /// Take also the schemas, types, functions and sequences that the selected tables need, so that
    /// the archive can be restored into an empty database.
    pub with_dependencies: bool,
    /// Take also the tables that the selected ones reference by foreign key, transitively.
    pub with_references: bool,
}

impl Selection {
    /// Whether everything in the database is meant (pg_dump's include-everything mode).
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.tables.is_empty()
            && self.tables_and_children.is_empty()
            && self.schemas.is_empty()
            && self.extensions.is_empty()
    }
}

/// A predicate that limits the rows copied from the matching tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowFilter {
    /// The tables it applies to.
    pub table: Pattern,
    /// A SQL condition, put after WHERE.
    pub predicate: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_narrow_by_kind_and_by_section() {
        let all = Parts::default();
        assert!(all.wants(Section::PreData) && all.wants(Section::Data));
        let data = Parts { data_only: true, ..Parts::default() };
        assert!(data.wants(Section::Data) && !data.wants(Section::PostData));
        let pre = Parts { sections: vec![Section::PreData], ..Parts::default() };
        assert!(pre.wants(Section::PreData) && !pre.wants(Section::Data));
    }
}
