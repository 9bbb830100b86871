//! What a job's workers get from whoever runs them: where facts go, which counters to bump, when to
//! stop, and how fast to go. The engine makes one [`WorkContext`] a job; the database rooms use it
//! and know nothing else of the engine.

mod around;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result};
use crate::model::job::{JobEvent, Level, Phase};
use crate::model::meter::MeterSample;
use crate::throttle::{Stats, Throttle};

pub use around::{AroundDatabase, DatabaseEnd};

/// A job's counters: workers bump them, fronts sample them, so that numbers that change a thousand
/// times a second never queue.
#[derive(Debug, Default)]
pub struct Meter {
    bytes: AtomicU64,
    rows: AtomicU64,
    archive_bytes: AtomicU64,
    throttled: Arc<Stats>,
    limit: AtomicU64,
    paused: AtomicBool,
}

impl Meter {
    /// Adds row data moved.
    pub fn add_data(&self, bytes: u64, rows: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
        self.rows.fetch_add(rows, Relaxed);
    }

    /// Adds bytes written to or read from the archive.
    pub fn add_archive(&self, bytes: u64) {
        self.archive_bytes.fetch_add(bytes, Relaxed);
    }

    /// Notes the limit and the pause in force.
    pub fn set_throttle(&self, limit: Option<u64>, paused: bool) {
        self.limit.store(limit.unwrap_or(0), Relaxed);
        self.paused.store(paused, Relaxed);
    }

    /// Where the job's limit counts what was paid and waited for.
    pub fn throttled(&self) -> Arc<Stats> {
        Arc::clone(&self.throttled)
    }

    /// The counters now.
    pub fn sample(&self) -> MeterSample {
        MeterSample {
            bytes: self.bytes.load(Relaxed),
            rows: self.rows.load(Relaxed),
            archive_bytes: self.archive_bytes.load(Relaxed),
            throttled_bytes: self.throttled.bytes(),
            throttle_wait_micros: self.throttled.throttled_micros(),
            paused_micros: self.throttled.paused_micros(),
            limit: self.limit.load(Relaxed),
            paused: self.paused.load(Relaxed),
        }
    }
}

/// Handed to every worker of a job; cheap to clone.
#[derive(Debug, Clone)]
pub struct WorkContext {
    /// Facts for the job's log, its state and the fronts.
    pub events: mpsc::Sender<JobEvent>,
    /// The job's counters.
    pub meter: Arc<Meter>,
    /// Fires when the job is to stop gracefully.
    pub cancel: CancellationToken,
    /// The job's limit and pause.
    pub throttle: Arc<Throttle>,
    /// What goes around each of several databases.
    pub around: Option<Arc<dyn AroundDatabase>>,
}

impl WorkContext {
    /// Reports a fact. The engine's consumer always drains, so this waits only for moments.
    pub async fn emit(&self, event: JobEvent) {
        // The receiver goes away only when the whole engine does.
        let _ = self.events.send(event).await;
    }

    /// Reports a new phase.
    pub async fn phase(&self, phase: Phase) {
        self.emit(JobEvent::Phase(phase)).await;
    }

    /// Reports a line for the log.
    pub async fn message(&self, level: Level, text: impl Into<String>) {
        self.emit(JobEvent::Message { level, text: text.into() }).await;
    }

    /// Fails once a cancel was asked for: call it between steps.
    pub fn check(&self) -> Result<()> {
        if self.cancel.is_cancelled() { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// Waits until `bytes` more may be moved.
    pub async fn pace(&self, bytes: u64) -> Result<()> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Error::cancelled()),
            _ = self.throttle.acquire(bytes) => Ok(()),
        }
    }
}
