//! Where the bytes of an archive are: a file or a folder of this machine, or objects in a store, of
//! which only the ranges that are asked for are fetched.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio_util::sync::CancellationToken;

use crate::archive::directory::TOC;
use crate::error::{Error, Result};
use crate::model::location::{BucketLocation, Location};
use crate::storage::{Input, Key, Link, list_all};

/// Where an archive is.
#[derive(Debug, Clone)]
pub(super) enum Medium {
    /// A file, or a folder.
    Path(PathBuf),
    /// One object of this length.
    Object(Link, Key, u64),
    /// Several objects.
    Objects(Link),
}

/// Where a path leads.
pub(super) fn at(path: &Path, give_up: &CancellationToken) -> Result<Medium> {
    if Location::is_url(path) { find(path, give_up) } else { Ok(Medium::Path(path.to_owned())) }
}

/// What is at a place in object storage.
fn find(path: &Path, give_up: &CancellationToken) -> Result<Medium> {
    let bucket = match Location::parse(path) {
        Ok(Location::Folder(path)) => return Ok(Medium::Path(path)),
        Ok(Location::Bucket(bucket)) => bucket,
        Err(error) => return Err(Error::usage(error.to_string())),
    };
    if let Some(object) = object(&bucket, give_up)? {
        return Ok(object);
    }
    let link = Link::open(&Location::Bucket(bucket), give_up.clone())?;
    let toc = Key::new(TOC)?;
    let found = link.call(|store| async move {
        let under = store.list(&crate::storage::Listing::default()).await?;
        Ok(!under.objects.is_empty() || store.head(&toc).await?.is_some())
    })?;
    if found {
        return Ok(Medium::Objects(link));
    }
    let nothing = io::Error::from(io::ErrorKind::NotFound);
    Err(Error::io(format_args!("opening {}", path.display()), nothing)
        .with_hint("check the bucket and the name"))
}

fn object(bucket: &BucketLocation, give_up: &CancellationToken) -> Result<Option<Medium>> {
    let Some((around, name)) = bucket.split_last() else { return Ok(None) };
    let link = Link::open(&Location::Bucket(around), give_up.clone())?;
    let key = Key::new(name)?;
    let looked = key.clone();
    let found = link.call(|store| async move { store.head(&looked).await })?;
    Ok(found.map(|meta| Medium::Object(link, key, meta.size)))
}

impl Medium {
    /// Whether it is several files.
    pub(super) fn is_folder(&self) -> Result<bool> {
        match self {
            Self::Path(path) => {
                let opening = |error| Error::io(format_args!("opening {}", path.display()), error);
                Ok(fs::metadata(path).map_err(opening)?.is_dir())
            }
            Self::Object(..) => Ok(false),
            Self::Objects(_) => Ok(true),
        }
    }

    /// The names and sizes of its files.
    pub(super) fn files(&self) -> Result<Vec<(String, u64)>> {
        match self {
            Self::Path(path) => files_in(path),
            Self::Object(..) => Ok(Vec::new()),
            Self::Objects(link) => {
                let found = link.call(|store| async move { list_all(&*store, None).await })?;
                Ok(found.into_iter().map(|meta| (meta.key.to_string(), meta.size)).collect())
            }
        }
    }

    /// Opens the file that it is.
    pub(super) fn open(&self) -> io::Result<Stored> {
        match self {
            Self::Path(path) => File::open(path).map(Stored::File),
            Self::Object(link, key, length) => {
                Ok(Stored::Object(Box::new(link.input(key.clone(), *length))))
            }
            Self::Objects(_) => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    /// Opens the file that it is, of which no byte out of the range will be asked for.
    pub(super) fn open_at(&self, range: Range<u64>) -> io::Result<Stored> {
        match self.open()? {
            Stored::File(mut file) => {
                file.seek(SeekFrom::Start(range.start))?;
                Ok(Stored::File(file))
            }
            Stored::Object(input) => Ok(Stored::Object(Box::new(input.within(range)))),
        }
    }

    /// Opens one of its files, which has this length.
    pub(super) fn open_file(&self, name: &str, length: u64) -> io::Result<Stored> {
        match self {
            Self::Path(path) => File::open(path.join(name)).map(Stored::File),
            Self::Object(..) => Err(io::ErrorKind::NotADirectory.into()),
            Self::Objects(link) => {
                let key = Key::new(name).map_err(io::Error::other)?;
                Ok(Stored::Object(Box::new(link.input(key, length))))
            }
        }
    }
}

/// Links are followed.
fn files_in(path: &Path) -> Result<Vec<(String, u64)>> {
    let listing = |error| Error::io(format_args!("listing {}", path.display()), error);
    let mut files = Vec::new();
    for file in fs::read_dir(path).map_err(listing)? {
        let file = file.map_err(listing)?;
        // The files of an archive have plain names.
        let Ok(name) = file.file_name().into_string() else { continue };
        let facts = match fs::metadata(file.path()) {
            Ok(facts) => facts,
            // Whatever it is, it matters only where it is part of the archive.
            Err(_) if !crate::archive::directory::is_archive_file(&name) => continue,
            Err(error) => {
                let doing = format!("looking at {}", file.path().display());
                return Err(Error::io(doing, error));
            }
        };
        files.push((name, facts.len()));
    }
    Ok(files)
}

/// A file or an object, read at random.
#[derive(Debug)]
pub(super) enum Stored {
    File(File),
    Object(Box<Input>),
}

impl Stored {
    /// Bytes of the whole.
    pub(super) fn length(&mut self) -> io::Result<u64> {
        match self {
            Self::File(file) => Ok(file.metadata()?.len()),
            Self::Object(input) => {
                let at = input.stream_position()?;
                let end = input.seek(SeekFrom::End(0))?;
                input.seek(SeekFrom::Start(at))?;
                Ok(end)
            }
        }
    }
}

impl Read for Stored {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buf),
            Self::Object(input) => input.read(buf),
        }
    }
}

impl Seek for Stored {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Object(input) => input.seek(to),
        }
    }
}

/// What is stored, with a count of the bytes that are read.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) stored: Stored,
    pub(super) read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.stored.read(buf)?;
        self.read.fetch_add(read as u64, Relaxed);
        Ok(read)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.stored.seek(to)
    }
}
