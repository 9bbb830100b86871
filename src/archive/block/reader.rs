//! The rows of one block.

use std::io::{self, Read};

use super::ROWS_BLOCK;
use super::chunks::{Chunks, check_kind, in_block, open_block};
use super::stream::{BlockStart, BlockStream};
use crate::archive::compress::Decoder;
use crate::archive::head::DataFormat;
use crate::archive::primitive::into_error;
use crate::error::{Error, ErrorKind, Result};

/// Reads the decompressed bytes of one block of rows. Errors name the entry and the place; take them
/// out of the `io::Error` with [`into_error`]. The end is reported only when the compressed stream
/// is whole and nothing follows it.
pub struct BlockReader<R: Read> {
    decoder: Decoder<Chunks<R>>,
    format: DataFormat,
    dump_id: u32,
}

impl<R: Read> std::fmt::Debug for BlockReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlockReader").field("dump_id", &self.dump_id).finish_non_exhaustive()
    }
}

impl<R: Read> BlockReader<R> {
    /// Opens the block of the entry `dump_id`. The reader stands at the block's first byte, `at` of
    /// the archive; it is read ahead of what is handed out.
    pub fn open(reader: R, at: u64, format: DataFormat, dump_id: u32) -> Result<Self> {
        let source = open_block(reader, at, format, (ROWS_BLOCK, dump_id))?;
        Self::after_start(BlockStream { source, format }, dump_id)
    }

    /// Takes over a stream that stands after the beginning of a block.
    pub(super) fn inside(stream: BlockStream<R>, start: BlockStart) -> Result<Self> {
        check_kind(start.is_blobs, ROWS_BLOCK, start.at)?;
        Self::after_start(stream, start.dump_id)
    }

    fn after_start(stream: BlockStream<R>, dump_id: u32) -> Result<Self> {
        let BlockStream { source, format } = stream;
        let start = source.position();
        let decoder = Decoder::new(format.codec, Chunks::new(source))
            .map_err(|error| into_error(in_block(error, &name(dump_id), start)))?;
        Ok(Self { decoder, format, dump_id })
    }

    /// Passes over what is left of the block, undecoded.
    pub fn into_stream(self) -> Result<BlockStream<R>> {
        let given_up = || {
            let text = format!("{} was given up after an error", name(self.dump_id));
            Error::new(ErrorKind::Archive, text)
        };
        let chunks = self.decoder.into_chunks().ok_or_else(given_up)?;
        chunks.into_stream(self.format)
    }

    /// How far into the archive its bytes have been used: for progress.
    pub fn position(&self) -> u64 {
        self.decoder.chunks().map_or(0, Chunks::position)
    }
}

impl<R: Read> Read for BlockReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(buf);
        read.map_err(|error| in_block(error, &name(self.dump_id), self.position()))
    }
}

fn name(dump_id: u32) -> String {
    format!("data block of entry {dump_id}")
}
