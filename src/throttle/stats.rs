//! What was paid and waited for, counted without a lock.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::Waited;

/// Counters of one limit.
#[derive(Debug, Default)]
pub struct Stats {
    bytes: AtomicU64,
    throttled_micros: AtomicU64,
    paused_micros: AtomicU64,
}

impl Stats {
    pub(super) fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
    }

    pub(super) fn add_wait(&self, waited: Waited) {
        self.throttled_micros.fetch_add(micros(waited.throttled), Relaxed);
        self.paused_micros.fetch_add(micros(waited.paused), Relaxed);
    }

    /// Bytes that were paid for, whether or not there was a limit.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    /// Microseconds waited for a limit, those of all workers added up.
    pub fn throttled_micros(&self) -> u64 {
        self.throttled_micros.load(Relaxed)
    }

    /// Microseconds waited for the end of a pause, those of all workers added up.
    pub fn paused_micros(&self) -> u64 {
        self.paused_micros.load(Relaxed)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
