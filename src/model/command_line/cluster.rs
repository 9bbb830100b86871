//! The command lines of `backup cluster` and `restore cluster`.

use std::ffi::OsStr;

use crate::model::pattern::Pattern;
use crate::model::spec::{
    ArchiveFormat, ClusterBackupSpec, ClusterRestoreSpec, Compression, DatabaseChoice,
};

use super::Words;

pub(super) fn backup(words: &mut Words, spec: &ClusterBackupSpec) {
    words.word("backup");
    words.word("cluster");
    words.target(&spec.target);
    if spec.format != ArchiveFormat::default() {
        words.value("-F", spec.format.word());
    }
    if spec.compression != Compression::default() {
        words.value("-Z", spec.compression.to_string());
    }
    words.value("-o", &spec.output);
    words.flag(spec.overwrite, "--overwrite");
    words.flag(spec.content.flag().is_some(), spec.content.flag().unwrap_or_default());
    words.patterns("--database", &spec.databases);
    words.patterns("--exclude-database", &spec.exclude_databases);
    words.parts(&spec.parts);
    words.flag(spec.no_owner, "--no-owner");
    words.flag(spec.no_privileges, "--no-privileges");
    words.flag(spec.no_role_passwords, "--no-role-passwords");
    words.rate(spec.rate);
    words.value("-j", spec.jobs.to_string());
}

pub(super) fn restore(words: &mut Words, spec: &ClusterRestoreSpec) {
    words.word("restore");
    words.word("cluster");
    words.target(&spec.target);
    words.flag(spec.content.flag().is_some(), spec.content.flag().unwrap_or_default());
    for choice in &spec.databases {
        words.value("--database", database(choice));
    }
    words.patterns("--exclude-database", &spec.exclude_databases);
    words.parts(&spec.parts);
    words.flag(spec.clean, "--clean");
    words.flag(spec.if_exists, "--if-exists");
    words.flag(spec.no_owner, "--no-owner");
    words.flag(spec.no_privileges, "--no-privileges");
    words.flag(spec.no_role_passwords, "--no-role-passwords");
    words.flag(spec.exit_on_error, "--exit-on-error");
    words.flag(spec.over_existing, "--over-existing");
    words.rate(spec.rate);
    words.value("-j", spec.jobs.to_string());
    words.last(OsStr::new(&spec.backup));
}

/// `PATTERN` or `PATTERN=NAME`.
fn database(choice: &DatabaseChoice) -> String {
    let DatabaseChoice { pattern, to } = choice;
    match to {
        Some(name) => format!("{}={name}", Pattern::as_str(pattern)),
        None => pattern.as_str().to_owned(),
    }
}
