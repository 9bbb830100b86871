//! The dependencies that are written: an object's own, where one that is not in the archive is
//! replaced by what it needs itself.

use std::collections::HashSet;

use super::Emitter;
use crate::error::Result;
use crate::postgres::schema::SchemaDump;
use crate::postgres::schema::body::Body;
use crate::postgres::schema::graph::{Graph, Id};

impl Emitter<'_> {
    /// Fills in dependencies, and drops what belongs to entries that are not there.
    pub(super) fn finish(mut self) -> Result<SchemaDump> {
        if let Some(error) = self.failure {
            return Err(error);
        }
        let present: HashSet<u32> = self.entries.ids().collect();
        let (graph, objects) = (self.graph, &self.objects);
        self.entries.set_dependencies(|place, _, given, needs| match objects.get(place) {
            Some(Some(id)) => needs.extend(dependencies(graph, *id, &present)),
            _ => needs.extend(given),
        })?;
        self.tables.retain(|table| present.contains(&table.dump_id));
        self.large_objects.retain(|group| present.contains(&group.dump_id));
        Ok(SchemaDump {
            entries: self.entries,
            tables: self.tables,
            large_objects: self.large_objects,
            ..SchemaDump::default()
        })
    }
}

/// Ids in the archive that an object needs, each once.
fn dependencies(graph: &Graph, id: Id, present: &HashSet<u32>) -> Vec<u32> {
    let mut found = Vec::new();
    let mut seen = HashSet::from([id]);
    let mut waiting: Vec<Id> = graph[id].deps.iter().rev().copied().collect();
    while let Some(at) = waiting.pop() {
        if !seen.insert(at) {
            continue;
        }
        if present.contains(&at.dump_id()) {
            found.push(at.dump_id());
        } else if !matches!(graph[at].body, Body::PreDataEnd | Body::PostDataBegin) {
            waiting.extend(graph[at].deps.iter().rev().copied());
        }
    }
    found
}
