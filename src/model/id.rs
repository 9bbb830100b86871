//! Identifiers that the fronts allocate, so that a row can be shown before the engine answers.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// A job, unique across runs of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JobId(pub u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012x}", self.0)
    }
}

/// A question put to the engine (a catalog, an archive listing) that is not a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequestId(pub u64);

/// Hands out ids. Seed it with the start time in milliseconds: ids of two runs then differ, and
/// sort in the order in which they were given.
#[derive(Debug)]
pub struct IdSource(AtomicU64);

impl IdSource {
    /// Starts after `unix_millis`, leaving room for 4096 ids a millisecond.
    #[must_use]
    pub fn new(unix_millis: u64) -> Self {
        Self(AtomicU64::new(unix_millis << 12))
    }

    /// The next job id.
    pub fn job(&self) -> JobId {
        JobId(self.0.fetch_add(1, Ordering::Relaxed))
    }

    /// The next request id.
    pub fn request(&self) -> RequestId {
        RequestId(self.0.fetch_add(1, Ordering::Relaxed))
    }
}
