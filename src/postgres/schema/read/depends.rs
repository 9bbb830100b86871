//! From `pg_depend` to the graph's edges.

use super::Source;
use super::columns::add_default;
use crate::error::Result;
use crate::postgres::schema::body::Body;
use crate::postgres::schema::depends;
use crate::postgres::schema::graph::{Graph, Id, Key, class};

/// Adds an edge for each row between two objects of the graph, an object's in the order of the rows.
///
/// Kinds that come before their table because CREATE TABLE contains them, such as defaults and
/// checks, do not need the table in turn.
pub(super) async fn connect(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let own_triggers =
        graph.iter().any(|(_, o)| matches!(&o.body, Body::Trigger(trigger) if trigger.is_copy));
    let mut edges: Vec<(Key, Id, Id)> = Vec::new();
    let keep = |object: Key, needed: Key| {
        if let Some((from, to)) = edge(graph, object, needed)
            && edges.last() != Some(&(object, from, to))
        {
            edges.push((object, from, to));
        }
    };
    depends::each_need(source.reader, own_triggers, keep).await?;
    // Several keys may lead to one object. Here and not by the server, which would sort on a disk.
    edges.sort_by_key(|(object, ..)| *object);
    for (_, from, to) in edges {
        graph.depend(from, to);
    }
    Ok(())
}

/// The two objects of a row, where they are two and the need is not met already.
fn edge(graph: &mut Graph, object: Key, needed: Key) -> Option<(Id, Id)> {
    let to = graph.find(needed)?;
    let from = graph.find(object).or_else(|| needing_default(graph, object, to))?;
    // A composite type's columns are the type's own; who reads one of them names the type too.
    let of_composite = needed.0 == class::RELATION && matches!(graph[to].body, Body::Type(_));
    (from != to && !of_composite && !is_within(graph, from, to)).then_some((from, to))
}

/// The object of a default that turns out to need something else than its table.
fn needing_default(graph: &mut Graph, default: Key, needed: Id) -> Option<Id> {
    if default.0 != class::ATTRDEF {
        return None;
    }
    let at = graph.plain_defaults.binary_search_by_key(&default.1, |(oid, ..)| *oid).ok()?;
    let &(oid, table, number) = graph.plain_defaults.get(at)?;
    if needed == table {
        return None;
    }
    // It stays in the list: from now on the object is found first.
    add_default(graph, table, (oid, number), None);
    graph.find(default)
}

/// Whether the object is printed as a part of what it needs.
fn is_within(graph: &Graph, object: Id, whole: Id) -> bool {
    match &graph[object].body {
        Body::Default(default) => !default.separate && default.table == whole,
        Body::Constraint(constraint) => !constraint.separate && constraint.owner == whole,
        Body::Rule(rule) => !rule.separate && rule.relation == whole,
        _ => false,
    }
}
