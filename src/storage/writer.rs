//! Writes an object of unknown length: equal parts, several on the way at a time, and a beginning
//! that can be changed to the end.
//!
//! ```text
//!  write ─► tail ── full ──► part number ≥ held: sent at once, at most so many at a time
//!                  └───────► part number < held: kept until the end, for patch
//!  finish:  one short part ─► put            more ─► held parts, tail, Upload::finish ─► head: its size
//! ```
//! Memory: the parts that are held, those on the way, and one that fills.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::task::JoinSet;

use super::{Key, Mode, Put, Store, Upload};
use crate::error::{Error, ErrorKind, Result};
use crate::model::size;

/// The smallest part: S3 wants 5 MiB at least, and each part costs a round trip.
const PART_MIN: u64 = 8 << 20;
/// S3 takes 10,000 parts.
const PARTS: u64 = 10_000;
/// What parts on the way may weigh together, unless they are few.
const ON_THE_WAY: usize = 32 << 20;
/// Parts on the way at least.
const PARALLEL_MIN: usize = 2;

/// How an object is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Bytes of a part.
    pub part_bytes: usize,
    /// Parts on the way at a time.
    pub parallel: usize,
    /// Bytes at the beginning that can be changed until the end.
    pub held_bytes: u64,
}

impl Layout {
    /// For about so many bytes, if anybody knows.
    pub fn for_size(expected: Option<u64>) -> Self {
        // Half of the parts, because an expectation is often too low.
        let needed = expected.unwrap_or(0).div_ceil(PARTS / 2).next_multiple_of(1 << 20);
        let part_bytes = usize::try_from(needed.max(PART_MIN)).unwrap_or(usize::MAX);
        let parallel = (ON_THE_WAY / part_bytes).max(PARALLEL_MIN);
        Self { part_bytes, parallel, held_bytes: 0 }
    }

    /// The same with a beginning that can be changed.
    #[must_use]
    pub fn holding(self, held_bytes: u64) -> Self {
        Self { held_bytes, ..self }
    }
}

/// The object under way.
#[derive(Debug)]
pub struct Writer {
    store: Arc<dyn Store>,
    key: Key,
    mode: Mode,
    layout: Layout,
    /// Whole parts from the first on, which are not sent yet.
    held: Vec<BytesMut>,
    tail: BytesMut,
    /// Parts that are full.
    full: usize,
    upload: Option<Arc<dyn Upload>>,
    on_the_way: JoinSet<Result<()>>,
}

impl Writer {
    /// Begins; nothing is sent before a part is full.
    pub fn new(store: Arc<dyn Store>, key: Key, mode: Mode, layout: Layout) -> Self {
        let (held, on_the_way) = (Vec::new(), JoinSet::new());
        Self {
            store,
            key,
            mode,
            layout,
            held,
            tail: BytesMut::new(),
            full: 0,
            upload: None,
            on_the_way,
        }
    }

    /// Chooses the size of parts for about so many bytes. Does nothing once something was written.
    pub fn expect(&mut self, bytes: u64) {
        if self.length() == 0 {
            self.layout = Layout::for_size(Some(bytes)).holding(self.layout.held_bytes);
        }
    }

    /// Chooses how the object is cut. Does nothing once something was written.
    pub fn choose(&mut self, layout: Layout) {
        if self.length() == 0 {
            self.layout = layout;
        }
    }

    /// Holds so many bytes from the beginning on. Does nothing once something was written.
    pub fn hold(&mut self, bytes: u64) {
        if self.length() == 0 {
            self.layout.held_bytes = bytes;
        }
    }

    /// Bytes so far.
    pub fn length(&self) -> u64 {
        self.full as u64 * self.layout.part_bytes as u64 + self.tail.len() as u64
    }

    /// Takes bytes until a part is full; returns how many. Call [`Writer::send`] then.
    pub fn fill(&mut self, bytes: &[u8]) -> usize {
        let room = self.layout.part_bytes.saturating_sub(self.tail.len());
        let taken = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.tail.extend_from_slice(taken);
        taken.len()
    }

    /// Whether a part is full.
    pub fn is_full(&self) -> bool {
        self.tail.len() >= self.layout.part_bytes
    }

    /// Sends the part that is full, if one is, as soon as there is room on the way.
    pub async fn send(&mut self) -> Result<()> {
        if !self.is_full() {
            return Ok(());
        }
        let part = self.tail.split();
        let number = self.full;
        self.full += 1;
        if number as u64 >= PARTS - 1 {
            return Err(self.too_many_parts());
        }
        if (number as u64) * (self.layout.part_bytes as u64) < self.layout.held_bytes {
            self.held.push(part);
            return Ok(());
        }
        self.send_part(number, part.freeze()).await
    }

    /// Writes all bytes at the end.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let taken = self.fill(rest);
            rest = rest.get(taken..).unwrap_or_default();
            self.send().await?;
        }
        Ok(())
    }

    /// Writes over what is there, within the bytes that are held.
    pub fn patch(&mut self, bytes: &[u8], at: u64) -> Result<()> {
        let size = self.layout.part_bytes;
        let beyond = || Error::new(ErrorKind::Internal, "what was sent cannot be changed");
        let mut at = usize::try_from(at).map_err(|_| beyond())?;
        let mut rest = bytes;
        while !rest.is_empty() {
            let (number, from) = (at / size, at % size);
            let is_tail = number == self.full && number == self.held.len();
            let part = match self.held.get_mut(number) {
                Some(part) => part,
                None if is_tail => &mut self.tail,
                None => return Err(beyond()),
            };
            let room = part.get_mut(from..).filter(|room| !room.is_empty()).ok_or_else(beyond)?;
            let length = room.len().min(rest.len());
            let (now, later) = rest.split_at(length);
            room.get_mut(..length).ok_or_else(beyond)?.copy_from_slice(now);
            at += length;
            rest = later;
        }
        Ok(())
    }

    /// Puts the object in its place and looks whether all of it is there.
    pub async fn finish(&mut self) -> Result<Put> {
        let length = self.length();
        let put = if self.upload.is_none() {
            self.put_at_once().await?
        } else {
            self.put_parts().await?
        };
        if put == Put::Done {
            self.check(length).await?;
        }
        Ok(put)
    }

    /// Gives up: what was sent is removed.
    pub async fn abort(&mut self) -> Result<()> {
        self.on_the_way.shutdown().await;
        match self.upload.take() {
            Some(upload) => upload.abort().await,
            None => Ok(()),
        }
    }

    async fn put_at_once(&mut self) -> Result<Put> {
        let mut all = std::mem::take(&mut self.held);
        all.push(self.tail.split());
        let bytes: Bytes = match <[BytesMut; 1]>::try_from(all) {
            Ok([only]) => only.freeze(),
            Err(several) => several.concat().into(),
        };
        let put = self.store.put(&self.key, bytes.clone(), self.mode).await?;
        if put == Put::Exists && self.holds(&bytes).await {
            return Ok(Put::Done);
        }
        Ok(put)
    }

    /// Whether the object is these bytes: an attempt whose answer was lost had put it there, and the
    /// next one found it.
    async fn holds(&self, bytes: &Bytes) -> bool {
        let found = self.store.get(&self.key, bytes.len() as u64).await;
        found.is_ok_and(|found| found.as_ref() == Some(bytes))
    }

    async fn put_parts(&mut self) -> Result<Put> {
        for (number, part) in std::mem::take(&mut self.held).into_iter().enumerate() {
            self.send_part(number, part.freeze()).await?;
        }
        if !self.tail.is_empty() {
            let last = self.tail.split().freeze();
            self.send_part(self.full, last).await?;
        }
        while let Some(sent) = self.on_the_way.join_next().await {
            outcome(sent)?;
        }
        match &self.upload {
            Some(upload) => upload.finish().await,
            None => Err(Error::new(ErrorKind::Internal, "an upload that was not begun")),
        }
    }

    /// What a store says of itself is not taken on trust: a backup of half an object is none.
    async fn check(&self, length: u64) -> Result<()> {
        let found = self.store.head(&self.key).await?.map(|meta| meta.size);
        if found == Some(length) {
            return Ok(());
        }
        let place = format!("{}/{}", self.store.place(), self.key);
        let found = found.map_or("nothing".to_owned(), |size| size::Bytes(size).to_string());
        let text = format!("{place} should have {length} bytes after writing; {found} is there");
        Err(Error::new(ErrorKind::Io, text)
            .with_hint("remove what is there and run the backup again; look after the storage"))
    }

    async fn send_part(&mut self, number: usize, bytes: Bytes) -> Result<()> {
        while self.on_the_way.len() >= self.layout.parallel
            && let Some(sent) = self.on_the_way.join_next().await
        {
            outcome(sent)?;
        }
        let upload = if let Some(upload) = &self.upload {
            Arc::clone(upload)
        } else {
            let begun = self.store.begin(&self.key, self.layout.part_bytes, self.mode).await?;
            Arc::clone(self.upload.insert(begun))
        };
        self.on_the_way.spawn(async move { upload.part(number, bytes).await });
        Ok(())
    }

    fn too_many_parts(&self) -> Error {
        let most = size::Bytes(PARTS * self.layout.part_bytes as u64);
        let text = format!("{}/{} became larger than {most}", self.store.place(), self.key);
        Error::new(ErrorKind::Io, text).with_hint(
            "an object takes 10,000 parts, and their size was chosen for twice what the tables take \
             in the database; compress it (-Z), or, if it is one object for several tables, use the \
             directory format, which writes an object for each",
        )
    }
}

fn outcome(sent: Result<Result<()>, tokio::task::JoinError>) -> Result<()> {
    sent.map_err(|error| {
        Error::new(ErrorKind::Internal, "sending a part crashed").with_source(error)
    })?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Memory;

    const SMALL: Layout = Layout { part_bytes: 10, parallel: 3, held_bytes: 0 };

    async fn written(layout: Layout, length: usize, step: usize) -> (Arc<Memory>, Vec<u8>) {
        let store = Arc::new(Memory::new("t"));
        let bytes: Vec<u8> = (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let key = Key::new("x").unwrap();
        let mut writer = Writer::new(Arc::clone(&store) as _, key, Mode::New, layout);
        for piece in bytes.chunks(step) {
            writer.write(piece).await.unwrap();
        }
        assert_eq!(writer.length(), length as u64);
        if layout.held_bytes > 0 {
            let patch = vec![255; usize::try_from(layout.held_bytes).unwrap().min(length)];
            writer.patch(&patch, 0).unwrap();
        }
        assert_eq!(writer.finish().await.unwrap(), Put::Done);
        (store, bytes)
    }

    async fn content(store: &Memory) -> Bytes {
        store.get(&Key::new("x").unwrap(), 1 << 20).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn any_length_in_any_steps_comes_out_whole() {
        for length in [0, 1, 9, 10, 11, 20, 99, 100, 101] {
            for step in [1, 7, 10, 1000] {
                let (store, bytes) = written(SMALL, length, step).await;
                assert_eq!(content(&store).await, bytes, "{length} by {step}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_held_can_be_changed_to_the_end_and_nothing_else() {
        for length in [3, 10, 25, 40, 200] {
            let (store, bytes) = written(SMALL.holding(25), length, 8).await;
            let found = content(&store).await;
            let held = length.min(25);
            assert!(found[..held].iter().all(|byte| *byte == 255), "{length}");
            assert_eq!(found[held..], bytes[held..], "{length}");
        }
        let store: Arc<dyn Store> = Arc::new(Memory::new("t"));
        let mut writer = Writer::new(store, Key::new("x").unwrap(), Mode::New, SMALL.holding(10));
        writer.write(&[0; 35]).await.unwrap();
        assert!(writer.patch(&[1; 10], 0).is_ok());
        assert!(writer.patch(&[1; 11], 0).is_err());
        assert!(writer.patch(&[1], 33).is_err());
        writer.abort().await.unwrap();
    }

    #[tokio::test]
    async fn the_size_of_parts_can_be_chosen_until_something_is_written() {
        let store: Arc<dyn Store> = Arc::new(Memory::new("t"));
        let mut writer = Writer::new(store, Key::new("x").unwrap(), Mode::New, SMALL);
        let large = Layout { parallel: 2, ..Layout::for_size(Some(1 << 40)) };
        writer.choose(large);
        assert_eq!(writer.layout, large);
        writer.write(b"x").await.unwrap();
        writer.choose(SMALL);
        assert_eq!(writer.layout, large);
    }

    #[test]
    fn parts_grow_with_what_is_expected_and_stay_few_on_the_way() {
        assert_eq!(Layout::for_size(None).part_bytes, 8 << 20);
        assert_eq!(Layout::for_size(Some(1 << 30)).parallel, 4);
        let large = Layout::for_size(Some(1 << 40));
        assert!(large.part_bytes as u64 * PARTS >= 2 << 40);
        assert_eq!(large.parallel, 2);
    }
}
