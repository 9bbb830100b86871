//! A job's limit while it runs: who decides about it, what it is now, and why.
//!
//! ```text
//!  supervisor ─ Steer ─┐
//!  process's limit ────┼─► policy ─► decision ─┬─► throttle     (the workers feel it at once)
//!  clock (windows) ────┤     ▲                 ├─► meter        (the fronts sample it)
//!  sampler ─ Sample ───┘ signals               └─► JobEvent     (limit and reason, where they changed)
//! ```
//! It never waits for a server or a disk: the sampler does that, in a task of its own. A signal that
//! cannot be read is told once and the limit stays; the job goes on whatever happens here.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

use crate::model::job::{JobEvent, Level};
use crate::model::size::RateLimit;
use crate::model::throttle::{AdaptSpec, RateWindow, Signal};
use crate::throttle::Changes;
use crate::throttle::adaptive::Look;
use crate::throttle::policy::{Decision, Policy};
use crate::work::WorkContext;

use super::sampler::Sample;

/// How often the clock is asked whether a window opens or closes.
const CLOCK: Duration = Duration::from_secs(1);
/// How often a reading alone, without a new limit or another reason, is reported.
const REFRESH: Duration = Duration::from_secs(10);

/// A change by hand.
#[derive(Debug)]
pub(super) enum Steer {
    /// This limit, until it is given back.
    Rate(RateLimit),
    /// Windows, `--rate` and signals decide again.
    Auto,
    /// Hold the job, or let it go on.
    Paused(bool),
    /// Other signals, or none.
    Adapt(AdaptSpec),
}

/// Where a governor hears from.
pub(super) struct Inputs {
    pub(super) steer: mpsc::Receiver<Steer>,
    pub(super) process: Changes,
    /// Starts a sampler for these signals; the old one ends when its receiver is dropped.
    pub(super) sampler: Box<dyn Fn(AdaptSpec) -> mpsc::Receiver<Sample> + Send>,
    /// The time on the wall.
    pub(super) clock: Box<dyn Fn() -> DateTime + Send>,
}

/// The task's state.
pub(super) struct Governor {
    work: WorkContext,
    policy: Policy,
    inputs: Inputs,
    samples: Option<mpsc::Receiver<Sample>>,
    told: Option<(Decision, bool, Instant)>,
    /// Signals that could not be read and were told.
    unread: HashSet<Signal>,
    /// Signals that will not be read any more.
    lost: HashSet<Signal>,
    moved: (Instant, u64),
}

impl Governor {
    pub(super) fn new(work: WorkContext, policy: Policy, inputs: Inputs) -> Self {
        let moved = (Instant::now(), 0);
        let (unread, lost) = (HashSet::new(), HashSet::new());
        Self { work, policy, inputs, samples: None, told: None, unread, lost, moved }
    }

    /// Decides for the first time, so that no worker starts faster than it may.
    pub(super) async fn begin(&mut self, adapt: AdaptSpec) {
        self.adapt(adapt);
        self.decide().await;
    }

    /// Runs until it is dropped, or nobody can steer any more.
    pub(super) async fn run(mut self) {
        let mut clock = tokio::time::interval(CLOCK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let windows = self.policy.has_windows();
            tokio::select! {
                steer = self.inputs.steer.recv() => match steer {
                    Some(steer) => self.steer(steer).await,
                    None => return,
                },
                () = self.inputs.process.changed() => {}
                _ = clock.tick(), if windows => {}
                sample = next(&mut self.samples) => self.sampled(sample).await,
            }
            self.decide().await;
        }
    }

    fn adapt(&mut self, spec: AdaptSpec) {
        self.unread.clear();
        self.lost.clear();
        self.samples = spec.is_on().then(|| (self.inputs.sampler)(spec.clone()));
        self.policy.adapt(spec);
    }

    async fn steer(&mut self, steer: Steer) {
        let text = match steer {
            Steer::Rate(limit) => {
                self.policy.set(limit);
                format!("limit is now {limit}, set by hand")
            }
            Steer::Auto => {
                self.policy.give_back();
                "the limit is no longer set by hand".to_owned()
            }
            Steer::Paused(paused) => {
                self.work.throttle.set_paused(paused);
                if paused { "paused" } else { "resumed" }.to_owned()
            }
            Steer::Adapt(spec) => {
                let text = format!("signals that lower the limit: {spec}");
                self.adapt(spec);
                text
            }
        };
        // The limit first, the words after: workers are not to wait for a log.
        self.decide().await;
        self.work.message(Level::Info, text).await;
    }

    /// Puts into force what follows from everything known now.
    async fn decide(&mut self) {
        let process = self.inputs.process.limit();
        let decision = self.policy.decide((self.inputs.clock)(), process);
        self.work.throttle.set_limit(decision.own);
        let (_, paused) = self.work.throttle.current();
        self.work.meter.set_throttle(decision.felt, paused);
        if self.is_news(&decision, paused) {
            let event = JobEvent::Throttle {
                limit: decision.felt,
                paused,
                reason: decision.reason.clone(),
            };
            self.told = Some((decision, paused, Instant::now()));
            self.work.emit(event).await;
        }
    }

    fn is_news(&self, new: &Decision, paused: bool) -> bool {
        let Some((old, was_paused, at)) = &self.told else { return true };
        let changed = old.felt != new.felt || *was_paused != paused;
        let other = new.reason.differs_from(&old.reason);
        changed || other || (new.reason != old.reason && at.elapsed() >= REFRESH)
    }

    async fn sampled(&mut self, sample: Sample) {
        let mut values = Vec::new();
        for (signal, value) in sample {
            match value {
                Ok(value) => {
                    self.lost.remove(&signal);
                    if self.unread.remove(&signal) {
                        let text = format!("{} can be read again", signal.label());
                        self.work.message(Level::Info, text).await;
                    }
                    values.push((signal, Some(value)));
                }
                Err(unread) => {
                    if unread.lasting {
                        self.lost.insert(signal);
                    } else {
                        values.push((signal, None));
                    }
                    self.tell_unread(signal, &unread.why).await;
                }
            }
        }
        if values.is_empty() {
            // Not one of them will ever be read: the reason has to say so.
            values.extend(self.lost.iter().min().map(|signal| (*signal, None)));
        }
        let look = Look { values, rate: self.rate(), ceiling: None };
        self.policy.look(look, (self.inputs.clock)());
    }

    async fn tell_unread(&mut self, signal: Signal, why: &str) {
        if self.unread.insert(signal) {
            let rest = if self.lost.contains(&signal) {
                "the job goes on without this signal"
            } else {
                "the limit stays as it is meanwhile"
            };
            let text = format!("{} cannot be read: {why}; {rest}", signal.label());
            self.work.message(Level::Warning, text).await;
        }
    }

    /// Bytes a second since the last look.
    fn rate(&mut self) -> u64 {
        let (since, before) = self.moved;
        let bytes = self.work.throttle.stats().bytes();
        self.moved = (Instant::now(), bytes);
        let millis = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        bytes.saturating_sub(before).saturating_mul(1_000) / millis
    }
}

/// The next sample; never, where none is taken.
async fn next(samples: &mut Option<mpsc::Receiver<Sample>>) -> Sample {
    match samples {
        Some(queue) => match queue.recv().await {
            Some(sample) => sample,
            // The sampler ends only with its receiver, or by a crash that the log tells of.
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

/// What the log says at the start, where anything bends the limit.
pub(super) fn describe(windows: &[RateWindow], zone: &str, adapt: &AdaptSpec) -> Vec<String> {
    let mut lines = Vec::new();
    if !windows.is_empty() {
        let all: Vec<String> = windows.iter().map(ToString::to_string).collect();
        lines.push(format!("limits by hours, in {zone}: {}", all.join("; ")));
    }
    if adapt.is_on() {
        lines.push(format!("signals that lower the limit: {adapt}"));
    }
    lines
}

/// The clock of the machine in the zone of the config.
pub(super) fn wall_clock(config: &Arc<crate::config::Config>) -> Box<dyn Fn() -> DateTime + Send> {
    let zone = config.zone.clone();
    Box::new(move || zone.wall(Timestamp::now()))
}

#[cfg(test)]
mod tests;
