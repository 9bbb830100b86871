//! The data part of the archive while it grows.
//!
//! ```text
//!  ┌ head (written last) ┐┌ block ┐┌ block ┐┌ block still open …
//!                                           └ start              └ end
//! ```
//! A block lies in one stretch, so one table at a time owns the end of the file; the workers that
//! share it add their pieces in the order in which they come. The others keep what they have, and
//! wait once that is more than a little. A row that is larger than a piece comes in several: until
//! its end nobody else adds to the block. A block that cannot be completed is the last thing in the
//! file, so it is cut off.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::archive::compress::{BlockAssembler, Piece};
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::Codec;
use crate::work::Meter;

use super::output::PartialFile;

/// The growing file; all workers share it.
#[derive(Debug)]
pub(super) struct Blocks {
    file: PartialFile,
    codec: Codec,
    meter: Arc<Meter>,
    head_len: u64,
    tail: Mutex<Tail>,
    freed: Notify,
}

#[derive(Debug)]
struct Tail {
    end: u64,
    open: Option<Open>,
    /// Where the finished blocks begin, by dump id.
    placed: HashMap<u32, u64>,
}

#[derive(Debug)]
struct Open {
    id: u32,
    start: u64,
    block: BlockAssembler,
    /// The worker in the middle of a row.
    in_row: Option<u16>,
    /// Will be cut off: nothing is written to it any more.
    spoiled: bool,
}

impl Open {
    /// Whether this worker may add to this table's block now.
    fn admits(&self, by: By) -> bool {
        self.id == by.id && self.in_row.is_none_or(|worker| worker == by.worker)
    }
}

/// Who adds to which table's block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct By {
    /// Dump id of the table's rows.
    pub(super) id: u32,
    /// The worker's number.
    pub(super) worker: u16,
}

/// What to do with a block after adding pieces to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// More pieces follow.
    Continue,
    /// The rest of a row follows, from the same worker.
    InRow,
    /// These were the last.
    Close,
}

impl Blocks {
    /// Blocks will follow a head of this length.
    pub(super) fn new(file: PartialFile, codec: Codec, head_len: u64, meter: Arc<Meter>) -> Self {
        let tail = Tail { end: head_len, open: None, placed: HashMap::new() };
        Self { file, codec, meter, head_len, tail: Mutex::new(tail), freed: Notify::new() }
    }

    /// Adds a worker's pieces to the table's block and takes them; waits while another table owns the
    /// end of the file, or another worker is in the middle of a row.
    pub(super) async fn put(&self, by: By, pieces: &mut Vec<Piece>, then: Then) -> Result<()> {
        loop {
            // Asked for before the try, or the end could become free between the two unnoticed.
            let mut freed = std::pin::pin!(self.freed.notified());
            freed.as_mut().enable();
            if self.try_put(by, pieces, then)? {
                return Ok(());
            }
            freed.await;
        }
    }

    /// As [`Blocks::put`], but says `false` and leaves the pieces where it would have to wait.
    pub(super) fn try_put(&self, by: By, pieces: &mut Vec<Piece>, then: Then) -> Result<bool> {
        let mut tail = self.lock();
        let Tail { end, open, placed } = &mut *tail;
        if open.as_ref().is_some_and(|open| !open.admits(by)) {
            return Ok(false);
        }
        let before = *end;
        let mut out = Append { file: &self.file, end, failure: None };
        let mut current = match open.take() {
            Some(open) => open,
            None => self.begin(by.id, &mut out)?,
        };
        for piece in pieces.drain(..).filter(|_| !current.spoiled) {
            let added = current.block.add(&piece, &mut out);
            out.result(added)?;
        }
        if current.in_row.is_some() || then == Then::Close {
            self.freed.notify_waiters();
        }
        if then == Then::Close && !current.spoiled {
            placed.insert(by.id, current.start);
            let ended = current.block.finish(&mut out);
            out.result(ended)?;
        } else {
            current.in_row = (then == Then::InRow).then_some(by.worker);
            *open = Some(current);
        }
        self.meter.add_archive(*end - before);
        Ok(true)
    }

    fn begin(&self, id: u32, out: &mut Append<'_>) -> Result<Open> {
        let start = *out.end;
        let block = BlockAssembler::new(self.codec, id);
        let begun = block.start(out);
        out.result(begun).map(|()| Open { id, start, block, in_row: None, spoiled: false })
    }

    /// Takes what still comes for the table for nothing: nobody may wait for a row that never ends.
    pub(super) fn spoil(&self, id: u32) {
        if let Some(open) = self.lock().open.as_mut().filter(|open| open.id == id) {
            open.in_row = None;
            open.spoiled = true;
            self.freed.notify_waiters();
        }
    }

    /// Cuts the table's block off, if it was begun. No worker may be at the table any more.
    pub(super) fn abandon(&self, id: u32) -> Result<()> {
        let mut tail = self.lock();
        if let Some(open) = tail.open.take_if(|open| open.id == id) {
            tail.end = open.start;
            self.file.truncate(open.start)?;
            self.freed.notify_waiters();
        }
        Ok(())
    }

    /// Where the table's finished block begins.
    pub(super) fn start_of(&self, id: u32) -> Option<u64> {
        self.lock().placed.get(&id).copied()
    }

    /// Writes the head into the place that was left for it, and publishes the file. Returns its size.
    pub(super) fn finish(&self, head: &[u8]) -> Result<u64> {
        let (end, open) = {
            let tail = self.lock();
            (tail.end, tail.open.is_some())
        };
        if open || head.len() as u64 > self.head_len {
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::archive::compress::Compressor;

    fn blocks(folder: &Path, head_len: u64) -> Arc<Blocks> {
        let file = PartialFile::create(&folder.join("a.dump"), false).unwrap();
        Arc::new(Blocks::new(file, Codec::None, head_len, Arc::default()))
    }

    fn by(id: u32, worker: u16) -> By {
        By { id, worker }
    }

    fn pieces(texts: &[&str]) -> Vec<Piece> {
        let mut compressor = Compressor::new("none".parse().unwrap()).unwrap();
        texts.iter().map(|text| compressor.piece(text.as_bytes()).unwrap()).collect()
    }

    /// A block without compression: type, dump id, chunks, end.
    fn block(id: u8, texts: &[&str]) -> Vec<u8> {
        let mut bytes = vec![1, 0, id, 0, 0, 0];
        for text in texts.iter().chain(&["\\.\n\n\n"]) {
            bytes.extend_from_slice(&[0, u8::try_from(text.len()).unwrap(), 0, 0, 0]);
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes.extend_from_slice(&[0; 5]);
        bytes
    }

    #[tokio::test]
    async fn workers_that_share_a_table_add_to_one_block_in_the_order_in_which_they_come() {
        let folder = tempfile::tempdir().unwrap();
        let blocks = blocks(folder.path(), 4);
        blocks.put(by(7, 0), &mut pieces(&["a\n"]), Then::Continue).await.unwrap();
        blocks.put(by(7, 0), &mut pieces(&["b\n", "c\n"]), Then::Continue).await.unwrap();
        blocks.put(by(7, 0), &mut Vec::new(), Then::Close).await.unwrap();
        blocks.put(by(9, 0), &mut Vec::new(), Then::Close).await.unwrap();
        let first = block(7, &["a\n", "b\n", "c\n"]);
        assert_eq!(blocks.start_of(7), Some(4));
        assert_eq!(blocks.start_of(9), Some(4 + first.len() as u64));
        let size = blocks.finish(b"head").unwrap();
        let whole = [b"head".to_vec(), first, block(9, &[])].concat();
        assert_eq!(fs::read(folder.path().join("a.dump")).unwrap(), whole);
        assert_eq!(size, whole.len() as u64);
        assert_eq!(blocks.meter.sample().archive_bytes, size);
    }

    #[tokio::test(start_paused = true)]
    async fn another_table_waits_until_the_open_block_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let blocks = blocks(folder.path(), 0);
        blocks.put(by(1, 0), &mut pieces(&["a\n"]), Then::Continue).await.unwrap();
        let mut waiting = pieces(&["b\n"]);
        assert!(!blocks.try_put(by(2, 0), &mut waiting, Then::Close).unwrap());
        assert_eq!(waiting.len(), 1, "what could not be written is kept");
        let second = tokio::spawn({
            let blocks = Arc::clone(&blocks);
            async move { blocks.put(by(2, 0), &mut waiting, Then::Close).await }
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!second.is_finished());
        blocks.put(by(1, 0), &mut Vec::new(), Then::Close).await.unwrap();
        second.await.unwrap().unwrap();
        assert_eq!(blocks.start_of(2), Some(block(1, &["a\n"]).len() as u64));
    }

    #[tokio::test]
    async fn an_abandoned_block_is_cut_off_and_the_next_takes_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let blocks = blocks(folder.path(), 0);
        blocks.put(by(1, 0), &mut pieces(&["keep\n"]), Then::Close).await.unwrap();
        blocks
            .put(by(2, 0), &mut pieces(&["half of something long\n"]), Then::Continue)
            .await
            .unwrap();
        blocks.abandon(3).unwrap();
        assert!(
            !blocks.try_put(by(4, 0), &mut Vec::new(), Then::Close).unwrap(),
            "3 was not the open one"
        );
        blocks.abandon(2).unwrap();
        blocks.put(by(4, 0), &mut pieces(&["x\n"]), Then::Close).await.unwrap();
        assert_eq!(blocks.start_of(2), None);
        blocks.finish(b"").unwrap();
        let whole = [block(1, &["keep\n"]), block(4, &["x\n"])].concat();
        assert_eq!(fs::read(folder.path().join("a.dump")).unwrap(), whole);
    }

    #[tokio::test]
    async fn nobody_adds_in_the_middle_of_a_row() {
        let folder = tempfile::tempdir().unwrap();
        let blocks = blocks(folder.path(), 0);
        blocks.put(by(1, 0), &mut pieces(&["lo"]), Then::InRow).await.unwrap();
        let mut other = pieces(&["x\n"]);
        assert!(!blocks.try_put(by(1, 1), &mut other, Then::Continue).unwrap());
        blocks.put(by(1, 0), &mut pieces(&["ng\n"]), Then::Continue).await.unwrap();
        assert!(blocks.try_put(by(1, 1), &mut other, Then::Close).unwrap());
        blocks.finish(b"").unwrap();
        let whole = block(1, &["lo", "ng\n", "x\n"]);
        assert_eq!(fs::read(folder.path().join("a.dump")).unwrap(), whole);
    }

    #[tokio::test]
    async fn a_row_that_never_ends_holds_nobody_up() {
        let folder = tempfile::tempdir().unwrap();
        let blocks = blocks(folder.path(), 0);
        blocks.put(by(1, 0), &mut pieces(&["half"]), Then::InRow).await.unwrap();
        blocks.spoil(1);
        blocks.put(by(1, 1), &mut pieces(&["x\n"]), Then::Continue).await.unwrap();
        blocks.abandon(1).unwrap();
        blocks.finish(b"").unwrap();
        assert_eq!(fs::read(folder.path().join("a.dump")).unwrap(), b"");
    }

    #[tokio::test]
    async fn a_file_with_an_open_block_or_too_long_a_head_is_never_published() {
        let folder = tempfile::tempdir().unwrap();
        let blocks = blocks(folder.path(), 1);
        assert!(blocks.finish(b"two").is_err());
        blocks.put(by(1, 0), &mut pieces(&["a\n"]), Then::Continue).await.unwrap();
        assert!(blocks.finish(b"1").is_err());
        assert!(!folder.path().join("a.dump").exists());
    }
}
