//! An object that a thread writes.

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};

use super::Link;
use crate::error::{Error, ErrorKind, Result};
use crate::storage::{Key, Layout, Mode, Put, Writer};

/// An object under way. Dropping it gives it up.
#[derive(Debug)]
pub struct Output {
    link: Link,
    writer: Arc<Mutex<Writer>>,
    ended: bool,
}

impl Output {
    pub(super) fn new(link: Link, key: Key, mode: Mode, layout: Layout) -> Self {
        let writer = Writer::new(Arc::clone(&link.store), key, mode, layout);
        Self { link, writer: Arc::new(Mutex::new(writer)), ended: false }
    }

    /// Bytes so far.
    pub fn length(&self) -> u64 {
        self.writer.try_lock().map_or(0, |writer| writer.length())
    }

    /// Writes all bytes at the end; waits only where too much is on the way.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let mut writer = self.lock()?;
            let taken = writer.fill(rest);
            let is_full = writer.is_full();
            drop(writer);
            rest = rest.get(taken..).unwrap_or_default();
            if is_full {
                let writer = Arc::clone(&self.writer);
                self.link.call(|_| async move { writer.lock().await.send().await })?;
            }
        }
        Ok(())
    }

    /// Chooses the size of parts for about so many bytes, while nothing is written.
    pub fn expect(&mut self, bytes: u64) -> Result<()> {
        self.lock()?.expect(bytes);
        Ok(())
    }

    /// Chooses how the object is cut, while nothing is written.
    pub fn choose(&mut self, layout: Layout) -> Result<()> {
        self.lock()?.choose(layout);
        Ok(())
    }

    /// Holds so many bytes from the beginning on, while nothing is written.
    pub fn hold(&mut self, bytes: u64) -> Result<()> {
        self.lock()?.hold(bytes);
        Ok(())
    }

    /// Writes over what is there, within the bytes that are held.
    pub fn patch(&mut self, bytes: &[u8], at: u64) -> Result<()> {
        self.lock()?.patch(bytes, at)
    }

    /// Puts the object in its place.
    pub fn finish(&mut self) -> Result<Put> {
        let writer = Arc::clone(&self.writer);
        let put = self.link.call(|_| async move { writer.lock().await.finish().await })?;
        self.ended = true;
        Ok(put)
    }

    /// Gives the object up, unless it has ended.
    pub fn abort(&mut self) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let writer = Arc::clone(&self.writer);
        if let Err(error) = self.link.farewell(|_| async move { writer.lock().await.abort().await })
        {
            let place = self.link.store.place();
            tracing::warn!(place, error = error.chain(), "parts of an upload may be left");
        }
    }

    /// Nobody else uses it, unless a call was given up and is on its way out.
    fn lock(&self) -> Result<MutexGuard<'_, Writer>> {
        let busy = |_| Error::new(ErrorKind::Internal, "an upload is in use");
        self.writer.try_lock().map_err(busy)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.abort();
    }
}
