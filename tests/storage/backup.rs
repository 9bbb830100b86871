//! Backups straight into a bucket, and restores out of it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use dbbackup::model::location::Location;
use dbbackup::storage::{Counted, Key, Memory, list_all, mount, open_with};

use crate::faults::{backup, script, spec};
use crate::support::s3::S3;
use crate::support::{Server, run};

/// A database with small tables, a large object and one table that needs several parts.
pub(crate) fn database() -> &'static str {
    static DATABASE: OnceLock<String> = OnceLock::new();
    DATABASE.get_or_init(|| {
        let name = Server::shared().create_database("stored");
        let sql = "create table small (id int primary key, name text);
             insert into small select n, 'name ' || n from generate_series(1, 1000) n;
             create table other (id int references small, at timestamptz);
             insert into other select n, 'epoch' from generate_series(1, 500) n;
             create table large (id int, bytes text);
             insert into large select n, (select string_agg(md5((n * 1000 + m)::text), '')
                 from generate_series(1, 300) m) from generate_series(1, 2400) n;
             select lo_from_bytea(4711, 'a large object');";
        Server::shared().psql(&name, sql);
        name
    })
}

fn dbbackup(home: &Path, arguments: &[&str]) -> String {
    run(S3::shared().dbbackup(home).args(arguments))
}

/// Brings what is in a bucket onto this machine, as any client would.
fn fetch(bucket: &str, to: &Path) {
    let location = Location::parse(Path::new(&format!("s3://{bucket}"))).unwrap();
    let store = open_with(&location, &S3::shared().variables()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        for meta in list_all(&*store, None).await.unwrap() {
            let path = to.join(meta.key.as_str());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let bytes = store.get(&meta.key, 1 << 30).await.unwrap().unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    });
}

#[test]
fn every_format_goes_into_a_bucket_and_comes_back_and_pg_restore_reads_it() {
    let (server, home) = (Server::shared(), tempfile::tempdir().unwrap());
    let expected = server.dump_text(database(), &[]);
    let bucket = S3::shared().bucket("formats");
    let url = server.url(database());
    let cases = [
        ("custom", "zstd:1"),
        ("custom", "none"),
        ("directory", "gzip:1"),
        ("tar", "none"),
        ("plain", "none"),
    ];
    for (number, (format, codec)) in cases.into_iter().enumerate() {
        let place = format!("s3://{bucket}/in/{number}.{format}");
        dbbackup(
            home.path(),
            &[
                "backup", "single", "--url", &url, "-F", format, "-Z", codec, "-j", "2", "-o",
                &place,
            ],
        );
        let listed = dbbackup(home.path(), &["list", &place]);
        assert!(listed.contains("large"), "{listed}");
        let refused = S3::shared().dbbackup(home.path()).args(["verify", &place]).output().unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && said.contains("cannot be verified"), "{said}");
        let target = server.create_database("back");
        let into = server.url(&target);
        dbbackup(home.path(), &["restore", "single", &place, "--url", &into, "-j", "2"]);
        assert!(server.dump_text(&target, &[]) == expected, "{format} {codec}");
    }
    assert_eq!(S3::shared().open_uploads(&bucket), "");
    fetch(&bucket, home.path());
    for (number, (format, codec)) in cases.into_iter().enumerate().take(4) {
        let archive: PathBuf = home.path().join(format!("in/{number}.{format}"));
        let target = server.create_database("judged");
        let judge = server.tool("pg_restore").args(["-d", &target]).arg(&archive).output().unwrap();
        // The server is older than the tool, which sets what it does not know; nothing else may fail.
        let said = String::from_utf8(judge.stderr).unwrap();
        let errors: Vec<&str> = said.lines().filter(|line| line.contains("ERROR:")).collect();
        assert!(errors.iter().all(|line| line.contains("\"transaction_timeout\"")), "{said}");
        assert!(server.dump_text(&target, &[]) == expected, "pg_restore of {format} {codec}");
    }
}

#[test]
fn what_is_there_is_kept_and_secrets_are_in_no_output() {
    let (server, home) = (Server::shared(), tempfile::tempdir().unwrap());
    let bucket = S3::shared().bucket("kept");
    let url = server.url(database());
    for (format, place) in [("custom", "a.dump"), ("directory", "b")] {
        let place = format!("s3://{bucket}/{place}");
        let arguments =
            ["backup", "single", "--url", &url, "-t", "small", "-F", format, "-o", &place];
        dbbackup(home.path(), &arguments);
        let again = S3::shared().dbbackup(home.path()).args(arguments).output().unwrap();
        let said = String::from_utf8(again.stderr).unwrap();
        assert_eq!(again.status.code(), Some(1), "{said}");
        assert!(said.contains("exists already") && said.contains(&place), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
    let missing = format!("s3://{bucket}/nothing.dump");
    let arguments = ["restore", "single", &missing, "--url", &url];
    let output = S3::shared().dbbackup(home.path()).args(arguments).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && said.contains("nothing.dump"), "{said}");
}

#[test]
fn one_table_is_restored_by_reading_little_more_than_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let memory = Memory::new("one");
    mount("one", Arc::new(memory.clone()));
    let mut wish = spec("mem://one/all.dump", "custom");
    backup(&mut wish).unwrap();
    let size = size_of(&memory, "all.dump");
    assert!(size > 20 << 20, "{size}");
    let counted = Counted::new(memory);
    let counts = counted.counts();
    mount("one-counted", Arc::new(counted));
    let out = folder.path().join("small.sql");
    let text = script("mem://one-counted/all.dump", &out, Some("small")).unwrap();
    assert!(text.contains("name 1000") && !text.contains("COPY public.large"), "{text}");
    assert!(counts.read() < 2 << 20, "{} of {size} bytes", counts.read());
}

fn size_of(memory: &Memory, name: &str) -> u64 {
    use dbbackup::storage::Store;
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(memory.head(&Key::new(name).unwrap())).unwrap().unwrap().size
}
