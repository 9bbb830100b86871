//! The large objects of one block.

use std::io::{self, Read};

use super::BLOBS_BLOCK;
use super::chunks::{BlockSource, Chunks, check_kind, in_block, open_block};
use super::stream::{BlockStart, BlockStream};
use crate::archive::compress::Decoder;
use crate::archive::head::DataFormat;
use crate::archive::primitive::into_error;
use crate::error::{Error, ErrorKind, Result};

/// Goes through the large objects of one block: [`BlobsReader::next_object`] gives the oid, then the
/// reader itself gives that object's bytes.
pub struct BlobsReader<R: Read> {
    state: State<R>,
    format: DataFormat,
    dump_id: u32,
    /// What follows the block, once its end was read.
    after: Option<BlockSource<R>>,
}

enum State<R: Read> {
    Between(BlockSource<R>),
    Inside(u32, Box<Decoder<Chunks<R>>>),
    /// After the last object, or after an error.
    Ended,
}

impl<R: Read> std::fmt::Debug for BlobsReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobsReader").field("dump_id", &self.dump_id).finish_non_exhaustive()
    }
}

impl<R: Read> BlobsReader<R> {
    /// Opens the block of the entry `dump_id`, as [`BlockReader::open`](super::BlockReader::open)
    /// does.
    pub fn open(reader: R, at: u64, format: DataFormat, dump_id: u32) -> Result<Self> {
        let source = open_block(reader, at, format, (BLOBS_BLOCK, dump_id))?;
        Ok(Self { state: State::Between(source), format, dump_id, after: None })
    }

    /// Takes over a stream that stands after the beginning of a block.
    pub(super) fn inside(stream: BlockStream<R>, start: BlockStart) -> Result<Self> {
        check_kind(start.is_blobs, BLOBS_BLOCK, start.at)?;
        let BlockStream { source, format } = stream;
        Ok(Self { state: State::Between(source), format, dump_id: start.dump_id, after: None })
    }

    /// Passes over what is left of the block, undecoded.
    pub fn into_stream(self) -> Result<BlockStream<R>> {
        let format = self.format;
        let mut stream = match (self.state, self.after) {
            (_, Some(source)) => return Ok(BlockStream { source, format }),
            (State::Between(source), None) => BlockStream { source, format },
            (State::Inside(oid, decoder), None) => {
                decoder.into_chunks().ok_or_else(|| given_up(oid))?.into_stream(format)?
            }
            (State::Ended, None) => return Err(given_up(0)),
        };
        stream.pass_objects(&mut io::sink())?;
        Ok(stream)
    }

    /// The next object's oid; what is left of the current one is passed over, and checked.
    pub fn next_object(&mut self) -> Result<Option<u32>> {
        io::copy(self, &mut io::sink()).map_err(into_error)?;
        let mut source = match std::mem::replace(&mut self.state, State::Ended) {
            State::Ended => return Ok(None),
            State::Between(source) => source,
            State::Inside(oid, decoder) => {
                decoder.into_chunks().map(Chunks::into_source).ok_or_else(|| given_up(oid))?
            }
        };
        let Some(oid) = self.read_oid(&mut source)? else {
            self.after = Some(source);
            return Ok(None);
        };
        let start = source.position();
        let decoder = Decoder::new(self.format.codec, Chunks::new(source))
            .map_err(|error| into_error(in_block(error, &self.name(oid), start)))?;
        self.state = State::Inside(oid, Box::new(decoder));
        Ok(Some(oid))
    }

    fn name(&self, oid: u32) -> String {
        format!("large object {oid} in the block of entry {}", self.dump_id)
    }

    fn read_oid(&self, source: &mut BlockSource<R>) -> Result<Option<u32>> {
        const FIELD: &str = "a large object's oid";
        // PostgreSQL writes oids above 2^31 as negative numbers.
        let read = source.int(FIELD).map(|oid| Some(oid.cast_unsigned()).filter(|oid| *oid != 0));
        read.map_err(|error| {
            error.while_doing(format_args!("large objects' block of entry {}", self.dump_id))
        })
    }
}

impl<R: Read> Read for BlobsReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let State::Inside(oid, decoder) = &mut self.state else { return Ok(0) };
        let (oid, read) = (*oid, decoder.read(buf));
        let position = decoder.chunks().map_or(0, Chunks::position);
        read.map_err(|error| in_block(error, &self.name(oid), position))
    }
}

fn given_up(oid: u32) -> Error {
    Error::new(ErrorKind::Archive, format!("large object {oid} was given up after an error"))
}
