//! What the selection means but the archive cannot hold: said aloud, so that nothing is left out in
//! silence.

use super::LargeObjectGroup;
use super::query::Reader;
use super::select::Choice;
use crate::error::Result;

/// Each missing object with its reason.
pub(super) async fn read(reader: &Reader<'_>, choice: &Choice) -> Result<Vec<String>> {
    if !choice.everything {
        return Ok(Vec::new());
    }
    let mut missing = read_lines(reader, SUBSCRIPTIONS).await?;
    missing.extend(read_lines(reader, OTHERS).await?);
    Ok(missing)
}

/// Subscriptions that this role may not read.
const SUBSCRIPTIONS: &str = "
    SELECT 'subscription ' || s.subname || ': only a superuser may read it'
      FROM pg_catalog.pg_subscription s
     WHERE pg_catalog.current_setting('is_superuser') <> 'on'
       AND s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d
                         WHERE d.datname = pg_catalog.current_database())
     ORDER BY s.subname";

/// Large objects, of which there may be millions, in one line.
pub(super) fn data_of(groups: &[LargeObjectGroup]) -> Option<String> {
    let count: usize = groups.iter().map(|group| group.oids.len()).sum();
    (count > 0).then(|| format!("{count} large objects: their data is not copied yet"))
}

/// Grants on single columns of tables that come with the server or an extension.
const OTHERS: &str = "
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
