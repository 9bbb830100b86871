//! The adaptive limit, pure: what the signals say goes in, a bound on the rate comes out.
//!
//! ```text
//!            any signal over its bound                     all below CALM for PATIENCE looks
//!  Open ───────────────────────────────► Bound ×0.6 ─┐  ┌────────► Bound + step ─► … ─► Open
//!                                          ▲  │  over │  │ between: stays
//!                                          └──┴───────┴──┘ unread: stays
//! ```
//! It falls by a factor and rises by a sum, so that it backs off faster than it comes back. Between
//! `CALM` and the bound nothing moves, or the limit would swing around the bound. The step up is a
//! part of what the job did before it was bound, so coming back takes a known number of looks.

use crate::model::throttle::{AdaptSpec, LimitReason, Reading, Signal};

/// A bound falls to this part of itself, in percent.
const FALL: u64 = 60;
/// A step up is this part of the reference, in percent.
const RISE: u64 = 10;
/// A signal is calm below this part of its bound, in percent.
const CALM: u64 = 80;
/// Calm looks in a row before the limit rises.
const PATIENCE: u32 = 3;

/// What one look at the signals brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// What was read; `None` could not be read this time.
    pub values: Vec<(Signal, Option<u64>)>,
    /// Bytes a second that the job moved since the last look.
    pub rate: u64,
    /// The most that is allowed now by whatever is stronger; `None` is no limit.
    pub ceiling: Option<u64>,
}

/// Falls and rises with the signals.
#[derive(Debug, Clone)]
pub struct Controller {
    spec: AdaptSpec,
    /// The bound in force; `None` is open.
    bound: Option<u64>,
    /// What the job did, or was allowed to, when it was bound first: the measure of the steps up.
    reference: u64,
    calm: u32,
    reason: LimitReason,
}

impl Controller {
    /// Open, until a signal says otherwise.
    pub fn new(spec: AdaptSpec) -> Self {
        Self { spec, bound: None, reference: 0, calm: 0, reason: LimitReason::Quiet }
    }

    /// What was chosen.
    pub fn spec(&self) -> &AdaptSpec {
        &self.spec
    }

    /// The bound in force, if there is one, and why.
    pub fn current(&self) -> (Option<u64>, &LimitReason) {
        (self.bound, &self.reason)
    }

    /// Takes a look in.
    pub fn step(&mut self, look: &Look) {
        if let Some(worst) = self.worst(look) {
            self.calm = 0;
            self.fall(look);
            self.reason = LimitReason::Over(worst);
            return;
        }
        if let Some(signal) = unread(look) {
            self.calm = 0;
            self.reason = LimitReason::Unreadable(signal);
            return;
        }
        self.calm = if self.is_calm(look) { self.calm.saturating_add(1) } else { 0 };
        if self.bound.is_some() && self.calm >= PATIENCE {
            self.rise(look);
        }
        self.reason = match (self.bound, &self.reason) {
            (None, _) => LimitReason::Quiet,
            (Some(_), LimitReason::Over(reading)) => {
                LimitReason::Recovering { after: reading.signal }
            }
            (Some(_), LimitReason::Unreadable(signal)) => {
                LimitReason::Recovering { after: *signal }
            }
            (Some(_), other) => other.clone(),
        };
    }

    /// The reading that is furthest over its bound, in proportion.
    fn worst(&self, look: &Look) -> Option<Reading> {
        let over = self.readings(look).filter(|reading| reading.value > reading.bound);
        over.max_by_key(|reading| u128::from(reading.value) * 1_000 / u128::from(reading.bound))
    }

    fn readings<'a>(&'a self, look: &'a Look) -> impl Iterator<Item = Reading> + 'a {
        look.values.iter().filter_map(|(signal, value)| {
            let bound = self.spec.bounds.iter().find(|bound| bound.signal == *signal)?;
            Some(Reading { signal: *signal, value: (*value)?, bound: bound.most.max(1) })
        })
    }

    fn is_calm(&self, look: &Look) -> bool {
        let share = |reading: Reading| {
            u128::from(reading.value) * 100 <= u128::from(reading.bound) * u128::from(CALM)
        };
        self.readings(look).all(share)
    }

    /// The most by what is allowed and by the own ceiling.
    fn ceiling(&self, look: &Look) -> Option<u64> {
        [look.ceiling, self.spec.ceiling].into_iter().flatten().min()
    }

    /// A floor above the ceiling is the ceiling.
    fn floor(&self, look: &Look) -> u64 {
        self.spec.floor.min(self.ceiling(look).unwrap_or(u64::MAX)).max(1)
    }

    fn fall(&mut self, look: &Look) {
        let ceiling = self.ceiling(look).unwrap_or(u64::MAX);
        let from = if let Some(bound) = self.bound {
            bound.min(ceiling)
        } else {
            // What the job does, not what it might: else the first falls would not be felt.
            let from = if look.rate == 0 { ceiling } else { look.rate.min(ceiling) };
            self.reference = if from == u64::MAX { 0 } else { from };
            from
        };
        let to = if from == u64::MAX { 0 } else { part(from, FALL) };
        self.bound = Some(to.max(self.floor(look)));
        self.reference = self.reference.max(self.spec.floor);
    }

    fn rise(&mut self, look: &Look) {
        let Some(bound) = self.bound else { return };
        let next = bound.saturating_add(part(self.reference, RISE).max(1));
        let free = match self.ceiling(look) {
            Some(ceiling) => next >= ceiling,
            // Twice of what it did binds nobody.
            None => next >= self.reference.saturating_mul(2),
        };
        self.bound = (!free).then_some(next);
    }
}

fn unread(look: &Look) -> Option<Signal> {
    look.values.iter().find(|(_, value)| value.is_none()).map(|(signal, _)| *signal)
}

fn part(whole: u64, percent: u64) -> u64 {
    u64::try_from(u128::from(whole) * u128::from(percent) / 100).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MB: u64 = 1_000_000;

    fn controller(text: &str) -> Controller {
        Controller::new(text.parse().unwrap())
    }

    fn lag(seconds: u64, rate: u64) -> Look {
        Look { values: vec![(Signal::Lag, Some(seconds * 1_000))], rate, ceiling: None }
    }

    fn unreadable() -> Look {
        Look { values: vec![(Signal::Lag, None)], rate: 50 * MB, ceiling: None }
    }

    #[test]
    fn it_falls_from_what_the_job_does_and_says_why() {
        let mut controller = controller("lag=10s");
        controller.step(&lag(5, 100 * MB));
        assert_eq!(controller.current(), (None, &LimitReason::Quiet));
        controller.step(&lag(14, 100 * MB));
        let (bound, reason) = controller.current();
        assert_eq!(
            (bound, reason.to_string().as_str()),
            (Some(60 * MB), "replica lag 14 s over 10 s")
        );
        controller.step(&lag(14, 60 * MB));
        assert_eq!(controller.current().0, Some(36 * MB));
    }

    #[test]
    fn it_rises_only_after_calm_looks_in_a_row_and_opens_at_last() {
        let mut controller = controller("lag=10s");
        controller.step(&lag(14, 100 * MB));
        // Nine of ten seconds are no calm.
        for _ in 0..10 {
            controller.step(&lag(9, 60 * MB));
            assert_eq!(controller.current().0, Some(60 * MB));
        }
        assert_eq!(controller.current().1.to_string(), "recovering after replica lag");
        let bounds: Vec<Option<u64>> = (0..17)
            .map(|_| {
                controller.step(&lag(1, 60 * MB));
                controller.current().0
            })
            .collect();
        assert_eq!(bounds[..4], [60, 60, 70, 80].map(|n| Some(n * MB)));
        assert_eq!(bounds.last(), Some(&None));
        assert_eq!(controller.current().1, &LimitReason::Quiet);
    }

    #[test]
    fn what_cannot_be_read_changes_nothing_and_is_told() {
        let mut controller = controller("lag=10s,sessions=5");
        controller.step(&unreadable());
        let quiet = (None, &LimitReason::Unreadable(Signal::Lag));
        assert_eq!(controller.current(), quiet);
        controller.step(&lag(20, 100 * MB));
        for _ in 0..10 {
            controller.step(&unreadable());
            assert_eq!(controller.current().0, Some(60 * MB));
        }
        // Another signal that is over its bound counts all the same.
        let mut look = unreadable();
        look.values.push((Signal::Sessions, Some(9)));
        controller.step(&look);
        assert_eq!(controller.current().0, Some(36 * MB));
    }

    #[test]
    fn the_signal_that_is_furthest_over_its_bound_is_the_reason() {
        let mut controller = controller("lag=10s,sessions=10");
        let values = vec![(Signal::Lag, Some(11_000)), (Signal::Sessions, Some(40))];
        controller.step(&Look { values, rate: MB, ceiling: None });
        assert_eq!(controller.current().1.to_string(), "active sessions 40 over 10");
    }

    fn looks() -> impl Strategy<Value = Vec<Look>> {
        let value = prop_oneof![1 => Just(None), 9 => (0_u64..40_000).prop_map(Some)];
        let look = (value, 0_u64..1 << 34, prop::option::of(1_u64..1 << 34));
        let look = look.prop_map(|(value, rate, ceiling)| Look {
            values: vec![(Signal::Lag, value)],
            rate,
            ceiling,
        });
        prop::collection::vec(look, 1..80)
    }

    proptest! {
        /// Whatever the signals do: never below the floor, never above what is allowed at a fall,
        /// down only when over, up only after calm, and never by more than a step.
        #[test]
        fn it_keeps_its_promises(
            looks in looks(), floor in 1_u64..1 << 30, own in prop::option::of(1_u64 << 30..1 << 34)
        ) {
            let spec = AdaptSpec { floor, ceiling: own, ..controller("lag=10s").spec };
            let mut controller = Controller::new(spec);
            let mut calm = 0;
            for look in looks {
                let before = controller.bound;
                controller.step(&look);
                let after = controller.bound;
                let value = look.values[0].1;
                let lowest = controller.floor(&look);
                calm = if value.is_some_and(|value| value <= 8_000) { calm + 1 } else { 0 };
                match value {
                    Some(value) if value > 10_000 => {
                        let after = after.unwrap();
                        prop_assert!(after >= lowest);
                        prop_assert!(controller.ceiling(&look).is_none_or(|most| after <= most));
                        if let Some(before) = before {
                            prop_assert!(after <= before.max(lowest));
                            prop_assert!(after < before || after == lowest);
                        }
                        let over = matches!(controller.reason, LimitReason::Over(_));
                        prop_assert!(over);
                    }
                    _ if calm < PATIENCE => prop_assert_eq!(before, after),
                    _ => {
                        let step = part(controller.reference, RISE).max(1);
                        if let (Some(before), Some(after)) = (before, after) {
                            prop_assert_eq!(after, before + step);
                        }
                        prop_assert!(before.is_some() || after.is_none());
                    }
                }
            }
        }

        /// However deep it fell, calm opens it again within a known number of looks.
        #[test]
        fn it_always_recovers(
            falls in 1_u32..60, rate in 1_u64..1 << 34, ceiling in prop::option::of(1_u64..1 << 34)
        ) {
            let mut controller = controller("lag=10s");
            let look = |seconds| Look { ceiling, ..lag(seconds, rate) };
            for _ in 0..falls {
                controller.step(&look(20));
            }
            // A step is a tenth of the reference: up to the ceiling, or to twice the reference.
            let most = ceiling.map_or(2, |ceiling| ceiling / controller.reference + 1);
            for _ in 0..u64::from(PATIENCE) + 1 + most * 10 + 10 {
                controller.step(&look(0));
            }
            prop_assert_eq!(controller.current(), (None, &LimitReason::Quiet));
        }
    }
}
