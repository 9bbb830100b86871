//! Foreign servers whose tables' rows are to be copied.

use std::collections::HashSet;

use super::named::bad_pattern;
use crate::error::{Error, Result};
use crate::model::pattern::Pattern;
use crate::postgres::schema::query::Reader;

/// Names of the servers that the patterns mean; each of them must mean one.
pub(super) async fn choose(reader: &Reader<'_>, patterns: &[Pattern]) -> Result<HashSet<String>> {
    if patterns.is_empty() {
        return Ok(HashSet::new());
    }
    let sql = "SELECT srvname::text FROM pg_catalog.pg_foreign_server";
    let servers: Vec<String> = reader.column("foreign servers", sql, &[]).await?;
    let mut chosen = HashSet::new();
    for pattern in patterns {
        let matcher = pattern.compile_schema().map_err(bad_pattern)?;
        let mut hits = servers.iter().filter(|name| matcher.matches(name)).peekable();
        if hits.peek().is_none() {
            return Err(Error::usage(format!("no foreign server matches '{pattern}'"))
                .with_hint("\\des in psql lists the foreign servers of the database"));
        }
        chosen.extend(hits.cloned());
    }
    Ok(chosen)
}
