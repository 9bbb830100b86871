//! Check constraints, not-null constraints that are not valid, and foreign keys of tables. What they
//! say is read apart.

use super::Source;
use crate::error::Result;
use crate::postgres::schema::body::{Body, Constraint, ForeignKey, Letter};
use crate::postgres::schema::graph::{Graph, Id, Object, class};

/// A row of `pg_constraint`.
struct Row {
    oid: u32,
    table: u32,
    name: String,
    kind: Letter,
    local: bool,
    valid: bool,
    /// The index that a foreign key relies on, and its table.
    index: u32,
    references: u32,
}

async fn rows(source: &Source<'_>, what: &str, condition: &str) -> Result<Vec<Row>> {
    let sql = format!(
        "SELECT c.oid, c.conrelid, c.conname, c.contype,
                c.conislocal, c.convalidated, c.conindid, c.confrelid
           FROM pg_catalog.pg_constraint c
          WHERE c.conrelid = ANY ($1) AND {condition} ORDER BY c.conrelid, c.conname"
    );
    let rows = source.reader.read_of(what, &sql, &source.relations, |f| {
        Ok(Row {
            oid: f.take()?,
            table: f.take()?,
            name: f.take()?,
            kind: f.letter()?,
            local: f.take()?,
            valid: f.take()?,
            index: f.take()?,
            references: f.take()?,
        })
    });
    rows.await
}

/// Checks, and not-null constraints that do not hold for all rows yet.
pub(super) async fn read_checks(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let condition = "(c.contype = 'c' OR (c.contype = 'n' AND NOT c.convalidated))";
    for row in rows(source, "check constraints", condition).await? {
        let Some(table) = graph.relation(row.table) else { continue };
        let separate = !row.valid;
        let id = graph.add(of_table(
            graph,
            table,
            &row,
            Body::Constraint(Constraint {
                owner: table,
                kind: row.kind,
                definition: None,
                index: None,
                separate,
                local: row.local,
                deferrable: false,
                deferred: false,
                period: false,
            }),
        ));
        if separate {
            graph.depend(id, table);
        } else {
            graph.depend(table, id);
        }
        if let Body::Relation(relation) = &mut graph[table].body
            && row.kind == 'c'
        {
            relation.checks.push(id);
        }
    }
    Ok(())
}

fn of_table(graph: &Graph, table: Id, row: &Row, body: Body) -> Object {
    let owner = &graph[table];
    Object::new((class::CONSTRAINT, row.oid), row.name.as_str(), body)
        .beside(owner)
        .sorted_by(owner.name.clone())
        .taking(owner.take)
}

/// Foreign keys, without those that a partition has because its parent has them.
pub(super) async fn read_foreign_keys(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let own = source.reader.pick(11, "c.contype = 'f' AND c.conparentid = 0", "c.contype = 'f'");
    for row in rows(source, "foreign keys", own).await? {
        let Some(table) = graph.relation(row.table) else { continue };
        let key = ForeignKey { table, references: row.references, definition: Box::default() };
        let id = graph.add(of_table(graph, table, &row, Body::ForeignKey(key)));
        if let Some(index) = graph.find((class::RELATION, row.index)) {
            for attach in attached_below(graph, index) {
                graph.depend(id, attach);
            }
        }
    }
    Ok(())
}

/// The attachments of all partitions' indexes to a partitioned index: a foreign key to a partitioned
/// table holds only once they are there.
fn attached_below(graph: &Graph, index: Id) -> Vec<Id> {
    let Body::Index(body) = &graph[index].body else { return Vec::new() };
    let attached = &body.rare().attached;
    let mut found = attached.clone();
    for attach in attached {
        if let Body::IndexAttach(attach) = &graph[*attach].body {
            found.extend(attached_below(graph, attach.index));
        }
    }
    found
}
