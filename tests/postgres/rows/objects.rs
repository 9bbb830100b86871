//! Large objects: their bytes in every layout, for every kind of reader.

use std::fmt::Write as _;

use dbbackup::model::conn::Target;
use dbbackup::model::secret::Secret;
use dbbackup::model::spec::ArchiveFormat;

use super::*;

/// Objects at the edges of pages, of pieces and of statements, one with a hole, and many small ones.
fn objects(server: &Server) -> String {
    let database = server.create_database("objects");
    let mut script = String::new();
    for (number, size) in
        [0, 1, 2047, 2048, 2049, 16_384, 262_143, 262_144, 262_145, 900_000].into_iter().enumerate()
    {
        let _ = write!(
            script,
            "select lo_from_bytea({}, substr(decode(repeat(md5('{size}'), {size} / 16 + 1), 'hex'), 1, {size}));",
            70_000 + number
        );
    }
    script.push_str(
        "begin; select lo_create(71000);
         select lo_lseek64(fd, 1000000, 0), lowrite(fd, 'end'), lo_close(fd)
           from (select lo_open(71000, 131072) as fd offset 0) as s; commit;
         do $$ begin for i in 1..2500 loop
           perform lo_from_bytea(80000 + i, repeat(i::text || E'\\\\000\\\\377', i % 30)::bytea);
         end loop; end $$;
         comment on large object 70001 is 'one byte';
         create table t as select 1 as i;",
    );
    server.psql(&database, &script);
    database
}

async fn round_trip(format: ArchiveFormat, compression: &str, archive_version: Option<u8>) {
    // The newest client is told settings that older servers do not know.
    let file = matches!(format, ArchiveFormat::Plain | ArchiveFormat::Tar);
    let server = if file { newest() } else { Server::shared() };
    let database = objects(server);
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.dump");
    let base = spec(server, &database, &archive);
    let options = DumpOptions { archive_version, ..base.options.clone() };
    let compression = compression.parse().unwrap();
    let desk = Desk::new();
    let spec = BackupSpec { format, compression, options, ..base };
    let outcome = backup::run_with(&spec, &Config::default(), &desk.work, &tiny()).await;
    assert_eq!(outcome.unwrap(), Outcome::Complete);
    let counted = "as many ends as the totals say";
    desk.wait_for(counted, |state| {
        state.objects_total > 1 && state.objects_done == state.objects_total
    })
    .await;
    let restored = if file {
        let restored = server.create_database("restored");
        let (tool, options): (_, &[&str]) = match format {
            ArchiveFormat::Plain => ("psql", &["-Xq", "-v", "ON_ERROR_STOP=1", "-f"]),
            _ => ("pg_restore", &["--exit-on-error"]),
        };
        support::run(server.tool(tool).args(["-d", &restored]).args(options).arg(&archive));
        restored
    } else {
        restore(server, &archive)
    };
    let ours = server.dump_text(&restored, &[]);
    assert!(server.dump_text(&database, &[]) == ours, "the large objects are others");
    let sums = "select count(*), sum(length(lo_get(oid))), md5(string_agg(md5(lo_get(oid)), '' order by oid))
                  from pg_largeobject_metadata";
    assert_eq!(server.psql(&database, sums), server.psql(&restored, sums));
}

#[tokio::test(flavor = "multi_thread")]
async fn large_objects_of_the_old_layout_restore_to_the_source() {
    round_trip(ArchiveFormat::Custom, "gzip:1", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_objects_without_compression_restore_to_the_source() {
    round_trip(ArchiveFormat::Custom, "none", Some(14)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_objects_in_a_folder_restore_to_the_source() {
    round_trip(ArchiveFormat::Directory, "gzip:1", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_objects_in_a_tar_file_restore_to_the_source() {
    round_trip(ArchiveFormat::Tar, "none", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_objects_in_a_script_restore_to_the_source() {
    round_trip(ArchiveFormat::Plain, "none", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_may_not_be_read_is_missing_by_name() {
    let server = Server::shared();
    let database = server.create_database("private");
    let role = format!("{database}_reader");
    server.psql(
        &database,
        &format!(
            "create role {role} login; select lo_from_bytea(5, 'mine'); select lo_from_bytea(6, 'theirs');
             alter large object 5 owner to {role}"
        ),
    );
    let folder = tempfile::tempdir().unwrap();
    let mut spec = spec(server, &database, &folder.path().join("a.dump"));
    let url = server.url(&database).replace("postgres@", &format!("{role}@"));
    spec.target = Target { url: Some(Secret::new(url)), ..Target::default() };
    let reasons = missing(&spec).await;
    assert!(reasons.len() == 1, "{reasons:?}");
    assert!(
        reasons[0].contains("the contents of large objects 5 to 6 are missing")
            && reasons[0].contains("permission denied for large object 6"),
        "{reasons:?}"
    );
}
