//! What the objects of the graph are made of, as the catalog tells it.

mod large_objects;
mod on_table;
mod plain;
mod relation;
mod routine;
mod simple;
mod types;

pub(super) use self::large_objects::LargeObjects;
pub(super) use self::on_table::{
    Constraint, ForeignKey, Index, IndexAttach, IndexText, Policy, RareOfIndex, Rule, Trigger,
};
pub(super) use self::plain::{Follower, Plain};
pub(super) use self::relation::{
    Column, ColumnDefault, ColumnType, Counting, DefaultOf, Letter, NotNull, RareOfColumn,
    RareOfRelation, Relation, Sequence, Size, TableAttach, TypeFacts,
};
pub(super) use self::routine::{Aggregate, Function};
pub(super) use self::simple::{Collation, DefaultAcl, EventTrigger, Extension, Schema, Statistics};
pub(super) use self::types::{Base, CompositeColumn, Domain, Range, Type};
use super::graph::Id;

/// The kind of an object with the facts that its definition is printed from.
#[derive(Debug)]
pub(super) enum Body {
    /// A schema.
    Schema(Schema),
    /// An extension.
    Extension(Extension),
    /// A collation.
    Collation(Box<Collation>),
    /// A type of any kind.
    Type(Type),
    /// The declaration of a type that is defined later.
    ShellType,
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
    /// All large objects: their definitions.
    LargeObjects {
        /// In groups.
        groups: Vec<LargeObjects>,
        /// Whether the archive keeps the groups together.
        grouped: bool,
    },
    /// The data of the large objects.
    LargeObjectData(Id),
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
    Trigger(Box<Trigger>),
    /// Row security switched on, with the table.
    RowSecurity(Id),
    /// A row security policy.
    Policy(Box<Policy>),
    /// Default privileges.
    DefaultAcl(DefaultAcl),
    /// An event trigger.
    EventTrigger(Box<EventTrigger>),
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
    pub(super) create: Box<str>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::schema::graph::Object;

    /// A schema of 20,000 tables has hundreds of thousands of these.
    #[test]
    fn what_there_is_very_many_of_is_small() {
        let sizes = [
            ("object", size_of::<Object>(), 152),
            ("column", size_of::<Column>(), 56),
            ("relation", size_of::<Relation>(), 152),
            ("index", size_of::<Index>(), 96),
        ];
        for (what, size, most) in sizes {
            assert!(size <= most, "{what}: {size} bytes, {most} at most");
        }
    }
}
