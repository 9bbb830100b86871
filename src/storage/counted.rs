//! A store that counts what passes.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use async_trait::async_trait;
use bytes::Bytes;

use super::{Key, Listing, Meta, Mode, Page, Put, Store, Upload};
use crate::error::Result;

/// What passed so far.
#[derive(Debug, Default)]
pub struct Counts {
    calls: AtomicU64,
    read: AtomicU64,
    written: AtomicU64,
}

impl Counts {
    /// Calls of any kind, those of uploads included.
    pub fn calls(&self) -> u64 {
        self.calls.load(Relaxed)
    }

    /// Bytes that came.
    pub fn read(&self) -> u64 {
        self.read.load(Relaxed)
    }

    /// Bytes that went.
    pub fn written(&self) -> u64 {
        self.written.load(Relaxed)
    }

    fn call(&self) {
        self.calls.fetch_add(1, Relaxed);
    }

    fn add_written<T>(&self, bytes: usize, result: Result<T>) -> Result<T> {
        if result.is_ok() {
            self.written.fetch_add(bytes as u64, Relaxed);
        }
        result
    }

    fn add_read(&self, bytes: Option<&Bytes>) {
        self.read.fetch_add(bytes.map_or(0, |bytes| bytes.len() as u64), Relaxed);
    }
}

/// Counts what passes to and from another store.
#[derive(Debug)]
pub struct Counted<S> {
    store: S,
    counts: Arc<Counts>,
}

impl<S: Store> Counted<S> {
    /// Counts from 0.
    pub fn new(store: S) -> Self {
        Self { store, counts: Arc::default() }
    }

    /// The counters, which live on with whoever keeps them.
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }
}

#[async_trait]
impl<S: Store> Store for Counted<S> {
    fn place(&self) -> String {
        self.store.place()
    }

    async fn put(&self, key: &Key, bytes: Bytes, mode: Mode) -> Result<Put> {
        self.counts.call();
        let length = bytes.len();
        self.counts.add_written(length, self.store.put(key, bytes, mode).await)
    }

    async fn begin(&self, key: &Key, part_bytes: usize, mode: Mode) -> Result<Arc<dyn Upload>> {
        self.counts.call();
        let upload = self.store.begin(key, part_bytes, mode).await?;
        Ok(Arc::new(CountedUpload { upload, counts: self.counts() }))
    }

    async fn get(&self, key: &Key, limit: u64) -> Result<Option<Bytes>> {
        self.counts.call();
        let found = self.store.get(key, limit).await?;
        self.counts.add_read(found.as_ref());
        Ok(found)
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        self.counts.call();
        let found = self.store.read(key, range).await?;
        self.counts.add_read(Some(&found));
        Ok(found)
    }

    async fn head(&self, key: &Key) -> Result<Option<Meta>> {
        self.counts.call();
        self.store.head(key).await
    }

    async fn list(&self, listing: &Listing) -> Result<Page> {
        self.counts.call();
        self.store.list(listing).await
    }

    async fn folders(&self, under: Option<&Key>) -> Result<Vec<String>> {
        self.counts.call();
        self.store.folders(under).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.counts.call();
        self.store.delete(key).await
    }
}

#[derive(Debug)]
struct CountedUpload {
    upload: Arc<dyn Upload>,
    counts: Arc<Counts>,
}

#[async_trait]
impl Upload for CountedUpload {
    async fn part(&self, number: usize, bytes: Bytes) -> Result<()> {
        self.counts.call();
        let length = bytes.len();
        self.counts.add_written(length, self.upload.part(number, bytes).await)
    }

    async fn finish(&self) -> Result<Put> {
        self.counts.call();
        self.upload.finish().await
    }

    async fn abort(&self) -> Result<()> {
        self.counts.call();
        self.upload.abort().await
    }
}
