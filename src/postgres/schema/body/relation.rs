//! Tables, views, sequences and their columns.

use std::sync::{Arc, OnceLock};

use crate::postgres::schema::acl::Privileges;
use crate::postgres::schema::graph::{ExpressionId, Id};
use crate::postgres::schema::intern::Text;

/// A relation. There may be very many: what few have is kept apart.
#[derive(Debug, Default)]
pub(in super::super) struct Relation {
    /// `relkind`.
    pub(in super::super) kind: char,
    /// `p` permanent, `u` unlogged.
    pub(in super::super) persistence: char,
    /// All columns, the dropped ones too, by `attnum`.
    pub(in super::super) columns: Vec<Column>,
    /// All check constraints.
    pub(in super::super) checks: Vec<Id>,
    /// Whether it is a partition.
    pub(in super::super) is_partition: bool,
    /// Tablespace, empty for the database's.
    pub(in super::super) tablespace: Text,
    /// Table access method.
    pub(in super::super) access_method: Option<Text>,
    /// `d`, `n`, `f` or `i`.
    pub(in super::super) replica_identity: char,
    /// Every row has the old column `oid` (WITH OIDS, up to PostgreSQL 11).
    pub(in super::super) with_oids: bool,
    /// Row security is on.
    pub(in super::super) row_security: bool,
    /// Row security holds for the owner too.
    pub(in super::super) force_row_security: bool,
    /// A materialized view that has been filled.
    pub(in super::super) populated: bool,
    /// Query of a view, without the semicolon.
    pub(in super::super) query: Option<Box<str>>,
    /// What a sequence is.
    pub(in super::super) sequence: Option<Box<Sequence>>,
    /// A view whose body comes later, as a rule.
    pub(in super::super) dummy: bool,
    /// Must come after the rows.
    pub(in super::super) postponed: bool,
    /// Sizes, of what rows are copied of.
    pub(in super::super) size: Option<Box<Size>>,
    /// What few relations have.
    pub(in super::super) rare: Option<Box<RareOfRelation>>,
}

/// What few relations have.
#[derive(Debug, PartialEq)]
pub(in super::super) struct RareOfRelation {
    /// System columns such as `ctid` on which something was granted.
    pub(in super::super) system_columns: Vec<(String, Privileges)>,
    /// What it inherits from, or is a partition of.
    pub(in super::super) parents: Vec<Id>,
    /// Composite type that it is made of.
    pub(in super::super) of_type: Option<String>,
    /// Partition key.
    pub(in super::super) partition_key: Option<String>,
    /// Bounds of a partition.
    pub(in super::super) partition_bound: Option<String>,
    /// Storage options without the check option.
    pub(in super::super) options: Vec<String>,
    /// Storage options of the TOAST table.
    pub(in super::super) toast_options: Vec<String>,
    /// `LOCAL` or `CASCADED`.
    pub(in super::super) check_option: Option<String>,
    /// Foreign server and options.
    pub(in super::super) foreign: Option<(String, String)>,
    /// Extensions that it goes with.
    pub(in super::super) goes_with: Vec<String>,
    /// Table that rows are loaded through, where not the partition itself.
    pub(in super::super) load_through: Option<Id>,
    /// Condition on the rows.
    pub(in super::super) predicate: Option<String>,
}

impl RareOfRelation {
    /// What most relations have of it.
    pub(in super::super) const NONE: Self = Self {
        system_columns: Vec::new(),
        parents: Vec::new(),
        of_type: None,
        partition_key: None,
        partition_bound: None,
        options: Vec::new(),
        toast_options: Vec::new(),
        check_option: None,
        foreign: None,
        goes_with: Vec::new(),
        load_through: None,
        predicate: None,
    };
}

impl Relation {
    /// A column by its number.
    pub(in super::super) fn column(&self, number: i16) -> Option<&Column> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.columns.get(index)
    }

    /// Whether CREATE TABLE lists the column.
    pub(in super::super) fn prints(&self, column: &Column) -> bool {
        !column.dropped && (column.local || self.is_partition)
    }

    /// What few relations have.
    pub(in super::super) fn rare(&self) -> &RareOfRelation {
        const NONE: &RareOfRelation = &RareOfRelation::NONE;
        self.rare.as_deref().unwrap_or(NONE)
    }

    /// What few relations have, to be completed.
    pub(in super::super) fn rare_mut(&mut self) -> &mut RareOfRelation {
        self.rare.get_or_insert_with(|| Box::new(RareOfRelation::NONE))
    }

    /// With this, which may be nothing.
    pub(in super::super) fn with(self, rare: RareOfRelation) -> Self {
        Self { rare: (rare != RareOfRelation::NONE).then(|| Box::new(rare)), ..self }
    }
}

/// How large a relation is.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Size {
    /// Bytes of heap and TOAST.
    pub(in super::super) bytes: u64,
    /// Blocks of the heap.
    pub(in super::super) blocks: u64,
    /// Estimated rows.
    pub(in super::super) rows: Option<u64>,
}

/// A column. There are very many: what they share is kept once, and what few have apart.
#[derive(Debug, Default, Clone)]
pub(in super::super) struct Column {
    /// Name.
    pub(in super::super) name: Text,
    /// Type.
    pub(in super::super) of: Arc<ColumnType>,
    /// Oid of its collation; 0 for types without one.
    pub(in super::super) collation_oid: u32,
    /// Was dropped.
    pub(in super::super) dropped: bool,
    /// Defined here, not only inherited.
    pub(in super::super) local: bool,
    /// `a`, `d` or blank.
    pub(in super::super) identity: Letter,
    /// `s`, `v` or blank.
    pub(in super::super) generated: Letter,
    /// Storage.
    pub(in super::super) stored: Letter,
    /// Compression, where set.
    pub(in super::super) compression: Letter,
    /// What few columns have.
    pub(in super::super) rare: Option<Box<RareOfColumn>>,
    /// Not-null constraint.
    pub(in super::super) not_null: Option<NotNull>,
    /// Default.
    pub(in super::super) default: Option<DefaultOf>,
}

impl Column {
    /// Its type in words.
    pub(in super::super) fn data_type(&self) -> &str {
        self.of.facts().map_or("", |facts| &facts.name)
    }

    /// Oid of the type, or of the one below where it is a domain.
    pub(in super::super) fn base_type(&self) -> u32 {
        self.of.facts().map_or(0, |facts| facts.base)
    }

    /// Storage, where it is not the type's.
    pub(in super::super) fn storage(&self) -> Option<Letter> {
        let facts = self.of.facts()?;
        Some(self.stored).filter(|&storage| storage != facts.storage)
    }

    /// Collation, where it is not the type's, qualified.
    pub(in super::super) fn collation(&self) -> Option<&str> {
        self.rare.as_ref()?.collation.as_deref()
    }

    /// What few columns have, to be completed.
    pub(in super::super) fn rare_mut(&mut self) -> &mut RareOfColumn {
        self.rare.get_or_insert_default()
    }
}

/// A one-character code of the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in super::super) struct Letter(pub(in super::super) u8);

impl Default for Letter {
    fn default() -> Self {
        Self(b' ')
    }
}

impl PartialEq<char> for Letter {
    fn eq(&self, other: &char) -> bool {
        self.code() == *other
    }
}

impl Letter {
    /// The code; blank where there is none.
    pub(in super::super) fn code(self) -> char {
        char::from(self.0)
    }
}

/// A type with its modifier, which many columns share. What it is called is asked for once it is
/// known which ones there are.
#[derive(Debug, Default)]
pub(in super::super) struct ColumnType(OnceLock<TypeFacts>);

/// What is usual for columns of a type.
#[derive(Debug)]
pub(in super::super) struct TypeFacts {
    /// The type in words.
    pub(in super::super) name: Text,
    /// Storage.
    pub(in super::super) storage: Letter,
    /// Oid of the collation.
    pub(in super::super) collation: u32,
    /// The type itself, or the one below where it is a domain.
    pub(in super::super) base: u32,
}

impl ColumnType {
    /// What was found out; `None` for the type of a dropped column.
    pub(in super::super) fn facts(&self) -> Option<&TypeFacts> {
        self.0.get()
    }

    /// Says what the type is.
    pub(in super::super) fn settle(&self, facts: TypeFacts) {
        let _ = self.0.set(facts);
    }
}

/// A column's default or generation expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum DefaultOf {
    /// An object with needs of its own.
    Object(Id),
    /// An expression that needs nothing but its table, by its number in the graph.
    Plain(ExpressionId),
}

/// What few columns have.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(in super::super) struct RareOfColumn {
    /// Statistics target, where set.
    pub(in super::super) statistics: Option<i32>,
    /// Options such as `n_distinct=5`, joined.
    pub(in super::super) options: String,
    /// Options for the foreign server.
    pub(in super::super) foreign_options: String,
    /// Grants on the column.
    pub(in super::super) privileges: Privileges,
    /// Collation, where it is not the type's, qualified.
    pub(in super::super) collation: Option<Text>,
    /// Its not-null constraint, where the name is not the one that the server would give.
    pub(in super::super) not_null_name: Option<Box<str>>,
    /// Oid of its not-null constraint, where there is a comment on it.
    pub(in super::super) not_null_oid: Option<u32>,
}

/// A column's not-null constraint. Its name and its oid are seldom needed, and kept apart.
#[derive(Debug, Default, Clone, Copy)]
pub(in super::super) struct NotNull {
    /// Whether it has a name, from PostgreSQL 18.
    pub(in super::super) named: bool,
    /// Whether the name must be said in any case, as a comment needs it.
    pub(in super::super) commented: bool,
    /// Defined here, not only inherited.
    pub(in super::super) local: bool,
    /// Not handed down.
    pub(in super::super) no_inherit: bool,
    /// Holds for all rows.
    pub(in super::super) valid: bool,
}

impl NotNull {
    /// The name that the server gives by itself.
    pub(in super::super) fn usual_name(table: &str, column: &str) -> String {
        format!("{table}_{column}_not_null")
    }
}

/// A sequence.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Sequence {
    /// How it counts.
    pub(in super::super) counting: Arc<Counting>,
    /// Owning column: table and number.
    pub(in super::super) owner: Option<(Id, i16)>,
    /// Belongs to an identity column.
    pub(in super::super) identity: bool,
    /// Last value and whether it was used, where data is taken.
    pub(in super::super) value: Option<(i64, bool)>,
}

/// How a sequence counts: many count alike.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(in super::super) struct Counting {
    /// Type.
    pub(in super::super) data_type: String,
    /// Options.
    pub(in super::super) start: i64,
    /// Step.
    pub(in super::super) increment: i64,
    /// Smallest value.
    pub(in super::super) min: i64,
    /// Largest value.
    pub(in super::super) max: i64,
    /// Values taken at once.
    pub(in super::super) cache: i64,
    /// Starts again at the end.
    pub(in super::super) cycle: bool,
}

/// A partition's place in its parent.
#[derive(Debug)]
pub(in super::super) struct TableAttach {
    /// The parent.
    pub(in super::super) parent: Id,
    /// The partition.
    pub(in super::super) partition: Id,
}

/// A column's default.
#[derive(Debug)]
pub(in super::super) struct ColumnDefault {
    /// The table.
    pub(in super::super) table: Id,
    /// The column's number.
    pub(in super::super) number: i16,
    /// The expression, once it is known.
    pub(in super::super) expression: Option<ExpressionId>,
    /// Not part of CREATE TABLE.
    pub(in super::super) separate: bool,
}
