//! From parsed arguments to job specs.

use std::io::{IsTerminal, stdin};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::location::Location;
use crate::model::spec::{Parts, STANDARD_STREAM, is_standard_stream};

use super::args::PartsArgs;
use super::refusals::together;

mod backup;
mod cluster;
mod restore;
mod verify;

pub(super) use backup::backup;
pub(super) use cluster::{backup_cluster, restore_cluster};
pub(super) use restore::restore;
pub(super) use verify::verify;

/// Connections that a job gets unless told: more than four seldom help one machine's disks.
pub(super) fn default_jobs() -> NonZeroUsize {
    let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    processors.min(NonZeroUsize::MIN.saturating_add(3))
}

/// A job may outlive the shell's idea of a current folder, and its record is read from elsewhere.
pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    if is_standard_stream(path) {
        return Ok(path.to_owned());
    }
    if Location::is_url(path) {
        // file:// becomes the path that it means.
        let location = Location::parse(path).map_err(|error| Error::usage(error.to_string()))?;
        return Ok(location.to_path());
    }
    std::path::absolute(path).map_err(|e| Error::io(format!("finding {}", path.display()), e))
}

/// The archive that was named, or standard input where something is to be read from it.
pub(super) fn archive(named: Option<&Path>) -> Result<PathBuf> {
    match named {
        Some(path) if is_standard_stream(path) && stdin().is_terminal() => {
            Err(Error::usage("an archive cannot be typed: standard input is a terminal")
                .with_hint("name a file, or send the archive through a pipe"))
        }
        Some(path) => absolute(path),
        None if stdin_has_data() => Ok(PathBuf::from(STANDARD_STREAM)),
        None => Err(Error::usage("no archive was named")
            .with_hint("write its path, or send it to standard input")),
    }
}

/// A pipe, a socket or a file; neither a terminal nor the empty device that a service gets.
fn stdin_has_data() -> bool {
    use rustix::fs::FileType;
    rustix::fs::fstat(stdin()).is_ok_and(|stat| {
        matches!(
            FileType::from_raw_mode(stat.st_mode),
            FileType::Fifo | FileType::Socket | FileType::RegularFile
        )
    })
}

/// What the flags about parts come to; statistics are counted as pg_dump or pg_restore counts them.
struct Wanted {
    parts: Parts,
    statistics: bool,
}

/// `by_default`: statistics are taken unless something says no.
fn wanted(args: &PartsArgs, by_default: bool) -> Result<Wanted> {
    check_parts(args)?;
    let definitions = !args.data_only && !args.statistics_only && !args.no_schema;
    let rows = !args.schema_only && !args.statistics_only && !args.no_data;
    let only = args.data_only || args.schema_only;
    let statistics = args.statistics || args.statistics_only || (by_default && !only);
    Ok(Wanted {
        parts: Parts {
            data_only: !definitions,
            schema_only: !rows,
            sections: args.sections.clone(),
        },
        statistics: statistics && !args.no_statistics,
    })
}

fn check_parts(args: &PartsArgs) -> Result<()> {
    let data_only = ("-a/--data-only", args.data_only);
    let schema_only = ("-s/--schema-only", args.schema_only);
    let statistics_only = ("--statistics-only", args.statistics_only);
    let statistics = ("--statistics", args.statistics);
    let no_statistics = ("--no-statistics", args.no_statistics);
    let which = "leave out one of the two; without both everything is taken";
    together(schema_only, data_only, which)?;
    together(schema_only, statistics_only, which)?;
    together(data_only, statistics_only, which)?;
    together(data_only, ("--no-data", args.no_data), which)?;
    together(schema_only, ("--no-schema", args.no_schema), which)?;
    together(statistics_only, no_statistics, which)?;
    together(data_only, statistics, "--no-schema --statistics takes rows and statistics")?;
    together(schema_only, statistics, "--no-data --statistics takes definitions and statistics")?;
    together(statistics, no_statistics, "leave out one of the two")
}
