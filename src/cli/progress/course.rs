//! How far a job is, when sizes on disk are all that is known beforehand.
//!
//! A table's rows as text may be half its size on disk, or twice. What is done therefore counts with
//! its estimate, and what is under way with its bytes, scaled by what the done objects turned out to
//! need.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::job::JobEvent;

/// Less than this says nothing about how sizes on disk relate to rows as text.
const ENOUGH_TO_LEARN: u64 = 1 << 20;

/// The estimates of what was begun and what is done.
#[derive(Debug, Default)]
pub(in crate::cli) struct Course {
    open: BTreeMap<String, u64>,
    done_estimated: u64,
    done_moved: u64,
    total: u64,
}

impl Course {
    /// Takes note of an event.
    pub(in crate::cli) fn note(&mut self, event: &JobEvent) {
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
    pub(super) fn percent(&self, moved: u64) -> Option<u64> {
        let share = u128::from(self.covered(moved)) * 100 / u128::from(self.total.max(1));
        (self.total > 0).then(|| u64::try_from(share).unwrap_or(99).min(99))
    }

    /// The time that the rest takes at this rate.
    pub(super) fn rest(&self, moved: u64, rate: u64) -> Option<Duration> {
        let rest = self.total.checked_sub(self.covered(moved)).filter(|rest| *rest > 0)?;
        let (estimated, real) = self.scale();
        let bytes = u128::from(rest) * u128::from(real) / u128::from(estimated);
        let seconds = bytes.checked_div(u128::from(rate))?;
        u64::try_from(seconds).ok().map(Duration::from_secs)
    }

    /// Estimated bytes of what is done and of what is moved of the rest.
    fn covered(&self, moved: u64) -> u64 {
        let (estimated, real) = self.scale();
        let under_way = u128::from(moved.saturating_sub(self.done_moved));
        let scaled = under_way * u128::from(estimated) / u128::from(real);
        let open: u64 = self.open.values().sum();
        (self.done_estimated + u64::try_from(scaled).unwrap_or(open).min(open)).min(self.total)
    }

    /// How estimated bytes relate to real ones; neither is ever 0.
    fn scale(&self) -> (u64, u64) {
        if self.done_moved < ENOUGH_TO_LEARN || self.done_estimated < ENOUGH_TO_LEARN {
            return (1, 1);
        }
        (self.done_estimated, self.done_moved)
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

    fn course(events: &[JobEvent]) -> Course {
        let mut course = Course::default();
        for event in events {
            course.note(event);
        }
        course
    }

    #[test]
    fn what_is_done_counts_with_its_estimate_and_teaches_the_rest() {
        let total = JobEvent::Totals { objects: 2, bytes: 40 * MB, rows: None };
        let half =
            course(&[total, started("a", 20 * MB), done("a", 10 * MB), started("b", 20 * MB)]);
        assert_eq!(half.percent(10 * MB), Some(50));
        assert_eq!(half.percent(15 * MB), Some(75));
        assert_eq!(half.rest(15 * MB, MB), Some(Duration::from_secs(5)));
        assert_eq!(half.rest(15 * MB, 0), None);
    }

    #[test]
    fn an_estimate_that_was_too_small_is_never_shown_as_done() {
        let total = JobEvent::Totals { objects: 1, bytes: 200, rows: None };
        let begun = course(&[total, started("a", 200)]);
        assert_eq!(begun.percent(50), Some(25));
        assert_eq!(begun.percent(900), Some(99));
        assert_eq!(begun.rest(900, 10), None);
        assert_eq!(Course::default().percent(900), None);
    }

    #[test]
    fn workers_that_share_a_table_count_it_once() {
        let total = JobEvent::Totals { objects: 1, bytes: 100, rows: None };
        let shared = course(&[total, started("a", 100), started("a", 100)]);
        assert_eq!(shared.percent(100), Some(99));
        assert_eq!(shared.percent(50), Some(50));
    }
}
