//! The order of the archive: by kind, schema and name as far as dependencies allow.

mod loops;

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashSet};

use super::body::Body;
use super::graph::{Graph, Id, Object};
use crate::error::{Error, ErrorKind, Result};

/// Sorts all objects, after loops among them were broken.
pub(super) fn order(graph: &mut Graph) -> Result<Vec<Id>> {
    let sorted = by_kind_and_name(graph);
    loops::repair(graph, &sorted);
    let order = topological(graph, &sorted);
    if order.len() == sorted.len() { Ok(order) } else { Err(loop_left(graph, &sorted, &order)) }
}

/// The error for a loop that is still there: an archive without what is in it would look complete.
fn loop_left(graph: &Graph, sorted: &[Id], order: &[Id]) -> Error {
    let placed: HashSet<Id> = order.iter().copied().collect();
    let left = sorted.iter().filter(|id| !placed.contains(id));
    let names: Vec<String> =
        left.map(|&id| format!("{}.{}", graph[id].schema(), graph[id].name)).collect();
    let text = format!("the order of these objects could not be found: {}", names.join(", "));
    Error::new(ErrorKind::Internal, text).with_hint("please file it as a bug")
}

fn by_kind_and_name(graph: &Graph) -> Vec<Id> {
    let mut ids: Vec<Id> = graph.ids().collect();
    ids.sort_by(|&a, &b| compare(&graph[a], &graph[b]).then(a.cmp(&b)));
    ids
}

fn compare(a: &Object, b: &Object) -> Ordering {
    let schemas = || match (&a.namespace, &b.namespace) {
        (Some(a), Some(b)) => a.cmp(b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    priority(&a.body)
        .cmp(&priority(&b.body))
        .then_with(schemas)
        .then_with(|| a.name.cmp(&b.name))
        .then_with(|| a.tie.cmp(&b.tie))
        .then_with(|| a.key.1.cmp(&b.key.1))
}

/// Smaller comes first.
fn priority(body: &Body) -> u8 {
    match body {
        Body::Schema(_) => 1,
        Body::Collation(_) => 3,
        Body::Extension(_) => 5,
        Body::Type(_) | Body::ShellType => 6,
        Body::Plain(body) => body.rank,
        Body::Function(_) => 8,
        Body::Aggregate(_) => 9,
        Body::Relation(_) => 20,
        Body::TableAttach(_) => 21,
        Body::Default(_) | Body::LargeObjects { grouped: false, .. } => 23,
        Body::PreDataEnd => 24,
        Body::TableData(_) => 25,
        Body::SequenceSet(_) => 26,
        Body::LargeObjects { .. } => 27,
        Body::LargeObjectData(_) => 28,
        Body::PlannerStatistics(_) => 29,
        Body::PostDataBegin => 30,
        Body::Constraint(_) => 31,
        Body::Index(_) => 32,
        Body::IndexAttach(_) => 33,
        Body::Statistics(_) => 34,
        Body::Rule(_) => 35,
        Body::Trigger(_) => 36,
        Body::ForeignKey(_) => 37,
        Body::RowSecurity(_) | Body::Policy(_) => 38,
        Body::DefaultAcl(_) => 44,
        Body::EventTrigger(_) => 45,
        Body::Refresh(_) => 46,
    }
}

/// Keeps as close to the given order as the dependencies allow: fills the result from its end, each
/// time with the last object that nothing unplaced needs.
fn topological(graph: &Graph, sorted: &[Id]) -> Vec<Id> {
    let mut rank = vec![0; graph.len()];
    for (place, id) in sorted.iter().enumerate() {
        rank[id.index()] = place;
    }
    let mut needed_by = vec![0_usize; graph.len()];
    for (_, object) in graph.iter() {
        for dep in &object.deps {
            needed_by[dep.index()] += 1;
        }
    }
    let free = |id: &&Id| needed_by[id.index()] == 0;
    let mut heap: BinaryHeap<usize> =
        sorted.iter().filter(free).map(|id| rank[id.index()]).collect();
    let mut order = Vec::with_capacity(sorted.len());
    while let Some(place) = heap.pop() {
        let Some(&id) = sorted.get(place) else { break };
        order.push(id);
        for dep in &graph[id].deps {
            let count = &mut needed_by[dep.index()];
            *count -= 1;
            if *count == 0 {
                heap.push(rank[dep.index()]);
            }
        }
    }
    order.reverse();
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::schema::body::Schema;

    #[test]
    fn a_loop_that_is_left_is_an_error_with_its_objects() {
        let mut graph = Graph::default();
        let schema = |name| Object::new((0, 0), name, Body::Schema(Schema { create: true }));
        let [a, b, c] = ["a", "b", "c"].map(|name| graph.add(schema(name)));
        graph.depend(b, c);
        // Without the marks between definitions and rows nothing is repaired.
        assert_eq!(order(&mut graph).unwrap(), [a, c, b]);
        graph.depend(c, b);
        let error = order(&mut graph).unwrap_err().to_string();
        assert!(error.ends_with(": .b, .c"), "{error}");
    }
}
