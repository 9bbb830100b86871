//! What cannot be asked of a script.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::spec::{RestoreOptions, RestoreSpec};

use super::overview::Overview;

/// Refuses the options that only an archive can follow.
pub(super) fn options(spec: &RestoreSpec, config: &Config) -> Result<()> {
    let profile = spec.target.profile.as_ref().and_then(|name| config.profiles.get(name));
    if profile.is_some_and(|profile| profile.read_only) {
        return Err(Error::usage("the profile is read-only, and a script writes to the server"));
    }
    let parts = &spec.parts;
    let asked = [
        (!spec.tables.is_empty(), "--table"),
        (!spec.whole_tables.is_empty(), "--table-with-deps"),
        (!spec.schemas.is_empty(), "--schema"),
        (!spec.exclude_schemas.is_empty(), "--exclude-schema"),
        (spec.use_list.is_some(), "--use-list"),
        (parts.data_only, "--data-only"),
        (parts.schema_only, "--schema-only"),
        (!parts.sections.is_empty(), "--section"),
        (spec.clean, "--clean"),
        (spec.if_exists, "--if-exists"),
        (spec.no_owner, "--no-owner"),
        (spec.no_privileges, "--no-privileges"),
        (spec.disable_triggers, "--disable-triggers"),
        (spec.script.is_some(), "-o"),
        (spec.options != RestoreOptions::default(), "one of the options given"),
    ];
    match asked.iter().find(|(asked, _)| *asked) {
        None => Ok(()),
        Some((_, option)) => {
            let text = format!("{option} needs an archive, and this is a script in plain SQL");
            Err(Error::usage(text).with_hint(
                "a script runs as it is; give such options when the script is made, or dump in \
                 another format",
            ))
        }
    }
}

/// Refuses a script that writes into databases that nobody agreed to.
pub(super) fn consent(spec: &RestoreSpec, overview: Option<&Overview>) -> Result<()> {
    let Some(overview) = overview else { return Ok(()) };
    let Some((line, database)) = overview.connects.first() else { return Ok(()) };
    if spec.single_transaction {
        let text = format!("line {line} of the script connects to database {database}");
        return Err(Error::usage(text)
            .with_hint("one transaction cannot span databases: leave out --single-transaction"));
    }
    if spec.over_existing {
        return Ok(());
    }
    Err(not_agreed(&overview.databases().join(", "), *line))
}

/// The refusal to go on in another database.
pub(super) fn not_agreed(databases: &str, line: u64) -> Error {
    let text = format!(
        "the script goes on in other databases than the one named: {databases} (\\connect, line \
         {line})"
    );
    Error::conflict(text).with_hint("agree to that with --over-existing")
}
