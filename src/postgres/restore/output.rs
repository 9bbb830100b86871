//! A restore into a script instead of a database: `-o FILE`. Touches no server.
//!
//! ```text
//!  archive ─► choice ─► script::pieces ─ Sql ──────────────────────────┐
//!                             └───────── Rows, LargeObjects ─► source ─┴─► file or standard output
//! ```
//! A file is written beside its name and gets it when it is whole.

use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::path::Path;

use tokio::runtime::Handle;

use crate::archive::block::TERMINATOR;
use crate::archive::head::TextWriter;
use crate::archive::kind::{label, short_name};
use crate::archive::primitive::into_error;
use crate::archive::script::large_object::{self, Style};
use crate::archive::script::{self, Chosen, Piece, ScriptOptions};
use crate::archive::toc::TocEntry;
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::{JobEvent, Level, Outcome, Phase};
use crate::model::spec::RestoreSpec;
use crate::postgres::globals::random_key;
use crate::work::WorkContext;

use super::rename::Renames;
use super::select::Choice;
use super::source::Source;

mod file;

use file::Out;

/// Bytes of data copied at once.
const PIECE: usize = 256 << 10;
/// Makes a `COPY` fail whatever the table is, and ends it.
const POISON: &[u8] = b"\n\\. the restore failed here\n\\.\n";

/// What will be written, and what the user should know.
pub(super) struct Script {
    pub(super) source: Source,
    pub(super) choice: Choice,
    pub(super) warnings: Vec<String>,
    options: ScriptOptions,
}

impl Script {
    /// Applies the choice.
    pub(super) fn prepare(mut source: Source, spec: &RestoreSpec) -> Result<Self> {
        let renames = Renames::new(&source.head, &spec.options)?;
        let mut choice = Choice::new(&source.head.entries, spec)?;
        let mut warnings = source.head.warnings.clone();
        warnings.extend(choice.rename(&mut source, &renames));
        warnings.extend(super::prepare::lacking(&source, &choice));
        choice.follow(&source, spec);
        for left_out in choice.settle_references(|_| false) {
            let Some(entry) = source.head.entries.get(left_out.entry) else { continue };
            let (label, table) = (label(entry), left_out.table);
            warnings.push(format!("{label} is left out: it references {table}, which is not in"));
        }
        let key = match &spec.options.restrict_key {
            Some(key) => {
                script::check_key(key)?;
                key.clone()
            }
            None => random_key()?,
        };
        Ok(Self { source, choice, warnings, options: ScriptOptions::of_restore(spec, key) })
    }

    fn chosen(&self) -> Vec<Chosen<'_>> {
        let one = |at: &usize| {
            let entry = self.source.head.entries.get(*at)?;
            Some(Chosen {
                entry: Cow::Borrowed(entry),
                wanted: self.choice.wanted.get(*at).copied()?,
            })
        };
        self.choice.order.iter().filter_map(one).collect()
    }
}

/// Writes the script. `Ok` is complete, incomplete or cancelled; an error means that it failed.
pub(super) async fn run(
    script: Script,
    spec: &RestoreSpec,
    path: &Path,
    work: &WorkContext,
) -> Result<Outcome> {
    for warning in &script.warnings {
        work.message(Level::Warning, warning.clone()).await;
    }
    work.phase(Phase::Copying).await;
    let order = &script.choice.order;
    let objects = super::lead::data_objects(&script.source.head.entries, order);
    let sizes = order.iter().filter_map(|at| script.source.sizes.get(*at));
    work.emit(JobEvent::Totals { objects, bytes: sizes.sum(), rows: None }).await;
    let out = Out::create(path, spec.over_existing)?;
    let (work, runtime) = (work.clone(), Handle::current());
    let written = tokio::task::spawn_blocking(move || {
        let mut writer = Writer { out, work, runtime, tail: Vec::new(), reasons: Vec::new() };
        let result = writer.all(&script);
        (writer, result)
    });
    let (mut writer, result) = written.await.map_err(|error| {
        Error::new(ErrorKind::Internal, "writing the script crashed").with_source(error)
    })?;
    match result.and_then(|()| writer.out.publish()) {
        Ok(()) if writer.reasons.is_empty() => Ok(Outcome::Complete),
        Ok(()) => Ok(Outcome::Incomplete { reasons: writer.reasons }),
        Err(error) if error.kind() == ErrorKind::Cancelled => {
            Ok(Outcome::Cancelled { left: writer.out.left() })
        }
        Err(error) => Err(error.with_more_hint(&writer.out.left())),
    }
}

struct Writer {
    out: Out,
    work: WorkContext,
    runtime: Handle,
    /// The last bytes of an entry's data.
    tail: Vec<u8>,
    reasons: Vec<String>,
}

impl Writer {
    fn all(&mut self, script: &Script) -> Result<()> {
        let head = &script.source.head;
        let text = TextWriter::of(&head.entries);
        let chosen = script.chosen();
        for piece in script::pieces(head, &chosen[..], &script.options) {
            self.work.check()?;
            match piece? {
                Piece::Sql(sql) => self.out.write_all(&text.encode(&sql)?).map_err(into_error)?,
                Piece::Rows(entry) => self.entry(script, &entry, Self::rows)?,
                Piece::LargeObjects(entry) => self.entry(script, &entry, Self::objects)?,
            }
        }
        Ok(())
    }

    /// Writes the data of an entry, and tells of it.
    fn entry(
        &mut self,
        script: &Script,
        entry: &TocEntry,
        write: fn(&mut Self, &Source, &TocEntry) -> Result<u64>,
    ) -> Result<()> {
        let object = short_name(entry);
        let place = script.source.head.entries.iter().position(|other| other.id == entry.id);
        let bytes = place.and_then(|at| script.source.sizes.get(at).copied()).unwrap_or(0);
        self.tell(JobEvent::ObjectStarted { worker: 0, object: object.clone(), bytes });
        let bytes = write(self, &script.source, entry)
            .map_err(|error| error.while_doing(format_args!("writing {}", label(entry))));
        for notice in script.source.take_notices() {
            self.tell(JobEvent::Message { level: Level::Warning, text: notice });
        }
        let bytes = bytes?;
        self.tell(JobEvent::ObjectDone { worker: 0, object, rows: 0, bytes, data: true });
        Ok(())
    }

    fn tell(&self, event: JobEvent) {
        self.runtime.block_on(self.work.emit(event));
    }

    fn rows(&mut self, source: &Source, entry: &TocEntry) -> Result<u64> {
        self.tail.clear();
        let copied = source.rows(entry).and_then(|mut rows| {
            let mut used = 0;
            let mut buffer = vec![0; PIECE];
            let mut total = 0;
            loop {
                let length = read(&mut rows, &mut buffer)?;
                let piece = buffer.get(..length).unwrap_or_default();
                if piece.is_empty() {
                    return Ok(total);
                }
                self.data(piece)?;
                self.work.meter.add_archive(rows.used().saturating_sub(used));
                used = rows.used();
                total += length as u64;
            }
        });
        if entry.copy_stmt.is_none() {
            return copied;
        }
        match copied {
            Ok(total) => {
                if !self.tail.ends_with(TERMINATOR) {
                    self.out.write_all(b"\\.\n\n\n").map_err(into_error)?;
                    self.reasons.push(format!(
                        "{}: its rows have no end mark, some may be missing",
                        label(entry)
                    ));
                }
                Ok(total)
            }
            Err(error) => {
                // Whoever runs what was written so far must not take these rows for all.
                let _ = self.out.write_all(POISON);
                Err(error)
            }
        }
    }

    fn data(&mut self, piece: &[u8]) -> Result<()> {
        self.work.check()?;
        self.runtime.block_on(self.work.pace(piece.len() as u64))?;
        self.out.write_all(piece).map_err(into_error)?;
        self.work.meter.add_data(piece.len() as u64, 0);
        let keep = TERMINATOR.len();
        self.tail
            .extend_from_slice(piece.get(piece.len().saturating_sub(keep)..).unwrap_or_default());
        let surplus = self.tail.len().saturating_sub(keep);
        self.tail.drain(..surplus);
        Ok(())
    }

    fn objects(&mut self, source: &Source, entry: &TocEntry) -> Result<u64> {
        let style = Style::of(&source.head);
        let mut objects = source.objects(entry)?;
        let mut total = 0;
        while let Some(oid) = objects.next_object()? {
            self.work.check()?;
            let mut counted = Counted { reader: &mut objects, count: 0 };
            large_object::write(oid, &mut counted, style, &mut self.out).map_err(into_error)?;
            let count = counted.count;
            self.runtime.block_on(self.work.pace(count))?;
            self.work.meter.add_data(count, 1);
            total += count;
        }
        Ok(total)
    }
}

struct Counted<'a, R> {
    reader: &'a mut R,
    count: u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buf)?;
        self.count += read as u64;
        Ok(read)
    }
}

fn read(reader: &mut impl Read, buffer: &mut [u8]) -> Result<usize> {
    loop {
        match reader.read(buffer) {
            Ok(length) => return Ok(length),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(into_error(error)),
        }
    }
}
