//! Rows of foreign tables in a backup: restoring them would write them into other people's servers,
//! through the wrapper, so a verification never does.

use std::collections::HashSet;
use std::path::Path;

use tokio_util::sync::CancellationToken;

use crate::archive::toc::TocEntry;
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::restore::source::Opened;

use super::desk::Desk;

/// Entries with rows of foreign tables, by their dump ids, and the tables' names.
pub(super) fn rows_in(entries: &[TocEntry]) -> Vec<(u32, String)> {
    let name = |entry: &TocEntry| (entry.namespace.clone().unwrap_or_default(), entry.tag.clone());
    let of_kind = |kind: &'static str| entries.iter().filter(move |entry| entry.desc == kind);
    let tables: HashSet<_> = of_kind("FOREIGN TABLE").map(name).collect();
    let rows = of_kind("TABLE DATA").filter(|entry| tables.contains(&name(entry)));
    rows.map(|entry| (entry.id, super::archive::title(entry))).collect()
}

/// What a restore may take of the backup, where it may not take all; each table that is left out is
/// noted. A script runs whole or not at all.
pub(super) async fn harmless(desk: &Desk, backup: &Path) -> Result<Option<Vec<u32>>> {
    let remote = desk.remote();
    let Some((_, first)) = remote.first() else { return Ok(None) };
    let path = backup.to_owned();
    let opened =
        tokio::task::spawn_blocking(move || Opened::open(&path, &CancellationToken::new()));
    let opened = opened.await.map_err(|error| {
        Error::new(ErrorKind::Internal, "reading the backup crashed").with_source(error)
    })?;
    let Opened::Archive(source) = opened? else {
        let text = format!(
            "the script has rows of the foreign table {first}: running it would write them into the \
             server that the table stands for"
        );
        return Err(Error::usage(text).with_hint(
            "verify it without --restore; back up as an archive, or without --include-foreign-data, \
             to prove it by a restore",
        ));
    };
    let left_out: HashSet<u32> =
        rows_in(&source.head.entries).into_iter().map(|(id, _)| id).collect();
    for (_, table) in &remote {
        desk.note(format!(
            "rows of the foreign table {table} were read, and not restored: that would write them \
             into the server that it stands for"
        ));
    }
    let ids = source.head.entries.iter().map(|entry| entry.id);
    Ok(Some(ids.filter(|id| !left_out.contains(id)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rows_of_foreign_tables_are_found_whatever_else_has_their_name() {
        let entry = |id, desc: &str, namespace: &str| TocEntry {
            id,
            desc: desc.to_owned(),
            tag: "t".to_owned(),
            namespace: Some(namespace.to_owned()),
            ..TocEntry::default()
        };
        let entries = [
            entry(1, "FOREIGN TABLE", "far"),
            entry(2, "TABLE", "near"),
            entry(3, "TABLE DATA", "near"),
            entry(4, "TABLE DATA", "far"),
        ];
        assert_eq!(rows_in(&entries), [(4, "far.t".to_owned())]);
    }
}
