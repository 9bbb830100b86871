//! A script as a plan for people.

use std::collections::HashSet;

use crate::archive::kind::label;
use crate::archive::toc::TocEntry;
use crate::model::command_line;
use crate::model::plan::{Plan, PlannedObject};
use crate::model::size::Bytes;
use crate::model::spec::{JobSpec, RestoreSpec};
use crate::postgres::connect::ConnParams;

use super::overview::Overview;
use super::session::Target;
use super::{Script, check};

/// Makes the plan.
pub(super) fn plan(
    spec: &RestoreSpec,
    script: &Script,
    overview: Option<&Overview>,
    (params, target): (&ConnParams, Option<&Target>),
    picked: Option<&HashSet<u32>>,
) -> Plan {
    let job = JobSpec::Restore(spec.clone());
    Plan {
        title: job.title(),
        facts: facts(spec, script, overview, target),
        objects: overview.map(|overview| objects(overview, picked)).unwrap_or_default(),
        data_objects: overview.map_or(0, |overview| totals(overview, picked).0),
        bytes: overview.map_or(0, |overview| overview.bytes),
        locks: vec!["whatever the statements of the script take, one after another".to_owned()],
        warnings: warnings(spec, overview, params),
        endangers: endangers(overview),
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
    format!("{} ({size}, plain SQL, {:?})", script.path.display(), script.codec)
}

/// Blocks of rows that will be loaded, and bytes of the script.
pub(super) fn totals(overview: &Overview, picked: Option<&HashSet<u32>>) -> (u64, u64) {
    let Some(picked) = picked else { return (overview.tables, overview.bytes) };
    let with_rows = |entry: &&TocEntry| entry.copy_stmt.is_some() && picked.contains(&entry.id);
    let tables = overview.index.entries.iter().filter(with_rows).count();
    (tables as u64, overview.bytes)
}

fn objects(overview: &Overview, picked: Option<&HashSet<u32>>) -> Vec<PlannedObject> {
    let database = |name: &str| PlannedObject {
        kind: "DATABASE".to_owned(),
        name: name.to_owned(),
        bytes: None,
        rows: None,
        because: Some("the script connects to it".to_owned()),
    };
    let entries = overview.index.entries.iter().zip(&overview.index.sizes);
    let entries = entries.filter(|(entry, _)| picked.is_none_or(|ids| ids.contains(&entry.id)));
    let entry = |(entry, size): (&TocEntry, &u64)| {
        let label = label(entry);
        let name = label.strip_prefix(&entry.desc).map_or(label.as_str(), str::trim_start);
        PlannedObject {
            kind: entry.desc.clone(),
            name: name.to_owned(),
            bytes: entry.has_data.then_some(*size),
            rows: None,
            because: None,
        }
    };
    let databases = overview.databases().into_iter().map(database);
    databases.chain(entries.map(entry)).collect()
}

fn endangers(overview: Option<&Overview>) -> Vec<String> {
    let databases = overview.map(Overview::databases).unwrap_or_default();
    databases.into_iter().map(|name| format!("database {name}")).collect()
}

/// What the user should know.
pub(super) fn warnings(
    spec: &RestoreSpec,
    overview: Option<&Overview>,
    params: &ConnParams,
) -> Vec<String> {
    let mut warnings = params.warnings().to_vec();
    let Some(overview) = overview else {
        warnings.push(
            "a script from a pipe cannot be looked through first: what is refused in it, or \
             missing at its end, shows only when it has come so far"
                .to_owned(),
        );
        return warnings;
    };
    if !overview.connects.is_empty() {
        warnings.push(format!("the script goes on in: {}", overview.databases().join(", ")));
    }
    warnings.push(
        "a script does whatever its statements say, with the rights of the role that runs it"
            .to_owned(),
    );
    if check::picks(spec) {
        warnings.push(
            "a script does not tell what its objects need: types, functions and extensions have to \
             be there, or be picked too"
                .to_owned(),
        );
    }
    if spec.jobs.get() > 1 {
        warnings.push("a script runs over one connection, whatever --jobs says".to_owned());
    }
    warnings
}
