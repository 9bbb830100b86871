//! What the user should know of an archive that is complete all the same.

use super::body::Body;
use super::graph::Graph;

/// Foreign keys to tables that are not in the archive: they hold only where those are there already.
pub(super) fn read(graph: &Graph) -> Vec<String> {
    let name = |id| {
        let object: &super::graph::Object = &graph[id];
        format!("{}.{}", object.schema(), object.name)
    };
    let mut notes = Vec::new();
    for (_, object) in graph.iter().filter(|(_, object)| object.take.definition) {
        let Body::ForeignKey(key) = &object.body else { continue };
        let target = graph.relation(key.references);
        if let Some(target) = target.filter(|&id| !graph[id].take.definition) {
            notes.push(format!(
                "foreign key {} of {} references {}, which is not in the archive: it can be restored \
                 only where that table is",
                object.name,
                name(key.table),
                name(target)
            ));
        }
    }
    notes
}
