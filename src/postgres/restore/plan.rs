//! A prepared restore as a plan for people.

use crate::archive::kind::label;
use crate::archive::toc::TocEntry;
use crate::model::command_line;
use crate::model::name::quote_always;
use crate::model::plan::{Plan, PlannedObject};
use crate::model::size::Bytes;
use crate::model::spec::{JobSpec, RestoreSpec};

use super::lead::data_objects;
use super::prepare::Prepared;

/// Makes the plan.
pub(super) fn plan(spec: &RestoreSpec, prepared: &Prepared, expansion: f64) -> Plan {
    let job = JobSpec::Restore(spec.clone());
    Plan {
        title: job.title(),
        facts: facts(spec, prepared),
        objects: objects(prepared),
        data_objects: data_objects(&prepared.source.head.entries, &prepared.choice.order),
        bytes: estimate(prepared, expansion),
        locks: locks(spec),
        warnings: warnings(spec, prepared),
        endangers: prepared.survey.endangers.clone(),
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

fn facts(spec: &RestoreSpec, prepared: &Prepared) -> Vec<(String, String)> {
    let header = &prepared.source.head.header;
    let (major, minor, _) = header.version;
    let server = &prepared.session.server;
    let into = if spec.create_database { "made first" } else { "is there" };
    let workers = if spec.single_transaction {
        "1 (a single transaction)".to_owned()
    } else {
        spec.jobs.to_string()
    };
    [
        (
            "archive",
            format!(
                "{} ({}, version {major}.{minor}, {:?})",
                spec.archive.display(),
                Bytes(prepared.source.length),
                header.codec
            ),
        ),
        ("dumped", format!("{} from {}", header.created, header.database)),
        ("source server", header.server_version.clone()),
        ("written by", header.dumper_version.clone()),
        ("target", prepared.session.address.clone()),
        ("target server", format!("{} {}", server.product, server.version)),
        ("database", format!("{} ({into})", spec.database)),
        ("role", spec.role.clone().unwrap_or_else(|| server.user.clone())),
        ("connections", workers),
        ("limit", spec.rate.to_string()),
    ]
    .map(|(label, value)| (label.to_owned(), value))
    .into()
}

fn objects(prepared: &Prepared) -> Vec<PlannedObject> {
    let object = |at: &usize| {
        let entry = prepared.source.head.entries.get(*at)?;
        let size = prepared.source.sizes.get(*at).copied();
        Some(PlannedObject {
            kind: entry.desc.clone(),
            name: name(entry),
            bytes: size.filter(|_| entry.has_data),
            rows: None,
            because: prepared.choice.because.get(at).cloned(),
        })
    };
    prepared.choice.order.iter().filter_map(object).collect()
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

fn older_server(prepared: &Prepared) -> Option<String> {
    let source = &prepared.source.head.header.server_version;
    let target = &prepared.session.server;
    let major = source.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok()?;
    (target.version_num / 10_000 < major).then(|| {
        format!(
            "the target server ({}) is older than the source ({source}): newer features of \
             definitions are errors there",
            target.version
        )
    })
}
