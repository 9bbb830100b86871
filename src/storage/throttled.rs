//! A store with a limit on the bytes that pass.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::{Key, Listing, Meta, Mode, Page, Put, Store, Upload};
use crate::error::Result;
use crate::throttle::Throttle;

/// Pays for bytes before they go, and for those that are asked for before they come.
#[derive(Debug)]
pub struct Throttled<S> {
    store: S,
    throttle: Arc<Throttle>,
}

impl<S: Store> Throttled<S> {
    /// Shares a limit with whoever else has it.
    pub fn new(store: S, throttle: Arc<Throttle>) -> Self {
        Self { store, throttle }
    }
}

#[async_trait]
impl<S: Store> Store for Throttled<S> {
    fn place(&self) -> String {
        self.store.place()
    }

    async fn put(&self, key: &Key, bytes: Bytes, mode: Mode) -> Result<Put> {
        self.throttle.acquire(bytes.len() as u64).await;
        self.store.put(key, bytes, mode).await
    }

    async fn begin(&self, key: &Key, part_bytes: usize, mode: Mode) -> Result<Arc<dyn Upload>> {
        let upload = self.store.begin(key, part_bytes, mode).await?;
        Ok(Arc::new(ThrottledUpload { upload, throttle: Arc::clone(&self.throttle) }))
    }

    async fn get(&self, key: &Key, limit: u64) -> Result<Option<Bytes>> {
        let found = self.store.get(key, limit).await?;
        // What it weighs is known only now; the next one waits for it.
        if let Some(bytes) = &found {
            self.throttle.acquire(bytes.len() as u64).await;
        }
        Ok(found)
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        self.throttle.acquire(range.end.saturating_sub(range.start)).await;
        self.store.read(key, range).await
    }

    async fn head(&self, key: &Key) -> Result<Option<Meta>> {
        self.store.head(key).await
    }

    async fn list(&self, listing: &Listing) -> Result<Page> {
        self.store.list(listing).await
    }

    async fn folders(&self, under: Option<&Key>) -> Result<Vec<String>> {
        self.store.folders(under).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.store.delete(key).await
    }
}

#[derive(Debug)]
struct ThrottledUpload {
    upload: Arc<dyn Upload>,
    throttle: Arc<Throttle>,
}

#[async_trait]
impl Upload for ThrottledUpload {
    async fn part(&self, number: usize, bytes: Bytes) -> Result<()> {
        self.throttle.acquire(bytes.len() as u64).await;
        self.upload.part(number, bytes).await
    }

    async fn finish(&self) -> Result<Put> {
        self.upload.finish().await
    }

    async fn abort(&self) -> Result<()> {
        self.upload.abort().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{Layout, Memory, Writer};
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn what_goes_and_what_comes_keeps_to_the_limit() {
        let limit = Arc::new(Throttle::new(Some(1_000_000)));
        let store = Arc::new(Throttled::new(Memory::new("t"), limit));
        let key = Key::new("x").unwrap();
        let layout = Layout { part_bytes: 50_000, parallel: 4, held_bytes: 0 };
        let begun = Instant::now();
        let mut writer = Writer::new(Arc::clone(&store) as _, key.clone(), Mode::Replace, layout);
        writer.write(&vec![1; 5_000_000]).await.unwrap();
        writer.finish().await.unwrap();
        for at in 0..50 {
            store.read(&key, at * 100_000..(at + 1) * 100_000).await.unwrap();
        }
        let took = begun.elapsed().as_secs_f64();
        assert!((9.5..10.5).contains(&took), "{took}");
    }
}
