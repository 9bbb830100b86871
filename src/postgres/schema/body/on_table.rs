//! What hangs on a table: constraints, indexes, rules, triggers, policies.

use crate::postgres::schema::graph::Id;

/// A constraint that is not a foreign key.
#[derive(Debug)]
pub(in super::super) struct Constraint {
    /// Table or domain.
    pub(in super::super) owner: Id,
    /// `p`, `u`, `x`, `c` or `n`.
    pub(in super::super) kind: char,
    /// Definition; `None` where it is made from the index.
    pub(in super::super) definition: Option<String>,
    /// The index behind it.
    pub(in super::super) index: Option<Id>,
    /// Not part of the table's or domain's own definition.
    pub(in super::super) separate: bool,
    /// Defined here, not only inherited.
    pub(in super::super) local: bool,
    /// `DEFERRABLE`.
    pub(in super::super) deferrable: bool,
    /// `INITIALLY DEFERRED`.
    pub(in super::super) deferred: bool,
    /// `WITHOUT OVERLAPS`.
    pub(in super::super) period: bool,
}

/// A foreign key.
#[derive(Debug)]
pub(in super::super) struct ForeignKey {
    /// The table.
    pub(in super::super) table: Id,
    /// The table that it references.
    pub(in super::super) references: u32,
    /// Definition.
    pub(in super::super) definition: String,
}

/// An index.
#[derive(Debug)]
pub(in super::super) struct Index {
    /// The table.
    pub(in super::super) table: Id,
    /// What CREATE INDEX says.
    pub(in super::super) text: IndexText,
    /// Columns' numbers, keys first; 0 is an expression.
    pub(in super::super) columns: Vec<i16>,
    /// How many of them are keys.
    pub(in super::super) keys: usize,
    /// Table is clustered on it.
    pub(in super::super) clustered: bool,
    /// Is the replica identity.
    pub(in super::super) replica_identity: bool,
    /// `NULLS NOT DISTINCT`.
    pub(in super::super) nulls_not_distinct: bool,
    /// Tablespace.
    pub(in super::super) tablespace: String,
    /// Storage options.
    pub(in super::super) options: Vec<String>,
    /// Column number and statistics target.
    pub(in super::super) statistics: Vec<(i16, i32)>,
    /// Whether it belongs to a partitioned index.
    pub(in super::super) has_parent: bool,
    /// Attachments of partitions' indexes to it.
    pub(in super::super) attached: Vec<Id>,
    /// The constraint that it is behind.
    pub(in super::super) constraint: Option<Id>,
    /// Extensions that it goes with.
    pub(in super::super) goes_with: Vec<String>,
}

/// What CREATE INDEX says of an index.
#[derive(Debug)]
pub(in super::super) enum IndexText {
    /// Nothing: a constraint makes it.
    OfConstraint,
    /// Its columns with what is usual for their types.
    Columns {
        /// `UNIQUE`.
        unique: bool,
        /// Of a partitioned table, without the partitions.
        only: bool,
        /// Access method.
        method: &'static str,
        /// Order of each key; empty where all are ascending.
        order: Vec<i16>,
    },
    /// Anything else, in the server's words.
    Theirs(String),
}

/// An index's place in the partitioned index.
#[derive(Debug)]
pub(in super::super) struct IndexAttach {
    /// The partitioned index.
    pub(in super::super) parent: Id,
    /// The partition's index.
    pub(in super::super) index: Id,
}

/// A rule.
#[derive(Debug)]
pub(in super::super) struct Rule {
    /// The relation.
    pub(in super::super) relation: Id,
    /// CREATE RULE; `None` for the rule that is a view's query.
    pub(in super::super) definition: Option<String>,
    /// `O`, `D`, `R` or `A`.
    pub(in super::super) enabled: char,
    /// An entry of its own.
    pub(in super::super) separate: bool,
}

/// A trigger.
#[derive(Debug)]
pub(in super::super) struct Trigger {
    /// The relation.
    pub(in super::super) relation: Id,
    /// CREATE TRIGGER.
    pub(in super::super) definition: String,
    /// `O`, `D`, `R` or `A`.
    pub(in super::super) enabled: char,
    /// A partition's copy of its parent's trigger.
    pub(in super::super) is_copy: bool,
    /// Extensions that it goes with.
    pub(in super::super) goes_with: Vec<String>,
}

/// A policy.
#[derive(Debug)]
pub(in super::super) struct Policy {
    /// The table.
    pub(in super::super) table: Id,
    /// `*`, `r`, `a`, `w` or `d`.
    pub(in super::super) command: char,
    /// Not restrictive.
    pub(in super::super) permissive: bool,
    /// Roles, quoted and joined; `None` for everybody.
    pub(in super::super) roles: Option<String>,
    /// USING.
    pub(in super::super) using: Option<String>,
    /// WITH CHECK.
    pub(in super::super) check: Option<String>,
}
