//! The archive's head: what the backup is of, and its table of contents once the blocks have their
//! places.

use std::collections::{HashMap, HashSet};

use jiff::Zoned;
use jiff::tz::TimeZone;

use crate::archive::head::{DataFormat, Head, encode_head, encode_toc};
use crate::archive::toc::{CivilTime, DataOffset, Header, TocEntry};
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::Codec;

/// Header and entries, without the places of the data.
#[derive(Debug)]
pub(super) struct Contents {
    header: Header,
    entries: Vec<TocEntry>,
    positions: HashMap<u32, usize>,
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
    pub(super) fn new(origin: &Origin<'_>, mut entries: Vec<TocEntry>) -> Self {
        let header = Header {
            version: origin.version,
            codec: origin.codec,
            created: local_time(&Zoned::now()),
            database: origin.database.to_owned(),
            server_version: origin.server_version.to_owned(),
            dumper_version: format!("dbbackup {}", env!("CARGO_PKG_VERSION")),
        };
        for entry in entries.iter_mut().filter(|entry| entry.has_data) {
            entry.offset = DataOffset::NotSet;
        }
        let positions = entries.iter().enumerate().map(|(at, entry)| (entry.id, at)).collect();
        Self { header, entries, positions }
    }

    /// Minor number of the archive's version.
    pub(super) fn minor(&self) -> u8 {
        self.header.version.1
    }

    /// The entries with data, in archive order.
    pub(super) fn with_data(&self) -> Vec<u32> {
        self.entries.iter().filter(|entry| entry.has_data).map(|entry| entry.id).collect()
    }

    /// What the data of an entry is made of.
    pub(super) fn data_of(&self, id: u32) -> Result<Data> {
        self.entry(id).filter(|entry| entry.has_data).map(Data::of).ok_or_else(|| {
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
        self.positions.get(&id).and_then(|at| self.entries.get(*at))
    }

    /// Names the files of the data.
    pub(super) fn name_files(&mut self, name: impl Fn(&TocEntry, Data) -> String) {
        for entry in self.entries.iter_mut().filter(|entry| entry.has_data) {
            entry.file = Some(name(entry, Data::of(entry)));
        }
    }

    /// The head without any place, as a stream has it; as long as the one with all places, which have
    /// a fixed width.
    pub(super) fn encode_stream(&self) -> Result<Vec<u8>> {
        encode_head(&self.header, &self.entries)
    }

    /// The head with all places. Entries whose data could not be copied are left out: an entry
    /// without its block would look complete.
    pub(super) fn encode(
        &mut self,
        left_out: &HashSet<u32>,
        start_of: impl Fn(u32) -> Option<u64>,
    ) -> Result<Vec<u8>> {
        self.leave_out(left_out);
        for entry in self.entries.iter_mut().filter(|entry| entry.has_data) {
            let start = start_of(entry.id).ok_or_else(|| {
                let text = format!("the rows of {} have no place in the archive", entry.tag);
                Error::new(ErrorKind::Internal, text)
            })?;
            entry.offset = DataOffset::At(start);
        }
        follow_the_file(&mut self.entries);
        encode_head(&self.header, &self.entries)
    }

    /// The `toc.dat` of a directory or tar archive.
    pub(super) fn encode_toc(&self) -> Result<Vec<u8>> {
        encode_toc(&self.header, &self.entries)
    }

    /// Takes entries out. What was asked of single entries before cannot be asked any more.
    pub(super) fn leave_out(&mut self, left_out: &HashSet<u32>) {
        self.positions.clear();
        self.entries.retain(|entry| !left_out.contains(&entry.id));
    }

    /// As a reader of the archive would have it. Nothing stays here: there may be very many entries.
    pub(super) fn take_head(&mut self) -> Head {
        self.positions.clear();
        Head {
            header: self.header.clone(),
            entries: std::mem::take(&mut self.entries),
            data_start: 0,
            format: DataFormat::new(self.header.codec),
            warnings: Vec::new(),
        }
    }
}

/// Brings the entries of rows into the order of their blocks, which lets a reader take the archive
/// from a pipe, and tells it how large each block is. Without harm only where no rows need others
/// before them.
fn follow_the_file(entries: &mut [TocEntry]) {
    let data: HashSet<u32> =
        entries.iter().filter(|entry| entry.has_data).map(|entry| entry.id).collect();
    let definitions = entries.iter().any(|entry| entry.desc == "TABLE");
    let ordered = |entry: &TocEntry| entry.dependencies.iter().any(|id| data.contains(id));
    if !definitions || entries.iter().any(|entry| entry.has_data && ordered(entry)) {
        return;
    }
    let slots: Vec<usize> = (0..entries.len())
        .filter(|slot| entries.get(*slot).is_some_and(|entry| entry.has_data))
        .collect();
    let mut rows: Vec<TocEntry> =
        entries.iter_mut().filter(|entry| entry.has_data).map(std::mem::take).collect();
    rows.sort_by_key(|entry| match entry.offset {
        DataOffset::At(start) => start,
        DataOffset::NotSet | DataOffset::NoData => u64::MAX,
    });
    for (slot, entry) in slots.into_iter().zip(rows) {
        if let Some(place) = entries.get_mut(slot) {
            *place = entry;
        }
    }
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
        Contents::new(&origin, entries)
    }

    fn order(mut contents: Contents, left_out: &[u32], starts: &[(u32, u64)]) -> Result<Vec<u32>> {
        let start_of = |id| starts.iter().find(|(at, _)| *at == id).map(|(_, start)| *start);
        let head = contents.encode(&left_out.iter().copied().collect(), start_of)?;
        let head = crate::archive::head::read_head(&mut std::io::Cursor::new(head))?;
        Ok(head.entries.iter().map(|entry| entry.id).collect())
    }

    #[test]
    fn rows_follow_the_order_of_their_blocks_in_their_own_slots() {
        let entries = vec![definition(1), definition(2), rows(3, &[1]), rows(4, &[2])];
        assert_eq!(order(contents(entries), &[], &[(3, 900), (4, 500)]).unwrap(), [1, 2, 4, 3]);
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
        let place = contents.encode_stream().unwrap().len();
        let head = contents.encode(&HashSet::new(), |_| Some(u64::MAX >> 1)).unwrap();
        assert_eq!(head.len(), place);
    }
}
