//! From parsed arguments to job specs.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::error::{Error, ErrorKind, Result};
use crate::model::conn::Target;
use crate::model::spec::{BackupSpec, DumpOptions, Parts, RestoreOptions, RestoreSpec, Selection};

use super::args::{BackupArgs, PartsArgs, RestoreArgs};

/// Connections that a job gets unless told: more than four seldom help one machine's disks.
pub(super) fn default_jobs() -> NonZeroUsize {
    let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    processors.min(NonZeroUsize::MIN.saturating_add(3))
}

/// What `backup single` asks for. `database` is the one that was named, by whatever means.
pub(super) fn backup(
    args: &BackupArgs,
    target: Target,
    database: String,
    now: Timestamp,
) -> Result<BackupSpec> {
    let output = args.output.clone().unwrap_or_else(|| default_output(&database, now));
    Ok(BackupSpec {
        target,
        selection: Selection {
            tables: args.tables.clone(),
            exclude_tables: args.exclude_tables.clone(),
            schemas: args.schemas.clone(),
            exclude_schemas: args.exclude_schemas.clone(),
            exclude_table_data: args.exclude_table_data.clone(),
            filters: args.filters.clone(),
            with_dependencies: args.with_dependencies,
            with_references: args.with_references,
            ..Selection::default()
        },
        parts: parts(&args.parts),
        format: args.format,
        compression: args.compression,
        output: absolute(not_standard_output(&output)?)?,
        overwrite: args.overwrite,
        jobs: args.job.jobs.unwrap_or_else(default_jobs),
        rate: args.job.rate.unwrap_or_default(),
        no_owner: args.no_owner,
        no_privileges: args.no_privileges,
        options: DumpOptions::default(),
        database,
    })
}

/// What `restore single` asks for.
pub(super) fn restore(
    args: &RestoreArgs,
    target: Target,
    database: String,
    use_list: Option<Vec<u32>>,
) -> Result<RestoreSpec> {
    Ok(RestoreSpec {
        target,
        archive: absolute(&args.archive)?,
        database,
        create_database: args.create,
        tables: args.tables.clone(),
        whole_tables: args.whole_tables.clone(),
        schemas: args.schemas.clone(),
        exclude_schemas: args.exclude_schemas.clone(),
        use_list,
        parts: parts(&args.parts),
        clean: args.clean,
        if_exists: args.if_exists,
        no_owner: args.no_owner,
        no_privileges: args.no_privileges,
        role: args.role.clone(),
        single_transaction: args.single_transaction,
        exit_on_error: args.exit_on_error,
        disable_triggers: args.disable_triggers,
        jobs: restore_jobs(args)?,
        rate: args.job.rate.unwrap_or_default(),
        // Whoever says to drop what is there has agreed.
        over_existing: args.over_existing || args.clean,
        script: None,
        options: RestoreOptions::default(),
    })
}

fn restore_jobs(args: &RestoreArgs) -> Result<NonZeroUsize> {
    match args.job.jobs {
        Some(jobs) if args.single_transaction && jobs.get() > 1 => {
            Err(Error::usage("--single-transaction works on one connection")
                .with_hint("leave out -j, or --single-transaction"))
        }
        _ if args.single_transaction => Ok(NonZeroUsize::MIN),
        Some(jobs) => Ok(jobs),
        None => Ok(default_jobs()),
    }
}

fn parts(args: &PartsArgs) -> Parts {
    Parts {
        data_only: args.data_only,
        schema_only: args.schema_only,
        sections: args.sections.clone(),
    }
}

/// `DB-YYYYMMDDThhmmssZ.dump`; a slash in the name cannot be in a file's name.
fn default_output(database: &str, now: Timestamp) -> PathBuf {
    let stamp = now.strftime("%Y%m%dT%H%M%SZ");
    PathBuf::from(OsString::from(format!("{}-{stamp}.dump", database.replace('/', "_"))))
}

/// A job may outlive the shell's idea of a current folder, and its record is read from elsewhere.
pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|e| Error::io(format!("finding {}", path.display()), e))
}

/// An archive is written aside and renamed when it is whole; a file called `-` is what nobody means.
fn not_standard_output(path: &Path) -> Result<&Path> {
    if path != Path::new("-") {
        return Ok(path);
    }
    Err(Error::new(ErrorKind::Usage, "an archive cannot be written to standard output")
        .with_hint("name a file; ./- is one called '-'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_output_is_named_by_database_and_time() {
        let now: Timestamp = "2026-02-11T14:02:11.9Z".parse().unwrap();
        assert_eq!(default_output("shop", now), Path::new("shop-20260211T140211Z.dump"));
        assert_eq!(default_output("a/../b", now), Path::new("a_.._b-20260211T140211Z.dump"));
    }

    #[test]
    fn a_dash_is_not_taken_for_a_file() {
        let error = not_standard_output(Path::new("-")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(not_standard_output(Path::new("./-")).is_ok());
    }
}
