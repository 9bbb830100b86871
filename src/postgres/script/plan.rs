//! A script as a plan for people.

use std::collections::HashSet;

use crate::archive::kind::label;
use crate::archive::toc::TocEntry;
use crate::model::command_line;
use crate::model::plan::{Plan, PlannedObject};
use crate::model::size::Bytes;
use crate::model::spec::{Codec, Compression, JobSpec, RestoreSpec};
use crate::postgres::newer;

use super::overview::Overview;
use super::session::Target;
use super::{Reached, Script};

/// Kinds of entries that matter to a run of the whole script.
pub(super) const LOOKED_AT: &[&str] = &["SUBSCRIPTION"];

/// Makes the plan.
pub(super) fn plan(
    spec: &RestoreSpec,
    script: &Script,
    overview: Option<&Overview>,
    reached: &Reached,
    picked: Option<&[HashSet<u32>]>,
) -> Plan {
    let job = JobSpec::Restore(spec.clone());
    Plan {
        title: job.title(),
        facts: facts(spec, script, overview, reached.target.as_ref()),
        objects: overview.map(|overview| objects(overview, picked)).unwrap_or_default(),
        data_objects: overview.map_or(0, |overview| totals(overview, picked).0),
        bytes: overview.map_or(0, |overview| overview.bytes),
        locks: vec!["whatever the statements of the script take, one after another".to_owned()],
        warnings: warnings(spec, overview, reached, picked),
        endangers: if picked.is_none() { endangers(overview) } else { Vec::new() },
        command_line: command_line::render(&job),
    }
}

fn facts(
    spec: &RestoreSpec,
    script: &Script,
    overview: Option<&Overview>,
    target: Option<&Target>,
) -> Vec<(String, String)> {
    let mut facts = vec![("archive", described(script))];
    if let Some(overview) = overview {
        let Overview { statements, tables, bytes, .. } = overview;
        let bytes = Bytes(*bytes);
        facts.push((
            "content",
            format!("{bytes}: {statements} statements, {tables} blocks of rows"),
        ));
        let index = &overview.index;
        let origin =
            [("source server", &index.server_version), ("written by", &index.dumper_version)];
        let told = origin.into_iter().filter(|(_, version)| !version.is_empty());
        facts.extend(told.map(|(label, version)| (label, version.clone())));
    }
    if let Some(target) = target {
        let server = &target.session.server;
        facts.push(("target", target.session.address.clone()));
        facts.push(("target server", format!("{} {}", server.product, server.version)));
    }
    let into = if spec.create_database { "made first" } else { "is there" };
    facts.push(("database", format!("{} ({into})", spec.database)));
    facts.push(("connections", "1: a script runs in its own order".to_owned()));
    facts.push(("limit", spec.rate.to_string()));
    facts.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
}

fn described(script: &Script) -> String {
    let size = script.length.map_or("a pipe".to_owned(), |length| Bytes(length).to_string());
    let packed = match script.codec {
        Codec::None => String::new(),
        codec => format!(", {}", Compression { codec, level: None }),
    };
    format!("{} ({size}, plain SQL{packed})", script.path.display())
}

/// Blocks of rows that will be loaded, and bytes of the script that will be carried out.
pub(super) fn totals(overview: &Overview, picked: Option<&[HashSet<u32>]>) -> (u64, u64) {
    if picked.is_none() {
        return (overview.tables, overview.bytes);
    }
    wanted(overview, picked).fold((0, 0), |(tables, bytes), (entry, size)| {
        (tables + u64::from(entry.copy_stmt.is_some()), bytes + size)
    })
}

/// The entries that will be carried out, with their sizes.
fn wanted<'a>(
    overview: &'a Overview,
    picked: Option<&'a [HashSet<u32>]>,
) -> impl Iterator<Item = (&'a TocEntry, u64)> {
    let is_wanted = move |entry: &TocEntry| {
        picked.is_none_or(|readings| readings.iter().any(|ids| ids.contains(&entry.id)))
    };
    let entries = overview.index.entries.iter().zip(overview.index.sizes.iter().copied());
    entries.filter(move |(entry, _)| is_wanted(entry))
}

fn objects(overview: &Overview, picked: Option<&[HashSet<u32>]>) -> Vec<PlannedObject> {
    let database = |name: &str| PlannedObject {
        kind: "DATABASE".to_owned(),
        name: name.to_owned(),
        bytes: None,
        rows: None,
        because: Some("the script connects to it".to_owned()),
    };
    let entry = |(entry, size): (&TocEntry, u64)| {
        let label = label(entry);
        let name = label.strip_prefix(&entry.desc).map_or(label.as_str(), str::trim_start);
        PlannedObject {
            kind: entry.desc.clone(),
            name: name.to_owned(),
            bytes: entry.has_data.then_some(size),
            rows: None,
            because: None,
        }
    };
    let databases = if picked.is_none() { overview.databases() } else { Vec::new() };
    databases.into_iter().map(database).chain(wanted(overview, picked).map(entry)).collect()
}

fn endangers(overview: Option<&Overview>) -> Vec<String> {
    let databases = overview.map(Overview::databases).unwrap_or_default();
    databases.into_iter().map(|name| format!("database {name}")).collect()
}

/// What the user should know.
pub(super) fn warnings(
    spec: &RestoreSpec,
    overview: Option<&Overview>,
    reached: &Reached,
    picked: Option<&[HashSet<u32>]>,
) -> Vec<String> {
    let mut warnings = reached.params.warnings().to_vec();
    let Some(overview) = overview else {
        warnings.push(
            "a script from a pipe cannot be looked through first: what is refused in it, or \
             missing at its end, shows only when it has come so far"
                .to_owned(),
        );
        return warnings;
    };
    match picked {
        Some(readings) => warnings.extend(of_a_part(overview, readings)),
        None if !overview.connects.is_empty() => {
            warnings.push(format!("the script goes on in: {}", overview.databases().join(", ")));
        }
        None => {}
    }
    let entries = wanted(overview, picked).map(|(entry, _)| entry);
    let major = reached.version_num / 10_000;
    warnings.extend(newer::subscriptions(&overview.index.server_version, entries, major));
    warnings.push(
        "a script does whatever its statements say, with the rights of the role that runs it"
            .to_owned(),
    );
    if spec.jobs.get() > 1 {
        warnings.push("a script runs over one connection, whatever --jobs says".to_owned());
    }
    warnings
}

fn of_a_part(overview: &Overview, readings: &[HashSet<u32>]) -> Vec<String> {
    let mut warnings = vec![
        "a script does not tell what its objects need: types, functions and extensions have to be \
         there, or be picked too"
            .to_owned(),
    ];
    if let [database] = overview.databases().as_slice() {
        warnings.push(format!(
            "the script goes on in database {database}; the part of it runs in the one named"
        ));
    }
    let loose = overview.index.loose;
    if loose > 0 {
        warnings.push(format!(
            "{loose} statements that belong to no entry, such as drops, are passed over"
        ));
    }
    if readings.len() > 1 {
        let times = readings.len();
        warnings.push(format!("the script is read {times} times, to follow the order of the list"));
    }
    warnings
}
