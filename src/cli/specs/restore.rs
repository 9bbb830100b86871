//! What `restore single` asks for.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::model::conn::Target;
use crate::model::spec::{RestoreOptions, RestoreSpec};

use super::super::args::RestoreArgs;
use super::super::refusals::{needs, together};
use super::{absolute, default_jobs, wanted};

/// The spec. `database` is empty where a script is written; `use_list` is what `-L` names.
pub(in crate::cli) fn restore(
    args: &RestoreArgs,
    target: Target,
    archive: PathBuf,
    database: String,
    use_list: Option<Vec<u32>>,
) -> Result<RestoreSpec> {
    let RestoreArgs { target: into, choice, leave_out, manner, .. } = args;
    let wanted = wanted(&args.parts, true)?;
    check(args)?;
    Ok(RestoreSpec {
        target,
        archive,
        database,
        create_database: into.create,
        tables: choice.tables.clone(),
        whole_tables: choice.whole_tables.clone(),
        schemas: choice.schemas.clone(),
        exclude_schemas: choice.exclude_schemas.clone(),
        use_list,
        parts: wanted.parts,
        clean: manner.clean,
        if_exists: manner.if_exists,
        no_owner: leave_out.no_owner,
        no_privileges: leave_out.no_privileges,
        role: manner.role.clone(),
        single_transaction: manner.single_transaction,
        exit_on_error: manner.exit_on_error,
        disable_triggers: manner.disable_triggers,
        jobs: jobs(args)?,
        rate: args.job.rate.unwrap_or_default(),
        pacing: args.job.pacing()?,
        // Whoever says to drop what is there has agreed.
        over_existing: into.over_existing || manner.clean,
        script: into.output.as_deref().map(absolute).transpose()?,
        options: RestoreOptions { no_statistics: !wanted.statistics, ..options(args) },
    })
}

fn check(args: &RestoreArgs) -> Result<()> {
    let RestoreArgs { target, manner, parts, .. } = args;
    let script = ("-o/--output", target.output.is_some());
    together(
        ("-d/--dbname", target.database.is_some()),
        script,
        "-d restores into a database, -o writes a script: name one of them",
    )?;
    needs(("--restrict-key", manner.restrict_key.is_some()), script)?;
    let clean = ("-c/--clean", manner.clean);
    let data_only = ("-a/--data-only", parts.data_only);
    together(clean, data_only, "what is dropped has to be made again: leave out one of the two")?;
    needs(("--if-exists", manner.if_exists), clean)?;
    let single = ("-1/--single-transaction", manner.single_transaction);
    let create = ("-C/--create", target.create);
    together(create, single, "a database cannot be made in a transaction: leave out one of them")?;
    together(
        single,
        ("--transaction-size", manner.transaction_size.is_some()),
        "one transaction has no size: leave out one of the two",
    )
}

fn jobs(args: &RestoreArgs) -> Result<NonZeroUsize> {
    let single = args.manner.single_transaction;
    match args.job.jobs {
        Some(jobs) if single && jobs.get() > 1 => Err(Error::usage(
            "options -1/--single-transaction and -j/--jobs cannot be used together",
        )
        .with_hint("a transaction works on one connection: leave out one of the two")),
        _ if single => Ok(NonZeroUsize::MIN),
        Some(jobs) => Ok(jobs),
        None => Ok(default_jobs()),
    }
}

fn options(args: &RestoreArgs) -> RestoreOptions {
    let RestoreArgs { target, choice, leave_out, manner, .. } = args;
    RestoreOptions {
        left_out: leave_out.left_out(),
        // The caller's: it hangs on the parts.
        no_statistics: false,
        no_data_for_failed_tables: manner.no_data_for_failed_tables,
        no_tuning: manner.no_tuning,
        transaction_size: manner.transaction_size,
        indexes: choice.indexes.clone(),
        functions: choice.functions.clone(),
        triggers: choice.triggers.clone(),
        exclude_tables: choice.exclude_tables.clone(),
        superuser: manner.superuser.clone(),
        use_set_session_authorization: manner.use_set_session_authorization,
        enable_row_security: manner.enable_row_security,
        strict_names: choice.strict_names,
        rename_schemas: target.rename_schemas.clone(),
        rename_tables: target.rename_tables.clone(),
        restrict_key: manner.restrict_key.clone(),
    }
}
