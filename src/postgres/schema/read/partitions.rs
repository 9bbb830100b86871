//! Partition keys and bounds, partitions' places in their parents, and the tables whose rows must be
//! loaded through the parent.

use std::collections::HashSet;

use super::Source;
use crate::error::Result;
use crate::postgres::schema::body::{Body, TableAttach};
use crate::postgres::schema::graph::{Graph, Id, Object};

/// Reads keys and bounds, and adds the attachments.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql =
        "SELECT c.oid, CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
                      pg_catalog.pg_get_expr(c.relpartbound, c.oid)
                 FROM pg_catalog.pg_class c
                WHERE c.oid = ANY ($1) AND (c.relkind = 'p' OR c.relispartition) ORDER BY c.oid";
    let rows = source
        .reader
        .read_of("partitions", sql, &source.relations, |f| {
            Ok((f.take::<u32>()?, f.take::<Option<String>>()?, f.take::<Option<String>>()?))
        })
        .await?;
    for (oid, key, bound) in rows {
        let Some(id) = graph.relation(oid) else { continue };
        if let Body::Relation(relation) = &mut graph[id].body {
            let rare = relation.rare_mut();
            (rare.partition_key, rare.partition_bound) = (key, bound);
        }
        attach(graph, id);
    }
    mark_unsafe(source, graph).await
}

fn attach(graph: &mut Graph, partition: Id) {
    let object = &graph[partition];
    let Body::Relation(relation) = &object.body else { return };
    let (true, Some(&parent)) = (relation.is_partition, relation.rare().parents.first()) else {
        return;
    };
    let body = Body::TableAttach(TableAttach { parent, partition });
    let attach = Object::new((0, 0), object.name.clone(), body)
        .beside(object)
        .taking(object.take)
        .needing([partition, parent]);
    graph.add(attach);
}

/// Rows of tables that are hash-partitioned by an enum go through the root: the labels' oids, which
/// are hashed, are others in the database that is restored.
async fn mark_unsafe(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    if !source.reader.since(11) {
        return Ok(());
    }
    let sql = "SELECT p.partrelid FROM pg_catalog.pg_partitioned_table p
                WHERE p.partrelid = ANY ($1) AND p.partstrat = 'h' AND EXISTS (
                    SELECT FROM pg_catalog.pg_opclass o
                     WHERE o.oid = ANY (p.partclass) AND o.opcname = 'enum_ops'
                       AND o.opcnamespace = 'pg_catalog'::pg_catalog.regnamespace)";
    let hashed: HashSet<u32> = source
        .reader
        .column("partition keys", sql, &[&source.relations])
        .await?
        .into_iter()
        .collect();
    if hashed.is_empty() {
        return Ok(());
    }
    let ids: Vec<Id> = graph.ids().collect();
    for id in ids {
        let Some(root) = unsafe_root(graph, id, &hashed) else { continue };
        if let Body::Relation(relation) = &mut graph[id].body {
            relation.rare_mut().load_through = Some(root);
        }
    }
    Ok(())
}

/// The topmost parent, where any parent on the way is one of these.
fn unsafe_root(graph: &Graph, id: Id, hashed: &HashSet<u32>) -> Option<Id> {
    let (mut at, mut found) = (id, false);
    while let Body::Relation(relation) = &graph[at].body
        && relation.is_partition
    {
        at = *relation.rare().parents.first()?;
        found |= hashed.contains(&graph[at].key.1);
    }
    found.then_some(at)
}
