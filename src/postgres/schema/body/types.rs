//! Types of all kinds.

use crate::postgres::schema::graph::Id;

/// A type.
#[derive(Debug)]
pub(in super::super) enum Type {
    /// Labels in order.
    Enum(Vec<String>),
    /// A domain.
    Domain(Box<Domain>),
    /// Columns in order.
    Composite {
        /// Its row in `pg_class`, which comments on the columns hang on.
        relation: u32,
        /// The columns.
        columns: Vec<CompositeColumn>,
    },
    /// A range type.
    Range(Box<Range>),
    /// A type whose values functions read and write.
    Base(Base),
    /// Declared but not defined.
    Shell,
}

/// A domain.
#[derive(Debug, Default)]
pub(in super::super) struct Domain {
    /// The type below.
    pub(in super::super) base: String,
    /// Collation where it is not the base type's, qualified.
    pub(in super::super) collation: Option<String>,
    /// `NOT NULL`, with its name where that is not the usual one.
    pub(in super::super) not_null: Option<String>,
    /// Default as SQL.
    pub(in super::super) default: Option<String>,
    /// Its constraints.
    pub(in super::super) constraints: Vec<Id>,
}

/// A column of a composite type.
#[derive(Debug)]
pub(in super::super) struct CompositeColumn {
    /// `attnum`.
    pub(in super::super) number: i16,
    /// Name.
    pub(in super::super) name: String,
    /// Type.
    pub(in super::super) data_type: String,
    /// Collation where it is not the type's, qualified.
    pub(in super::super) collation: Option<String>,
}

/// A range type.
#[derive(Debug, Default)]
pub(in super::super) struct Range {
    /// Type of the bounds.
    pub(in super::super) subtype: String,
    /// Name of the multirange type, qualified.
    pub(in super::super) multirange: Option<String>,
    /// Operator class where it is not the default, qualified.
    pub(in super::super) opclass: Option<String>,
    /// Collation where it is not the subtype's, qualified.
    pub(in super::super) collation: Option<String>,
    /// Canonical function.
    pub(in super::super) canonical: Option<String>,
    /// Difference function.
    pub(in super::super) diff: Option<String>,
    /// Its declaration, for a canonical function that comes before it.
    pub(in super::super) shell: Id,
}

/// A base type.
#[derive(Debug, Default)]
pub(in super::super) struct Base {
    /// Each option of the definition, in order, ready to print.
    pub(in super::super) options: Vec<String>,
    /// Its declaration, for the functions that come before it.
    pub(in super::super) shell: Id,
}

impl Type {
    /// The declaration that functions may use before the type is defined.
    pub(in super::super) fn shell(&self) -> Option<Id> {
        match self {
            Self::Base(base) => Some(base.shell),
            Self::Range(range) => Some(range.shell),
            _ => None,
        }
    }
}
