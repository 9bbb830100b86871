//! What the selection means but the archive cannot hold yet: found by asking the catalog for every
//! kind of object, so that nothing is left out in silence.

use super::depends::Depends;
use super::graph::Key;
use super::query::Reader;
use super::select::Choice;
use crate::error::Result;

/// Each missing object with its reason.
pub(super) async fn read(
    reader: &Reader<'_>,
    depends: &Depends,
    choice: &Choice,
) -> Result<Vec<String>> {
    let rows = reader.read("other objects", STATEMENT, &[], |f| {
        let key: Key = (f.take()?, f.take()?);
        let schema: u32 = f.take()?;
        let name: Option<String> = f.take()?;
        Ok((key, Some(schema).filter(|&oid| oid != 0), name))
    });
    let mut missing: Vec<String> = rows
        .await?
        .into_iter()
        .filter(|&(key, schema, _)| choice.take(key, schema).definition)
        .filter(|&(key, _, _)| depends.extension_of(key).is_none())
        .filter_map(|(_, _, name)| {
            name.map(|name| format!("{name}: this kind is not supported yet"))
        })
        .collect();
    if choice.everything {
        missing.extend(read_lines(reader, OTHERS).await?);
    }
    Ok(missing)
}

/// Catalog, oid, schema and name of every object of a kind that has no reader.
const STATEMENT: &str = "
    WITH item (class, oid, nsp) AS (
        SELECT 1247::oid, t.oid, t.typnamespace FROM pg_catalog.pg_type t
         WHERE t.typtype = 'b'
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
        UNION ALL SELECT 2617, oid, oprnamespace FROM pg_catalog.pg_operator
        UNION ALL SELECT 2616, oid, opcnamespace FROM pg_catalog.pg_opclass
        UNION ALL SELECT 2753, oid, opfnamespace FROM pg_catalog.pg_opfamily
        UNION ALL SELECT 2607, oid, connamespace FROM pg_catalog.pg_conversion
        UNION ALL SELECT 3601, oid, prsnamespace FROM pg_catalog.pg_ts_parser
        UNION ALL SELECT 3764, oid, tmplnamespace FROM pg_catalog.pg_ts_template
        UNION ALL SELECT 2612, oid, 0 FROM pg_catalog.pg_language
        UNION ALL SELECT 2601, oid, 0 FROM pg_catalog.pg_am
        UNION ALL SELECT 3576, oid, 0 FROM pg_catalog.pg_transform
        UNION ALL SELECT 6100, oid, 0 FROM pg_catalog.pg_subscription
         WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database
                           WHERE datname = pg_catalog.current_database())
    )
    SELECT i.class, i.oid, i.nsp, pg_catalog.pg_describe_object(i.class, i.oid, 0)
      FROM item i WHERE i.oid >= 16384 ORDER BY i.class, i.oid";

/// Large objects, of which there may be millions, in one line.
pub(super) async fn read_large_objects(reader: &Reader<'_>) -> Result<Vec<String>> {
    let sql = "
        SELECT pg_catalog.count(*) || ' large objects (oid ' || pg_catalog.min(oid::int8) || ' to '
               || pg_catalog.max(oid::int8) || '): this kind is not supported yet'
          FROM pg_catalog.pg_largeobject_metadata HAVING pg_catalog.count(*) > 0";
    read_lines(reader, sql).await
}

/// Security labels, and grants on single columns of tables that come with the server or an extension.
const OTHERS: &str = "
    SELECT 'security label of ' || provider || ' on '
           || pg_catalog.pg_describe_object(classoid, objoid, objsubid)
           || ': this kind is not supported yet'
      FROM pg_catalog.pg_seclabel
    UNION ALL
    SELECT 'grants on ' || pg_catalog.pg_describe_object(1259, a.attrelid, a.attnum)
           || ': grants on columns of this table are not supported yet'
      FROM pg_catalog.pg_attribute a
      LEFT JOIN pg_catalog.pg_init_privs p
        ON p.classoid = 1259 AND p.objoid = a.attrelid AND p.objsubid = a.attnum
     WHERE a.attacl IS DISTINCT FROM p.initprivs AND NOT a.attisdropped
       AND (a.attrelid < 16384 OR EXISTS (
           SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 1259 AND d.objid = a.attrelid AND d.deptype = 'e'))";

async fn read_lines(reader: &Reader<'_>, sql: &str) -> Result<Vec<String>> {
    let rows: Vec<Option<String>> = reader.column("other objects", sql, &[]).await?;
    Ok(rows.into_iter().flatten().collect())
}
