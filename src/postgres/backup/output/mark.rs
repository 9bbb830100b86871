//! The mark of a run that writes objects: which run it is, so that of two runs in one place the one
//! that was overtaken finds out.

use bytes::Bytes;

use crate::error::{Error, Result};
use crate::postgres::globals::random_key;
use crate::storage::{Key, Link, Mode, Put, Store};

/// Its name.
pub(super) const MARK: &str = "dbbackup.running";
/// Bytes of a mark at most.
const LONGEST: u64 = 4096;

/// The mark of this run.
#[derive(Debug)]
pub(super) struct Mark {
    link: Link,
    key: Key,
    text: Bytes,
}

impl Mark {
    /// Claims a place: one without a mark, or, where `over`, one that a dead run left.
    /// `None` where a run has it.
    pub(super) fn claim(link: Link, over: bool) -> Result<Option<Self>> {
        let text =
            format!("process {} of dbbackup writes here\n{}\n", std::process::id(), random_key()?);
        let (key, text) = (Key::new(MARK)?, Bytes::from(text));
        let mode = if over { Mode::Replace } else { Mode::New };
        let (at, put) = (key.clone(), text.clone());
        let put = link.call(|store| async move { store.put(&at, put, mode).await })?;
        Ok((put == Put::Done).then_some(Self { link, key, text }))
    }

    /// Fails unless the place is still this run's.
    pub(super) fn check(&self) -> Result<()> {
        let (key, text) = (self.key.clone(), self.text.clone());
        self.link.call(|store| async move { verify(&*store, &key, &text).await })
    }

    /// Removes objects and then the mark when everything else ends, if the place is still this run's.
    pub(super) fn remove_with(&self, keys: Vec<Key>) -> Result<()> {
        let (key, text) = (self.key.clone(), self.text.clone());
        self.link.farewell(|store| async move { verify(&*store, &key, &text).await })?;
        self.link.remove_all(keys)?;
        self.link.remove_all(vec![self.key.clone()])
    }

    /// Gives the place free.
    pub(super) fn release(&self) -> Result<()> {
        let key = self.key.clone();
        self.link.call(|store| async move { store.delete(&key).await })
    }
}

async fn verify(store: &dyn Store, key: &Key, text: &Bytes) -> Result<()> {
    if store.get(key, LONGEST).await?.as_ref() == Some(text) {
        return Ok(());
    }
    let place = store.place();
    Err(Error::conflict(format!(
        "{place} was taken over by another run, which found it unfinished"
    ))
    .with_hint("leave what is there to the other run; run this backup again under another name"))
}
