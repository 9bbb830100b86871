//! The rate limit of a job: a token bucket over bytes that all its workers share, changeable at any
//! moment, with a pause.
//!
//! A worker pays *before* it moves bytes. The bucket is kept as the instant at which it would be
//! full again (a generic cell rate algorithm): one number under a lock, no refill task, and the
//! burst is bounded by `BURST`. Without a limit a payment is one lock and no clock.

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// At most this much time's worth of bytes may go at once after a lull.
const BURST: Duration = Duration::from_millis(250);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Setting {
    limit: Option<u64>,
    paused: bool,
}

/// A shared limit.
#[derive(Debug)]
pub struct Throttle {
    setting: watch::Sender<Setting>,
    /// When the bytes let through so far are paid for.
    paid_until: Mutex<Option<Instant>>,
}

impl Throttle {
    /// A limit in bytes a second, or none.
    pub fn new(limit: Option<u64>) -> Self {
        Self {
            setting: watch::Sender::new(Setting { limit, paused: false }),
            paid_until: Mutex::new(None),
        }
    }

    /// Changes the limit; waiting workers feel it at once.
    pub fn set_limit(&self, limit: Option<u64>) {
        self.forget();
        self.setting.send_modify(|setting| setting.limit = limit);
    }

    /// Holds every worker at its next payment, or lets them go on.
    pub fn set_paused(&self, paused: bool) {
        self.setting.send_modify(|setting| setting.paused = paused);
    }

    /// The limit in force, and whether it is paused.
    pub fn current(&self) -> (Option<u64>, bool) {
        let setting = *self.setting.borrow();
        (setting.limit, setting.paused)
    }

    /// Waits until `bytes` may be moved; returns how long that took.
    pub async fn acquire(&self, bytes: u64) -> Duration {
        let setting = *self.setting.borrow();
        if !setting.paused && setting.limit.is_none() {
            return Duration::ZERO;
        }
        let begun = Instant::now();
        let mut changes = self.setting.subscribe();
        loop {
            let setting = *changes.borrow_and_update();
            if setting.paused {
                // The sender lives in self, so this cannot fail.
                let _ = changes.changed().await;
                continue;
            }
            let Some(limit) = setting.limit else { break };
            match self.reserve(bytes, limit) {
                None => break,
                Some(ready) => tokio::select! {
                    () = tokio::time::sleep_until(ready) => break,
                    _ = changes.changed() => {}
                },
            }
        }
        begun.elapsed()
    }

    /// Books the bytes; `Some` is the moment at which they may go.
    fn reserve(&self, bytes: u64, limit: u64) -> Option<Instant> {
        let now = Instant::now();
        let mut paid = self.paid_until.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let from = paid.map_or(now, |at| at.max(now.checked_sub(BURST).unwrap_or(now)));
        #[expect(clippy::cast_precision_loss, reason = "nanoseconds of error in a wait")]
        let cost = Duration::from_secs_f64(bytes as f64 / limit.max(1) as f64);
        let until = from + cost;
        *paid = Some(until);
        // The payment is for bytes about to move: they go when the earlier ones are paid for.
        (from > now).then_some(from)
    }

    fn forget(&self) {
        *self.paid_until.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const MB: u64 = 1_000_000;

    async fn move_bytes(throttle: &Throttle, total: u64, piece: u64) -> Duration {
        let begun = Instant::now();
        for _ in 0..total / piece {
            throttle.acquire(piece).await;
        }
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_is_kept_within_a_few_percent() {
        let throttle = Throttle::new(Some(10 * MB));
        let took = move_bytes(&throttle, 100 * MB, 256_000).await.as_secs_f64();
        assert!((9.7..10.3).contains(&took), "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn workers_share_one_limit() {
        let throttle = Arc::new(Throttle::new(Some(10 * MB)));
        let begun = Instant::now();
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let throttle = Arc::clone(&throttle);
                tokio::spawn(async move { move_bytes(&throttle, 10 * MB, 100_000).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let took = begun.elapsed().as_secs_f64();
        assert!((3.8..4.2).contains(&took), "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_lull_earns_no_more_than_the_burst() {
        let throttle = Throttle::new(Some(10 * MB));
        throttle.acquire(1).await;
        tokio::time::sleep(Duration::from_mins(1)).await;
        let took = move_bytes(&throttle, 20 * MB, 100_000).await.as_secs_f64();
        assert!((1.7..2.1).contains(&took), "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_limit_and_the_end_of_a_pause_reach_waiting_workers() {
        let throttle = Arc::new(Throttle::new(Some(1)));
        throttle.acquire(3600).await;
        let waiting = tokio::spawn({
            let throttle = Arc::clone(&throttle);
            async move { throttle.acquire(3600).await }
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        throttle.set_paused(true);
        throttle.set_limit(None);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!waiting.is_finished());
        throttle.set_paused(false);
        assert_eq!(waiting.await.unwrap().as_secs(), 2);
    }
}
