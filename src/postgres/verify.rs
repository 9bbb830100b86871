//! Verification of a backup: that all of it can be read, that it is what was written, and, where that
//! is wanted, that a restore of it gives the database that was backed up.
//!
//! ```text
//!  manifest ─► files: size, SHA-256        what else lies in the folder
//!          └─► contents: every entry read to its end, decoded, counted, hashed ─► compared
//!          └─► scratch: restore ─► read as a backup reads ─► compared ─► dropped
//! ```
//! All damage is listed, each by file and offset: nothing here stops at the first. Only what cannot be
//! read at all is an error.

mod archive;
mod cluster;
mod desk;
mod files;
mod foreign;
mod manifest;
mod scratch;
mod script;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::archive::EntryInfo;
use crate::model::command_line;
use crate::model::job::{JobEvent, Level, Outcome, Phase};
use crate::model::location::Location;
use crate::model::plan::{Plan, PlannedObject};
use crate::model::spec::{JobSpec, VerifySpec, is_standard_stream};
use crate::model::verify::{Stamp, VerifyReport};
use crate::postgres::{cluster as whole, restore};
use crate::work::WorkContext;

use desk::Desk;

/// Works out what a verification would read.
pub async fn plan(spec: &VerifySpec) -> Result<Plan> {
    refuse_stream(spec)?;
    let asked = spec.clone();
    tokio::task::spawn_blocking(move || look(&asked)).await.unwrap_or_else(|error| {
        Err(Error::new(ErrorKind::Internal, "looking at the backup crashed").with_source(error))
    })
}

/// Runs a verification. `Ok` is complete, incomplete as the backup is, damaged or cancelled; an error means that there was nothing
/// to verify, or that the server for the restore could not be used.
pub async fn run(spec: &VerifySpec, config: &Config, work: &WorkContext) -> Result<Outcome> {
    match verify(spec, config, work).await {
        Err(error) if work.cancel.is_cancelled() => {
            if error.kind() != ErrorKind::Cancelled {
                tracing::info!(error = error.chain(), "while a verification was being cancelled");
            }
            Ok(Outcome::Cancelled { left: "the backup was not changed".to_owned() })
        }
        result => result,
    }
}

async fn verify(spec: &VerifySpec, config: &Config, work: &WorkContext) -> Result<Outcome> {
    refuse_stream(spec)?;
    work.phase(Phase::Reading).await;
    let stamp = stamp(&spec.backup);
    let desk = Arc::new(Desk::new(work, spec.jobs));
    let reader = Arc::clone(&desk);
    let path = spec.backup.clone();
    let read = tokio::task::spawn_blocking(move || read(&reader, &path)).await;
    let (kind, manifest) = read.map_err(|error| {
        Error::new(ErrorKind::Internal, "reading the backup crashed").with_source(error)
    })??;
    work.check()?;
    let restored = if spec.restore {
        scratch::check(spec, config, work, (&desk, manifest.as_deref())).await?
    } else {
        None
    };
    still_there(spec, stamp)?;
    let report = VerifyReport {
        kind,
        manifest: manifest.is_some(),
        restored,
        ..desk.report(&spec.backup, stamp, Timestamp::now())
    };
    for finding in &report.findings {
        work.message(Level::Error, finding.to_string()).await;
    }
    for reason in &report.missing {
        work.message(Level::Error, format!("missing: {reason}")).await;
    }
    for note in &report.notes {
        work.message(Level::Info, note).await;
    }
    let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    let reasons = report.missing.clone();
    work.emit(JobEvent::Verified { report: Box::new(report) }).await;
    Ok(match (findings.is_empty(), reasons.is_empty()) {
        (false, _) => Outcome::Damaged { findings },
        (true, false) => Outcome::Incomplete { reasons },
        (true, true) => Outcome::Complete,
    })
}

/// A verdict over one backup must not be taken for one over its successor.
fn still_there(spec: &VerifySpec, before: Stamp) -> Result<()> {
    if stamp(&spec.backup) == before {
        return Ok(());
    }
    let text = format!("{} was replaced while it was verified", spec.backup.display());
    Err(Error::conflict(text).with_hint("verify it again"))
}

fn refuse_stream(spec: &VerifySpec) -> Result<()> {
    if is_standard_stream(&spec.backup) {
        return Err(Error::usage("standard input cannot be verified: it is read only once")
            .with_hint("name the file, or the folder"));
    }
    if Location::is_url(&spec.backup) {
        let text = format!("{} cannot be verified where it is, so far", spec.backup.display());
        return Err(Error::usage(text).with_hint("copy it to this machine and name the copy"));
    }
    Ok(())
}

type Read = (String, Option<Box<crate::model::manifest::Manifest>>);

fn read(desk: &Desk, path: &Path) -> Result<Read> {
    if whole::is_backup(path) {
        let manifest = cluster::check(desk, path)?;
        return Ok(("backup of a cluster".to_owned(), manifest.map(Box::new)));
    }
    let manifest = manifest::of(desk, path)?;
    let trusted = match manifest {
        Some(manifest) => files::check(desk, path, &manifest)?.then_some(manifest),
        None => None,
    };
    desk.lack(trusted.iter().flat_map(manifest::missing));
    let kind = archive::check(desk, path, trusted.as_ref(), "")?;
    Ok((kind, trusted.map(Box::new)))
}

/// What tells later whether the same backup is still there.
pub fn stamp(path: &Path) -> Stamp {
    let inside = ["toc.dat", "toc.dat.gz", "cluster.json"].map(|name| path.join(name));
    let there = inside.iter().map(std::path::PathBuf::as_path).chain([path]);
    let facts =
        there.filter_map(|path| std::fs::metadata(path).ok()).find(std::fs::Metadata::is_file);
    let modified = facts.as_ref().and_then(|file| file.modified().ok());
    Stamp {
        bytes: facts.map_or(0, |file| file.len()),
        modified: modified.and_then(|time| Timestamp::try_from(time).ok()),
    }
}

fn look(spec: &VerifySpec) -> Result<Plan> {
    let path = &spec.backup;
    let asked = JobSpec::Verify(spec.clone());
    let mut plan = Plan {
        title: asked.title(),
        facts: vec![("backup".to_owned(), path.display().to_string())],
        objects: Vec::new(),
        data_objects: 0,
        bytes: 0,
        locks: Vec::new(),
        warnings: Vec::new(),
        endangers: Vec::new(),
        command_line: command_line::render(&asked),
    };
    if spec.restore {
        let what = "a scratch database is made, and dropped at the end";
        plan.facts.push(("restore".to_owned(), what.to_owned()));
    }
    match manifest::path_of(path) {
        Some(manifest) => plan.facts.push(("manifest".to_owned(), manifest.display().to_string())),
        None => plan.warnings.push(manifest::ABSENT.to_owned()),
    }
    if whole::is_backup(path) {
        let listing = whole::list(path)?;
        plan.data_objects = listing.catalogue.databases.len() as u64;
        plan.bytes = listing.catalogue.databases.iter().map(|one| one.archive_bytes).sum();
        return Ok(plan);
    }
    let listing = restore::list(path)?;
    let with_data = |entry: &&EntryInfo| entry.has_data;
    plan.objects = listing.entries.iter().filter(with_data).map(planned).collect();
    plan.data_objects = plan.objects.len() as u64;
    plan.bytes = listing.bytes;
    Ok(plan)
}

fn planned(entry: &EntryInfo) -> PlannedObject {
    let name: Vec<&str> = [entry.namespace.as_str(), entry.tag.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    PlannedObject {
        kind: entry.desc.clone(),
        name: name.join("."),
        bytes: entry.data_bytes,
        rows: None,
        because: None,
    }
}
