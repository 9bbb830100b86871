//! The archive's head: what the backup is of, and its table of contents once the blocks have their
//! places.

use std::collections::HashSet;

use jiff::Zoned;
use jiff::tz::TimeZone;

use crate::archive::head::{default_version, encode_head};
use crate::archive::toc::{CivilTime, DataOffset, Header, TocEntry};
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::Codec;

/// Header and entries, without the places of the data.
pub(super) struct Contents {
    header: Header,
    entries: Vec<TocEntry>,
}

impl Contents {
    /// The contents of a backup that begins now.
    pub(super) fn new(
        codec: Codec,
        database: &str,
        server_version: &str,
        mut entries: Vec<TocEntry>,
    ) -> Self {
        let header = Header {
            version: default_version(codec),
            codec,
            created: local_time(&Zoned::now()),
            database: database.to_owned(),
            server_version: server_version.to_owned(),
            dumper_version: format!("dbbackup {}", env!("CARGO_PKG_VERSION")),
        };
        for entry in entries.iter_mut().filter(|entry| entry.has_data) {
            entry.offset = DataOffset::NotSet;
        }
        Self { header, entries }
    }

    /// Length of the head: its places have a fixed width, so it is known before them.
    pub(super) fn head_len(&self) -> Result<u64> {
        Ok(encode_head(&self.header, &self.entries)?.len() as u64)
    }

    /// The head with all places. Entries of rows that could not be copied are left out: an entry
    /// without its block would look complete.
    pub(super) fn encode(
        mut self,
        left_out: &HashSet<u32>,
        start_of: impl Fn(u32) -> Option<u64>,
    ) -> Result<Vec<u8>> {
        self.entries.retain(|entry| !left_out.contains(&entry.id));
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
        Contents::new(Codec::Zstd, "shop", "15.1", entries)
    }

    fn order(contents: Contents, left_out: &[u32], starts: &[(u32, u64)]) -> Result<Vec<u32>> {
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
        let contents = contents(vec![definition(1), rows(3, &[1])]);
        let place = contents.head_len().unwrap();
        let head = contents.encode(&HashSet::new(), |_| Some(u64::MAX >> 1)).unwrap();
        assert_eq!(head.len() as u64, place);
    }
}
