//! The session in which a cluster job begins, and what it asks of the server as a whole.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::cluster::ClusterServer;
use crate::model::conn::Target;
use crate::postgres::connect::{self, ConnParams, Session};
use crate::postgres::facts;

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
        system_identifier: facts::identifier(session).await,
        in_recovery: session.server.in_recovery,
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
