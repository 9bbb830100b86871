//! Runs hooks: those of a point one after the other, each with its attempts.
//!
//! ```text
//!  hooks of the point, by name ─► conditions ─► attempt ─┬─ done ────────────► next hook
//!                                                 ▲      └─ failed ─┬─ retries left: wait, again
//!                                                 └──────────────────┘
//!                                   none left: continue ─► warning, next hook;  abort ─► stop
//! ```

use std::ffi::OsString;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::error::Result;
use crate::model::hook::spec::{HookAction, HookSpec, MAX_BACKOFF};
use crate::model::hook::{HookEnd, HookOutcome, HookPoint, OnFailure, seconds};
use crate::model::job::{JobEvent, Level};

use super::process::{self, Program, timed_out};
use super::reporter::Reporter;
use super::variables::Facts;
use super::{http, mail, user};

/// What needs a connection to a database, done by whoever has one.
pub trait Native: Send + Sync + Debug {
    /// Runs `VACUUM (ANALYZE)` in a database, on the job's tables. When the future is dropped, the
    /// server is told to stop.
    fn vacuum_analyze<'a>(
        &'a self,
        database: Option<&'a str>,
        lines: &'a Reporter,
    ) -> BoxFuture<'a, Result<()>>;
}

/// Runs the hooks of one job.
#[derive(Debug)]
pub struct Runner {
    environment: Vec<(String, String)>,
    events: mpsc::WeakSender<JobEvent>,
    native: Arc<dyn Native>,
    runs: AtomicU32,
}

/// One point reached.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The point.
    pub point: HookPoint,
    /// What is known.
    pub facts: &'a Facts,
    /// Ends what runs.
    pub cancel: &'a CancellationToken,
}

impl Runner {
    /// `environment`: what of ours a program may see, as [`super::safe_environment`] makes it.
    #[must_use]
    pub fn new(
        environment: Vec<(String, String)>,
        events: &mpsc::Sender<JobEvent>,
        native: Arc<dyn Native>,
    ) -> Self {
        // The job's events end when the job does, not when this does.
        Self { environment, events: events.downgrade(), native, runs: AtomicU32::new(0) }
    }

    /// Runs those hooks whose conditions hold, until one fails that is to abort.
    pub async fn run<'h>(
        &self,
        hooks: impl IntoIterator<Item = &'h HookSpec>,
        call: Call<'_>,
    ) -> Vec<HookOutcome> {
        let mut outcomes = Vec::new();
        for hook in hooks.into_iter().filter(|hook| applies(hook, call.facts)) {
            let outcome = self.one(hook, call).await;
            let stop = outcome.end == HookEnd::Cancelled
                || (!outcome.end.is_done() && outcome.on_failure == OnFailure::Abort);
            outcomes.push(outcome);
            if stop {
                break;
            }
        }
        outcomes
    }

    async fn one(&self, hook: &HookSpec, call: Call<'_>) -> HookOutcome {
        let run = self.runs.fetch_add(1, Relaxed);
        let what = hook.action.describe();
        let started = Timestamp::now();
        let begun = Instant::now();
        let (lines, end, attempts) = match self.events.upgrade() {
            Some(events) => {
                let _ = events.send(started_event(run, hook, call, &what)).await;
                let reporter = Arc::new(Reporter::new(events, run, hook.name.clone()));
                let (end, attempts) = self.attempts(hook, call, &reporter).await;
                (reporter.counts(), end, attempts)
            }
            None => ((0, 0), HookEnd::Cancelled, 0),
        };
        let outcome = HookOutcome {
            name: hook.name.clone(),
            point: call.point,
            database: call.facts.database.clone(),
            what,
            attempts,
            started,
            millis: millis(begun.elapsed()),
            lines: lines.0,
            lines_dropped: lines.1,
            end,
            on_failure: hook.on_failure,
        };
        self.tell(run, &outcome).await;
        outcome
    }

    async fn tell(&self, run: u32, outcome: &HookOutcome) {
        let Some(events) = self.events.upgrade() else { return };
        let ended = JobEvent::HookEnded { run, outcome: Box::new(outcome.clone()) };
        let _ = events.send(ended).await;
        let Some(failure) = outcome.failure() else { return };
        if outcome.on_failure == OnFailure::Continue && outcome.end != HookEnd::Cancelled {
            let text = format!("{failure}; the job goes on");
            let _ = events.send(JobEvent::Message { level: Level::Warning, text }).await;
        }
    }

    async fn attempts(
        &self,
        hook: &HookSpec,
        call: Call<'_>,
        reporter: &Arc<Reporter>,
    ) -> (HookEnd, u32) {
        let mut wait = hook.backoff.min(MAX_BACKOFF);
        let mut attempt = 1;
        loop {
            let end = self.attempt(hook, call, (attempt, reporter)).await;
            if end.is_done() || end == HookEnd::Cancelled || attempt > hook.retries {
                return (end, attempt);
            }
            let text = format!("attempt {attempt}: {end}; again in {}", seconds(millis(wait)));
            reporter.note(&text).await;
            tokio::select! {
                biased;
                () = call.cancel.cancelled() => return (HookEnd::Cancelled, attempt),
                () = tokio::time::sleep(wait) => {}
            }
            wait = wait.saturating_mul(2).min(MAX_BACKOFF);
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        hook: &HookSpec,
        call: Call<'_>,
        (attempt, reporter): (u32, &Arc<Reporter>),
    ) -> HookEnd {
        let (limit, cancel) = (hook.timeout, call.cancel);
        if let Some((words, input)) = program_of(&hook.action, call) {
            let begun = Instant::now();
            // A directory service may take its time to tell who a user is.
            let program = tokio::select! {
                biased;
                () = cancel.cancelled() => return HookEnd::Cancelled,
                program = self.program(hook, words, (call, attempt), input) => program,
                () = tokio::time::sleep(limit) => return timed_out(limit),
            };
            let left = limit.saturating_sub(begun.elapsed());
            // It sees time and cancel itself, for its whole group has to end.
            return match program {
                Ok(program) => match process::run(program, reporter, left, cancel).await {
                    HookEnd::TimedOut { .. } => timed_out(limit),
                    end => end,
                },
                Err(reason) => HookEnd::Failed { reason },
            };
        }
        tokio::select! {
            biased;
            () = cancel.cancelled() => HookEnd::Cancelled,
            end = self.request(hook, call, reporter) => end,
            () = tokio::time::sleep(limit) => timed_out(limit),
        }
    }

    /// What needs no program.
    async fn request(&self, hook: &HookSpec, call: Call<'_>, reporter: &Reporter) -> HookEnd {
        let Call { point, facts, .. } = call;
        match &hook.action {
            HookAction::Webhook(webhook) => {
                http::webhook(webhook, point, facts, hook.timeout).await
            }
            HookAction::Healthcheck(check) => {
                let asked = http::healthcheck(check, point, facts, hook.timeout).await;
                if let Some(end) = asked {
                    return end;
                }
                reporter.note("there is no address for this end").await;
                HookEnd::Done
            }
            HookAction::VacuumAnalyze => self.vacuum(facts, reporter).await,
            HookAction::Program(_) | HookAction::Mail(_) => HookEnd::Done,
        }
    }

    async fn vacuum(&self, facts: &Facts, reporter: &Reporter) -> HookEnd {
        match self.native.vacuum_analyze(facts.database.as_deref(), reporter).await {
            Ok(()) => HookEnd::Done,
            Err(error) => HookEnd::Failed { reason: error.chain() },
        }
    }

    async fn program<'w>(
        &self,
        hook: &HookSpec,
        words: &'w [String],
        (call, attempt): (Call<'_>, u32),
        input: Option<Vec<u8>>,
    ) -> Result<Program<'w>, String> {
        let user = match &hook.run_as {
            Some(name) => user::find(name).await?,
            None => None,
        };
        let ours = self.environment.iter();
        let ours = ours.map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let facts = call.facts.variables(&hook.name, call.point, attempt).into_iter();
        let facts = facts.map(|(name, value)| (OsString::from(name), value));
        Ok(Program { words, environment: ours.chain(facts).collect(), user, input })
    }
}

/// The words of the program that a hook runs, if it runs one, and what that reads.
fn program_of<'a>(
    action: &'a HookAction,
    call: Call<'_>,
) -> Option<(&'a [String], Option<Vec<u8>>)> {
    match action {
        HookAction::Program(words) => Some((words, None)),
        HookAction::Mail(mail) => {
            let message = mail::message(mail, call.point, call.facts, Timestamp::now());
            Some((&mail.command, Some(message)))
        }
        HookAction::VacuumAnalyze | HookAction::Webhook(_) | HookAction::Healthcheck(_) => None,
    }
}

fn applies(hook: &HookSpec, facts: &Facts) -> bool {
    let outcome = facts.after.as_ref().map(|after| after.outcome.as_str());
    let conditions = &hook.conditions;
    facts.kind.is_none_or(|kind| conditions.allow(kind, facts.database.as_deref(), outcome))
}

fn started_event(run: u32, hook: &HookSpec, call: Call<'_>, what: &str) -> JobEvent {
    JobEvent::HookStarted {
        run,
        name: hook.name.clone(),
        point: call.point,
        database: call.facts.database.clone(),
        what: what.to_owned(),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
