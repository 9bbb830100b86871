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

/// Locks the tables, many in one statement.
pub(super) async fn lock(reader: &Reader<'_>, tables: &[&Candidate]) -> Result<()> {
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
