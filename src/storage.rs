//! Places where files lie, all used in one way: folders of this machine and object storage.
//!
//! ```text
//!  Location ─ open ─► Store ─┬─ put, get, read, head, list, delete        whole objects and ranges
//!      (model)        │      └─ begin ─► Upload ─ part… ─ finish │ abort  parts in any order
//!                     │                    ▲
//!                     ├── Writer ──────────┘   equal parts, some of them at a time
//!                     └── Link ─► Output, Input   the same for threads that may block
//! ```
//! What an upload makes appears whole or not at all; nothing is ever renamed, because object storage
//! cannot. Decorators (`Counted`, `Throttled`, `Timed`, `Faulty`) are stores around stores.
//!
//! Knows nothing of what is in the files, nor of databases.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::Result;

mod counted;
mod faulty;
mod key;
mod link;
mod local;
mod memory;
mod object;
mod open;
pub(crate) mod partial;
mod throttled;
mod timed;
mod trouble;
mod under;
mod writer;

pub use counted::{Counted, Counts};
pub use faulty::{Fault, Faulty};
pub use key::Key;
pub use link::{Input, Link, Output};
pub use local::Local;
pub use memory::Memory;
pub use object::Object;
pub use open::{Variables, mount, open, open_with};
pub use throttled::Throttled;
pub use timed::Timed;
pub use writer::{Layout, Writer};

/// What to do where an object of the name is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Put the new one in its place.
    Replace,
    /// Leave it alone.
    New,
}

/// Whether an object was put in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was.
    Done,
    /// There was one already, which is as it was.
    Exists,
}

/// What is known of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Its name.
    pub key: Key,
    /// Bytes.
    pub size: u64,
}

/// Which objects to list, in which steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Whole names before theirs; `None` is everything.
    pub under: Option<Key>,
    /// Those behind this one.
    pub after: Option<Key>,
}

/// Objects of a listing, in the order of their names' bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// At most [`PAGE`] of them.
    pub objects: Vec<Meta>,
    /// Whether more may follow: go on after the last.
    pub more: bool,
}

/// Objects listed at once.
pub const PAGE: usize = 1000;

/// A place where objects lie under their names.
///
/// Every answer is whole or an error: a range that the object does not have, or an object that ends
/// before it should, is an error.
#[async_trait]
pub trait Store: Debug + Send + Sync {
    /// The place, for messages: "s3://bucket/prefix".
    fn place(&self) -> String;

    /// Writes a small object at once. With [`Mode::New`] at most one of several writers succeeds.
    async fn put(&self, key: &Key, bytes: Bytes, mode: Mode) -> Result<Put>;

    /// Begins an object that is written in parts of this size, the last of which may be shorter.
    async fn begin(&self, key: &Key, part_bytes: usize, mode: Mode) -> Result<Arc<dyn Upload>>;

    /// Reads a small object; one of more than `limit` bytes is an error.
    async fn get(&self, key: &Key, limit: u64) -> Result<Option<Bytes>>;

    /// Reads a part of an object, which has to have all of it.
    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Bytes>;

    /// Looks at an object.
    async fn head(&self, key: &Key) -> Result<Option<Meta>>;

    /// Lists objects.
    async fn list(&self, listing: &Listing) -> Result<Page>;

    /// The next names under this one that others lie under, in order.
    async fn folders(&self, under: Option<&Key>) -> Result<Vec<String>>;

    /// Removes an object; one that is not there is removed already.
    async fn delete(&self, key: &Key) -> Result<()>;
}

/// An object that is being written. Its parts may come in any order and at the same time; a part that
/// comes again replaces what came before. Dropping it without an end leaves what [`Upload::abort`]
/// would have removed, though never an object of the name.
#[async_trait]
pub trait Upload: Debug + Send + Sync {
    /// Writes a part, counted from 0.
    async fn part(&self, number: usize, bytes: Bytes) -> Result<()>;

    /// Puts the object in its place, made of all parts.
    async fn finish(&self) -> Result<Put>;

    /// Gives up.
    async fn abort(&self) -> Result<()>;
}

/// Lists all objects under a name.
pub async fn list_all(store: &dyn Store, under: Option<&Key>) -> Result<Vec<Meta>> {
    let mut listing = Listing { under: under.cloned(), after: None };
    let mut all = Vec::new();
    loop {
        let page = store.list(&listing).await?;
        listing.after = page.objects.last().map(|meta| meta.key.clone());
        all.extend(page.objects);
        if !page.more || listing.after.is_none() {
            return Ok(all);
        }
    }
}
