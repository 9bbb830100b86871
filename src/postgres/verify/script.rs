//! A plain script: read to its end without running anything, its rows counted and hashed.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

use crate::archive::row_hash::RowHasher;
use crate::archive::script::index::Index;
use crate::archive::script::lexer::Event;
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::JobEvent;
use crate::model::manifest::{DataKind, DataObject, Manifest};
use crate::model::spec::Codec;
use crate::model::verify::Finding;
use crate::postgres::script::{cut_off, walk};

use super::archive::differs;
use super::desk::{Desk, place_in};

struct Reader<'a> {
    desk: &'a Desk,
    file: &'a str,
    codec: Codec,
    expected: HashMap<String, &'a DataObject>,
    index: Index,
    /// Rows under way, and where their statement begins.
    rows: Option<(RowHasher, u64)>,
    last_start: u64,
}

/// Reads a script and compares it with its manifest.
pub(super) fn check(
    desk: &Desk,
    (path, file): (&Path, &str),
    codec: Codec,
    manifest: Option<&Manifest>,
) -> Result<()> {
    let objects = manifest.map(|manifest| manifest.objects.as_slice()).unwrap_or_default();
    let tables = objects.iter().filter(|one| one.kind == DataKind::Table && one.missing.is_none());
    let expected = tables.map(|object| (object.title(), object)).collect();
    let mut reader =
        Reader { desk, file, codec, expected, index: Index::default(), rows: None, last_start: 0 };
    let walked = walk(path, codec, true, |event| reader.take(&event).map(|()| true));
    let ended = walked.and_then(|end| {
        reader.index.marks.check_end(end)?;
        Ok(end)
    });
    match ended {
        Ok(end) => reader.index.finish(end),
        Err(error) if error.kind() == ErrorKind::Archive => {
            let what = error.chain();
            let at = place_in(&what).unwrap_or(reader.last_start);
            let text = if codec == Codec::None { what } else { what + IN_TEXT };
            desk.find(Finding::of(file, text).at(at));
        }
        Err(error) => return Err(error),
    }
    if let Some(why) = reader.index.opaque() {
        if manifest.is_none() {
            let text = format!("{} is no archive, and no script of pg_dump's", path.display());
            return Err(Error::new(ErrorKind::Archive, text)
                .with_hint("name an archive, a folder, or a script that a dump made"));
        }
        desk.find(Finding::of(file, format!("the script {why}")).at(0));
    }
    desk.keep(&reader.index.entries);
    reader.finish(manifest);
    Ok(())
}

/// What is said of places in a compressed script.
const IN_TEXT: &str = " (in the text, uncompressed)";

impl Reader<'_> {
    fn take(&mut self, event: &Event) -> Result<()> {
        self.index.take(event);
        match event {
            Event::Statement(statement) => {
                self.last_start = statement.start;
                self.desk.decoded(statement.sql.len() as u64)?;
                if statement.rows_follow {
                    self.rows = Some((RowHasher::default(), statement.start));
                }
            }
            Event::Rows(bytes) => {
                if let Some((hasher, _)) = &mut self.rows {
                    hasher.feed(bytes);
                }
                self.desk.decoded(bytes.len() as u64)?;
            }
            Event::RowsEnd { line, marked: false } => return Err(cut_off(*line)),
            Event::RowsEnd { .. } => self.end_rows(),
            Event::Comment { .. } | Event::Command { .. } | Event::End => {}
        }
        Ok(())
    }

    fn end_rows(&mut self) {
        let Some((hasher, start)) = self.rows.take() else { return };
        let read = hasher.end();
        let name = self.index.entries.last().map(|entry| match &entry.namespace {
            Some(schema) => format!("{schema}.{}", entry.tag),
            None => entry.tag.clone(),
        });
        let object = name.unwrap_or_else(|| "rows".to_owned());
        self.desk.objects.fetch_add(1, Relaxed);
        self.desk.count_rows(read.rows);
        let bytes = 0;
        let done = JobEvent::ObjectDone {
            worker: 0,
            object: object.clone(),
            rows: read.rows,
            bytes,
            data: true,
        };
        self.desk.emit(done);
        let Some(expected) = self.expected.remove(&object) else { return };
        self.desk.compared.fetch_add(1, Relaxed);
        if let Some(what) = differs(expected, read) {
            let text = if self.codec == Codec::None { what } else { what + IN_TEXT };
            self.desk.find(Finding::of(self.file, text).at(start).about(object));
        }
    }

    /// What the manifest says and the script did not have.
    fn finish(self, manifest: Option<&Manifest>) {
        let has_copy = self.desk.compared.load(Relaxed) > 0;
        let Some(manifest) = manifest else { return };
        if manifest.objects.iter().any(|object| object.kind == DataKind::LargeObjects) {
            self.desk.note(
                "large objects are statements of the script: they were read, and not compared with \
                 the manifest; verify --restore compares them",
            );
        }
        if !has_copy && !self.expected.is_empty() {
            self.desk.note(
                "rows are INSERT statements: they were read, and not compared with the manifest; \
                 verify --restore compares them",
            );
            return;
        }
        for (name, object) in self.expected {
            let text = format!("its {} rows are not in the script", object.rows);
            self.desk.find(Finding::of(self.file, text).at(0).about(name));
        }
    }
}
