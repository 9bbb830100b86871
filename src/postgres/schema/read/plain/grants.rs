//! Grants on objects that come with the server or with an extension, where somebody changed them.

use std::collections::HashMap;

use super::Source;
use crate::error::Result;
use crate::postgres::schema::acl::Privileges;
use crate::postgres::schema::body::{Body, Plain};
use crate::postgres::schema::graph::{Graph, Key, Object, Take, class};
use crate::postgres::schema::query::Fields;

/// Reads what differs from how it began.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let mut columns = read_columns(source).await?;
    let changed: Vec<u32> = columns.keys().copied().collect();
    let sql = statement(source);
    let objects = source.reader.read_of("grants", &sql, &changed, |f| object(source, f));
    for mut object in objects.await? {
        if let Body::Plain(plain) = &mut object.body
            && object.key.0 == class::RELATION
        {
            plain.columns = columns.remove(&object.key.1).unwrap_or_default();
        }
        if is_chosen(source, object.key) {
            graph.add_unnamed(object);
        }
    }
    Ok(())
}

/// Grants on single columns of tables that come with the server or with an extension.
async fn read_columns(source: &Source<'_>) -> Result<HashMap<u32, Vec<(String, Privileges)>>> {
    let sql = "
        SELECT a.attrelid, a.attname, a.attacl::text[], p.initprivs::text[]
          FROM (SELECT oid FROM pg_catalog.pg_class
                 WHERE relnamespace = 'pg_catalog'::pg_catalog.regnamespace
                UNION
                SELECT objid FROM pg_catalog.pg_depend WHERE classid = 1259 AND deptype = 'e') c
          JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
          LEFT JOIN pg_catalog.pg_init_privs p
            ON p.classoid = 1259 AND p.objoid = a.attrelid AND p.objsubid = a.attnum
         WHERE a.attacl IS DISTINCT FROM p.initprivs AND NOT a.attisdropped
         ORDER BY a.attrelid, a.attnum";
    let rows = source.reader.read("grants on columns", sql, &[], |f| {
        let (table, name): (u32, String) = (f.take()?, f.take()?);
        let (own, initial) = (f.take()?, f.take()?);
        Ok((table, (name, Privileges { own, default: Vec::new(), initial })))
    });
    let mut columns: HashMap<u32, Vec<(String, Privileges)>> = HashMap::new();
    for (table, column) in rows.await? {
        columns.entry(table).or_default().push(column);
    }
    Ok(columns)
}

/// A member goes with its extension, what comes with the server with all schemas.
fn is_chosen(source: &Source<'_>, key: Key) -> bool {
    match source.depends.extension_of(key) {
        Some(oid) if oid >= FIRST_OWN => source.choice.extensions.contains(&oid),
        _ => source.choice.all_schemas,
    }
}

/// The first oid that an object which does not come with the server can have.
const FIRST_OWN: u32 = 16384;

/// Each kind: catalog, oid, schema, name, owner, list, default's letter, kind for GRANT, arguments.
fn statement(source: &Source<'_>) -> String {
    let procedure = source.reader.pick(11, "p.prokind = 'p'", "false");
    format!(
        "WITH item (class, oid, nsp, name, owner, acl, letter, kind, arguments, rank) AS (
             SELECT 1255::oid, p.oid, p.pronamespace, p.proname, p.proowner, p.proacl, 'f',
                    CASE WHEN {procedure} THEN 'PROCEDURE' ELSE 'FUNCTION' END,
                    pg_catalog.pg_get_function_identity_arguments(p.oid), 8
               FROM pg_catalog.pg_proc p
             UNION ALL SELECT 1259, c.oid, c.relnamespace, c.relname, c.relowner, c.relacl,
                    CASE WHEN c.relkind = 'S' THEN 's' ELSE 'r' END,
                    CASE WHEN c.relkind = 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, NULL, 20
               FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
             UNION ALL SELECT 1247, t.oid, t.typnamespace, t.typname, t.typowner, t.typacl, 'T',
                    'TYPE', NULL, 6
               FROM pg_catalog.pg_type t
             UNION ALL SELECT 2612, l.oid, 0, l.lanname, l.lanowner, l.lanacl, 'l', 'LANGUAGE',
                    NULL, 2
               FROM pg_catalog.pg_language l WHERE l.lanpltrusted
             UNION ALL SELECT 2328, w.oid, 0, w.fdwname, w.fdwowner, w.fdwacl, 'F',
                    'FOREIGN DATA WRAPPER', NULL, 18
               FROM pg_catalog.pg_foreign_data_wrapper w
             UNION ALL SELECT 2615, n.oid, 0, n.nspname, n.nspowner, n.nspacl, 'n', 'SCHEMA',
                    NULL, 1
               FROM pg_catalog.pg_namespace n WHERE n.nspname <> 'public'
         )
         SELECT i.class, i.oid, n.nspname, i.name, pg_catalog.pg_get_userbyid(i.owner),
                i.acl::text[], pg_catalog.acldefault(i.letter::\"char\", i.owner)::text[],
                pip.initprivs::text[], i.kind, i.arguments, i.rank
           FROM item i
           LEFT JOIN pg_catalog.pg_namespace n ON n.oid = i.nsp
           LEFT JOIN pg_catalog.pg_init_privs pip
             ON pip.classoid = i.class AND pip.objoid = i.oid AND pip.objsubid = 0
          WHERE (i.acl IS DISTINCT FROM pip.initprivs
                 OR (i.class = 1259 AND i.oid = ANY ($1)))
            AND (n.nspname = 'pg_catalog' OR (i.nsp = 0 AND i.oid < 16384
                     AND i.name <> 'information_schema' AND i.name !~ '^pg_(toast|temp)')
                 OR EXISTS (SELECT FROM pg_catalog.pg_depend d
                             WHERE d.classid = i.class AND d.objid = i.oid AND d.deptype = 'e'))
          ORDER BY i.class, i.oid"
    )
}

fn object(source: &Source<'_>, f: &mut Fields<'_>) -> Result<Object> {
    let key: Key = (f.take()?, f.take()?);
    let schema: Option<String> = f.take()?;
    let (name, owner): (String, String) = (f.take()?, f.take()?);
    let privileges = Privileges { own: f.take()?, default: f.list()?, initial: f.take()? };
    let kind = kind(f.take()?);
    let arguments: Option<String> = f.take()?;
    let rank = u8::try_from(f.take::<i32>()?).unwrap_or(u8::MAX);
    let mut quoted = source.quoter.ident(&name);
    if let Some(arguments) = arguments {
        push!(quoted, "({arguments})");
    }
    let plain = Plain { grant: Some((kind, quoted)), ..Plain::new(kind, rank, "", String::new()) };
    let take = Take { acl: true, ..Take::NONE };
    let object = Object::new(key, name, Body::Plain(Box::new(plain)))
        .owned_by(owner)
        .granted(privileges)
        .taking(take);
    Ok(match schema {
        Some(schema) => object.in_schema(schema),
        None => object,
    })
}

fn kind(word: &str) -> &'static str {
    match word {
        "PROCEDURE" => "PROCEDURE",
        "FUNCTION" => "FUNCTION",
        "SEQUENCE" => "SEQUENCE",
        "TABLE" => "TABLE",
        "TYPE" => "TYPE",
        "LANGUAGE" => "LANGUAGE",
        "SCHEMA" => "SCHEMA",
        _ => "FOREIGN DATA WRAPPER",
    }
}
