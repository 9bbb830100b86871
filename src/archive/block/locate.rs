//! Where the blocks are, and how large.

use std::collections::HashMap;
use std::io::{BufReader, Read, Seek, SeekFrom};

use super::BLOBS_BLOCK;
use super::chunks::{BlockSource, block_start, chunk_length};
use crate::archive::head::Head;
use crate::archive::primitive::{Source, into_error, truncated};
use crate::archive::toc::{DataOffset, TocEntry};
use crate::error::{Error, ErrorKind, Result};

const BUFFER: usize = 64 << 10;

/// A block found by going through the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockPlace {
    /// Dump id of its entry.
    pub dump_id: u32,
    /// Position of its first byte.
    pub start: u64,
    /// Position after its last byte.
    pub end: u64,
    /// Whether it holds large objects.
    pub is_blobs: bool,
}

/// Goes through all blocks of an archive whose entries do not tell their places, as one that was
/// written to a pipe. Passes over the data by the chunks' lengths.
pub fn locate_blocks<F: Read + Seek>(file: F, head: &Head) -> Result<Vec<BlockPlace>> {
    let mut walk = Walk::new(file, head)?;
    let mut places = Vec::new();
    while !walk.source.at_end()? {
        let start = walk.source.position();
        let place = walk.block(start).map_err(|error| {
            error.while_doing(format_args!("looking for the data blocks, block at byte {start}"))
        })?;
        places.push(place);
    }
    Ok(places)
}

/// Writes the places found into the entries. An entry whose data is nowhere is an error.
pub fn place_entries(entries: &mut [TocEntry], places: &[BlockPlace]) -> Result<()> {
    let starts: HashMap<u32, u64> = places.iter().map(|at| (at.dump_id, at.start)).collect();
    for entry in entries.iter_mut().filter(|entry| entry.offset == DataOffset::NotSet) {
        let Some(start) = starts.get(&entry.id) else {
            let text =
                format!("the data of {} {} ({}) is not there", entry.desc, entry.tag, entry.id);
            return Err(Error::new(ErrorKind::Archive, text)
                .with_hint("the archive is incomplete: its writer was stopped"));
        };
        entry.offset = DataOffset::At(*start);
    }
    Ok(())
}

/// Bytes of each entry's block in the file, by dump id, from the places that the entries tell: a
/// block reaches to the next one or to the file's end. Blocks may lie in any order.
pub fn data_bytes(entries: &[TocEntry], file_length: u64) -> HashMap<u32, u64> {
    let mut starts: Vec<(u64, u32)> = entries
        .iter()
        .filter_map(|entry| match entry.offset {
            DataOffset::At(start) => Some((start, entry.id)),
            DataOffset::NotSet | DataOffset::NoData => None,
        })
        .collect();
    starts.sort_unstable();
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([file_length]);
    starts.iter().zip(ends).map(|((start, id), end)| (*id, end.saturating_sub(*start))).collect()
}

struct Walk<F> {
    source: BlockSource<F>,
    length: u64,
}

impl<F: Read + Seek> Walk<F> {
    fn new(mut file: F, head: &Head) -> Result<Self> {
        let length = file.seek(SeekFrom::End(0)).map_err(into_error)?;
        file.seek(SeekFrom::Start(head.data_start)).map_err(into_error)?;
        let buffered = BufReader::with_capacity(BUFFER, file);
        let source = Source::new(buffered, head.data_start, head.format.widths);
        Ok(Self { source, length })
    }

    fn block(&mut self, start: u64) -> Result<BlockPlace> {
        let (kind, dump_id) = block_start(&mut self.source)?;
        let is_blobs = kind == BLOBS_BLOCK;
        if is_blobs {
            while self.source.int("a large object's oid")? != 0 {
                self.pass_stream()?;
            }
        } else {
            self.pass_stream()?;
        }
        Ok(BlockPlace { dump_id, start, end: self.source.position(), is_blobs })
    }

    fn pass_stream(&mut self) -> Result<()> {
        loop {
            let length = chunk_length(&mut self.source)?;
            if length == 0 {
                return Ok(());
            }
            if self.source.position() + length > self.length {
                return Err(truncated("a chunk", self.length));
            }
            let step = i64::try_from(length).unwrap_or(i64::MAX);
            self.source.inner_mut(length).seek_relative(step).map_err(into_error)?;
        }
    }
}
