//! The blocks of an archive that can be read forward only, as one from a pipe.
//!
//! ```text
//!  BlockStream ─next_block─► where the next one begins ─┬─ pass      read over, or kept as it is
//!       ▲                                               ├─ rows ───► BlockReader ─┐
//!       │                                               └─ objects ► BlobsReader ─┤
//!       └───────────────────────────── into_stream: what is left of it is passed ─┘
//! ```

use std::io::{BufReader, Read, Write};

use super::blobs::BlobsReader;
use super::chunks::{BlockSource, block_start, chunk_length};
use super::reader::BlockReader;
use super::{BLOBS_BLOCK, ROWS_BLOCK};
use crate::archive::head::DataFormat;
use crate::archive::primitive::{Source, int_of, into_error, put_int, truncated};
use crate::error::{Error, Result};

const BUFFER: usize = 256 << 10;

/// The beginning of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockStart {
    /// Dump id of its entry.
    pub dump_id: u32,
    /// Whether it holds large objects.
    pub is_blobs: bool,
    /// Position of its first byte.
    pub at: u64,
}

/// Goes through the blocks of an archive.
#[derive(Debug)]
pub struct BlockStream<R: Read> {
    pub(super) source: BlockSource<R>,
    pub(super) format: DataFormat,
}

impl<R: Read> BlockStream<R> {
    /// The reader stands at the first block, `at` of the archive.
    pub fn new(reader: R, at: u64, format: DataFormat) -> Self {
        let buffered = BufReader::with_capacity(BUFFER, reader);
        Self { source: Source::new(buffered, at, format.widths), format }
    }

    /// Reads the beginning of the next block; `None` at the end of the archive.
    pub fn next_block(&mut self) -> Result<Option<BlockStart>> {
        if self.source.at_end()? {
            return Ok(None);
        }
        let at = self.source.position();
        let (kind, dump_id) = block_start(&mut self.source)
            .map_err(|error| error.while_doing(format_args!("block at byte {at}")))?;
        Ok(Some(BlockStart { dump_id, is_blobs: kind == BLOBS_BLOCK, at }))
    }

    /// Passes over the block that has begun. What it holds is written to `keep`, as a block with
    /// numbers of the usual width.
    pub fn pass(&mut self, start: BlockStart, keep: &mut impl Write) -> Result<()> {
        let place =
            |error: Error| error.while_doing(format_args!("data block of entry {}", start.dump_id));
        let mut bytes = vec![if start.is_blobs { BLOBS_BLOCK } else { ROWS_BLOCK }];
        put_int(&mut bytes, int_of(start.dump_id, "the dump id")?);
        keep.write_all(&bytes).map_err(keeping)?;
        if start.is_blobs {
            self.pass_objects(keep).map_err(place)
        } else {
            self.pass_chunks(keep).map_err(place)
        }
    }

    /// Passes over objects up to the end of their block.
    pub(super) fn pass_objects(&mut self, keep: &mut impl Write) -> Result<()> {
        loop {
            let oid = self.source.int("a large object's oid")?;
            let mut bytes = Vec::new();
            put_int(&mut bytes, oid);
            keep.write_all(&bytes).map_err(keeping)?;
            if oid == 0 {
                return Ok(());
            }
            self.pass_chunks(keep)?;
        }
    }

    fn pass_chunks(&mut self, keep: &mut impl Write) -> Result<()> {
        loop {
            let length = chunk_length(&mut self.source)?;
            let mut bytes = Vec::new();
            put_int(&mut bytes, int_of(length, "a chunk")?);
            keep.write_all(&bytes).map_err(keeping)?;
            if length == 0 {
                return Ok(());
            }
            self.pass_bytes(length, keep)?;
        }
    }

    pub(super) fn pass_bytes(&mut self, mut left: u64, keep: &mut impl Write) -> Result<()> {
        while left > 0 {
            let position = self.source.position();
            let bytes = self.source.fill_buf().map_err(into_error)?;
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
            let bytes = bytes.get(..most).unwrap_or_default();
            if bytes.is_empty() {
                return Err(truncated("a chunk", position));
            }
            keep.write_all(bytes).map_err(keeping)?;
            self.source.consume(most);
            left -= most as u64;
        }
        Ok(())
    }

    /// Reads the rows of the block that has begun.
    pub fn rows(self, start: BlockStart) -> Result<BlockReader<R>> {
        BlockReader::inside(self, start)
    }

    /// Reads the large objects of the block that has begun.
    pub fn objects(self, start: BlockStart) -> Result<BlobsReader<R>> {
        BlobsReader::inside(self, start)
    }
}

fn keeping(error: std::io::Error) -> Error {
    Error::io("keeping data that came before its turn", error)
}
