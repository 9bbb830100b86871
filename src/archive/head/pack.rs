//! Very many entries in little memory: as an archive has them, compressed in chunks. SQL of one schema
//! repeats itself, so that this is a tenth of what the entries take as values.

use std::borrow::Cow;
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
    chunks: Vec<Chunk>,
    /// The end, which is not compressed yet.
    open: Vec<u8>,
    left_out: HashSet<u32>,
    with_data: bool,
}

#[derive(Debug, Clone, Copy)]
struct Item {
    id: u32,
    /// Where its dependencies end in the list of all.
    needs_end: u32,
}

#[derive(Debug, Clone)]
struct Chunk {
    /// Place of the first entry behind it.
    end: usize,
    packed: Box<[u8]>,
}

impl PackedEntries {
    /// Adds an entry behind the others.
    pub fn push(&mut self, mut entry: TocEntry) -> Result<()> {
        self.with_data |= entry.has_data;
        self.dependencies.append(&mut entry.dependencies);
        let needs_end = place(self.dependencies.len())?;
        self.items.push(Item { id: entry.id, needs_end });
        put_entry(&mut self.open, &entry, &TextWriter::of(&[]), (16, Places::Files))?;
        if self.open.len() >= CHUNK {
            let packed = zstd::bulk::compress(&self.open, LEVEL);
            let packed = packed.map_err(|error| broken("packing", error))?.into();
            self.chunks.push(Chunk { end: self.items.len(), packed });
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
    pub fn set_dependencies(
        &mut self,
        mut of: impl FnMut(usize, u32, &[u32], &mut Vec<u32>),
    ) -> Result<()> {
        let mut new = Vec::with_capacity(self.dependencies.len());
        let mut start = 0;
        for (at, item) in self.items.iter_mut().enumerate() {
            let old = self.dependencies.get(start as usize..item.needs_end as usize);
            start = item.needs_end;
            of(at, item.id, old.unwrap_or_default(), &mut new);
            item.needs_end = place(new.len())?;
        }
        new.shrink_to_fit();
        self.dependencies = new;
        Ok(())
    }

    /// The entries one by one.
    pub fn iter(&self) -> impl Iterator<Item = Result<TocEntry>> {
        flat((0..=self.chunks.len()).map(|chunk| self.unpack(chunk)))
    }

    /// The entries one by one, the last first.
    pub fn iter_back(&self) -> impl Iterator<Item = Result<TocEntry>> {
        let reversed = |chunk| match self.unpack(chunk) {
            Ok(mut entries) => {
                entries.reverse();
                Ok(entries)
            }
            failed => failed,
        };
        flat((0..=self.chunks.len()).rev().map(reversed))
    }

    /// The entries one by one, which nobody else needs.
    pub fn into_entries(self) -> impl Iterator<Item = Result<TocEntry>> {
        flat((0..=self.chunks.len()).map(move |chunk| self.unpack(chunk)))
    }

    /// The entries of one chunk; that of the last number is not compressed.
    fn unpack(&self, chunk: usize) -> Result<Vec<TocEntry>> {
        let before = chunk.checked_sub(1).and_then(|before| self.chunks.get(before));
        let start = before.map_or(0, |chunk| chunk.end);
        let (bytes, end) = match self.chunks.get(chunk) {
            // An entry may be much longer than a chunk should be.
            Some(chunk) => {
                let bytes = zstd::stream::decode_all(&*chunk.packed);
                (Cow::Owned(bytes.map_err(|error| broken("unpacking", error))?), chunk.end)
            }
            None => (Cow::Borrowed(&self.open[..]), self.items.len()),
        };
        let mut rest = &*bytes;
        let before = start.checked_sub(1).and_then(|before| self.items.get(before));
        let mut needs = before.map_or(0, |item| item.needs_end);
        let mut entries = Vec::with_capacity(end - start);
        for item in self.items.get(start..end).unwrap_or_default() {
            let mut entry = read_entry(&mut rest)?;
            let own = self.dependencies.get(needs as usize..item.needs_end as usize);
            needs = item.needs_end;
            if !self.left_out.contains(&entry.id) {
                entry.dependencies = own.unwrap_or_default().to_vec();
                entries.push(entry);
            }
        }
        Ok(entries)
    }
}

/// One after another, to the first failure.
fn flat(
    chunks: impl Iterator<Item = Result<Vec<TocEntry>>>,
) -> impl Iterator<Item = Result<TocEntry>> {
    let mut failed = false;
    let mut chunks = chunks;
    let until_failure = std::iter::from_fn(move || {
        let next = if failed { None } else { chunks.next() };
        failed = matches!(next, Some(Err(_)));
        next
    });
    until_failure.flat_map(|chunk| {
        let (entries, error) = match chunk {
            Ok(entries) => (entries, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        entries.into_iter().map(Ok).chain(error.map(Err))
    })
}

fn place(at: usize) -> Result<u32> {
    u32::try_from(at)
        .map_err(|_| Error::new(ErrorKind::Internal, "more dependencies than an archive can have"))
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
        let mut back: Vec<TocEntry> = packed.iter_back().collect::<Result<_>>().unwrap();
        back.reverse();
        assert_eq!(back, entries);
    }

    #[test]
    fn entries_are_left_out_and_given_other_dependencies() {
        let mut packed = PackedEntries::default();
        for id in 1..5 {
            packed.push(entry(id)).unwrap();
        }
        let others = |place, id, old: &[u32], new: &mut Vec<u32>| {
            new.extend(old.iter().filter(|need| **need != 1));
            new.extend((place == 0).then_some(id + 90));
        };
        packed.set_dependencies(others).unwrap();
        packed.leave_out([3]);
        assert_eq!((packed.len(), packed.ids().collect::<Vec<_>>()), (3, vec![1, 2, 4]));
        let back: Vec<TocEntry> = packed.iter().collect::<Result<_>>().unwrap();
        let needs: Vec<_> = back.iter().map(|entry| (entry.id, &entry.dependencies[..])).collect();
        assert_eq!(needs, [(1, &[0, 91][..]), (2, &[0][..]), (4, &[][..])]);
    }
}
