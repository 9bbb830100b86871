//! What a server tells of itself, where the role may ask: its identity, and where its WAL stands.

use super::connect::Session;

const IDENTIFIER: &str = "SELECT system_identifier::text FROM pg_catalog.pg_control_system()";
const POSITION: &str = "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() \
     THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END::text";

/// The cluster's own number.
pub(super) async fn identifier(session: &Session) -> Option<String> {
    ask(session, IDENTIFIER).await
}

/// The server's WAL position now.
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
