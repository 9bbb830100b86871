//! What became of a job's limit, for its report.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::reason::LimitReason;

/// Adjustments that are kept of one job, the newest; the others are only counted.
pub const KEPT: usize = 200;

/// A change of the limit, of the pause, or of the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// When.
    pub at: Timestamp,
    /// The limit from then on, bytes a second; `None` is unlimited.
    pub limit: Option<u64>,
    /// Whether the job was paused from then on.
    pub paused: bool,
    /// Why.
    pub reason: LimitReason,
}

/// All changes of a job's limit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Adjustments {
    /// How many there were.
    pub count: u64,
    /// The newest of them, oldest first, at most [`KEPT`].
    pub last: Vec<Adjustment>,
}

impl Adjustments {
    /// Takes one in, unless nothing but a figure changed since the last one.
    pub fn note(&mut self, new: Adjustment) {
        let same = |old: &Adjustment| {
            (old.limit, old.paused) == (new.limit, new.paused)
                && !new.reason.differs_from(&old.reason)
        };
        if self.last.last().is_some_and(same) {
            return;
        }
        self.count += 1;
        if self.last.len() >= KEPT {
            self.last.remove(0);
        }
        self.last.push(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::throttle::{Reading, Signal};

    #[test]
    fn changes_are_counted_and_the_newest_kept() {
        let mut all = Adjustments::default();
        for n in 0..500_u64 {
            let reading = Reading { signal: Signal::Lag, value: n, bound: 1 };
            let reason = LimitReason::Over(reading);
            // Every second one changes nothing but the figure.
            let limit = Some(n / 2);
            all.note(Adjustment { at: Timestamp::UNIX_EPOCH, limit, paused: false, reason });
        }
        assert_eq!((all.count, all.last.len()), (250, KEPT));
        assert_eq!(all.last.last().and_then(|last| last.limit), Some(249));
    }
}
