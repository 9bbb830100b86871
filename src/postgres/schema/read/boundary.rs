//! Rows, sequence values and refreshes as objects, and the two marks between definitions, rows, and
//! what is built over the rows.

use std::collections::{HashMap, HashSet};

use super::Source;
use crate::error::Result;
use crate::model::spec::Section;
use crate::postgres::schema::body::{Body, Relation};
use crate::postgres::schema::graph::{Graph, Id, Object, Take};

/// Adds the rows of tables, values of sequences and refreshes of materialized views that are taken.
pub(super) fn add_data(source: &Source<'_>, graph: &mut Graph) {
    let ids: Vec<Id> = graph.ids().collect();
    for id in ids {
        let object = &graph[id];
        let Body::Relation(relation) = &object.body else { continue };
        let body = match relation.kind {
            'r' => Body::TableData(id),
            'f' if is_chosen(source, relation) => Body::TableData(id),
            'S' => Body::SequenceSet(id),
            'm' => Body::Refresh(id),
            _ => continue,
        };
        if !object.take.data {
            continue;
        }
        let data = Object::new((0, object.key.1), object.name.clone(), body)
            .beside(object)
            .taking(Take::DATA)
            .needing([id]);
        graph.add(data);
    }
}

/// Whether the rows of a foreign table's server are wanted.
fn is_chosen(source: &Source<'_>, table: &Relation) -> bool {
    table.rare().foreign.as_ref().is_some_and(|(server, _)| source.choice.servers.contains(server))
}

/// Where the definitions are not restored along, foreign keys are there already: rows of a table come
/// after those of the tables that it references.
pub(super) fn order_data(graph: &mut Graph) {
    let rows: HashMap<Id, Id> = graph
        .iter()
        .filter_map(|(id, object)| match object.body {
            Body::TableData(table) => Some((table, id)),
            _ => None,
        })
        .collect();
    let keys: Vec<(Id, u32)> = graph
        .iter()
        .filter_map(|(_, object)| match &object.body {
            Body::ForeignKey(key) => Some((key.table, key.references)),
            _ => None,
        })
        .collect();
    for (table, references) in keys {
        let target = graph.relation(references).and_then(|target| rows.get(&target));
        if let (Some(&from), Some(&to)) = (rows.get(&table), target) {
            graph.depend(from, to);
        }
    }
}

/// Orders refreshes: after those of the materialized views that are read, directly or through views.
/// One that reads a view that was never filled is left empty too.
pub(super) async fn add_refreshes(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let refreshes: HashMap<Id, Id> = graph
        .iter()
        .filter_map(|(id, object)| match object.body {
            Body::Refresh(view) => Some((view, id)),
            _ => None,
        })
        .collect();
    if refreshes.is_empty() {
        return Ok(());
    }
    let mut reads: HashMap<Id, Vec<Id>> = HashMap::new();
    for (view, read) in read_reads(source).await? {
        if let (Some(view), Some(read)) = (graph.relation(view), graph.relation(read)) {
            reads.entry(view).or_default().push(read);
        }
    }
    let mut views: Vec<Id> = refreshes.keys().copied().collect();
    views.sort_unstable();
    for view in views {
        let sources = sources_of(graph, view, &reads);
        let filled = is_filled(graph, view) && sources.iter().all(|&read| is_filled(graph, read));
        let Some(&refresh) = refreshes.get(&view) else { continue };
        if !filled {
            graph[refresh].take = Take::NONE;
        }
        for read in sources {
            if let Some(&needed) = refreshes.get(&read) {
                graph.depend(refresh, needed);
            }
        }
    }
    Ok(())
}

/// Which views and materialized views read which.
async fn read_reads(source: &Source<'_>) -> Result<Vec<(u32, u32)>> {
    let sql = "SELECT DISTINCT r.ev_class, d.refobjid FROM pg_catalog.pg_rewrite r
                 JOIN pg_catalog.pg_depend d ON d.classid = 2618 AND d.objid = r.oid
                 JOIN pg_catalog.pg_class c ON c.oid = d.refobjid
                WHERE d.refclassid = 1259 AND d.refobjid <> r.ev_class AND c.relkind IN ('v', 'm')
                ORDER BY 1, 2";
    source.reader.read("what views read", sql, &[], |f| Ok((f.take()?, f.take()?))).await
}

/// The materialized views that this one reads, through any number of views of both kinds.
fn sources_of(graph: &Graph, view: Id, reads: &HashMap<Id, Vec<Id>>) -> Vec<Id> {
    let (mut found, mut seen, mut waiting) = (Vec::new(), HashSet::from([view]), vec![view]);
    while let Some(at) = waiting.pop() {
        for &read in reads.get(&at).into_iter().flatten() {
            let Body::Relation(relation) = &graph[read].body else { continue };
            if !seen.insert(read) {
                continue;
            }
            waiting.push(read);
            if relation.kind == 'm' {
                found.push(read);
            }
        }
    }
    found.sort_unstable();
    found
}

fn is_filled(graph: &Graph, view: Id) -> bool {
    matches!(&graph[view].body, Body::Relation(relation) if relation.populated)
}

/// Adds the two marks and puts every object on its side of them.
pub(super) fn add(graph: &mut Graph) {
    let ids: Vec<Id> = graph.ids().collect();
    let pre = graph.add(Object::new((0, 0), "", Body::PreDataEnd).taking(Take::NONE));
    let post = graph.add(Object::new((0, 0), "", Body::PostDataBegin).taking(Take::NONE));
    graph.depend(post, pre);
    for id in ids {
        match side(&graph[id].body) {
            Side::Before => graph.depend(pre, id),
            Side::Rows => {
                graph.depend(id, pre);
                graph.depend(post, id);
            }
            Side::After => graph.depend(id, post),
            Side::Within => {}
        }
    }
}

enum Side {
    Before,
    Rows,
    After,
    /// Printed with an object that is on a side itself.
    Within,
}

fn side(body: &Body) -> Side {
    match body {
        Body::PlannerStatistics(statistics) if statistics.after_rows => Side::After,
        Body::TableData(_)
        | Body::SequenceSet(_)
        | Body::LargeObjects { grouped: true, .. }
        | Body::LargeObjectData(_)
        | Body::PlannerStatistics(_) => Side::Rows,
        Body::Index(_)
        | Body::IndexAttach(_)
        | Body::Statistics(_)
        | Body::Trigger(_)
        | Body::RowSecurity(_)
        | Body::Policy(_)
        | Body::ForeignKey(_)
        | Body::DefaultAcl(_)
        | Body::EventTrigger(_)
        | Body::Refresh(_) => Side::After,
        Body::Plain(plain) if plain.section == Section::PostData => Side::After,
        Body::Rule(rule) if rule.separate => Side::After,
        Body::Constraint(constraint) if constraint.separate => Side::After,
        Body::Rule(_) | Body::Constraint(_) | Body::PreDataEnd | Body::PostDataBegin => {
            Side::Within
        }
        _ => Side::Before,
    }
}
