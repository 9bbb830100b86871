//! How fast bytes may move: a token bucket that all workers of a job share, inside one that all jobs
//! of the process share; changeable at any moment, with a pause.
//!
//! ```text
//!  worker ─ acquire(bytes) ─► the job's bucket ─► the process's bucket ─► go
//!  reader, writer ─ Paced ──┘       ▲
//!                           policy: hand > window > --rate, below it the signals (adaptive)
//! ```
//! A worker pays *before* it moves bytes, in slices of at most a tenth of a second's worth. A bucket
//! is kept as the instant up to which it is paid for (a generic cell rate algorithm): one number
//! under a lock, no refill task; what a lull earns is bounded by `BURST`, so nobody sees more than
//! one second's worth of bytes in a second, but for the one piece that was paid for last. Without a
//! limit a payment is a look at two flags and an addition.
//!
//! [`adaptive`] and [`policy`] are pure: they know no clock.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

pub mod adaptive;
mod paced;
pub mod policy;
mod stats;

pub use paced::Paced;
pub use stats::Stats;

/// At most this much time's worth of bytes may go at once after a lull: enough to make up for a
/// late wake-up, and less than the accuracy that is promised over ten seconds.
const BURST: Duration = Duration::from_millis(200);
/// Payments are cut into slices of one part in so many of a second's worth.
const SLICES: u64 = 10;
/// How long a blocking payment sleeps before it looks again whether the limit changed.
const BLOCKING_NAP: Duration = Duration::from_millis(50);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Setting {
    limit: Option<u64>,
    paused_since: Option<Instant>,
    /// How long it was paused in all, the pause that goes on left aside.
    paused_before: Duration,
}

impl Setting {
    fn is_open(self) -> bool {
        self.limit.is_none() && self.paused_since.is_none()
    }

    fn set_paused(&mut self, paused: bool) {
        if paused {
            self.paused_since.get_or_insert_with(Instant::now);
        } else {
            self.paused_before = self.paused();
            self.paused_since = None;
        }
    }

    /// How long it was paused in all.
    fn paused(self) -> Duration {
        self.paused_before + self.paused_since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

/// One bucket.
#[derive(Debug)]
struct Bucket {
    setting: watch::Sender<Setting>,
    /// Neither limit nor pause: what most payments see, without a lock.
    open: AtomicBool,
    /// When the bytes let through so far are paid for.
    paid_until: Mutex<Option<Instant>>,
    /// Who waits, waits in the order of arrival.
    turn: tokio::sync::Mutex<()>,
}

/// A shared limit.
#[derive(Debug)]
pub struct Throttle {
    bucket: Bucket,
    parent: Option<Arc<Throttle>>,
    stats: Arc<Stats>,
}

/// How long a payment took, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waited {
    /// For a limit.
    pub throttled: Duration,
    /// For the end of a pause.
    pub paused: Duration,
}

/// What a payment has to do next.
enum Step {
    Go,
    Paused,
    At(Instant),
}

impl Bucket {
    fn new(limit: Option<u64>) -> Self {
        let setting = Setting { limit, paused_since: None, paused_before: Duration::ZERO };
        Self {
            open: AtomicBool::new(setting.is_open()),
            setting: watch::Sender::new(setting),
            paid_until: Mutex::new(None),
            turn: tokio::sync::Mutex::new(()),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Setting)) {
        // Inside the lock of the setting, so that two changes cannot leave the flag of the first.
        self.setting.send_modify(|setting| {
            change(setting);
            self.open.store(setting.is_open(), Relaxed);
        });
    }

    fn is_open(&self) -> bool {
        self.open.load(Relaxed)
    }

    /// Books the bytes if they may go now.
    fn step(&self, bytes: u64) -> Step {
        let Setting { limit, paused_since, .. } = *self.setting.borrow();
        if paused_since.is_some() {
            return Step::Paused;
        }
        let Some(limit) = limit else { return Step::Go };
        let now = Instant::now();
        let mut paid = self.paid_until.lock().unwrap_or_else(PoisonError::into_inner);
        let from = paid.map_or(now, |at| at.max(now.checked_sub(BURST).unwrap_or(now)));
        if from > now {
            return Step::At(from);
        }
        #[expect(clippy::cast_precision_loss, reason = "nanoseconds of error in a wait")]
        let cost = Duration::from_secs_f64(bytes as f64 / limit.max(1) as f64);
        *paid = Some(from + cost);
        Step::Go
    }

    /// The most that is paid at once.
    fn slice(&self) -> u64 {
        let limit = self.setting.borrow().limit;
        limit.map_or(u64::MAX, |limit| (limit / SLICES).max(1))
    }

    async fn take(&self, bytes: u64) -> Waited {
        if self.is_open() {
            return Waited::default();
        }
        let mut changes = self.setting.subscribe();
        let (begun, paused) = (Instant::now(), self.paused());
        let _turn = self.turn.lock().await;
        let mut rest = bytes;
        while rest > 0 {
            let slice = self.slice().min(rest);
            match self.step(slice) {
                Step::Go => rest -= slice,
                Step::At(ready) => tokio::select! {
                    () = tokio::time::sleep_until(ready) => {}
                    _ = changes.changed() => {}
                },
                Step::Paused => {
                    // The sender lives in self, so this cannot fail.
                    let _ = changes.changed().await;
                }
            }
        }
        // A pause counts as one for those too who wait for their turn behind the one that sees it.
        let took = begun.elapsed();
        let paused = self.paused().saturating_sub(paused).min(took);
        Waited { throttled: took.saturating_sub(paused), paused }
    }

    fn paused(&self) -> Duration {
        self.setting.borrow().paused()
    }

    /// As [`Self::take`], on a thread that may sleep; stops where `stopped` says so.
    fn take_blocking(&self, bytes: u64, stopped: &dyn Fn() -> bool) -> Waited {
        let mut waited = Waited::default();
        let mut rest = bytes;
        while rest > 0 && !self.is_open() && !stopped() {
            let slice = self.slice().min(rest);
            let since = Instant::now();
            match self.step(slice) {
                Step::Go => rest -= slice,
                Step::At(ready) => {
                    let left = ready.saturating_duration_since(since);
                    std::thread::sleep(left.min(BLOCKING_NAP));
                    waited.throttled += since.elapsed();
                }
                Step::Paused => {
                    std::thread::sleep(BLOCKING_NAP);
                    waited.paused += since.elapsed();
                }
            }
        }
        waited
    }
}

impl Throttle {
    /// A limit in bytes a second, or none, that stands alone.
    pub fn new(limit: Option<u64>) -> Self {
        Self { bucket: Bucket::new(limit), parent: None, stats: Arc::default() }
    }

    /// A limit inside another one: who pays here pays there too. What is paid and waited for is
    /// counted in `stats`.
    pub fn within(parent: Arc<Self>, limit: Option<u64>, stats: Arc<Stats>) -> Self {
        Self { bucket: Bucket::new(limit), parent: Some(parent), stats }
    }

    /// Changes the limit; waiting workers feel it at once.
    pub fn set_limit(&self, limit: Option<u64>) {
        self.bucket.change(|setting| setting.limit = limit);
    }

    /// Holds every worker at its next payment, or lets them go on.
    pub fn set_paused(&self, paused: bool) {
        self.bucket.change(|setting| setting.set_paused(paused));
    }

    /// Its own limit, and whether it is paused.
    pub fn current(&self) -> (Option<u64>, bool) {
        let setting = *self.bucket.setting.borrow();
        (setting.limit, setting.paused_since.is_some())
    }

    /// Returns when limit or pause were changed since the last call on `seen`.
    pub fn watch(&self) -> Changes {
        Changes(self.bucket.setting.subscribe())
    }

    /// What was paid and waited for.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Whether bytes may go without being asked for, here and in the parent.
    fn is_open(&self) -> bool {
        self.bucket.is_open() && self.parent.as_ref().is_none_or(|parent| parent.is_open())
    }

    /// The most that should move at once, so that a slow limit is not felt as long halts.
    fn slice(&self) -> u64 {
        let above = self.parent.as_ref().map_or(u64::MAX, |parent| parent.slice());
        self.bucket.slice().min(above)
    }

    /// Waits until `bytes` may be moved; returns how long that took.
    pub async fn acquire(&self, bytes: u64) -> Waited {
        self.stats.add_bytes(bytes);
        if self.is_open() {
            return Waited::default();
        }
        let mut waited = self.bucket.take(bytes).await;
        // Two levels are all there are: a job, and the process.
        if let Some(parent) = &self.parent {
            let above = parent.bucket.take(bytes).await;
            waited.throttled += above.throttled;
            waited.paused += above.paused;
        }
        self.stats.add_wait(waited);
        waited
    }

    /// As [`Self::acquire`], on a thread that may sleep. Returns early where `stopped` says so.
    pub fn acquire_blocking(&self, bytes: u64, stopped: &dyn Fn() -> bool) -> Waited {
        self.stats.add_bytes(bytes);
        if self.is_open() {
            return Waited::default();
        }
        let mut waited = self.bucket.take_blocking(bytes, stopped);
        if let Some(parent) = &self.parent {
            let above = parent.bucket.take_blocking(bytes, stopped);
            waited.throttled += above.throttled;
            waited.paused += above.paused;
        }
        self.stats.add_wait(waited);
        waited
    }
}

/// Tells when a limit changes.
#[derive(Debug)]
pub struct Changes(watch::Receiver<Setting>);

impl Changes {
    /// Returns at the next change; never, once the limit is gone.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// The limit now.
    pub fn limit(&mut self) -> Option<u64> {
        self.0.borrow_and_update().limit
    }
}

#[cfg(test)]
mod tests;
