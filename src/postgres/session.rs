//! How a session that reads a database for an archive is set up, and the one snapshot that all of
//! them share.
//!
//! ```text
//!  leader:  settings ─ BEGIN … ─ pg_export_snapshot() ─ … open to the end
//!               └ SERIALIZABLE, DEFERRABLE, or REPEATABLE READ, in somebody else's snapshot perhaps
//!  worker:  settings ─┬─ BEGIN … ─ SET TRANSACTION SNAPSHOT ─ LOCK one table ─ COPY ─┐
//!                     └──────────────────── for each table or range ─────────────────┘
//! ```
//! A snapshot can be taken over only while the transaction that exported it is open.

use tokio_postgres::Client;

use crate::error::{Error, ErrorKind, Result};
use crate::model::name::{QualifiedName, quote_always, quote_literal};
use crate::model::spec::{DumpOptions, DumpSession};

use super::connect::{Session, database_error};

/// Opens a transaction that sees one state of the database and cannot change it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// As [`BEGIN`], and waits for a state that some serial order of all transactions could have left.
const BEGIN_DEFERRABLE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE";

/// Settings of the role or the database must change neither what is read nor how it is written, and
/// no timeout may end a session that waits for the others. Parallel plans and jit never pay for COPY,
/// and a parallel plan would read a whole table for one range of it. `lc_monetary` stays as it is:
/// whoever restores money reads it by the setting of the same database.
const SETTINGS: &str = "\
SET datestyle = ISO;
SET intervalstyle = postgres;
SET bytea_output = hex;
SET standard_conforming_strings = on;
SET synchronize_seqscans = off;
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET max_parallel_workers_per_gather = 0;
SELECT pg_catalog.set_config(s.name, wanted.setting, false)
  FROM pg_catalog.pg_settings s,
       (VALUES ('transaction_timeout', '0'), ('idle_session_timeout', '0'), ('jit', 'off'),
               ('restrict_nonsystem_relation_kind', 'view, foreign-table'))
       AS wanted(name, setting)
 WHERE s.name = wanted.name;
";

/// Digits of floating-point numbers that give back the same number.
const ALL_DIGITS: i8 = 3;

/// A snapshot that the leader exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotId(String);

impl SnapshotId {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// Makes the session fit for reading a dump.
///
/// The role is taken before anything is read, so that locks and rows are had by its rights.
pub async fn prepare(session: &Session, options: &DumpOptions) -> Result<()> {
    let client = &session.client;
    let first = "SELECT pg_catalog.set_config('search_path', '', false)";
    execute(client, "setting up the session", first).await?;
    if let Some(encoding) = &options.session.encoding {
        check_encoding(client, encoding).await?;
    }
    if let Some(role) = &options.session.role {
        let sql = format!("SET ROLE {}", quote_always(role));
        execute(client, &format!("taking the role {role}"), &sql).await?;
    }
    execute(client, "setting up the session", &settings(options)).await
}

fn settings(options: &DumpOptions) -> String {
    let digits = options.session.extra_float_digits.unwrap_or(ALL_DIGITS);
    // Off, a read fails that would otherwise leave rows out silently.
    let row_security = if options.enable_row_security { "on" } else { "off" };
    let quotes = if options.quote_all_identifiers { "on" } else { "off" };
    format!(
        "{SETTINGS}SET extra_float_digits = {digits};\nSET row_security = {row_security};\n\
         SET quote_all_identifiers = {quotes};\n"
    )
}

/// Finds out whether the server can send text in the encoding. Statements and answers stay in UTF-8;
/// only the rows are sent in it.
async fn check_encoding(client: &Client, encoding: &str) -> Result<()> {
    let name = quote_literal(encoding);
    let sql = format!("SET client_encoding = {name};\nSET client_encoding = 'UTF8'");
    let set = client.batch_execute(&sql).await;
    set.map_err(|error| {
        database_error(&format!("choosing the encoding {encoding}"), error)
            .with_hint("name an encoding that PostgreSQL knows, such as UTF8, LATIN1 or WIN1252")
    })
}

async fn execute(client: &Client, doing: &str, sql: &str) -> Result<()> {
    client.batch_execute(sql).await.map_err(|error| database_error(doing, error))
}

/// Begins the transaction in whose snapshot everything is read: a new one, or the one that another
/// session exported.
pub async fn begin(client: &Client, wish: &DumpSession) -> Result<()> {
    let Some(snapshot) = &wish.snapshot else {
        let begin = if wish.serializable_deferrable { BEGIN_DEFERRABLE } else { BEGIN };
        return execute(client, "opening the snapshot", begin).await;
    };
    if wish.serializable_deferrable {
        return Err(Error::usage("a given snapshot cannot be made serializable and deferrable")
            .with_hint("leave out --serializable-deferrable, or --snapshot"));
    }
    let sql = format!("{BEGIN};\nSET TRANSACTION SNAPSHOT {}", quote_literal(snapshot));
    let entered = client.batch_execute(&sql).await;
    entered.map_err(|error| {
        database_error(&format!("entering the snapshot {snapshot}"), error).with_hint(
            "name what pg_export_snapshot() returned in a transaction that is still open in this \
             database",
        )
    })
}

/// Exports the snapshot of the open transaction, also where it was somebody else's: then it lasts as
/// long as this transaction.
pub async fn export_snapshot(client: &Client) -> Result<SnapshotId> {
    let row = client.query_one("SELECT pg_catalog.pg_export_snapshot()", &[]).await;
    let id = row.and_then(|row| row.try_get::<_, String>(0));
    let id = id.map_err(|error| database_error("exporting the snapshot", error))?;
    // It goes into a statement as text.
    if id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        Ok(SnapshotId(id))
    } else {
        Err(Error::new(ErrorKind::Internal, format!("the server named its snapshot {id:?}")))
    }
}

/// Ends the transaction, if one is open, without any change.
pub async fn rollback(client: &Client) -> Result<()> {
    execute(client, "closing the snapshot", "ROLLBACK").await
}

/// The statements that begin a transaction in the snapshot.
pub fn enter_snapshot(SnapshotId(id): &SnapshotId) -> Vec<String> {
    vec![BEGIN.to_owned(), format!("SET TRANSACTION SNAPSHOT {}", quote_literal(id))]
}

/// The statement that locks a table against changes of its form, or fails at once when somebody waits
/// for the table: such a waiter waits for the leader, so waiting for it would never end.
pub fn lock_at_once(table: &QualifiedName) -> String {
    format!("LOCK TABLE ONLY {} IN ACCESS SHARE MODE NOWAIT", table.sql())
}

/// The statement that lets the transaction read foreign tables, where the server keeps from it.
pub fn allow_foreign_tables() -> String {
    "SELECT pg_catalog.set_config(name, 'view', true) FROM pg_catalog.pg_settings
      WHERE name = 'restrict_nonsystem_relation_kind'"
        .to_owned()
}

/// The statement that keeps the planner to range scans in this transaction, or no longer does: it
/// would read a whole table for each range otherwise.
pub fn scan_by_range(on: bool) -> String {
    format!("SET LOCAL enable_seqscan = {}", if on { "off" } else { "on" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_change_the_settings_they_are_named_after() {
        let plain = settings(&DumpOptions::default());
        assert!(plain.contains("SET extra_float_digits = 3;"));
        assert!(plain.contains("SET row_security = off;"));
        assert!(plain.contains("SET quote_all_identifiers = off;"));
        let options = DumpOptions {
            enable_row_security: true,
            quote_all_identifiers: true,
            session: DumpSession { extra_float_digits: Some(-15), ..DumpSession::default() },
            ..DumpOptions::default()
        };
        let settings = settings(&options);
        assert!(settings.contains("SET extra_float_digits = -15;"));
        assert!(settings.contains("SET row_security = on;"));
        assert!(settings.contains("SET quote_all_identifiers = on;"));
    }
}
