//! The archive of a restore, of any layout: its head, the size of every entry's data, and readers
//! for it. Blocking I/O; call it off the runtime.
//!
//! ```text
//!  path ─ input ─┬─ folder ──────► members ─┐                         (a file and a folder may be
//!                ├─ file ─ custom ► blocks ─┼─► rows, objects          objects in a store: `medium`)
//!                │         tar ───► members ┘
//!                │                             at random, by any thread
//!                ├─ pipe ─ custom, tar ► forward ► rows, objects      one at a time, in file order;
//!                │                          └► spool                  what comes before its turn
//!                └─ plain SQL: not of this room
//! ```

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
#[cfg(test)]
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;

use crate::archive::block::{self, BlobsReader, BlockReader};
use crate::archive::directory::{TOC, is_archive_file, objects_file, read_objects};
use crate::archive::head::{Head, Kind, read_head};
use crate::archive::toc::{DataOffset, TocEntry};
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::{ArchiveFormat, Codec};
use crate::postgres::script;

mod forward;
mod input;
mod medium;
mod members;
mod readers;
mod sizes;
mod spool;

#[cfg(test)]
mod damage;
#[cfg(test)]
mod tests;

use forward::Forward;
use input::Input;
use medium::{Counted, Medium};
use members::Members;
pub(in crate::postgres) use readers::{Objects, Rows};

/// Any bytes.
pub(in crate::postgres) struct Bytes(Box<dyn Read + Send>);

impl Bytes {
    fn new(reader: impl Read + Send + 'static) -> Self {
        Self(Box::new(reader))
    }
}

impl Read for Bytes {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buf)
    }
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bytes").finish_non_exhaustive()
    }
}

/// Bytes read from a file at once.
const BUFFER: usize = 256 << 10;
/// The list of all large objects, before each entry had its own.
const ALL_OBJECTS: &str = "blobs.toc";
/// How many blocks are looked into to learn how well the archive is compressed.
const SAMPLES: usize = 4;
/// How much of each, decompressed.
const SAMPLE_BYTES: u64 = 512 << 10;

/// What a path leads to.
#[derive(Debug)]
pub(in crate::postgres) enum Opened {
    /// An archive.
    Archive(Box<Source>),
    /// A script in plain SQL: what reads it from its beginning, and how it is compressed.
    Script(Script),
}

/// A script in plain SQL.
#[derive(Debug)]
pub(in crate::postgres) struct Script {
    /// Its bytes, from the first on.
    pub(in crate::postgres) bytes: Bytes,
    /// How they are compressed.
    pub(in crate::postgres) codec: Codec,
    /// Their number, where it is known.
    pub(in crate::postgres) length: Option<u64>,
}

/// An archive, read up to its data.
#[derive(Debug)]
pub(in crate::postgres) struct Source {
    /// The file, or the folder.
    pub(in crate::postgres) path: PathBuf,
    /// Its layout.
    pub(in crate::postgres) format: ArchiveFormat,
    /// Header and table of contents; every entry with data knows its place, unless the archive comes
    /// through a pipe.
    pub(in crate::postgres) head: Head,
    /// Bytes of the file, or of all files; 0 where nobody knows.
    pub(in crate::postgres) length: u64,
    /// Bytes of each entry's data, by position in the table of contents.
    pub(in crate::postgres) sizes: Vec<u64>,
    data: Data,
    read: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Data {
    Blocks(Blocks),
    Members(Arc<Members>),
    Forward(Forward),
}

/// The one file of a custom-format archive.
#[derive(Debug)]
struct Blocks {
    medium: Medium,
    /// Bytes from each block to the next, by dump id.
    sizes: HashMap<u32, u64>,
}

impl Opened {
    fn archive(source: Source) -> Self {
        Self::Archive(Box::new(source))
    }

    /// Finds out what is there and reads it up to its data. `give_up` ends the wait for a pipe.
    pub(in crate::postgres) fn open(path: &Path, give_up: &CancellationToken) -> Result<Self> {
        let of_file = |error: Error| error.while_doing(format_args!("reading {}", path.display()));
        match Input::open(path, give_up)? {
            Input::Folder(medium) => Source::of_folder(path, &medium).map(Self::archive),
            Input::File(Kind::Tar, medium) => {
                Source::of_tar(path, &medium).map_err(of_file).map(Self::archive)
            }
            Input::File(Kind::Plain, medium) => {
                Script::open(path, &medium, Codec::None).map(Self::Script)
            }
            Input::File(Kind::Compressed(codec), medium) => {
                Script::open(path, &medium, codec).map(Self::Script)
            }
            Input::Pipe(Kind::Plain, bytes) => {
                Ok(Self::Script(Script { bytes, codec: Codec::None, length: None }))
            }
            Input::Pipe(Kind::Compressed(codec), bytes) => {
                Ok(Self::Script(Script { bytes, codec, length: None }))
            }
            Input::Pipe(kind, bytes) => {
                Source::of_pipe(path, kind, bytes).map_err(of_file).map(Self::archive)
            }
            // Reading the head tells what it is instead.
            Input::File(_, medium) => {
                Source::of_blocks(path, medium).map_err(of_file).map(Self::archive)
            }
        }
    }
}

/// Reads what a path leads to from its first byte on, a file or an object.
pub(in crate::postgres) fn read_from_start(path: &Path) -> Result<Bytes> {
    let medium = medium::at(path, &CancellationToken::new())?;
    let opened = medium.open();
    opened
        .map(Bytes::new)
        .map_err(|error| Error::io(format_args!("opening {}", path.display()), error))
}

impl Script {
    /// The script as its runner takes it.
    pub(in crate::postgres) fn at(self, path: &Path) -> script::Script {
        let Self { bytes, codec, length } = self;
        script::Script { path: path.to_owned(), codec, length, bytes: Mutex::new(Box::new(bytes)) }
    }

    fn open(path: &Path, medium: &Medium, codec: Codec) -> Result<Self> {
        let io = |error| Error::io(format_args!("opening {}", path.display()), error);
        let mut file = medium.open().map_err(io)?;
        let length = Some(file.length().map_err(io)?);
        Ok(Self { bytes: Bytes::new(file), codec, length })
    }
}

impl Source {
    /// Reads the head of an archive; a script is refused.
    pub(in crate::postgres) fn open(path: &Path) -> Result<Self> {
        match Opened::open(path, &CancellationToken::new())? {
            Opened::Archive(source) => Ok(*source),
            Opened::Script(_) => {
                let text = format!("{} is a script, which has no entries", path.display());
                Err(Error::new(ErrorKind::Archive, text))
            }
        }
    }

    fn of_folder(path: &Path, medium: &Medium) -> Result<Self> {
        let of_file = |error: Error| error.while_doing(format_args!("reading {}", path.display()));
        let read = Arc::default();
        let members = Members::of_folder(path, medium, Arc::clone(&read)).map_err(of_file)?;
        Self::of_members(path, ArchiveFormat::Directory, members, read).map_err(of_file)
    }

    fn of_tar(path: &Path, medium: &Medium) -> Result<Self> {
        let read = Arc::default();
        let members = Members::of_tar(path, medium, Arc::clone(&read))?;
        Self::of_members(path, ArchiveFormat::Tar, members, read)
    }

    fn of_members(
        path: &Path,
        format: ArchiveFormat,
        members: Members,
        read: Arc<AtomicU64>,
    ) -> Result<Self> {
        let head = members.head()?;
        let sizes = sizes::of_members(&head, &members);
        let (path, length) = (path.to_owned(), members.length);
        Ok(Self { path, format, head, length, sizes, data: Data::Members(Arc::new(members)), read })
    }

    fn of_blocks(path: &Path, medium: Medium) -> Result<Self> {
        let io = |error| Error::io(format_args!("opening {}", path.display()), error);
        let read = Arc::new(AtomicU64::new(0));
        let file = || {
            let stored = medium.open().map_err(io)?;
            Ok(Counted { stored, read: Arc::clone(&read) })
        };
        let mut reader = BufReader::with_capacity(BUFFER, file()?);
        let length = reader.get_mut().stored.length().map_err(io)?;
        let mut head = read_head(&mut reader)?;
        if head.entries.iter().any(|entry| entry.offset == DataOffset::NotSet) {
            let places = block::locate_blocks(file()?, &head)?;
            block::place_entries(&mut head.entries, &places)?;
        }
        let sizes = sizes::of_blocks(&head, length);
        let (path, format) = (path.to_owned(), ArchiveFormat::Custom);
        let by_id = head.entries.iter().map(|entry| entry.id).zip(sizes.iter().copied()).collect();
        let data = Data::Blocks(Blocks { medium, sizes: by_id });
        Ok(Self { path, format, head, length, sizes, data, read })
    }

    fn of_pipe(path: &Path, kind: Kind, bytes: Bytes) -> Result<Self> {
        let read = Arc::default();
        let (head, format, forward) = Forward::open(kind, bytes)?;
        let sizes = vec![0; head.entries.len()];
        let path = path.to_owned();
        Ok(Self { path, format, head, length: 0, sizes, data: Data::Forward(forward), read })
    }

    /// Whether the data can only be read once, in the order of the archive.
    pub(in crate::postgres) fn is_forward(&self) -> bool {
        matches!(self.data, Data::Forward(_))
    }

    /// Positions of entries in the order in which their data comes, when it comes through a pipe.
    pub(in crate::postgres) fn passing_order(&self) -> Option<Vec<usize>> {
        let Data::Forward(_) = self.data else { return None };
        let with_data = self.head.entries.iter().enumerate().filter(|(_, entry)| entry.has_data);
        let mut order: Vec<(u64, usize)> = with_data
            .map(|(at, entry)| match entry.offset {
                DataOffset::At(place) => (place, at),
                DataOffset::NotSet | DataOffset::NoData => (0, at),
            })
            .collect();
        order.sort_unstable();
        Some(order.into_iter().map(|(_, at)| at).collect())
    }

    /// Says which entries' data will be asked for, and when to stop waiting for a pipe.
    pub(in crate::postgres) fn expect(&self, entries: &HashSet<u32>) {
        if let Data::Forward(forward) = &self.data {
            forward.expect(entries, &self.head);
        }
    }

    /// What happened that the user should know, since it was last asked.
    pub(in crate::postgres) fn take_notices(&self) -> Vec<String> {
        match &self.data {
            Data::Forward(forward) => forward.take_notices(),
            Data::Blocks(_) | Data::Members(_) => Vec::new(),
        }
    }

    /// Bytes read from files so far.
    #[cfg(test)]
    pub(in crate::postgres) fn bytes_read(&self) -> u64 {
        self.read.load(Relaxed)
    }

    /// Where an entry's data lies, for people, by what an error tells of it: the file, and the place.
    pub(in crate::postgres) fn locate(
        &self,
        entry: &TocEntry,
        error: &str,
        place: Option<u64>,
    ) -> (String, u64) {
        let own = self.path.file_name().unwrap_or(self.path.as_os_str());
        let own = own.to_string_lossy().into_owned();
        let Data::Members(members) = &self.data else {
            let DataOffset::At(at) = entry.offset else { return (own, place.unwrap_or(0)) };
            return (own, place.unwrap_or(at));
        };
        let told = error.rsplit_once("file ").and_then(|(_, rest)| rest.split([':', ' ']).next());
        let told = told.filter(|name| is_archive_file(name)).map(str::to_owned);
        let named = told.or_else(|| self.file_of(entry).map(Cow::into_owned)).unwrap_or_default();
        let (file, start) = members.locate(&named);
        let place = start + place.unwrap_or(0);
        if members.is_tar() { (own, place) } else { (file, place) }
    }

    /// Files in the folder, or members, that look like parts of the archive and that nothing in it
    /// names.
    pub(in crate::postgres) fn strangers(&self) -> Vec<String> {
        let Data::Members(members) = &self.data else { return Vec::new() };
        let mut known: HashSet<String> = HashSet::from([TOC.to_owned()]);
        for entry in self.head.entries.iter().filter(|entry| entry.has_data) {
            let Some(name) = self.file_of(entry) else { continue };
            if entry.desc == "BLOBS"
                && let Ok(list) = members.open(&name)
                && let Ok(objects) = read_objects(BufReader::new(list))
            {
                known.extend(objects.into_iter().map(|(_, file)| file));
            }
            known.insert(name.into_owned());
        }
        members.others(&known)
    }

    /// Whether the data of an entry is missing where it should be.
    pub(in crate::postgres) fn lacks(&self, entry: &TocEntry) -> bool {
        match &self.data {
            Data::Members(members) => {
                self.file_of(entry).is_some_and(|name| members.find(&name).is_none())
            }
            Data::Blocks(_) | Data::Forward(_) => false,
        }
    }

    fn file_of<'a>(&self, entry: &'a TocEntry) -> Option<Cow<'a, str>> {
        file_of(&self.head, entry)
    }

    /// Opens the rows of an entry.
    pub(in crate::postgres) fn rows(&self, entry: &TocEntry) -> Result<Rows> {
        match &self.data {
            Data::Blocks(blocks) => {
                let (bytes, at) = self.at_block(blocks, entry)?;
                let reader = BlockReader::open(bytes, at, self.head.format, entry.id)?;
                Ok(Rows::of_block(reader, at))
            }
            Data::Members(members) => {
                let name = self.file_of(entry).ok_or_else(no_data)?;
                Ok(Rows::of_file(members.open(&name)?))
            }
            Data::Forward(forward) => forward.rows(entry),
        }
    }

    /// Opens the large objects of an entry.
    pub(in crate::postgres) fn objects(&self, entry: &TocEntry) -> Result<Objects> {
        match &self.data {
            Data::Blocks(blocks) => {
                let (bytes, at) = self.at_block(blocks, entry)?;
                let reader = BlobsReader::open(bytes, at, self.head.format, entry.id)?;
                Ok(Objects::of_block(reader))
            }
            Data::Members(members) => {
                let name = self.file_of(entry).ok_or_else(no_data)?;
                let list = read_objects(BufReader::new(members.open(&name)?))
                    .map_err(|error| error.while_doing(format_args!("file {name}")))?;
                let members = Arc::clone(members);
                Ok(Objects::of_files(list, move |name| members.open(name)))
            }
            Data::Forward(forward) => forward.objects(entry, self.file_of(entry).as_deref()),
        }
    }

    /// Opens the file at the block of an entry.
    fn at_block(&self, blocks: &Blocks, entry: &TocEntry) -> Result<(Bytes, u64)> {
        let DataOffset::At(at) = entry.offset else { return Err(no_data()) };
        if at >= self.length {
            let text = format!("the data block should be at byte {at}, after the file's end");
            return Err(Error::new(ErrorKind::Archive, text)
                .with_hint("the archive is truncated: copy it again, or take another backup"));
        }
        let size = blocks.sizes.get(&entry.id).copied().unwrap_or(self.length);
        let stored = blocks
            .medium
            .open_at(at..at.saturating_add(size).min(self.length))
            .map_err(|error| Error::io(format_args!("reading {}", self.path.display()), error))?;
        Ok((Bytes::new(Counted { stored, read: Arc::clone(&self.read) }), at))
    }

    /// How many bytes of rows a byte of the archive holds, from a look into the largest blocks of those
    /// that are wanted. What cannot be read does not count here: loading it will tell.
    pub(in crate::postgres) fn expansion(&self, is_wanted: impl Fn(usize) -> bool) -> f64 {
        if self.head.header.codec == Codec::None || self.is_forward() {
            return 1.0;
        }
        let mut largest: Vec<(u64, &TocEntry)> = self
            .sizes
            .iter()
            .copied()
            .zip(&self.head.entries)
            .enumerate()
            .filter(|(at, (size, entry))| *size > 0 && entry.desc == "TABLE DATA" && is_wanted(*at))
            .map(|(_, one)| one)
            .collect();
        largest.sort_by_key(|(size, entry)| (std::cmp::Reverse(*size), entry.id));
        let samples = largest.iter().take(SAMPLES).filter_map(|(_, entry)| self.sample(entry));
        let (stored, raw) = samples.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        if stored > 0 { raw as f64 / stored as f64 } else { 1.0 }
    }

    fn sample(&self, entry: &TocEntry) -> Option<(u64, u64)> {
        let mut rows = self.rows(entry).ok()?;
        let raw = std::io::copy(&mut Read::take(&mut rows, SAMPLE_BYTES), &mut std::io::sink());
        Some((rows.used(), raw.ok()?))
    }
}

/// The file of an entry's data in an archive with this head. Of large objects it is the list that
/// names them: before 1.16 one for all, and in a tar file another than the entry says.
fn file_of<'a>(head: &Head, entry: &'a TocEntry) -> Option<Cow<'a, str>> {
    let minor = head.header.version.1;
    let file = entry.file.as_deref().filter(|_| entry.has_data)?;
    let is_list = |name: &str| Path::new(name).extension().is_some_and(|ending| ending == "toc");
    let own = objects_file(entry.id, minor);
    Some(match entry.desc.as_str() {
        "BLOBS" if own == ALL_OBJECTS || !is_list(file) => Cow::Owned(own),
        _ => Cow::Borrowed(file),
    })
}

fn no_data() -> Error {
    Error::new(ErrorKind::Archive, "the archive tells no place of the entry's data")
}
