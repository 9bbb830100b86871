//! The words of `backup cluster` and `restore cluster`.

use std::ffi::OsStr;

use crate::model::spec::{
    ArchiveFormat, ClusterBackupSpec, ClusterContent, ClusterRestoreSpec, Compression,
    DatabaseChoice,
};

use super::{Words, backup};

pub(super) fn write_backup(words: &mut Words, spec: &ClusterBackupSpec) {
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
    backup::file(words, &spec.options);
    content(words, spec.content, spec.no_role_passwords);
    words.patterns("--database", &spec.databases);
    words.patterns("--exclude-database", &spec.exclude_databases);
    words.parts_and_statistics(&spec.parts, spec.options.statistics, false);
    words.flag(spec.no_owner, "--no-owner");
    words.flag(spec.no_privileges, "--no-privileges");
    backup::how(words, &spec.options);
    words.rate(spec.rate, &spec.pacing);
    words.value("-j", spec.jobs.to_string());
}

pub(super) fn write_restore(words: &mut Words, spec: &ClusterRestoreSpec) {
    words.word("restore");
    words.word("cluster");
    words.target(&spec.target);
    content(words, spec.content, spec.no_role_passwords);
    for choice in &spec.databases {
        words.value("--database", database(choice));
    }
    words.patterns("--exclude-database", &spec.exclude_databases);
    words.parts_and_statistics(&spec.parts, !spec.options.no_statistics, true);
    words.flag(spec.no_owner, "--no-owner");
    words.flag(spec.no_privileges, "--no-privileges");
    words.left_out(spec.options.left_out);
    words.flag(spec.clean, "--clean");
    words.flag(spec.if_exists, "--if-exists");
    words.flag(spec.exit_on_error, "--exit-on-error");
    words.flag(spec.options.no_data_for_failed_tables, "--no-data-for-failed-tables");
    words.flag(spec.over_existing, "--over-existing");
    words.rate(spec.rate, &spec.pacing);
    words.value("-j", spec.jobs.to_string());
    words.last(OsStr::new(&spec.backup));
}

fn content(words: &mut Words, content: ClusterContent, no_role_passwords: bool) {
    if let Some(flag) = content.flag() {
        words.word(flag);
    }
    words.flag(no_role_passwords, "--no-role-passwords");
}

/// `PATTERN` or `PATTERN=NAME`.
fn database(choice: &DatabaseChoice) -> String {
    let DatabaseChoice { pattern, to } = choice;
    match to {
        Some(name) => format!("{pattern}={name}"),
        None => pattern.to_string(),
    }
}
