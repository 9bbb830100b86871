//! `VACUUM (ANALYZE)` of a database, or of the tables that a backup is about, one table at a time.
//!
//! A table that we may not vacuum, or that fails, does not keep the others from it; in the end all
//! of them are named. When the work is dropped, the server is told to stop.

use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_postgres::Client;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::conn::Target;
use crate::model::name::QualifiedName;
use crate::model::spec::BackupSpec;

use super::backup;
use super::connect::{self, Canceller, ConnParams, Session, database_error};

/// How many tables a complaint names.
const NAMED: usize = 3;

/// Tables of users with rows of their own; those of partitions come with their roots, unless tables
/// were chosen. A right of its own came with PostgreSQL 17.
const TABLES: &str = "
SELECT n.nspname, c.relname,
       pg_catalog.pg_has_role(c.relowner, 'USAGE')
       OR pg_catalog.pg_has_role(d.datdba, 'USAGE') OR MAINTAIN
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database()
 WHERE c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND CASE WHEN $1::oid[] IS NULL THEN c.relkind IN ('r', 'm', 'p') AND NOT c.relispartition
            ELSE c.relkind IN ('r', 'm') AND c.oid = ANY ($1::oid[]) END
 ORDER BY 1, 2";

/// What to vacuum.
#[derive(Debug, Clone, Copy)]
pub struct VacuumRequest<'a> {
    /// The server.
    pub target: &'a Target,
    /// The database.
    pub database: &'a str,
    /// Only the tables whose rows this backup takes.
    pub tables_of: Option<&'a BackupSpec>,
}

/// What is told on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vacuumed {
    /// A table was vacuumed.
    Done(String),
    /// A table was not.
    Failed(String),
}

/// Vacuums the tables; an error names those that were not.
pub async fn vacuum_analyze(
    request: VacuumRequest<'_>,
    config: &Config,
    told: mpsc::Sender<Vacuumed>,
) -> Result<()> {
    let params = ConnParams::resolve(&request.target.with_database(request.database), config)?;
    let chosen = match request.tables_of.filter(|spec| !spec.selection.is_everything()) {
        Some(spec) => Some(backup::oids_of_tables(spec, config).await?),
        None => None,
    };
    let session = connect::open(&params).await?;
    let guard = CancelOnDrop(Some(session.canceller.clone()));
    let failed = all(&session, chosen.as_deref(), &told).await?;
    guard.disarm();
    if failed.is_empty() {
        return Ok(());
    }
    let named: Vec<&str> = failed.iter().take(NAMED).map(String::as_str).collect();
    let more = match failed.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let text = format!("these tables were not vacuumed: {}{more}", named.join(", "));
    Err(Error::new(ErrorKind::Database, text)
        .with_hint("vacuum as their owner or as a superuser; the job's log has the reasons"))
}

/// Returns the tables that were not vacuumed.
async fn all(
    session: &Session,
    chosen: Option<&[u32]>,
    told: &mpsc::Sender<Vacuumed>,
) -> Result<Vec<String>> {
    let client = &session.client;
    let settings = "SET statement_timeout = 0; SET lock_timeout = 0; SET search_path = ''";
    let set = client.batch_execute(settings).await;
    set.map_err(|error| database_error("setting up the session", error))?;
    let mut failed = Vec::new();
    for (table, may) in tables(client, session.server.version_num, chosen).await? {
        let begun = Instant::now();
        let result = if may { one(client, &table).await } else { Err(not_ours(&table)) };
        let said = match result {
            Ok(()) => Vacuumed::Done(format!("{table} in {:.1} s", begun.elapsed().as_secs_f64())),
            Err(error) if error.kind() == ErrorKind::Connection => return Err(error),
            Err(error) => {
                failed.push(table.to_string());
                Vacuumed::Failed(error.chain())
            }
        };
        // Whoever does not listen any more does not want to know.
        let _ = told.send(said).await;
    }
    Ok(failed)
}

async fn tables(
    client: &Client,
    version: u32,
    chosen: Option<&[u32]>,
) -> Result<Vec<(QualifiedName, bool)>> {
    let doing = "listing the tables to vacuum";
    let maintain = if version >= 170_000 {
        "pg_catalog.has_table_privilege(c.oid, 'MAINTAIN')"
    } else {
        "false"
    };
    let sql = TABLES.replace("MAINTAIN", maintain);
    let rows = client.query(&sql, &[&chosen]).await;
    let rows = rows.map_err(|error| database_error(doing, error))?;
    let table = |row: &tokio_postgres::Row| {
        let (schema, name) = (row.try_get::<_, String>(0)?, row.try_get::<_, String>(1)?);
        Ok((QualifiedName::new(schema, name), row.try_get(2)?))
    };
    let tables: Result<_, tokio_postgres::Error> = rows.iter().map(table).collect();
    tables.map_err(|error| database_error(doing, error))
}

async fn one(client: &Client, table: &QualifiedName) -> Result<()> {
    let done = client.batch_execute(&format!("VACUUM (ANALYZE) {}", table.sql())).await;
    done.map_err(|error| database_error(&format!("vacuuming {table}"), error))
}

/// The server itself would only warn, and pass the table over.
fn not_ours(table: &QualifiedName) -> Error {
    Error::new(
        ErrorKind::Database,
        format!("vacuuming {table} failed: it belongs to somebody else"),
    )
}

/// Tells the server to stop when this goes away early.
struct CancelOnDrop(Option<Canceller>);

impl CancelOnDrop {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let (Some(canceller), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(async move {
                // A session that has ended already has nothing to cancel.
                let _ = canceller.cancel().await;
            });
        }
    }
}
