//! What cannot be asked of a script.

use std::collections::HashSet;

use crate::archive::kind::is_of_database;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::spec::{RestoreOptions, RestoreSpec};
use crate::postgres::restore::chosen_ids;

use super::filter::Without;
use super::overview::Overview;

/// A list that goes back more often than this is refused: the script is read anew each time.
const MOST_READINGS: usize = 100;

const IN_SCRIPT: &str = "make the script with this option: it runs as it is";
const DROPS: &str = "the drops have to be in the script: make it with --clean, or run it into a new \
     database with --create";
const OTHER_FORMAT: &str = "make a backup in another format, such as -F custom";

/// Refuses the options that only an archive can follow.
pub(super) fn options(spec: &RestoreSpec, config: &Config) -> Result<()> {
    if config.is_read_only(&spec.target) {
        return Err(Error::usage("the server is declared read-only, and a script writes to it"));
    }
    let of_all = [
        (spec.clean, "--clean", DROPS),
        (spec.if_exists, "--if-exists", DROPS),
        (spec.disable_triggers, "--disable-triggers", IN_SCRIPT),
    ];
    let asked = of_all.into_iter().chain(of_archives(&spec.options));
    match asked.into_iter().find(|(asked, ..)| *asked) {
        None => Ok(()),
        Some((_, option, hint)) => {
            let text = format!("{option} needs an archive, and this is a script in plain SQL");
            Err(Error::usage(text).with_hint(hint))
        }
    }
}

/// Every option has its place here: those that only an archive can follow, with what to do instead.
fn of_archives(options: &RestoreOptions) -> [(bool, &'static str, &'static str); 8] {
    let RestoreOptions {
        left_out: _,
        no_statistics: _,
        no_tuning: _,
        indexes: _,
        functions: _,
        triggers: _,
        exclude_tables: _,
        strict_names: _,
        restrict_key,
        no_data_for_failed_tables,
        transaction_size,
        superuser,
        use_set_session_authorization,
        enable_row_security,
        rename_schemas,
        rename_tables,
    } = options;
    [
        (
            *no_data_for_failed_tables,
            "--no-data-for-failed-tables",
            "use --exit-on-error to stop at the first failure",
        ),
        (transaction_size.is_some(), "--transaction-size", "use --single-transaction"),
        (superuser.is_some(), "--superuser", IN_SCRIPT),
        (*use_set_session_authorization, "--use-set-session-authorization", IN_SCRIPT),
        (*enable_row_security, "--enable-row-security", IN_SCRIPT),
        (!rename_schemas.is_empty(), "--rename-schema", OTHER_FORMAT),
        (!rename_tables.is_empty(), "--rename-table", OTHER_FORMAT),
        (restrict_key.is_some(), "--restrict-key", IN_SCRIPT),
    ]
}

/// Whether only a part of the script is wanted.
pub(super) fn picks(spec: &RestoreSpec) -> bool {
    let all = RestoreSpec::new(spec.target.clone(), &spec.archive, &spec.database);
    let mut options = spec.options.clone();
    // These leave something out of each entry, not entries out.
    options.left_out.tablespaces = false;
    options.left_out.table_access_method = false;
    spec.tables != all.tables
        || spec.whole_tables != all.whole_tables
        || spec.schemas != all.schemas
        || spec.exclude_schemas != all.exclude_schemas
        || spec.use_list != all.use_list
        || spec.parts != all.parts
        || spec.no_privileges
        || options != all.options
}

/// The entries that are wanted, by dump id, for each reading of the script; `None` is the whole
/// script.
pub(super) fn picked(
    spec: &RestoreSpec,
    overview: Option<&Overview>,
) -> Result<Option<Vec<HashSet<u32>>>> {
    if picks(spec) {
        let overview = indexed(overview, "only the whole script can be run")?;
        refuse_databases(spec, overview)?;
        let ids = chosen_ids(&overview.index.entries, spec)?;
        return readings(&ids).map(Some);
    }
    if Without::of(spec).any() && !overview.is_some_and(|overview| overview.index.is_cluster) {
        indexed(overview, "nothing can be left out of the script")?;
    }
    Ok(None)
}

/// A script whose entries are known.
fn indexed<'a>(overview: Option<&'a Overview>, but: &str) -> Result<&'a Overview> {
    let refuse =
        |why: &str, hint: &'static str| Err(Error::usage(format!("{but}: {why}")).with_hint(hint));
    match overview {
        None => refuse("it comes through a pipe", "write it to a file first, and name that"),
        Some(overview) if overview.index.is_cluster => refuse(
            "it is of many databases, by pg_dumpall",
            "dump the database alone, or all with `dbbackup backup cluster`",
        ),
        Some(overview) if !overview.index.is_dump => refuse(
            "pg_dump did not write it, so it does not tell what is what",
            "run the whole script, or edit it",
        ),
        Some(overview) => Ok(overview),
    }
}

/// A part runs in the database that was named: what makes another and goes there is passed over.
fn refuse_databases(spec: &RestoreSpec, overview: &Overview) -> Result<()> {
    if overview.databases().len() > 1 {
        let text = "only the whole script can be run: it goes on in several databases";
        return Err(Error::usage(text).with_hint("leave out what picks a part of it"));
    }
    if spec.create_database && overview.index.entries.iter().any(is_of_database) {
        let text = "--create with a part of a script that makes its database itself";
        return Err(Error::usage(text)
            .with_hint("make the database first and leave out --create, or run the whole script"));
    }
    Ok(())
}

/// Cuts a list into parts that are in the order of the script.
fn readings(ids: &[u32]) -> Result<Vec<HashSet<u32>>> {
    let parts: Vec<&[u32]> = ids.chunk_by(|a, b| a < b).collect();
    if parts.len() > MOST_READINGS {
        let text = format!(
            "the list goes back in the script {} times, and each time it is read anew",
            parts.len() - 1
        );
        return Err(Error::usage(text).with_hint(
            "leave the lines in the order of the script where it does not matter, or make a backup \
             in another format",
        ));
    }
    Ok(parts.into_iter().map(|part| part.iter().copied().collect()).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_out_of_order_is_read_in_turns_up_to_a_bound() {
        let sets = |parts: &[&[u32]]| -> Vec<HashSet<u32>> {
            parts.iter().map(|part| part.iter().copied().collect()).collect()
        };
        assert_eq!(readings(&[1, 4, 9]).unwrap(), sets(&[&[1, 4, 9]]));
        assert_eq!(readings(&[7, 2, 3, 1]).unwrap(), sets(&[&[7], &[2, 3], &[1]]));
        assert!(readings(&[]).unwrap().is_empty());
        let backwards: Vec<u32> = (1..200).rev().collect();
        let error = readings(&backwards).unwrap_err();
        assert!(error.to_string().contains("goes back in the script 198 times"), "{error}");
    }
}
