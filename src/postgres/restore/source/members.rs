//! The files of a directory archive, or the members of a tar archive: where each is, and how it is
//! compressed.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::Bytes;
use super::medium::{Counted, Medium, Stored};
use crate::archive::directory::{CODECS, FileReader, TOC, ending, is_archive_file};
use crate::archive::head::{Head, read_toc};
use crate::archive::tar;
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::Codec;

/// Where a file's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// The ending of its name tells.
    pub(super) codec: Codec,
    /// Bytes.
    pub(super) size: u64,
    /// Where they begin in the tar file.
    start: u64,
}

/// All files of an archive, by their names without the ending that tells the codec.
#[derive(Debug)]
pub(super) struct Members {
    path: PathBuf,
    medium: Medium,
    is_tar: bool,
    found: HashMap<String, Member>,
    /// Bytes of all files, or of the tar file.
    pub(super) length: u64,
    /// Bytes of all large objects.
    pub(super) object_bytes: u64,
    read: Arc<AtomicU64>,
}

impl Members {
    /// Looks into a folder.
    pub(super) fn of_folder(path: &Path, medium: &Medium, read: Arc<AtomicU64>) -> Result<Self> {
        let mut members = Self::new(path, (medium, false), read);
        for (name, size) in medium.files()? {
            if is_archive_file(&name) {
                members.length += size;
                members.add(&name, 0, size);
            }
        }
        if members.find(TOC).is_none() {
            let text = "this folder is no archive: it has no toc.dat";
            return Err(Error::new(ErrorKind::Archive, text)
                .with_hint("name the folder that pg_dump -Fd or dbbackup made, itself"));
        }
        Ok(members)
    }

    /// Goes through the headers of a tar file.
    pub(super) fn of_tar(path: &Path, medium: &Medium, read: Arc<AtomicU64>) -> Result<Self> {
        let mut members = Self::new(path, (medium, true), read);
        let mut file = members.file()?;
        let io = |error| Error::io(format_args!("looking at {}", path.display()), error);
        members.length = file.stored.length().map_err(io)?;
        for member in tar::index(file)? {
            // Some tars put the folder itself in front.
            members.add(member.name.trim_start_matches("./"), member.at, member.size);
        }
        if members.find(TOC).is_none() {
            let text = "this tar file is no archive: it has no toc.dat";
            return Err(Error::new(ErrorKind::Archive, text)
                .with_hint("check that the right file was named"));
        }
        Ok(members)
    }

    fn new(path: &Path, (medium, is_tar): (&Medium, bool), read: Arc<AtomicU64>) -> Self {
        let (path, medium, found) = (path.to_owned(), medium.clone(), HashMap::new());
        Self { path, medium, is_tar, found, length: 0, object_bytes: 0, read }
    }

    /// Where a name is there with several endings, the one counts that PostgreSQL tries first.
    fn add(&mut self, name: &str, start: u64, size: u64) {
        let (bare, codec) = split_ending(name);
        if bare.starts_with("blob_") {
            self.object_bytes += size;
        }
        let member = Member { codec, size, start };
        let rank = |codec: Codec| CODECS.iter().position(|other| *other == codec);
        match self.found.entry(bare.to_owned()) {
            Entry::Vacant(place) => {
                place.insert(member);
            }
            Entry::Occupied(mut place) if rank(codec) < rank(place.get().codec) => {
                place.insert(member);
            }
            Entry::Occupied(_) => {}
        }
    }

    /// The file of this name.
    pub(super) fn find(&self, bare: &str) -> Option<&Member> {
        self.found.get(bare)
    }

    /// Whether they are members of a tar file.
    pub(super) fn is_tar(&self) -> bool {
        self.is_tar
    }

    /// The whole name of a file, and where it begins.
    pub(super) fn locate(&self, name: &str) -> (String, u64) {
        let (bare, _) = split_ending(name);
        match self.find(bare) {
            Some(member) => (format!("{bare}{}", ending(member.codec)), member.start),
            None => (name.to_owned(), 0),
        }
    }

    /// The files that are not among these.
    pub(super) fn others(&self, known: &HashSet<String>) -> Vec<String> {
        let others = self.found.iter().filter(|(bare, _)| !known.contains(bare.as_str()));
        others.map(|(bare, member)| format!("{bare}{}", ending(member.codec))).collect()
    }

    /// Opens the file of this name.
    pub(super) fn open(&self, bare: &str) -> Result<FileReader<Bytes>> {
        let Some(member) = self.find(bare) else {
            let text = format!("file {bare} is missing from {}", self.path.display());
            return Err(Error::new(ErrorKind::Archive, text)
                .with_hint("the archive is incomplete: copy it again, or take another backup"));
        };
        let name = format!("file {bare}{}", ending(member.codec));
        let bytes: Bytes = if self.is_tar {
            let range = member.start..member.start.saturating_add(member.size);
            let stored = self.medium.open_at(range).map_err(|error| {
                Error::io(format_args!("reading {}", self.path.display()), error)
            })?;
            Bytes::new(self.counted(stored).take(member.size))
        } else {
            let name = format!("{bare}{}", ending(member.codec));
            let stored = self.medium.open_file(&name, member.size).map_err(|error| {
                Error::io(format_args!("opening {}", self.path.join(&name).display()), error)
            })?;
            Bytes::new(self.counted(stored))
        };
        FileReader::open(bytes, member.codec, &name)
    }

    /// Reads the table of contents.
    pub(super) fn head(&self) -> Result<Head> {
        read_toc(&mut BufReader::new(self.open(TOC)?))
    }

    fn file(&self) -> Result<Counted> {
        let stored = self
            .medium
            .open()
            .map_err(|error| Error::io(format_args!("opening {}", self.path.display()), error))?;
        Ok(self.counted(stored))
    }

    fn counted(&self, stored: Stored) -> Counted {
        Counted { stored, read: Arc::clone(&self.read) }
    }
}

/// The name without the ending that tells the codec.
pub(super) fn split_ending(name: &str) -> (&str, Codec) {
    let compressed = CODECS.into_iter().filter(|codec| *codec != Codec::None);
    let mut found = compressed.filter_map(|codec| Some((name.strip_suffix(ending(codec))?, codec)));
    found.next().unwrap_or((name, Codec::None))
}
