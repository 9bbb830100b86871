//! What a fresh session is asked first.

use tokio_postgres::{Client, SimpleQueryMessage};

use super::endpoint::Endpoint;
use super::failure;
use crate::error::{Error, ErrorKind, Result};
use crate::model::catalog::ServerInfo;

/// The oldest server whose catalog is understood.
const OLDEST: u32 = 100_000;

const FACTS: &str = "select pg_catalog.current_setting('server_version'), \
    pg_catalog.current_setting('server_version_num'), \
    current_user, \
    (select rolsuper from pg_catalog.pg_roles where rolname = current_user), \
    pg_catalog.pg_is_in_recovery(), \
    pg_catalog.current_setting('transaction_read_only'), \
    pg_catalog.current_database()";

/// Asks the server what it is; refuses one that is too old.
pub(super) async fn facts(client: &Client, endpoint: &Endpoint) -> Result<(ServerInfo, bool)> {
    let doing = "asking the server for its version";
    let asked = client.simple_query(FACTS).await;
    let messages = asked.map_err(|error| failure::database_error(doing, error))?;
    let row = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let text = |column: usize| {
        row.filter(|row| column < row.len()).and_then(|row| row.get(column)).unwrap_or_default()
    };
    let version = text(0).to_owned();
    let version_num = text(1).parse().unwrap_or_default();
    if version_num < OLDEST {
        let message = format!("{endpoint} runs PostgreSQL {version}, which is too old");
        return Err(Error::new(ErrorKind::Database, message)
            .with_hint("version 10 is the oldest that can be backed up and restored"));
    }
    let server = ServerInfo {
        product: "PostgreSQL".to_owned(),
        version,
        version_num,
        database: text(6).to_owned(),
        user: text(2).to_owned(),
        superuser: text(3) == "t",
        in_recovery: text(4) == "t",
        tls: None,
    };
    Ok((server, text(5) == "on"))
}
