//! Tables, views, materialized views, foreign tables and sequences, without their columns and queries.

use super::Source;
use crate::error::Result;
use crate::postgres::schema::body::{Body, RareOfRelation, Relation, Size};
use crate::postgres::schema::graph::{Graph, Key, Object, class};
use crate::postgres::schema::query::Fields;
use crate::postgres::schema::select::USER_SCHEMA;

/// All relations outside the system's schemas.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = statement(source);
    let keep = |f: &mut Fields<'_>| {
        let object = object(source, f)?;
        match source.depends.extension_of(object.key) {
            None => {
                graph.add(object);
            }
            Some(extension) if object.take.data => {
                let extension = graph.find((class::EXTENSION, extension));
                graph.add(object.needing(extension));
            }
            Some(_) => {}
        }
        Ok(())
    };
    source.reader.each("relations", &sql, &[&source.relations], keep).await
}

fn statement(source: &Source<'_>) -> String {
    // Partitioned tables have an access method from 17, indexes alone have one before 12.
    let reader = source.reader;
    let am = reader.pick(12, "c.relkind IN ('r', 'm', 'p')", "false");
    let with_oids = reader.pick(12, "false", "c.relhasoids");
    // A size costs more than all the rest: it is asked for only where rows are to be copied.
    let sizes = source.choice.takes_data();
    // Refreshes are ordered through views that are not chosen themselves.
    let wanted = if source.choice.tables_only() {
        "(wanted.oid = c.oid OR c.relkind IN ('v', 'm'))"
    } else {
        "true"
    };
    format!(
        "SELECT c.oid, n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner), c.relkind::text,
                c.relacl::text[],
                CASE WHEN c.relacl IS NOT NULL THEN pg_catalog.acldefault(
                    CASE WHEN c.relkind = 'S' THEN 's' ELSE 'r' END::\"char\", c.relowner) END::text[],
                c.relpersistence::text, c.relispartition,
                CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END,
                pg_catalog.array_remove(pg_catalog.array_remove(c.reloptions,
                    'check_option=local'), 'check_option=cascaded'),
                tc.reloptions,
                CASE WHEN 'check_option=local' = ANY (c.reloptions) THEN 'LOCAL'
                     WHEN 'check_option=cascaded' = ANY (c.reloptions) THEN 'CASCADED' END,
                coalesce(ts.spcname, ''), am.amname, c.relreplident::text, {with_oids}, c.relrowsecurity,
                c.relforcerowsecurity, c.relispopulated,
                CASE WHEN {sizes} AND c.relkind = 'r' AND wanted.oid = c.oid
                     THEN pg_catalog.pg_relation_size(c.oid) END,
                CASE WHEN {sizes} AND c.relkind = 'r' AND wanted.oid = c.oid AND c.reltoastrelid <> 0
                     THEN pg_catalog.pg_relation_size(c.reltoastrelid) END,
                c.reltuples::float8, fs.srvname,
                CASE WHEN ft.ftoptions IS NOT NULL THEN pg_catalog.array_to_string(ARRAY(
                    SELECT pg_catalog.quote_ident(option_name) || ' '
                        || pg_catalog.quote_literal(option_value)
                      FROM pg_catalog.pg_options_to_table(ft.ftoptions) ORDER BY option_name),
                    E',\\n    ') END
           FROM pg_catalog.pg_class c
           JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           LEFT JOIN unnest($1::oid[]) AS wanted (oid) ON wanted.oid = c.oid
           LEFT JOIN pg_catalog.pg_class tc ON tc.oid = c.reltoastrelid AND c.relkind <> 'p'
           LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
           LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam AND {am}
           LEFT JOIN pg_catalog.pg_foreign_table ft ON ft.ftrelid = c.oid AND c.relkind = 'f'
           LEFT JOIN pg_catalog.pg_foreign_server fs ON fs.oid = ft.ftserver
          WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
            AND {USER_SCHEMA} AND {wanted}
          ORDER BY c.oid"
    )
}

fn object(source: &Source<'_>, f: &mut Fields<'_>) -> Result<Object> {
    let key: Key = (class::RELATION, f.take()?);
    let (schema, name, owner): (&str, &str, &str) = (f.take()?, f.take()?, f.take()?);
    let kind = f.code()?;
    let privileges = source.privileges(key, f)?;
    let mut rare = RareOfRelation::NONE;
    let take = source.choice.take_relation(key.1);
    let relation = Relation {
        kind,
        persistence: f.code()?,
        is_partition: f.take()?,
        tablespace: {
            rare.of_type = f.take()?;
            rare.options = f.list()?;
            rare.toast_options = f.list()?;
            rare.check_option = f.take()?;
            source.names.get(f.take()?)
        },
        access_method: f.take::<Option<&str>>()?.map(|name| source.names.get(name)),
        replica_identity: f.code()?,
        with_oids: f.take()?,
        row_security: f.take()?,
        force_row_security: f.take()?,
        populated: f.take()?,
        size: Some(size(f)?).filter(|_| take.data).map(Box::new),
        ..Relation::default()
    };
    let server: Option<String> = f.take()?;
    let options: Option<String> = f.take()?;
    rare.foreign = server.map(|server| (server, options.unwrap_or_default()));
    rare.goes_with = source.depends.goes_with(key);
    rare.predicate = source.choice.predicates.get(&key.1).cloned();
    Ok(Object::new(key, name, Body::Relation(Box::new(relation.with(rare))))
        .in_schema(schema)
        .owned_by(owner)
        .granted(privileges)
        .taking(take))
}

/// Every server is built with this page size unless somebody changed its source.
const BLOCK: u64 = 8192;

fn size(f: &mut Fields<'_>) -> Result<Size> {
    // Null for what has no storage, and for a table that was dropped since the snapshot.
    let mut bytes = || -> Result<u64> {
        Ok(f.take::<Option<i64>>()?.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
    };
    let (heap, toast) = (bytes()?, bytes()?);
    let rows: f64 = f.take()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate > 0")]
    let rows = (rows > 0.0).then_some(rows as u64);
    Ok(Size { bytes: heap + toast, blocks: heap.div_ceil(BLOCK), rows })
}
