//! Very many entries in little memory: as an archive has them, compressed in chunks. SQL of one schema
//! repeats itself, so that this is a tenth of what the entries take as values.

use std::collections::HashSet;

use super::Places;
use super::read::read_entry;
use super::text::TextWriter;
use super::write::put_entry;
use crate::archive::toc::TocEntry;
use crate::error::{Error, ErrorKind, Result};

/// Bytes of entries that are compressed together.
const CHUNK: usize = 256 << 10;
/// Fast, and good enough for what repeats itself.
const LEVEL: i32 = 1;

/// Entries in archive order, without the places of their data.
#[derive(Debug, Clone, Default)]
pub struct PackedEntries {
    items: Vec<Item>,
    dependencies: Vec<u32>,
    chunks: Vec<Box<[u8]>>,
    /// The end, which is not compressed yet.
    open: Vec<u8>,
    left_out: HashSet<u32>,
    with_data: bool,
}

#[derive(Debug, Clone, Copy)]
struct Item {
    id: u32,
    /// Where its dependencies end in the list of all.
    needs_end: usize,
    /// The first one of a chunk.
    begins: bool,
}

impl PackedEntries {
    /// Adds an entry behind the others.
    pub fn push(&mut self, mut entry: TocEntry) -> Result<()> {
        let begins = self.open.is_empty();
        self.with_data |= entry.has_data;
        self.dependencies.append(&mut entry.dependencies);
        self.items.push(Item { id: entry.id, needs_end: self.dependencies.len(), begins });
        put_entry(&mut self.open, &entry, &TextWriter::of(&[]), (16, Places::Files))?;
        if self.open.len() >= CHUNK {
            let packed = zstd::bulk::compress(&self.open, LEVEL);
            self.chunks.push(packed.map_err(|error| broken("packing", error))?.into());
            self.open.clear();
        }
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ids().count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids().next().is_none()
    }

    /// Whether data belongs to any.
    pub fn have_data(&self) -> bool {
        self.with_data
    }

    /// Their dump ids.
    pub fn ids(&self) -> impl Iterator<Item = u32> {
        self.items.iter().map(|item| item.id).filter(|id| !self.left_out.contains(id))
    }

    /// Leaves entries out from now on.
    pub fn leave_out(&mut self, ids: impl IntoIterator<Item = u32>) {
        self.left_out.extend(ids);
    }

    /// Replaces the dependencies: `of` is given the place of each entry, its dump id and what it has,
    /// and adds what it shall have.
    pub fn set_dependencies(&mut self, mut of: impl FnMut(usize, u32, &[u32], &mut Vec<u32>)) {
        let mut new = Vec::with_capacity(self.dependencies.len());
        let mut start = 0;
        for (place, item) in self.items.iter_mut().enumerate() {
            let old = self.dependencies.get(start..item.needs_end).unwrap_or_default();
            start = item.needs_end;
            of(place, item.id, old, &mut new);
            item.needs_end = new.len();
        }
        new.shrink_to_fit();
        self.dependencies = new;
    }

    /// The entries one by one.
    pub fn iter(&self) -> impl Iterator<Item = Result<TocEntry>> {
        Unpacked { packed: self, item: 0, needs: 0, chunk: 0, bytes: Vec::new(), at: 0 }
            .filter(|entry| entry.as_ref().map_or(true, |e| !self.left_out.contains(&e.id)))
    }
}

struct Unpacked<'p> {
    packed: &'p PackedEntries,
    item: usize,
    needs: usize,
    /// The chunk that comes next.
    chunk: usize,
    bytes: Vec<u8>,
    at: usize,
}

impl Unpacked<'_> {
    fn take(&mut self, item: Item) -> Result<TocEntry> {
        if item.begins {
            self.bytes = match self.packed.chunks.get(self.chunk) {
                // An entry may be much longer than a chunk should be.
                Some(chunk) => zstd::stream::decode_all(&**chunk)
                    .map_err(|error| broken("unpacking", error))?,
                None => self.packed.open.clone(),
            };
            (self.chunk, self.at) = (self.chunk + 1, 0);
        }
        let mut rest = self.bytes.get(self.at..).unwrap_or_default();
        let before = rest.len();
        let mut entry = read_entry(&mut rest)?;
        self.at += before - rest.len();
        let needs = self.packed.dependencies.get(self.needs..item.needs_end);
        entry.dependencies = needs.unwrap_or_default().to_vec();
        self.needs = item.needs_end;
        Ok(entry)
    }
}

impl Iterator for Unpacked<'_> {
    type Item = Result<TocEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = *self.packed.items.get(self.item)?;
        self.item += 1;
        let entry = self.take(item);
        if entry.is_err() {
            self.item = usize::MAX;
        }
        Some(entry)
    }
}

fn broken(doing: &str, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Internal, format!("{doing} entries failed")).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::spec::Section;

    fn entry(id: u32) -> TocEntry {
        TocEntry {
            id,
            has_data: id.is_multiple_of(2),
            oid: id + 1,
            tag: format!("täble {id}"),
            desc: "TABLE".into(),
            section: Some(Section::PreData),
            defn: Some(format!("CREATE TABLE t{id};\n{}", "x".repeat(id as usize * 300))),
            drop_stmt: (id > 3).then(String::new),
            tablespace: Some(String::new()),
            relkind: Some('r'),
            dependencies: (0..id % 4).collect(),
            ..TocEntry::default()
        }
    }

    #[test]
    fn entries_come_back_as_they_were_over_many_chunks() {
        let entries: Vec<TocEntry> = (1..200).map(entry).collect();
        let mut packed = PackedEntries::default();
        for entry in entries.clone() {
            packed.push(entry).unwrap();
        }
        assert!(packed.chunks.len() > 5 && !packed.open.is_empty());
        let back: Vec<TocEntry> = packed.iter().collect::<Result<_>>().unwrap();
        assert_eq!(back, entries);
    }

    #[test]
    fn entries_are_left_out_and_given_other_dependencies() {
        let mut packed = PackedEntries::default();
        for id in 1..5 {
            packed.push(entry(id)).unwrap();
        }
        packed.set_dependencies(|place, id, old, new| {
            new.extend(old.iter().filter(|need| **need != 1));
            new.extend((place == 0).then_some(id + 90));
        });
        packed.leave_out([3]);
        assert_eq!((packed.len(), packed.ids().collect::<Vec<_>>()), (3, vec![1, 2, 4]));
        let back: Vec<TocEntry> = packed.iter().collect::<Result<_>>().unwrap();
        let needs: Vec<_> = back.iter().map(|entry| (entry.id, &entry.dependencies[..])).collect();
        assert_eq!(needs, [(1, &[0, 91][..]), (2, &[0][..]), (4, &[][..])]);
    }
}
