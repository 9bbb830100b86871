//! A block's beginning, and the chunks of one stream, joined.

use std::io::{self, BufRead, BufReader, Read};

use super::stream::BlockStream;
use super::{BLOBS_BLOCK, ROWS_BLOCK};
use crate::archive::head::DataFormat;
use crate::archive::primitive::{Source, damaged, truncated};
use crate::error::{Error, ErrorKind, Result};

const BUFFER: usize = 64 << 10;

/// Where blocks are read from.
pub(super) type BlockSource<R> = Source<BufReader<R>>;

/// Begins to read a block that should be of this kind and belong to this entry.
pub(super) fn open_block<R: Read>(
    reader: R,
    at: u64,
    format: DataFormat,
    (kind, dump_id): (u8, u32),
) -> Result<BlockSource<R>> {
    let buffered = BufReader::with_capacity(BUFFER, reader);
    let mut source = Source::new(buffered, at, format.widths);
    check_start(&mut source, kind, dump_id)
        .map_err(|error| error.while_doing(format_args!("data block of entry {dump_id}")))?;
    Ok(source)
}

fn check_start<R: Read>(source: &mut BlockSource<R>, kind: u8, dump_id: u32) -> Result<()> {
    let at = source.position();
    let (found_kind, found_id) = block_start(source)?;
    if found_id != dump_id {
        let why = format!("it belongs to entry {found_id}");
        return Err(damaged("the block", at, &why));
    }
    check_kind(found_kind == BLOBS_BLOCK, kind, at)
}

/// Fails when a block does not hold what is wanted of it.
pub(super) fn check_kind(is_blobs: bool, kind: u8, at: u64) -> Result<()> {
    if is_blobs == (kind == BLOBS_BLOCK) {
        return Ok(());
    }
    let (what, other) = match kind {
        ROWS_BLOCK => ("rows", "large objects"),
        _ => ("large objects", "rows"),
    };
    let text = format!("the block at byte {at} holds {other} where {what} were expected");
    Err(Error::new(ErrorKind::Archive, text))
}

/// Kind and dump id of the block that begins here.
pub(super) fn block_start<R: Read>(source: &mut BlockSource<R>) -> Result<(u8, u32)> {
    let at = source.position();
    let kind = source.byte("the block's kind")?;
    if !matches!(kind, ROWS_BLOCK | BLOBS_BLOCK) {
        return Err(damaged("the block's kind", at, &format!("{kind} is not known")));
    }
    let id = source.int("the block's dump id")?;
    match u32::try_from(id) {
        Ok(id) if id > 0 => Ok((kind, id)),
        _ => Err(damaged("the block's dump id", at + 1, &format!("{id} is not positive"))),
    }
}

/// Length of the next chunk; 0 ends the stream.
pub(super) fn chunk_length<R: Read>(source: &mut BlockSource<R>) -> Result<u64> {
    let at = source.position();
    let length = source.int("a chunk's length")?;
    u64::try_from(length).map_err(|_| damaged("a chunk's length", at, "it is negative"))
}

/// The chunks of one stream, joined.
#[derive(Debug)]
pub(super) struct Chunks<R> {
    source: BlockSource<R>,
    /// Bytes of the current chunk still to come.
    left: u64,
    ended: bool,
}

impl<R: Read> Chunks<R> {
    /// The source stands at a chunk's length.
    pub(super) fn new(source: BlockSource<R>) -> Self {
        Self { source, left: 0, ended: false }
    }

    pub(super) fn position(&self) -> u64 {
        self.source.position()
    }

    /// Bytes of the current chunk still to come; `None` after the stream's end.
    pub(super) fn left(&self) -> Option<u64> {
        (!self.ended).then_some(self.left)
    }

    /// The source, after the stream's end once that was read.
    pub(super) fn into_source(self) -> BlockSource<R> {
        self.source
    }

    /// Passes over what is left of the stream.
    pub(super) fn into_stream(self, format: DataFormat) -> Result<BlockStream<R>> {
        let mut left = self.left();
        let mut stream = BlockStream { source: self.source, format };
        while let Some(bytes) = left {
            stream.pass_bytes(bytes, &mut io::sink())?;
            left = Some(chunk_length(&mut stream.source)?).filter(|length| *length > 0);
        }
        Ok(stream)
    }

    fn begin_chunk(&mut self) -> Result<()> {
        self.left = chunk_length(&mut self.source)?;
        self.ended = self.left == 0;
        Ok(())
    }
}

impl<R: Read> BufRead for Chunks<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 && !self.ended {
            self.begin_chunk().map_err(wrap)?;
        }
        if self.ended {
            return Ok(&[]);
        }
        let position = self.source.position();
        let bytes = self.source.fill_buf()?;
        if bytes.is_empty() {
            return Err(wrap(truncated("a chunk", position)));
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
        Ok(bytes.get(..most).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount as u64);
        self.source.consume(amount);
    }
}

impl<R: Read> Read for Chunks<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buf)?;
        self.consume(read);
        Ok(read)
    }
}

/// Our error as one that passes through `Read`; [`into_error`](crate::archive::primitive::into_error)
/// takes it out again.
pub(in crate::archive) fn wrap(error: Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// Names the block, or the file, in an error of a decoder or of what it reads from.
pub(in crate::archive) fn in_block(error: io::Error, what: &str, position: u64) -> io::Error {
    if error.kind() == io::ErrorKind::Interrupted {
        return error;
    }
    let named = match error.downcast::<Error>() {
        Ok(ours) => ours.while_doing(what),
        Err(error) if is_decoders(&error) => {
            Error::new(ErrorKind::Archive, format!("{what}: damaged before byte {position}"))
                .with_hint("the file was changed after it was written: use another copy of it")
                .with_source(error)
        }
        Err(error) => Error::io(format_args!("reading {what}"), error),
    };
    wrap(named)
}

/// Decoders report damage under many kinds; the system's own errors carry a number.
fn is_decoders(error: &io::Error) -> bool {
    error.raw_os_error().is_none()
}
