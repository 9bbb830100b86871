//! The data part of the archive while it grows.
//!
//! ```text
//!  ┌ head (written last) ┐┌ block ┐┌ block ┐┌ block still open …
//!                                           └ start              └ end
//! ```
//! A block lies in one stretch of the file, so one table at a time owns the end of the file. Workers
//! that share a table make its block in the order of its rows: one of them has the turn and writes,
//! the pieces of the others wait in memory until the turn comes to them. A worker that ended its part
//! early leaves it here and takes up the next, until its pieces weigh too much: then it waits. The
//! one that has the turn waits for nobody, so the turn always moves on.
//!
//! A table that cannot be completed leaves the file at once: nothing lies behind its open block.

mod parcels;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::archive::block::TERMINATOR;
use crate::archive::compress::{BlockAssembler, Compressor, Form, Piece};
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::{Codec, Compression};
use crate::work::Meter;

use super::output::PartialFile;
pub(super) use parcels::Stretch;
use parcels::{Parcel, Parcels, Place};

/// The growing file; all workers share it.
#[derive(Debug)]
pub(super) struct Blocks {
    file: PartialFile,
    codec: Codec,
    meter: Arc<Meter>,
    head_len: u64,
    /// Bytes that one worker may hold back.
    held_bytes: usize,
    tail: Mutex<Tail>,
    moved: Notify,
}

#[derive(Debug)]
struct Tail {
    end: u64,
    open: Option<Open>,
    parcels: Parcels,
    /// Where the finished blocks begin, by dump id.
    placed: HashMap<u32, u64>,
    /// Tables that nothing is taken for any more.
    abandoned: HashSet<u32>,
}

#[derive(Debug)]
struct Open {
    place: Place,
    start: u64,
    block: BlockAssembler,
}

impl Tail {
    fn has_turn(&self, of: Stretch) -> bool {
        self.open.as_ref().is_some_and(|open| open.place == of.place())
    }

    fn is_abandoned(&self, of: Stretch) -> bool {
        self.abandoned.contains(&of.id)
    }
}

impl Blocks {
    /// Blocks will follow a head of this length; each worker may hold back so many bytes of pieces.
    pub(super) fn new(
        file: PartialFile,
        codec: Codec,
        head_len: u64,
        held_bytes: usize,
        meter: Arc<Meter>,
    ) -> Self {
        let tail = Tail {
            end: head_len,
            open: None,
            parcels: Parcels::default(),
            placed: HashMap::new(),
            abandoned: HashSet::new(),
        };
        let (tail, moved) = (Mutex::new(tail), Notify::new());
        Self { file, codec, meter, head_len, held_bytes, tail, moved }
    }

    /// The form of the pieces.
    #[expect(clippy::unused_self, reason = "the layouts to come differ in it")]
    pub(super) fn form(&self) -> Form {
        Form::Block
    }

    /// Whether a table's pieces may weigh more than a worker may hold.
    pub(super) fn is_heavy(&self, bytes: u64) -> bool {
        bytes > self.held_bytes as u64
    }

    /// Adds a piece to a stretch. Waits while the worker holds too much, unless it has the turn.
    pub(super) async fn add(&self, to: Stretch, piece: Piece) -> Result<()> {
        self.take(to, |parcels| {
            parcels.add(to, piece);
            if parcels.weight(to.worker) > self.held_bytes {
                parcels.urge(to);
            }
        })?;
        self.wait(to, |tail| tail.parcels.weight(to.worker) <= self.held_bytes).await;
        Ok(())
    }

    /// Waits for the stretch's turn, which then is its own until its end.
    pub(super) async fn claim(&self, to: Stretch) -> Result<()> {
        self.take(to, |parcels| parcels.urge(to))?;
        self.wait(to, |_| false).await;
        Ok(())
    }

    /// Nothing follows in this stretch. Never waits.
    pub(super) fn end(&self, of: Stretch) -> Result<()> {
        self.take(of, |parcels| parcels.end(of))
    }

    /// Changes what there is of a stretch, then writes what can be written.
    fn take(&self, of: Stretch, change: impl FnOnce(&mut Parcels)) -> Result<()> {
        let mut tail = self.lock();
        if tail.is_abandoned(of) {
            return Ok(());
        }
        change(&mut tail.parcels);
        self.advance(&mut tail)
    }

    async fn wait(&self, of: Stretch, enough: impl Fn(&Tail) -> bool) {
        loop {
            // Asked for before the look, or the turn could move between the two unnoticed.
            let mut moved = std::pin::pin!(self.moved.notified());
            moved.as_mut().enable();
            {
                let tail = self.lock();
                if enough(&tail) || tail.has_turn(of) || tail.is_abandoned(of) {
                    return;
                }
            }
            moved.await;
        }
    }

    /// Writes whatever is next until nothing is.
    fn advance(&self, tail: &mut Tail) -> Result<()> {
        let (before, at) = (tail.end, tail.open.as_ref().map(|open| open.place));
        while let Some(parcel) = tail.parcels.take_next(tail.open.as_ref().map(|open| open.place)) {
            self.write(tail, &parcel)?;
        }
        if at != tail.open.as_ref().map(|open| open.place) {
            self.moved.notify_waiters();
        }
        self.meter.add_archive(tail.end - before);
        Ok(())
    }

    fn write(&self, tail: &mut Tail, parcel: &Parcel) -> Result<()> {
        let Tail { end, open, placed, .. } = tail;
        let mut out = Append { file: &self.file, end, failure: None };
        let mut current = match open.take() {
            Some(open) => open,
            None => self.begin(parcel.of.place(), &mut out)?,
        };
        for piece in &parcel.pieces {
            let added = current.block.add(piece, &mut out);
            out.result(added)?;
        }
        if parcel.ended && parcel.of.last {
            placed.insert(parcel.of.id, current.start);
            let mut compressor =
                Compressor::new(Compression { codec: self.codec, level: None }, Form::Block)?;
            let added = current.block.add(&compressor.piece(TERMINATOR)?, &mut out);
            out.result(added)?;
            let ended = current.block.finish(&mut out);
            return out.result(ended);
        }
        current.place.turn += u64::from(parcel.ended);
        *open = Some(current);
        Ok(())
    }

    fn begin(&self, place: Place, out: &mut Append<'_>) -> Result<Open> {
        let start = *out.end;
        let block = BlockAssembler::new(self.codec, place.id);
        let begun = block.start(out);
        out.result(begun).map(|()| Open { place, start, block })
    }

    /// Cuts the table's block off, if it was begun, and takes what still comes for nothing: nobody
    /// may wait for the turn of a stretch that never ends.
    pub(super) fn abandon(&self, id: u32) -> Result<()> {
        let mut tail = self.lock();
        tail.abandoned.insert(id);
        tail.parcels.drop_table(id);
        if let Some(open) = tail.open.take_if(|open| open.place.id == id) {
            tail.end = open.start;
            self.file.truncate(open.start)?;
        }
        self.moved.notify_waiters();
        self.advance(&mut tail)
    }

    /// Where the table's finished block begins.
    pub(super) fn start_of(&self, id: u32) -> Option<u64> {
        self.lock().placed.get(&id).copied()
    }

    /// Writes the head into the place that was left for it, and publishes the file. Returns its size.
    pub(super) fn finish(&self, head: &[u8]) -> Result<u64> {
        let (end, done) = {
            let tail = self.lock();
            (tail.end, tail.open.is_none() && tail.parcels.is_empty())
        };
        if !done || head.len() as u64 > self.head_len {
            return Err(Error::new(ErrorKind::Internal, "the archive's parts do not fit together"));
        }
        self.file.write_at(head, 0)?;
        // Blocks without a byte are impossible, so only an archive without data ends before here.
        self.file.truncate(end)?;
        self.meter.add_archive(head.len() as u64);
        self.file.publish()?;
        Ok(end)
    }

    /// Removes the file, unless it was published.
    pub(super) fn remove(&self) {
        self.file.remove();
    }

    fn lock(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes at the end of the file and keeps the error that says which file it was.
struct Append<'a> {
    file: &'a PartialFile,
    end: &'a mut u64,
    failure: Option<Error>,
}

impl Append<'_> {
    fn result(&mut self, written: Result<()>) -> Result<()> {
        written.map_err(|error| self.failure.take().unwrap_or(error))
    }
}

impl Write for Append<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.file.write_at(bytes, *self.end) {
            self.failure = Some(error);
            return Err(io::ErrorKind::Other.into());
        }
        *self.end += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
