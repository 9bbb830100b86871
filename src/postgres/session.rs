//! How a session that reads a database for an archive is set up, and the one snapshot that all of
//! them share.
//!
//! ```text
//!  leader:  settings ─ BEGIN REPEATABLE READ, READ ONLY ─ pg_export_snapshot() ─ … open to the end
//!  worker:  settings ─┬─ BEGIN … ─ SET TRANSACTION SNAPSHOT ─ LOCK one table ─ COPY ─┐
//!                     └──────────────────── for each table or range ─────────────────┘
//! ```
//! A snapshot can be taken over only while the transaction that exported it is open.

use tokio_postgres::Client;

use crate::error::{Error, ErrorKind, Result};
use crate::model::name::{QualifiedName, quote_literal};

use super::connect::{Session, database_error};

/// Opens a transaction that sees one state of the database and cannot change it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// Settings of the role or the database must change neither what is read nor how it is written, and
/// no timeout may end a session that waits for the others. `row_security` off makes a read fail
/// that would otherwise leave rows out silently. Parallel plans and jit never pay for COPY, and a
/// parallel plan would read a whole table for one range of it.
const SETTINGS: &str = "\
SELECT pg_catalog.set_config('search_path', '', false);
SET datestyle = ISO;
SET intervalstyle = postgres;
SET extra_float_digits = 3;
SET bytea_output = hex;
SET standard_conforming_strings = on;
SET synchronize_seqscans = off;
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET row_security = off;
SET max_parallel_workers_per_gather = 0;
SELECT pg_catalog.set_config(s.name, wanted.setting, false)
  FROM pg_catalog.pg_settings s,
       (VALUES ('transaction_timeout', '0'), ('idle_session_timeout', '0'), ('jit', 'off'),
               ('restrict_nonsystem_relation_kind', 'view, foreign-table'))
       AS wanted(name, setting)
 WHERE s.name = wanted.name;
";

/// Bytes that no encoding was checked for must reach the archive as they are.
const RAW_ENCODING: &str = "\
SELECT pg_catalog.set_config('client_encoding', 'SQL_ASCII', false)
 WHERE pg_catalog.current_setting('server_encoding') = 'SQL_ASCII'";

/// A snapshot that the leader exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotId(String);

/// Makes the session fit for reading a dump.
pub async fn prepare(session: &Session) -> Result<()> {
    let settings = session.client.batch_execute(SETTINGS).await;
    settings.map_err(|error| database_error("setting up the session", error))
}

/// Makes a session fit for copying rows: as [`prepare`], and without conversion of a database that
/// has no encoding. Text of such a session's queries must not be decoded.
pub async fn prepare_for_rows(session: &Session) -> Result<()> {
    prepare(session).await?;
    let encoding = session.client.batch_execute(RAW_ENCODING).await;
    encoding.map_err(|error| database_error("setting up the session", error))
}

/// Begins the transaction in whose snapshot everything is read.
pub async fn begin(client: &Client) -> Result<()> {
    let begun = client.batch_execute(BEGIN).await;
    begun.map_err(|error| database_error("opening the snapshot", error))
}

/// Exports the snapshot of the open transaction.
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
    let ended = client.batch_execute("ROLLBACK").await;
    ended.map_err(|error| database_error("closing the snapshot", error))
}

/// The statements that begin a transaction in the snapshot and lock a table in it, or fail at once
/// when somebody waits for the table: such a waiter waits for the leader, so waiting for it would
/// never end. `by_ctid` steers the planner to range scans: it would read the whole table otherwise.
pub fn enter_snapshot(snapshot: &SnapshotId, table: &QualifiedName, by_ctid: bool) -> Vec<String> {
    let SnapshotId(id) = snapshot;
    let scans = by_ctid.then(|| "SET LOCAL enable_seqscan = off".to_owned());
    let begin = [BEGIN.to_owned(), format!("SET TRANSACTION SNAPSHOT {}", quote_literal(id))];
    let lock = format!("LOCK TABLE ONLY {} IN ACCESS SHARE MODE NOWAIT", table.sql());
    begin.into_iter().chain(scans).chain([lock]).collect()
}
