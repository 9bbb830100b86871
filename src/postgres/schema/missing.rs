//! What the selection means but the archive cannot hold: said aloud, so that nothing is left out in
//! silence.

use super::query::Reader;
use super::select::Choice;
use crate::error::Result;

/// Each missing object with its reason.
pub(super) async fn read(reader: &Reader<'_>, choice: &Choice) -> Result<Vec<String>> {
    if !choice.everything {
        return Ok(Vec::new());
    }
    let rows: Vec<Option<String>> = reader.column("subscriptions", SUBSCRIPTIONS, &[]).await?;
    Ok(rows.into_iter().flatten().collect())
}

/// Subscriptions that this role may not read.
const SUBSCRIPTIONS: &str = "
    SELECT 'subscription ' || s.subname || ': only a superuser may read it'
      FROM pg_catalog.pg_subscription s
     WHERE pg_catalog.current_setting('is_superuser') <> 'on'
       AND s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d
                         WHERE d.datname = pg_catalog.current_database())
     ORDER BY s.subname";
