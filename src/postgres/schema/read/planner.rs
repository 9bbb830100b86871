//! What the planner knows of tables, indexes and materialized views: `pg_class` for whole relations,
//! `pg_stats` for columns, as calls of the functions that PostgreSQL 18 and later take it back with.

use std::collections::HashMap;

use super::Source;
use crate::error::Result;
use crate::model::name::quote_literal;
use crate::postgres::schema::body::{Body, PlannerStatistics};
use crate::postgres::schema::graph::{Graph, Id, Object, class};
use crate::postgres::schema::query::Fields;

/// Adds an object for every relation and index that is taken.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let wanted: Vec<Id> = graph.iter().filter(|(_, o)| is_wanted(o)).map(|(id, _)| id).collect();
    let mut columns = read_columns(source, graph, &wanted).await?;
    let mut relations = read_relations(source, graph, &wanted).await?;
    let refreshes: HashMap<Id, Id> = graph
        .iter()
        .filter_map(|(id, object)| match object.body {
            Body::Refresh(view) => Some((view, id)),
            _ => None,
        })
        .collect();
    for id in wanted {
        let oid = graph[id].key.1;
        let Some(mut create) = relations.remove(&oid) else { continue };
        create += &columns.remove(&oid).unwrap_or_default();
        add(graph, id, refreshes.get(&id).copied(), create);
    }
    Ok(())
}

fn is_wanted(object: &Object) -> bool {
    let has_statistics = match &object.body {
        Body::Relation(relation) => matches!(relation.kind, 'r' | 'p' | 'm' | 'f'),
        Body::Index(_) => true,
        _ => false,
    };
    has_statistics && object.take.definition && object.key.0 == class::RELATION
}

/// An index comes after its constraint, a filled materialized view after its refresh.
fn add(graph: &mut Graph, of: Id, refresh: Option<Id>, create: String) {
    let object = &graph[of];
    let (is_index, constraint) = match &object.body {
        Body::Index(index) => (true, index.constraint),
        _ => (false, None),
    };
    let after_rows = is_index || refresh.is_some();
    let body = Body::PlannerStatistics(PlannerStatistics { after_rows, create: create.into() });
    let added = Object::new((0, 0), object.name.clone(), body)
        .in_schema(object.schema())
        .needing([of])
        .needing(constraint)
        .needing(refresh);
    graph.add(added);
}

/// The call for each relation as a whole, by oid.
async fn read_relations(
    source: &Source<'_>,
    graph: &Graph,
    wanted: &[Id],
) -> Result<HashMap<u32, String>> {
    let reader = source.reader;
    let frozen = reader.pick(18, "c.relallfrozen::text", "NULL::text");
    // Before 14 no rows and not known were the same.
    let tuples =
        reader.pick(14, "c.reltuples", "CASE c.reltuples WHEN 0 THEN -1 ELSE c.reltuples END");
    let sql = format!(
        "SELECT c.oid, c.relpages::text, ({tuples})::float4::text, c.relallvisible::text, {frozen}
           FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1)"
    );
    let oids: Vec<u32> = wanted.iter().map(|&id| graph[id].key.1).collect();
    let rows = reader.read_of("statistics of relations", &sql, &oids, |f| {
        let oid: u32 = f.take()?;
        let figures: [Option<String>; 4] = [f.take()?, f.take()?, f.take()?, f.take()?];
        Ok((oid, figures))
    });
    let mut calls = HashMap::new();
    for (oid, figures) in rows.await? {
        let Some(id) = graph.find((class::RELATION, oid)) else { continue };
        let mut call = Call::new(reader.version, "relation", &graph[id]);
        let names = ["relpages", "reltuples", "relallvisible", "relallfrozen"];
        let types = ["integer", "real", "integer", "integer"];
        for ((name, data_type), figure) in names.into_iter().zip(types).zip(figures) {
            call.argument(name, data_type, figure.as_deref());
        }
        calls.insert(oid, call.end());
    }
    Ok(calls)
}

/// Columns of `pg_stats` that are said where they are known, with their types.
const FIGURES: &[(&str, &str)] = &[
    ("null_frac", "real"),
    ("avg_width", "integer"),
    ("n_distinct", "real"),
    ("most_common_vals", "text"),
    ("most_common_freqs", "real[]"),
    ("histogram_bounds", "text"),
    ("correlation", "real"),
    ("most_common_elems", "text"),
    ("most_common_elem_freqs", "real[]"),
    ("elem_count_histogram", "real[]"),
];

/// As [`FIGURES`], from PostgreSQL 17.
const RANGE_FIGURES: &[(&str, &str)] = &[
    ("range_length_histogram", "text"),
    ("range_empty_frac", "real"),
    ("range_bounds_histogram", "text"),
];

/// The calls for all columns of each relation, by oid.
async fn read_columns(
    source: &Source<'_>,
    graph: &Graph,
    wanted: &[Id],
) -> Result<HashMap<u32, String>> {
    let reader = source.reader;
    let ranges = if reader.since(17) { RANGE_FIGURES } else { &[] };
    let figures: Vec<(&str, &str)> = FIGURES.iter().chain(ranges).copied().collect();
    let list: Vec<String> = figures.iter().map(|(name, _)| format!("s.{name}::text")).collect();
    // A column of an index has a name that another server may not give it: its number is said.
    let sql = format!(
        "SELECT w.oid, s.attname, a.attnum::text, s.inherited, {}
           FROM unnest($1::oid[], $2::text[], $3::text[], $4::bool[]) AS w (oid, nsp, rel, is_index)
           JOIN pg_catalog.pg_stats s ON s.schemaname::text = w.nsp AND s.tablename::text = w.rel
           LEFT JOIN pg_catalog.pg_attribute a
             ON w.is_index AND a.attrelid = w.oid AND a.attname = s.attname
          ORDER BY w.oid, s.attname, s.inherited",
        list.join(", ")
    );
    let oids: Vec<u32> = wanted.iter().map(|&id| graph[id].key.1).collect();
    let schemas: Vec<&str> = wanted.iter().map(|&id| graph[id].schema()).collect();
    let names: Vec<&str> = wanted.iter().map(|&id| graph[id].name.as_str()).collect();
    let indexes: Vec<bool> =
        wanted.iter().map(|&id| matches!(graph[id].body, Body::Index(_))).collect();
    let call = |f: &mut Fields<'_>| column_call(source, graph, &figures, f);
    let rows = reader
        .read("statistics of columns", &sql, &[&oids, &schemas, &names, &indexes], call)
        .await?;
    let mut calls: HashMap<u32, String> = HashMap::new();
    for (oid, call) in rows {
        *calls.entry(oid).or_default() += &call;
    }
    Ok(calls)
}

fn column_call(
    source: &Source<'_>,
    graph: &Graph,
    figures: &[(&str, &str)],
    f: &mut Fields<'_>,
) -> Result<(u32, String)> {
    let oid: u32 = f.take()?;
    let (name, number): (String, Option<String>) = (f.take()?, f.take()?);
    let inherited: bool = f.take()?;
    let Some(id) = graph.find((class::RELATION, oid)) else { return Ok((oid, String::new())) };
    let mut call = Call::new(source.reader.version, "attribute", &graph[id]);
    match &number {
        Some(number) => call.argument("attnum", "smallint", Some(number)),
        None => call.name("attname", &name),
    }
    call.argument("inherited", "boolean", Some(if inherited { "t" } else { "f" }));
    for (name, data_type) in figures {
        let figure: Option<String> = f.take()?;
        call.argument(name, data_type, figure.as_deref());
    }
    Ok((oid, call.end()))
}

/// A call of one of the two functions, with named arguments.
struct Call(String);

impl Call {
    fn new(version: u32, what: &str, object: &Object) -> Self {
        let mut text = format!("SELECT * FROM pg_catalog.pg_restore_{what}_stats(");
        push!(text, "\n\t'version', '{version}'::integer");
        let mut call = Self(text);
        call.name("schemaname", object.schema());
        call.name("relname", &object.name);
        call
    }

    fn name(&mut self, argument: &str, name: &str) {
        push!(self.0, ",\n\t'{argument}', {}", quote_literal(name));
    }

    fn argument(&mut self, argument: &str, data_type: &str, value: Option<&str>) {
        if let Some(value) = value {
            push!(self.0, ",\n\t'{argument}', {}::{data_type}", quote_literal(value));
        }
    }

    fn end(self) -> String {
        self.0 + "\n);\n"
    }
}
