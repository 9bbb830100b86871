//! A prepared restore as a plan for people.

use std::path::Path;

use crate::archive::kind::label;
use crate::archive::toc::TocEntry;
use crate::model::command_line;
use crate::model::name::quote_always;
use crate::model::plan::{Plan, PlannedObject};
use crate::model::size::Bytes;
use crate::model::spec::{Compression, JobSpec, RestoreSpec, is_standard_stream};
use crate::postgres::newer;

use super::lead::data_objects;
use super::output::Script;
use super::prepare::Prepared;
use super::select::Choice;
use super::source::Source;

/// Makes the plan.
pub(super) fn plan(spec: &RestoreSpec, prepared: &Prepared, expansion: f64) -> Plan {
    let job = JobSpec::Restore(spec.clone());
    Plan {
        title: job.title(),
        facts: facts(spec, prepared),
        objects: objects(&prepared.source, &prepared.choice),
        data_objects: data_objects(&prepared.source.head.entries, &prepared.choice.order),
        bytes: estimate(prepared, expansion),
        locks: locks(spec),
        warnings: warnings(spec, prepared),
        endangers: prepared.survey.endangers.clone(),
        command_line: command_line::render(&job),
    }
}

/// The plan of a restore into a script.
pub(super) fn script(spec: &RestoreSpec, script: &Script, path: &Path) -> Plan {
    let job = JobSpec::Restore(spec.clone());
    let source = &script.source;
    let to = if is_standard_stream(path) {
        "standard output".to_owned()
    } else {
        path.display().to_string()
    };
    let replaces = !is_standard_stream(path) && path.exists();
    let mut facts = archive_facts(spec, source);
    facts.push(("script".to_owned(), to.clone()));
    facts.push(("limit".to_owned(), spec.rate.to_string()));
    let sizes = script.choice.order.iter().filter_map(|at| source.sizes.get(*at));
    Plan {
        title: format!("restore {} → {to}", spec.archive.display()),
        facts,
        objects: objects(source, &script.choice),
        data_objects: data_objects(&source.head.entries, &script.choice.order),
        bytes: sizes.sum(),
        locks: Vec::new(),
        warnings: script.warnings.clone(),
        endangers: if replaces { vec![format!("file {to}")] } else { Vec::new() },
        command_line: command_line::render(&job),
    }
}

/// Bytes of rows that will be sent.
pub(super) fn estimate(prepared: &Prepared, expansion: f64) -> u64 {
    let size = |at: &usize| prepared.source.sizes.get(*at).copied().unwrap_or(0);
    let stored: u64 = prepared.choice.order.iter().map(size).sum();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate of a positive number"
    )]
    let bytes = (stored as f64 * expansion) as u64;
    bytes
}

fn archive_facts(spec: &RestoreSpec, source: &Source) -> Vec<(String, String)> {
    let header = &source.head.header;
    let (major, minor, _) = header.version;
    let size = if source.is_forward() {
        "through a pipe".to_owned()
    } else {
        Bytes(source.length).to_string()
    };
    let codec = Compression { codec: header.codec, level: None };
    let format = source.format.word();
    [
        (
            "archive",
            format!(
                "{} ({size}, {format}, version {major}.{minor}, {codec})",
                spec.archive.display()
            ),
        ),
        ("dumped", format!("{} from {}", header.created, header.database)),
        ("source server", header.server_version.clone()),
        ("written by", header.dumper_version.clone()),
    ]
    .map(|(label, value)| (label.to_owned(), value))
    .into()
}

fn facts(spec: &RestoreSpec, prepared: &Prepared) -> Vec<(String, String)> {
    let server = &prepared.session.server;
    let into = match (spec.create_database, prepared.replaces) {
        (true, true) => "dropped and made anew",
        (true, false) => "made first",
        (false, _) => "is there",
    };
    let workers = match spec.options.transaction_size {
        _ if spec.single_transaction => "1 (a single transaction)".to_owned(),
        Some(size) if spec.jobs.get() == 1 => format!("1 (a transaction for {size} objects)"),
        _ => spec.jobs.to_string(),
    };
    let mut facts = archive_facts(spec, &prepared.source);
    facts.extend(
        [
            ("target", prepared.session.address.clone()),
            ("target server", format!("{} {}", server.product, server.version)),
            ("database", format!("{} ({into})", spec.database)),
            ("role", spec.role.clone().unwrap_or_else(|| server.user.clone())),
            ("connections", workers),
            ("limit", spec.rate.to_string()),
        ]
        .map(|(label, value)| (label.to_owned(), value)),
    );
    facts
}

fn objects(source: &Source, choice: &Choice) -> Vec<PlannedObject> {
    let object = |at: &usize| {
        let entry = source.head.entries.get(*at)?;
        let size = source.sizes.get(*at).copied();
        Some(PlannedObject {
            kind: entry.desc.clone(),
            name: name(entry),
            bytes: size.filter(|_| entry.has_data),
            rows: None,
            because: choice.because.get(at).cloned(),
        })
    };
    choice.order.iter().filter_map(object).collect()
}

/// The label without the kind, which stands in a column of its own.
fn name(entry: &TocEntry) -> String {
    let label = label(entry);
    match label.strip_prefix(&entry.desc) {
        Some(rest) => rest.trim_start().to_owned(),
        None => label,
    }
}

fn locks(spec: &RestoreSpec) -> Vec<String> {
    let mut locks = vec![
        "ROW EXCLUSIVE on each table while its rows are loaded; ACCESS EXCLUSIVE on those that \
         this restore makes"
            .to_owned(),
        "SHARE on each table while its indexes are built, ACCESS EXCLUSIVE while constraints are \
         added; SHARE ROW EXCLUSIVE on both tables of a foreign key"
            .to_owned(),
    ];
    if spec.clean {
        locks.push("ACCESS EXCLUSIVE on everything that is dropped".to_owned());
    }
    if spec.single_transaction {
        locks.push("all of them until the end: it is one transaction".to_owned());
    }
    locks
}

fn warnings(spec: &RestoreSpec, prepared: &Prepared) -> Vec<String> {
    let mut warnings = prepared.params.warnings().to_vec();
    warnings.extend(prepared.warnings.iter().cloned());
    warnings.extend(older_server(prepared));
    let survey = &prepared.survey;
    for role in &survey.missing_roles {
        let role = quote_always(role);
        warnings.push(format!(
            "role {role} does not exist on the target: what it owns will belong to somebody else; \
             CREATE ROLE {role}, or use --no-owner"
        ));
    }
    for extension in &survey.missing_extensions {
        warnings.push(format!(
            "extension {extension} is not available on the target: what needs it cannot be restored"
        ));
    }
    for tablespace in &survey.missing_tablespaces {
        warnings.push(format!(
            "tablespace {tablespace} does not exist on the target: its objects go to the default"
        ));
    }
    if let Some(text) = transaction_size(spec) {
        warnings.push(text);
    }
    let encoding = prepared.source.head.client_encoding().unwrap_or_default();
    if !spec.create_database && encoding != survey.encoding && !encoding.is_empty() {
        warnings.push(format!(
            "the archive is in {encoding}, the database in {}: rows are converted, and what cannot \
             be converted is an error",
            survey.encoding
        ));
    }
    warnings
}

fn transaction_size(spec: &RestoreSpec) -> Option<String> {
    let in_vain = spec.options.transaction_size.is_some() && spec.jobs.get() > 1;
    in_vain.then(|| {
        "--transaction-size has no effect with several connections: each object is restored in \
         transactions of its own"
            .to_owned()
    })
}

fn older_server(prepared: &Prepared) -> Option<String> {
    let head = &prepared.source.head;
    let (source, target) = (&head.header.server_version, &prepared.session.server);
    let major = newer::major(source)?;
    (target.version_num / 10_000 < major).then(|| {
        format!(
            "the target server ({}) is older than the source ({source}): newer features of \
             definitions are errors there",
            target.version
        )
    })
}
