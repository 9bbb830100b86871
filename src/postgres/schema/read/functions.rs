//! Functions, procedures and aggregates.

use super::Source;
use crate::error::Result;
use crate::postgres::schema::body::{Body, Function};
use crate::postgres::schema::graph::{Graph, Key, Object, class};
use crate::postgres::schema::query::Fields;
use crate::postgres::schema::select::USER_SCHEMA;

mod aggregates;

/// Reads them all; those that the server made for a range type belong to the type.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = statement(source);
    for object in source.reader.read("functions", &sql, &[], |f| object(source, f)).await? {
        if source.depends.extension_of(object.key).is_none() {
            graph.add(object);
        }
    }
    aggregates::read(source, graph).await
}

fn statement(source: &Source<'_>) -> String {
    let reader = source.reader;
    let kind = reader.pick(
        11,
        "p.prokind::text",
        "CASE WHEN p.proisagg THEN 'a' WHEN p.proiswindow THEN 'w' ELSE 'f' END",
    );
    let support = reader.pick(
        12,
        "CASE WHEN p.prosupport <> 0 THEN p.prosupport::regproc::text END",
        "NULL::text",
    );
    let sql_body = reader.pick(
        14,
        "CASE WHEN p.prosqlbody IS NOT NULL THEN pg_catalog.pg_get_function_sqlbody(p.oid) END",
        "NULL::text",
    );
    format!(
        "SELECT p.oid, n.oid, n.nspname, p.proname, pg_catalog.pg_get_userbyid(p.proowner),
                p.proacl::text[], CASE WHEN p.proacl IS NOT NULL
                    THEN pg_catalog.acldefault('f', p.proowner) END::text[],
                {kind}, pg_catalog.pg_get_function_arguments(p.oid),
                pg_catalog.pg_get_function_identity_arguments(p.oid),
                ARRAY(SELECT pg_catalog.format_type(a.t, NULL)
                        FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, i) ORDER BY a.i),
                {SORT_KEY},
                pg_catalog.pg_get_function_result(p.oid),
                ARRAY(SELECT pg_catalog.format_type(a.t, NULL)
                        FROM unnest(p.protrftypes) WITH ORDINALITY AS a (t, i) ORDER BY a.i),
                l.lanname, p.provolatile::text, p.proisstrict, p.prosecdef, p.proleakproof,
                p.procost::text, p.proretset, p.prorows::text, {support}, p.proparallel::text,
                p.proconfig, p.prosrc, p.probin, {sql_body}
           FROM pg_catalog.pg_proc p
           JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
           JOIN pg_catalog.pg_language l ON l.oid = p.prolang
          WHERE {USER_SCHEMA} AND {kind} <> 'a' AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_depend d
                 WHERE d.classid = 1255 AND d.objid = p.oid AND d.deptype = 'i')
          ORDER BY p.oid"
    )
}

/// Number and names of the arguments' types: sorts functions of one name.
const SORT_KEY: &str =
    "pg_catalog.to_char(p.pronargs, 'FM000') || E'\\n' || pg_catalog.array_to_string(ARRAY(
    SELECT tn.nspname || E'\\n' || t.typname
      FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, i)
      JOIN pg_catalog.pg_type t ON t.oid = a.t
      JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace ORDER BY a.i), E'\\n')";

fn object(source: &Source<'_>, f: &mut Fields<'_>) -> Result<Object> {
    let key: Key = (class::PROC, f.take()?);
    let schema_oid = f.take()?;
    let (schema, name, owner): (String, String, String) = (f.take()?, f.take()?, f.take()?);
    let privileges = source.privileges(key, f)?;
    let (kind, arguments, identity) = (f.code()?, f.take()?, f.take()?);
    let (types, tie): (Vec<String>, String) = (f.take()?, f.take()?);
    let function = Function {
        kind,
        arguments,
        identity,
        types,
        result: f.take()?,
        transforms: f.list()?,
        language: f.take()?,
        volatility: f.code()?,
        strict: f.take()?,
        security_definer: f.take()?,
        leakproof: f.take()?,
        cost: f.take()?,
        returns_set: f.take()?,
        rows: f.take()?,
        support: f.take()?,
        parallel: f.code()?,
        settings: f.list()?,
        source: f.take()?,
        binary: f.take()?,
        sql_body: f.take()?,
        goes_with: source.depends.goes_with(key),
        postponed: false,
    };
    let take = source.choice.take(key, Some(schema_oid));
    Ok(Object::new(key, name, Body::Function(Box::new(function)))
        .in_schema(schema)
        .owned_by(owner)
        .granted(privileges)
        .sorted_by(tie)
        .taking(take))
}
