//! What a job of a cluster would do, as a value.

use crate::config::Config;
use crate::error::Result;
use crate::model::cluster::GLOBALS_FILE;
use crate::model::command_line;
use crate::model::plan::{Plan, PlannedObject};
use crate::model::size::{Bytes, RateLimit};
use crate::model::spec::{ClusterBackupSpec, ClusterRestoreSpec, JobSpec};
use crate::storage::partial::{folder_of, free_space};

use super::backup::{Survey, check};
use super::folder::check_target;
use super::target;

/// Everything is read, nothing is made.
pub(super) async fn backup(spec: &ClusterBackupSpec, config: &Config) -> Result<Plan> {
    check(spec)?;
    check_target(&spec.output, spec.overwrite)?;
    let survey = Survey::make(spec, config).await?;
    let job = JobSpec::BackupCluster(spec.clone());
    let bytes = survey.sizes().iter().sum();
    let mut warnings = survey.warnings();
    warnings.extend(survey.chosen.missing.iter().map(|reason| format!("left out: {reason}")));
    let free = free_space(&spec.output);
    if free.is_some_and(|free| free < bytes) {
        warnings.push(format!(
            "the databases take {} on disk, and {} are free: compression may or may not make \
             that fit",
            Bytes(bytes),
            Bytes(free.unwrap_or(0))
        ));
    }
    Ok(Plan {
        title: job.title(),
        facts: facts(spec, &survey, free),
        objects: objects(&survey),
        data_objects: survey.chosen.databases.len() as u64,
        bytes,
        locks: vec!["ACCESS SHARE on every table, database by database".to_owned()],
        warnings,
        endangers: Vec::new(),
        command_line: command_line::render(&job),
    })
}

fn facts(spec: &ClusterBackupSpec, survey: &Survey, free: Option<u64>) -> Vec<(String, String)> {
    let server = &survey.server;
    let standby = if server.in_recovery { ", a standby" } else { "" };
    let count = survey.chosen.databases.len();
    let replaced = if spec.output.exists() { " (replaced at the end)" } else { "" };
    let mut facts = vec![
        ("server", format!("PostgreSQL {} at {}{standby}", server.version, server.address)),
        ("globals", globals_fact(spec, survey)),
        ("databases", format!("{count}, {} on disk", Bytes(survey.sizes().iter().sum()))),
        (
            "snapshot",
            "one for each database, taken when its turn comes: PostgreSQL has none over several"
                .to_owned(),
        ),
        ("output", format!("{}{replaced}", spec.output.display())),
        ("format", format!("{}, an archive for each database", spec.format.word())),
        ("compression", spec.compression.to_string()),
        ("workers", format!("{} sessions over all databases", spec.jobs)),
    ];
    if let RateLimit(Some(_)) = spec.rate {
        facts.push(("limit", spec.rate.to_string()));
    }
    if let Some(free) = free {
        let folder = folder_of(&spec.output).display();
        facts.push(("free space", format!("{} in {folder}", Bytes(free))));
    }
    facts.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
}

fn globals_fact(spec: &ClusterBackupSpec, survey: &Survey) -> String {
    let Some((globals, _)) = &survey.globals else { return "none".to_owned() };
    let passwords = if spec.no_role_passwords { " without passwords" } else { "" };
    format!(
        "{} roles{passwords}, {} memberships, {} tablespaces",
        globals.roles(),
        globals.memberships(),
        globals.tablespaces().len()
    )
}

/// The databases by falling size.
fn objects(survey: &Survey) -> Vec<PlannedObject> {
    let mut databases: Vec<_> = survey.chosen.databases.iter().collect();
    databases.sort_by_key(|database| (std::cmp::Reverse(database.bytes), &database.name));
    let object = |database: &super::databases::Database| PlannedObject {
        kind: "DATABASE".to_owned(),
        name: database.name.clone(),
        bytes: database.bytes,
        rows: None,
        because: None,
    };
    databases.into_iter().map(object).collect()
}

/// Everything is read, nothing is changed.
pub(super) async fn restore(spec: &ClusterRestoreSpec, config: &Config) -> Result<Plan> {
    let survey = target::Survey::make(spec, config).await?;
    let job = JobSpec::RestoreCluster(spec.clone());
    let wanted = &survey.choice.wanted;
    let impossible = wanted.iter().filter_map(|wanted| {
        let reason = survey.cannot_be(wanted)?;
        Some(format!("database {} cannot be restored: {reason}", wanted.to))
    });
    let mut warnings = survey.warnings.clone();
    warnings.extend(impossible);
    Ok(Plan {
        title: job.title(),
        facts: restore_facts(spec, &survey),
        objects: wanted.iter().map(restored).collect(),
        data_objects: wanted.len() as u64,
        bytes: wanted.iter().map(|wanted| wanted.database.archive_bytes).sum(),
        locks: Vec::new(),
        warnings,
        endangers: survey.endangers,
        command_line: command_line::render(&job),
    })
}

fn restored(wanted: &super::choice::Wanted) -> PlannedObject {
    let database = &wanted.database;
    let renamed = database.name != wanted.to;
    PlannedObject {
        kind: "DATABASE".to_owned(),
        name: wanted.to.clone(),
        bytes: Some(database.archive_bytes),
        rows: Some(database.rows),
        because: renamed.then(|| format!("from {}", database.name)),
    }
}

fn restore_facts(spec: &ClusterRestoreSpec, survey: &target::Survey) -> Vec<(String, String)> {
    let catalogue = &survey.listing.catalogue;
    let server = &survey.server;
    let globals = match &survey.globals {
        Some((_, steps)) => format!("{} statements of {}", steps.len(), GLOBALS_FILE),
        None => "none".to_owned(),
    };
    let bytes = survey.choice.wanted.iter().map(|wanted| wanted.database.archive_bytes).sum();
    let mut facts = vec![
        ("server", format!("PostgreSQL {} at {}", server.version, server.address)),
        ("backup", format!("{}, by {}", spec.backup.display(), catalogue.tool)),
        ("made", catalogue.started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        ("of", format!("PostgreSQL {} at {}", catalogue.server.version, catalogue.server.address)),
        ("globals", globals),
        ("databases", format!("{}, {}", survey.choice.wanted.len(), Bytes(bytes))),
        ("workers", format!("{} sessions over all databases", spec.jobs)),
    ];
    if let RateLimit(Some(_)) = spec.rate {
        facts.push(("limit", spec.rate.to_string()));
    }
    facts.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
}
