//! Tables, views, sequences and their columns.

use crate::postgres::schema::acl::Privileges;
use crate::postgres::schema::graph::Id;
use crate::postgres::schema::intern::Text;

/// A relation.
#[derive(Debug, Default)]
pub(in super::super) struct Relation {
    /// `relkind`.
    pub(in super::super) kind: char,
    /// `p` permanent, `u` unlogged.
    pub(in super::super) persistence: char,
    /// All columns, the dropped ones too, by `attnum`.
    pub(in super::super) columns: Vec<Column>,
    /// System columns such as `ctid` on which something was granted.
    pub(in super::super) system_columns: Vec<(String, Privileges)>,
    /// All check constraints.
    pub(in super::super) checks: Vec<Id>,
    /// What it inherits from, or is a partition of.
    pub(in super::super) parents: Vec<Id>,
    /// Whether it is a partition.
    pub(in super::super) is_partition: bool,
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
    /// Tablespace, empty for the database's.
    pub(in super::super) tablespace: String,
    /// Table access method.
    pub(in super::super) access_method: Option<String>,
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
    pub(in super::super) query: Option<String>,
    /// Foreign server and options.
    pub(in super::super) foreign: Option<(String, String)>,
    /// What a sequence is.
    pub(in super::super) sequence: Option<Box<Sequence>>,
    /// Extensions that it goes with.
    pub(in super::super) goes_with: Vec<String>,
    /// A view whose body comes later, as a rule.
    pub(in super::super) dummy: bool,
    /// Must come after the rows.
    pub(in super::super) postponed: bool,
    /// Sizes.
    pub(in super::super) size: Size,
    /// Table that rows are loaded through, where not the partition itself.
    pub(in super::super) load_through: Option<Id>,
    /// Condition on the rows.
    pub(in super::super) predicate: Option<String>,
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

/// A column. There are very many: what few have is kept apart.
#[derive(Debug, Default, Clone)]
pub(in super::super) struct Column {
    /// Name.
    pub(in super::super) name: Text,
    /// Type.
    pub(in super::super) data_type: Text,
    /// Oid and modifier of the type.
    pub(in super::super) type_key: (u32, i32),
    /// Oid of the type, or of the one below where it is a domain.
    pub(in super::super) base_type: u32,
    /// Oid of its collation; 0 for types without one.
    pub(in super::super) collation_oid: u32,
    /// Was dropped.
    pub(in super::super) dropped: bool,
    /// Defined here, not only inherited.
    pub(in super::super) local: bool,
    /// `a`, `d` or blank.
    pub(in super::super) identity: char,
    /// `s`, `v` or blank.
    pub(in super::super) generated: char,
    /// Storage, where it is not the type's.
    pub(in super::super) storage: Option<char>,
    /// Compression, where set.
    pub(in super::super) compression: char,
    /// Collation, where it is not the type's, qualified.
    pub(in super::super) collation: Option<Text>,
    /// What few columns have.
    pub(in super::super) rare: Option<Box<RareOfColumn>>,
    /// Not-null constraint.
    pub(in super::super) not_null: Option<NotNull>,
    /// Default.
    pub(in super::super) default: Option<Id>,
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
}

/// A column's not-null constraint.
#[derive(Debug, Default, Clone)]
pub(in super::super) struct NotNull {
    /// Its oid, from PostgreSQL 18.
    pub(in super::super) oid: u32,
    /// Its name, where it is not the one that the server would give.
    pub(in super::super) name: Option<Box<str>>,
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
    /// Owning column: table and number.
    pub(in super::super) owner: Option<(Id, i16)>,
    /// Belongs to an identity column.
    pub(in super::super) identity: bool,
    /// Last value and whether it was used, where data is taken.
    pub(in super::super) value: Option<(i64, bool)>,
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
    /// The expression.
    pub(in super::super) expression: String,
    /// Not part of CREATE TABLE.
    pub(in super::super) separate: bool,
}
