//! An object that a thread reads, from any place, by ranges: small ones after a jump, larger ones as
//! reading goes on, and then the next while the last is used. Nothing behind the end that was set is
//! asked for.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::mpsc::Receiver;

use bytes::{Buf, Bytes};

use super::Link;
use crate::error::{Error, Result};
use crate::storage::Key;
use crate::storage::trouble::too_short;

/// Bytes asked for after a jump.
const FIRST: u64 = 256 << 10;
/// Bytes asked for at most.
const MOST: u64 = 4 << 20;

/// An object, or a part of one.
#[derive(Debug)]
pub struct Input {
    link: Link,
    key: Key,
    /// The first byte that is not read.
    end: u64,
    /// Where `chunk` begins.
    at: u64,
    chunk: Bytes,
    step: u64,
    ahead: Option<Ahead>,
}

#[derive(Debug)]
struct Ahead {
    range: Range<u64>,
    answer: Receiver<Result<Bytes>>,
}

impl Input {
    pub(super) fn new(link: Link, key: Key, end: u64) -> Self {
        Self { link, key, end, at: 0, chunk: Bytes::new(), step: FIRST, ahead: None }
    }

    /// From here to there only.
    #[must_use]
    pub fn within(mut self, range: Range<u64>) -> Self {
        self.end = range.end.min(self.end);
        self.jump(range.start);
        self
    }

    fn jump(&mut self, to: u64) {
        let forward = to.checked_sub(self.at).and_then(|by| usize::try_from(by).ok());
        match forward {
            Some(by) if by <= self.chunk.len() => self.chunk.advance(by),
            _ => {
                self.chunk = Bytes::new();
                self.step = FIRST;
                self.ahead = None;
            }
        }
        self.at = to;
    }

    fn request(&self, range: Range<u64>) -> Result<Ahead> {
        let (store, key, wanted) = (self.link.store.clone(), self.key.clone(), range.clone());
        let answer = self.link.begin(async move { store.read(&key, wanted).await })?;
        Ok(Ahead { range, answer })
    }

    fn next_range(&self, from: u64) -> Range<u64> {
        from..from.saturating_add(self.step).min(self.end)
    }

    fn refill(&mut self) -> Result<()> {
        let ahead = self.ahead.take().filter(|ahead| ahead.range.start == self.at);
        let goes_on = ahead.is_some() || self.step > FIRST;
        let due = match ahead {
            Some(ahead) => ahead,
            None => self.request(self.next_range(self.at))?,
        };
        self.step = (self.step * 4).min(MOST);
        if goes_on && due.range.end < self.end {
            self.ahead = Some(self.request(self.next_range(due.range.end))?);
        }
        let chunk = due.answer.recv().unwrap_or_else(|_| Err(super::gone()))?;
        if chunk.len() as u64 != due.range.end - due.range.start {
            return Err(too_short(&self.link.store.place(), &self.key, &due.range));
        }
        self.chunk = chunk;
        Ok(())
    }
}

impl Read for Input {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.chunk.is_empty() && self.at < self.end && !buf.is_empty() {
            self.refill().map_err(io::Error::other)?;
        }
        let length = self.chunk.len().min(buf.len());
        if let Some(room) = buf.get_mut(..length) {
            self.chunk.copy_to_slice(room);
        }
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Input {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        let place = place.ok_or_else(|| io::Error::other(before_the_beginning()))?;
        self.jump(place);
        Ok(place)
    }
}

fn before_the_beginning() -> Error {
    Error::new(crate::error::ErrorKind::Archive, "a place before the beginning of the file")
}
