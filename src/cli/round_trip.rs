//! What [`crate::model::command_line`] writes, the command line's own parser reads back into the
//! same spec.

use std::ffi::OsString;
use std::num::{NonZeroU32, NonZeroUsize};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use clap::Parser;
use jiff::Timestamp;
use proptest::prelude::*;

use crate::model::command_line::arguments;
use crate::model::conn::Target;
use crate::model::name::QualifiedName;
use crate::model::pattern::Pattern;
use crate::model::secret::Secret;
use crate::model::size::RateLimit;
use crate::model::spec::{
    ArchiveFormat, BackupSpec, ClusterBackupSpec, ClusterContent, ClusterRestoreSpec, Codec,
    Compression, DatabaseChoice, DumpOptions, DumpSession, JobSpec, LeftOut, ManifestPlace, Parts,
    RestoreOptions, RestoreSpec, RowFilter, RowFormat, SchemaRename, Section, Selection,
    TableRename,
};
use crate::model::throttle::Pacing;

use super::args::{Backup, Cli, Restore, Verb};
use super::{specs, target};

fn parse(words: &[OsString]) -> JobSpec {
    let cli = Cli::try_parse_from(words).unwrap_or_else(|e| panic!("{words:?}: {e}"));
    let server = target(&cli.common);
    match cli.verb.unwrap() {
        Verb::Backup(Backup::Single(args)) => {
            let database = args.database.clone().unwrap();
            let spec = specs::backup(&args, server, database, Timestamp::UNIX_EPOCH);
            JobSpec::Backup(spec.unwrap_or_else(|e| panic!("{words:?}: {e}")))
        }
        Verb::Restore(Restore::Single(args)) => {
            let database = args.target.database.clone().unwrap_or_default();
            let ids = args.choice.use_ids.clone();
            let archive = specs::archive(args.archive.as_deref()).unwrap();
            let spec = specs::restore(&args, server, archive, database, ids);
            JobSpec::Restore(spec.unwrap_or_else(|e| panic!("{words:?}: {e}")))
        }
        Verb::Backup(Backup::Cluster(args)) => {
            let spec = specs::backup_cluster(&args, server, Timestamp::UNIX_EPOCH);
            JobSpec::BackupCluster(spec.unwrap_or_else(|e| panic!("{words:?}: {e}")))
        }
        Verb::Restore(Restore::Cluster(args)) => {
            let spec = specs::restore_cluster(&args, server);
            JobSpec::RestoreCluster(spec.unwrap_or_else(|e| panic!("{words:?}: {e}")))
        }
        other => panic!("{other:?}"),
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z_]{1,8}", "-[a-z]{1,4}", "[^\\x00]{1,12}"]
}

fn maybe() -> impl Strategy<Value = Option<String>> {
    prop::option::of(text())
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..3)
}

fn format() -> impl Strategy<Value = ArchiveFormat> {
    prop::sample::select(vec![
        ArchiveFormat::Custom,
        ArchiveFormat::Directory,
        ArchiveFormat::Tar,
        ArchiveFormat::Plain,
    ])
}

/// A file, or standard output.
fn output() -> impl Strategy<Value = PathBuf> {
    prop_oneof![4 => path(), 1 => Just(PathBuf::from("-"))]
}

fn path() -> impl Strategy<Value = PathBuf> {
    prop::collection::vec(1_u8..=255, 1..12).prop_map(|bytes| {
        let name: Vec<u8> = bytes.into_iter().map(|b| if b == b'/' { b'_' } else { b }).collect();
        let name = if name.iter().all(|b| *b == b'.') { b"dots".to_vec() } else { name };
        PathBuf::from("/b").join(OsString::from_vec(name))
    })
}

fn schema() -> impl Strategy<Value = Pattern> {
    prop_oneof![
        "[a-z_][a-z0-9_]{0,6}".prop_map(Pattern::new),
        "[a-z]{0,2}[*?][a-z]{0,2}".prop_map(Pattern::new),
        "[^\\x00]{1,8}".prop_map(|name| Pattern::exact_schema(&name)),
    ]
}

fn table() -> impl Strategy<Value = Pattern> {
    (prop::option::of(schema()), schema()).prop_map(|(schema, name)| match schema {
        Some(schema) => Pattern::new(format!("{schema}.{name}")),
        None => name,
    })
}

fn tables() -> impl Strategy<Value = Vec<Pattern>> {
    prop::collection::vec(table(), 0..3)
}

fn schemas() -> impl Strategy<Value = Vec<Pattern>> {
    prop::collection::vec(schema(), 0..3)
}

fn server() -> impl Strategy<Value = Target> {
    let url = prop_oneof![
        Just("postgres://u@h:5433/db?sslmode=require".to_owned()),
        Just("host=/tmp user='a b'".to_owned()),
    ];
    prop_oneof![
        Just(Target::default()),
        text().prop_map(|name| Target { profile: Some(name), ..Target::default() }),
        url.prop_map(|url| Target {
            url: Some(Secret::new(&*url)),
            url_shown: Some(url),
            ..Target::default()
        }),
    ]
}

fn parts() -> impl Strategy<Value = Parts> {
    let section = prop::sample::select(vec![Section::PreData, Section::Data, Section::PostData]);
    (any::<[bool; 2]>(), prop::collection::vec(section, 0..3))
        .prop_map(|([data_only, schema_only], sections)| Parts { data_only, schema_only, sections })
}

fn compression() -> impl Strategy<Value = Compression> {
    prop::sample::select(vec![
        Compression::default(),
        Compression { codec: Codec::None, level: None },
        Compression { codec: Codec::Gzip, level: Some(6) },
        Compression { codec: Codec::Gzip, level: None },
        Compression { codec: Codec::Lz4, level: None },
        Compression { codec: Codec::Zstd, level: Some(19) },
    ])
}

fn filters() -> impl Strategy<Value = Vec<RowFilter>> {
    let filter = (table(), "[a-z][^\\x00]{0,10}[a-z]")
        .prop_map(|(table, predicate)| RowFilter { table, predicate });
    prop::collection::vec(filter, 0..2)
}

fn rate() -> impl Strategy<Value = RateLimit> {
    prop_oneof![Just(None), (1..u64::MAX).prop_map(Some), Just(Some(100_000_000))]
        .prop_map(RateLimit)
}

fn pacing() -> impl Strategy<Value = Pacing> {
    let window = prop::sample::select(vec![
        "mon-fri 08:00-18:00=20M",
        "sat,sun 00:00-24:00=off",
        "daily 22:00-06:00=1Gi",
    ]);
    let window = window.prop_map(|text| text.parse().unwrap());
    let windows = prop::collection::vec(window, 0..3);
    let adapt = prop::sample::select(vec![
        "off",
        "lag=10s,sessions=20,commit=50ms,archiver=5,disk=0.8",
        "disk=1.25,floor=2Mi,ceiling=1G,every=500ms",
    ]);
    let adapt = adapt.prop_map(|text| text.parse().unwrap());
    (prop::option::of(windows), prop::option::of(adapt))
        .prop_map(|(windows, adapt)| Pacing { windows, adapt })
}

fn jobs() -> impl Strategy<Value = NonZeroUsize> {
    (1_usize..64).prop_map(|n| NonZeroUsize::new(n).unwrap())
}

prop_compose! {
    fn selection()(
        [tables, exclude_tables, exclude_table_data] in [tables().boxed(), tables().boxed(), tables().boxed()],
        [tables_and_children, exclude_tables_and_children, exclude_table_data_and_children] in
            [tables().boxed(), tables().boxed(), tables().boxed()],
        [schemas, exclude_schemas] in [schemas().boxed(), schemas().boxed()],
        [extensions, exclude_extensions, foreign_data] in [schemas().boxed(), schemas().boxed(), schemas().boxed()],
        filters in filters(),
        min_rows in prop::option::of(0..1000_u64),
        max_rows in prop::option::of(1000_u64..),
        [strict_names, with_dependencies, with_references]: [bool; 3],
    ) -> Selection {
        Selection {
            tables, exclude_tables, schemas, exclude_schemas, exclude_table_data,
            tables_and_children, exclude_tables_and_children, exclude_table_data_and_children,
            extensions, exclude_extensions, foreign_data, min_rows, max_rows, strict_names,
            filters, with_dependencies, with_references,
        }
    }
}

fn rows() -> impl Strategy<Value = RowFormat> {
    let inserts = (1..500_u32, any::<[bool; 2]>()).prop_map(|(rows, [columns, nothing])| {
        RowFormat::Inserts {
            rows_per_insert: NonZeroU32::new(rows).unwrap(),
            column_names: columns,
            on_conflict_do_nothing: nothing,
        }
    });
    prop_oneof![Just(RowFormat::Copy), inserts]
}

prop_compose! {
    fn session()(
        serializable_deferrable: bool,
        [snapshot, role, encoding] in [maybe().boxed(), maybe().boxed(), maybe().boxed()],
        lock_wait_timeout in prop::option::of(0..=2_147_483_647_u64),
        extra_float_digits in prop::option::of(-15..=3_i8),
    ) -> DumpSession {
        DumpSession {
            serializable_deferrable, snapshot, role, lock_wait_timeout, extra_float_digits,
            encoding,
        }
    }
}

prop_compose! {
    fn left_out()(out: [bool; 7]) -> LeftOut {
        let [comments, publications, subscriptions, security_labels, policies, tablespaces,
            table_access_method] = out;
        LeftOut {
            comments, publications, subscriptions, security_labels, policies, tablespaces,
            table_access_method,
        }
    }
}

fn manifest() -> impl Strategy<Value = ManifestPlace> {
    prop_oneof![
        Just(ManifestPlace::Beside),
        Just(ManifestPlace::None),
        "/[a-z ]{1,9}".prop_map(|path| ManifestPlace::At(path.into())),
    ]
}

prop_compose! {
    fn dump_options()(
        left_out in left_out(),
        [no_toast_compression, no_unlogged_table_data]: [bool; 2],
        written: [bool; 9],
        large_objects: Option<bool>,
        superuser in maybe(),
        restrict_key in prop::option::of("[a-zA-Z0-9]{1,9}"),
        archive_version in prop::option::of(12..=16_u8),
        rows in rows(),
        session in session().boxed(),
        manifest in manifest(),
    ) -> DumpOptions {
        let [statistics, sequence_data, clean, if_exists, create, disable_triggers,
            use_set_session_authorization, load_via_partition_root, quote_all_identifiers] =
            written;
        DumpOptions {
            left_out, no_toast_compression, no_unlogged_table_data,
            large_objects, statistics, sequence_data, clean, if_exists: if_exists && clean, create,
            disable_triggers, superuser, use_set_session_authorization, load_via_partition_root,
            quote_all_identifiers, enable_row_security: quote_all_identifiers != create, rows,
            session, archive_version, restrict_key, no_sync: clean != create, manifest,
        }
    }
}

prop_compose! {
    fn backup()(
        target in server().boxed(),
        database in text(),
        selection in selection().boxed(),
        parts in parts(),
        format in format(),
        compression in compression(),
        output in output().boxed(),
        jobs in jobs(),
        rate in rate(),
        pacing in pacing(),
        [overwrite, no_owner, no_privileges]: [bool; 3],
        options in dump_options().boxed(),
    ) -> BackupSpec {
        BackupSpec {
            target, database, selection, parts, format, compression, output, overwrite, jobs,
            rate, pacing, no_owner, no_privileges, options,
        }
    }
}

/// The combinations that the command line refuses are no specs to be written.
fn sensible_backup(mut spec: BackupSpec) -> BackupSpec {
    let rows_only = spec.parts.data_only && !spec.parts.schema_only && !spec.options.statistics;
    let schema_only = spec.parts.schema_only && !spec.parts.data_only && !spec.options.statistics;
    if spec.format == ArchiveFormat::Tar {
        spec.compression = Compression::default_for(spec.format);
    }
    if spec.format == ArchiveFormat::Directory && spec.output.as_os_str() == "-" {
        spec.output = PathBuf::from("/b/-");
    }
    if spec.format != ArchiveFormat::Plain {
        spec.options.restrict_key = None;
    }
    if schema_only {
        spec.selection.foreign_data.clear();
    }
    if !spec.selection.foreign_data.is_empty() {
        spec.jobs = NonZeroUsize::MIN;
    }
    spec.options.clean &= !rows_only;
    spec.options.if_exists &= spec.options.clean;
    spec
}

prop_compose! {
    fn restore_options()(
        left_out in left_out(),
        manner: [bool; 6],
        transaction_size in prop::option::of(1..9_u32),
        [indexes, functions, triggers, exclude_tables] in [texts().boxed(), texts().boxed(), texts().boxed(), texts().boxed()],
        superuser in maybe(),
        schemas in prop::collection::vec([text(), text()], 0..3),
        tables in prop::collection::vec([text(), text(), text()], 0..3),
        restrict_key in prop::option::of("[a-zA-Z0-9]{1,9}"),
    ) -> RestoreOptions {
        let [no_statistics, no_data_for_failed_tables, use_set_session_authorization,
            enable_row_security, strict_names, no_tuning] = manner;
        let rename_schemas = schemas.into_iter().map(|[from, to]| SchemaRename { from, to });
        let rename_tables = tables.into_iter().map(|[schema, from, to]| TableRename {
            from: QualifiedName::new(schema, from),
            to,
        });
        RestoreOptions {
            left_out, no_statistics, no_data_for_failed_tables, no_tuning,
            transaction_size: transaction_size.and_then(NonZeroU32::new), indexes, functions,
            triggers, exclude_tables, superuser, use_set_session_authorization,
            enable_row_security, strict_names, rename_schemas: rename_schemas.collect(),
            rename_tables: rename_tables.collect(), restrict_key,
        }
    }
}

prop_compose! {
    fn restore()(
        target in server().boxed(),
        archive in path().boxed(),
        database in text(),
        selections in (tables().boxed(), tables().boxed(), schemas().boxed(), schemas().boxed()),
        use_list in prop::option::of(prop::collection::vec(any::<u32>(), 0..3)),
        parts in parts(),
        role in maybe(),
        script in prop::option::of(output()),
        jobs in jobs(),
        rate in rate(),
        pacing in pacing(),
        flags: [bool; 9],
        options in restore_options().boxed(),
    ) -> RestoreSpec {
        let [create, clean, if_exists, no_owner, no_privileges, single, exit, triggers, over] =
            flags;
        let (tables, whole_tables, schemas, exclude_schemas) = selections;
        RestoreSpec {
            target, archive, database, create_database: create, tables, whole_tables, schemas,
            exclude_schemas, use_list, parts, clean, if_exists, no_owner, no_privileges, role,
            single_transaction: single, exit_on_error: exit, disable_triggers: triggers, jobs,
            rate, pacing, over_existing: over, script, options,
        }
    }
}

/// As [`sensible_backup`].
fn sensible_restore(mut spec: RestoreSpec) -> RestoreSpec {
    let rows_only = spec.parts.data_only && !spec.parts.schema_only && spec.options.no_statistics;
    if spec.script.is_some() {
        spec.database = String::new();
        spec.target = Target::default();
    } else {
        spec.options.restrict_key = None;
    }
    spec.clean &= !rows_only;
    spec.if_exists &= spec.clean;
    spec.over_existing |= spec.clean;
    spec.single_transaction &= !spec.create_database && spec.options.transaction_size.is_none();
    if spec.single_transaction {
        spec.jobs = NonZeroUsize::MIN;
    }
    spec
}

fn content() -> impl Strategy<Value = ClusterContent> {
    prop::sample::select(vec![
        ClusterContent::Everything,
        ClusterContent::GlobalsOnly,
        ClusterContent::RolesOnly,
        ClusterContent::TablespacesOnly,
        ClusterContent::DatabasesOnly,
    ])
}

prop_compose! {
    fn cluster_backup()(
        target in server().boxed(),
        content in content(),
        [databases, exclude_databases] in [schemas().boxed(), schemas().boxed()],
        parts in parts(),
        format in format(),
        compression in compression(),
        output in path().boxed(),
        jobs in jobs(),
        rate in rate(),
        pacing in pacing(),
        [overwrite, no_owner, no_privileges, no_role_passwords]: [bool; 4],
        options in dump_options().boxed(),
    ) -> ClusterBackupSpec {
        ClusterBackupSpec {
            target, content, databases, exclude_databases, parts, format, compression, output,
            overwrite, jobs, rate, pacing, no_owner, no_privileges, no_role_passwords, options,
        }
    }
}

/// As [`sensible_backup`]; what is about the script of one database is not there.
fn sensible_cluster_backup(mut spec: ClusterBackupSpec) -> ClusterBackupSpec {
    let rows_only = spec.parts.data_only && !spec.parts.schema_only && !spec.options.statistics;
    if rows_only && !spec.content.databases() {
        spec.content = ClusterContent::Everything;
    }
    if !spec.content.databases() {
        spec.databases.clear();
        spec.exclude_databases.clear();
    }
    spec.options.clean &= !rows_only;
    spec.options.if_exists &= spec.options.clean;
    spec.options.session.snapshot = None;
    if let ManifestPlace::At(_) = spec.options.manifest {
        spec.options.manifest = ManifestPlace::None;
    }
    spec.options = DumpOptions {
        large_objects: None,
        create: false,
        disable_triggers: false,
        superuser: None,
        use_set_session_authorization: false,
        ..spec.options
    };
    spec
}

prop_compose! {
    fn cluster_restore()(
        target in server().boxed(),
        backup in path().boxed(),
        content in content(),
        databases in prop::collection::vec((schema(), prop::option::of("[^\\x00]{1,8}")), 0..3),
        exclude_databases in schemas(),
        parts in parts(),
        jobs in jobs(),
        rate in rate(),
        pacing in pacing(),
        flags: [bool; 7],
        options in restore_options().boxed(),
    ) -> ClusterRestoreSpec {
        let [clean, if_exists, no_owner, no_privileges, no_role_passwords, exit, over] = flags;
        let databases = databases.into_iter().map(|(pattern, to)| DatabaseChoice { pattern, to });
        ClusterRestoreSpec {
            target, backup, content, databases: databases.collect(), exclude_databases, parts,
            clean, if_exists, no_owner, no_privileges, no_role_passwords, exit_on_error: exit,
            jobs, rate, pacing, over_existing: over, options,
        }
    }
}

/// As [`sensible_backup`]; what is about parts of one database is not there.
fn sensible_cluster_restore(mut spec: ClusterRestoreSpec) -> ClusterRestoreSpec {
    let rows_only = spec.parts.data_only && !spec.parts.schema_only && spec.options.no_statistics;
    if rows_only && !spec.content.databases() {
        spec.content = ClusterContent::Everything;
    }
    if !spec.content.databases() {
        spec.databases.clear();
        spec.exclude_databases.clear();
    }
    spec.clean &= !rows_only;
    spec.if_exists &= spec.clean;
    spec.over_existing |= spec.clean;
    let RestoreOptions { left_out, no_statistics, no_data_for_failed_tables, .. } = spec.options;
    spec.options = RestoreOptions {
        left_out,
        no_statistics,
        no_data_for_failed_tables,
        ..RestoreOptions::default()
    };
    spec
}

proptest! {
    #[test]
    fn a_backup_of_a_cluster_comes_back_from_its_command_line(
        spec in cluster_backup().prop_map(sensible_cluster_backup).boxed()
    ) {
        let spec = JobSpec::BackupCluster(spec);
        prop_assert_eq!(parse(&arguments(&spec)), spec);
    }

    #[test]
    fn a_restore_of_a_cluster_comes_back_from_its_command_line(
        spec in cluster_restore().prop_map(sensible_cluster_restore).boxed()
    ) {
        let spec = JobSpec::RestoreCluster(spec);
        prop_assert_eq!(parse(&arguments(&spec)), spec);
    }

    #[test]
    fn a_backup_comes_back_from_its_command_line(spec in backup().prop_map(sensible_backup).boxed()) {
        let spec = JobSpec::Backup(spec);
        prop_assert_eq!(parse(&arguments(&spec)), spec);
    }

    #[test]
    fn a_restore_comes_back_from_its_command_line(spec in restore().prop_map(sensible_restore).boxed()) {
        let spec = JobSpec::Restore(spec);
        prop_assert_eq!(parse(&arguments(&spec)), spec);
    }
}

#[test]
fn a_command_line_never_has_the_password() {
    let words = ["dbbackup", "backup", "single", "db", "--url", "postgres://u:hunter2@h/db"];
    let spec = parse(&words.map(OsString::from));
    let shown = crate::model::command_line::render(&spec);
    assert!(shown.contains("--url postgres://u@h/db"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
