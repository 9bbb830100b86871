//! A look into one entry of an archive: its definition and the first of its rows. Reads no more than
//! that needs.

use std::io::{self, Read};
use std::path::Path;

use tokio_util::sync::CancellationToken;

use crate::archive::copy_text::CopyText;
use crate::archive::encoding::Encoding;
use crate::archive::kind::{is_relation, label};
use crate::archive::names;
use crate::archive::primitive::into_error;
use crate::archive::toc::TocEntry;
use crate::error::{Error, Result};
use crate::model::archive::{Preview, PreviewLimits, PreviewRows};

use super::source::{Opened, Rows, Source};

mod cells;
mod script;

/// Decompressed bytes that a look reads at most.
const MOST_BYTES: u64 = 16 << 20;

/// Looks into the entry with this dump id.
pub fn preview(path: &Path, id: u32, limits: PreviewLimits) -> Result<Preview> {
    match Opened::open(path, &CancellationToken::new())? {
        Opened::Archive(source) if !source.is_forward() => of_archive(&source, id, limits),
        Opened::Script(found) if found.length.is_some() => {
            script::look(path, found.codec, id, limits)
        }
        Opened::Archive(_) | Opened::Script(_) => {
            Err(Error::usage("what comes through a pipe cannot be looked into"))
        }
    }
}

fn of_archive(source: &Source, id: u32, limits: PreviewLimits) -> Result<Preview> {
    let entries = &source.head.entries;
    let entry = find(entries, id)?;
    let (definition, definition_cut) = definition(entries, entry, limits);
    let rows = match data_of(entries, entry) {
        Data::None => PreviewRows::None,
        Data::NotStored => PreviewRows::NotStored,
        Data::In(data) => {
            let rows = rows(source, data, limits);
            rows.unwrap_or_else(|error| PreviewRows::Unreadable(error.chain()))
        }
    };
    Ok(Preview { id, title: label(entry), definition, definition_cut, rows })
}

fn find(entries: &[TocEntry], id: u32) -> Result<&TocEntry> {
    entries.iter().find(|entry| entry.id == id).ok_or_else(|| {
        Error::usage(format!("the archive has no entry {id}"))
            .with_hint("read its list anew: the file was replaced")
    })
}

/// Where the rows of an entry are.
enum Data<'a> {
    None,
    NotStored,
    In(&'a TocEntry),
}

fn data_of<'a>(entries: &'a [TocEntry], entry: &'a TocEntry) -> Data<'a> {
    if entry.has_data {
        return Data::In(entry);
    }
    if !may_have_rows(entry) {
        return Data::None;
    }
    let is_its_data = |other: &&TocEntry| {
        other.desc == "TABLE DATA" && other.dependencies.first() == Some(&entry.id)
    };
    match entries.iter().find(is_its_data) {
        Some(data) => Data::In(data),
        // A partitioned table's rows are in its partitions.
        None if is_parent(entries, entry) => Data::None,
        None => Data::NotStored,
    }
}

/// Whether the entry makes what can have rows of its own.
fn may_have_rows(entry: &TocEntry) -> bool {
    matches!(entry.desc.as_str(), "TABLE" | "FOREIGN TABLE")
}

fn is_parent(entries: &[TocEntry], table: &TocEntry) -> bool {
    let says_so = |defn: &String| defn.lines().any(|line| line.starts_with("PARTITION BY "));
    table.relkind == Some('p')
        || table.defn.as_ref().is_some_and(says_so)
        || entries.iter().any(|entry| {
            entry.desc == "TABLE ATTACH"
                && entry.dependencies.contains(&table.id)
                && (entry.tag != table.tag || entry.namespace != table.namespace)
        })
}

/// The entry's own definition, or that of the table whose rows it holds.
fn definition(entries: &[TocEntry], entry: &TocEntry, limits: PreviewLimits) -> (String, bool) {
    let own = entry.defn.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let of_table = || {
        let table = find(entries, *entry.dependencies.first()?).ok()?;
        table.defn.as_deref().filter(|_| entry.has_data && is_relation(table)).map(str::trim)
    };
    let text = own.or_else(of_table).unwrap_or_default();
    match text.char_indices().nth(limits.definition_chars) {
        Some((end, _)) => (text.get(..end).unwrap_or(text).to_owned(), true),
        None => (text.to_owned(), false),
    }
}

fn rows(source: &Source, entry: &TocEntry, limits: PreviewLimits) -> Result<PreviewRows> {
    if entry.desc == "BLOBS" {
        return objects(source, entry, limits);
    }
    let encoding = source.head.encoding();
    let rows = source.rows(entry)?;
    match &entry.copy_stmt {
        Some(copy) => table(rows, copy, encoding, limits),
        None => statements(rows, encoding, limits),
    }
}

fn table(rows: Rows, copy: &str, encoding: Encoding, limits: PreviewLimits) -> Result<PreviewRows> {
    let columns = columns(copy);
    let has_columns = !columns.is_empty();
    let mut cells = cells::Cells::new(limits, has_columns);
    let more = cells.read(CopyText::new(rows).take(MOST_BYTES))?;
    let rows = cells.into_rows(|bytes| decoded(bytes, encoding));
    Ok(PreviewRows::Rows { columns, rows, more })
}

/// As the encoding has it, or as well as it goes: this is to be looked at only.
fn decoded(bytes: &[u8], encoding: Encoding) -> String {
    let text = encoding.decode(bytes.to_vec());
    text.unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())
}

/// The names in the parentheses of `COPY s.t (a, b) FROM stdin;`.
fn columns(copy: &str) -> Vec<String> {
    let table = names::qualified_after(copy, "COPY ");
    table.map(|(_, rest)| names::list(rest.trim_start())).unwrap_or_default()
}

fn statements(rows: Rows, encoding: Encoding, limits: PreviewLimits) -> Result<PreviewRows> {
    let most = most_text(limits);
    let mut bytes = Vec::new();
    let mut rows = rows.take(MOST_BYTES.min(most as u64 + 1));
    rows.read_to_end(&mut bytes).map_err(into_error)?;
    Ok(shown_statements(bytes, most, |bytes| decoded(bytes, encoding)))
}

/// Bytes of statements that are shown at most.
fn most_text(limits: PreviewLimits) -> usize {
    limits.rows.saturating_mul(limits.cell_chars)
}

fn shown_statements(
    mut bytes: Vec<u8>,
    most: usize,
    text: impl Fn(&[u8]) -> String,
) -> PreviewRows {
    let more = bytes.len() > most;
    if more {
        // Up to the last whole line.
        let end = bytes.iter().rposition(|byte| *byte == b'\n').unwrap_or(bytes.len());
        bytes.truncate(end);
    }
    PreviewRows::Statements { text: text(&bytes).trim_end().to_owned(), more }
}

fn objects(source: &Source, entry: &TocEntry, limits: PreviewLimits) -> Result<PreviewRows> {
    let mut reader = source.objects(entry)?;
    let (mut objects, mut read) = (Vec::new(), 0);
    while let Some(oid) = reader.next_object()? {
        if objects.len() >= limits.rows || read >= MOST_BYTES {
            return Ok(PreviewRows::LargeObjects { objects, more: true });
        }
        let size = io::copy(&mut reader, &mut io::sink()).map_err(into_error)?;
        read += size;
        objects.push((oid, size));
    }
    Ok(PreviewRows::LargeObjects { objects, more: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_the_copy_statement() {
        let copy = "COPY s.\"t (x)\" (a, \"b, c\", \"d\"\"e\") FROM stdin;\n";
        assert_eq!(columns(copy), ["a", "b, c", "d\"e"]);
        assert!(columns("COPY s.no_columns  FROM stdin;\n").is_empty());
    }
}
