//! What the objects of the graph are made of, as the catalog tells it.

use super::graph::Id;
use crate::model::spec::Section;

/// The kind of an object with the facts that its definition is printed from.
#[derive(Debug)]
pub(super) enum Body {
    /// A schema.
    Schema(Schema),
    /// An extension.
    Extension(Extension),
    /// A collation.
    Collation(Collation),
    /// A type of any kind.
    Type(Type),
    /// Anything else.
    Plain(Box<Plain>),
    /// A function, procedure or window function.
    Function(Box<Function>),
    /// An aggregate.
    Aggregate(Box<Aggregate>),
    /// A table, view, materialized view, sequence or foreign table.
    Relation(Box<Relation>),
    /// A partition's place in its parent.
    TableAttach(TableAttach),
    /// A column's default or generation expression.
    Default(ColumnDefault),
    /// Where definitions end and rows begin.
    PreDataEnd,
    /// Rows of a table.
    TableData(Id),
    /// Value of a sequence.
    SequenceSet(Id),
    /// Where rows end.
    PostDataBegin,
    /// Primary key, unique, exclusion, check, or not-null that is not valid.
    Constraint(Constraint),
    /// A foreign key.
    ForeignKey(ForeignKey),
    /// An index.
    Index(Box<Index>),
    /// An index's place in the partitioned index.
    IndexAttach(IndexAttach),
    /// Extended statistics.
    Statistics(Statistics),
    /// A rewrite rule, the one that makes a view included.
    Rule(Rule),
    /// A trigger.
    Trigger(Trigger),
    /// Row security switched on, with the table.
    RowSecurity(Id),
    /// A row security policy.
    Policy(Policy),
    /// Default privileges.
    DefaultAcl(DefaultAcl),
    /// An event trigger.
    EventTrigger(EventTrigger),
    /// A materialized view's refresh.
    Refresh(Id),
    /// What the planner knows of a relation or an index.
    PlannerStatistics(PlannerStatistics),
}

/// What the planner knows of a relation or an index.
#[derive(Debug)]
pub(super) struct PlannerStatistics {
    /// Of something that is made or filled after the rows.
    pub(super) after_rows: bool,
    /// SQL that makes it known again.
    pub(super) create: String,
}

/// A schema.
#[derive(Debug)]
pub(super) struct Schema {
    /// Whether the archive makes it; `public` is there in every new database.
    pub(super) create: bool,
}

/// An extension.
#[derive(Debug)]
pub(super) struct Extension {
    /// The schema that its objects are in.
    pub(super) schema: String,
}

/// A collation.
#[derive(Debug)]
pub(super) struct Collation {
    /// `b` builtin, `c` libc, `d` default, `i` ICU.
    pub(super) provider: char,
    /// Whether equal means the same bytes.
    pub(super) deterministic: bool,
    /// LC_COLLATE of libc.
    pub(super) collate: Option<String>,
    /// LC_CTYPE of libc.
    pub(super) ctype: Option<String>,
    /// Locale of ICU and builtin.
    pub(super) locale: Option<String>,
    /// ICU rules.
    pub(super) rules: Option<String>,
}

/// An object of a kind that is seldom met: its SQL is made where it is read.
#[derive(Debug)]
pub(super) struct Plain {
    /// Type keyword of the archive.
    pub(super) desc: &'static str,
    /// Place of its kind in the order, smaller first.
    pub(super) rank: u8,
    /// Before or after the rows.
    pub(super) section: Section,
    /// Name or composite label.
    pub(super) tag: String,
    /// SQL that makes it.
    pub(super) create: String,
    /// SQL that drops it.
    pub(super) drop: Option<String>,
    /// Kind and quoted name for comments.
    pub(super) comment: Option<(&'static str, String)>,
    /// Kind and quoted name for grants.
    pub(super) grant: Option<(&'static str, String)>,
    /// Whether the archive names no owner.
    pub(super) ownerless: bool,
    /// Entries that come right after it.
    pub(super) followers: Vec<Follower>,
}

/// An entry that has no place of its own in the catalog.
#[derive(Debug)]
pub(super) struct Follower {
    pub(super) desc: &'static str,
    pub(super) tag: String,
    pub(super) create: String,
    pub(super) drop: String,
}

impl Plain {
    /// An object with a name before the rows, without comment and grants.
    pub(super) fn new(
        desc: &'static str,
        rank: u8,
        tag: impl Into<String>,
        create: String,
    ) -> Self {
        Self {
            desc,
            rank,
            section: Section::PreData,
            tag: tag.into(),
            create,
            drop: None,
            comment: None,
            grant: None,
            ownerless: false,
            followers: Vec::new(),
        }
    }
}

/// A type.
#[derive(Debug)]
pub(super) enum Type {
    /// Labels in order.
    Enum(Vec<String>),
    /// A domain.
    Domain(Domain),
    /// Columns in order.
    Composite {
        /// Its row in `pg_class`, which comments on the columns hang on.
        relation: u32,
        /// The columns.
        columns: Vec<CompositeColumn>,
    },
    /// A range type.
    Range(Range),
    /// Declared but not defined.
    Shell,
}

/// A domain.
#[derive(Debug, Default)]
pub(super) struct Domain {
    /// The type below.
    pub(super) base: String,
    /// Collation where it is not the base type's, qualified.
    pub(super) collation: Option<String>,
    /// `NOT NULL`, with its name where that is not the usual one.
    pub(super) not_null: Option<String>,
    /// Default as SQL.
    pub(super) default: Option<String>,
    /// Its constraints.
    pub(super) constraints: Vec<Id>,
}

/// A column of a composite type.
#[derive(Debug)]
pub(super) struct CompositeColumn {
    /// `attnum`.
    pub(super) number: i16,
    /// Name.
    pub(super) name: String,
    /// Type.
    pub(super) data_type: String,
    /// Collation where it is not the type's, qualified.
    pub(super) collation: Option<String>,
}

/// A range type.
#[derive(Debug, Default)]
pub(super) struct Range {
    /// Type of the bounds.
    pub(super) subtype: String,
    /// Name of the multirange type, qualified.
    pub(super) multirange: Option<String>,
    /// Operator class where it is not the default, qualified.
    pub(super) opclass: Option<String>,
    /// Collation where it is not the subtype's, qualified.
    pub(super) collation: Option<String>,
    /// Canonical function.
    pub(super) canonical: Option<String>,
    /// Difference function.
    pub(super) diff: Option<String>,
}

/// A function, window function or procedure.
#[derive(Debug)]
pub(super) struct Function {
    /// `f`, `p` or `w`.
    pub(super) kind: char,
    /// Arguments with names, modes and defaults.
    pub(super) arguments: String,
    /// Arguments that tell it from its namesakes.
    pub(super) identity: String,
    /// Types of the input arguments.
    pub(super) types: Vec<String>,
    /// Result; `None` for a procedure.
    pub(super) result: Option<String>,
    /// Types with transforms.
    pub(super) transforms: Vec<String>,
    /// Language.
    pub(super) language: String,
    /// `i`, `s` or `v`.
    pub(super) volatility: char,
    /// Null in, null out.
    pub(super) strict: bool,
    /// Runs as its owner.
    pub(super) security_definer: bool,
    /// Leaks nothing of its arguments.
    pub(super) leakproof: bool,
    /// Cost.
    pub(super) cost: String,
    /// Returns a set.
    pub(super) returns_set: bool,
    /// Rows expected.
    pub(super) rows: String,
    /// Planner support function.
    pub(super) support: Option<String>,
    /// `s`, `r` or `u`.
    pub(super) parallel: char,
    /// Settings, `name=value` each.
    pub(super) settings: Vec<String>,
    /// Source text.
    pub(super) source: String,
    /// Object file.
    pub(super) binary: Option<String>,
    /// Body that is SQL, not text.
    pub(super) sql_body: Option<String>,
    /// Extensions that it goes with.
    pub(super) goes_with: Vec<String>,
    /// Must come after the rows.
    pub(super) postponed: bool,
}

/// An aggregate.
#[derive(Debug)]
pub(super) struct Aggregate {
    /// Arguments as CREATE AGGREGATE wants them.
    pub(super) arguments: String,
    /// Arguments that tell it from its namesakes, `*` for none.
    pub(super) identity: String,
    /// Types of the arguments.
    pub(super) types: Vec<String>,
    /// Each option of the definition, in order, ready to print.
    pub(super) options: Vec<String>,
}

/// A relation.
#[derive(Debug, Default)]
pub(super) struct Relation {
    /// `relkind`.
    pub(super) kind: char,
    /// `p` permanent, `u` unlogged.
    pub(super) persistence: char,
    /// All columns, the dropped ones too, by `attnum`.
    pub(super) columns: Vec<Column>,
    /// All check constraints.
    pub(super) checks: Vec<Id>,
    /// What it inherits from, or is a partition of.
    pub(super) parents: Vec<Id>,
    /// Whether it is a partition.
    pub(super) is_partition: bool,
    /// Composite type that it is made of.
    pub(super) of_type: Option<String>,
    /// Partition key.
    pub(super) partition_key: Option<String>,
    /// Bounds of a partition.
    pub(super) partition_bound: Option<String>,
    /// Storage options without the check option.
    pub(super) options: Vec<String>,
    /// Storage options of the TOAST table.
    pub(super) toast_options: Vec<String>,
    /// `LOCAL` or `CASCADED`.
    pub(super) check_option: Option<String>,
    /// Tablespace, empty for the database's.
    pub(super) tablespace: String,
    /// Table access method.
    pub(super) access_method: Option<String>,
    /// `d`, `n`, `f` or `i`.
    pub(super) replica_identity: char,
    /// Row security is on.
    pub(super) row_security: bool,
    /// Row security holds for the owner too.
    pub(super) force_row_security: bool,
    /// A materialized view that has been filled.
    pub(super) populated: bool,
    /// Query of a view, without the semicolon.
    pub(super) query: Option<String>,
    /// Foreign server and options.
    pub(super) foreign: Option<(String, String)>,
    /// What a sequence is.
    pub(super) sequence: Option<Sequence>,
    /// Extensions that it goes with.
    pub(super) goes_with: Vec<String>,
    /// A view whose body comes later, as a rule.
    pub(super) dummy: bool,
    /// Must come after the rows.
    pub(super) postponed: bool,
    /// Sizes.
    pub(super) size: Size,
    /// Table that rows are loaded through, where not the partition itself.
    pub(super) load_through: Option<Id>,
    /// Condition on the rows.
    pub(super) predicate: Option<String>,
}

impl Relation {
    /// A column by its number.
    pub(super) fn column(&self, number: i16) -> Option<&Column> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.columns.get(index)
    }

    /// Whether CREATE TABLE lists the column.
    pub(super) fn prints(&self, column: &Column) -> bool {
        !column.dropped && (column.local || self.is_partition)
    }
}

/// How large a relation is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    /// Bytes of heap and TOAST.
    pub(super) bytes: u64,
    /// Blocks of the heap.
    pub(super) blocks: u64,
    /// Estimated rows.
    pub(super) rows: Option<u64>,
}

/// A column.
#[derive(Debug, Default, Clone)]
pub(super) struct Column {
    /// Name.
    pub(super) name: String,
    /// Type.
    pub(super) data_type: String,
    /// Oid of the type, or of the one below where it is a domain.
    pub(super) base_type: u32,
    /// Was dropped.
    pub(super) dropped: bool,
    /// Defined here, not only inherited.
    pub(super) local: bool,
    /// `a`, `d` or blank.
    pub(super) identity: char,
    /// `s`, `v` or blank.
    pub(super) generated: char,
    /// Statistics target, where set.
    pub(super) statistics: Option<i32>,
    /// Storage, where it is not the type's.
    pub(super) storage: Option<char>,
    /// Compression, where set.
    pub(super) compression: char,
    /// Options such as `n_distinct=5`, joined.
    pub(super) options: String,
    /// Collation, where it is not the type's, qualified.
    pub(super) collation: Option<String>,
    /// Options for the foreign server.
    pub(super) foreign_options: String,
    /// Grants on the column.
    pub(super) acl: Option<Vec<String>>,
    /// Not-null constraint.
    pub(super) not_null: Option<NotNull>,
    /// Default.
    pub(super) default: Option<Id>,
}

/// A column's not-null constraint.
#[derive(Debug, Default, Clone)]
pub(super) struct NotNull {
    /// Its oid, from PostgreSQL 18.
    pub(super) oid: u32,
    /// Name where it must be said.
    pub(super) name: Option<String>,
    /// The name in the catalog, for comments.
    pub(super) catalog_name: String,
    /// Defined here, not only inherited.
    pub(super) local: bool,
    /// Not handed down.
    pub(super) no_inherit: bool,
    /// Holds for all rows.
    pub(super) valid: bool,
}

/// A sequence.
#[derive(Debug, Clone, Default)]
pub(super) struct Sequence {
    /// Type.
    pub(super) data_type: String,
    /// Options.
    pub(super) start: i64,
    /// Step.
    pub(super) increment: i64,
    /// Smallest value.
    pub(super) min: i64,
    /// Largest value.
    pub(super) max: i64,
    /// Values taken at once.
    pub(super) cache: i64,
    /// Starts again at the end.
    pub(super) cycle: bool,
    /// Owning column: table and number.
    pub(super) owner: Option<(Id, i16)>,
    /// Belongs to an identity column.
    pub(super) identity: bool,
    /// Last value and whether it was used, where data is taken.
    pub(super) value: Option<(i64, bool)>,
}

/// A partition's place in its parent.
#[derive(Debug)]
pub(super) struct TableAttach {
    /// The parent.
    pub(super) parent: Id,
    /// The partition.
    pub(super) partition: Id,
}

/// A column's default.
#[derive(Debug)]
pub(super) struct ColumnDefault {
    /// The table.
    pub(super) table: Id,
    /// The column's number.
    pub(super) number: i16,
    /// The expression.
    pub(super) expression: String,
    /// Not part of CREATE TABLE.
    pub(super) separate: bool,
}

/// A constraint that is not a foreign key.
#[derive(Debug)]
pub(super) struct Constraint {
    /// Table or domain.
    pub(super) owner: Id,
    /// `p`, `u`, `x`, `c` or `n`.
    pub(super) kind: char,
    /// Definition; `None` where it is made from the index.
    pub(super) definition: Option<String>,
    /// The index behind it.
    pub(super) index: Option<Id>,
    /// Not part of the table's or domain's own definition.
    pub(super) separate: bool,
    /// Defined here, not only inherited.
    pub(super) local: bool,
    /// `DEFERRABLE`.
    pub(super) deferrable: bool,
    /// `INITIALLY DEFERRED`.
    pub(super) deferred: bool,
    /// `WITHOUT OVERLAPS`.
    pub(super) period: bool,
}

/// A foreign key.
#[derive(Debug)]
pub(super) struct ForeignKey {
    /// The table.
    pub(super) table: Id,
    /// The table that it references.
    pub(super) references: u32,
    /// Definition.
    pub(super) definition: String,
}

/// An index.
#[derive(Debug)]
pub(super) struct Index {
    /// The table.
    pub(super) table: Id,
    /// CREATE INDEX; empty for one that a constraint makes.
    pub(super) definition: String,
    /// Columns' numbers, keys first; 0 is an expression.
    pub(super) columns: Vec<i16>,
    /// How many of them are keys.
    pub(super) keys: usize,
    /// Table is clustered on it.
    pub(super) clustered: bool,
    /// Is the replica identity.
    pub(super) replica_identity: bool,
    /// `NULLS NOT DISTINCT`.
    pub(super) nulls_not_distinct: bool,
    /// Tablespace.
    pub(super) tablespace: String,
    /// Storage options.
    pub(super) options: Vec<String>,
    /// Column number and statistics target.
    pub(super) statistics: Vec<(i16, i32)>,
    /// Whether it belongs to a partitioned index.
    pub(super) has_parent: bool,
    /// Attachments of partitions' indexes to it.
    pub(super) attached: Vec<Id>,
    /// The constraint that it is behind.
    pub(super) constraint: Option<Id>,
    /// Extensions that it goes with.
    pub(super) goes_with: Vec<String>,
}

/// An index's place in the partitioned index.
#[derive(Debug)]
pub(super) struct IndexAttach {
    /// The partitioned index.
    pub(super) parent: Id,
    /// The partition's index.
    pub(super) index: Id,
}

/// Extended statistics.
#[derive(Debug)]
pub(super) struct Statistics {
    /// CREATE STATISTICS.
    pub(super) definition: String,
    /// Target, where set.
    pub(super) target: Option<i32>,
}

/// A rule.
#[derive(Debug)]
pub(super) struct Rule {
    /// The relation.
    pub(super) relation: Id,
    /// CREATE RULE; `None` for the rule that is a view's query.
    pub(super) definition: Option<String>,
    /// `O`, `D`, `R` or `A`.
    pub(super) enabled: char,
    /// An entry of its own.
    pub(super) separate: bool,
}

/// A trigger.
#[derive(Debug)]
pub(super) struct Trigger {
    /// The relation.
    pub(super) relation: Id,
    /// CREATE TRIGGER.
    pub(super) definition: String,
    /// `O`, `D`, `R` or `A`.
    pub(super) enabled: char,
    /// A partition's copy of its parent's trigger.
    pub(super) is_copy: bool,
    /// Extensions that it goes with.
    pub(super) goes_with: Vec<String>,
}

/// A policy.
#[derive(Debug)]
pub(super) struct Policy {
    /// The table.
    pub(super) table: Id,
    /// `*`, `r`, `a`, `w` or `d`.
    pub(super) command: char,
    /// Not restrictive.
    pub(super) permissive: bool,
    /// Roles, quoted and joined; `None` for everybody.
    pub(super) roles: Option<String>,
    /// USING.
    pub(super) using: Option<String>,
    /// WITH CHECK.
    pub(super) check: Option<String>,
}

/// Default privileges.
#[derive(Debug)]
pub(super) struct DefaultAcl {
    /// `defaclobjtype`.
    pub(super) kind: char,
}

/// An event trigger.
#[derive(Debug)]
pub(super) struct EventTrigger {
    /// `FUNCTION`, or `PROCEDURE` for a server that knows no other word.
    pub(super) keyword: &'static str,
    /// The event.
    pub(super) event: String,
    /// Function, qualified.
    pub(super) function: String,
    /// Tags, quoted and joined.
    pub(super) tags: String,
    /// `O`, `D`, `R` or `A`.
    pub(super) enabled: char,
}
