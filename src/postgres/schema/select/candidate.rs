//! The relations and schemas that may be chosen.

use std::collections::HashMap;

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
    /// Found without its schema under the session's own search path; false where nobody asks.
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
/// read (where patterns mean it), and empty from then on.
pub(in super::super) async fn read_candidates(
    reader: &Reader<'_>,
    depends: &Depends,
    by_search_path: bool,
) -> Result<Vec<Candidate>> {
    // What the search path shows is asked for only where a pattern may mean it: it costs a look-up
    // for each relation.
    if by_search_path {
        reader.execute("resetting the search path", "RESET search_path").await?;
    }
    let visible = if by_search_path { "pg_catalog.pg_table_is_visible(c.oid)" } else { "false" };
    let sql = format!(
        "SELECT c.oid, n.oid, n.nspname, c.relname, c.relkind::text, coalesce({visible}, false)
           FROM pg_catalog.pg_class c
           JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
            AND {USER_SCHEMA}"
    );
    let owners = owners(depends);
    let candidates = reader.read("relations", &sql, &[], |f| {
        let oid = f.take()?;
        let mut candidate = Candidate {
            oid,
            schema_oid: f.take()?,
            schema: f.take()?,
            name: f.take()?,
            kind: f.code()?,
            visible: f.take()?,
            owner_table: None,
            identity: false,
            member: depends.extension_of((class::RELATION, oid)).is_some(),
        };
        if candidate.kind == 'S'
            && let Some(&(table, identity)) = owners.get(&oid)
        {
            (candidate.owner_table, candidate.identity) = (Some(table), identity);
        }
        Ok(candidate)
    });
    let mut candidates = candidates.await?;
    candidates.sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
    let empty = "SELECT pg_catalog.set_config('search_path', '', false)";
    reader.execute("emptying the search path", empty).await?;
    Ok(candidates)
}

/// Tables by what belongs to one of their columns, and whether it does as an identity's sequence.
fn owners(depends: &Depends) -> HashMap<u32, (u32, bool)> {
    depends.columns().map(|(row, _)| (row.object.1, (row.needed.1, row.kind == 'i'))).collect()
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
