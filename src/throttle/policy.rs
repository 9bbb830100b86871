//! Who decides about a job's limit, pure: a change by hand over windows over `--rate`, the signals
//! below these, and the limit of the whole process beside all of them.

use jiff::civil::DateTime;

use super::adaptive::{Controller, Look};
use crate::model::size::RateLimit;
use crate::model::throttle::{AdaptSpec, LimitReason, RateWindow};

/// What was asked for, and what came since.
#[derive(Debug)]
pub struct Policy {
    asked: RateLimit,
    windows: Vec<RateWindow>,
    /// The name of the zone in which the windows' hours are meant.
    zone: String,
    by_hand: Option<RateLimit>,
    controller: Option<Controller>,
}

/// What follows from it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The job's own limit.
    pub own: Option<u64>,
    /// The limit that is felt: the own one, or that of the process where it is lower.
    pub felt: Option<u64>,
    /// Why it is that.
    pub reason: LimitReason,
}

impl Policy {
    /// Nothing was changed by hand yet.
    pub fn new(asked: RateLimit, windows: Vec<RateWindow>, zone: String) -> Self {
        Self { asked, windows, zone, by_hand: None, controller: None }
    }

    /// Takes other signals, or none.
    pub fn adapt(&mut self, spec: AdaptSpec) {
        self.controller = spec.is_on().then(|| Controller::new(spec));
    }

    /// A change by hand: it holds until [`Self::give_back`].
    pub fn set(&mut self, limit: RateLimit) {
        self.by_hand = Some(limit);
    }

    /// Windows, `--rate` and signals decide again.
    pub fn give_back(&mut self) {
        self.by_hand = None;
    }

    /// Takes a look at the signals in.
    pub fn look(&mut self, values: Look, at: DateTime) {
        let (RateLimit(ceiling), _) = self.ceiling(at);
        if let Some(controller) = &mut self.controller {
            controller.step(&Look { ceiling, ..values });
        }
    }

    /// What holds at this local time beside the limit of the whole process.
    pub fn decide(&self, at: DateTime, process: Option<u64>) -> Decision {
        let (RateLimit(own), reason) = self.own(at);
        match process {
            Some(process) if own.is_none_or(|own| process < own) => {
                Decision { own, felt: Some(process), reason: LimitReason::Process }
            }
            _ => Decision { own, felt: own, reason },
        }
    }

    /// Whether the time of day matters.
    pub fn has_windows(&self) -> bool {
        !self.windows.is_empty()
    }

    fn own(&self, at: DateTime) -> (RateLimit, LimitReason) {
        let (ceiling, reason) = self.ceiling(at);
        let Some(controller) = self.controller.as_ref().filter(|_| self.by_hand.is_none()) else {
            return (ceiling, reason);
        };
        let (bound, why) = controller.current();
        let bound = [bound, controller.spec().ceiling].into_iter().flatten().min();
        match (bound, ceiling) {
            (Some(bound), RateLimit(ceiling)) if ceiling.is_none_or(|most| bound < most) => {
                (RateLimit(Some(bound)), why.clone())
            }
            // That it cannot be read has to be seen, whoever decides.
            _ if matches!(why, LimitReason::Unreadable(_)) => (ceiling, why.clone()),
            (_, RateLimit(None)) => (ceiling, LimitReason::Quiet),
            _ => (ceiling, reason),
        }
    }

    /// Whoever is strongest, the signals left aside.
    fn ceiling(&self, at: DateTime) -> (RateLimit, LimitReason) {
        if let Some(limit) = self.by_hand {
            return (limit, LimitReason::You);
        }
        if let Some(window) = self.windows.iter().find(|window| window.is_open(at)) {
            let zone = self.zone.clone();
            return (window.limit, LimitReason::Window { window: *window, zone });
        }
        let reason = if self.asked.0.is_none() { LimitReason::Off } else { LimitReason::Asked };
        (self.asked, reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::throttle::Signal;

    const MB: u64 = 1_000_000;

    fn at(text: &str) -> DateTime {
        format!("2026-02-13T{text}:00").parse().unwrap()
    }

    fn policy(rate: &str, windows: &[&str], adapt: &str) -> Policy {
        let windows = windows.iter().map(|text| text.parse().unwrap()).collect();
        let mut policy = Policy::new(rate.parse().unwrap(), windows, "UTC".into());
        policy.adapt(adapt.parse().unwrap());
        policy
    }

    fn lag(seconds: u64) -> Look {
        Look { values: vec![(Signal::Lag, Some(seconds * 1_000))], rate: 200 * MB, ceiling: None }
    }

    /// Limit and reason in short: "20M window …".
    fn told(policy: &Policy, time: &str, process: Option<u64>) -> String {
        let Decision { felt, reason, .. } = policy.decide(at(time), process);
        let limit = felt.map_or_else(|| "off".to_owned(), crate::model::size::exact_size);
        format!("{limit}: {reason}")
    }

    #[test]
    fn a_hand_goes_over_a_window_and_a_window_over_the_rate() {
        let mut policy = policy("100M", &["08:00-18:00=20M", "17:00-19:00=off"], "off");
        assert_eq!(told(&policy, "07:59", None), "100M: as asked for");
        assert_eq!(told(&policy, "08:00", None), "20M: window daily 08:00-18:00 UTC");
        // The first that is open decides.
        assert_eq!(told(&policy, "17:30", None), "20M: window daily 08:00-18:00 UTC");
        assert_eq!(told(&policy, "18:30", None), "off: window daily 17:00-19:00 UTC");
        policy.set(RateLimit(Some(50 * MB)));
        assert_eq!(told(&policy, "12:00", None), "50M: you");
        policy.give_back();
        assert_eq!(told(&policy, "12:00", None), "20M: window daily 08:00-18:00 UTC");
    }

    #[test]
    fn signals_lower_the_limit_below_windows_and_rate_and_never_above() {
        let mut policy = policy("100M", &["08:00-18:00=20M"], "lag=10s");
        policy.look(lag(0), at("12:00"));
        assert_eq!(told(&policy, "12:00", None), "20M: window daily 08:00-18:00 UTC");
        policy.look(lag(30), at("12:00"));
        assert_eq!(told(&policy, "12:00", None), "12M: replica lag 30 s over 10 s");
        // A hand is final: what the server says is not asked.
        policy.set(RateLimit(Some(80 * MB)));
        policy.look(lag(30), at("12:00"));
        assert_eq!(told(&policy, "12:00", None), "80M: you");
        policy.set(RateLimit(None));
        assert_eq!(told(&policy, "12:00", None), "off: you");
    }

    #[test]
    fn without_any_other_limit_signals_bind_and_let_go() {
        let mut policy = policy("off", &[], "lag=10s");
        assert_eq!(told(&policy, "12:00", None), "off: no signal over its bound");
        policy.look(lag(30), at("12:00"));
        assert_eq!(told(&policy, "12:00", None), "120M: replica lag 30 s over 10 s");
        for _ in 0..40 {
            policy.look(lag(0), at("12:00"));
        }
        assert_eq!(told(&policy, "12:00", None), "off: no signal over its bound");
        let unread = Look { values: vec![(Signal::Lag, None)], ..lag(0) };
        policy.look(unread, at("12:00"));
        assert_eq!(told(&policy, "12:00", None), "off: replica lag cannot be read, so it stays");
    }

    #[test]
    fn an_own_ceiling_of_the_signals_holds_also_while_they_are_quiet() {
        let policy = policy("off", &[], "lag=10s,ceiling=50M");
        assert_eq!(told(&policy, "12:00", None), "50M: no signal over its bound");
    }

    #[test]
    fn the_limit_of_the_process_is_told_where_it_is_the_lower_one() {
        let policy = policy("100M", &[], "off");
        assert_eq!(told(&policy, "12:00", Some(40 * MB)), "40M: whole process");
        assert_eq!(told(&policy, "12:00", Some(400 * MB)), "100M: as asked for");
        assert_eq!(policy.decide(at("12:00"), Some(1)).own, Some(100 * MB));
    }
}
