//! From `pg_depend` to the graph's edges.

use super::Source;
use crate::postgres::schema::body::Body;
use crate::postgres::schema::graph::{Graph, Id, class};

/// Adds an edge for each row between two objects of the graph.
///
/// Kinds that come before their table because CREATE TABLE contains them, such as defaults and
/// checks, do not need the table in turn.
pub(super) fn connect(source: &Source<'_>, graph: &mut Graph) {
    for row in &source.depends.rows {
        let (Some(object), Some(needed)) = (graph.find(row.object), graph.find(row.needed)) else {
            continue;
        };
        if is_within(graph, object, needed) {
            continue;
        }
        // A composite type's columns are the type's own; who reads one of them names the type too.
        let of_composite =
            row.needed.0 == class::RELATION && matches!(graph[needed].body, Body::Type(_));
        if !of_composite {
            graph.depend(object, needed);
        }
    }
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
