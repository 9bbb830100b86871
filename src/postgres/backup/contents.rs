//! The archive's head: what the backup is of, and its table of contents once the blocks have their
//! places.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Zoned;
use jiff::tz::TimeZone;

use crate::archive::head::{
    self, DataFormat, Head, PackedEntries, TextWriter, is_special, write_head, write_toc,
};
use crate::archive::kind::is_of_database;
use crate::archive::script::{self, Chosen};
use crate::archive::toc::{CivilTime, DataOffset, Header, TocEntry};
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::Codec;

/// Header and entries, without the places of the data.
#[derive(Debug)]
pub(super) struct Contents {
    header: Header,
    text: TextWriter,
    entries: PackedEntries,
    /// The entries that tell how to read the others.
    special: Vec<TocEntry>,
    /// The entries with data, in the order in which they stand among the others.
    data: Vec<TocEntry>,
    positions: HashMap<u32, usize>,
    /// How many definitions of each kind come along.
    kinds: BTreeMap<String, u64>,
}

/// What an entry's data is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Data {
    Rows,
    /// Large objects.
    Objects,
}

impl Data {
    fn of(entry: &TocEntry) -> Self {
        if entry.desc == "BLOBS" { Self::Objects } else { Self::Rows }
    }
}

/// What the archive is of.
#[derive(Debug)]
pub(super) struct Origin<'a> {
    pub(super) version: (u8, u8, u8),
    pub(super) codec: Codec,
    pub(super) database: &'a str,
    pub(super) server_version: &'a str,
}

impl Contents {
    /// The contents of a backup that begins now.
    pub(super) fn new(origin: &Origin<'_>, entries: PackedEntries) -> Result<Self> {
        let header = Header {
            version: origin.version,
            codec: origin.codec,
            created: local_time(&Zoned::now()),
            database: origin.database.to_owned(),
            server_version: origin.server_version.to_owned(),
            dumper_version: format!("dbbackup {}", env!("CARGO_PKG_VERSION")),
        };
        // Those that tell how to read the others stand at the beginning.
        let special: Vec<TocEntry> = entries.iter().take(SPECIAL).collect::<Result<_>>()?;
        let (mut data, mut kinds) = (Vec::new(), BTreeMap::<String, u64>::new());
        for entry in entries.iter() {
            let mut entry = entry?;
            if entry.has_data {
                entry.offset = DataOffset::NotSet;
                data.push(entry);
            } else if !is_special(&entry) {
                *kinds.entry(entry.desc).or_default() += 1;
            }
        }
        let positions = data.iter().enumerate().map(|(at, entry)| (entry.id, at)).collect();
        let text = TextWriter::of(&special);
        let special = special.into_iter().filter(is_special).collect();
        Ok(Self { header, text, entries, special, data, positions, kinds })
    }

    /// How many definitions of each kind there are.
    pub(super) fn kinds(&self) -> BTreeMap<String, u64> {
        self.kinds.clone()
    }

    /// Minor number of the archive's version.
    pub(super) fn minor(&self) -> u8 {
        self.header.version.1
    }

    /// The entries with data, in archive order.
    pub(super) fn with_data(&self) -> Vec<u32> {
        self.data.iter().map(|entry| entry.id).collect()
    }

    /// What the data of an entry is made of.
    pub(super) fn data_of(&self, id: u32) -> Result<Data> {
        self.entry(id).map(Data::of).ok_or_else(|| {
            Error::new(ErrorKind::Internal, format!("the archive has no entry {id} with data"))
        })
    }

    /// The data of an entry in words.
    pub(super) fn name_of(&self, id: u32) -> String {
        match self.entry(id) {
            Some(entry) if Data::of(entry) == Data::Objects => {
                "a group of large objects".to_owned()
            }
            Some(TocEntry { tag, namespace: Some(schema), .. }) => {
                format!("the rows of {schema}.{tag}")
            }
            Some(entry) => format!("the rows of {}", entry.tag),
            None => format!("the rows of entry {id}"),
        }
    }

    fn entry(&self, id: u32) -> Option<&TocEntry> {
        self.positions.get(&id).and_then(|at| self.data.get(*at))
    }

    /// Names the files of the data.
    pub(super) fn name_files(&mut self, name: impl Fn(&TocEntry, Data) -> String) {
        for entry in &mut self.data {
            entry.file = Some(name(entry, Data::of(entry)));
        }
    }

    /// How long the head is: with places or without, as these have a fixed width.
    pub(super) fn head_length(&self) -> Result<u64> {
        let mut length = 0;
        let count = |bytes: &[u8]| {
            length += bytes.len() as u64;
            Ok(())
        };
        self.write_head(count)?;
        Ok(length)
    }

    /// The head with the places that are known; a stream's has none.
    pub(super) fn write_head(&self, out: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        write_head(self.form(), self.all(), out)
    }

    /// Sets all places. Entries whose data could not be copied are left out: an entry without its
    /// block would look complete.
    pub(super) fn place(
        &mut self,
        left_out: &HashSet<u32>,
        start_of: impl Fn(u32) -> Option<u64>,
    ) -> Result<()> {
        self.leave_out(left_out);
        for entry in &mut self.data {
            let start = start_of(entry.id).ok_or_else(|| {
                let text = format!("the rows of {} have no place in the archive", entry.tag);
                Error::new(ErrorKind::Internal, text)
            })?;
            entry.offset = DataOffset::At(start);
        }
        if self.kinds.contains_key("TABLE") && follow_the_file(&mut self.data) {
            self.make_large_objects_first()?;
        }
        Ok(())
    }

    /// Brings the entries that make large objects before all rows: what is in the objects may stand
    /// before any of the rows now, and readers go by the order.
    fn make_large_objects_first(&mut self) -> Result<()> {
        let is_one = |entry: &TocEntry| entry.desc == MAKES_LARGE_OBJECTS;
        if !self.kinds.contains_key(MAKES_LARGE_OBJECTS) {
            return Ok(());
        }
        let is_wanted = |entry: &Result<TocEntry>| entry.as_ref().map_or(true, is_one);
        let mut ahead: Vec<TocEntry> =
            self.entries.iter().filter(is_wanted).collect::<Result<_>>()?;
        let mut ordered = PackedEntries::default();
        for entry in self.entries.iter() {
            let entry = entry?;
            if is_one(&entry) {
                continue;
            }
            if entry.has_data {
                for entry in ahead.drain(..) {
                    ordered.push(entry)?;
                }
            }
            ordered.push(entry)?;
        }
        for entry in ahead {
            ordered.push(entry)?;
        }
        self.entries = ordered;
        Ok(())
    }

    /// The `toc.dat` of a directory or tar archive.
    pub(super) fn write_toc(&self, out: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        write_toc(self.form(), self.all(), out)
    }

    /// How long the `toc.dat` is.
    pub(super) fn toc_length(&self) -> Result<u64> {
        let mut length = 0;
        let count = |bytes: &[u8]| {
            length += bytes.len() as u64;
            Ok(())
        };
        self.write_toc(count)?;
        Ok(length)
    }

    /// Takes entries out. What was asked of single entries before cannot be asked any more.
    pub(super) fn leave_out(&mut self, left_out: &HashSet<u32>) {
        self.positions.clear();
        self.data.retain(|entry| !left_out.contains(&entry.id));
        self.entries.leave_out(left_out.iter().copied());
    }

    /// As a reader of the archive would have it, but only with the entries that tell how to read the
    /// others: of these there may be very many.
    pub(super) fn head(&self) -> Head {
        Head {
            header: self.header.clone(),
            entries: self.special.clone(),
            data_start: 0,
            format: DataFormat::new(self.header.codec),
            warnings: Vec::new(),
        }
    }

    /// The entries of a script; those of the database itself only where they are asked for.
    pub(super) fn of_script(&self, with_database: bool) -> OfScript<'_> {
        OfScript { contents: self, with_database }
    }

    fn form(&self) -> head::Contents<'_> {
        head::Contents { header: &self.header, text: &self.text, count: self.entries.len() }
    }

    /// Every entry; those with data in their own order, in the slots of such entries.
    fn all(&self) -> impl Iterator<Item = Result<TocEntry>> {
        filled(self.entries.iter(), self.data.iter())
    }

    /// The same, the last first.
    fn all_back(&self) -> impl Iterator<Item = Result<TocEntry>> {
        filled(self.entries.iter_back(), self.data.iter().rev())
    }
}

/// Entries, those with data replaced by others in turn.
fn filled<'a>(
    entries: impl Iterator<Item = Result<TocEntry>>,
    mut data: impl Iterator<Item = &'a TocEntry>,
) -> impl Iterator<Item = Result<TocEntry>> {
    entries.map(move |entry| match entry {
        Ok(entry) if entry.has_data => Ok(data.next().cloned().unwrap_or(entry)),
        other => other,
    })
}

/// The entries of a script.
#[derive(Debug, Clone, Copy)]
pub(super) struct OfScript<'c> {
    contents: &'c Contents,
    with_database: bool,
}

impl<'c> OfScript<'c> {
    fn choose(self, entries: impl Iterator<Item = Result<TocEntry>> + 'c) -> script::Coming<'c> {
        let wants = move |entry: &TocEntry| {
            !is_special(entry) && (self.with_database || !is_of_database(entry))
        };
        let wanted = entries.filter(move |entry| entry.as_ref().map_or(true, wants));
        Box::new(wanted.map(|entry| entry.map(Chosen::whole_of)))
    }
}

impl<'c> script::Entries<'c> for OfScript<'c> {
    fn forward(&self) -> script::Coming<'c> {
        self.choose(self.contents.all())
    }

    fn backward(&self) -> script::Coming<'c> {
        self.choose(self.contents.all_back())
    }
}

/// The entries of archives from 1.16 on that make large objects, before their data.
const MAKES_LARGE_OBJECTS: &str = "BLOB METADATA";
/// How many entries may stand before the first that is an object.
const SPECIAL: usize = 3;

/// Brings the entries of rows into the order of their blocks, which lets a reader take the archive
/// from a pipe, and tells it how large each block is. Without harm only where no rows need others
/// before them: says whether it was done.
fn follow_the_file(data: &mut [TocEntry]) -> bool {
    let ids: HashSet<u32> = data.iter().map(|entry| entry.id).collect();
    if data.iter().flat_map(|entry| &entry.dependencies).any(|id| ids.contains(id)) {
        return false;
    }
    data.sort_by_key(|entry| match entry.offset {
        DataOffset::At(start) => start,
        DataOffset::NotSet | DataOffset::NoData => u64::MAX,
    });
    true
}

fn local_time(now: &Zoned) -> CivilTime {
    let dst = TimeZone::to_offset_info(now.time_zone(), now.timestamp()).dst().is_dst();
    CivilTime {
        year: now.year().into(),
        month: now.month().into(),
        day: now.day().into(),
        hour: now.hour().into(),
        minute: now.minute().into(),
        second: now.second().into(),
        is_dst: dst.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::spec::Section;

    fn rows(id: u32, dependencies: &[u32]) -> TocEntry {
        TocEntry {
            id,
            has_data: true,
            tag: format!("t{id}"),
            desc: "TABLE DATA".into(),
            section: Some(Section::Data),
            dependencies: dependencies.to_vec(),
            ..TocEntry::default()
        }
    }

    fn definition(id: u32) -> TocEntry {
        TocEntry {
            id,
            tag: format!("t{id}"),
            desc: "TABLE".into(),
            section: Some(Section::PreData),
            ..TocEntry::default()
        }
    }

    fn contents(entries: Vec<TocEntry>) -> Contents {
        let origin = Origin {
            version: (1, 16, 0),
            codec: Codec::Zstd,
            database: "shop",
            server_version: "15.1",
        };
        let mut packed = PackedEntries::default();
        for entry in entries {
            packed.push(entry).unwrap();
        }
        Contents::new(&origin, packed).unwrap()
    }

    fn head(contents: &Contents) -> Vec<u8> {
        let mut bytes = Vec::new();
        let keep = |piece: &[u8]| {
            bytes.extend_from_slice(piece);
            Ok(())
        };
        contents.write_head(keep).unwrap();
        bytes
    }

    fn order(mut contents: Contents, left_out: &[u32], starts: &[(u32, u64)]) -> Result<Vec<u32>> {
        let start_of = |id| starts.iter().find(|(at, _)| *at == id).map(|(_, start)| *start);
        contents.place(&left_out.iter().copied().collect(), start_of)?;
        let head = crate::archive::head::read_head(&mut std::io::Cursor::new(head(&contents)))?;
        Ok(head.entries.iter().map(|entry| entry.id).collect())
    }

    #[test]
    fn rows_follow_the_order_of_their_blocks_in_their_own_slots() {
        let entries = vec![definition(1), definition(2), rows(3, &[1]), rows(4, &[2])];
        assert_eq!(order(contents(entries), &[], &[(3, 900), (4, 500)]).unwrap(), [1, 2, 4, 3]);
    }

    #[test]
    fn large_objects_are_made_before_what_is_in_them_wherever_that_stands() {
        let made = TocEntry {
            section: Some(Section::Data),
            desc: MAKES_LARGE_OBJECTS.into(),
            ..definition(5)
        };
        let inside = TocEntry { desc: "BLOBS".into(), ..rows(6, &[5]) };
        let entries = || vec![definition(1), rows(3, &[1]), made.clone(), inside.clone()];
        let starts = |rows, inside| [(3, rows), (6, inside)];
        assert_eq!(order(contents(entries()), &[], &starts(900, 100)).unwrap(), [1, 5, 6, 3]);
        assert_eq!(order(contents(entries()), &[], &starts(100, 900)).unwrap(), [1, 5, 3, 6]);
    }

    #[test]
    fn rows_that_need_others_first_keep_their_order() {
        let entries = vec![definition(1), rows(3, &[1]), rows(4, &[3])];
        assert_eq!(order(contents(entries), &[], &[(3, 900), (4, 500)]).unwrap(), [1, 3, 4]);
        let data_only = vec![rows(3, &[]), rows(4, &[])];
        assert_eq!(order(contents(data_only), &[], &[(3, 900), (4, 500)]).unwrap(), [3, 4]);
    }

    #[test]
    fn rows_without_a_place_are_left_out_by_name_or_an_error() {
        let entries = || vec![definition(1), rows(3, &[1]), rows(4, &[1])];
        assert_eq!(order(contents(entries()), &[3], &[(4, 500)]).unwrap(), [1, 4]);
        let error = order(contents(entries()), &[], &[(4, 500)]).unwrap_err();
        assert!(error.to_string().contains("rows of t3"), "{error}");
    }

    #[test]
    fn the_head_is_never_longer_than_the_place_left_for_it() {
        let mut contents = contents(vec![definition(1), rows(3, &[1])]);
        let room = contents.head_length().unwrap();
        contents.place(&HashSet::new(), |_| Some(u64::MAX >> 1)).unwrap();
        assert_eq!(head(&contents).len() as u64, room);
    }
}
