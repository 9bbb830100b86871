//! ACCESS SHARE locks on the tables whose definitions are read.
//!
//! The server's deparse functions look at the newest catalog, not at the snapshot: only a lock makes
//! both agree. Views, sequences, functions and types cannot be locked.

use tokio_postgres::error::SqlState;

use super::query::Reader;
use super::select::Candidate;
use crate::error::{Error, Result};
use crate::model::name::QualifiedName;
use crate::postgres::connect::database_error;

/// Text of one statement at most, about.
const BATCH_BYTES: usize = 64 * 1024;

/// How many of those who are in the way are named.
const NAMED: usize = 3;

/// Locks the tables, many in one statement, and waits for each so many milliseconds at most.
pub(super) async fn lock(
    reader: &Reader<'_>,
    tables: &[&Candidate],
    limit: Option<u64>,
) -> Result<()> {
    if let Some(limit) = limit {
        let sql = format!("SET LOCAL lock_timeout = {limit}");
        reader.execute("limiting the wait for locks", &sql).await?;
    }
    match lock_all(reader, tables).await {
        Ok(()) if limit.is_some() => {
            reader.execute("waiting for locks", "SET LOCAL lock_timeout = 0").await
        }
        Err(error) if error.sqlstate() == Some(SqlState::LOCK_NOT_AVAILABLE.code()) => {
            Err(with_holders(reader, tables, error).await)
        }
        result => result,
    }
}

async fn lock_all(reader: &Reader<'_>, tables: &[&Candidate]) -> Result<()> {
    let names: Vec<String> = tables
        .iter()
        .map(|table| QualifiedName::new(table.schema.as_str(), table.name.as_str()).sql())
        .collect();
    for batch in batches(&names) {
        let sql = format!("LOCK TABLE {} IN ACCESS SHARE MODE", batch.join(", "));
        let locked = reader.client().batch_execute(&sql).await;
        locked.map_err(|error| lock_error(batch, error))?;
    }
    Ok(())
}

/// Says which of the tables somebody has locked, and who: a second look, after the transaction has
/// ended with the wait.
async fn with_holders(reader: &Reader<'_>, tables: &[&Candidate], error: Error) -> Error {
    let holders = holders(reader, tables).await.unwrap_or_else(|error| {
        tracing::info!(error = error.chain(), "cannot look who holds the locks");
        Vec::new()
    });
    let hint = "try again later, end the sessions that are in the way, or raise \
                --lock-wait-timeout";
    let named = holders.get(..NAMED).unwrap_or(&holders).join("; ");
    match holders.len() {
        0 => error.with_hint(hint),
        count if count > NAMED => error.while_doing(format!("{named}; and others")).with_hint(hint),
        _ => error.while_doing(named).with_hint(hint),
    }
}

async fn holders(reader: &Reader<'_>, tables: &[&Candidate]) -> Result<Vec<String>> {
    reader.execute("ending the transaction", "ROLLBACK").await?;
    let sql = "
        SELECT pg_catalog.format('%s.%s is locked by ', n.nspname, c.relname)
               || pg_catalog.concat_ws(', ', 'pid ' || l.pid, 'role ' || a.usename,
                                       nullif(a.application_name, ''), a.state)
          FROM pg_catalog.pg_locks l
          JOIN pg_catalog.pg_class c ON c.oid = l.relation
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
         WHERE l.relation = ANY ($1) AND l.mode = 'AccessExclusiveLock'
           AND l.pid <> pg_catalog.pg_backend_pid()
         ORDER BY l.granted DESC, n.nspname, c.relname, l.pid";
    let oids: Vec<u32> = tables.iter().map(|table| table.oid).collect();
    reader.column("locks", sql, &[&oids]).await
}

/// Splits the names so that each part's text stays below the limit.
fn batches(names: &[String]) -> Vec<&[String]> {
    let mut parts = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (at, name) in names.iter().enumerate() {
        if bytes + name.len() > BATCH_BYTES && at > start {
            parts.extend(names.get(start..at));
            (start, bytes) = (at, 0);
        }
        bytes += name.len() + 2;
    }
    parts.extend(names.get(start..).filter(|rest| !rest.is_empty()));
    parts
}

fn lock_error(batch: &[String], error: tokio_postgres::Error) -> Error {
    let doing = match batch {
        [one] => format!("locking {one}"),
        _ => "locking the selected tables".to_owned(),
    };
    let code = error.code().cloned();
    let story = match &code {
        Some(code) if is_gone(code) => {
            format!("{doing}, of which one was dropped or renamed after the backup began,")
        }
        _ => doing,
    };
    let failure = database_error(&story, error);
    match code {
        Some(code) if is_gone(&code) => failure.with_hint("start the backup again"),
        Some(SqlState::INSUFFICIENT_PRIVILEGE) => failure
            .with_hint("grant SELECT on the table to the backup's role, or exclude the table"),
        Some(SqlState::OUT_OF_MEMORY) => {
            failure.with_hint("raise max_locks_per_transaction of the server")
        }
        _ => failure,
    }
}

fn is_gone(code: &SqlState) -> bool {
    [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME].contains(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_hold_every_name_once_and_stay_small() {
        let names: Vec<String> = (0..5000).map(|i| format!("\"s\".\"table_{i}\"")).collect();
        let parts = batches(&names);
        assert!(parts.len() > 1);
        assert_eq!(parts.concat(), names);
        assert!(parts.iter().all(|p| p.join(", ").len() <= BATCH_BYTES + 64));
        assert!(batches(&[]).is_empty());
    }
}
