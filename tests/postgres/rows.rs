//! How the sessions of a backup read rows: as whom, in which snapshot, what stays out, and in which
//! form the rows come out.

mod bounds;
pub(crate) mod foreign;
mod inserts;
mod locks;
mod objects;
mod sessions;

use std::path::Path;

use dbbackup::config::Config;
use dbbackup::error::{Error, Result};
use dbbackup::model::job::Outcome;
use dbbackup::model::pattern::Pattern;
use dbbackup::model::spec::{BackupSpec, DumpOptions, DumpSession, Selection};
use dbbackup::postgres::backup;
use tokio_postgres::{Client, NoTls};

use crate::backup::{Desk, newest, restore, spec, tiny};
use crate::support::{self, Server};

async fn run(spec: &BackupSpec) -> Result<Outcome> {
    Box::pin(backup::run_with(spec, &Config::default(), &Desk::new().work, &tiny())).await
}

async fn complete(spec: &BackupSpec) {
    let outcome = run(spec).await.unwrap_or_else(|error| panic!("{}", error.chain()));
    assert_eq!(outcome, Outcome::Complete);
}

/// Why a backup fails; nothing is left of it.
async fn failure(spec: &BackupSpec) -> Error {
    let error = run(spec).await.unwrap_err();
    assert!(!spec.output.exists(), "a failed backup left {}", spec.output.display());
    error
}

/// What is missing of a backup that is not complete.
async fn missing(spec: &BackupSpec) -> Vec<String> {
    match run(spec).await.unwrap_or_else(|error| panic!("{}", error.chain())) {
        Outcome::Incomplete { reasons } => reasons,
        other => panic!("{other:?}"),
    }
}

/// A session of somebody else.
async fn other_session(server: &Server, database: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(&server.url(database), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn with_session(spec: BackupSpec, session: DumpSession) -> BackupSpec {
    BackupSpec { options: DumpOptions { session, ..spec.options }, ..spec }
}

/// The archive as a script.
fn script(server: &Server, archive: &Path) -> String {
    let mut command = server.tool("pg_restore");
    support::run(command.args(["-f", "-"]).arg(archive))
}

/// The rows of a table in the archive: what stands between its COPY and the end mark.
fn rows_of(script: &str, table: &str) -> String {
    let copy = format!("COPY {table} ");
    let (_, rest) = script.split_once(&copy).unwrap_or_else(|| panic!("no {copy}"));
    let (_, rows) = rest.split_once('\n').unwrap();
    rows.split_once("\\.\n").unwrap().0.to_owned()
}

fn patterns(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().map(|text| Pattern::new(*text)).collect()
}
