//! Pieces into one data block of rows.

use std::io::{self, Write};

use super::Piece;
use super::adler;
use crate::archive::block::{ROWS_BLOCK, TERMINATOR};
use crate::archive::primitive::{int_of, put_int};
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::Codec;

/// Puts pieces into a block in the order in which they are handed over. Each call writes whole
/// parts, and only the calls between [`BlockAssembler::start`] and [`BlockAssembler::finish`] of one
/// block may write to the same file.
#[derive(Debug)]
pub struct BlockAssembler {
    codec: Codec,
    dump_id: u32,
    adler: u32,
    raw_len: u64,
}

impl BlockAssembler {
    /// For the entry with this dump id.
    pub fn new(codec: Codec, dump_id: u32) -> Self {
        Self { codec, dump_id, adler: adler::EMPTY, raw_len: 0 }
    }

    /// Writes the block's beginning.
    pub fn start(&self, out: &mut impl Write) -> Result<()> {
        let mut bytes = vec![ROWS_BLOCK];
        put_int(&mut bytes, int_of(self.dump_id, "the dump id")?);
        if self.codec == Codec::Gzip {
            // Deflate with a window of 32 KiB, default level, no dictionary.
            put_chunk(&mut bytes, &[0x78, 0x9c])?;
        }
        out.write_all(&bytes).map_err(writing)
    }

    /// Writes a piece.
    pub fn add(&mut self, piece: &Piece, out: &mut impl Write) -> Result<()> {
        if piece.codec != self.codec {
            let text =
                format!("{:?} rows cannot be put into a {:?} block", piece.codec, self.codec);
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

    /// Writes the rows' terminator and the block's end.
    pub fn finish(self, out: &mut impl Write) -> Result<()> {
        let mut bytes = Vec::new();
        put_chunk(&mut bytes, &self.last_part())?;
        put_int(&mut bytes, 0);
        out.write_all(&bytes).map_err(writing)
    }

    /// Bytes of rows so far, before compression.
    pub fn raw_len(&self) -> u64 {
        self.raw_len
    }

    /// The terminator in the codec's form for bytes that are not worth compressing.
    fn last_part(&self) -> Vec<u8> {
        let (mut part, tail): (Vec<u8>, Vec<u8>) = match self.codec {
            Codec::None => (Vec::new(), Vec::new()),
            Codec::Gzip => {
                let len = TERMINATOR.len() as u64;
                let sum = adler::combine(self.adler, adler::adler32(TERMINATOR), len);
                // Final stored block: length, its complement, bytes.
                (vec![0x01, 0x05, 0x00, 0xfa, 0xff], sum.to_be_bytes().to_vec())
            }
            Codec::Lz4 => (
                // Magic, independent blocks of 64 KiB at most, header checksum; one stored block.
                vec![0x04, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7, 0x05, 0x00, 0x00, 0x80],
                // End, and the checksum of the five bytes.
                vec![0x00, 0x00, 0x00, 0x00, 0x2c, 0xe5, 0xbe, 0x97],
            ),
            Codec::Zstd => (
                // Magic, single segment of 5 bytes; last block, stored, 5 bytes.
                vec![0x28, 0xb5, 0x2f, 0xfd, 0x24, 0x05, 0x29, 0x00, 0x00],
                // The checksum of the five bytes.
                vec![0x9e, 0xc1, 0x6d, 0x78],
            ),
        };
        part.extend_from_slice(TERMINATOR);
        part.extend_from_slice(&tail);
        part
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
