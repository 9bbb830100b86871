//! The objects of a directory-format archive under construction.
//!
//! ```text
//!  create: mark (put if absent, or ─► objects appear ─► mark, names ─► toc.dat ─► publish: the mark
//!          taken over), then what         one by one      and sizes                is looked at again
//!          dead runs left goes                            are compared             and removed
//! ```
//! Without its table of contents it is no archive. Nothing can be renamed here, so what is there is
//! never replaced, and a run that was killed leaves its objects and the mark that tells of it. A run
//! that was not dead, but was overtaken, finds another mark, fails, and removes nothing any more.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use super::Wish;
use super::check::{bucket_of, exists};
use super::mark::{MARK, Mark};
use crate::archive::directory::{TOC, is_archive_file};
use crate::error::{Error, ErrorKind, Result};
use crate::model::location::Location;
use crate::storage::{Key, Layout, Link, Mode, Output, Put, list_all};

/// Parts of an object on the way at a time.
const PARALLEL: usize = 2;

/// The archive under construction.
#[derive(Debug)]
pub(in crate::postgres::backup) struct PartialObjects {
    link: Link,
    mark: Mark,
    shared: Arc<Shared>,
    gone: AtomicBool,
}

#[derive(Debug)]
struct Shared {
    wish: Wish,
    size: AtomicU64,
    /// Names of all that was begun, with the size of what was written whole.
    names: Mutex<HashMap<String, Option<u64>>>,
}

impl Shared {
    fn names(&self) -> MutexGuard<'_, HashMap<String, Option<u64>>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An object of it.
#[derive(Debug)]
pub(in crate::postgres::backup) struct PlacedObject {
    output: Output,
    name: String,
    shared: Arc<Shared>,
}

impl PartialObjects {
    /// Claims a place in which there is no archive.
    pub(super) fn create(wish: Wish, stop: CancellationToken) -> Result<Self> {
        let link = Link::open(&Location::Bucket(bucket_of(&wish.path)?), stop)?;
        let keys = keys_in(&link)?;
        check_leftovers(&keys, &wish)?;
        let over = keys.iter().any(|key| key.as_str() == MARK);
        let mark = Mark::claim(link.clone(), over)?.ok_or_else(|| in_use(&wish))?;
        let (size, names) = (AtomicU64::new(0), Mutex::default());
        let shared = Arc::new(Shared { wish, size, names });
        let objects = Self { link, mark, shared, gone: AtomicBool::new(false) };
        objects.clear()?;
        Ok(objects)
    }

    /// Removes what dead runs left. Another run may have ended its archive before it could find the
    /// mark changed, so everything is looked at again.
    fn clear(&self) -> Result<()> {
        let mut keys = keys_in(&self.link)?;
        keys.retain(|key| key.as_str() != MARK);
        check_leftovers(&keys, &self.shared.wish)?;
        if keys.is_empty() {
            return Ok(());
        }
        self.link.call(|store| async move {
            for key in keys {
                store.delete(&key).await?;
            }
            Ok(())
        })?;
        self.mark.check()
    }

    /// Begins an object; the table of contents only when all others are there.
    pub(super) fn create_file(&self, name: &str) -> Result<PlacedObject> {
        if name == TOC {
            self.mark.check()?;
            self.compare()?;
        }
        // Every worker has one of them under way.
        let layout = Layout { parallel: PARALLEL, ..Layout::for_size(None) };
        // What a run that was overtaken still writes replaces nothing of its successor's.
        let output = self.link.output(Key::new(name)?, Mode::New, layout);
        self.shared.names().insert(name.to_owned(), None);
        Ok(PlacedObject { output, name: name.to_owned(), shared: Arc::clone(&self.shared) })
    }

    /// Removes an object.
    pub(super) fn remove_file(&self, name: &str) -> Result<()> {
        self.mark.check()?;
        let key = Key::new(name)?;
        self.link.call(|store| async move { store.delete(&key).await })?;
        self.shared.names().remove(name);
        Ok(())
    }

    /// Finds out whether what was written is there.
    fn compare(&self) -> Result<()> {
        let found = self.link.call(|store| async move { list_all(&*store, None).await })?;
        let found: HashMap<&str, u64> =
            found.iter().map(|meta| (meta.key.as_str(), meta.size)).collect();
        let names = self.shared.names();
        let mut written = names.iter().filter_map(|(name, size)| Some((name, (*size)?)));
        let there = |name: &String| found.get(name.as_str()).copied();
        if let Some((name, size)) = written.find(|(name, size)| there(name) != Some(*size)) {
            return Err(self.differs(name, size, there(name)));
        }
        let place = self.shared.wish.path.display();
        for name in found.keys().filter(|name| **name != MARK && !names.contains_key(**name)) {
            tracing::warn!(%place, name, "another run wrote an object, which the archive does not use");
        }
        Ok(())
    }

    fn differs(&self, name: &str, size: u64, there: Option<u64>) -> Error {
        let place = self.shared.wish.path.display();
        let there = there.map_or("is gone".to_owned(), |there| format!("has {there}"));
        let text = format!("{place}/{name} was written with {size} bytes and now {there}");
        Error::new(ErrorKind::Io, text)
            .with_hint("look who else writes there, then run the backup again under another name")
    }

    /// Takes the mark away. Returns the size of all objects.
    pub(super) fn publish(&self) -> Result<u64> {
        self.mark.check()?;
        self.mark.release()?;
        self.gone.store(true, Ordering::Release);
        Ok(self.shared.size.load(Ordering::Relaxed))
    }

    /// Removes all objects, the table of contents first, unless another run has the place; does nothing
    /// once they were published or removed.
    pub(super) fn remove(&self) {
        if self.gone.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut names: Vec<String> = self.shared.names().drain().map(|(name, _)| name).collect();
        names.sort_by_key(|name| name != TOC);
        let keys = names.into_iter().filter_map(|name| Key::new(name).ok()).collect();
        if let Err(error) = self.mark.remove_with(keys) {
            let place = self.shared.wish.path.display();
            tracing::warn!(%place, error = error.chain(), "what was written is not removed");
        }
    }
}

impl Drop for PartialObjects {
    fn drop(&mut self) {
        self.remove();
    }
}

fn keys_in(link: &Link) -> Result<Vec<Key>> {
    let found = link.call(|store| async move { list_all(&*store, None).await })?;
    Ok(found.into_iter().map(|meta| meta.key).collect())
}

/// Refuses what is there, unless it is no archive and may be removed.
fn check_leftovers(keys: &[Key], wish: &Wish) -> Result<()> {
    let place = wish.path.display();
    let stranger = keys.iter().find(|key| key.as_str() != MARK && !is_archive_file(key.as_str()));
    if let Some(key) = stranger {
        let text = format!("{place} is not empty: {key} is no part of a directory-format archive");
        return Err(Error::conflict(text).with_hint("choose another name"));
    }
    if keys.iter().any(|key| key.as_str().starts_with(TOC)) {
        let error = exists(&wish.path);
        return Err(error.with_hint(
            "choose another name: in object storage an archive of several objects cannot be replaced \
             as a whole",
        ));
    }
    if wish.overwrite || keys.is_empty() { Ok(()) } else { Err(in_use(wish)) }
}

fn in_use(wish: &Wish) -> Error {
    let place = wish.path.display();
    Error::conflict(format!("{place} has parts of a backup: a run writes there or was killed"))
        .with_hint("choose another name; if no run writes there, allow to overwrite it")
}

impl PlacedObject {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_empty(&self) -> bool {
        self.output.length() == 0
    }

    pub(super) fn expect(&mut self, bytes: u64) -> Result<()> {
        self.output.choose(Layout { parallel: PARALLEL, ..Layout::for_size(Some(bytes)) })
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.output.write(bytes)?;
        self.shared.size.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.shared.wish.meter.add_archive(bytes.len() as u64);
        Ok(())
    }

    pub(super) fn end(mut self) -> Result<()> {
        let size = self.output.length();
        match self.output.finish()? {
            Put::Done => {
                self.shared.names().insert(self.name, Some(size));
                Ok(())
            }
            Put::Exists => {
                self.shared.names().remove(&self.name);
                Err(self.refused())
            }
        }
    }

    fn refused(&self) -> Error {
        let place = self.shared.wish.path.display();
        Error::conflict(format!("{place}/{} was not written: one is there already", self.name))
            .with_hint("look who else writes there, then run the backup again under another name")
    }
}
