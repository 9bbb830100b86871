//! Who inherits from whom, and what a child's columns have from their parents.

use std::collections::{BTreeSet, HashMap};

use super::Source;
use super::columns::add_default;
use crate::error::Result;
use crate::postgres::schema::body::{Body, Column, DefaultOf, Relation};
use crate::postgres::schema::graph::{Graph, Id, Take};
use crate::postgres::schema::query::Reader;
use crate::postgres::schema::select::Choice;

/// Child and parent tables, parents of a child in their order.
async fn read_pairs(reader: &Reader<'_>) -> Result<Vec<(u32, u32)>> {
    let sql = "SELECT i.inhrelid, i.inhparent FROM pg_catalog.pg_inherits i
                 JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
                WHERE c.relkind IN ('r', 'p', 'f') ORDER BY i.inhrelid, i.inhseqno";
    reader.read("inheritance", sql, &[], |f| Ok((f.take()?, f.take()?))).await
}

/// The chosen relations and all that they inherit from.
pub(super) async fn with_ancestors(reader: &Reader<'_>, choice: &Choice) -> Result<BTreeSet<u32>> {
    let mut parents: HashMap<u32, Vec<u32>> = HashMap::new();
    for (child, parent) in read_pairs(reader).await? {
        parents.entry(child).or_default().push(parent);
    }
    let mut found: BTreeSet<u32> = choice.relations.keys().copied().collect();
    let mut waiting: Vec<u32> = found.iter().copied().collect();
    while let Some(table) = waiting.pop() {
        for &parent in parents.get(&table).into_iter().flatten() {
            if found.insert(parent) {
                waiting.push(parent);
            }
        }
    }
    Ok(found)
}

/// Links children to parents; gives the children.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<Vec<Id>> {
    let mut children = Vec::new();
    for (child, parent) in read_pairs(source.reader).await? {
        let (Some(child), Some(parent)) = (graph.relation(child), graph.relation(parent)) else {
            continue;
        };
        if let Body::Relation(relation) = &mut graph[child].body {
            if relation.rare().parents.is_empty() {
                children.push(child);
            }
            relation.rare_mut().parents.push(parent);
        }
    }
    Ok(children)
}

/// Works out what children need not say again, once all defaults are known.
pub(super) fn settle(source: &Source<'_>, graph: &mut Graph, children: &[Id]) {
    let named_not_null = source.reader.since(18);
    for &child in children {
        inherit(graph, child, named_not_null);
    }
}

/// What the parents' columns of one name have.
#[derive(Default)]
struct FromParents {
    not_null: bool,
    /// All that have a not-null constraint have one that is not valid, and there is one.
    only_invalid: bool,
    default: bool,
    same_generated: bool,
    other_generated: bool,
}

fn inherit(graph: &mut Graph, child: Id, named_not_null: bool) {
    let Body::Relation(relation) = &graph[child].body else { return };
    let (is_partition, parents) = (relation.is_partition, relation.rare().parents.clone());
    let columns = relation.columns.clone();
    for (index, column) in columns.iter().enumerate().filter(|(_, column)| !column.dropped) {
        let found = from_parents(graph, &parents, column);
        set_not_null(graph, child, index, &found, named_not_null);
        let Ok(number) = i16::try_from(index + 1) else { continue };
        if found.default && column.default.is_none() {
            let null = graph.number("NULL");
            add_default(graph, child, (0, number), Some(null));
        }
        let repeats = found.same_generated && !found.other_generated && !is_partition;
        if let Some(DefaultOf::Object(default)) = column.default
            && column.generated != ' '
            && repeats
        {
            graph[default].take = Take::NONE;
        }
    }
}

fn from_parents(graph: &Graph, parents: &[Id], column: &Column) -> FromParents {
    let mut found = FromParents::default();
    let mut any_valid = false;
    for parent in parents {
        let Body::Relation(relation) = &graph[*parent].body else { continue };
        let same = |theirs: &&Column| !theirs.dropped && theirs.name == column.name;
        let Some(theirs) = relation.columns.iter().find(same) else { continue };
        if let Some(constraint) = &theirs.not_null {
            found.not_null = true;
            any_valid |= constraint.valid;
        }
        let expression = expression(graph, theirs);
        if theirs.generated == ' ' {
            found.default |= expression.is_some_and(|text| text != "NULL");
            continue;
        }
        let own = self::expression(graph, column);
        let same = theirs.generated == column.generated && own.is_some() && own == expression;
        found.same_generated |= same;
        found.other_generated |= !same;
    }
    found.only_invalid = found.not_null && !any_valid;
    found
}

fn expression<'g>(graph: &'g Graph, column: &Column) -> Option<&'g str> {
    let expression = match column.default? {
        DefaultOf::Plain(expression) => Some(expression),
        DefaultOf::Object(id) => match &graph[id].body {
            Body::Default(default) => default.expression,
            _ => None,
        },
    };
    expression.map(|id| graph.expression(id))
}

/// Before PostgreSQL 18 nobody knows whether a not-null constraint is the child's own: one that a
/// parent has too is taken for the parent's.
fn set_not_null(
    graph: &mut Graph,
    child: Id,
    index: usize,
    found: &FromParents,
    named_not_null: bool,
) {
    let Some(column) = relation_mut(graph, child).and_then(|r| r.columns.get_mut(index)) else {
        return;
    };
    let Some(constraint) = &mut column.not_null else { return };
    if !named_not_null && found.not_null {
        constraint.local = false;
    }
    if named_not_null && found.only_invalid {
        constraint.local = true;
    }
}

fn relation_mut(graph: &mut Graph, id: Id) -> Option<&mut Relation> {
    match &mut graph[id].body {
        Body::Relation(relation) => Some(relation),
        _ => None,
    }
}
