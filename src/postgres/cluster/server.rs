//! The session in which a cluster job begins, and what it asks of the server as a whole.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::cluster::ClusterServer;
use crate::model::conn::Target;
use crate::postgres::connect::{self, ConnParams, Session};

/// Databases to begin in where the one that the settings name is not there.
const USUAL: [&str; 2] = ["postgres", "template1"];

/// Opens a session in the database that the target names, else in one that nearly every cluster has;
/// never in one of those that are to be dropped.
pub(super) async fn open(target: &Target, config: &Config, avoid: &[&str]) -> Result<Session> {
    let mut params = ConnParams::resolve(target, config)?;
    if avoid.contains(&params.database()) {
        params = params.with_database("postgres");
    }
    let mut result = connect::open(&params).await;
    for database in USUAL.into_iter().filter(|name| *name != params.database()) {
        match &result {
            // invalid_catalog_name
            Err(error) if error.sqlstate() == Some("3D000") => {
                result = connect::open(&params.with_database(database)).await;
            }
            _ => break,
        }
    }
    result
}

/// What the catalogue says of the server.
pub(super) async fn describe(session: &Session) -> ClusterServer {
    ClusterServer {
        version: session.server.version.clone(),
        version_num: session.server.version_num,
        address: session.address.clone(),
        system_identifier: ask(session, IDENTIFIER).await,
        in_recovery: session.server.in_recovery,
    }
}

const IDENTIFIER: &str = "SELECT system_identifier::text FROM pg_catalog.pg_control_system()";
const POSITION: &str = "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() \
     THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END::text";

/// The server's WAL position now, where the role may ask for it.
pub(super) async fn wal_position(session: &Session) -> Option<String> {
    ask(session, POSITION).await
}

/// What is good to know but may be forbidden.
async fn ask(session: &Session, sql: &str) -> Option<String> {
    let row = session.client.query_opt(sql, &[]).await;
    match row.and_then(|row| row.map(|row| row.try_get(0)).transpose()) {
        Ok(text) => text.flatten(),
        Err(error) => {
            tracing::info!(%error, sql, "not told by the server");
            None
        }
    }
}

/// Refuses a server that takes no writes.
pub(super) fn refuse_standby(session: &Session) -> Result<()> {
    if session.server.in_recovery {
        return Err(Error::usage(format!("{} is a standby: it takes no writes", session.address))
            .with_hint("restore into the primary"));
    }
    Ok(())
}
