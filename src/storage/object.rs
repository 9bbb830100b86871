//! Object storage as a store, through the `object_store` library: S3 and what is compatible with it,
//! Google Cloud Storage, Azure Blob Storage.
//!
//! The library retries with back-off what may be retried, signs, and finds credentials. Objects are
//! made whole by the service itself: an upload shows nothing until it is completed.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{
    Error as Failure, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
    PutPayload,
};

use super::trouble::{missing, too_large, too_short};
use super::{Key, Listing, Meta, Mode, PAGE, Page, Put, Store, Upload};
use crate::error::{Error, ErrorKind, Result};
use crate::model::location::BucketLocation;

mod failure;

use failure::explain;

/// A bucket, or what lies in it under a prefix.
#[derive(Clone)]
pub struct Object {
    location: Arc<BucketLocation>,
    objects: Arc<dyn ObjectStore>,
    multipart: Arc<dyn MultipartStore>,
}

impl fmt::Debug for Object {
    /// The library's own output could show what it should not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Object").field(&self.location.to_string()).finish()
    }
}

impl Object {
    /// What lies at a location in the bucket that a client of the library was made for.
    pub(super) fn new(
        location: BucketLocation,
        client: impl ObjectStore + MultipartStore + Clone,
    ) -> Self {
        let objects = Arc::new(client.clone());
        Self { location: Arc::new(location), objects, multipart: Arc::new(client) }
    }

    fn path(&self, key: &Key) -> Result<Path> {
        self.full(key.as_str())
    }

    fn full(&self, name: &str) -> Result<Path> {
        let prefix = &self.location.prefix;
        let slash = if prefix.is_empty() || name.is_empty() { "" } else { "/" };
        Path::parse(format!("{prefix}{slash}{name}")).map_err(|error| {
            Error::usage(format!("{}/{name} is no name of an object", self.location))
                .with_source(error)
        })
    }

    /// The prefix of a listing.
    fn prefix(&self, under: Option<&Key>) -> Result<Option<Path>> {
        let path = self.full(under.map_or("", Key::as_str))?;
        Ok(Some(path).filter(|path| !path.as_ref().is_empty()))
    }

    /// The name in this store. What no store would have made is not shown.
    fn key(&self, path: &Path) -> Option<Key> {
        let prefix = &self.location.prefix;
        let rest = path.as_ref().strip_prefix(prefix.as_str())?;
        let rest = if prefix.is_empty() { rest } else { rest.strip_prefix('/')? };
        Key::new(rest).ok()
    }

    fn meta(&self, meta: &ObjectMeta) -> Option<Meta> {
        Some(Meta { key: self.key(&meta.location)?, size: meta.size })
    }

    fn failed(&self, doing: &str, key: &Key, failure: &Failure) -> Error {
        explain(format_args!("{doing} {}/{key}", self.location), failure)
    }
}

#[async_trait]
impl Store for Object {
    fn place(&self) -> String {
        self.location.to_string()
    }

    async fn put(&self, key: &Key, bytes: Bytes, mode: Mode) -> Result<Put> {
        let condition = match mode {
            Mode::Replace => PutMode::Overwrite,
            Mode::New => PutMode::Create,
        };
        let options = PutOptions { mode: condition, ..PutOptions::default() };
        match self.objects.put_opts(&self.path(key)?, bytes.into(), options).await {
            Ok(_) => Ok(Put::Done),
            // Without a condition these are refusals like any other.
            Err(Failure::AlreadyExists { .. } | Failure::Precondition { .. })
                if mode == Mode::New =>
            {
                Ok(Put::Exists)
            }
            Err(error) => Err(self.failed("writing", key, &error)),
        }
    }

    async fn begin(&self, key: &Key, _: usize, mode: Mode) -> Result<Arc<dyn Upload>> {
        let path = self.path(key)?;
        let begun = self.multipart.create_multipart(&path).await;
        let id = begun.map_err(|error| self.failed("beginning to write", key, &error))?;
        let (store, key, parts) = (self.clone(), key.clone(), Mutex::default());
        Ok(Arc::new(Multipart { store, key, path, id, mode, parts }))
    }

    async fn get(&self, key: &Key, limit: u64) -> Result<Option<Bytes>> {
        let failed = |error| self.failed("reading", key, &error);
        let found = match self.objects.get(&self.path(key)?).await {
            Ok(found) => found,
            Err(Failure::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let size = found.meta.size;
        if size > limit {
            return Err(too_large(&self.place(), key, limit));
        }
        let bytes = found.bytes().await.map_err(failed)?;
        if bytes.len() as u64 != size {
            return Err(too_short(&self.place(), key, &(0..size)));
        }
        Ok(Some(bytes))
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let failed = |error| self.failed("reading", key, &error);
        let options = GetOptions::new().with_range(Some(range.clone()));
        let found = match self.objects.get_opts(&self.path(key)?, options).await {
            Ok(found) => found,
            Err(Failure::NotFound { .. }) => return Err(missing(&self.place(), key)),
            Err(error) => return Err(failed(error)),
        };
        if found.range != range {
            return Err(too_short(&self.place(), key, &range));
        }
        let bytes = found.bytes().await.map_err(failed)?;
        if bytes.len() as u64 != range.end - range.start {
            return Err(too_short(&self.place(), key, &range));
        }
        Ok(bytes)
    }

    async fn head(&self, key: &Key) -> Result<Option<Meta>> {
        match self.objects.head(&self.path(key)?).await {
            Ok(meta) => Ok(Some(Meta { key: key.clone(), size: meta.size })),
            Err(Failure::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed("looking at", key, &error)),
        }
    }

    async fn list(&self, listing: &Listing) -> Result<Page> {
        let prefix = self.prefix(listing.under.as_ref())?;
        let found = match &listing.after {
            Some(after) => self.objects.list_with_offset(prefix.as_ref(), &self.path(after)?),
            None => self.objects.list(prefix.as_ref()),
        };
        let found: Vec<ObjectMeta> = found
            .take(PAGE + 1)
            .try_collect()
            .await
            .map_err(|error| explain(format_args!("listing {}", self.location), &error))?;
        let more = found.len() > PAGE;
        let objects = found.iter().take(PAGE).filter_map(|meta| self.meta(meta)).collect();
        Ok(Page { objects, more })
    }

    async fn folders(&self, under: Option<&Key>) -> Result<Vec<String>> {
        let prefix = self.prefix(under)?;
        let found = self.objects.list_with_delimiter(prefix.as_ref()).await;
        let found =
            found.map_err(|error| explain(format_args!("listing {}", self.location), &error))?;
        let last = |path: &Path| path.filename().map(str::to_owned);
        let mut names: Vec<String> = found.common_prefixes.iter().filter_map(last).collect();
        names.sort_unstable();
        Ok(names)
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        match self.objects.delete(&self.path(key)?).await {
            Ok(()) | Err(Failure::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed("removing", key, &error)),
        }
    }
}

/// An object in parts, invisible until it is completed.
struct Multipart {
    store: Object,
    key: Key,
    path: Path,
    id: String,
    mode: Mode,
    /// By number.
    parts: Mutex<Vec<Option<PartId>>>,
}

impl fmt::Debug for Multipart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Multipart")
            .field("store", &self.store)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Upload for Multipart {
    async fn part(&self, number: usize, bytes: Bytes) -> Result<()> {
        let payload = PutPayload::from(bytes);
        let sent = self.store.multipart.put_part(&self.path, &self.id, number, payload).await;
        let part = sent.map_err(|error| self.store.failed("writing", &self.key, &error))?;
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        if parts.len() <= number {
            parts.resize(number + 1, None);
        }
        if let Some(place) = parts.get_mut(number) {
            *place = Some(part);
        }
        Ok(())
    }

    async fn finish(&self) -> Result<Put> {
        // Services have no condition for this step that all of them know, so the look comes just before.
        if self.mode == Mode::New && self.store.head(&self.key).await?.is_some() {
            self.abort().await?;
            return Ok(Put::Exists);
        }
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let parts: Option<Vec<PartId>> = parts.into_iter().collect();
        let parts = parts.ok_or_else(|| {
            Error::new(ErrorKind::Internal, format!("a part of {} is missing", self.key))
        })?;
        let done = self.store.multipart.complete_multipart(&self.path, &self.id, parts).await;
        done.map_err(|error| self.store.failed("completing", &self.key, &error))?;
        Ok(Put::Done)
    }

    async fn abort(&self) -> Result<()> {
        match self.store.multipart.abort_multipart(&self.path, &self.id).await {
            Ok(()) | Err(Failure::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.store.failed("giving up", &self.key, &error)),
        }
    }
}
