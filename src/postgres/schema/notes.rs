//! What the user should know of an archive that is complete all the same.

use super::body::Body;
use super::graph::Graph;
use super::select::Candidate;

/// Foreign keys to tables that are not in the archive: they hold only where those are there already.
pub(super) fn read(graph: &Graph, candidates: &[Candidate]) -> Vec<String> {
    let mut notes = Vec::new();
    for (_, object) in graph.iter().filter(|(_, object)| object.take.definition) {
        let Body::ForeignKey(key) = &object.body else { continue };
        let target = graph.relation(key.references);
        if target.is_some_and(|id| graph[id].take.definition) {
            continue;
        }
        let table = &graph[key.table];
        let target = candidates.iter().find(|c| c.oid == key.references);
        let target = target.map(|c| format!("{}.{}", c.schema, c.name)).unwrap_or_default();
        notes.push(format!(
            "foreign key {} of {}.{} references {target}, which is not in the archive: it can be \
             restored only where that table is",
            object.name,
            table.schema(),
            table.name,
        ));
    }
    notes
}
