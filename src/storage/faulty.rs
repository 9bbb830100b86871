//! A store that goes wrong at one call, for tests: every call is counted, and the one whose turn it is
//! fails, loses its answer, never ends, brings or takes half, happens twice, or is refused as if there
//! were an object already.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Notify;

use super::{Key, Listing, Meta, Mode, Page, Put, Store, Upload};
use crate::error::{Error, ErrorKind, Result};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The call does nothing and is an error.
    Fail,
    /// The call does its work, and is an error all the same: the answer was lost.
    LoseAnswer,
    /// The call does not end before it is released, and does its work then.
    Stall,
    /// A write takes half of its bytes, a read brings half; nobody is told.
    Truncate,
    /// The call happens twice.
    Duplicate,
    /// A write does nothing and answers that there is an object already, whatever was asked for.
    Refuse,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Fail, Self::LoseAnswer, Self::Stall, Self::Truncate, Self::Duplicate, Self::Refuse];
}

#[derive(Debug)]
struct Plan {
    fault: Fault,
    /// Calls until the one.
    at: u64,
    calls: AtomicU64,
    met: AtomicBool,
    released: Notify,
}

impl Plan {
    /// Counts a call; the fault, if it is its turn.
    fn next(&self) -> Option<Fault> {
        let is_due = self.calls.fetch_add(1, Relaxed) == self.at;
        if is_due {
            self.met.store(true, Relaxed);
        }
        is_due.then_some(self.fault)
    }

    /// Makes a call that has nothing to cut.
    async fn call<T, F: Future<Output = Result<T>>>(&self, call: impl Fn() -> F) -> Result<T> {
        let fault = self.next();
        self.meet(fault, call).await
    }

    async fn meet<T, F: Future<Output = Result<T>>>(
        &self,
        fault: Option<Fault>,
        call: impl Fn() -> F,
    ) -> Result<T> {
        match fault {
            Some(Fault::Fail) => Err(failed()),
            Some(Fault::Stall) => {
                self.released.notified().await;
                call().await
            }
            Some(Fault::LoseAnswer) => {
                call().await?;
                Err(failed())
            }
            Some(Fault::Duplicate) => {
                call().await?;
                call().await
            }
            Some(Fault::Truncate | Fault::Refuse) | None => call().await,
        }
    }

    /// Makes a call that brings bytes.
    async fn fetch<F: Future<Output = Result<Bytes>>>(
        &self,
        call: impl Fn() -> F,
    ) -> Result<Bytes> {
        let fault = self.next();
        let bytes = self.meet(fault, call).await?;
        Ok(cut(bytes, fault))
    }
}

fn cut(bytes: Bytes, fault: Option<Fault>) -> Bytes {
    if fault == Some(Fault::Truncate) { bytes.slice(..bytes.len() / 2) } else { bytes }
}

fn failed() -> Error {
    Error::new(ErrorKind::Io, "the storage failed, as the test wants it")
}

/// Lets one call of another store go wrong.
#[derive(Debug)]
pub struct Faulty<S> {
    store: S,
    plan: Arc<Plan>,
}

impl<S: Store> Faulty<S> {
    /// The call with this number, from 0, meets the fault.
    pub fn new(store: S, fault: Fault, at: u64) -> Self {
        let (calls, met, released) = Default::default();
        let plan = Plan { fault, at, calls, met, released };
        Self { store, plan: Arc::new(plan) }
    }

    /// Whether the call came.
    pub fn was_met(&self) -> bool {
        self.plan.met.load(Relaxed)
    }

    /// Lets a call that stalls go on, also one that is still to come.
    pub fn release(&self) {
        self.plan.released.notify_one();
    }
}

#[async_trait]
impl<S: Store> Store for Faulty<S> {
    fn place(&self) -> String {
        self.store.place()
    }

    async fn put(&self, key: &Key, bytes: Bytes, mode: Mode) -> Result<Put> {
        let fault = self.plan.next();
        if fault == Some(Fault::Refuse) {
            return Ok(Put::Exists);
        }
        let bytes = cut(bytes, fault);
        self.plan.meet(fault, || self.store.put(key, bytes.clone(), mode)).await
    }

    async fn begin(&self, key: &Key, part_bytes: usize, mode: Mode) -> Result<Arc<dyn Upload>> {
        let upload = self.plan.call(|| self.store.begin(key, part_bytes, mode)).await?;
        Ok(Arc::new(FaultyUpload { upload, plan: Arc::clone(&self.plan) }))
    }

    async fn get(&self, key: &Key, limit: u64) -> Result<Option<Bytes>> {
        let fault = self.plan.next();
        let found = self.plan.meet(fault, || self.store.get(key, limit)).await?;
        Ok(found.map(|bytes| cut(bytes, fault)))
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        self.plan.fetch(|| self.store.read(key, range.clone())).await
    }

    async fn head(&self, key: &Key) -> Result<Option<Meta>> {
        self.plan.call(|| self.store.head(key)).await
    }

    async fn list(&self, listing: &Listing) -> Result<Page> {
        self.plan.call(|| self.store.list(listing)).await
    }

    async fn folders(&self, under: Option<&Key>) -> Result<Vec<String>> {
        self.plan.call(|| self.store.folders(under)).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.plan.call(|| self.store.delete(key)).await
    }
}

#[derive(Debug)]
struct FaultyUpload {
    upload: Arc<dyn Upload>,
    plan: Arc<Plan>,
}

#[async_trait]
impl Upload for FaultyUpload {
    async fn part(&self, number: usize, bytes: Bytes) -> Result<()> {
        let fault = self.plan.next();
        let bytes = cut(bytes, fault);
        self.plan.meet(fault, || self.upload.part(number, bytes.clone())).await
    }

    async fn finish(&self) -> Result<Put> {
        let fault = self.plan.next();
        if fault == Some(Fault::Refuse) {
            return Ok(Put::Exists);
        }
        self.plan.meet(fault, || self.upload.finish()).await
    }

    async fn abort(&self) -> Result<()> {
        self.plan.call(|| self.upload.abort()).await
    }
}
