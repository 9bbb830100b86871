//! Sequences: their options, owners and values.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use super::Source;
use crate::error::{Error, ErrorKind, Result};
use crate::model::name::QualifiedName;
use crate::postgres::schema::body::{Body, Counting, Sequence};
use crate::postgres::schema::graph::{Graph, Id, class};
use crate::postgres::schema::query::Fields;

/// Sequences read in one statement.
const BATCH: usize = 500;

/// Options of all sequences, values of those whose value is taken.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = "SELECT s.seqrelid, pg_catalog.format_type(s.seqtypid, NULL), s.seqstart,
                      s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle
                 FROM pg_catalog.pg_sequence s ORDER BY s.seqrelid";
    let (mut rows, mut known): (Vec<(u32, Arc<Counting>)>, _) = (Vec::new(), HashSet::new());
    let keep = |f: &mut Fields<'_>| {
        let oid = f.take()?;
        let counting = Counting {
            data_type: f.take()?,
            start: f.take()?,
            increment: f.take()?,
            min: f.take()?,
            max: f.take()?,
            cache: f.take()?,
            cycle: f.take()?,
        };
        let counting = shared(&mut known, counting);
        rows.push((oid, counting));
        Ok(())
    };
    source.reader.each("sequences", sql, &[], keep).await?;
    let wanted: Vec<Id> = rows
        .iter()
        .filter_map(|(oid, _)| graph.relation(*oid))
        .filter(|&id| graph[id].take.data)
        .collect();
    let mut values = read_values(source, graph, &wanted).await?;
    let owners = read_owners(source, graph);
    for (oid, counting) in rows {
        let Some(id) = graph.relation(oid) else { continue };
        let value = values.remove(&oid);
        let mut sequence = Sequence { counting, value, ..Sequence::default() };
        if let Some(&(table, column, identity)) = owners.get(&oid) {
            sequence.owner = Some((table, column));
            sequence.identity = identity;
        }
        if graph[id].take.data && sequence.value.is_none() {
            return Err(unreadable(graph[id].schema(), &graph[id].name));
        }
        if let Body::Relation(relation) = &mut graph[id].body {
            relation.sequence = Some(Box::new(sequence));
        }
    }
    Ok(())
}

/// The one copy of what is equal.
fn shared(known: &mut HashSet<Arc<Counting>>, counting: Counting) -> Arc<Counting> {
    if let Some(found) = known.get(&counting) {
        return Arc::clone(found);
    }
    let new = Arc::new(counting);
    known.insert(Arc::clone(&new));
    new
}

fn unreadable(schema: &str, name: &str) -> Error {
    let message =
        format!("reading the value of sequence {schema}.{name} failed: not permitted, or dropped");
    Error::new(ErrorKind::Database, message)
        .with_hint("grant SELECT on the sequence to the backup's role, or exclude it")
}

/// Table and column number that own a sequence, and whether it is an identity's.
fn read_owners(source: &Source<'_>, graph: &Graph) -> HashMap<u32, (Id, i16, bool)> {
    let mut owners = HashMap::new();
    for (row, column) in source.depends.columns() {
        if row.object.0 == class::RELATION
            && matches!(row.kind, 'a' | 'i')
            && graph.relation(row.object.1).is_some()
            && let Some(table) = graph.relation(row.needed.1)
        {
            owners.insert(row.object.1, (table, column, row.kind == 'i'));
        }
    }
    owners
}

type Values = HashMap<u32, (i64, bool)>;

async fn read_values(source: &Source<'_>, graph: &Graph, ids: &[Id]) -> Result<Values> {
    if source.reader.since(18) {
        return read_all_values(source, graph, ids).await;
    }
    let mut values = Values::new();
    for batch in ids.chunks(BATCH) {
        let mut sql = String::new();
        for id in batch {
            let object = &graph[*id];
            let name = QualifiedName::new(object.schema(), object.name.as_str()).sql();
            let union = if sql.is_empty() { "" } else { " UNION ALL " };
            let _ = write!(
                sql,
                "{union}SELECT '{}'::oid, last_value, is_called FROM {name}",
                object.key.1
            );
        }
        let rows = source.reader.read("values of sequences", &sql, &[], |f| {
            Ok((f.take::<u32>()?, (f.take()?, f.take()?)))
        });
        values.extend(rows.await?);
    }
    Ok(values)
}

async fn read_all_values(source: &Source<'_>, graph: &Graph, ids: &[Id]) -> Result<Values> {
    let oids: Vec<u32> = ids.iter().map(|&id| graph[id].key.1).collect();
    let sql = "SELECT s.seqrelid, d.last_value, d.is_called
                 FROM pg_catalog.pg_sequence s, pg_catalog.pg_get_sequence_data(s.seqrelid) d
                WHERE s.seqrelid = ANY ($1) AND d.last_value IS NOT NULL";
    let rows = source.reader.read_of("values of sequences", sql, &oids, |f| {
        Ok((f.take::<u32>()?, (f.take()?, f.take()?)))
    });
    Ok(rows.await?.into_iter().collect())
}
