//! The hooks of one job: which run when, what they are told, and what their failure makes of it.
//!
//! ```text
//!  begin ─► pre-backup ─► pre-database ─► the job's body ─► post-database ─► post-backup ─► on-*
//!     │ refused file     │ abort: the body does not begin       │ abort: no longer complete
//!     └──────────────────┴──────────────────────────────────────┴────► on-error
//! ```
//! What comes before the body ends with its cancel. What comes after it also runs for a job that
//! failed or was cancelled, so that what was stopped for it is started again; then only a forced
//! cancel ends it. But post-database of a cluster's databases runs inside the body: where that does
//! not end within the grace after a cancel, or the cancel is forced, it is dropped with such a hook
//! in it, and the other databases that had begun get none. A restore that only writes a script touches no server and runs no hook.

mod by_hand;
mod native;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::hooks::{After, Call, Facts, HookSet, Runner, safe_environment};
use crate::model::hook::spec::JobKind;
use crate::model::hook::{HookEnd, HookOutcome, HookPoint, OnFailure};
use crate::model::id::JobId;
use crate::model::job::{Level, Outcome, Phase};
use crate::model::spec::JobSpec;
use crate::work::{AroundDatabase, DatabaseEnd, WorkContext};

pub use crate::hooks::VARIABLES;
pub use by_hand::{ByHand, HookListing, ListedHook, list, run_by_hand};

use native::Vacuum;

/// How much of a reason a hook is told.
const REASON: usize = 4_000;

/// The hooks of one job.
#[derive(Debug)]
pub(super) struct JobHooks {
    set: HookSet,
    runner: Runner,
    facts: Facts,
    kind: JobKind,
    work: WorkContext,
    forced: CancellationToken,
    begun: Instant,
    /// The points before the body were reached.
    reached: AtomicBool,
}

/// The points that a job of this kind comes by, its databases' among them.
fn points(kind: JobKind) -> [HookPoint; 6] {
    let (before, after) = own_points(kind);
    let (first, last) = (HookPoint::PreDatabase, HookPoint::PostDatabase);
    [before, first, last, after, HookPoint::OnSuccess, HookPoint::OnError]
}

fn own_points(kind: JobKind) -> (HookPoint, HookPoint) {
    if kind.is_restore() {
        (HookPoint::PreRestore, HookPoint::PostRestore)
    } else {
        (HookPoint::PreBackup, HookPoint::PostBackup)
    }
}

/// The database of a job that has but one.
fn only_database(spec: &JobSpec) -> Option<&str> {
    match spec {
        JobSpec::Backup(spec) => Some(&spec.database),
        JobSpec::Restore(spec) => Some(&spec.database),
        JobSpec::BackupCluster(_) | JobSpec::RestoreCluster(_) | JobSpec::Verify(_) => None,
    }
}

/// A restore that only writes a script, and a verification: hooks are about backups and restores.
fn touches_no_server(spec: &JobSpec) -> bool {
    match spec {
        JobSpec::Restore(spec) => spec.script.is_some(),
        JobSpec::Verify(_) => true,
        JobSpec::Backup(_) | JobSpec::BackupCluster(_) | JobSpec::RestoreCluster(_) => false,
    }
}

/// The hooks that a plan tells of, as a fact, and what is wrong with some.
pub(super) fn planned(spec: &JobSpec, config: &Config) -> (Option<(String, String)>, Vec<String>) {
    if touches_no_server(spec) {
        return (None, Vec::new());
    }
    let (set, kind) = (HookSet::load(&config.hooks), JobKind::of(spec));
    let named = points(kind).into_iter().filter_map(|point| {
        let jobs = |jobs: &[JobKind]| jobs.is_empty() || jobs.contains(&kind);
        let hooks = set.at(point).filter(|hook| jobs(&hook.conditions.jobs));
        let names: Vec<&str> = hooks.map(|hook| hook.name.as_str()).collect();
        (!names.is_empty()).then(|| format!("{point}: {}", names.join(", ")))
    });
    let named: Vec<String> = named.collect();
    let fact = (!named.is_empty()).then(|| ("hooks".to_owned(), named.join("; ")));
    let refusal = set.refusal(&points(kind)).map(|error| error.to_string());
    (fact, set.warnings().chain(refusal).collect())
}

impl JobHooks {
    /// Reads the hooks that there are for a job.
    pub(super) async fn load(
        (id, spec): (JobId, &JobSpec),
        config: &Arc<Config>,
        work: &WorkContext,
        forced: &CancellationToken,
    ) -> Arc<Self> {
        let settings = config.hooks.clone();
        let read = tokio::task::spawn_blocking(move || HookSet::load(&settings)).await;
        let set = match read {
            _ if touches_no_server(spec) => HookSet::default(),
            Ok(set) => set,
            Err(error) => HookSet::unreadable(&config.hooks, &error.to_string()),
        };
        let kind = JobKind::of(spec);
        let facts = Facts {
            job: Some(id),
            kind: Some(kind),
            profile: spec.target().profile.clone(),
            database: only_database(spec).map(str::to_owned),
            path: spec.output().or(spec.source()).map(Path::to_owned),
            after: None,
        };
        let native = Arc::new(Vacuum::of_job(spec, config));
        let environment = safe_environment(|name| config.env.get(name));
        Arc::new(Self {
            set,
            runner: Runner::new(environment, &work.events, native),
            facts,
            kind,
            // What it has of the work must not keep the job's events from ending.
            work: work.clone(),
            forced: forced.clone(),
            begun: Instant::now(),
            reached: AtomicBool::new(false),
        })
    }

    /// Whether nothing runs at any point of the job.
    fn is_idle(&self) -> bool {
        points(self.kind).into_iter().all(|point| self.set.at(point).next().is_none())
    }

    /// Runs what comes before the body. An error keeps the body from beginning.
    pub(super) async fn before(&self) -> Result<()> {
        for warning in self.set.warnings() {
            self.work.message(Level::Warning, warning).await;
        }
        if let Some(refusal) = self.set.refusal(&points(self.kind)) {
            return Err(refusal);
        }
        if self.is_idle() {
            return Ok(());
        }
        self.reached.store(true, Relaxed);
        self.work.phase(Phase::Hooks).await;
        let (point, _) = own_points(self.kind);
        self.first(point, &self.facts).await?;
        match self.facts.database {
            Some(_) => self.first(HookPoint::PreDatabase, &self.facts).await,
            None => Ok(()),
        }
    }

    /// Runs a point before something; a failure that aborts is an error.
    async fn first(&self, point: HookPoint, facts: &Facts) -> Result<()> {
        let call = Call { point, facts, cancel: &self.work.cancel };
        let outcomes = self.runner.run(self.set.at(point), call).await;
        self.work.check()?;
        let Some(why) = aborting(&outcomes) else { return Ok(()) };
        let what = match point {
            HookPoint::PreDatabase => "the database was left out",
            _ => "the job did not begin",
        };
        Err(Error::new(ErrorKind::Hook, format!("{why}; {what}")).with_hint(
            "its lines in the job's log tell more; on_failure = \"continue\" lets the job go on \
             without it",
        ))
    }

    /// Runs what comes after the body, and says what the outcome is then.
    pub(super) async fn after(&self, outcome: Outcome) -> Outcome {
        if self.is_idle() {
            return outcome;
        }
        let mut outcome = outcome;
        self.work.phase(Phase::Hooks).await;
        if self.reached.load(Relaxed) {
            if self.facts.database.is_some() {
                outcome = self.last(HookPoint::PostDatabase, outcome).await;
            }
            let (_, point) = own_points(self.kind);
            outcome = self.last(point, outcome).await;
        }
        let tells = match outcome {
            Outcome::Complete => HookPoint::OnSuccess,
            _ => HookPoint::OnError,
        };
        self.last(tells, outcome).await
    }

    async fn last(&self, point: HookPoint, outcome: Outcome) -> Outcome {
        let sample = self.work.meter.sample();
        let archive = self.archive_bytes().unwrap_or(sample.archive_bytes);
        let after = After {
            bytes: sample.bytes,
            rows: sample.rows,
            archive_bytes: archive,
            millis: u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            ..told(&outcome)
        };
        let facts = Facts { after: Some(after), ..self.facts.clone() };
        let failures = self.finish(point, &facts).await;
        outcome.less_complete(failures)
    }

    /// What a file of a backup has on the disk.
    fn archive_bytes(&self) -> Option<u64> {
        let path = self.facts.path.as_ref().filter(|_| !self.kind.is_restore())?;
        fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|file| file.len())
    }

    /// Runs a point after something; returns the failures that make it less than complete.
    async fn finish(&self, point: HookPoint, facts: &Facts) -> Vec<String> {
        // A job that was cancelled is over; what follows is its tidying up.
        let cancelled = self.work.cancel.is_cancelled();
        let cancel = if cancelled { &self.forced } else { &self.work.cancel };
        let call = Call { point, facts, cancel };
        let outcomes = self.runner.run(self.set.at(point), call).await;
        let failure = aborting(&outcomes);
        if let Some(why) = &failure {
            self.work.message(Level::Error, why.clone()).await;
        }
        failure.into_iter().collect()
    }

    fn of_database(&self, database: &str, archive: &Path) -> Facts {
        Facts {
            database: Some(database.to_owned()),
            path: Some(archive.to_owned()),
            ..self.facts.clone()
        }
    }
}

/// The failure of a hook that its job does not go on without.
fn aborting(outcomes: &[HookOutcome]) -> Option<String> {
    let last = outcomes.last()?;
    let aborts = last.on_failure == OnFailure::Abort && !last.end.is_done();
    if aborts { last.failure() } else { None }
}

/// An outcome as hooks are told it.
fn told(outcome: &Outcome) -> After {
    let error = match outcome {
        Outcome::Complete => None,
        Outcome::Incomplete { reasons } => Some(reasons.join("; ")),
        Outcome::Damaged { findings } => Some(findings.join("; ")),
        Outcome::Failed { error } => Some(error.message.clone()),
        Outcome::Cancelled { left } => Some(left.clone()),
        Outcome::Panicked { message } => Some(message.clone()),
    };
    let error = error.map(|text| text.chars().take(REASON).collect());
    let (outcome, exit_code) = (outcome.label().to_owned(), outcome.exit_code());
    After { outcome, exit_code, error, ..After::default() }
}

impl AroundDatabase for JobHooks {
    fn before<'a>(&'a self, database: &'a str, archive: &'a Path) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let facts = self.of_database(database, archive);
            self.first(HookPoint::PreDatabase, &facts).await
        })
    }

    fn after<'a>(&'a self, end: DatabaseEnd<'a>) -> BoxFuture<'a, Vec<String>> {
        Box::pin(async move {
            let stopped = self.work.cancel.is_cancelled() && end.outcome.exit_code() != 0;
            let left = "the whole job was cancelled".to_owned();
            let after =
                if stopped { told(&Outcome::Cancelled { left }) } else { told(end.outcome) };
            let after = After {
                bytes: end.bytes,
                rows: end.rows,
                archive_bytes: end.archive_bytes,
                millis: end.millis,
                ..after
            };
            let facts = Facts { after: Some(after), ..self.of_database(end.database, end.archive) };
            self.finish(HookPoint::PostDatabase, &facts).await
        })
    }
}

/// Whether all ended well, whatever a failure would have meant.
pub fn all_done(outcomes: &[HookOutcome]) -> bool {
    outcomes.iter().all(|outcome| outcome.end == HookEnd::Done)
}
