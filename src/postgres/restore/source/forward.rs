//! An archive that comes through a pipe: its data can be read once, in the order in which it comes.
//!
//! Whoever asks for an entry's data gets the stream lent, and gives it back by dropping it. What is
//! passed on the way and will be asked for later goes to the spool; the rest is forgotten.
//!
//! ```text
//!  At rest ─ rows(entry) ─► passes what comes before ─► Lent ─ dropped ─► At rest, inside a block
//! ```

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{self, BufReader, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::members::split_ending;
use super::spool::Spool;
use super::{Bytes, Objects, Rows, file_of};
use crate::archive::block::{BlobsReader, BlockReader, BlockStream};
use crate::archive::directory::{FileReader, TOC, read_objects};
use crate::archive::head::{DataFormat, Head, Kind, read_head, read_toc};
use crate::archive::tar::TarReader;
use crate::archive::toc::TocEntry;
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::{ArchiveFormat, Codec};

const BUFFER: usize = 256 << 10;

type Tar = TarReader<BufReader<Bytes>>;

/// The data of an archive from a pipe.
#[derive(Debug)]
pub(super) struct Forward {
    format: DataFormat,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    stream: Stream,
    spool: Spool,
    /// Names of the data that will be asked for; `None` is all.
    expected: Option<HashSet<String>>,
    notices: Vec<String>,
}

/// Where the stream is.
#[derive(Debug)]
enum Stream {
    /// Between two blocks.
    Blocks(BlockStream<Bytes>),
    /// Inside one.
    Rows(BlockReader<Bytes>),
    Objects(Box<BlobsReader<Bytes>>),
    /// In a tar file, wherever.
    Tar(Tar),
    /// With a reader.
    Away,
    /// Lost by an error.
    Lost(String),
}

impl Forward {
    /// Reads the head from the bytes of a pipe.
    pub(super) fn open(kind: Kind, bytes: Bytes) -> Result<(Head, ArchiveFormat, Self)> {
        let mut reader = BufReader::with_capacity(BUFFER, bytes);
        if kind != Kind::Tar {
            let head = read_head(&mut reader)?;
            let stream = BlockStream::new(Bytes::new(reader), head.data_start, head.format);
            let forward = Self::new(head.format, Stream::Blocks(stream));
            return Ok((head, ArchiveFormat::Custom, forward));
        }
        let mut tar = TarReader::new(reader);
        let first = tar.next_member()?;
        if first.is_none_or(|member| member.name.trim_start_matches("./") != TOC) {
            let text = "the tar file does not begin with its table of contents";
            return Err(Error::new(ErrorKind::Archive, text)
                .with_hint("restore it from a file instead of through a pipe"));
        }
        let head = read_toc(&mut BufReader::new(&mut tar))?;
        let forward = Self::new(head.format, Stream::Tar(tar));
        Ok((head, ArchiveFormat::Tar, forward))
    }

    fn new(format: DataFormat, stream: Stream) -> Self {
        let (spool, notices) = (Spool::default(), Vec::new());
        let shared = Shared { stream, spool, expected: None, notices };
        Self { format, shared: Arc::new(Mutex::new(shared)) }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn expect(&self, ids: &HashSet<u32>, head: &Head) {
        let mut names = HashSet::new();
        for entry in head.entries.iter().filter(|entry| ids.contains(&entry.id)) {
            names.insert(block_name(entry.id));
            names.extend(file_of(head, entry).map(Cow::into_owned));
            if entry.desc == "BLOBS" {
                names.insert(ANY_OBJECT.to_owned());
            }
        }
        self.lock().expected = Some(names);
    }

    pub(super) fn take_notices(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().notices)
    }

    pub(super) fn rows(&self, entry: &TocEntry) -> Result<Rows> {
        let mut shared = self.lock();
        if let Some(bytes) = shared.spool.open(&block_name(entry.id)) {
            return Ok(Rows::of_block(BlockReader::open(bytes, 0, self.kept(), entry.id)?, 0));
        }
        if let Some(file) = &entry.file {
            if let Some(reader) = shared.kept_file(file) {
                return reader.map(Rows::of_file);
            }
            let (tar, codec) = shared.member(file)?;
            return Ok(Rows::passing(self.lend(Loan::Member(FileReader::open(
                tar,
                codec,
                &format!("file {file}"),
            )?))));
        }
        let (stream, start) = shared.block(entry.id)?;
        let reader = shared.or_lost(stream.rows(start))?;
        Ok(Rows::passing(self.lend(Loan::Rows { reader, at: start.at })))
    }

    pub(super) fn objects(&self, entry: &TocEntry, file: Option<&str>) -> Result<Objects> {
        let mut shared = self.lock();
        if let Some(bytes) = shared.spool.open(&block_name(entry.id)) {
            let reader = BlobsReader::open(bytes, 0, self.kept(), entry.id)?;
            return Ok(Objects::of_block(reader));
        }
        if let Some(file) = file {
            return self.object_files(&mut shared, file);
        }
        let (stream, start) = shared.block(entry.id)?;
        let reader = Box::new(shared.or_lost(stream.objects(start))?);
        Ok(Objects::passing(self.lend(Loan::Objects(reader))))
    }

    /// In a tar file the objects come before the list that names them: they are kept until it has
    /// come.
    fn object_files(&self, shared: &mut Shared, file: &str) -> Result<Objects> {
        let list = if let Some(reader) = shared.kept_file(file) {
            read_objects(BufReader::new(reader?))
        } else {
            let (tar, codec) = shared.member(file)?;
            let mut reader = FileReader::open(tar, codec, &format!("file {file}"))?;
            let list = read_objects(BufReader::new(&mut reader));
            shared.stream = reader.into_inner().map_or_else(lost, Stream::Tar);
            list
        };
        let list = list.map_err(|error| error.while_doing(format_args!("file {file}")))?;
        let shared = Arc::clone(&self.shared);
        Ok(Objects::of_files(list, move |name| {
            let shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            shared.kept_file(name).unwrap_or_else(|| {
                let text = format!("member {name} did not come before the list that names it");
                Err(Error::new(ErrorKind::Archive, text))
            })
        }))
    }

    /// Blocks are kept with numbers of the usual width.
    fn kept(&self) -> DataFormat {
        DataFormat::new(self.format.codec)
    }

    fn lend(&self, loan: Loan) -> Lent {
        Lent { loan: Some(loan), home: Arc::clone(&self.shared) }
    }
}

/// Stands for every large object among the names expected.
const ANY_OBJECT: &str = "blob_";

fn block_name(id: u32) -> String {
    format!("block {id}")
}

fn lost() -> Stream {
    Stream::Lost("an earlier error".to_owned())
}

impl Shared {
    fn expects(&self, name: &str) -> bool {
        let wanted = if name.starts_with(ANY_OBJECT) { ANY_OBJECT } else { name };
        self.expected.as_ref().is_none_or(|names| names.contains(wanted))
    }

    fn note_spool(&mut self) {
        if self.notices.is_empty() && !self.spool.is_used() {
            let folder = std::env::temp_dir();
            self.notices.push(format!(
                "some data comes through the pipe before its turn: it is kept in a temporary file \
                 in {}",
                folder.display()
            ));
        }
    }

    fn or_lost<T>(&mut self, result: Result<T>) -> Result<T> {
        if let Err(error) = &result {
            self.stream = Stream::Lost(error.chain());
        }
        result
    }

    /// Takes the stream, between two blocks.
    fn blocks(&mut self) -> Result<BlockStream<Bytes>> {
        let result = match std::mem::replace(&mut self.stream, Stream::Away) {
            Stream::Blocks(stream) => Ok(stream),
            Stream::Rows(reader) => reader.into_stream(),
            Stream::Objects(reader) => reader.into_stream(),
            other => {
                let error = unusable(&other);
                self.stream = other;
                return Err(error);
            }
        };
        self.or_lost(result)
    }

    /// Goes on to the block of an entry.
    fn block(
        &mut self,
        id: u32,
    ) -> Result<(BlockStream<Bytes>, crate::archive::block::BlockStart)> {
        let mut stream = self.blocks()?;
        loop {
            let next = stream.next_block();
            let Some(start) = self.or_lost(next)? else {
                self.stream = Stream::Lost("the archive has ended".to_owned());
                return Err(Error::new(ErrorKind::Archive, "its data did not come")
                    .with_hint("the archive is incomplete: its writer was stopped"));
            };
            if start.dump_id == id {
                return Ok((stream, start));
            }
            let name = block_name(start.dump_id);
            let passed = if self.expects(&name) {
                self.note_spool();
                self.spool.keep(&name, |out| stream.pass(start, out))
            } else {
                stream.pass(start, &mut io::sink())
            };
            self.or_lost(passed)?;
        }
    }

    /// Goes on to a member of the tar file.
    fn member(&mut self, file: &str) -> Result<(Tar, Codec)> {
        let mut tar = match std::mem::replace(&mut self.stream, Stream::Away) {
            Stream::Tar(tar) => tar,
            other => {
                let error = unusable(&other);
                self.stream = other;
                return Err(error);
            }
        };
        loop {
            let next = tar.next_member();
            let Some(member) = self.or_lost(next)? else {
                self.stream = Stream::Lost("the archive has ended".to_owned());
                let text = format!("member {file} did not come");
                return Err(Error::new(ErrorKind::Archive, text)
                    .with_hint("the archive is incomplete: its writer was stopped"));
            };
            let (bare, codec) = split_ending(member.name.trim_start_matches("./"));
            if bare == file {
                return Ok((tar, codec));
            }
            if self.expects(bare) {
                self.note_spool();
                let name = kept_name(bare, codec);
                let kept = self.spool.keep(&name, |out| {
                    let copied = io::copy(&mut tar, out);
                    copied.map(drop).map_err(crate::archive::primitive::into_error)
                });
                self.or_lost(kept)?;
            }
        }
    }

    /// A member that was kept.
    fn kept_file(&self, bare: &str) -> Option<Result<FileReader<Bytes>>> {
        let codecs = crate::archive::directory::CODECS.into_iter();
        let mut found = codecs.filter(|codec| self.spool.has(&kept_name(bare, *codec)));
        let codec = found.next()?;
        let bytes = self.spool.open(&kept_name(bare, codec))?;
        Some(FileReader::open(bytes, codec, &format!("file {bare}")))
    }
}

fn kept_name(bare: &str, codec: Codec) -> String {
    format!("{bare}{}", crate::archive::directory::ending(codec))
}

fn unusable(stream: &Stream) -> Error {
    match stream {
        Stream::Lost(why) => {
            let text = format!("the archive from the pipe cannot be read on ({why})");
            Error::new(ErrorKind::Archive, text)
        }
        _ => Error::new(ErrorKind::Internal, "two read from the pipe at the same time"),
    }
}

/// What was lent.
#[derive(Debug)]
enum Loan {
    Rows { reader: BlockReader<Bytes>, at: u64 },
    Objects(Box<BlobsReader<Bytes>>),
    Member(FileReader<Tar>),
}

/// The stream at the data of one entry; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Lent {
    /// `None` only while it is given back.
    loan: Option<Loan>,
    home: Arc<Mutex<Shared>>,
}

impl Lent {
    pub(super) fn used(&self) -> u64 {
        match &self.loan {
            Some(Loan::Rows { reader, at }) => reader.position().saturating_sub(*at),
            Some(Loan::Member(reader)) => reader.position(),
            Some(Loan::Objects(_)) | None => 0,
        }
    }

    pub(super) fn next_object(&mut self) -> Result<Option<u32>> {
        match &mut self.loan {
            Some(Loan::Objects(reader)) => reader.next_object(),
            _ => Ok(None),
        }
    }
}

impl Read for Lent {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match &mut self.loan {
            Some(Loan::Rows { reader, .. }) => reader.read(buf),
            Some(Loan::Objects(reader)) => reader.read(buf),
            Some(Loan::Member(reader)) => reader.read(buf),
            None => Ok(0),
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let back = match self.loan.take() {
            Some(Loan::Rows { reader, .. }) => Stream::Rows(reader),
            Some(Loan::Objects(reader)) => Stream::Objects(reader),
            Some(Loan::Member(reader)) => reader.into_inner().map_or_else(lost, Stream::Tar),
            None => return,
        };
        self.home.lock().unwrap_or_else(PoisonError::into_inner).stream = back;
    }
}
