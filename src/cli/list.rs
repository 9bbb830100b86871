//! `list`: an archive's table of contents as pg_restore -l writes it, so that `-L` of both tools
//! reads it back; what a cluster's backup holds; or the jobs that ran.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::archive::list::write_list;
use crate::config::Config;
use crate::engine::command::Command;
use crate::engine::event::Event;
use crate::error::{Error, Result};
use crate::model::archive::{ArchiveListing, EntryInfo};
use crate::model::cluster::CATALOGUE_FILE;
use crate::model::job::Outcome;
use crate::model::record::JobRecord;
use crate::model::size::Bytes;
use crate::model::spec::{JobSpec, RestoreSpec};

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
    let listing = read(config, path, None).await?;
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

/// The jobs that ran, as JSON.
#[derive(Debug, Serialize)]
struct History {
    jobs: Vec<JobRecord>,
    unreadable: Vec<String>,
}

async fn history(config: Arc<Config>, json: bool) -> Result<u8> {
    let request = ask::ids().request();
    let history = ask::ask(config, Command::LoadHistory { request }, move |event| match event {
        Event::History { request: of, records, unreadable } if of == request => {
            Some(Ok(History { jobs: records, unreadable }))
        }
        _ => None,
    })
    .await?;
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
    fn what_a_list_cannot_choose_is_not_in_it() {
        assert!(!is_selectable(&entry("ENCODING", "", "ENCODING")));
        assert!(!is_selectable(&entry("DATABASE", "", "shop")));
        assert!(!is_selectable(&entry("COMMENT", "", "DATABASE shop")));
        assert!(is_selectable(&entry("COMMENT", "public", "TABLE DATABASE")));
    }
}
