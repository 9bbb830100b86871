//! A store for threads that may block: whoever compresses or decompresses is no task of a runtime.
//!
//! ```text
//!  worker thread ─ call ─► runtime of the link's own threads ─ store
//!        └───────── waits for the answer ◄──┘      or for the token that stops everything
//! ```
//! The runtime is the link's own, so that nobody who waits here keeps it from going on.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::{Key, Layout, Mode, Store, open};
use crate::error::{Error, ErrorKind, Result};
use crate::model::location::Location;

mod input;
mod output;

pub use input::Input;
pub use output::Output;

/// Threads that send and receive for all workers: signing and encrypting keeps one busy.
const THREADS: usize = 2;
/// Objects removed at a time.
const REMOVALS: usize = 16;
/// How long the removal of what was sent may take when everything else ends.
const FAREWELL: Duration = Duration::from_secs(10);

/// A store, and threads of its own that talk to it; cheap to clone.
#[derive(Clone)]
pub struct Link {
    store: Arc<dyn Store>,
    runtime: Arc<Threads>,
    stop: CancellationToken,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Link").field(&self.store).finish()
    }
}

struct Threads(Option<Runtime>);

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Waiting for its threads is not allowed everywhere.
            runtime.shutdown_background();
        }
    }
}

impl Link {
    /// Opens the store at a location; every call ends when the token fires.
    pub fn open(location: &Location, stop: CancellationToken) -> Result<Self> {
        Self::new(open(location)?, stop)
    }

    /// For a store that is open.
    pub fn new(store: Arc<dyn Store>, stop: CancellationToken) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("storage")
            .enable_all()
            .build()
            .map_err(|error| Error::io("starting the storage's threads", error))?;
        Ok(Self { store, runtime: Arc::new(Threads(Some(runtime))), stop })
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Makes a call and waits for its answer.
    pub fn call<T, F>(&self, call: impl FnOnce(Arc<dyn Store>) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.begin(call(Arc::clone(&self.store)))?.recv().unwrap_or_else(|_| Err(gone()))
    }

    /// Begins a call whose answer comes later.
    fn begin<T: Send + 'static>(
        &self,
        call: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<Receiver<Result<T>>> {
        let (sender, answer) = sync_channel(1);
        let stop = self.stop.clone();
        self.runtime()?.spawn(async move {
            let result = tokio::select! {
                biased;
                () = stop.cancelled() => Err(Error::cancelled()),
                result = call => result,
            };
            let _ = sender.send(result);
        });
        Ok(answer)
    }

    /// Makes a call that the token does not end, and waits for it, though not for long.
    pub fn farewell<F>(&self, call: impl FnOnce(Arc<dyn Store>) -> F) -> Result<()>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let (sender, answer) = sync_channel(1);
        let call = call(Arc::clone(&self.store));
        self.runtime()?.spawn(async move {
            let _ = sender.send(call.await);
        });
        match answer.recv_timeout(FAREWELL) {
            Ok(result) => result,
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
            Err(RecvTimeoutError::Timeout) => {
                let text = format!("{} did not answer in time", self.store.place());
                Err(Error::new(ErrorKind::Io, text))
            }
        }
    }

    /// Removes objects when everything else ends; tells whether all of them are gone.
    pub fn remove_all(&self, keys: Vec<Key>) -> Result<()> {
        self.farewell(|store| async move {
            let mut removals = JoinSet::new();
            for key in keys {
                if removals.len() >= REMOVALS {
                    removed(removals.join_next().await)?;
                }
                let store = Arc::clone(&store);
                removals.spawn(async move { store.delete(&key).await });
            }
            while !removals.is_empty() {
                removed(removals.join_next().await)?;
            }
            Ok(())
        })
    }

    fn runtime(&self) -> Result<&Runtime> {
        self.runtime.0.as_ref().ok_or_else(gone)
    }

    /// Begins an object.
    pub fn output(&self, key: Key, mode: Mode, layout: Layout) -> Output {
        Output::new(self.clone(), key, mode, layout)
    }

    /// Reads an object of this length.
    pub fn input(&self, key: Key, length: u64) -> Input {
        Input::new(self.clone(), key, length)
    }
}

fn removed(end: Option<std::result::Result<Result<()>, JoinError>>) -> Result<()> {
    end.unwrap_or(Ok(Ok(()))).unwrap_or_else(|_| Err(gone()))
}

fn gone() -> Error {
    Error::new(ErrorKind::Internal, "the storage's threads are gone")
}

#[cfg(test)]
mod tests;
