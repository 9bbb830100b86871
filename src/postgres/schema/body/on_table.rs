//! What hangs on a table: constraints, indexes, rules, triggers, policies.

use smallvec::SmallVec;

use super::Letter;
use crate::postgres::schema::graph::Id;

/// A constraint that is not a foreign key.
#[derive(Debug)]
pub(in super::super) struct Constraint {
    /// Table or domain.
    pub(in super::super) owner: Id,
    /// `p`, `u`, `x`, `c` or `n`.
    pub(in super::super) kind: Letter,
    /// Definition; `None` where it is made from the index.
    pub(in super::super) definition: Option<Box<str>>,
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
    pub(in super::super) definition: Box<str>,
}

/// An index.
#[derive(Debug, Default)]
pub(in super::super) struct Index {
    /// The table.
    pub(in super::super) table: Id,
    /// What CREATE INDEX says.
    pub(in super::super) text: IndexText,
    /// Columns' numbers, keys first; 0 is an expression.
    pub(in super::super) columns: SmallVec<[i16; 8]>,
    /// How many of them are keys.
    pub(in super::super) keys: u16,
    /// Table is clustered on it.
    pub(in super::super) clustered: bool,
    /// Is the replica identity.
    pub(in super::super) replica_identity: bool,
    /// `NULLS NOT DISTINCT`.
    pub(in super::super) nulls_not_distinct: bool,
    /// Whether it belongs to a partitioned index.
    pub(in super::super) has_parent: bool,
    /// The constraint that it is behind.
    pub(in super::super) constraint: Option<Id>,
    /// What few indexes have.
    pub(in super::super) rare: Option<Box<RareOfIndex>>,
}

/// What few indexes have.
#[derive(Debug, PartialEq)]
pub(in super::super) struct RareOfIndex {
    /// Tablespace, empty for the database's.
    pub(in super::super) tablespace: String,
    /// Storage options.
    pub(in super::super) options: Vec<String>,
    /// Column number and statistics target.
    pub(in super::super) statistics: Vec<(i16, i32)>,
    /// Attachments of partitions' indexes to it.
    pub(in super::super) attached: Vec<Id>,
    /// Extensions that it goes with.
    pub(in super::super) goes_with: Vec<String>,
}

impl RareOfIndex {
    /// What most indexes have of it.
    pub(in super::super) const NONE: Self = Self {
        tablespace: String::new(),
        options: Vec::new(),
        statistics: Vec::new(),
        attached: Vec::new(),
        goes_with: Vec::new(),
    };
}

impl Index {
    /// What few indexes have.
    pub(in super::super) fn rare(&self) -> &RareOfIndex {
        const NONE: &RareOfIndex = &RareOfIndex::NONE;
        self.rare.as_deref().unwrap_or(NONE)
    }

    /// What few indexes have, to be completed.
    pub(in super::super) fn rare_mut(&mut self) -> &mut RareOfIndex {
        self.rare.get_or_insert_with(|| Box::new(RareOfIndex::NONE))
    }

    /// With this, which may be nothing.
    pub(in super::super) fn with(self, rare: RareOfIndex) -> Self {
        Self { rare: (rare != RareOfIndex::NONE).then(|| Box::new(rare)), ..self }
    }
}

/// What CREATE INDEX says of an index.
#[derive(Debug, Default)]
pub(in super::super) enum IndexText {
    /// Nothing: a constraint makes it.
    #[default]
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
        order: Box<[i16]>,
    },
    /// Anything else, in the server's words.
    Theirs(Box<str>),
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
    pub(in super::super) definition: Option<Box<str>>,
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
