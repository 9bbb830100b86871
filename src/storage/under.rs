//! A part of another store: what lies under a name in it.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::{Key, Listing, Meta, Mode, Page, Put, Store, Upload};
use crate::error::Result;

/// What lies under a name.
#[derive(Debug)]
pub(super) struct Under {
    store: Arc<dyn Store>,
    name: Key,
}

impl Under {
    pub(super) fn new(store: Arc<dyn Store>, name: Key) -> Self {
        Self { store, name }
    }

    fn full(&self, key: &Key) -> Result<Key> {
        self.name.join(key.as_str())
    }

    fn own(&self, meta: &Meta) -> Option<Meta> {
        let rest = meta.key.as_str().get(self.name.as_str().len() + 1..)?;
        Some(Meta { key: Key::new(rest).ok()?, size: meta.size })
    }
}

#[async_trait]
impl Store for Under {
    fn place(&self) -> String {
        format!("{}/{}", self.store.place(), self.name)
    }

    async fn put(&self, key: &Key, bytes: Bytes, mode: Mode) -> Result<Put> {
        self.store.put(&self.full(key)?, bytes, mode).await
    }

    async fn begin(&self, key: &Key, part_bytes: usize, mode: Mode) -> Result<Arc<dyn Upload>> {
        self.store.begin(&self.full(key)?, part_bytes, mode).await
    }

    async fn get(&self, key: &Key, limit: u64) -> Result<Option<Bytes>> {
        self.store.get(&self.full(key)?, limit).await
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        self.store.read(&self.full(key)?, range).await
    }

    async fn head(&self, key: &Key) -> Result<Option<Meta>> {
        let found = self.store.head(&self.full(key)?).await?;
        Ok(found.map(|meta| Meta { key: key.clone(), size: meta.size }))
    }

    async fn list(&self, listing: &Listing) -> Result<Page> {
        let under = match &listing.under {
            Some(key) => self.full(key)?,
            None => self.name.clone(),
        };
        let after = listing.after.as_ref().map(|key| self.full(key)).transpose()?;
        let page = self.store.list(&Listing { under: Some(under), after }).await?;
        let objects = page.objects.iter().filter_map(|meta| self.own(meta)).collect();
        Ok(Page { objects, more: page.more })
    }

    async fn folders(&self, under: Option<&Key>) -> Result<Vec<String>> {
        let under = match under {
            Some(key) => self.full(key)?,
            None => self.name.clone(),
        };
        self.store.folders(Some(&under)).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.store.delete(&self.full(key)?).await
    }
}
