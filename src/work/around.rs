//! What is to happen before and after each database of a job: the engine says it, the database
//! rooms that go through several of them ask for it.

use std::fmt::Debug;
use std::path::Path;

use futures_util::future::BoxFuture;

use crate::error::Result;
use crate::model::job::Outcome;

/// How one database of a job ended.
#[derive(Debug, Clone, Copy)]
pub struct DatabaseEnd<'a> {
    /// The database.
    pub database: &'a str,
    /// Its archive, where it is now.
    pub archive: &'a Path,
    /// How it ended.
    pub outcome: &'a Outcome,
    /// Bytes of rows moved.
    pub bytes: u64,
    /// Rows moved.
    pub rows: u64,
    /// Bytes of its archive.
    pub archive_bytes: u64,
    /// How long it took.
    pub millis: u64,
}

/// Goes around each database of a job.
pub trait AroundDatabase: Send + Sync + Debug {
    /// Before it begins; an error keeps it from beginning.
    fn before<'a>(&'a self, database: &'a str, archive: &'a Path) -> BoxFuture<'a, Result<()>>;

    /// After it, also where it did not begin, but not where the job was dropped; what makes it less than complete.
    fn after<'a>(&'a self, end: DatabaseEnd<'a>) -> BoxFuture<'a, Vec<String>>;
}
