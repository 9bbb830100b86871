//! What [`crate::model::command_line`] writes, the command line's own parser reads back into the
//! same spec.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use clap::Parser;
use jiff::Timestamp;
use proptest::prelude::*;

use crate::model::command_line::arguments;
use crate::model::conn::Target;
use crate::model::pattern::Pattern;
use crate::model::secret::Secret;
use crate::model::size::RateLimit;
use crate::model::spec::{
    ArchiveFormat, BackupSpec, Codec, Compression, DumpOptions, JobSpec, Parts, RestoreOptions,
    RestoreSpec, RowFilter, Section, Selection,
};

use super::args::{Backup, Cli, Restore, Verb};
use super::{specs, target};

fn parse(words: &[OsString]) -> JobSpec {
    let cli = Cli::try_parse_from(words).unwrap_or_else(|e| panic!("{words:?}: {e}"));
    let server = target(&cli.common);
    match cli.verb.unwrap() {
        Verb::Backup(Backup::Single(args)) => {
            let database = args.database.clone().unwrap();
            let spec = specs::backup(&args, server, database, Timestamp::UNIX_EPOCH);
            JobSpec::Backup(spec.unwrap())
        }
        Verb::Restore(Restore::Single(args)) => {
            let database = args.database.clone().unwrap();
            let ids = args.use_ids.clone();
            JobSpec::Restore(specs::restore(&args, server, database, ids).unwrap())
        }
        other => panic!("{other:?}"),
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z_]{1,8}", "-[a-z]{1,4}", "[^\\x00]{1,12}"]
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
    (0..3, prop::collection::vec(section, 0..3)).prop_map(|(kind, sections)| Parts {
        data_only: kind == 1,
        schema_only: kind == 2,
        sections,
    })
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

fn jobs() -> impl Strategy<Value = NonZeroUsize> {
    (1_usize..64).prop_map(|n| NonZeroUsize::new(n).unwrap())
}

prop_compose! {
    fn selection()(
        tables in tables(),
        exclude_tables in tables(),
        schemas in schemas(),
        exclude_schemas in schemas(),
        exclude_table_data in tables(),
        filters in filters(),
        with_dependencies: bool,
        with_references: bool,
    ) -> Selection {
        Selection {
            tables, exclude_tables, schemas, exclude_schemas, exclude_table_data, filters,
            with_dependencies, with_references, ..Selection::default()
        }
    }
}

prop_compose! {
    fn backup()(
        target in server(),
        database in text(),
        selection in selection(),
        parts in parts(),
        compression in compression(),
        output in path(),
        jobs in jobs(),
        rate in rate(),
        flags: [bool; 3],
    ) -> BackupSpec {
        let [overwrite, no_owner, no_privileges] = flags;
        BackupSpec {
            target, database, selection, parts, format: ArchiveFormat::Custom, compression, output,
            overwrite, jobs, rate, no_owner, no_privileges, options: DumpOptions::default(),
        }
    }
}

prop_compose! {
    fn restore()(
        target in server(),
        archive in path(),
        database in text(),
        selections in (tables(), tables(), schemas(), schemas()),
        use_list in prop::option::of(prop::collection::vec(any::<u32>(), 0..3)),
        parts in parts(),
        role in prop::option::of(text()),
        jobs in jobs(),
        rate in rate(),
        flags: [bool; 9],
    ) -> RestoreSpec {
        let [create, clean, if_exists, no_owner, no_privileges, single, exit, triggers, over] =
            flags;
        let (tables, whole_tables, schemas, exclude_schemas) = selections;
        // The combinations that the command line refuses are no specs to be written.
        let clean = clean && !create && !parts.data_only;
        let single_transaction = single && !create;
        RestoreSpec {
            target, archive, database, create_database: create, tables, whole_tables, schemas,
            exclude_schemas, use_list, parts, clean, if_exists: if_exists && clean, no_owner,
            no_privileges, role, single_transaction, exit_on_error: exit,
            disable_triggers: triggers,
            jobs: if single_transaction { NonZeroUsize::MIN } else { jobs },
            rate, over_existing: over || clean, script: None, options: RestoreOptions::default(),
        }
    }
}

proptest! {
    #[test]
    fn a_backup_comes_back_from_its_command_line(spec in backup()) {
        let spec = JobSpec::Backup(spec);
        prop_assert_eq!(parse(&arguments(&spec)), spec);
    }

    #[test]
    fn a_restore_comes_back_from_its_command_line(spec in restore()) {
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
