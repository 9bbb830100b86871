//! What the target has of what the restore is about: relations, roles, extensions, tablespaces. A
//! constant number of queries, whatever the size of the archive. Reads only.

use std::collections::{BTreeSet, HashMap};

use tokio_postgres::Client;

use crate::archive::kind;
use crate::archive::names::name_after;
use crate::archive::statement;
use crate::archive::toc::TocEntry;
use crate::error::Result;
use crate::model::name::QualifiedName;
use crate::model::spec::RestoreSpec;
use crate::postgres::connect::database_error;

use super::select::Choice;

/// Tables looked into with one statement.
const BATCH: usize = 200;

/// Facts of the target.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Encoding of the database; empty when it is to be made.
    pub(super) encoding: String,
    /// Relations that exist under names of the archive, with their kind.
    pub(super) relations: HashMap<QualifiedName, char>,
    /// Owners that are no roles there.
    pub(super) missing_roles: BTreeSet<String>,
    /// Extensions that cannot be made there.
    pub(super) missing_extensions: BTreeSet<String>,
    /// Tablespaces that are not there.
    pub(super) missing_tablespaces: BTreeSet<String>,
    /// Tables that would be dropped, or written into while they hold rows.
    pub(super) endangers: Vec<String>,
}

impl Survey {
    /// Asks the target. `in_target` is false while the database does not exist yet.
    pub(super) async fn make(
        client: &Client,
        entries: &[TocEntry],
        choice: &Choice,
        spec: &RestoreSpec,
        in_target: bool,
    ) -> Result<Self> {
        let chosen: Vec<&TocEntry> =
            choice.order.iter().filter_map(|at| entries.get(*at)).collect();
        let mut survey = Self::default();
        // A policy that hides rows must be an error, not an empty table.
        client
            .batch_execute("SET search_path = ''; SET row_security = off")
            .await
            .map_err(|error| database_error("setting up a session", error))?;
        if !spec.no_owner {
            let owners = names(&chosen, |entry| entry.owner.clone());
            survey.missing_roles = missing(client, owners, ROLES).await?;
        }
        let extension = |entry: &TocEntry| (entry.desc == "EXTENSION").then(|| entry.tag.clone());
        survey.missing_extensions = missing(client, names(&chosen, extension), EXTENSIONS).await?;
        if !spec.options.left_out.tablespaces {
            let tablespaces = names(&chosen, |entry| entry.tablespace.clone());
            survey.missing_tablespaces = missing(client, tablespaces, TABLESPACES).await?;
        }
        if in_target {
            survey.encoding = encoding(client).await?;
            survey.relations = relations(client, wanted_relations(&chosen, choice)).await?;
            survey.endangers = survey.find_endangered(client, entries, choice, spec).await?;
        }
        Ok(survey)
    }

    async fn find_endangered(
        &self,
        client: &Client,
        entries: &[TocEntry],
        choice: &Choice,
        spec: &RestoreSpec,
    ) -> Result<Vec<String>> {
        let mut dropped = BTreeSet::new();
        let mut written = BTreeSet::new();
        for at in &choice.order {
            let Some(entry) = entries.get(*at) else { continue };
            let drops = spec.clean && !choice.is_needed_only(*at);
            match entry.desc.as_str() {
                "TABLE" | "MATERIALIZED VIEW" if drops => dropped.extend(own_name(entry)),
                "TABLE DATA" => written.extend(written_names(entry)),
                _ => {}
            }
        }
        let exists = |name: &QualifiedName| {
            matches!(self.relations.get(name), Some('r' | 'p' | 'm' | 'f' | 'v'))
        };
        dropped.retain(exists);
        written.retain(|name| exists(name) && !dropped.contains(name));
        let written: Vec<QualifiedName> = written.into_iter().collect();
        let mut endangered: Vec<String> = dropped.iter().map(ToString::to_string).collect();
        endangered.extend(with_rows(client, &written).await?);
        if spec.clean {
            endangered.extend(large_objects(client, entries, choice).await?);
        }
        endangered.sort();
        endangered.dedup();
        Ok(endangered)
    }
}

const ROLES: &str = "SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname = ANY ($1)";
const EXTENSIONS: &str =
    "SELECT name::text FROM pg_catalog.pg_available_extensions WHERE name = ANY ($1)";
const TABLESPACES: &str =
    "SELECT spcname::text FROM pg_catalog.pg_tablespace WHERE spcname = ANY ($1)";

fn names(entries: &[&TocEntry], name: impl Fn(&TocEntry) -> Option<String>) -> BTreeSet<String> {
    entries.iter().filter_map(|entry| name(entry)).filter(|name| !name.is_empty()).collect()
}

/// Those of the names that the query does not give back.
async fn missing(
    client: &Client,
    mut names: BTreeSet<String>,
    query: &str,
) -> Result<BTreeSet<String>> {
    if names.is_empty() {
        return Ok(names);
    }
    let list: Vec<&String> = names.iter().collect();
    let rows = client
        .query(query, &[&list])
        .await
        .map_err(|error| database_error("looking around in the target", error))?;
    for row in rows {
        names.remove(row.get::<_, &str>(0));
    }
    Ok(names)
}

async fn encoding(client: &Client) -> Result<String> {
    let row = client
        .query_one("SELECT pg_catalog.current_setting('server_encoding')", &[])
        .await
        .map_err(|error| database_error("asking for the target's encoding", error))?;
    Ok(row.get(0))
}

/// Names that matter: relations to be made, tables to be filled, tables that are referenced.
fn wanted_relations(chosen: &[&TocEntry], choice: &Choice) -> BTreeSet<QualifiedName> {
    let mut names = BTreeSet::new();
    for entry in chosen {
        if kind::is_relation(entry) {
            names.extend(own_name(entry));
        } else if entry.desc == "TABLE DATA" {
            names.extend(written_names(entry));
        }
    }
    names.extend(choice.open_references.iter().map(|reference| reference.table.clone()));
    names
}

fn own_name(entry: &TocEntry) -> Option<QualifiedName> {
    Some(QualifiedName::new(entry.namespace.clone()?, entry.tag.clone()))
}

/// The table of the entry, and the one that its `COPY` names where that is another.
fn written_names(entry: &TocEntry) -> impl Iterator<Item = QualifiedName> {
    let by_copy = entry.copy_stmt.as_deref().and_then(|copy| name_after(copy, "COPY "));
    own_name(entry).into_iter().chain(by_copy)
}

async fn relations(
    client: &Client,
    names: BTreeSet<QualifiedName>,
) -> Result<HashMap<QualifiedName, char>> {
    let (schemas, tables): (Vec<String>, Vec<String>) =
        names.into_iter().map(|name| (name.schema, name.name)).unzip();
    let rows = client
        .query(
            "SELECT n.nspname::text, c.relname::text, c.relkind::text \
             FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE (n.nspname::text, c.relname::text) IN \
             (SELECT * FROM ROWS FROM \
             (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])))",
            &[&schemas, &tables],
        )
        .await
        .map_err(|error| database_error("looking for the tables in the target", error))?;
    let relation = |row: &tokio_postgres::Row| {
        let kind = row.get::<_, &str>(2).chars().next()?;
        Some((QualifiedName::new(row.get::<_, &str>(0), row.get::<_, &str>(1)), kind))
    };
    Ok(rows.iter().filter_map(relation).collect())
}

/// Those of the tables that hold at least one row, by looking. A table that may not be read counts
/// as one that does.
async fn with_rows(client: &Client, tables: &[QualifiedName]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for batch in tables.chunks(BATCH) {
        match non_empty(client, batch).await {
            Ok(names) => found.extend(names),
            Err(_) => found.extend(one_by_one(client, batch).await?),
        }
    }
    Ok(found)
}

async fn non_empty(
    client: &Client,
    tables: &[QualifiedName],
) -> Result<Vec<String>, tokio_postgres::Error> {
    let probe = |(number, table): (usize, &QualifiedName)| {
        format!("SELECT {number} WHERE EXISTS (SELECT 1 FROM {})", table.sql())
    };
    let probes: Vec<String> = tables.iter().enumerate().map(probe).collect();
    let rows = client.query(&probes.join(" UNION ALL "), &[]).await?;
    let name = |row: &tokio_postgres::Row| {
        let number = usize::try_from(row.get::<_, i32>(0)).ok()?;
        tables.get(number).map(ToString::to_string)
    };
    Ok(rows.iter().filter_map(name).collect())
}

async fn one_by_one(client: &Client, tables: &[QualifiedName]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for table in tables {
        match non_empty(client, std::slice::from_ref(table)).await {
            Ok(names) => found.extend(names),
            Err(error) if error.is_closed() => {
                return Err(database_error("looking for rows in the target", error));
            }
            Err(_) => found.push(format!("{table} (cannot be read: it may hold rows)")),
        }
    }
    Ok(found)
}

/// Large objects that `--clean` would remove.
async fn large_objects(
    client: &Client,
    entries: &[TocEntry],
    choice: &Choice,
) -> Result<Vec<String>> {
    let chosen = choice.order.iter().filter_map(|at| entries.get(*at));
    let oids: Vec<u32> = chosen.flat_map(statement::large_objects).collect();
    if oids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = client
        .query("SELECT oid FROM pg_catalog.pg_largeobject_metadata WHERE oid = ANY ($1)", &[&oids])
        .await
        .map_err(|error| database_error("looking for large objects in the target", error))?;
    Ok(rows.iter().map(|row| format!("large object {}", row.get::<_, u32>(0))).collect())
}
