//! A look into one entry of a script: it is read from its beginning up to what is wanted, no further.

use std::path::Path;

use crate::archive::kind::label;
use crate::archive::script::index::Index;
use crate::archive::script::lexer::{Event, Statement};
use crate::archive::toc::TocEntry;
use crate::error::Result;
use crate::model::archive::{Preview, PreviewLimits, PreviewRows};
use crate::model::spec::{Codec, Section};
use crate::postgres::script::{cut_off, walk};

use super::cells::Cells;
use super::{MOST_BYTES, columns, definition, find, is_parent, may_have_rows, most_text};

/// Looks into an entry by its place in the script.
pub(super) fn look(path: &Path, codec: Codec, id: u32, limits: PreviewLimits) -> Result<Preview> {
    let mut look = Look::new(id, limits);
    let read = walk(path, codec, true, |event| look.take(&event));
    match read {
        Ok(end) => look.index.finish(end),
        // The rows tell what is wrong with them.
        Err(error) if look.data.is_some() => {
            look.rows = Found::Unreadable(error.chain());
            look.index.finish(0);
        }
        Err(error) => return Err(error),
    }
    look.into_preview()
}

/// What a look has found so far.
struct Look {
    id: u32,
    limits: PreviewLimits,
    index: Index,
    /// The entry whose rows are wanted, once it has begun.
    data: Option<u32>,
    rows: Found,
    /// Bytes of it that were taken.
    taken: u64,
}

enum Found {
    Nothing,
    Rows { columns: Vec<String>, cells: Cells, more: bool },
    Statements(Vec<u8>),
    Objects { objects: Vec<(u32, u64)>, more: bool },
    Unreadable(String),
}

impl Look {
    fn new(id: u32, limits: PreviewLimits) -> Self {
        Self { id, limits, index: Index::default(), data: None, rows: Found::Nothing, taken: 0 }
    }

    /// Takes what comes next; returns whether more is wanted.
    fn take(&mut self, event: &Event) -> Result<bool> {
        let before = self.index.entries.len();
        self.index.take(event);
        if self.index.entries.len() > before {
            return Ok(self.begins());
        }
        if self.data.is_none() {
            return Ok(true);
        }
        match event {
            Event::Rows(bytes) => Ok(self.take_rows(bytes)),
            Event::Statement(statement) => Ok(self.take_statement(statement)),
            Event::RowsEnd { line, marked: false } => Err(cut_off(*line)),
            _ => Ok(true),
        }
    }

    /// An entry begins; returns whether it, or one behind it, is wanted.
    fn begins(&mut self) -> bool {
        let Some(entry) = self.index.entries.last() else { return true };
        if self.data.is_some() {
            return false;
        }
        if entry.id < self.id {
            return true;
        }
        if entry.id == self.id {
            self.data = entry.has_data.then_some(entry.id);
            return true;
        }
        let Ok(wanted) = find(&self.index.entries, self.id) else { return false };
        // Rows stand behind all definitions and before the indexes.
        if !may_have_rows(wanted) || entry.section == Some(Section::PostData) {
            return false;
        }
        let is_its_data = entry.desc == "TABLE DATA"
            && (&entry.namespace, &entry.tag) == (&wanted.namespace, &wanted.tag);
        self.data = is_its_data.then_some(entry.id);
        true
    }

    fn take_statement(&mut self, statement: &Statement) -> bool {
        if statement.rows_follow {
            let columns = columns(&self.index.text(&statement.sql));
            let cells = Cells::new(self.limits, !columns.is_empty());
            self.rows = Found::Rows { columns, cells, more: false };
            return true;
        }
        let data = self.data.and_then(|id| find(&self.index.entries, id).ok());
        if data.is_some_and(|entry| entry.desc == "BLOBS") {
            return self.take_object(&statement.sql);
        }
        if !matches!(self.rows, Found::Statements(_)) {
            self.rows = Found::Statements(Vec::new());
        }
        let Found::Statements(text) = &mut self.rows else { return false };
        let most = most_text(self.limits);
        // One byte too many tells that there is more.
        let room = (most + 1).saturating_sub(text.len());
        text.extend(statement.sql.iter().chain(b"\n").take(room));
        text.len() <= most
    }

    fn take_rows(&mut self, bytes: &[u8]) -> bool {
        self.taken += bytes.len() as u64;
        let Found::Rows { cells, more, .. } = &mut self.rows else { return true };
        *more = cells.feed(bytes) || self.taken > MOST_BYTES;
        !*more
    }

    /// A statement that opens a large object, or writes into the one that is open.
    fn take_object(&mut self, sql: &[u8]) -> bool {
        self.taken += sql.len() as u64;
        if !matches!(self.rows, Found::Objects { .. }) {
            self.rows = Found::Objects { objects: Vec::new(), more: false };
        }
        let Found::Objects { objects, more } = &mut self.rows else { return false };
        if let Some(oid) = opened(sql) {
            *more = objects.len() >= self.limits.rows || self.taken > MOST_BYTES;
            if *more {
                return false;
            }
            objects.push((oid, 0));
        } else if let (Some(written), Some((_, size))) = (written(sql), objects.last_mut()) {
            *size += written;
        }
        true
    }

    fn into_preview(self) -> Result<Preview> {
        let entries = &self.index.entries;
        let entry = find(entries, self.id)?;
        let (definition, definition_cut) = definition(entries, entry, self.limits);
        let rows = match (self.rows, self.data) {
            (Found::Nothing, None) => without(entries, entry),
            (Found::Nothing, Some(_)) => {
                PreviewRows::Statements { text: String::new(), more: false }
            }
            (Found::Rows { columns, cells, more }, _) => {
                let rows = cells.into_rows(|bytes| self.index.text(bytes));
                PreviewRows::Rows { columns, rows, more }
            }
            (Found::Statements(bytes), _) => {
                let most = most_text(self.limits);
                super::shown_statements(bytes, most, |bytes| self.index.text(bytes))
            }
            (Found::Objects { objects, more }, _) => PreviewRows::LargeObjects { objects, more },
            (Found::Unreadable(why), _) => PreviewRows::Unreadable(why),
        };
        Ok(Preview { id: self.id, title: label(entry), definition, definition_cut, rows })
    }
}

fn without(entries: &[TocEntry], entry: &TocEntry) -> PreviewRows {
    if may_have_rows(entry) && !is_parent(entries, entry) {
        PreviewRows::NotStored
    } else {
        PreviewRows::None
    }
}

/// The large object of `SELECT pg_catalog.lo_open('OID', …)`, made there or before.
fn opened(sql: &[u8]) -> Option<u32> {
    let rest = sql.strip_prefix(b"SELECT pg_catalog.lo_open(")?;
    let rest = rest.strip_prefix(b"pg_catalog.lo_create(").unwrap_or(rest).strip_prefix(b"'")?;
    let digits = rest.get(..rest.iter().position(|byte| *byte == b'\'')?)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Bytes that `SELECT pg_catalog.lowrite(0, '\x…')` writes.
fn written(sql: &[u8]) -> Option<u64> {
    let rest = sql.strip_prefix(b"SELECT pg_catalog.lowrite(0, '")?;
    let digits = rest.get(rest.iter().position(|byte| *byte == b'x')? + 1..)?;
    let end = digits.iter().position(|byte| *byte == b'\'')?;
    Some(end as u64 / 2)
}

#[cfg(test)]
mod tests;
