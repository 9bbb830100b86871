//! A store whose calls end: one that gets no answer is an error, and no job waits for ever.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::timeout;

use super::{Key, Listing, Meta, Mode, Page, Put, Store, Upload};
use crate::error::{Error, ErrorKind, Result};

/// Gives every call this long, with all retries.
#[derive(Debug)]
pub struct Timed<S> {
    store: S,
    limit: Duration,
}

impl<S: Store> Timed<S> {
    /// Limits the calls of a store.
    pub fn new(store: S, limit: Duration) -> Self {
        Self { store, limit }
    }

    /// The store whose calls are limited.
    pub fn inner(&self) -> &S {
        &self.store
    }

    async fn within<T>(
        &self,
        what: &str,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        within(self.limit, || format!("{what} {}", self.store.place()), call).await
    }
}

async fn within<T>(
    limit: Duration,
    what: impl Fn() -> String,
    call: impl Future<Output = Result<T>> + Send,
) -> Result<T> {
    timeout(limit, call).await.unwrap_or_else(|_| {
        let text = format!("{} got no answer in {} s", what(), limit.as_secs_f32());
        Err(Error::new(ErrorKind::Io, text)
            .with_transient(true)
            .with_hint("look after the storage and the network, then run it again"))
    })
}

#[async_trait]
impl<S: Store> Store for Timed<S> {
    fn place(&self) -> String {
        self.store.place()
    }

    async fn put(&self, key: &Key, bytes: Bytes, mode: Mode) -> Result<Put> {
        self.within("writing to", self.store.put(key, bytes, mode)).await
    }

    async fn begin(&self, key: &Key, part_bytes: usize, mode: Mode) -> Result<Arc<dyn Upload>> {
        let upload = self.within("writing to", self.store.begin(key, part_bytes, mode)).await?;
        let place = format!("{}/{key}", self.store.place());
        Ok(Arc::new(TimedUpload { upload, place, limit: self.limit }))
    }

    async fn get(&self, key: &Key, limit: u64) -> Result<Option<Bytes>> {
        self.within("reading from", self.store.get(key, limit)).await
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        self.within("reading from", self.store.read(key, range)).await
    }

    async fn head(&self, key: &Key) -> Result<Option<Meta>> {
        self.within("looking into", self.store.head(key)).await
    }

    async fn list(&self, listing: &Listing) -> Result<Page> {
        self.within("listing", self.store.list(listing)).await
    }

    async fn folders(&self, under: Option<&Key>) -> Result<Vec<String>> {
        self.within("listing", self.store.folders(under)).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.within("removing from", self.store.delete(key)).await
    }
}

#[derive(Debug)]
struct TimedUpload {
    upload: Arc<dyn Upload>,
    place: String,
    limit: Duration,
}

impl TimedUpload {
    async fn within<T>(
        &self,
        what: &str,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        within(self.limit, || format!("{what} {}", self.place), call).await
    }
}

#[async_trait]
impl Upload for TimedUpload {
    async fn part(&self, number: usize, bytes: Bytes) -> Result<()> {
        self.within("writing", self.upload.part(number, bytes)).await
    }

    async fn finish(&self) -> Result<Put> {
        self.within("completing", self.upload.finish()).await
    }

    async fn abort(&self) -> Result<()> {
        self.within("giving up", self.upload.abort()).await
    }
}
