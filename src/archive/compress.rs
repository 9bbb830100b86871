//! Compression of rows in independent pieces, and the reading of any stream.
//!
//! Workers compress pieces of rows apart from each other; whoever owns the file joins them in the
//! order of the rows. In a custom-format archive they become a block, by a [`BlockAssembler`]; what
//! each codec needs so that one reader takes the joined pieces for one stream:
//!
//! ```text
//! none   nothing
//! gzip   one zlib stream: header · piece … piece · last part · adler32 of everything
//!        a piece is raw deflate that ends on a byte (sync flush) and looks back at nothing before
//! lz4    a frame a piece
//! zstd   a frame a piece, a whole frame a chunk (a reader loses what follows a frame in a chunk)
//! ```
//! In a file of its own ([`Form::File`]) every piece is a whole gzip member or frame, and the file is
//! nothing but pieces.
//!
//! Every compressed form carries a checksum of the rows, so that a damaged archive is noticed by any
//! reader instead of giving other rows; rows without compression have none in this format.

mod adler;
mod assemble;
mod decode;
mod lz4_frame;

#[cfg(test)]
mod tests;

use std::io::Write;

use flate2::{Compress, Crc, FlushCompress, Status};
use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};

use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::{Codec, Compression};

pub use assemble::{BlockAssembler, ObjectsAssembler};
pub(super) use decode::Decoder;
pub use decode::FileDecoder;

const GZIP_DEFAULT: u8 = 6;
const ZSTD_DEFAULT: u8 = 3;
/// Magic, independent blocks of 64 KiB at most, header checksum; the end of the blocks.
const EMPTY_LZ4_FRAME: &[u8] = &[0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, 0, 0, 0, 0];

/// What pieces are joined to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A block of a custom-format archive.
    Block,
    /// A file that is nothing but pieces, one after another.
    File,
}

/// Rows compressed apart from their neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    codec: Codec,
    form: Form,
    bytes: Vec<u8>,
    raw_len: u64,
    adler: u32,
}

impl Piece {
    /// Rows as they are, for an archive without compression.
    pub fn stored(raw: Vec<u8>, form: Form) -> Self {
        let raw_len = raw.len() as u64;
        Self { codec: Codec::None, form, raw_len, bytes: raw, adler: adler::EMPTY }
    }

    /// The compressed bytes: all of what a file gets, in the form for files.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes before compression.
    pub fn raw_len(&self) -> u64 {
        self.raw_len
    }

    /// Bytes after compression.
    pub fn compressed_len(&self) -> usize {
        self.bytes.len()
    }
}

/// One worker's compressor: its tables are allocated once.
pub struct Compressor {
    form: Form,
    engine: Engine,
    scratch: Vec<u8>,
}

enum Engine {
    Stored,
    Deflate(Compress),
    Lz4(Box<FrameEncoder<Vec<u8>>>),
    Zstd(zstd::bulk::Compressor<'static>),
}

impl std::fmt::Debug for Compressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compressor").field("codec", &self.codec()).finish_non_exhaustive()
    }
}

impl Compressor {
    /// A compressor of this codec and level.
    pub fn new(compression: Compression, form: Form) -> Result<Self> {
        let engine = match compression.codec {
            Codec::None => Engine::Stored,
            Codec::Gzip => {
                let level = compression.level.unwrap_or(GZIP_DEFAULT);
                Engine::Deflate(Compress::new(flate2::Compression::new(u32::from(level)), false))
            }
            Codec::Lz4 => Engine::Lz4(Box::new(lz4_encoder())),
            Codec::Zstd => {
                let level = compression.level.unwrap_or(ZSTD_DEFAULT);
                let mut compressor =
                    zstd::bulk::Compressor::new(i32::from(level)).map_err(failed)?;
                compressor.include_checksum(true).map_err(failed)?;
                Engine::Zstd(compressor)
            }
        };
        Ok(Self { form, engine, scratch: Vec::new() })
    }

    /// Compresses rows into a piece. A few hundred kilobytes a piece cost nothing in ratio.
    pub fn piece(&mut self, raw: &[u8]) -> Result<Piece> {
        self.scratch.clear();
        let mut adler = adler::EMPTY;
        let bytes = match &mut self.engine {
            Engine::Stored => raw.to_vec(),
            Engine::Deflate(deflate) if self.form == Form::Block => {
                adler = adler::adler32(raw);
                deflate_piece(deflate, raw, FlushCompress::Sync, &mut self.scratch)?;
                self.scratch.clone()
            }
            Engine::Deflate(deflate) => {
                gzip_member(deflate, raw, &mut self.scratch)?;
                self.scratch.clone()
            }
            // The encoder writes an empty frame only once.
            Engine::Lz4(_) if raw.is_empty() => EMPTY_LZ4_FRAME.to_vec(),
            Engine::Lz4(encoder) => {
                encoder.write_all(raw).map_err(failed)?;
                encoder.try_finish().map_err(failed)?;
                let bytes = encoder.get_ref().clone();
                encoder.get_mut().clear();
                bytes
            }
            Engine::Zstd(compressor) => {
                self.scratch.reserve(zstd::zstd_safe::compress_bound(raw.len()));
                compressor.compress_to_buffer(raw, &mut self.scratch).map_err(failed)?;
                self.scratch.clone()
            }
        };
        let (codec, form) = (self.codec(), self.form);
        Ok(Piece { codec, form, bytes, raw_len: raw.len() as u64, adler })
    }

    fn codec(&self) -> Codec {
        match self.engine {
            Engine::Stored => Codec::None,
            Engine::Deflate(_) => Codec::Gzip,
            Engine::Lz4(_) => Codec::Lz4,
            Engine::Zstd(_) => Codec::Zstd,
        }
    }
}

fn lz4_encoder() -> FrameEncoder<Vec<u8>> {
    let info = FrameInfo::new()
        .block_size(BlockSize::Max1MB)
        .block_mode(BlockMode::Independent)
        .content_checksum(true);
    FrameEncoder::with_frame_info(info, Vec::new())
}

/// A whole gzip member (RFC 1952).
fn gzip_member(deflate: &mut Compress, raw: &[u8], out: &mut Vec<u8>) -> Result<()> {
    // Magic, deflate, no flags, no time, nothing of the level, made on Unix.
    out.extend_from_slice(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
    deflate_piece(deflate, raw, FlushCompress::Finish, out)?;
    let mut crc = Crc::new();
    crc.update(raw);
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&crc.amount().to_le_bytes());
    Ok(())
}

/// Raw deflate of everything, ended or, by an empty stored block, brought to the edge of a byte.
fn deflate_piece(
    deflate: &mut Compress,
    raw: &[u8],
    flush: FlushCompress,
    out: &mut Vec<u8>,
) -> Result<()> {
    const SPARE: usize = 1024;
    deflate.reset();
    out.reserve(raw.len() / 2 + SPARE);
    let mut rest = raw;
    loop {
        if out.capacity() - out.len() < SPARE {
            out.reserve(out.capacity());
        }
        let before = deflate.total_in();
        let status = deflate.compress_vec(rest, out, flush).map_err(failed)?;
        let taken = usize::try_from(deflate.total_in() - before).unwrap_or(rest.len());
        rest = rest.get(taken..).unwrap_or_default();
        // With room left over, the flush is complete.
        let flushed = flush == FlushCompress::Sync && out.len() < out.capacity();
        if rest.is_empty() && (flushed || status == Status::StreamEnd) {
            return Ok(());
        }
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Internal, "compressing rows failed").with_source(error)
}
