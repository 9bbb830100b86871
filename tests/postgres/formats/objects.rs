//! Large objects in every layout, in the form that each archive version has them.

use std::path::Path;

use dbbackup::model::spec::{ArchiveFormat, BackupSpec, DumpOptions};
use dbbackup::postgres::backup::Tuning;

use super::{decompressed, run_script, spec_of};
use crate::backup::{complete, newest, own_tool, tiny};
use crate::support::{Server, run};

/// Large, empty, of few bytes, with an oid that is a negative number in the custom format; of two
/// owners.
const OBJECTS: &str = "
create table t as select i as a, md5(i::text) as b from generate_series(1, 30000) i;
select lo_from_bytea(5001, decode(string_agg(md5(i::text), ''), 'hex')) from generate_series(1, 20000) i;
select lo_from_bytea(5002, '');
select lo_from_bytea(5003, '\\x00ff5c2e0a');
select lo_from_bytea(4000000000, 'high');
select lo_create(6000 + i) from generate_series(1, 50) i;
comment on large object 5003 is 'odd bytes';
";

fn objects(server: &Server, database: &str) -> String {
    let digests = "select oid, lomowner::regrole, length(lo_get(oid)), md5(lo_get(oid)),
        obj_description(oid, 'pg_largeobject') from pg_largeobject_metadata order by oid";
    server.psql(database, digests)
}

fn restored(server: &Server, archive: &Path, jobs: &[&str]) -> String {
    let database = server.create_database("objects");
    let mut command = own_tool(server, "pg_restore");
    run(command.args(["--exit-on-error", "-d", &database]).args(jobs).arg(archive));
    database
}

async fn check(server: &'static Server, minor: Option<u8>, codec: &str) {
    let folder = tempfile::tempdir().unwrap();
    let database = server.create_database("lo");
    server.psql(&database, OBJECTS);
    let role = format!("{database}_owner");
    server.psql(&database, &format!("create role {role}; alter large object 5002 owner to {role}"));
    let expected = objects(server, &database);
    assert_eq!(expected.lines().count(), 54);
    for tuning in [tiny(), Tuning::default()] {
        for format in [ArchiveFormat::Custom, ArchiveFormat::Directory, ArchiveFormat::Tar] {
            let codec = if format == ArchiveFormat::Tar { "none" } else { codec };
            let output = folder.path().join(format.word());
            let spec = BackupSpec {
                options: DumpOptions { archive_version: minor, ..DumpOptions::default() },
                overwrite: true,
                ..spec_of(server, &database, &output, (format, codec))
            };
            complete(&spec, &tuning).await;
            // One connection goes by the order of the entries, several by what they need.
            let ways: &[&[&str]] =
                if format == ArchiveFormat::Tar { &[&[]] } else { &[&[], &["-j2"]] };
            for jobs in ways {
                let restored = restored(server, &output, jobs);
                let found = objects(server, &restored);
                assert_eq!(found, expected, "{format:?} {minor:?} {codec} {jobs:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn large_objects_one_by_one_are_read_by_an_older_pg_restore() {
    check(Server::shared(), None, "gzip:1").await;
    check(Server::shared(), Some(12), "none").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_objects_in_groups_are_read_by_the_newest_pg_restore() {
    check(newest(), None, "zstd:1").await;
    check(newest(), Some(16), "none").await;
    check(newest(), Some(15), "lz4").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_objects_in_a_script_are_statements() {
    let server = newest();
    let folder = tempfile::tempdir().unwrap();
    let database = server.create_database("lo");
    server.psql(&database, OBJECTS);
    for codec in ["none", "zstd:1"] {
        let output = folder.path().join(codec);
        let spec = spec_of(server, &database, &output, (ArchiveFormat::Plain, codec));
        complete(&spec, &tiny()).await;
        let script = decompressed(&output, codec);
        let restored = run_script(server, &script);
        assert_eq!(objects(server, &restored), objects(server, &database));
        let expected = super::comparable(&server.dump_text(&database, &[]));
        let found = super::comparable(std::str::from_utf8(&script).unwrap());
        crate::backup::assert_same_lines(&expected, &found);
    }
}
