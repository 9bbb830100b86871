//! What the leader waits for, told while it waits: a lock that somebody holds on a table, or the end
//! of transactions that a serializable snapshot must not see half.
//!
//! ```text
//!  leader:   reading ────────── LOCK TABLE … (waits) ──────────► reading
//!  looker:      (a second) ─ look ─ look ─ "waiting for public.t, locked by pid 42" ─ look …
//! ```
//! The looker has a session of its own, opened only when reading takes longer than a moment.

use std::convert::Infallible;
use std::time::Duration;

use crate::error::Result;
use crate::model::job::Level;
use crate::postgres::connect::{self, ConnParams, Session, database_error};
use crate::work::WorkContext;

/// How long nobody asks, and how often they do then.
const LOOK: Duration = Duration::from_secs(1);

/// Who keeps a session waiting for what.
const STATEMENT: &str = "
    WITH waits (thing, holder) AS (
        SELECT pg_catalog.format('a lock on %s.%s', n.nspname, c.relname),
               unnest(pg_catalog.pg_blocking_pids(l.pid))
          FROM pg_catalog.pg_locks l
          JOIN pg_catalog.pg_class c ON c.oid = l.relation
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE l.pid = $1 AND NOT l.granted
        UNION ALL
        SELECT 'a serializable snapshot', unnest(pg_catalog.pg_safe_snapshot_blocking_pids($1)))
    SELECT w.thing, pg_catalog.string_agg(DISTINCT pg_catalog.concat_ws(', ', 'pid ' || w.holder,
               'role ' || a.usename, nullif(a.application_name, ''), a.state), '; ')
      FROM waits w LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = w.holder
     GROUP BY w.thing ORDER BY w.thing";

/// The number by which the server knows a session.
pub(super) async fn pid_of(session: &Session) -> Result<i32> {
    let row = session.client.query_one("SELECT pg_catalog.pg_backend_pid()", &[]).await;
    let pid = row.and_then(|row| row.try_get(0));
    pid.map_err(|error| database_error("asking for the session's number", error))
}

/// Tells what the session waits for, each thing once, until it is dropped.
pub(super) async fn tell(params: &ConnParams, pid: i32, work: &WorkContext) -> Infallible {
    tokio::time::sleep(LOOK).await;
    if let Err(error) = look(params, pid, work).await {
        // The reading itself says what matters.
        tracing::info!(error = error.chain(), "cannot look what the backup waits for");
    }
    std::future::pending().await
}

async fn look(params: &ConnParams, pid: i32, work: &WorkContext) -> Result<()> {
    let session = connect::open(params).await?;
    let mut told = Vec::new();
    loop {
        let rows = session.client.query(STATEMENT, &[&pid]).await;
        for row in rows.map_err(|error| database_error("looking for locks", error))? {
            let read = |at| -> Result<String> {
                let text = row.try_get::<_, Option<String>>(at);
                let text = text.map_err(|error| database_error("looking for locks", error))?;
                Ok(text.unwrap_or_else(|| "somebody".to_owned()))
            };
            let text = format!("waiting for {}: in the way is {}", read(0)?, read(1)?);
            if !told.contains(&text) {
                work.message(Level::Warning, text.as_str()).await;
                told.push(text);
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}
