//! A plain SQL script.
//!
//! ```text
//!  script thread ─ Sql · Data(id) · Sql · … · End ─► text ─► compressed ─┐
//!  workers ───────── rows of id, compressed ─────────────────────────────┴─► file or stream
//! ```
//! The text is made piece by piece, as it is needed. In a file, rows that fail are taken back with the
//! statement before them. In a stream, the `COPY` that they were in is made to fail when the script
//! is run. Either way a comment tells what is missing.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use super::{Ending, Layout, ObjectForm, Order, Part, lock, missing_from_stream};
use crate::archive::compress::{Compressor, Form, Piece};
use crate::archive::head::{Head, TextWriter};
use crate::archive::script::large_object::Style;
use crate::archive::script::{self, ScriptOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::{BackupSpec, RowFormat};
use crate::postgres::backup::contents::{Contents, Data};
use crate::postgres::backup::output::Target;

/// Pieces of text that may wait to be written.
const WAITING: usize = 64;
/// Text is gathered to this size, unless rows come.
const GATHERED: usize = 512 << 10;
/// Makes a `COPY` fail whatever the table is, and ends it.
const POISON: &str = "\n\\. the backup failed here\n\\.\n";

/// A script under construction.
#[derive(Debug)]
pub(super) struct Plain {
    style: Style,
    kinds: HashMap<u32, Data>,
    is_stream: bool,
    script: Arc<Mutex<Script>>,
}

impl Plain {
    pub(super) fn new(
        target: Target,
        contents: Contents,
        ending: Ending,
        spec: &BackupSpec,
    ) -> Result<Self> {
        let ids = contents.with_data();
        let names = ids.iter().map(|id| (*id, contents.name_of(*id))).collect();
        let kinds =
            ids.iter().map(|id| Ok((*id, contents.data_of(*id)?))).collect::<Result<_>>()?;
        let options = options(spec)?;
        let head = contents.head();
        let style = Style::of(&head);
        let is_stream = target.is_stream();
        let script = Script {
            target,
            encoding: TextWriter::of(&head.entries),
            pieces: write_text((head, contents), options)?,
            compressor: Compressor::new(spec.compression, Form::File)?,
            gathered: Vec::new(),
            held: None,
            ending,
            names,
            missing: Vec::new(),
            copies: spec.options.rows == RowFormat::Copy,
            in_rows: false,
            finished: false,
        };
        Ok(Self { style, kinds, is_stream, script: Arc::new(Mutex::new(script)) })
    }
}

fn options(spec: &BackupSpec) -> Result<ScriptOptions> {
    let key = match &spec.options.restrict_key {
        Some(key) => {
            script::check_key(key)?;
            key.clone()
        }
        None => random_key()?,
    };
    Ok(ScriptOptions::of_backup(spec, key))
}

fn random_key() -> Result<String> {
    use std::io::Read;

    let mut random = [0; 2 * script::KEY_LENGTH];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut random))
        .map_err(|error| Error::io("making a key for the script", error))?;
    script::key_from_random(&random)
        .ok_or_else(|| Error::new(ErrorKind::Internal, "no key could be made for the script"))
}

impl Layout for Plain {
    fn order(&self) -> Order {
        Order::Listed
    }

    fn object_form(&self) -> ObjectForm {
        ObjectForm::Statements(self.style)
    }

    fn begin(&self, id: u32) -> Result<Box<dyn Part>> {
        let mut script = lock(&self.script);
        script.advance_to(id)?;
        script.flush()?;
        let start = script.target.end();
        script.release_held()?;
        script.flush()?;
        script.in_rows = true;
        let has_ending = self.kinds.get(&id) == Some(&Data::Rows);
        drop(script);
        Ok(Box::new(Rows { script: Arc::clone(&self.script), id, start, has_ending }))
    }

    fn skip(&self, id: u32) -> Result<()> {
        let mut script = lock(&self.script);
        script.advance_to(id)?;
        script.held = None;
        script.miss(id)
    }

    fn finish(&self, _left_out: &HashSet<u32>) -> Result<u64> {
        let mut script = lock(&self.script);
        script.advance_to_end()?;
        script.release_held()?;
        script.tell_missing()?;
        script.flush()?;
        script.finished = true;
        script.target.publish()
    }

    fn remove(&self) {
        if !self.is_stream {
            return lock(&self.script).target.remove();
        }
        lock(&self.script).give_up();
    }
}

/// What the thread that makes the text sends.
#[derive(Debug)]
enum Next {
    Sql(String),
    /// The text cannot go on.
    Failed(Error),
    /// Here the data of this entry stands.
    Data(u32),
    End,
}

/// Starts to make the text. The thread ends with it, or when nobody wants it any more.
fn write_text(of: (Head, Contents), options: ScriptOptions) -> Result<Receiver<Next>> {
    let (to, pieces) = sync_channel(WAITING);
    let thread = std::thread::Builder::new().name("script".to_owned());
    let started = thread.spawn(move || send_text(&of, &options, &to));
    started.map_err(|error| Error::io("starting to write the script", error))?;
    Ok(pieces)
}

fn send_text((head, contents): &(Head, Contents), options: &ScriptOptions, to: &SyncSender<Next>) {
    let pieces = script::pieces(head, contents.of_script(options.create), options);
    let pieces = pieces.map(|piece| match piece {
        Ok(script::Piece::Sql(text)) => Next::Sql(text),
        Ok(script::Piece::Rows(entry) | script::Piece::LargeObjects(entry)) => Next::Data(entry.id),
        Err(error) => Next::Failed(error),
    });
    for next in pieces.chain([Next::End]) {
        if to.send(next).is_err() {
            return;
        }
    }
}

#[derive(Debug)]
struct Script {
    target: Target,
    encoding: TextWriter,
    pieces: Receiver<Next>,
    compressor: Compressor,
    /// Text that is to be written.
    gathered: Vec<u8>,
    /// The last piece of text: it goes with the data behind it.
    held: Option<String>,
    ending: Ending,
    names: HashMap<u32, String>,
    missing: Vec<String>,
    /// Whether rows stand behind `COPY`.
    copies: bool,
    /// Whether data is being written.
    in_rows: bool,
    finished: bool,
}

impl Script {
    /// Writes the text before the data of an entry; what belongs to it is held.
    fn advance_to(&mut self, id: u32) -> Result<()> {
        loop {
            match self.next()? {
                Next::Sql(text) => self.hold(text)?,
                Next::Data(found) if found == id => return Ok(()),
                Next::Data(_) | Next::End | Next::Failed(_) => return Err(out_of_order()),
            }
        }
    }

    fn advance_to_end(&mut self) -> Result<()> {
        loop {
            match self.next()? {
                Next::Sql(text) => self.hold(text)?,
                Next::Data(_) | Next::Failed(_) => return Err(out_of_order()),
                Next::End => return Ok(()),
            }
        }
    }

    fn next(&mut self) -> Result<Next> {
        let crashed = |_| Error::new(ErrorKind::Internal, "writing the script crashed");
        match self.pieces.recv().map_err(crashed)? {
            Next::Failed(error) => Err(error),
            next => Ok(next),
        }
    }

    fn hold(&mut self, text: String) -> Result<()> {
        self.release_held()?;
        self.held = Some(text);
        Ok(())
    }

    fn release_held(&mut self) -> Result<()> {
        self.held.take().map_or(Ok(()), |text| self.write(&text))
    }

    fn write(&mut self, text: &str) -> Result<()> {
        self.gathered.extend_from_slice(&self.encoding.encode(text)?);
        if self.gathered.len() < GATHERED { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let piece = self.compressor.piece(&self.gathered)?;
        self.gathered.clear();
        self.target.append(piece.bytes())
    }

    fn miss(&mut self, id: u32) -> Result<()> {
        let name = self.names.remove(&id).unwrap_or_else(|| "rows".to_owned());
        // A line end in a name must not end the comment.
        let name = name.replace(['\n', '\r'], " ");
        let text = format!("-- MISSING: {name} could not be copied\n\n");
        self.missing.push(name);
        self.write(&text)
    }

    fn tell_missing(&mut self) -> Result<()> {
        let missing = std::mem::take(&mut self.missing);
        if missing.is_empty() {
            return Ok(());
        }
        let mut text = "\n-- THIS SCRIPT IS INCOMPLETE. It lacks:\n".to_owned();
        for name in missing {
            let _ = writeln!(text, "--   {name}");
        }
        self.write(&text)
    }

    /// Makes sure that what went into a stream fails when it is run.
    fn give_up(&mut self) {
        if !self.finished {
            self.finished = true;
            self.held = None;
            let text = if self.in_rows && self.copies { POISON } else { "\n" };
            let fail = "DO $$BEGIN RAISE EXCEPTION 'this script is incomplete'; END$$;\n\
                        -- THIS SCRIPT IS INCOMPLETE: the backup failed here.\n";
            let written = self.write(text).and_then(|()| self.write(fail));
            if let Err(error) = written.and_then(|()| self.flush()) {
                tracing::warn!(error = error.chain(), "the script's end could not be marked");
            }
        }
    }
}

fn out_of_order() -> Error {
    Error::new(ErrorKind::Internal, "the script's text and its rows do not fit together")
}

#[derive(Debug)]
struct Rows {
    script: Arc<Mutex<Script>>,
    id: u32,
    start: u64,
    has_ending: bool,
}

impl Part for Rows {
    fn object(&mut self, _oid: u32) -> Result<()> {
        Err(Error::new(ErrorKind::Internal, "a large object that is not in statements"))
    }

    fn add(&mut self, piece: &Piece) -> Result<()> {
        lock(&self.script).target.append(piece.bytes())
    }

    fn end(self: Box<Self>) -> Result<()> {
        let mut script = lock(&self.script);
        script.in_rows = false;
        if self.has_ending {
            let ending = script.ending.text;
            script.gathered.extend_from_slice(ending);
        }
        Ok(())
    }

    fn cut(self: Box<Self>) -> Result<()> {
        let mut script = lock(&self.script);
        if !script.target.is_rigid() {
            script.target.cut(self.start)?;
        } else if script.copies && self.has_ending {
            script.write(POISON)?;
            script.write("\n\n")?;
        } else {
            return Err(missing_from_stream("what was being copied"));
        }
        script.in_rows = false;
        script.miss(self.id)
    }
}
