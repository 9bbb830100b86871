//! Restore of an archive, or of a part of it, into a database.
//!
//! ```text
//!  archive ─ source ─► head ─ select, whole ─► choice ─┐
//!  target  ─ survey ─► what is there ──────────────────┴► prepare ─► plan      (shown)
//!                                                              └───► run: database? ─► lead
//!                                                                          graph ─► schedule
//!                                                                          crew of workers: entry,
//!                                                                          rows, large objects
//!                                                                          ledger ─► outcome
//! ```
//! `kind`, `newer`, `select`, `whole`, `graph`, `schedule`, `statement` and `ledger` are pure.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::archive::kind;
use crate::archive::list::listing;
use crate::archive::toc::TocEntry;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::archive::ArchiveListing;
use crate::model::job::{JobEvent, Level, Outcome, Phase};
use crate::model::plan::Plan;
use crate::model::spec::RestoreSpec;
use crate::postgres::{connect, script};
use crate::work::WorkContext;

mod crew;
pub(super) mod database;
mod entry;
#[cfg(test)]
mod fixture;
mod graph;
mod job;
mod large_object;
mod lead;
mod ledger;
mod output;
mod plan;
mod prepare;
mod preview;
mod rename;
mod rows;
mod schedule;
mod select;
mod settings;
pub(super) mod source;
mod statement;
mod statements;
mod survey;
mod together;
mod whole;
mod worker;

use job::Job;
pub(super) use job::Tuning;
pub(super) use lead::FLUSH;
pub(super) use ledger::Ledger;
use output::Script;
use prepare::Prepared;
pub(super) use source::read_from_start;
use source::{Opened, Source};

pub(super) use prepare::refuse_read_only;

pub use preview::preview;

/// How many endangered tables a refusal names.
const NAMED: usize = 5;

/// Works out what a restore would do.
pub async fn plan(spec: &RestoreSpec, config: &Config) -> Result<Plan> {
    let source = match prepare::open(&spec.archive, &CancellationToken::new()).await? {
        Opened::Archive(source) => *source,
        Opened::Script(script) => {
            return Box::pin(script::plan(spec, config, script.at(&spec.archive))).await;
        }
    };
    if let Some(path) = &spec.script {
        return Ok(plan::script(spec, &Script::prepare(source, spec)?, path));
    }
    let prepared = Prepared::make(source, spec, config).await?;
    let (prepared, expansion) = with_expansion(prepared).await?;
    Ok(plan::plan(spec, &prepared, expansion))
}

/// Runs a restore. `Ok` is complete, incomplete or cancelled; an error means that it failed.
pub async fn run(spec: &RestoreSpec, config: &Config, work: &WorkContext) -> Result<Outcome> {
    match &spec.script {
        Some(path) => into_script(spec, path, work).await,
        None => into_database(spec, config, work).await,
    }
}

async fn into_script(spec: &RestoreSpec, path: &Path, work: &WorkContext) -> Result<Outcome> {
    work.phase(Phase::Reading).await;
    let give_up = work.cancel.child_token();
    let source = tokio::select! {
        source = open_archive(spec, &give_up) => source?,
        () = work.cancel.cancelled() => {
            return Ok(Outcome::Cancelled { left: "nothing was written".to_owned() });
        }
    };
    output::run(Script::prepare(source, spec)?, spec, path, work).await
}

async fn into_database(spec: &RestoreSpec, config: &Config, work: &WorkContext) -> Result<Outcome> {
    let untouched = || Outcome::Cancelled {
        left: format!("nothing was changed: database {} is as it was", spec.database),
    };
    work.phase(Phase::Connecting).await;
    // Fires when nobody waits for a pipe any more.
    let give_up = work.cancel.child_token();
    let opened = tokio::select! {
        opened = prepare::open(&spec.archive, &give_up) => opened?,
        () = work.cancel.cancelled() => return Ok(untouched()),
    };
    let source = match opened {
        Opened::Archive(source) => *source,
        Opened::Script(script) => {
            return Box::pin(script::run(spec, config, work, script.at(&spec.archive))).await;
        }
    };
    let prepared = tokio::select! {
        prepared = Prepared::make(source, spec, config) => prepared?,
        () = work.cancel.cancelled() => return Ok(untouched()),
    };
    refuse_danger(spec, &prepared)?;
    work.phase(Phase::Reading).await;
    let (prepared, expansion) = tokio::select! {
        prepared = with_expansion(prepared) => prepared?,
        () = work.cancel.cancelled() => return Ok(untouched()),
    };
    announce(spec, &prepared, expansion, work).await;
    if work.cancel.is_cancelled() {
        return Ok(untouched());
    }
    if spec.create_database {
        if prepared.replaces {
            database::remove(&prepared.maintenance, &spec.database).await?;
        }
        database::create(&prepared.session, &prepared.source.head, spec).await?;
    }
    let maintenance = prepared.maintenance.clone();
    let (ledger, result) = match start(spec, prepared, work).await {
        Ok(job) => lead::run(Arc::new(job)).await,
        Err(error) => (Ledger::default(), Err(error)),
    };
    let Err(error) = result else { return Ok(outcome(&ledger)) };
    let left = if spec.create_database {
        remove_database(&maintenance, spec).await
    } else if spec.single_transaction {
        format!("the transaction was rolled back: database {} is as it was", spec.database)
    } else {
        ledger.state(&spec.database)
    };
    ended(error, left, work).await
}

/// How a restore that did not come to its end says what it left behind.
pub(super) async fn ended(error: Error, left: String, work: &WorkContext) -> Result<Outcome> {
    if error.kind() == ErrorKind::Cancelled {
        return Ok(Outcome::Cancelled { left });
    }
    work.message(Level::Warning, left.clone()).await;
    Err(error.with_more_hint(&left))
}

/// The name of the database in an archive, and the entries that speak of the database itself.
pub(super) fn of_database(path: &Path) -> Result<(String, Vec<TocEntry>)> {
    let head = Source::open(path)?.head;
    let entries = head.entries.into_iter().filter(kind::is_of_database);
    Ok((head.header.database, entries.collect()))
}

/// Reads an archive's header and table of contents.
pub fn list(path: &Path) -> Result<ArchiveListing> {
    match Opened::open(path, &CancellationToken::new())? {
        Opened::Archive(source) => Ok(tell(&source)),
        Opened::Script(script) => script::list(&script.at(path), None),
    }
}

/// As [`list`]; says also what a restore would take of it.
pub fn list_for(spec: &RestoreSpec) -> Result<ArchiveListing> {
    let source = match Opened::open(&spec.archive, &CancellationToken::new())? {
        Opened::Archive(source) => source,
        Opened::Script(script) => return script::list(&script.at(&spec.archive), Some(spec)),
    };
    let chosen = Some(chosen_ids(&source.head.entries, spec)?);
    Ok(ArchiveListing { chosen, ..tell(&source) })
}

/// What a restore takes of these entries, by dump id, in its order.
pub(super) fn chosen_ids(entries: &[TocEntry], spec: &RestoreSpec) -> Result<Vec<u32>> {
    let choice = select::Choice::new(entries, spec)?;
    Ok(choice.order.iter().filter_map(|at| entries.get(*at)).map(|entry| entry.id).collect())
}

fn tell(source: &Source) -> ArchiveListing {
    let entries = source.head.entries.iter().zip(&source.sizes);
    let sizes: HashMap<u32, u64> = entries.map(|(entry, size)| (entry.id, *size)).collect();
    let knows = !source.is_forward();
    let file = (source.path.clone(), source.format, source.length);
    listing(&source.head, file, |id| sizes.get(&id).copied().filter(|_| knows))
}

async fn open_archive(spec: &RestoreSpec, give_up: &CancellationToken) -> Result<Source> {
    match prepare::open(&spec.archive, give_up).await? {
        Opened::Archive(source) => Ok(*source),
        Opened::Script(_) => {
            let text = format!("{} is a script in plain SQL already", spec.archive.display());
            Err(Error::usage(text).with_hint("leave out -o to run it"))
        }
    }
}

/// Whether an error ends the whole restore.
fn is_fatal(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Connection | ErrorKind::Cancelled)
}

/// Looks into the data off the runtime.
async fn with_expansion(prepared: Prepared) -> Result<(Prepared, f64)> {
    let looked = tokio::task::spawn_blocking(move || {
        let expansion = prepared.source.expansion(|at| prepared.choice.takes(at));
        (prepared, expansion)
    });
    looked.await.map_err(|error| {
        Error::new(ErrorKind::Internal, "looking into the archive crashed").with_source(error)
    })
}

fn refuse_danger(spec: &RestoreSpec, prepared: &Prepared) -> Result<()> {
    let endangers = &prepared.survey.endangers;
    if endangers.is_empty() || spec.over_existing {
        return Ok(());
    }
    let named: Vec<&str> = endangers.iter().take(NAMED).map(String::as_str).collect();
    let more = match endangers.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let doing = if spec.clean { "drop or write into" } else { "write into" };
    let text = format!(
        "the restore would {doing} what database {} holds: {}{more}",
        spec.database,
        named.join(", ")
    );
    Err(Error::conflict(text).with_hint(
        "restore into another database (--create), or agree to that with --over-existing",
    ))
}

/// Tells what is to come.
async fn announce(spec: &RestoreSpec, prepared: &Prepared, expansion: f64, work: &WorkContext) {
    let plan = plan::plan(spec, prepared, expansion);
    for warning in plan.warnings {
        work.message(Level::Warning, warning).await;
    }
    work.emit(JobEvent::Totals { objects: plan.data_objects, bytes: plan.bytes, rows: None }).await;
}

async fn start(spec: &RestoreSpec, prepared: Prepared, work: &WorkContext) -> Result<Job> {
    let workers = u16::try_from(spec.jobs.get()).unwrap_or(u16::MAX);
    let tuning = if spec.options.no_tuning {
        Tuning::default()
    } else {
        Tuning::of(&prepared.session.client, workers).await?
    };
    let version = prepared.session.server.version_num;
    let Prepared { source, choice, params, .. } = prepared;
    Ok(Job::new(spec.clone(), source, choice, (params, version, tuning), work.clone()))
}

fn outcome(ledger: &Ledger) -> Outcome {
    let reasons = ledger.reasons();
    if reasons.is_empty() { Outcome::Complete } else { Outcome::Incomplete { reasons } }
}

/// Removes the database that this run made; returns what there is afterwards, in words.
async fn remove_database(maintenance: &connect::ConnParams, spec: &RestoreSpec) -> String {
    let name = &spec.database;
    match database::remove(maintenance, name).await {
        Ok(()) => format!("database {name}, which this restore had made, was dropped again"),
        Err(error) => format!(
            "database {name}, which this restore had made, is there half-filled and could not be \
             dropped ({}): drop it by hand",
            error.chain()
        ),
    }
}
