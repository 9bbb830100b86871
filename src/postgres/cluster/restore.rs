//! One run of a restore: drops, globals, then the databases side by side, and last what could have
//! locked the restore out.

use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::{Level, Outcome, Phase};
use crate::model::name::quote_always;
use crate::model::spec::{ClusterRestoreSpec, RestoreSpec};
use crate::postgres::connect::{self, ConnParams, database_error};
use crate::postgres::globals::statement;
use crate::postgres::restore;
use crate::work::WorkContext;

use super::apply::{self, Applied};
use super::around::Around;
use super::choice::Wanted;
use super::relay::{Relay, Tally};
use super::share::{self, Pool};
use super::target::Survey;

/// How many endangered databases a refusal names.
const NAMED: usize = 5;

/// How far a restore came.
#[derive(Debug, Default)]
struct Progress {
    globals: Applied,
    /// Databases that are there, whole or with problems.
    restored: Vec<String>,
    /// What is missing.
    reasons: Vec<String>,
    /// The first database's failure.
    first: Option<Error>,
}

/// As [`super::restore()`], but with the state of the server in the words of a cancel.
pub(super) async fn run(
    spec: &ClusterRestoreSpec,
    config: &Config,
    work: &WorkContext,
) -> Result<Outcome> {
    let untouched = || Outcome::Cancelled { left: "nothing was changed".to_owned() };
    work.phase(Phase::Connecting).await;
    let survey = tokio::select! {
        survey = Survey::make(spec, config) => survey?,
        () = work.cancel.cancelled() => return Ok(untouched()),
    };
    refuse_danger(spec, &survey)?;
    for warning in &survey.warnings {
        work.message(Level::Warning, warning).await;
    }
    let mut progress = Progress { reasons: survey.choice.missing.clone(), ..Progress::default() };
    let result = all(&mut progress, spec, config, (&survey, work)).await;
    conclude(progress, result, work)
}

fn conclude(progress: Progress, result: Result<()>, work: &WorkContext) -> Result<Outcome> {
    let left = progress.left();
    match result {
        Err(_) if work.cancel.is_cancelled() => Ok(Outcome::Cancelled { left }),
        Err(error) => Err(error.with_more_hint(&left)),
        Ok(()) => {
            let nothing = progress.restored.is_empty() && progress.globals.done == 0;
            if let Some(error) = progress.first.filter(|_| nothing) {
                return Err(error);
            }
            let mut reasons = progress.globals.problems;
            reasons.extend(progress.reasons);
            Ok(if reasons.is_empty() { Outcome::Complete } else { Outcome::Incomplete { reasons } })
        }
    }
}

impl Progress {
    /// The state of the server in words.
    fn left(&self) -> String {
        let globals = match self.globals.done {
            0 => "no globals were restored".to_owned(),
            _ => "globals were restored, all or in part".to_owned(),
        };
        let databases = match self.restored.as_slice() {
            [] => "no database was".to_owned(),
            names => format!("these databases are there: {}", names.join(", ")),
        };
        format!("{globals}; {databases}")
    }
}

async fn all(
    progress: &mut Progress,
    spec: &ClusterRestoreSpec,
    config: &Config,
    (survey, work): (&Survey, &WorkContext),
) -> Result<()> {
    if spec.clean {
        work.phase(Phase::PreData).await;
        drops(progress, spec, (survey, work)).await?;
    }
    if let Some((_, steps)) = &survey.globals {
        work.phase(Phase::PreData).await;
        let job = (spec, work);
        progress.globals.run(&survey.session, steps.clone(), job).await?;
    }
    work.phase(Phase::Copying).await;
    databases(progress, spec, config, (survey, work)).await?;
    if progress.globals.has_late() {
        work.phase(Phase::Finishing).await;
        // The first session may have been idle for hours: it may be gone.
        let params = ConnParams::resolve(&spec.target, config)?;
        let session = connect::open(&params.with_database(survey.maintenance())).await?;
        progress.globals.run_late(&session, (spec, work)).await?;
    }
    Ok(())
}

fn refuse_danger(spec: &ClusterRestoreSpec, survey: &Survey) -> Result<()> {
    let endangers = &survey.endangers;
    if endangers.is_empty() || spec.over_existing {
        return Ok(());
    }
    let named: Vec<&str> = endangers.iter().take(NAMED).map(String::as_str).collect();
    let more = match endangers.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let doing = if spec.clean { "drop or write into" } else { "write into" };
    let text = format!("the restore would {doing} what the server has: {}{more}", named.join(", "));
    Err(Error::usage(text).with_hint(
        "leave them out (--exclude-database), give them other names (--database shop=copy), drop \
         them first (--clean), or agree with --over-existing",
    ))
}

/// Drops what is to be made anew: databases, tablespaces, roles.
async fn drops(
    progress: &mut Progress,
    spec: &ClusterRestoreSpec,
    (survey, work): (&Survey, &WorkContext),
) -> Result<()> {
    let there = &survey.there;
    let mut drops: Vec<(String, String)> = Vec::new();
    let mut drop = |kind: &str, name: &str| {
        let quoted = quote_always(name);
        if kind == "database" {
            // A template cannot be dropped.
            let sql = format!("ALTER DATABASE {quoted} IS_TEMPLATE false");
            drops.push((format!("{kind} {name}"), sql));
        }
        let sql = format!("DROP {} {quoted}", kind.to_uppercase());
        drops.push((format!("{kind} {name}"), sql));
    };
    for wanted in survey.choice.wanted.iter().filter(|wanted| !wanted.is_built_in()) {
        if there.databases.contains(&wanted.to) && !spec.parts.data_only {
            drop("database", &wanted.to);
        }
    }
    if let Some((script, _)) = &survey.globals {
        let (roles, tablespaces) = apply::made(script)?;
        let wants_spaces = spec.content.tablespaces() && !spec.options.left_out.tablespaces;
        for name in tablespaces.iter().filter(|name| there.tablespaces.contains(*name)) {
            if wants_spaces {
                drop("tablespace", name);
            }
        }
        for name in roles.iter().filter(|name| there.roles.get(*name) == Some(&true)) {
            if spec.content.roles() {
                drop("role", name);
            }
        }
    }
    for (label, sql) in drops {
        work.check()?;
        let doing = format!("dropping {label}");
        let dropped = survey.session.client.batch_execute(&sql).await;
        let Err(error) = dropped.map_err(|error| database_error(&doing, error)) else { continue };
        if spec.exit_on_error || error.kind() == ErrorKind::Connection {
            return Err(error);
        }
        work.message(Level::Warning, error.chain()).await;
        // A role or a tablespace that stays gets what the backup says of it; a database does not.
        if label.starts_with("database ") {
            progress.reasons.push(error.chain());
        }
    }
    Ok(())
}

/// One database's restore.
struct Part {
    spec: RestoreSpec,
    config: Arc<Config>,
    wanted: Wanted,
}

/// Restores the databases, the biggest first.
async fn databases(
    progress: &mut Progress,
    spec: &ClusterRestoreSpec,
    config: &Config,
    (survey, work): (&Survey, &WorkContext),
) -> Result<()> {
    let all = &survey.choice.wanted;
    let config = Arc::new(config.clone());
    let sizes: Vec<u64> = all.iter().map(|wanted| wanted.database.archive_bytes).collect();
    // Fires when the databases under way are to stop, each in an orderly way.
    let stop = work.cancel.child_token();
    let relay = Relay::new(&WorkContext { cancel: stop.clone(), ..work.clone() }, &sizes);
    relay.totals().await;
    let mut result = Ok(());
    let pool = Pool::new(spec.jobs);
    let mut running: JoinSet<(String, Result<Outcome>)> = JoinSet::new();
    for (at, workers) in share::shares(&sizes, spec.jobs) {
        let Some(wanted) = all.get(at) else { continue };
        if let Some(reason) = survey.cannot_be(wanted) {
            progress.reasons.push(format!("database {} was not restored: {reason}", wanted.to));
            continue;
        }
        let loan = tokio::select! {
            loan = pool.take(workers) => loan,
            () = stop.cancelled() => None,
        };
        while let Some(ended) = running.try_join_next() {
            result = result.and(progress.take(ended, spec));
        }
        let Some(loan) = loan.filter(|_| result.is_ok()) else { break };
        let (context, tally) = relay.open(at, &wanted.to, loan);
        let part = Part {
            spec: RestoreSpec { jobs: workers, ..survey.job(spec, wanted) },
            config: Arc::clone(&config),
            wanted: wanted.clone(),
        };
        running.spawn(async move {
            let result = part.run_with_around(context, tally).await;
            (part.wanted.to, result)
        });
    }
    loop {
        if result.is_err() {
            stop.cancel();
        }
        let Some(ended) = running.join_next().await else { break };
        result = result.and(progress.take(ended, spec));
    }
    work.check().and(result)
}

impl Progress {
    /// Takes in how a database ended; with `exit_on_error` the first failure ends the whole.
    fn take(
        &mut self,
        ended: Result<(String, Result<Outcome>), tokio::task::JoinError>,
        spec: &ClusterRestoreSpec,
    ) -> Result<()> {
        let (name, result) = ended.map_err(|error| {
            Error::new(ErrorKind::Internal, "the restore of a database crashed").with_source(error)
        })?;
        match result {
            Ok(Outcome::Complete) => self.restored.push(name),
            Ok(Outcome::Incomplete { reasons }) => {
                self.reasons.extend(reasons.iter().map(|reason| format!("{name}: {reason}")));
                self.restored.push(name);
            }
            Ok(outcome) => {
                let text = format!("database {name} was not restored: it was {}", outcome.label());
                self.reasons.push(text);
            }
            Err(error) => {
                let hint = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
                let text = format!("database {name} was not restored: {}{hint}", error.chain());
                self.reasons.push(text);
                let error = error.while_doing(format_args!("restoring database {name}"));
                if spec.exit_on_error {
                    return Err(error);
                }
                self.first.get_or_insert(error);
            }
        }
        Ok(())
    }
}

impl Part {
    /// Runs it between what goes before and after it.
    async fn run_with_around(
        &self,
        work: WorkContext,
        tally: tokio::task::JoinHandle<Tally>,
    ) -> Result<Outcome> {
        let begun = Instant::now();
        let around = Around::new(&work, &self.wanted.to, &self.spec.archive);
        let result = match around.before().await {
            Ok(()) => self.run(&work).await,
            Err(error) => Err(error),
        };
        drop(work);
        // Everything that was reported is passed on before the end is known.
        let tally = tally.await.unwrap_or_default();
        let size = (self.wanted.database.archive_bytes, begun.elapsed());
        match result {
            Ok(outcome) => Ok(around.after(outcome, tally, size).await),
            Err(error) => {
                let failed = Outcome::Failed { error: error.report() };
                around.after(failed, tally, size).await;
                Err(error)
            }
        }
    }

    async fn run(&self, work: &WorkContext) -> Result<Outcome> {
        let outcome = restore::run(&self.spec, &self.config, work).await?;
        // A database that was made has its properties already.
        let whole = matches!(outcome, Outcome::Complete | Outcome::Incomplete { .. });
        let has = self.spec.create_database || self.spec.parts.data_only;
        if !whole || has || !self.wanted.is_built_in() {
            return Ok(outcome);
        }
        let problems = self.properties().await?;
        Ok(match (outcome, problems.as_slice()) {
            (outcome, []) => outcome,
            (Outcome::Incomplete { mut reasons }, _) => {
                reasons.extend(problems);
                Outcome::Incomplete { reasons }
            }
            _ => Outcome::Incomplete { reasons: problems },
        })
    }

    /// Gives a database that every cluster has from its beginning the comment, grants and settings of
    /// the one in the archive; returns what failed.
    async fn properties(&self) -> Result<Vec<String>> {
        let archive = self.wanted.archive.clone();
        let read = tokio::task::spawn_blocking(move || restore::of_database(&archive));
        let (name, entries) = read.await.map_err(|error| {
            Error::new(ErrorKind::Internal, "reading an archive crashed").with_source(error)
        })??;
        let params = ConnParams::resolve(&self.spec.target, &self.config)?;
        let session = connect::open(&params.with_database(&self.wanted.to)).await?;
        let mut problems = Vec::new();
        for entry in entries.iter().filter(|entry| self.wants(&entry.desc)) {
            let defn = entry.defn.as_deref().unwrap_or_default();
            for statement in statement::split(defn)? {
                let sql = statement.rename_database(&name, &self.wanted.to);
                if let Err(error) = session.client.batch_execute(&sql).await {
                    let doing = format!("restoring {} of the database", entry.desc);
                    problems.push(database_error(&doing, error).chain());
                }
            }
        }
        Ok(problems)
    }

    /// The database itself is there.
    fn wants(&self, desc: &str) -> bool {
        match desc {
            "DATABASE" => false,
            "ACL" => !self.spec.no_privileges,
            "COMMENT" => !self.spec.options.left_out.comments,
            "SECURITY LABEL" => !self.spec.options.left_out.security_labels,
            _ => true,
        }
    }
}
