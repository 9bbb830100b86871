//! The objects of a directory-format archive under construction.
//!
//! ```text
//!  create: dbbackup.running (put if absent) ─► objects appear one by one ─► toc.dat ─► publish: the
//!                                                                           mark is removed
//! ```
//! Without its table of contents it is no archive. Nothing can be renamed here, so what is there is
//! never replaced, and a run that was killed leaves its objects and the mark that tells of it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use super::Wish;
use super::check::{bucket_of, exists};
use crate::archive::directory::{TOC, is_archive_file};
use crate::error::{Error, Result};
use crate::model::location::Location;
use crate::storage::{Key, Layout, Link, Mode, Output, Put, list_all};

/// Parts of an object on the way at a time.
const PARALLEL: usize = 2;
/// Tells that a run writes here, or was killed.
const MARK: &str = "dbbackup.running";

/// The archive under construction.
#[derive(Debug)]
pub(in crate::postgres::backup) struct PartialObjects {
    link: Link,
    shared: Arc<Shared>,
    gone: AtomicBool,
}

#[derive(Debug)]
struct Shared {
    wish: Wish,
    size: AtomicU64,
    /// Names of all that was begun.
    names: Mutex<HashSet<String>>,
}

impl Shared {
    fn names(&self) -> MutexGuard<'_, HashSet<String>> {
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
        let found = link.call(|store| async move { list_all(&*store, None).await })?;
        let keys: Vec<Key> = found.into_iter().map(|meta| meta.key).collect();
        if !keys.is_empty() {
            check_leftovers(&keys, &wish)?;
            link.call(|store| async move {
                for key in keys {
                    store.delete(&key).await?;
                }
                Ok(())
            })?;
        }
        let mark = format!("process {} of dbbackup writes here", std::process::id());
        let claimed =
            link.call(
                |store| async move { store.put(&Key::new(MARK)?, mark.into(), Mode::New).await },
            )?;
        if claimed == Put::Exists {
            return Err(in_use(&wish));
        }
        let (size, names) = (AtomicU64::new(0), Mutex::default());
        let shared = Arc::new(Shared { wish, size, names });
        Ok(Self { link, shared, gone: AtomicBool::new(false) })
    }

    /// Begins an object.
    pub(super) fn create_file(&self, name: &str) -> Result<PlacedObject> {
        // Every worker has one of them under way.
        let layout = Layout { parallel: PARALLEL, ..Layout::for_size(None) };
        let output = self.link.output(Key::new(name)?, Mode::Replace, layout);
        self.shared.names().insert(name.to_owned());
        Ok(PlacedObject { output, name: name.to_owned(), shared: Arc::clone(&self.shared) })
    }

    /// Removes an object.
    pub(super) fn remove_file(&self, name: &str) -> Result<()> {
        let key = Key::new(name)?;
        self.link.call(|store| async move { store.delete(&key).await })
    }

    /// Takes the mark away. Returns the size of all objects.
    pub(super) fn publish(&self) -> Result<u64> {
        self.remove_file(MARK)?;
        self.gone.store(true, Ordering::Release);
        Ok(self.shared.size.load(Ordering::Relaxed))
    }

    /// Removes all objects, the table of contents first; does nothing once they were published or
    /// removed.
    pub(super) fn remove(&self) {
        if self.gone.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut names: Vec<String> = self.shared.names().drain().collect();
        names.push(MARK.to_owned());
        names.sort_by_key(|name| (name != TOC, name == MARK));
        let keys = names.into_iter().filter_map(|name| Key::new(name).ok()).collect();
        if let Err(error) = self.link.remove_all(keys) {
            let place = self.shared.wish.path.display();
            tracing::warn!(%place, error = error.chain(), "what was written could not be removed");
        }
    }
}

impl Drop for PartialObjects {
    fn drop(&mut self) {
        self.remove();
    }
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
    if wish.overwrite { Ok(()) } else { Err(in_use(wish)) }
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

    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.output.write(bytes)?;
        self.shared.size.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.shared.wish.meter.add_archive(bytes.len() as u64);
        Ok(())
    }

    pub(super) fn end(mut self) -> Result<()> {
        match self.output.finish()? {
            Put::Done => Ok(()),
            Put::Exists => Err(self.refused()),
        }
    }

    fn refused(&self) -> Error {
        let place = self.shared.wish.path.display();
        Error::conflict(format!("{place}/{} was not written: one is there already", self.name))
            .with_hint("look who else writes there, then run the backup again under another name")
    }
}
