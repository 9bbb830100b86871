//! Triggers of tables and views.

use super::Source;
use crate::error::Result;
use crate::postgres::schema::body::{Body, Trigger};
use crate::postgres::schema::graph::{Graph, Id, Key, Object, class};

/// Triggers that somebody made, and partitions' copies whose state differs from the parent's.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = statement(source);
    let rows = source.reader.read_of("triggers", &sql, &source.relations, |f| {
        let key: Key = (class::TRIGGER, f.take()?);
        let (table, name): (u32, String) = (f.take()?, f.take()?);
        let trigger = Trigger {
            relation: Id::default(),
            definition: f.take()?,
            enabled: f.code()?,
            is_copy: f.take()?,
            goes_with: source.depends.goes_with(key),
        };
        Ok((key, table, name, trigger))
    });
    let mut copies = Vec::new();
    for (key, table, name, trigger) in rows.await? {
        let Some(relation) = graph.relation(table) else { continue };
        if source.depends.extension_of(key).is_none() {
            let owner = &graph[relation];
            let object =
                Object::new(key, name, Body::Trigger(Box::new(Trigger { relation, ..trigger })))
                    .beside(owner)
                    .sorted_by(owner.name.clone())
                    .taking(owner.take);
            let copy = graph.add(object);
            copies.push((copy, key));
        }
    }
    for (copy, key) in copies {
        if let Some(original) = original(source, graph, key) {
            graph.depend(copy, original);
        }
    }
    Ok(())
}

/// The trigger that a partition's one was copied from, over partitions whose own copies are not in
/// the graph because nothing is said about them.
fn original(source: &Source<'_>, graph: &Graph, mut key: Key) -> Option<Id> {
    // As deep as partitions can reasonably be nested; a loop in the catalog must not hang us.
    for _ in 0..64 {
        key = source.depends.trigger_above(key)?;
        if let Some(found) = graph.find(key) {
            return Some(found);
        }
    }
    None
}

fn statement(source: &Source<'_>) -> String {
    let reader = source.reader;
    // The parent's trigger: its own column from 13, a dependency in 11 and 12, nothing in 10.
    let (copy, join) = if reader.since(13) {
        ("t.tgparentid <> 0", "LEFT JOIN pg_catalog.pg_trigger p ON p.oid = t.tgparentid")
    } else if reader.since(11) {
        (
            "t.tgisinternal",
            "LEFT JOIN pg_catalog.pg_depend d
               ON d.classid = 2620 AND d.objid = t.oid AND d.refclassid = 2620
             LEFT JOIN pg_catalog.pg_trigger p ON p.oid = d.refobjid",
        )
    } else {
        ("false", "LEFT JOIN pg_catalog.pg_trigger p ON false")
    };
    format!(
        "SELECT t.oid, t.tgrelid, t.tgname, pg_catalog.pg_get_triggerdef(t.oid, false),
                t.tgenabled::text, {copy}
           FROM pg_catalog.pg_trigger t {join}
          WHERE t.tgrelid = ANY ($1)
            AND ((NOT t.tgisinternal AND NOT {copy}) OR t.tgenabled <> p.tgenabled)
          ORDER BY t.tgrelid, t.tgname"
    )
}
