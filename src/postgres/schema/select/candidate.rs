//! The relations and schemas that may be chosen.

use crate::error::Result;
use crate::postgres::schema::depends::Depends;
use crate::postgres::schema::graph::class;
use crate::postgres::schema::query::Reader;

/// A relation that may be chosen.
#[derive(Debug, Clone)]
pub(in super::super) struct Candidate {
    pub(in super::super) oid: u32,
    pub(in super::super) schema_oid: u32,
    pub(in super::super) schema: String,
    pub(in super::super) name: String,
    /// `relkind`.
    pub(in super::super) kind: char,
    /// Found without its schema under the session's own search path.
    pub(in super::super) visible: bool,
    /// For a sequence, the table whose column owns it.
    pub(in super::super) owner_table: Option<u32>,
    /// A sequence of an identity column.
    pub(in super::super) identity: bool,
    /// Belongs to an extension.
    pub(in super::super) member: bool,
}

/// Schemas that are not the system's nor an extension's, as SQL over `pg_namespace n`.
pub(in super::super) const USER_SCHEMA: &str =
    "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/// All relations outside the system's schemas. The search path is the session's own while they are
/// read, and empty from then on.
pub(in super::super) async fn read_candidates(
    reader: &Reader<'_>,
    depends: &Depends,
) -> Result<Vec<Candidate>> {
    reader.execute("resetting the search path", "RESET search_path").await?;
    let sql = format!(
        "SELECT c.oid, n.oid, n.nspname, c.relname, c.relkind::text,
                coalesce(pg_catalog.pg_table_is_visible(c.oid), false), d.refobjid, d.deptype::text
           FROM pg_catalog.pg_class c
           JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           LEFT JOIN pg_catalog.pg_depend d
             ON c.relkind = 'S' AND d.classid = 1259 AND d.objid = c.oid AND d.objsubid = 0
            AND d.refclassid = 1259 AND d.deptype IN ('a', 'i')
          WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
            AND {USER_SCHEMA}
          ORDER BY n.nspname, c.relname"
    );
    let candidates = reader.read("relations", &sql, &[], |f| {
        let oid = f.take()?;
        Ok(Candidate {
            oid,
            schema_oid: f.take()?,
            schema: f.take()?,
            name: f.take()?,
            kind: f.code()?,
            visible: f.take()?,
            owner_table: f.take()?,
            identity: f.code()? == 'i',
            member: depends.extension_of((class::RELATION, oid)).is_some(),
        })
    });
    let candidates = candidates.await?;
    let empty = "SELECT pg_catalog.set_config('search_path', '', false)";
    reader.execute("emptying the search path", empty).await?;
    Ok(candidates)
}

/// Names that patterns may mean beside those of relations.
pub(super) struct Names {
    /// The connected database.
    pub(super) database: String,
    /// Schemas that are not the system's nor an extension's.
    pub(super) schemas: Vec<(u32, String)>,
    /// Extensions.
    pub(super) extensions: Vec<(u32, String)>,
}

/// Reads them.
pub(super) async fn read_names(reader: &Reader<'_>, depends: &Depends) -> Result<Names> {
    let sql = format!(
        "SELECT 'n', n.oid, n.nspname FROM pg_catalog.pg_namespace n WHERE {USER_SCHEMA}
         UNION ALL SELECT 'e', e.oid, e.extname FROM pg_catalog.pg_extension e
         UNION ALL SELECT 'd', 0, pg_catalog.current_database()"
    );
    let rows = reader.read("schemas", &sql, &[], |f| Ok((f.code()?, f.take()?, f.take()?)));
    let (database, schemas, extensions) = (String::new(), Vec::new(), Vec::new());
    let mut names = Names { database, schemas, extensions };
    for (kind, oid, name) in rows.await? {
        match kind {
            'd' => names.database = name,
            'e' => names.extensions.push((oid, name)),
            _ if depends.extension_of((class::NAMESPACE, oid)).is_none() => {
                names.schemas.push((oid, name));
            }
            _ => {}
        }
    }
    Ok(names)
}
