//! Any number of LZ4 frames, one after another.
//!
//! The library's reader stops at the end of a frame, and takes an input that ends between two
//! blocks for the end of a frame. So its input passes a [`FrameWalk`], which knows from the frames'
//! own lengths whether it stands between two of them:
//!
//! ```text
//! Magic ─► Descriptor ─► BlockSize ─► Block ─┐      BlockSize 0 ─► Checksum, if any ─► Magic
//!                            ▲───────────────┘
//! ```

use std::io::{self, BufRead, Read};

use lz4_flex::frame::FrameDecoder;

use super::decode::invalid;

const FLAG_BLOCK_CHECKSUM: u8 = 0x10;
const FLAG_CONTENT_SIZE: u8 = 0x08;
const FLAG_CONTENT_CHECKSUM: u8 = 0x04;
const FLAG_DICTIONARY: u8 = 0x01;
const STORED: u32 = 1 << 31;

pub(in crate::archive) struct Lz4Reader<C: BufRead> {
    /// `None` only while one frame's decoder gives way to the next one's, which never outlives a
    /// call: a decoder cannot be reused, as its buffers fit one frame's block size.
    frame: Option<FrameDecoder<Watched<C>>>,
}

impl<C: BufRead> Lz4Reader<C> {
    pub(super) fn new(chunks: C) -> Self {
        let watched = Watched { chunks, walk: FrameWalk::default() };
        Self { frame: Some(FrameDecoder::new(watched)) }
    }

    pub(super) fn into_chunks(self) -> Option<C> {
        self.frame.map(|frame| frame.into_inner().chunks)
    }

    pub(super) fn chunks(&self) -> Option<&C> {
        self.frame.as_ref().map(|frame| &frame.get_ref().chunks)
    }

    /// Decides what a frame's decoder meant that gave no bytes: true when everything is read.
    fn is_end(&mut self, seen_before: u64) -> io::Result<bool> {
        let mut frame = self.frame.take().ok_or_else(|| invalid("the lz4 stream was given up"))?;
        let watched = frame.get_mut();
        let ended = watched.chunks.fill_buf()?.is_empty();
        let between = watched.walk.is_between_frames();
        let stuck = watched.walk.seen == seen_before;
        if between && !ended {
            frame = FrameDecoder::new(frame.into_inner());
        }
        self.frame = Some(frame);
        match (between, ended) {
            (true, _) => Ok(ended),
            (false, true) => Err(stops_early()),
            (false, false) if stuck => Err(invalid("the lz4 frame cannot be read on")),
            // An empty block inside a frame.
            (false, false) => Ok(false),
        }
    }
}

impl<C: BufRead> Read for Lz4Reader<C> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            let Some(frame) = &mut self.frame else {
                return Err(invalid("the lz4 stream was given up"));
            };
            let seen_before = frame.get_ref().walk.seen;
            match frame.read(buf) {
                Ok(0) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(stops_early());
                }
                other => return other,
            }
            if self.is_end(seen_before)? {
                return Ok(0);
            }
        }
    }
}

fn stops_early() -> io::Error {
    invalid("the lz4 stream stops early")
}

/// Chunks whose bytes the walk sees as they are read.
struct Watched<C> {
    chunks: C,
    walk: FrameWalk,
}

impl<C: Read> Read for Watched<C> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.chunks.read(buf)?;
        self.walk.feed(buf.get(..read).unwrap_or_default());
        Ok(read)
    }
}

#[derive(Debug, Default)]
struct FrameWalk {
    step: Step,
    /// A little-endian word of which `have` bytes have come.
    word: u32,
    have: u32,
    flags: u8,
    seen: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Step {
    #[default]
    Magic,
    Flags,
    /// Bytes of the descriptor still to pass.
    Descriptor(usize),
    BlockSize,
    /// Bytes of the block and its checksum still to pass.
    Block(usize),
    /// Bytes of the content's checksum still to pass.
    Checksum(usize),
}

impl FrameWalk {
    fn is_between_frames(&self) -> bool {
        self.step == Step::Magic && self.have == 0
    }

    fn feed(&mut self, mut bytes: &[u8]) {
        self.seen += bytes.len() as u64;
        while let Some((first, rest)) = bytes.split_first() {
            bytes = match self.step {
                Step::Magic | Step::BlockSize => {
                    self.word |= u32::from(*first) << (8 * self.have);
                    self.have += 1;
                    if self.have == 4 {
                        self.end_of_word();
                    }
                    rest
                }
                Step::Flags => {
                    self.flags = *first;
                    self.step = Step::Descriptor(self.rest_of_descriptor());
                    rest
                }
                Step::Descriptor(left) => self.pass(bytes, left, Step::Descriptor, Step::BlockSize),
                Step::Block(left) => self.pass(bytes, left, Step::Block, Step::BlockSize),
                Step::Checksum(left) => self.pass(bytes, left, Step::Checksum, Step::Magic),
            };
        }
    }

    fn pass<'a>(
        &mut self,
        bytes: &'a [u8],
        left: usize,
        same: fn(usize) -> Step,
        next: Step,
    ) -> &'a [u8] {
        let passed = left.min(bytes.len());
        self.step = if passed == left { next } else { same(left - passed) };
        bytes.get(passed..).unwrap_or_default()
    }

    /// Block size byte and header checksum, and what the flags announce.
    fn rest_of_descriptor(&self) -> usize {
        2 + self.if_flag(FLAG_CONTENT_SIZE, 8) + self.if_flag(FLAG_DICTIONARY, 4)
    }

    fn end_of_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        self.have = 0;
        self.step = match (self.step, word) {
            (Step::BlockSize, 0) => match self.if_flag(FLAG_CONTENT_CHECKSUM, 4) {
                0 => Step::Magic,
                length => Step::Checksum(length),
            },
            (Step::BlockSize, word) => {
                let block = usize::try_from(word & !STORED).unwrap_or(usize::MAX);
                match block.saturating_add(self.if_flag(FLAG_BLOCK_CHECKSUM, 4)) {
                    0 => Step::BlockSize,
                    length => Step::Block(length),
                }
            }
            _ => Step::Flags,
        };
    }

    fn if_flag(&self, flag: u8, length: usize) -> usize {
        if self.flags & flag == 0 { 0 } else { length }
    }
}
