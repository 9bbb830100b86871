//! How the workers of a job are shared out: a big database gets several, small ones go side by side.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What there is to do, in the order in which to begin it: position and workers, the biggest first.
pub(super) fn shares(bytes: &[u64], jobs: NonZeroUsize) -> Vec<(usize, NonZeroUsize)> {
    let total: u128 = bytes.iter().map(|bytes| u128::from(*bytes)).sum();
    let mut order: Vec<usize> = (0..bytes.len()).collect();
    let size = |at: usize| bytes.get(at).copied().unwrap_or(0);
    order.sort_by_key(|at| (std::cmp::Reverse(size(*at)), *at));
    let workers = |at: usize| {
        let wish = u128::from(size(at)) * jobs.get() as u128;
        let rounded = (wish + total / 2).checked_div(total).unwrap_or(0);
        let workers = usize::try_from(rounded).unwrap_or(usize::MAX).min(jobs.get());
        NonZeroUsize::new(workers).unwrap_or(NonZeroUsize::MIN)
    };
    order.into_iter().map(|at| (at, workers(at))).collect()
}

/// The workers of a job, each with a number that the fronts show.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    permits: Arc<Semaphore>,
    free: Arc<Mutex<BTreeSet<u16>>>,
}

/// Workers on loan; they go back when this is dropped.
#[derive(Debug)]
pub(super) struct Loan {
    _permits: OwnedSemaphorePermit,
    free: Arc<Mutex<BTreeSet<u16>>>,
    numbers: Vec<u16>,
}

impl Pool {
    pub(super) fn new(jobs: NonZeroUsize) -> Self {
        let count = u16::try_from(jobs.get()).unwrap_or(u16::MAX);
        Self {
            permits: Arc::new(Semaphore::new(usize::from(count))),
            free: Arc::new(Mutex::new((0..count).collect())),
        }
    }

    /// Waits until so many are free; those who came earlier are served first.
    pub(super) async fn take(&self, workers: NonZeroUsize) -> Option<Loan> {
        let count = u32::try_from(workers.get()).unwrap_or(u32::MAX);
        let permits = Arc::clone(&self.permits).acquire_many_owned(count).await.ok()?;
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let numbers: Vec<u16> = free.iter().copied().take(workers.get()).collect();
        free.retain(|number| !numbers.contains(number));
        Some(Loan { _permits: permits, free: Arc::clone(&self.free), numbers })
    }
}

impl Loan {
    /// The number in the whole job of a worker that counts from 0 for itself.
    pub(super) fn number(&self, worker: u16) -> u16 {
        let count = self.numbers.len().max(1);
        self.numbers.get(usize::from(worker) % count).copied().unwrap_or(worker)
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).extend(&self.numbers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs(n: usize) -> NonZeroUsize {
        NonZeroUsize::new(n).unwrap()
    }

    fn shared(bytes: &[u64], n: usize) -> Vec<(usize, usize)> {
        shares(bytes, jobs(n)).into_iter().map(|(at, workers)| (at, workers.get())).collect()
    }

    #[test]
    fn workers_go_by_size_and_nobody_gets_none() {
        assert_eq!(shared(&[1, 100, 1], 4), [(1, 4), (0, 1), (2, 1)]);
        assert_eq!(shared(&[50, 50], 4), [(0, 2), (1, 2)]);
        assert_eq!(shared(&[5, 60, 30, 5], 8), [(1, 5), (2, 2), (0, 1), (3, 1)]);
        assert_eq!(shared(&[0, 0], 4), [(0, 1), (1, 1)]);
        assert_eq!(shared(&[u64::MAX, u64::MAX], 2), [(0, 1), (1, 1)]);
        assert_eq!(shared(&[], 4), []);
    }

    #[tokio::test]
    async fn numbers_are_lent_once_and_come_back() {
        let pool = Pool::new(jobs(3));
        let two = pool.take(jobs(2)).await.unwrap();
        let one = pool.take(jobs(1)).await.unwrap();
        assert_eq!((two.number(0), two.number(1), one.number(0)), (0, 1, 2));
        drop(two);
        let again = pool.take(jobs(2)).await.unwrap();
        assert_eq!((again.number(0), again.number(1)), (0, 1));
    }
}
