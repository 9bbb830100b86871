//! `list`: an archive's table of contents as pg_restore -l writes it, so that `-L` of both tools
//! reads it back; what a cluster's backup holds; or the jobs that ran.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::archive::list::write_list;
use crate::config::Config;
use crate::engine;
use crate::engine::command::Command;
use crate::engine::event::Event;
use crate::error::{Error, Result};
use crate::model::archive::{ArchiveListing, EntryInfo};
use crate::model::cluster::CATALOGUE_FILE;
use crate::model::job::Outcome;
use crate::model::record::JobRecord;
use crate::model::size::Bytes;
use crate::model::spec::{JobSpec, RestoreSpec};
use crate::model::verify::{Stamp, VerifyReport};

mod cluster;

use super::args::ListArgs;
use super::output::{self, clean};
use super::{ask, specs};

/// Runs the verb.
pub(super) async fn run(config: Arc<Config>, args: &ListArgs) -> Result<u8> {
    match &args.archive {
        Some(path) if path.join(CATALOGUE_FILE).is_file() => {
            cluster::run(config, specs::absolute(path)?, args.json).await
        }
        Some(path) => archive(config, specs::archive(Some(path))?, args.json).await,
        None => history(config, args.json).await,
    }
}

/// Prints an archive's table of contents.
async fn archive(config: Arc<Config>, path: PathBuf, json: bool) -> Result<u8> {
    let listing = read(Arc::clone(&config), path.clone(), None).await?;
    if !json {
        // Not among the entries: those are read back.
        output::say(verification(config, &path).await?);
    }
    if let Some(why) = listing.opaque.as_ref().filter(|_| !json) {
        let text = format!("{} {why}", listing.path.display());
        return Err(Error::usage(text).with_hint("it has no entries to list; it can be run whole"));
    }
    if json {
        output::json(&listing)?;
    } else {
        let selected = listing.entries.iter().filter(|entry| is_selectable(entry));
        output::result(write_list(&listing, selected).as_bytes())?;
    }
    Ok(0)
}

/// The entries that a restore would take, in the order of the list that it was given.
pub(super) async fn chosen(config: Arc<Config>, spec: RestoreSpec) -> Result<String> {
    let listing = read(config, spec.archive.clone(), Some(Box::new(spec))).await?;
    let entries: HashMap<u32, &EntryInfo> =
        listing.entries.iter().map(|entry| (entry.id, entry)).collect();
    let chosen = listing.chosen.iter().flatten().filter_map(|id| entries.get(id).copied());
    Ok(write_list(&listing, chosen))
}

async fn read(
    config: Arc<Config>,
    path: PathBuf,
    choice: Option<Box<RestoreSpec>>,
) -> Result<Box<ArchiveListing>> {
    let request = ask::ids().request();
    let command = Command::ListArchive { request, path, choice };
    ask::ask(config, command, move |event| match event {
        Event::Archive { request: of, result } if of == request => Some(result),
        _ => None,
    })
    .await
}

/// Entries that a restore sets up by itself, or only with --create, cannot be chosen from a list.
fn is_selectable(entry: &EntryInfo) -> bool {
    let session = ["ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "DATABASE PROPERTIES"];
    let of_database = ["ACL", "COMMENT", "SECURITY LABEL"].contains(&entry.desc.as_str())
        && entry.tag.starts_with("DATABASE ");
    !session.contains(&entry.desc.as_str()) && !of_database
}

/// When the archive was verified last, and what came of it.
pub(super) async fn verification(config: Arc<Config>, path: &Path) -> Result<String> {
    let History { jobs, .. } = read_history(config).await?;
    let reports = jobs.iter().filter_map(|job| job.state.verified.as_deref());
    let last = reports.filter(|report| report.path == path).max_by_key(|report| report.ended);
    Ok(last.map_or_else(
        || "never verified here: dbbackup verify proves that it can be read".to_owned(),
        |report| told(report, engine::stamp(path), Timestamp::now()),
    ))
}

fn told(report: &VerifyReport, stamp: Stamp, now: Timestamp) -> String {
    let age = age(now.as_second() - report.ended.as_second());
    let summary = clean(&report.summary());
    if report.stamp == stamp {
        format!("verified {age} ago: {summary}")
    } else {
        format!("changed since it was verified {age} ago ({summary}): verify it again")
    }
}

/// A span of time in its largest unit.
fn age(seconds: i64) -> String {
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let fits = units.into_iter().find(|(length, _)| seconds >= *length).unwrap_or((1, "second"));
    let count = seconds.max(0) / fits.0;
    format!("{count} {}{}", fits.1, if count == 1 { "" } else { "s" })
}

/// The jobs that ran, as JSON.
#[derive(Debug, Serialize)]
struct History {
    jobs: Vec<JobRecord>,
    unreadable: Vec<String>,
}

async fn read_history(config: Arc<Config>) -> Result<History> {
    let request = ask::ids().request();
    ask::ask(config, Command::LoadHistory { request }, move |event| match event {
        Event::History { request: of, records, unreadable } if of == request => {
            Some(Ok(History { jobs: records, unreadable }))
        }
        _ => None,
    })
    .await
}

async fn history(config: Arc<Config>, json: bool) -> Result<u8> {
    let history = read_history(config).await?;
    for reason in &history.unreadable {
        output::say(format_args!("warning: {}", clean(reason)));
    }
    if json {
        output::json(&history)?;
    } else {
        let lines: String = history.jobs.iter().map(|job| record_line(job) + "\n").collect();
        output::result(lines.as_bytes())?;
    }
    Ok(0)
}

fn record_line(record: &JobRecord) -> String {
    let state = &record.state;
    let started =
        state.started.map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default();
    let outcome = match &state.outcome {
        Some(outcome) => outcome.label(),
        None if record.abandoned => "killed",
        None => "running",
    };
    let title = state.spec.as_ref().map(JobSpec::title).unwrap_or_default();
    let mut line = format!(
        "{}  {started:20}  {outcome:10}  {:>10}  {}",
        record.id,
        Bytes(record.meter.bytes),
        clean(&title)
    );
    if let Some(Outcome::Failed { error }) = &state.outcome {
        let _ = write!(line, ": {}", clean(&error.message));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(desc: &str, namespace: &str, tag: &str) -> EntryInfo {
        EntryInfo {
            id: 215,
            table_oid: 1259,
            oid: 16385,
            desc: desc.into(),
            namespace: namespace.into(),
            tag: tag.into(),
            owner: "postgres".into(),
            section: None,
            has_data: false,
            data_bytes: None,
            dependencies: Vec::new(),
        }
    }

    #[test]
    fn the_age_of_a_verification_is_told_and_a_changed_archive_is_not_called_sound() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let report = VerifyReport::new(Path::new("/b/a.dump"), Stamp::default(), at(1000));
        let same = told(&report, Stamp::default(), at(1000 + 3 * 86_400));
        assert_eq!(same, "verified 3 days ago: sound, by itself: 0 tables, 0 rows");
        let other = told(&report, Stamp { bytes: 1, modified: None }, at(1061));
        assert!(other.starts_with("changed since it was verified 1 minute ago"), "{other}");
    }

    #[test]
    fn what_a_list_cannot_choose_is_not_in_it() {
        assert!(!is_selectable(&entry("ENCODING", "", "ENCODING")));
        assert!(!is_selectable(&entry("DATABASE", "", "shop")));
        assert!(!is_selectable(&entry("COMMENT", "", "DATABASE shop")));
        assert!(is_selectable(&entry("COMMENT", "public", "TABLE DATABASE")));
    }
}
