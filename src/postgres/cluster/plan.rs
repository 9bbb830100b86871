//! What a backup of a cluster would do, as a value.

use crate::config::Config;
use crate::error::Result;
use crate::model::command_line;
use crate::model::plan::{Plan, PlannedObject};
use crate::model::size::{Bytes, RateLimit};
use crate::model::spec::{ClusterBackupSpec, JobSpec};

use super::backup::{Survey, check};
use super::folder::{check_target, parent_of};

/// Everything is read, nothing is made.
pub(super) async fn backup(spec: &ClusterBackupSpec, config: &Config) -> Result<Plan> {
    check(spec)?;
    check_target(&spec.output, spec.overwrite)?;
    let survey = Survey::make(spec, config).await?;
    let job = JobSpec::BackupCluster(spec.clone());
    let bytes = survey.sizes().iter().sum();
    let mut warnings = survey.warnings();
    warnings.extend(survey.chosen.missing.iter().map(|reason| format!("left out: {reason}")));
    let free = free_space(spec);
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

fn free_space(spec: &ClusterBackupSpec) -> Option<u64> {
    let stat = rustix::fs::statvfs(parent_of(&spec.output)).ok()?;
    stat.f_bavail.checked_mul(stat.f_frsize)
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
        let folder = parent_of(&spec.output).display();
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
