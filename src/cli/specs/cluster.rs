//! What `backup cluster` and `restore cluster` ask for.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::model::conn::Target;
use crate::model::spec::{
    ClusterBackupSpec, ClusterContent, ClusterRestoreSpec, DumpOptions, ManifestPlace,
    RestoreOptions,
};

use super::super::args::{ClusterBackupArgs, ClusterRestoreArgs, ContentArgs};
use super::super::refusals::{needs, together};
use super::backup::{row_format, session};
use super::{absolute, default_jobs, wanted};

/// The spec of a backup.
pub(in crate::cli) fn backup_cluster(
    args: &ClusterBackupArgs,
    target: Target,
    now: Timestamp,
) -> Result<ClusterBackupSpec> {
    let wanted = wanted(&args.parts, false)?;
    let content = content(&args.content);
    check_backup(args, content)?;
    let output = args.output.output.clone().unwrap_or_else(|| default_output(now));
    Ok(ClusterBackupSpec {
        target,
        content,
        databases: args.databases.clone(),
        exclude_databases: args.exclude_databases.clone(),
        parts: wanted.parts,
        format: args.output.format,
        compression: args.output.compression,
        output: absolute(&output)?,
        overwrite: args.output.overwrite,
        jobs: args.job.jobs.unwrap_or_else(default_jobs),
        rate: args.job.rate.unwrap_or_default(),
        pacing: args.job.pacing()?,
        no_owner: args.leave_out.no_owner,
        no_privileges: args.leave_out.no_privileges,
        no_role_passwords: args.content.no_role_passwords,
        options: DumpOptions { statistics: wanted.statistics, ..dump_options(args) },
    })
}

fn check_backup(args: &ClusterBackupArgs, content: ClusterContent) -> Result<()> {
    let (script, rows) = (&args.script, &args.rows);
    needs(("--if-exists", script.if_exists), ("-c/--clean", script.clean))?;
    let data_only = ("-a/--data-only", args.parts.data_only);
    together(("-c/--clean", script.clean), data_only, "what is dropped has to be made again")?;
    let inserts = rows.inserts || rows.column_inserts || rows.rows_per_insert.is_some();
    let any = ("--inserts, --rows-per-insert, or --column-inserts", inserts);
    needs(("--on-conflict-do-nothing", rows.on_conflict_do_nothing), any)?;
    let chosen = ("--database", !args.databases.is_empty());
    check_content(content, chosen, !args.exclude_databases.is_empty(), data_only)?;
    let snapshot = args.session.snapshot.as_ref().map(|_| {
        Error::usage("a snapshot belongs to one database, not to a cluster")
            .with_hint("leave out --snapshot, or back up the one database")
    });
    snapshot.map_or(Ok(()), Err)
}

/// Choosing databases where none are taken, and rows of roles, are contradictions.
fn check_content(
    content: ClusterContent,
    chosen: (&'static str, bool),
    excluded: bool,
    data_only: (&'static str, bool),
) -> Result<()> {
    let flag = content.flag().unwrap_or_default();
    let only = (flag, !content.databases());
    let way = "leave out one of the two";
    together(chosen, only, way)?;
    together(("--exclude-database", excluded), only, way)?;
    together(data_only, only, way)
}

fn content(args: &ContentArgs) -> ClusterContent {
    [
        (args.globals_only, ClusterContent::GlobalsOnly),
        (args.roles_only, ClusterContent::RolesOnly),
        (args.tablespaces_only, ClusterContent::TablespacesOnly),
        (args.no_globals, ClusterContent::DatabasesOnly),
    ]
    .into_iter()
    .find_map(|(given, content)| given.then_some(content))
    .unwrap_or_default()
}

/// `cluster-YYYYMMDDThhmmssZ`.
fn default_output(now: Timestamp) -> PathBuf {
    PathBuf::from(format!("cluster-{}", now.strftime("%Y%m%dT%H%M%SZ")))
}

fn dump_options(args: &ClusterBackupArgs) -> DumpOptions {
    let ClusterBackupArgs { rows, script, output, .. } = args;
    DumpOptions {
        left_out: args.leave_out.left_out(),
        no_toast_compression: rows.no_toast_compression,
        no_unlogged_table_data: rows.no_unlogged_table_data,
        sequence_data: rows.sequence_data,
        clean: script.clean,
        if_exists: script.if_exists,
        load_via_partition_root: rows.load_via_partition_root,
        quote_all_identifiers: rows.quote_all_identifiers,
        enable_row_security: args.session.enable_row_security,
        rows: row_format(rows),
        session: session(&args.session),
        archive_version: output.archive_version,
        restrict_key: script.restrict_key.clone(),
        no_sync: output.no_sync,
        manifest: if output.no_manifest { ManifestPlace::None } else { ManifestPlace::Beside },
        ..DumpOptions::default()
    }
}

/// The spec of a restore.
pub(in crate::cli) fn restore_cluster(
    args: &ClusterRestoreArgs,
    target: Target,
) -> Result<ClusterRestoreSpec> {
    let wanted = wanted(&args.parts, true)?;
    let content = content(&args.content);
    let manner = &args.manner;
    let clean = ("-c/--clean", manner.clean);
    needs(("--if-exists", manner.if_exists), clean)?;
    let data_only = ("-a/--data-only", args.parts.data_only);
    together(clean, data_only, "what is dropped has to be made again: leave out one of the two")?;
    let chosen = ("--database", !args.databases.is_empty());
    check_content(content, chosen, !args.exclude_databases.is_empty(), data_only)?;
    let leave_out = &args.leave_out;
    Ok(ClusterRestoreSpec {
        target,
        backup: absolute(&args.backup)?,
        content,
        databases: args.databases.clone(),
        exclude_databases: args.exclude_databases.clone(),
        parts: wanted.parts,
        clean: manner.clean,
        if_exists: manner.if_exists,
        no_owner: leave_out.no_owner,
        no_privileges: leave_out.no_privileges,
        no_role_passwords: args.content.no_role_passwords,
        exit_on_error: manner.exit_on_error,
        jobs: args.job.jobs.unwrap_or_else(default_jobs),
        rate: args.job.rate.unwrap_or_default(),
        pacing: args.job.pacing()?,
        // Whoever says to drop what is there has agreed.
        over_existing: manner.over_existing || manner.clean,
        options: RestoreOptions {
            left_out: leave_out.left_out(),
            no_statistics: !wanted.statistics,
            no_data_for_failed_tables: manner.no_data_for_failed_tables,
            ..RestoreOptions::default()
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Backup, Cli, Restore, Verb};
    use clap::Parser;

    fn refused(line: &str) -> String {
        let words = std::iter::once("dbbackup").chain(line.split(' '));
        let result = match Cli::try_parse_from(words).map_err(|e| e.to_string()).unwrap().verb {
            Some(Verb::Backup(Backup::Cluster(args))) => {
                backup_cluster(&args, Target::default(), Timestamp::UNIX_EPOCH).map(drop)
            }
            Some(Verb::Restore(Restore::Cluster(args))) => {
                restore_cluster(&args, Target::default()).map(drop)
            }
            other => panic!("{other:?}"),
        };
        result.expect_err(line).to_string()
    }

    #[test]
    fn contradictions_are_refused_by_the_names_of_both_options() {
        for (line, words) in [
            ("backup cluster --if-exists", "--if-exists requires option -c/--clean"),
            ("backup cluster -g --exclude-database x", "--exclude-database and --globals-only"),
            ("backup cluster -r --database x", "--database and --roles-only"),
            ("backup cluster -a -c", "-c/--clean and -a/--data-only"),
            ("backup cluster -t -a", "-a/--data-only and --tablespaces-only"),
            ("backup cluster --on-conflict-do-nothing", "--on-conflict-do-nothing requires"),
            ("backup cluster --snapshot x", "a snapshot belongs to one database"),
            ("restore cluster b --if-exists", "--if-exists requires option -c/--clean"),
            ("restore cluster b -g --database x=y", "--database and --globals-only"),
            ("restore cluster b -a -c", "-c/--clean and -a/--data-only"),
        ] {
            let refusal = refused(line);
            assert!(refusal.contains(words), "{line}: {refusal}");
        }
    }

    #[test]
    fn a_filter_file_excludes_databases_and_nothing_else() {
        use crate::cli::filter_file::{into_cluster, parse};
        let read = |text: &str| {
            let cli = Cli::try_parse_from(["dbbackup", "backup", "cluster"]).unwrap();
            let Some(Verb::Backup(Backup::Cluster(mut args))) = cli.verb else { panic!() };
            into_cluster(&parse("f", text).unwrap(), &mut args).map_err(|e| e.to_string())?;
            let names = args.exclude_databases.iter().map(ToString::to_string);
            Ok::<_, String>(names.collect::<Vec<_>>())
        };
        assert_eq!(
            read("exclude database a*\nexclude database \"b.c\"\n").unwrap(),
            ["a*", "\"b.c\""]
        );
        assert!(read("include database a").unwrap_err().contains("use --database"));
        assert!(read("exclude table a").is_err());
        assert!(read("exclude database a.b").is_err());
    }

    #[test]
    fn one_kind_of_globals_excludes_the_others() {
        for line in ["-g -r", "-g -t", "-r -t", "--no-globals -g"] {
            let words = format!("dbbackup backup cluster {line}");
            assert!(Cli::try_parse_from(words.split(' ')).is_err(), "{line}");
        }
    }

    #[test]
    fn the_default_folder_is_named_by_the_time() {
        let now: Timestamp = "2026-02-11T14:02:11.9Z".parse().unwrap();
        assert_eq!(default_output(now), PathBuf::from("cluster-20260211T140211Z"));
    }
}
