//! The layouts of the output: what the data of one entry becomes, and what is written around it.
//!
//! ```text
//!             one after another,  one after another,  each for itself
//!             in any order        in archive order
//! custom      file                stream
//! directory                                           files
//! tar                             file, stream
//! plain                           file, stream
//! ```
//! A layout is handed compressed pieces in the right order and only writes: who hands them over, and
//! when, is decided in [`super::blocks`].

mod custom;
mod directory;
mod plain;
mod tar;

use std::collections::{HashMap, HashSet};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::archive::block::TERMINATOR;
use crate::archive::compress::{Compressor, Form, Piece};
use crate::archive::head::check_version;
use crate::archive::script::large_object::Style;
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::{ArchiveFormat, BackupSpec, Codec, Compression, RowFormat};

use super::contents::Contents;
use super::output::Place;
#[cfg(test)]
pub(super) use custom::BlockFile;

/// Which data may be written when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// One entry after another, whichever is ready.
    Free,
    /// One entry after another, in archive order.
    Listed,
    /// Each entry for itself.
    Apart,
}

/// How large objects are handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ObjectForm {
    /// Their bytes, each object announced before.
    Bytes,
    /// As statements of this style, without an announcement.
    Statements(Style),
}

/// A layout, shared by all workers.
pub(super) trait Layout: Debug + Send + Sync {
    /// When data may be written.
    fn order(&self) -> Order;

    /// The form of the pieces.
    fn form(&self) -> Form {
        Form::File
    }

    /// How large objects are handed over.
    fn object_form(&self) -> ObjectForm {
        ObjectForm::Bytes
    }

    /// Begins the data of an entry.
    fn begin(&self, id: u32) -> Result<Box<dyn Part>>;

    /// The data of an entry will not come, and nothing of it was begun. In archive order only.
    fn skip(&self, id: u32) -> Result<()>;

    /// Completes the output without these entries and puts it in its place. Returns its size.
    fn finish(&self, left_out: &HashSet<u32>) -> Result<u64>;

    /// Undoes everything, unless it was finished.
    fn remove(&self);
}

/// The data of one entry under way.
pub(super) trait Part: Debug + Send {
    /// A large object begins.
    fn object(&mut self, oid: u32) -> Result<()>;

    /// Writes a piece.
    fn add(&mut self, piece: &Piece) -> Result<()>;

    /// The data is complete.
    fn end(self: Box<Self>) -> Result<()>;

    /// Undoes what was written; an error where the output cannot be complete any more.
    fn cut(self: Box<Self>) -> Result<()>;
}

/// Refuses what the layout cannot have.
pub(super) fn check(spec: &BackupSpec) -> Result<()> {
    let compressed = spec.compression.codec != Codec::None;
    version(spec)?;
    match spec.format {
        ArchiveFormat::Tar if compressed => {
            Err(Error::usage("a tar archive cannot be compressed from within")
                .with_hint("leave out -Z, or choose the directory or custom format"))
        }
        ArchiveFormat::Plain if spec.options.archive_version.is_some() => {
            Err(Error::usage("a plain script has no archive version")
                .with_hint("leave out --archive-version, or choose another format"))
        }
        _ => Ok(()),
    }
}

/// The version of the archive. A script has none; its large objects are made as in the newest.
pub(super) fn version(spec: &BackupSpec) -> Result<(u8, u8, u8)> {
    match spec.format {
        ArchiveFormat::Plain => Ok((1, 16, 0)),
        _ => check_version(spec.compression.codec, spec.options.archive_version),
    }
}

/// Makes the layout that a spec asks for, in its place.
/// About so many bytes of rows are `expected` of each entry.
pub(super) fn make(
    spec: &BackupSpec,
    place: Place,
    (contents, expected): (Contents, HashMap<u32, u64>),
) -> Result<Arc<dyn Layout>> {
    let target = |place: Place| {
        let mut target = place.into_target()?;
        target.expect(expected.values().sum())?;
        Ok::<_, Error>(target)
    };
    let form = if spec.format == ArchiveFormat::Custom { Form::Block } else { Form::File };
    let ending = Ending::new(spec.options.rows, spec.compression.codec, form)?;
    Ok(match spec.format {
        ArchiveFormat::Custom => Arc::new(custom::Custom::new(target(place)?, contents, ending)?),
        ArchiveFormat::Directory => {
            let folder = place.into_folder()?;
            Arc::new(directory::Directory::new(folder, (contents, expected), ending))
        }
        ArchiveFormat::Tar => Arc::new(tar::Tar::new(target(place)?, contents, ending, spec)?),
        ArchiveFormat::Plain => {
            Arc::new(plain::Plain::new(target(place)?, contents, ending, spec)?)
        }
    })
}

/// What ends the rows of an entry.
#[derive(Debug, Clone)]
pub(super) struct Ending {
    text: &'static [u8],
    codec: Codec,
    piece: Arc<Piece>,
}

impl Ending {
    /// For rows of this kind, and pieces of this form.
    pub(super) fn new(rows: RowFormat, codec: Codec, form: Form) -> Result<Self> {
        let text = match rows {
            RowFormat::Copy => TERMINATOR,
            RowFormat::Inserts { .. } => b"\n\n",
        };
        Ok(Self { text, codec, piece: Arc::new(piece_of(codec, form, text)?) })
    }
}

/// A few bytes as a piece.
fn piece_of(codec: Codec, form: Form, bytes: &[u8]) -> Result<Piece> {
    Compressor::new(Compression { codec, level: None }, form)?.piece(bytes)
}

/// The error for data that is missing from a stream, whose table of contents is out already.
fn missing_from_stream(what: &str) -> Error {
    let text = format!(
        "{what} cannot be left out any more: the table of contents was written before; the output \
         ends here, incomplete"
    );
    Error::new(ErrorKind::Io, text)
        .with_hint("do not use what was written; run the backup again, to a file to get the rest")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
