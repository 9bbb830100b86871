//! A store in memory, for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use super::trouble::{missing, too_large, too_short};
use super::{Key, Listing, Meta, Mode, PAGE, Page, Put, Store, Upload};
use crate::error::{Error, ErrorKind, Result};

type Objects = BTreeMap<Key, Bytes>;

/// Objects in memory.
#[derive(Debug, Clone)]
pub struct Memory {
    name: String,
    objects: Arc<Mutex<Objects>>,
}

impl Memory {
    /// An empty one.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), objects: Arc::default() }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn lock(&self) -> MutexGuard<'_, Objects> {
        lock(&self.objects)
    }

    fn object(&self, key: &Key) -> Option<Bytes> {
        self.lock().get(key).cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn put(objects: &Mutex<Objects>, key: &Key, bytes: Bytes, mode: Mode) -> Put {
    let mut objects = lock(objects);
    if mode == Mode::New && objects.contains_key(key) {
        return Put::Exists;
    }
    objects.insert(key.clone(), bytes);
    Put::Done
}

#[async_trait]
impl Store for Memory {
    fn place(&self) -> String {
        format!("mem://{}", self.name)
    }

    async fn put(&self, key: &Key, bytes: Bytes, mode: Mode) -> Result<Put> {
        Ok(put(&self.objects, key, bytes, mode))
    }

    async fn begin(&self, key: &Key, part_bytes: usize, mode: Mode) -> Result<Arc<dyn Upload>> {
        let (objects, key) = (Arc::clone(&self.objects), key.clone());
        Ok(Arc::new(Parts { objects, key, part_bytes, mode, sent: Mutex::default() }))
    }

    async fn get(&self, key: &Key, limit: u64) -> Result<Option<Bytes>> {
        let found = self.object(key);
        match found {
            Some(bytes) if bytes.len() as u64 > limit => Err(too_large(&self.place(), key, limit)),
            found => Ok(found),
        }
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        let bytes = self.object(key).ok_or_else(|| missing(&self.place(), key))?;
        let beyond = || too_short(&self.place(), key, &range);
        let start = usize::try_from(range.start).map_err(|_| beyond())?;
        let end = usize::try_from(range.end).map_err(|_| beyond())?;
        if start > end || end > bytes.len() {
            return Err(beyond());
        }
        Ok(bytes.slice(start..end))
    }

    async fn head(&self, key: &Key) -> Result<Option<Meta>> {
        let size = self.object(key).map(|bytes| bytes.len() as u64);
        Ok(size.map(|size| Meta { key: key.clone(), size }))
    }

    async fn list(&self, listing: &Listing) -> Result<Page> {
        let objects = self.lock();
        let wanted = |key: &Key| {
            listing.under.as_ref().is_none_or(|under| key.is_under(under))
                && listing.after.as_ref().is_none_or(|after| key > after)
        };
        let mut found = objects.iter().filter(|(key, _)| wanted(key));
        let meta =
            |(key, bytes): (&Key, &Bytes)| Meta { key: key.clone(), size: bytes.len() as u64 };
        let objects: Vec<Meta> = found.by_ref().take(PAGE).map(meta).collect();
        Ok(Page { objects, more: found.next().is_some() })
    }

    async fn folders(&self, under: Option<&Key>) -> Result<Vec<String>> {
        let objects = self.lock();
        let rest = |key: &Key| match under {
            None => Some(key.as_str().to_owned()),
            Some(under) if key.is_under(under) => {
                key.as_str().get(under.as_str().len() + 1..).map(str::to_owned)
            }
            Some(_) => None,
        };
        let names: BTreeSet<String> = objects
            .keys()
            .filter_map(rest)
            .filter_map(|rest| rest.split_once('/').map(|(name, _)| name.to_owned()))
            .collect();
        Ok(names.into_iter().collect())
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.lock().remove(key);
        Ok(())
    }
}

#[derive(Debug)]
struct Parts {
    objects: Arc<Mutex<Objects>>,
    key: Key,
    part_bytes: usize,
    mode: Mode,
    sent: Mutex<BTreeMap<usize, Bytes>>,
}

#[async_trait]
impl Upload for Parts {
    async fn part(&self, number: usize, bytes: Bytes) -> Result<()> {
        lock(&self.sent).insert(number, bytes);
        Ok(())
    }

    async fn finish(&self) -> Result<Put> {
        let parts = std::mem::take(&mut *lock(&self.sent));
        let last = parts.len().saturating_sub(1);
        for (at, (number, part)) in parts.iter().enumerate() {
            if at != *number || (at != last && part.len() != self.part_bytes) {
                let text = format!("part {at} of {} is missing or of another size", self.key);
                return Err(Error::new(ErrorKind::Internal, text));
            }
        }
        let all: Vec<Bytes> = parts.into_values().collect();
        Ok(put(&self.objects, &self.key, all.concat().into(), self.mode))
    }

    async fn abort(&self) -> Result<()> {
        lock(&self.sent).clear();
        Ok(())
    }
}
