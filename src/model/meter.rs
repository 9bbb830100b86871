//! A job's high-rate numbers at one instant. The engine keeps them in atomics; the fronts sample.

use serde::{Deserialize, Serialize};

/// Counters since the job began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MeterSample {
    /// Bytes of row data moved, before compression: read from the server by a backup, sent to it by
    /// a restore. This is what progress and rate are counted in.
    pub bytes: u64,
    /// Rows moved.
    pub rows: u64,
    /// Bytes written to, or read from, the archive.
    pub archive_bytes: u64,
    /// Bytes that workers paid for at the rate limit, whether or not there was one.
    #[serde(default)]
    pub throttled_bytes: u64,
    /// Microseconds that workers waited for the rate limit, those of all workers added up.
    pub throttle_wait_micros: u64,
    /// Microseconds that workers were held by a pause, those of all workers added up.
    #[serde(default)]
    pub paused_micros: u64,
    /// The limit in force, bytes a second; 0 means none.
    pub limit: u64,
    /// Whether the job is paused.
    pub paused: bool,
}
