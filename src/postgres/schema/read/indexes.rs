//! Indexes, the constraints that they are behind, and partitions' indexes.

mod form;

use self::form::{Form, Usual};
use super::Source;
use crate::error::Result;
use crate::postgres::schema::body::{
    Body, Constraint, Index, IndexAttach, IndexText, Letter, RareOfIndex,
};
use crate::postgres::schema::graph::{Graph, Id, Object, class};
use crate::postgres::schema::intern::Text;
use crate::postgres::schema::query::Fields;

/// A row of `pg_index` with what belongs to it.
struct Row {
    oid: u32,
    table: u32,
    name: Text,
    parent: Option<u32>,
    /// Its table is filled in when it is added.
    index: Index,
    form: Form,
    constraint: Option<ConstraintRow>,
}

struct ConstraintRow {
    oid: u32,
    name: Text,
    kind: Letter,
    deferrable: bool,
    deferred: bool,
    period: bool,
}

/// Reads them all; attachments follow once every index is known.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let usual = Usual::read(source.reader).await?;
    let sql = statement(source);
    let mut attached = Vec::new();
    let keep = |f: &mut Fields<'_>| {
        let row = row(source, f)?;
        if let Some(table) = graph.relation(row.table) {
            let parent = row.parent;
            let id = add(graph, table, row, &usual);
            attached.extend(parent.map(|parent| (parent, id)));
        }
        Ok(())
    };
    source.reader.each("indexes", &sql, &[&source.relations], keep).await?;
    read_columns(source, graph).await?;
    for (parent, index) in attached {
        if let Some(parent) = graph.find((class::RELATION, parent)) {
            attach(graph, parent, index);
        }
    }
    Ok(())
}

fn statement(source: &Source<'_>) -> String {
    let reader = source.reader;
    let keys = reader.pick(11, "i.indnkeyatts", "i.indnatts");
    let nulls = reader.pick(15, "i.indnullsnotdistinct", "false");
    let period = reader.pick(18, "c.conperiod", "false");
    format!(
        "SELECT t.oid, i.indrelid, t.relname, inh.inhparent,
                i.indkey::int2[], {keys}::int4, i.indisunique, t.relkind = 'I', t.relam,
                i.indpred IS NULL, i.indclass::oid[], i.indcollation::oid[], i.indoption::int2[],
                i.indisclustered, i.indisreplident, {nulls}, coalesce(ts.spcname, ''), t.reloptions,
                c.oid, c.conname, c.contype, c.condeferrable, c.condeferred, {period}
           FROM pg_catalog.pg_index i
           JOIN pg_catalog.pg_class t ON t.oid = i.indexrelid
           JOIN pg_catalog.pg_class r ON r.oid = i.indrelid
           LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = t.reltablespace
           LEFT JOIN pg_catalog.pg_constraint c
             ON c.conrelid = i.indrelid AND c.conindid = i.indexrelid
            AND c.contype IN ('p', 'u', 'x')
           LEFT JOIN pg_catalog.pg_inherits inh ON inh.inhrelid = i.indexrelid
          WHERE i.indrelid = ANY ($1) AND (i.indisvalid OR r.relkind = 'p') AND i.indisready
          ORDER BY i.indexrelid"
    )
}

fn row(source: &Source<'_>, f: &mut Fields<'_>) -> Result<Row> {
    let oid = f.take()?;
    let (table, name, parent): (u32, &str, Option<u32>) = (f.take()?, f.take()?, f.take()?);
    let columns: Vec<i16> = f.take()?;
    let keys: i32 = f.take()?;
    let form = Form {
        unique: f.take()?,
        partitioned: f.take()?,
        method: f.take()?,
        whole: f.take()?,
        classes: f.take()?,
        collations: f.take()?,
        order: f.take()?,
    };
    let index = Index {
        columns: columns.into(),
        keys: u16::try_from(keys).unwrap_or(0),
        clustered: f.take()?,
        replica_identity: f.take()?,
        nulls_not_distinct: f.take()?,
        has_parent: parent.is_some(),
        ..Index::default()
    };
    let index = index.with(RareOfIndex {
        tablespace: f.take()?,
        options: f.list()?,
        goes_with: source.depends.goes_with((class::RELATION, oid)),
        ..RareOfIndex::NONE
    });
    let constraint = constraint(f)?;
    Ok(Row { oid, table, name: name.into(), parent, index, form, constraint })
}

/// Statistics targets that were set on indexes' columns, and columns whose operator class has options.
async fn read_columns(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = "SELECT a.attrelid, a.attnum, nullif(a.attstattarget, -1)::int4,
                      a.attoptions IS NOT NULL
                 FROM pg_catalog.pg_attribute a
                 JOIN pg_catalog.pg_index i ON i.indexrelid = a.attrelid
                WHERE i.indrelid = ANY ($1)
                  AND (a.attstattarget >= 0 OR a.attoptions IS NOT NULL)
                ORDER BY a.attrelid, a.attnum";
    let rows = source.reader.read_of("columns of indexes", sql, &source.relations, |f| {
        Ok((f.take::<u32>()?, f.take::<i16>()?, f.take::<Option<i32>>()?, f.take::<bool>()?))
    });
    for (index, number, target, has_options) in rows.await? {
        let Some(id) = graph.find((class::RELATION, index)) else { continue };
        if let Body::Index(index) = &mut graph[id].body {
            if let Some(target) = target {
                index.rare_mut().statistics.push((number, target));
            }
            if has_options && matches!(index.text, IndexText::Columns { .. }) {
                index.text = IndexText::Theirs(Box::default());
            }
        }
    }
    Ok(())
}

fn constraint(f: &mut Fields<'_>) -> Result<Option<ConstraintRow>> {
    let oid: Option<u32> = f.take()?;
    let name: Option<&str> = f.take()?;
    let kind = f.letter()?;
    let deferrable: Option<bool> = f.take()?;
    let deferred: Option<bool> = f.take()?;
    let period: Option<bool> = f.take()?;
    Ok(oid.zip(name).map(|(oid, name)| ConstraintRow {
        oid,
        name: name.into(),
        kind,
        deferrable: deferrable.unwrap_or(false),
        deferred: deferred.unwrap_or(false),
        period: period.unwrap_or(false),
    }))
}

fn add(graph: &mut Graph, table: Id, row: Row, usual: &Usual) -> Id {
    let owner = &graph[table];
    let table_name = owner.name.clone();
    let object = |owner: &Object, key, name: Text, body| {
        Object::new(key, name, body).beside(owner).taking(owner.take)
    };
    let text = match (&row.constraint, &owner.body) {
        (None, Body::Relation(relation)) => row.form.text(&row.index, relation, usual),
        _ => IndexText::OfConstraint,
    };
    let index = Index { table, text, ..row.index };
    let id = graph.add(object(
        owner,
        (class::RELATION, row.oid),
        row.name,
        Body::Index(Box::new(index)),
    ));
    let Some(constraint) = row.constraint else { return id };
    let body = Body::Constraint(Constraint {
        owner: table,
        kind: constraint.kind,
        definition: None,
        index: Some(id),
        separate: true,
        local: true,
        deferrable: constraint.deferrable,
        deferred: constraint.deferred,
        period: constraint.period,
    });
    let key = (class::CONSTRAINT, constraint.oid);
    let constraint = object(&graph[table], key, constraint.name, body).sorted_by(table_name);
    let constraint = graph.add(constraint);
    if let Body::Index(index) = &mut graph[id].body {
        index.constraint = Some(constraint);
    }
    id
}

/// Attaching needs both indexes and both tables.
fn attach(graph: &mut Graph, parent: Id, index: Id) {
    let tables = [parent, index].map(|id| match &graph[id].body {
        Body::Index(body) => body.table,
        _ => id,
    });
    let child = &graph[index];
    let object =
        Object::new((0, 0), child.name.clone(), Body::IndexAttach(IndexAttach { parent, index }))
            .in_schema(child.schema())
            .owned_by(graph[parent].owner.as_str())
            .taking(child.take)
            .needing([index, parent])
            .needing(tables.into_iter().rev());
    let id = graph.add(object);
    if let Body::Index(body) = &mut graph[parent].body {
        body.rare_mut().attached.push(id);
    }
}
