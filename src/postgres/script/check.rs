//! What cannot be asked of a script.

use std::collections::HashSet;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::spec::{LeftOut, RestoreOptions, RestoreSpec};
use crate::postgres::restore::chosen_ids;

use super::overview::Overview;

/// Refuses the options that only an archive can follow.
pub(super) fn options(spec: &RestoreSpec, config: &Config) -> Result<()> {
    let profile = spec.target.profile.as_ref().and_then(|name| config.profiles.get(name));
    if profile.is_some_and(|profile| profile.read_only) {
        return Err(Error::usage("the profile is read-only, and a script writes to the server"));
    }
    let asked = [
        (spec.clean, "--clean"),
        (spec.if_exists, "--if-exists"),
        (spec.no_owner, "--no-owner"),
        (spec.disable_triggers, "--disable-triggers"),
        (!picking_only(&spec.options), "one of the options given"),
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

/// Whether these options do no more than pick entries.
fn picking_only(options: &RestoreOptions) -> bool {
    let picking = RestoreOptions {
        left_out: LeftOut { tablespaces: false, table_access_method: false, ..options.left_out },
        indexes: options.indexes.clone(),
        functions: options.functions.clone(),
        triggers: options.triggers.clone(),
        exclude_tables: options.exclude_tables.clone(),
        strict_names: options.strict_names,
        ..RestoreOptions::default()
    };
    *options == picking
}

/// Whether only a part of the script is wanted.
pub(super) fn picks(spec: &RestoreSpec) -> bool {
    let all = RestoreSpec::new(spec.target.clone(), &spec.archive, &spec.database);
    spec.tables != all.tables
        || spec.whole_tables != all.whole_tables
        || spec.schemas != all.schemas
        || spec.exclude_schemas != all.exclude_schemas
        || spec.use_list != all.use_list
        || spec.parts != all.parts
        || spec.no_privileges
        || spec.options != all.options
}

/// The entries that are wanted, by dump id; `None` is the whole script.
pub(super) fn picked(
    spec: &RestoreSpec,
    overview: Option<&Overview>,
) -> Result<Option<HashSet<u32>>> {
    if !picks(spec) {
        return Ok(None);
    }
    let refuse = |why: &str| {
        Error::usage(format!("only the whole script can be run: {why}"))
            .with_hint("leave out what picks a part of it")
    };
    let Some(overview) = overview else {
        return Err(refuse("it comes through a pipe"));
    };
    if !overview.index.is_dump {
        return Err(refuse("pg_dump did not write it, so it does not tell what is what"));
    }
    if !overview.connects.is_empty() {
        return Err(refuse("it goes on in other databases"));
    }
    let ids = chosen_ids(&overview.index.entries, spec)?;
    if spec.use_list.is_some() && !ids.is_sorted() {
        return Err(refuse("its order cannot be changed")
            .with_hint("put the lines of the list into the order of the script"));
    }
    Ok(Some(ids.into_iter().collect()))
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
