//! The contents of one archive: its table of contents, and the data of every entry, read to its end,
//! decoded, counted and hashed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;

use tokio_util::sync::CancellationToken;

use crate::archive::block;
use crate::archive::copy_text::CopyText;
use crate::archive::directory::TOC;
use crate::archive::head::{Kind, START, is_special, kind_of};
use crate::archive::primitive::into_error;
use crate::archive::row_hash::{ObjectHasher, RowHasher};
use crate::archive::tar;
use crate::archive::toc::{DataOffset, TocEntry};
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::JobEvent;
use crate::model::manifest::{DataKind, DataObject, Manifest, RowHash};
use crate::model::spec::ArchiveFormat;
use crate::model::verify::Finding;
use crate::postgres::restore::source::{Opened, Source};

use super::desk::{Desk, place_in};
use super::manifest::name_of;
use super::script;

/// As much as is decoded at once.
const BUFFER: usize = 256 << 10;

/// Reads an archive and compares it with its manifest; says what sort of archive it is. Names of files
/// begin with `around`, the folder that it lies in.
pub(super) fn check(
    desk: &Desk,
    path: &Path,
    manifest: Option<&Manifest>,
    around: &str,
) -> Result<String> {
    let opened = match Opened::open(path, &CancellationToken::new()) {
        Ok(opened) => opened,
        // Not to be taken for an archive at all, and nothing says that it was one.
        Err(error) if error.kind() != ErrorKind::Archive => return Err(error),
        Err(error) if manifest.is_none() && !looks_like_one(path) => return Err(error),
        Err(error) => {
            let what = error.chain();
            let file = if path.is_dir() {
                format!("{around}toc.dat")
            } else {
                around.to_owned() + &name_of(path)
            };
            desk.find(Finding::of(file, what.as_str()).at(place_in(&what).unwrap_or(0)));
            return Ok("archive".to_owned());
        }
    };
    match opened {
        Opened::Archive(source) => {
            let checker = Checker::new(desk, &source, manifest, around);
            checker.check()?;
            Ok(format!("{} archive", source.format.word()))
        }
        Opened::Script(found) => {
            let file = format!("{around}{}", name_of(path));
            script::check(desk, (path, &file), found.codec, manifest)?;
            Ok("plain script".to_owned())
        }
    }
}

/// Whether it begins as an archive does, or is a folder with a table of contents.
fn looks_like_one(path: &Path) -> bool {
    let mut start = [0; START];
    let read = File::open(path).and_then(|mut file| file.read(&mut start)).unwrap_or(0);
    let kind = kind_of(start.get(..read).unwrap_or_default());
    path.join(TOC).exists() || matches!(kind, Kind::Custom | Kind::Tar)
}

struct Checker<'a> {
    desk: &'a Desk,
    source: &'a Source,
    around: &'a str,
    /// What the manifest says, by dump id.
    expected: HashMap<u32, &'a DataObject>,
    manifest: Option<&'a Manifest>,
    /// Dump ids of entries whose data is damaged.
    damaged: Mutex<HashSet<u32>>,
}

impl<'a> Checker<'a> {
    fn new(
        desk: &'a Desk,
        source: &'a Source,
        manifest: Option<&'a Manifest>,
        around: &'a str,
    ) -> Self {
        let objects = manifest.map(|manifest| manifest.objects.as_slice()).unwrap_or_default();
        let there = objects.iter().filter(|object| object.missing.is_none());
        let expected = there.filter_map(|object| Some((object.entry?, object))).collect();
        Self { desk, source, around, expected, manifest, damaged: Mutex::default() }
    }

    fn check(&self) -> Result<()> {
        self.desk.keep(&self.source.head.entries);
        let mut entries: Vec<(u64, &TocEntry)> = self
            .source
            .head
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.has_data)
            .map(|(at, entry)| (self.source.sizes.get(at).copied().unwrap_or(0), entry))
            .collect();
        entries.sort_by_key(|(bytes, entry)| (std::cmp::Reverse(*bytes), entry.id));
        self.desk.emit(JobEvent::Totals {
            objects: entries.len() as u64,
            bytes: entries.iter().map(|(bytes, _)| bytes).sum(),
            rows: None,
        });
        self.compare_contents(&entries);
        self.desk.each(&entries, |reader, (bytes, entry)| self.entry(reader, *bytes, entry))?;
        match self.source.format {
            // What was given up leaves gaps; each byte is under a hash of the manifest then.
            ArchiveFormat::Custom if self.has_gaps() => Ok(()),
            ArchiveFormat::Custom => self.walk_blocks(&entries),
            ArchiveFormat::Tar => self.check_tail(),
            ArchiveFormat::Directory => {
                self.strangers();
                Ok(())
            }
            ArchiveFormat::Plain => Ok(()),
        }
    }

    fn has_gaps(&self) -> bool {
        let objects = self.manifest.iter().flat_map(|manifest| &manifest.objects);
        objects.into_iter().any(|object| object.missing.is_some())
    }

    /// Tables of contents: the archive's and the manifest's.
    fn compare_contents(&self, entries: &[(u64, &TocEntry)]) {
        let Some(manifest) = self.manifest else { return };
        let there: HashSet<u32> = entries.iter().map(|(_, entry)| entry.id).collect();
        for (id, object) in self.expected.iter().filter(|(id, _)| !there.contains(id)) {
            let text = format!("the table of contents has no entry {id} with its data");
            self.desk.find(self.toc(text).about(object.title()));
        }
        for (_, entry) in entries.iter().filter(|(_, one)| !self.expected.contains_key(&one.id)) {
            let text = format!("entry {} has data that the manifest does not know", entry.id);
            self.desk.find(self.toc(text).about(title(entry)));
        }
        // In a cluster they are counted of all databases together.
        if manifest.definitions.is_empty() {
            return;
        }
        let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
        for entry in &self.source.head.entries {
            if !entry.has_data && !is_special(entry) {
                *kinds.entry(&entry.desc).or_default() += 1;
            }
        }
        let all: HashSet<&str> =
            kinds.keys().copied().chain(manifest.definitions.keys().map(String::as_str)).collect();
        for kind in all {
            let found = kinds.get(kind).copied().unwrap_or(0);
            let written = manifest.definitions.get(kind).copied().unwrap_or(0);
            if found != written {
                let text =
                    format!("{found} definitions of kind {kind}, and {written} were written");
                self.desk.find(self.toc(text));
            }
        }
    }

    /// A finding in the table of contents.
    fn toc(&self, what: String) -> Finding {
        match self.source.format {
            ArchiveFormat::Directory => Finding::of(format!("{}toc.dat", self.around), what).at(0),
            _ => Finding::of(self.file(), what).at(0),
        }
    }

    fn file(&self) -> String {
        format!("{}{}", self.around, name_of(&self.source.path))
    }

    fn entry(&self, worker: u16, bytes: u64, entry: &TocEntry) -> Result<()> {
        let object = title(entry);
        self.desk.emit(JobEvent::ObjectStarted { worker, object: object.clone(), bytes });
        let read = if entry.desc == "BLOBS" { self.objects(entry) } else { self.rows(entry) };
        let mut rows = 0;
        match read {
            Ok(read) => {
                rows = read.map_or(0, |read| read.rows);
                self.desk.objects.fetch_add(1, Relaxed);
                self.compare(entry, read);
            }
            Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
            Err(error) => self.damaged(entry, &error.chain()),
        }
        self.desk.count_rows(rows);
        self.desk.emit(JobEvent::ObjectDone { worker, object, rows, bytes, data: true });
        Ok(())
    }

    /// Reads rows; of statements it is only known that they can be read.
    fn rows(&self, entry: &TocEntry) -> Result<Option<RowHash>> {
        let mut rows = self.source.rows(entry)?;
        if entry.copy_stmt.as_ref().is_none_or(|statement| statement.trim().is_empty()) {
            self.drain(&mut rows, |_| {})?;
            return Ok(None);
        }
        let mut hasher = RowHasher::default();
        let mut text = CopyText::new(rows);
        self.drain(&mut text, |bytes| hasher.feed(bytes))?;
        if !text.was_marked() {
            let text = "the rows end without their end mark";
            return Err(Error::new(ErrorKind::Archive, text));
        }
        Ok(Some(hasher.end()))
    }

    fn objects(&self, entry: &TocEntry) -> Result<Option<RowHash>> {
        let mut objects = self.source.objects(entry)?;
        let mut hasher = ObjectHasher::default();
        while let Some(oid) = objects.next_object()? {
            hasher.begin(oid);
            self.drain(&mut objects, |bytes| hasher.feed(bytes))?;
        }
        Ok(Some(hasher.end()))
    }

    fn drain(&self, from: &mut impl Read, mut take: impl FnMut(&[u8])) -> Result<()> {
        let mut buffer = vec![0; BUFFER];
        loop {
            let read = from.read(&mut buffer).map_err(into_error)?;
            let bytes = buffer.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                return Ok(());
            }
            take(bytes);
            self.desk.decoded(read as u64)?;
        }
    }

    fn compare(&self, entry: &TocEntry, read: Option<RowHash>) {
        let Some(expected) = self.expected.get(&entry.id) else { return };
        let Some(read) = read else {
            self.desk.note(
                "rows are INSERT statements: they were read, and not compared with the manifest; \
                 verify --restore compares them",
            );
            return;
        };
        self.desk.compared.fetch_add(1, Relaxed);
        if let Some(what) = differs(expected, read) {
            self.damaged(entry, &what);
        }
    }

    fn damaged(&self, entry: &TocEntry, what: &str) {
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.id);
        let (file, offset) = self.source.locate(entry, what, place_in(what));
        let file = format!("{}{file}", self.around);
        self.desk.find(Finding::of(file, what).at(offset).about(title(entry)));
    }

    /// Goes from block to block: each must be some entry's, and after the last the file must end.
    fn walk_blocks(&self, entries: &[(u64, &TocEntry)]) -> Result<()> {
        let path = &self.source.path;
        let opening = |error| Error::io(format!("opening {}", path.display()), error);
        let file = File::open(path).map_err(opening)?;
        let known: HashMap<u64, u32> = entries
            .iter()
            .filter_map(|(_, entry)| match entry.offset {
                DataOffset::At(at) => Some((at, entry.id)),
                _ => None,
            })
            .collect();
        match block::locate_blocks(file, &self.source.head) {
            Ok(places) => {
                for place in places {
                    if known.get(&place.start) != Some(&place.dump_id) {
                        let text = format!(
                            "the block of entry {} is where the table of contents has none",
                            place.dump_id
                        );
                        self.desk.find(Finding::of(self.file(), text).at(place.start));
                    }
                }
            }
            // What is wrong inside of an entry's data has been told with the entry.
            Err(_) if !self.lock_damaged().is_empty() => {}
            Err(error) => {
                let what = error.chain();
                let at = place_in(&what).unwrap_or(self.source.head.data_start);
                self.desk.find(Finding::of(self.file(), what).at(at));
            }
        }
        Ok(())
    }

    fn lock_damaged(&self) -> std::sync::MutexGuard<'_, HashSet<u32>> {
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Behind the last member of a tar file are zeros, and nothing else.
    fn check_tail(&self) -> Result<()> {
        let path = &self.source.path;
        let reading = |error| Error::io(format!("reading {}", path.display()), error);
        let mut file = File::open(path).map_err(reading)?;
        let members = tar::index(file.try_clone().map_err(reading)?)?;
        let end = members
            .last()
            .map_or(0, |last| last.at + last.size + tar::padding(last.size).len() as u64);
        file.seek(SeekFrom::Start(end)).map_err(reading)?;
        let (mut at, mut buffer) = (end, vec![0; BUFFER]);
        loop {
            let read = file.read(&mut buffer).map_err(reading)?;
            let bytes = buffer.get(..read).unwrap_or_default();
            if let Some(strange) = bytes.iter().position(|byte| *byte != 0) {
                let text = "something follows the end of the tar file";
                self.desk.find(Finding::of(self.file(), text).at(at + strange as u64));
                return Ok(());
            }
            at += read as u64;
            if read == 0 {
                break;
            }
        }
        if at - end < tar::END.len() as u64 {
            let text = "the tar file ends without the zeros that close it";
            self.desk.find(Finding::of(self.file(), text).at(at));
        }
        Ok(())
    }

    /// Without a manifest: files that look like parts of the archive and are not.
    fn strangers(&self) {
        if self.manifest.is_none() {
            for name in self.source.strangers() {
                let text = "the table of contents knows nothing of the file";
                self.desk.find(Finding::of(format!("{}{name}", self.around), text));
            }
        }
    }
}

/// The entry's object for people.
pub(super) fn title(entry: &TocEntry) -> String {
    match &entry.namespace {
        Some(schema) => format!("{schema}.{}", entry.tag),
        None if entry.desc == "BLOBS" => "large objects".to_owned(),
        None => entry.tag.clone(),
    }
}

/// How what was read differs from what the manifest says.
pub(super) fn differs(expected: &DataObject, read: RowHash) -> Option<String> {
    let what = match expected.kind {
        DataKind::Table => "rows",
        DataKind::LargeObjects => "large objects",
    };
    if expected.rows != read.rows {
        return Some(format!("{} {what}, and the manifest says {}", read.rows, expected.rows));
    }
    let hash = expected.hash.filter(|hash| *hash != read.content())?;
    Some(format!("{} {what} with hash {}, and the manifest says {hash}", read.rows, read.content()))
}
