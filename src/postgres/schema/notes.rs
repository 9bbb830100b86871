//! What the user should know of an archive that is complete all the same.

use super::SchemaRequest;
use super::body::{Body, Plain};
use super::graph::{Graph, Object};
use super::select::Candidate;
use crate::model::spec::Section;

/// All notes; `candidates` are relations that are not in the graph.
pub(super) fn read(
    graph: &Graph,
    candidates: &[Candidate],
    request: &SchemaRequest,
    standby: bool,
) -> Vec<String> {
    let mut notes = Vec::new();
    if request.parts.wants(Section::PreData) {
        notes.extend(with_oids(graph));
        notes.extend(postfix_operators(graph));
    }
    if request.parts.wants(Section::PostData) {
        notes.extend(foreign_keys(graph, candidates));
    }
    if standby && request.parts.wants(Section::Data) && !request.options.no_unlogged_table_data {
        notes.extend(unlogged(graph));
    }
    notes
}

/// Foreign keys to tables that are not in the archive: they hold only where those are there already.
fn foreign_keys(graph: &Graph, candidates: &[Candidate]) -> Vec<String> {
    let mut notes = Vec::new();
    for (_, object) in graph.iter().filter(|(_, object)| object.take.definition) {
        let Body::ForeignKey(key) = &object.body else { continue };
        let target = graph.relation(key.references);
        if target.is_some_and(|id| graph[id].take.definition) {
            continue;
        }
        let table = &graph[key.table];
        let known = target.map(|id| format!("{}.{}", graph[id].schema(), graph[id].name));
        let other = || {
            let other = candidates.iter().find(|c| c.oid == key.references)?;
            Some(format!("{}.{}", other.schema, other.name))
        };
        let target = known.or_else(other).unwrap_or_default();
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

/// Tables with a column that no server knows any more.
fn with_oids(graph: &Graph) -> Vec<String> {
    let has = |object: &&Object| {
        object.take.definition && matches!(&object.body, Body::Relation(r) if r.with_oids)
    };
    let tables = graph.iter().map(|(_, object)| object).filter(has);
    let note = |table: &Object| {
        format!(
            "table {}.{} was made WITH OIDS, which PostgreSQL 12 and later do not have: its column \
             oid is not in the archive",
            table.schema(),
            table.name
        )
    };
    tables.map(note).collect()
}

/// Operators behind their operand, which no server takes any more.
fn postfix_operators(graph: &Graph) -> Vec<String> {
    let operators = graph.iter().map(|(_, object)| object).filter(|object| {
        let postfix = |plain: &Plain| {
            plain.desc == "OPERATOR"
                && plain.drop.as_ref().is_some_and(|d| d.ends_with(", NONE);\n"))
        };
        object.take.definition && matches!(&object.body, Body::Plain(plain) if postfix(plain))
    });
    let note = |operator: &Object| {
        format!(
            "operator {}.{} stands behind its operand: PostgreSQL 14 and later refuse it",
            operator.schema(),
            operator.name
        )
    };
    operators.map(note).collect()
}

/// Unlogged tables, whose rows a standby does not have.
fn unlogged(graph: &Graph) -> Option<String> {
    let is_unlogged = |body: &Body| match body {
        Body::TableData(table) => {
            matches!(&graph[*table].body, Body::Relation(r) if r.persistence == 'u')
        }
        _ => false,
    };
    let count = graph.iter().filter(|(_, object)| is_unlogged(&object.body)).count();
    (count > 0).then(|| {
        format!(
            "the server is a standby, which has no rows of the {count} unlogged tables: they \
                 are empty in the archive"
        )
    })
}
