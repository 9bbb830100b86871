//! Pieces into one data block of a custom-format archive.

use std::io::{self, Write};

use super::adler;
use super::{Form, Piece};
use crate::archive::block::{BLOBS_BLOCK, ROWS_BLOCK};
use crate::archive::primitive::{int_of, put_int};
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::Codec;

/// Puts pieces into a block of rows in the order in which they are handed over; what ends the rows is
/// a piece like the others. Each call writes whole parts, and only the calls between
/// [`BlockAssembler::start`] and [`BlockAssembler::finish`] of one block may write to the same file.
#[derive(Debug)]
pub struct BlockAssembler {
    dump_id: u32,
    stream: Stream,
}

impl BlockAssembler {
    /// For the entry with this dump id.
    pub fn new(codec: Codec, dump_id: u32) -> Self {
        Self { dump_id, stream: Stream::new(codec) }
    }

    /// Writes the block's beginning.
    pub fn start(&self, out: &mut impl Write) -> Result<()> {
        let mut bytes = block_start(ROWS_BLOCK, self.dump_id)?;
        self.stream.start(&mut bytes)?;
        out.write_all(&bytes).map_err(writing)
    }

    /// Writes a piece.
    pub fn add(&mut self, piece: &Piece, out: &mut impl Write) -> Result<()> {
        self.stream.add(piece, out)
    }

    /// Writes the block's end.
    pub fn finish(self, out: &mut impl Write) -> Result<()> {
        let mut bytes = Vec::new();
        self.stream.finish(&mut bytes)?;
        out.write_all(&bytes).map_err(writing)
    }

    /// Bytes of rows so far, before compression.
    pub fn raw_len(&self) -> u64 {
        self.stream.raw_len
    }
}

/// Puts large objects into a block of their own, one after another.
#[derive(Debug)]
pub struct ObjectsAssembler {
    codec: Codec,
    dump_id: u32,
    object: Option<Stream>,
}

impl ObjectsAssembler {
    /// For the entry with this dump id.
    pub fn new(codec: Codec, dump_id: u32) -> Self {
        Self { codec, dump_id, object: None }
    }

    /// Writes the block's beginning.
    pub fn start(&self, out: &mut impl Write) -> Result<()> {
        out.write_all(&block_start(BLOBS_BLOCK, self.dump_id)?).map_err(writing)
    }

    /// Ends the object before, if there is one, and begins the one with this oid.
    pub fn begin(&mut self, oid: u32, out: &mut impl Write) -> Result<()> {
        let mut bytes = Vec::new();
        self.end_object(&mut bytes)?;
        // Oids above 2^31 are negative numbers, as in PostgreSQL's own writer.
        put_int(&mut bytes, oid.cast_signed());
        let stream = Stream::new(self.codec);
        stream.start(&mut bytes)?;
        self.object = Some(stream);
        out.write_all(&bytes).map_err(writing)
    }

    /// Writes a piece of the object.
    pub fn add(&mut self, piece: &Piece, out: &mut impl Write) -> Result<()> {
        match &mut self.object {
            Some(stream) => stream.add(piece, out),
            None => Err(Error::new(ErrorKind::Internal, "bytes came before their large object")),
        }
    }

    /// Writes the end of the last object and of the block.
    pub fn finish(mut self, out: &mut impl Write) -> Result<()> {
        let mut bytes = Vec::new();
        self.end_object(&mut bytes)?;
        put_int(&mut bytes, 0);
        out.write_all(&bytes).map_err(writing)
    }

    fn end_object(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.object.take().map_or(Ok(()), |stream| stream.finish(out))
    }
}

fn block_start(kind: u8, dump_id: u32) -> Result<Vec<u8>> {
    let mut bytes = vec![kind];
    put_int(&mut bytes, int_of(dump_id, "the dump id")?);
    Ok(bytes)
}

/// The chunks of one compressed stream.
#[derive(Debug)]
struct Stream {
    codec: Codec,
    adler: u32,
    raw_len: u64,
}

impl Stream {
    fn new(codec: Codec) -> Self {
        Self { codec, adler: adler::EMPTY, raw_len: 0 }
    }

    fn start(&self, out: &mut Vec<u8>) -> Result<()> {
        match self.codec {
            // Deflate with a window of 32 KiB, default level, no dictionary.
            Codec::Gzip => put_chunk(out, &[0x78, 0x9c]),
            Codec::None | Codec::Lz4 | Codec::Zstd => Ok(()),
        }
    }

    fn add(&mut self, piece: &Piece, out: &mut impl Write) -> Result<()> {
        if piece.codec != self.codec || piece.form != Form::Block {
            let text = format!(
                "{:?} rows for a {:?} cannot be put into a {:?} block",
                piece.codec, piece.form, self.codec
            );
            return Err(Error::new(ErrorKind::Internal, text));
        }
        if piece.raw_len == 0 {
            return Ok(());
        }
        self.adler = adler::combine(self.adler, piece.adler, piece.raw_len);
        self.raw_len += piece.raw_len;
        let mut length = Vec::new();
        put_int(&mut length, int_of(piece.bytes.len(), "a piece of rows")?);
        out.write_all(&length).and_then(|()| out.write_all(&piece.bytes)).map_err(writing)
    }

    fn finish(self, out: &mut Vec<u8>) -> Result<()> {
        if self.codec == Codec::Gzip {
            // A final stored block without bytes, and the checksum of everything.
            let end = [&[0x01, 0x00, 0x00, 0xff, 0xff], &self.adler.to_be_bytes()[..]].concat();
            put_chunk(out, &end)?;
        }
        put_int(out, 0);
        Ok(())
    }
}

fn put_chunk(out: &mut Vec<u8>, bytes: &[u8]) -> Result<()> {
    put_int(out, int_of(bytes.len(), "a chunk")?);
    out.extend_from_slice(bytes);
    Ok(())
}

/// A writer may put an error of ours, which says more, into its own.
fn writing(error: io::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(|error| Error::io("writing the archive", error))
}
