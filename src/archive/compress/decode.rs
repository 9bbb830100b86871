//! From a block's joined chunks, or from a compressed file, to plain bytes. Every decoder reports a stream that stops early and
//! bytes that follow its end: the libraries' own readers let some of both pass.

use std::io::{self, BufRead, Read};

use flate2::bufread::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};

use super::lz4_frame::Lz4Reader;
use crate::model::spec::Codec;

/// A decoder over the chunks `C` of one stream.
pub(in crate::archive) enum Decoder<C: BufRead> {
    Stored(C),
    Inflate(Box<Inflate<C>>),
    Lz4(Box<Lz4Reader<C>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, C>>),
}

impl<C: BufRead> Decoder<C> {
    /// Looks at the first chunk: where there is none, as for an empty large object, there is no
    /// stream either.
    pub(in crate::archive) fn new(codec: Codec, mut chunks: C) -> io::Result<Self> {
        let codec = if chunks.fill_buf()?.is_empty() { Codec::None } else { codec };
        Ok(match codec {
            Codec::None => Self::Stored(chunks),
            Codec::Gzip => Self::Inflate(Box::new(Inflate::new(chunks))),
            Codec::Lz4 => Self::Lz4(Box::new(Lz4Reader::new(chunks))),
            Codec::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(chunks)?;
                Self::Zstd(Box::new(decoder))
            }
        })
    }

    /// The chunks. What was not read of them is still to be read.
    pub(in crate::archive) fn into_chunks(self) -> Option<C> {
        match self {
            Self::Stored(chunks) => Some(chunks),
            Self::Inflate(inflate) => Some(inflate.chunks),
            Self::Lz4(reader) => reader.into_chunks(),
            Self::Zstd(decoder) => Some(decoder.finish()),
        }
    }

    pub(in crate::archive) fn chunks(&self) -> Option<&C> {
        match self {
            Self::Stored(chunks) => Some(chunks),
            Self::Inflate(inflate) => Some(&inflate.chunks),
            Self::Lz4(reader) => reader.chunks(),
            Self::Zstd(decoder) => Some(decoder.get_ref()),
        }
    }
}

impl<C: BufRead> Read for Decoder<C> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored(chunks) => chunks.read(buf),
            Self::Inflate(inflate) => inflate.read(buf),
            Self::Lz4(reader) => reader.read(buf),
            Self::Zstd(decoder) => decoder.read(buf),
        }
    }
}

/// A decoder of a whole file: of any number of gzip members or frames, one after another.
pub enum FileDecoder<R: BufRead> {
    /// Not compressed.
    Stored(R),
    /// Gzip members.
    Gzip(Box<MultiGzDecoder<R>>),
    /// LZ4 frames.
    Lz4(Box<Lz4Frames<R>>),
    /// Zstandard frames.
    Zstd(Box<zstd::stream::read::Decoder<'static, R>>),
}

/// LZ4 frames, one after another.
pub struct Lz4Frames<R: BufRead>(Lz4Reader<R>);

impl<R: BufRead> FileDecoder<R> {
    /// Decodes from the beginning of a file. A compressed file has bytes, even of nothing; only
    /// pg_dump leaves a file of nothing empty in lz4 and zstd.
    pub fn new(codec: Codec, mut reader: R) -> io::Result<Self> {
        let is_empty = reader.fill_buf()?.is_empty();
        if is_empty && codec == Codec::Gzip {
            return Err(invalid("the file is empty"));
        }
        Ok(match codec {
            _ if is_empty => Self::Stored(reader),
            Codec::None => Self::Stored(reader),
            Codec::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(reader))),
            Codec::Lz4 => Self::Lz4(Box::new(Lz4Frames(Lz4Reader::new(reader)))),
            Codec::Zstd => Self::Zstd(Box::new(zstd::stream::read::Decoder::with_buffer(reader)?)),
        })
    }

    /// The file, wherever it stands.
    pub fn into_inner(self) -> Option<R> {
        match self {
            Self::Stored(reader) => Some(reader),
            Self::Gzip(decoder) => Some(decoder.into_inner()),
            Self::Lz4(frames) => frames.0.into_chunks(),
            Self::Zstd(decoder) => Some(decoder.finish()),
        }
    }

    /// The file, which is read ahead of what was handed out.
    pub fn get_ref(&self) -> Option<&R> {
        match self {
            Self::Stored(reader) => Some(reader),
            Self::Gzip(decoder) => Some(decoder.get_ref()),
            Self::Lz4(frames) => frames.0.chunks(),
            Self::Zstd(decoder) => Some(decoder.get_ref()),
        }
    }
}

impl<R: BufRead> Read for FileDecoder<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored(reader) => reader.read(buf),
            Self::Gzip(decoder) => decoder.read(buf),
            Self::Lz4(frames) => frames.0.read(buf),
            Self::Zstd(decoder) => decoder.read(buf),
        }
    }
}

impl<R: BufRead> std::fmt::Debug for FileDecoder<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Stored(_) => "Stored",
            Self::Gzip(_) => "Gzip",
            Self::Lz4(_) => "Lz4",
            Self::Zstd(_) => "Zstd",
        })
    }
}

/// A single zlib stream that must end where the chunks end.
pub(in crate::archive) struct Inflate<C> {
    chunks: C,
    state: Decompress,
    ended: bool,
}

impl<C: BufRead> Inflate<C> {
    fn new(chunks: C) -> Self {
        Self { chunks, state: Decompress::new(true), ended: false }
    }
}

impl<C: BufRead> Read for Inflate<C> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            let input = self.chunks.fill_buf()?;
            match (input.is_empty(), self.ended) {
                (true, true) => return Ok(0),
                (false, true) => return Err(invalid("data follows the end of the zlib stream")),
                (_, false) => {}
            }
            let at_end = input.is_empty();
            let (read_before, made_before) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(input, buf, FlushDecompress::None)?;
            let read = usize::try_from(self.state.total_in() - read_before).unwrap_or(usize::MAX);
            let made = usize::try_from(self.state.total_out() - made_before).unwrap_or(buf.len());
            self.chunks.consume(read);
            self.ended = status == Status::StreamEnd;
            if made > 0 {
                return Ok(made);
            }
            if !self.ended && read == 0 {
                let why = if at_end { "the zlib stream stops early" } else { "no zlib stream" };
                return Err(invalid(why));
            }
        }
    }
}

pub(super) fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
