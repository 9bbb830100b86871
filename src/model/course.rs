//! How far a job is, when sizes on disk are all that is known beforehand. Pure; both fronts use it.
//!
//! A table's rows as text may be half its size on disk, or twice. What is done therefore counts with
//! its estimate, and what is under way with its bytes, scaled by what the done objects turned out to
//! need.

use std::collections::BTreeMap;
use std::time::Duration;

use super::job::JobEvent;

/// Estimates of less than this part of the whole teach nothing about the rest.
const ENOUGH_TO_LEARN: u64 = 20;

/// How far estimated and real bytes may lie apart before one odd table is to blame.
const FARTHEST: u64 = 10;

/// The estimates of what was begun and what is done.
#[derive(Debug, Clone, Default)]
pub struct Course {
    open: BTreeMap<String, u64>,
    done_estimated: u64,
    done_moved: u64,
    total: u64,
}

impl Course {
    /// Takes note of an event.
    pub fn note(&mut self, event: &JobEvent) {
        match event {
            JobEvent::Totals { bytes, .. } => self.total = *bytes,
            JobEvent::ObjectStarted { object, bytes, .. } if *bytes > 0 => {
                self.open.insert(object.clone(), *bytes);
            }
            JobEvent::ObjectDone { object, bytes, data: true, .. } => {
                self.done_estimated += self.open.remove(object).unwrap_or_default();
                self.done_moved += bytes;
            }
            _ => {}
        }
    }

    /// The done part in percent, never 100 before the end; `None` while nothing is known.
    #[must_use]
    pub fn percent(&self, moved: u64) -> Option<u8> {
        let share = u128::from(self.covered(moved)) * 100 / u128::from(self.total.max(1));
        (self.total > 0).then(|| u8::try_from(share).unwrap_or(99).min(99))
    }

    /// Bytes that the rest will be, as the done objects suggest it; `None` while nothing is known,
    /// or once more was moved than was estimated.
    #[must_use]
    pub fn rest(&self, moved: u64) -> Option<u64> {
        let rest = self.total.checked_sub(self.covered(moved)).filter(|rest| *rest > 0)?;
        let (estimated, real) = self.scale();
        let bytes = u128::from(rest) * u128::from(real) / u128::from(estimated);
        Some(u64::try_from(bytes).unwrap_or(u64::MAX))
    }

    /// The time that the rest takes at this rate.
    #[must_use]
    pub fn time_left(&self, moved: u64, bytes_a_second: u64) -> Option<Duration> {
        self.rest(moved)?.checked_div(bytes_a_second).map(Duration::from_secs)
    }

    /// Estimated bytes of what is done and of what is moved of the rest.
    fn covered(&self, moved: u64) -> u64 {
        let (estimated, real) = self.scale();
        let under_way = u128::from(moved.saturating_sub(self.done_moved));
        let scaled = under_way * u128::from(estimated) / u128::from(real);
        let open: u64 = self.open.values().sum();
        let scaled = u64::try_from(scaled).unwrap_or(open).min(open);
        self.done_estimated.saturating_add(scaled).min(self.total)
    }

    /// How estimated bytes relate to real ones; neither is ever 0.
    fn scale(&self) -> (u64, u64) {
        let (estimated, moved) = (self.done_estimated, self.done_moved);
        let few = estimated < self.total / ENOUGH_TO_LEARN;
        if few || estimated == 0 || moved == 0 {
            return (1, 1);
        }
        let times = |bytes: u64| u128::from(bytes) * u128::from(FARTHEST);
        if times(estimated) < u128::from(moved) {
            (1, FARTHEST)
        } else if times(moved) < u128::from(estimated) {
            (FARTHEST, 1)
        } else {
            (estimated, moved)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;

    fn started(object: &str, bytes: u64) -> JobEvent {
        JobEvent::ObjectStarted { worker: 0, object: object.into(), bytes }
    }

    fn done(object: &str, bytes: u64) -> JobEvent {
        JobEvent::ObjectDone { worker: 0, object: object.into(), rows: 1, bytes, data: true }
    }

    fn course(total: u64, events: &[JobEvent]) -> Course {
        let mut course = Course::default();
        course.note(&JobEvent::Totals { objects: 2, bytes: total, rows: None });
        for event in events {
            course.note(event);
        }
        course
    }

    #[test]
    fn what_is_done_counts_with_its_estimate_and_teaches_the_rest() {
        let events = [started("a", 20 * MB), done("a", 10 * MB), started("b", 20 * MB)];
        let half = course(40 * MB, &events);
        assert_eq!(half.percent(10 * MB), Some(50));
        assert_eq!(half.percent(15 * MB), Some(75));
        assert_eq!(half.rest(15 * MB), Some(5 * MB));
        assert_eq!(half.time_left(15 * MB, MB), Some(Duration::from_secs(5)));
        assert_eq!(half.time_left(15 * MB, 0), None);
    }

    #[test]
    fn an_estimate_that_was_too_small_is_never_shown_as_done() {
        let begun = course(200, &[started("a", 200)]);
        assert_eq!(begun.percent(50), Some(25));
        assert_eq!(begun.percent(900), Some(99));
        assert_eq!(begun.rest(900), None);
        assert_eq!(Course::default().percent(900), None);
        assert_eq!(Course::default().rest(900), None);
    }

    #[test]
    fn workers_that_share_a_table_count_it_once() {
        let shared = course(100, &[started("a", 100), started("a", 100)]);
        assert_eq!(shared.percent(100), Some(99));
        assert_eq!(shared.percent(50), Some(50));
    }

    #[test]
    fn one_tiny_object_teaches_nothing_and_an_odd_one_little() {
        let tiny = course(1_000, &[started("a", 10), done("a", 1_000), started("b", 990)]);
        assert_eq!(tiny.rest(1_000), Some(990));
        let odd = course(200, &[started("a", 100), done("a", 100_000), started("b", 100)]);
        assert_eq!(odd.rest(100_000), Some(1_000));
        let empty = course(200, &[started("a", 100), done("a", 1), started("b", 100)]);
        assert_eq!(empty.rest(1), Some(10));
    }
}
