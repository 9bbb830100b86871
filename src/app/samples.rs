//! A job's meter over time: rates for the sparkline, the average, and an honest estimate of the
//! time left.
//!
//! One slot a second. Seconds in which no sample came share what the next one shows; a second
//! without progress is a stall, and is kept as such.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::model::meter::MeterSample;

/// Slots kept: ten minutes.
pub const SLOTS: usize = 600;
/// Seconds that "now" means.
const NOW: usize = 3;
/// Recent seconds that the estimate looks at.
const RECENT: usize = 60;
/// Seconds over which the estimate smooths.
const WINDOW: usize = 10;
/// Seconds to watch before saying anything.
const ENOUGH: usize = 5;

/// One second of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slot {
    /// Bytes moved in it.
    pub bytes: u64,
    /// Rows moved in it.
    pub rows: u64,
    /// The job was paused.
    pub paused: bool,
}

impl Slot {
    /// Nothing moved although nobody paused it.
    #[must_use]
    pub fn is_stall(self) -> bool {
        self.bytes == 0 && !self.paused
    }
}

/// The time left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eta {
    /// Nothing can be said, and why.
    Unknown(&'static str),
    /// Between so many seconds.
    Between {
        /// At the fast recent rates.
        low: u64,
        /// At the slow recent rates.
        high: u64,
    },
    /// At least so many seconds: lately it stood still for a part of the time.
    AtLeast(u64),
}

/// The history of a job's meter.
#[derive(Debug, Clone, Default)]
pub struct SampleHistory {
    slots: VecDeque<Slot>,
    last: Option<(Timestamp, MeterSample)>,
    moved: u64,
    active_seconds: u64,
}

impl SampleHistory {
    /// Takes a sample in. Samples closer than half a second are left for the next one to show.
    pub fn push(&mut self, at: Timestamp, sample: MeterSample) {
        let Some((before, old)) = self.last else {
            self.last = Some((at, sample));
            return;
        };
        let millis = at.duration_since(before).as_millis();
        if millis < 500 {
            return;
        }
        let seconds = u64::try_from((millis + 500) / 1_000).unwrap_or(1);
        let bytes = sample.bytes.saturating_sub(old.bytes);
        let rows = sample.rows.saturating_sub(old.rows);
        self.moved += bytes;
        self.active_seconds += if sample.paused { 0 } else { seconds };
        // A sleep of the machine must not make a million slots.
        for i in seconds.saturating_sub(SLOTS as u64)..seconds {
            let slot = Slot {
                bytes: share(bytes, seconds, i),
                rows: share(rows, seconds, i),
                paused: sample.paused,
            };
            if self.slots.len() == SLOTS {
                self.slots.pop_front();
            }
            self.slots.push_back(slot);
        }
        self.last = Some((at, sample));
    }

    /// The slots, oldest first.
    #[must_use]
    pub fn slots(&self) -> &VecDeque<Slot> {
        &self.slots
    }

    /// Bytes a second over the last three seconds.
    #[must_use]
    pub fn now_rate(&self) -> Option<u64> {
        let recent = self.slots.iter().rev().take(NOW);
        let (count, bytes) = recent.fold((0, 0), |(n, sum), slot| (n + 1, sum + slot.bytes));
        (count > 0).then(|| bytes / count)
    }

    /// Bytes a second over all seconds in which it was not paused.
    #[must_use]
    pub fn average(&self) -> Option<u64> {
        self.moved.checked_div(self.active_seconds)
    }

    /// The time that `remaining` bytes will take, by the slow and the fast recent rates.
    #[must_use]
    pub fn eta(&self, remaining: u64) -> Eta {
        let recent: Vec<u64> = self
            .slots
            .iter()
            .rev()
            .take(RECENT)
            .filter(|slot| !slot.paused)
            .map(|slot| slot.bytes)
            .collect();
        if recent.len() < ENOUGH {
            return Eta::Unknown("too early to tell");
        }
        let window = WINDOW.min(recent.len());
        let mut rates: Vec<u64> =
            recent.windows(window).map(|w| w.iter().sum::<u64>() / window as u64).collect();
        rates.sort_unstable();
        let pick =
            |fifths: usize| rates.get((rates.len() - 1) * fifths / 5).copied().unwrap_or_default();
        match (pick(1), pick(4)) {
            (_, 0) => Eta::Unknown("nothing has moved lately"),
            (0, fast) => Eta::AtLeast(remaining.div_ceil(fast)),
            (slow, fast) => {
                Eta::Between { low: remaining.div_ceil(fast), high: remaining.div_ceil(slow) }
            }
        }
    }
}

/// The part of `total` that falls into the i-th of `seconds` seconds; all parts add up to it.
fn share(total: u64, seconds: u64, i: u64) -> u64 {
    let up_to = |n: u64| u128::from(total) * u128::from(n) / u128::from(seconds.max(1));
    u64::try_from(up_to(i + 1) - up_to(i)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn history(samples: &[(i64, u64)]) -> SampleHistory {
        let mut history = SampleHistory::default();
        for (millis, bytes) in samples {
            let sample = MeterSample { bytes: *bytes, ..MeterSample::default() };
            history.push(Timestamp::from_millisecond(*millis).unwrap(), sample);
        }
        history
    }

    /// One sample a second, moving so many bytes in each.
    fn moving(bytes: &[u64]) -> SampleHistory {
        let mut sum = 0;
        let mut samples = vec![(0, 0)];
        for (second, n) in (1..).zip(bytes) {
            sum += n;
            samples.push((second * 1_000, sum));
        }
        history(&samples)
    }

    #[test]
    fn rates_now_and_on_average() {
        let history = moving(&[100, 100, 100, 400, 400, 400]);
        assert_eq!(history.now_rate(), Some(400));
        assert_eq!(history.average(), Some(250));
        assert_eq!(SampleHistory::default().now_rate(), None);
        assert_eq!(SampleHistory::default().average(), None);
    }

    #[test]
    fn missed_seconds_share_what_came_after_them() {
        let history = history(&[(0, 0), (1_000, 10), (4_000, 100), (4_200, 150), (5_000, 150)]);
        let bytes: Vec<u64> = history.slots().iter().map(|slot| slot.bytes).collect();
        assert_eq!(bytes, [10, 30, 30, 30, 50]);
    }

    #[test]
    fn a_steady_job_has_a_narrow_range_and_a_stalling_one_only_a_lower_bound() {
        assert_eq!(moving(&[100; 20]).eta(1_000), Eta::Between { low: 10, high: 10 });
        assert_eq!(moving(&[100; 3]).eta(1_000), Eta::Unknown("too early to tell"));
        let mut uneven = vec![100; 30];
        uneven.extend([50; 30]);
        assert_eq!(moving(&uneven).eta(1_000), Eta::Between { low: 10, high: 20 });
        let mut stalling = vec![100; 30];
        stalling.extend([0; 30]);
        assert_eq!(moving(&stalling).eta(1_000), Eta::AtLeast(10));
        assert_eq!(moving(&[0; 60]).eta(1_000), Eta::Unknown("nothing has moved lately"));
    }

    #[test]
    fn a_pause_is_neither_a_stall_nor_a_part_of_the_average() {
        let mut history = moving(&[100; 6]);
        for second in 7..20 {
            let sample = MeterSample { bytes: 600, paused: true, ..MeterSample::default() };
            history.push(Timestamp::from_second(second).unwrap(), sample);
        }
        assert_eq!(history.average(), Some(100));
        assert!(history.slots().iter().all(|slot| !slot.is_stall()));
        assert_eq!(history.eta(200), Eta::Between { low: 2, high: 2 });
    }

    proptest! {
        #[test]
        fn slots_are_bounded_and_add_up(steps in prop::collection::vec((0i64..5_000, 0u64..1_000), 0..200)) {
            let (mut at, mut sum) = (0, 0);
            let mut samples = vec![(0, 0)];
            for (millis, bytes) in steps {
                at += millis;
                sum += bytes;
                samples.push((at, sum));
            }
            // One last sample far enough away shows everything.
            samples.push((at + 1_000, sum));
            let history = history(&samples);
            prop_assert!(history.slots().len() <= SLOTS);
            if history.slots().len() < SLOTS {
                prop_assert_eq!(history.slots().iter().map(|s| s.bytes).sum::<u64>(), sum);
            }
        }
    }
}
