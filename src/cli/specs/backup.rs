//! What `backup single` asks for.

use std::ffi::OsString;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::model::conn::Target;
use crate::model::pattern::Pattern;
use crate::model::spec::{
    ArchiveFormat, BackupSpec, Codec, Compression, DumpOptions, DumpSession, ManifestPlace,
    RowFormat, Selection, is_standard_stream,
};

use super::super::args::{BackupArgs, OutputArgs, RowArgs, SelectionArgs, SessionArgs};
use super::super::refusals::{needs, together};
use super::{absolute, default_jobs, wanted};

/// The spec. `database` is the one that was named, by whatever means.
pub(in crate::cli) fn backup(
    args: &BackupArgs,
    target: Target,
    database: String,
    now: Timestamp,
) -> Result<BackupSpec> {
    let wanted = wanted(&args.parts, false)?;
    check(args)?;
    let compression = compression(&args.output)?;
    let named = args.output.output.clone();
    let output = named.unwrap_or_else(|| default_output(&database, now, &args.output, compression));
    check_stream(&output, args.output.format)?;
    Ok(BackupSpec {
        target,
        selection: selection(&args.selection, &database)?,
        parts: wanted.parts,
        format: args.output.format,
        compression,
        output: absolute(&output)?,
        overwrite: args.output.overwrite,
        jobs: jobs(args)?,
        rate: args.job.rate.unwrap_or_default(),
        pacing: args.job.pacing()?,
        no_owner: args.leave_out.no_owner,
        no_privileges: args.leave_out.no_privileges,
        options: DumpOptions {
            statistics: wanted.statistics,
            manifest: manifest(&args.output)?,
            ..options(args)
        },
        database,
    })
}

fn check(args: &BackupArgs) -> Result<()> {
    let (script, rows) = (&args.script, &args.rows);
    let foreign_data = ("--include-foreign-data", !args.selection.foreign_data.is_empty());
    let schema_only = ("-s/--schema-only", args.parts.schema_only);
    together(schema_only, foreign_data, "leave out --include-foreign-data: it is about rows")?;
    let clean = ("-c/--clean", script.clean);
    let data_only = ("-a/--data-only", args.parts.data_only);
    together(clean, data_only, "a script that drops the objects has to make them again")?;
    needs(("--if-exists", script.if_exists), clean)?;
    let inserts = rows.inserts || rows.column_inserts || rows.rows_per_insert.is_some();
    let any = ("--inserts, --rows-per-insert, or --column-inserts", inserts);
    needs(("--on-conflict-do-nothing", rows.on_conflict_do_nothing), any)?;
    needs(
        ("--restrict-key", script.restrict_key.is_some()),
        ("--format=plain", args.output.format == ArchiveFormat::Plain),
    )?;
    check_row_bounds(&args.selection)
}

fn check_row_bounds(selection: &SelectionArgs) -> Result<()> {
    match (selection.min_rows, selection.max_rows) {
        (Some(min), Some(max)) if min > max => {
            Err(Error::usage(format!("--min-rows {min} is more than --max-rows {max}"))
                .with_hint("no table has both: make the one smaller or the other larger"))
        }
        _ => Ok(()),
    }
}

/// pg_dump's rule for foreign data; else as many as were asked for, whatever the format.
fn jobs(args: &BackupArgs) -> Result<NonZeroUsize> {
    let foreign = !args.selection.foreign_data.is_empty();
    match args.job.jobs {
        Some(jobs) if foreign && jobs.get() > 1 => {
            Err(Error::usage("option --include-foreign-data is not supported with -j/--jobs")
                .with_hint("use -j 1: a foreign server does not share the snapshot"))
        }
        Some(jobs) => Ok(jobs),
        None if foreign => Ok(NonZeroUsize::MIN),
        None => Ok(default_jobs()),
    }
}

fn compression(args: &OutputArgs) -> Result<Compression> {
    let wanted = args.compression.unwrap_or_else(|| Compression::default_for(args.format));
    if args.format == ArchiveFormat::Tar && wanted.codec != Codec::None {
        return Err(Error::usage("compression is not supported by the tar format").with_hint(
            "leave out -Z and compress the tar file, or use the custom or directory format",
        ));
    }
    Ok(wanted)
}

/// A folder cannot be streamed, and a terminal is no place for binary data.
fn check_stream(output: &Path, format: ArchiveFormat) -> Result<()> {
    use std::io::IsTerminal;
    if !is_standard_stream(output) {
        return Ok(());
    }
    if format == ArchiveFormat::Directory {
        return Err(Error::usage("the directory format cannot be written to standard output")
            .with_hint("name a folder with -o, or use the custom format"));
    }
    if format != ArchiveFormat::Plain && std::io::stdout().is_terminal() {
        return Err(Error::usage(format!(
            "the {} format is not written to a terminal",
            format.word()
        ))
        .with_hint("name a file with -o, or send stdout into a file or a pipe"));
    }
    Ok(())
}

/// `DB-YYYYMMDDThhmmssZ` with the ending of the format; a slash in the name cannot be in a file's.
fn default_output(
    database: &str,
    now: Timestamp,
    args: &OutputArgs,
    compression: Compression,
) -> PathBuf {
    let stamp = now.strftime("%Y%m%dT%H%M%SZ");
    let ending = match (args.format, compression.codec) {
        (ArchiveFormat::Custom, _) => ".dump",
        (ArchiveFormat::Directory, _) => "",
        (ArchiveFormat::Tar, _) => ".tar",
        (ArchiveFormat::Plain, Codec::None) => ".sql",
        (ArchiveFormat::Plain, Codec::Gzip) => ".sql.gz",
        (ArchiveFormat::Plain, Codec::Lz4) => ".sql.lz4",
        (ArchiveFormat::Plain, Codec::Zstd) => ".sql.zst",
    };
    PathBuf::from(OsString::from(format!("{}-{stamp}{ending}", database.replace('/', "_"))))
}

fn selection(args: &SelectionArgs, database: &str) -> Result<Selection> {
    let tables = |patterns: &[Pattern]| within(patterns, 2, database);
    let schemas = |patterns: &[Pattern]| within(patterns, 1, database);
    Ok(Selection {
        tables: tables(&args.tables)?,
        exclude_tables: tables(&args.exclude_tables)?,
        schemas: schemas(&args.schemas)?,
        exclude_schemas: schemas(&args.exclude_schemas)?,
        exclude_table_data: tables(&args.exclude_table_data)?,
        tables_and_children: tables(&args.tables_and_children)?,
        exclude_tables_and_children: tables(&args.exclude_tables_and_children)?,
        exclude_table_data_and_children: tables(&args.exclude_table_data_and_children)?,
        extensions: args.extensions.clone(),
        exclude_extensions: args.exclude_extensions.clone(),
        foreign_data: args.foreign_data.clone(),
        min_rows: args.min_rows,
        max_rows: args.max_rows,
        strict_names: args.strict_names,
        filters: args.filters.clone(),
        with_dependencies: args.with_dependencies,
        with_references: args.with_references,
    })
}

/// A pattern may name the database too, but no other one than this.
fn within(patterns: &[Pattern], own_parts: usize, database: &str) -> Result<Vec<Pattern>> {
    let own = |pattern: &Pattern| {
        let usage = |e: crate::model::pattern::PatternError| Error::usage(e.to_string());
        match pattern.split_database(own_parts).map_err(usage)? {
            (Some(named), _) if named != database => Err(Error::usage(format!(
                "pattern '{pattern}' names database {named}, but {database} is backed up"
            ))
            .with_hint("leave the database out of the pattern")),
            (_, own) => Ok(own),
        }
    };
    patterns.iter().map(own).collect()
}

fn options(args: &BackupArgs) -> DumpOptions {
    let BackupArgs { leave_out, rows, script, output, .. } = args;
    DumpOptions {
        left_out: leave_out.left_out(),
        no_toast_compression: rows.no_toast_compression,
        no_unlogged_table_data: rows.no_unlogged_table_data,
        large_objects: large_objects(&args.selection),
        // The caller's: it hangs on the parts.
        statistics: false,
        sequence_data: rows.sequence_data,
        clean: script.clean,
        if_exists: script.if_exists,
        create: script.create,
        disable_triggers: script.disable_triggers,
        superuser: script.superuser.clone(),
        use_set_session_authorization: script.use_set_session_authorization,
        load_via_partition_root: rows.load_via_partition_root,
        quote_all_identifiers: rows.quote_all_identifiers,
        enable_row_security: args.session.enable_row_security,
        rows: row_format(rows),
        session: session(&args.session),
        archive_version: output.archive_version,
        restrict_key: script.restrict_key.clone(),
        no_sync: output.no_sync,
        // The caller's: its path is made absolute.
        manifest: ManifestPlace::default(),
    }
}

fn manifest(output: &OutputArgs) -> Result<ManifestPlace> {
    match &output.manifest {
        None if output.no_manifest => Ok(ManifestPlace::None),
        None => Ok(ManifestPlace::Beside),
        Some(path) if is_standard_stream(path) => {
            Err(Error::usage("the manifest cannot go to standard output")
                .with_hint("name a file with --manifest"))
        }
        Some(path) => Ok(ManifestPlace::At(absolute(path)?)),
    }
}

/// Of both at once the first wins, as in pg_dump.
fn large_objects(args: &SelectionArgs) -> Option<bool> {
    match (args.large_objects, args.no_large_objects) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

pub(super) fn row_format(args: &RowArgs) -> RowFormat {
    if !args.inserts && !args.column_inserts && args.rows_per_insert.is_none() {
        return RowFormat::Copy;
    }
    RowFormat::Inserts {
        rows_per_insert: args.rows_per_insert.unwrap_or(NonZeroU32::MIN),
        column_names: args.column_inserts,
        on_conflict_do_nothing: args.on_conflict_do_nothing,
    }
}

pub(super) fn session(args: &SessionArgs) -> DumpSession {
    DumpSession {
        serializable_deferrable: args.serializable_deferrable,
        snapshot: args.snapshot.clone(),
        role: args.role.clone(),
        lock_wait_timeout: args.lock_wait_timeout,
        extra_float_digits: args.extra_float_digits,
        encoding: args.encoding.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(format: ArchiveFormat) -> OutputArgs {
        OutputArgs { format, ..OutputArgs::default() }
    }

    #[test]
    fn the_default_output_is_named_by_database_time_and_format() {
        let now: Timestamp = "2026-02-11T14:02:11.9Z".parse().unwrap();
        for (database, format, codec, name) in [
            ("shop", ArchiveFormat::Custom, Codec::Zstd, "shop-20260211T140211Z.dump"),
            ("a/../b", ArchiveFormat::Tar, Codec::None, "a_.._b-20260211T140211Z.tar"),
            ("shop", ArchiveFormat::Directory, Codec::Gzip, "shop-20260211T140211Z"),
            ("shop", ArchiveFormat::Plain, Codec::None, "shop-20260211T140211Z.sql"),
            ("shop", ArchiveFormat::Plain, Codec::Zstd, "shop-20260211T140211Z.sql.zst"),
        ] {
            let compression = Compression { codec, level: None };
            let path = default_output(database, now, &output(format), compression);
            assert_eq!(path, Path::new(name));
        }
    }

    #[test]
    fn archives_of_one_file_or_folder_are_compressed_unless_told_otherwise() {
        let codec = |format| compression(&output(format)).unwrap().codec;
        assert_eq!(codec(ArchiveFormat::Custom), Codec::Zstd);
        assert_eq!(codec(ArchiveFormat::Directory), Codec::Zstd);
        assert_eq!(codec(ArchiveFormat::Tar), Codec::None);
        assert_eq!(codec(ArchiveFormat::Plain), Codec::None);
    }

    #[test]
    fn a_folder_is_not_streamed_and_a_dash_in_a_folder_is_a_file() {
        let dash = Path::new("-");
        assert!(check_stream(dash, ArchiveFormat::Directory).is_err());
        assert!(check_stream(dash, ArchiveFormat::Plain).is_ok());
        assert!(check_stream(Path::new("./-"), ArchiveFormat::Directory).is_ok());
    }

    #[test]
    fn a_pattern_may_name_its_own_database_only() {
        let patterns = [Pattern::new("shop.public.orders"), Pattern::new("audit.*")];
        let own = within(&patterns, 2, "shop").unwrap();
        assert_eq!(own, [Pattern::new("public.orders"), Pattern::new("audit.*")]);
        let error = within(&patterns, 2, "other").unwrap_err();
        assert!(error.to_string().contains("database shop"), "{error}");
    }
}
