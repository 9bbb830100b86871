//! The dependencies that are written: an object's own, where one that is not in the archive is
//! replaced by what it needs itself.

use std::collections::HashSet;

use super::{Emitter, Entry};
use crate::archive::toc::TocEntry;
use crate::postgres::schema::SchemaDump;
use crate::postgres::schema::body::Body;
use crate::postgres::schema::graph::{Graph, Id};

impl Emitter<'_> {
    /// Drops what the request does not want and fills in dependencies.
    pub(super) fn finish(mut self) -> SchemaDump {
        self.keep_wanted();
        let present: HashSet<u32> = self.entries.iter().map(|entry| entry.toc.id).collect();
        let graph = self.graph;
        let no_owner = self.request.no_owner;
        let entries: Vec<TocEntry> = self
            .entries
            .into_iter()
            .map(|Entry { mut toc, object }| {
                if let Some(id) = object {
                    toc.dependencies = dependencies(graph, id, &present);
                }
                if no_owner && toc.owner.is_some() {
                    toc.owner = Some(String::new());
                }
                toc
            })
            .collect();
        self.tables.retain(|table| present.contains(&table.dump_id));
        self.large_objects.retain(|group| present.contains(&group.dump_id));
        SchemaDump {
            entries,
            tables: self.tables,
            large_objects: self.large_objects,
            ..SchemaDump::default()
        }
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
