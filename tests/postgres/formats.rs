//! Every layout of the output, judged by pg_restore, psql and pg_dump.

mod objects;
mod streams;
mod trouble;
mod versions;

use std::fs;
use std::io::{BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use dbbackup::archive::directory::FileReader;
use dbbackup::archive::tar::TarReader;
use dbbackup::model::spec::{ArchiveFormat, BackupSpec, Codec, Compression};
use dbbackup::postgres::backup::Tuning;

use crate::backup::{
    assert_equal, assert_same_lines, complete, newest, own_tool, restore, shop, spec, tiny,
};
use crate::support::{Server, run};

const CODECS: [&str; 4] = ["none", "gzip", "lz4", "zstd:1"];

/// A backup of everything in a layout.
fn spec_of(
    server: &Server,
    database: &str,
    output: &Path,
    (format, codec): (ArchiveFormat, &str),
) -> BackupSpec {
    let compression: Compression = codec.parse().unwrap();
    BackupSpec { format, compression, ..spec(server, database, output) }
}

/// Runs a script through psql of the newest version, from the bytes that it is made of.
fn run_script(server: &Server, script: &[u8]) -> String {
    let database = server.create_database("script");
    let mut psql = server
        .tool("psql")
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &database])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    psql.stdin.take().unwrap().write_all(script).unwrap();
    let output = psql.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    database
}

/// A compressed file's text, read as any other program would.
pub(crate) fn decompressed(path: &Path, codec: &str) -> Vec<u8> {
    let codec = codec.parse::<Compression>().unwrap().codec;
    if codec == Codec::Gzip {
        let output = Command::new("gzip").arg("-dc").arg(path).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        return output.stdout;
    }
    let mut text = Vec::new();
    let file = fs::File::open(path).unwrap();
    FileReader::open(file, codec, "script").unwrap().read_to_end(&mut text).unwrap();
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_every_codec_restores_to_the_source() {
    let server = newest();
    let folder = tempfile::tempdir().unwrap();
    let database = shop(server);
    for codec in CODECS {
        let output = folder.path().join(codec);
        let spec = spec_of(server, &database, &output, (ArchiveFormat::Directory, codec));
        complete(&spec, &tiny()).await;
        let restored = restore(server, &output);
        assert_equal(server, &database, &restored, &[]);
        assert_eq!(fs::metadata(&output).unwrap().permissions().mode() & 0o777, 0o700);
        let list = run(Command::new(server.bin.join("pg_restore")).arg("-l").arg(&output));
        assert!(list.contains("Format: DIRECTORY"), "{list}");
        assert!(list.contains("TABLE DATA sales orders"), "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_read_by_an_older_pg_restore_too() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let database = shop(server);
    for (codec, tuning) in [("none", tiny()), ("gzip", Tuning::default())] {
        let output = folder.path().join(codec);
        let spec = spec_of(server, &database, &output, (ArchiveFormat::Directory, codec));
        complete(&spec, &tuning).await;
        assert_equal(server, &database, &restore(server, &output), &[]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_replaces_an_older_one_only_when_asked() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let database = shop(server);
    let output = folder.path().join("shop");
    fs::create_dir(&output).unwrap();
    let first = spec_of(server, &database, &output, (ArchiveFormat::Directory, "gzip"));
    complete(&first, &tiny()).await;
    server.psql(&database, "insert into public.empty values (7, 'new')");
    let refused = crate::backup::back_up(&first, &tiny()).await.unwrap_err();
    assert!(refused.to_string().ends_with("exists already"), "{refused}");
    complete(&BackupSpec { overwrite: true, ..first }, &tiny()).await;
    assert_equal(server, &database, &restore(server, &output), &[]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
}

fn members(path: &Path) -> Vec<String> {
    let mut reader = TarReader::new(BufReader::new(fs::File::open(path).unwrap()));
    std::iter::from_fn(|| reader.next_member().unwrap()).map(|member| member.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tar_file_restores_to_the_source_and_has_its_members_in_archive_order() {
    for server in [Server::shared(), newest()] {
        let folder = tempfile::tempdir().unwrap();
        let database = shop(server);
        for (name, tuning) in [("a.tar", tiny()), ("b.tar", Tuning::default())] {
            let output = folder.path().join(name);
            let spec = spec_of(server, &database, &output, (ArchiveFormat::Tar, "none"));
            complete(&spec, &tuning).await;
            let restored = server.create_database("untarred");
            let mut command = own_tool(server, "pg_restore");
            run(command.args(["--exit-on-error", "-d", &restored]).arg(&output));
            assert_equal(server, &database, &restored, &[]);

            let list = run(Command::new(server.bin.join("pg_restore")).arg("-l").arg(&output));
            let data = list.lines().filter(|line| line.contains(" TABLE DATA "));
            let data = data.map(|line| format!("{}.dat", line.split(';').next().unwrap()));
            let names: Vec<String> = std::iter::once("toc.dat".to_owned())
                .chain(data)
                .chain(["restore.sql".to_owned()])
                .collect();
            assert_eq!(members(&output), names);
            let unpacked = run(Command::new("tar").arg("tf").arg(&output));
            assert_eq!(unpacked.lines().collect::<Vec<_>>(), names);
            let script = run(Command::new("tar").arg("xOf").arg(&output).arg("restore.sql"));
            assert!(script.contains("FROM '$$PATH$$/"), "{script}");
        }
    }
}

/// Lines that tell who made the script, and the key.
fn comparable(text: &str) -> String {
    let own = ["\\restrict", "\\unrestrict", "-- Dumped by"];
    let lines = text.split_inclusive('\n');
    lines.filter(|line| !own.iter().any(|start| line.starts_with(start))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_of_every_codec_is_what_pg_dump_writes_and_restores_to_the_source() {
    let server = newest();
    let folder = tempfile::tempdir().unwrap();
    let database = shop(server);
    let expected = comparable(&server.dump_text(&database, &[]));
    for (codec, tuning) in
        [("none", Tuning::default())].into_iter().chain(CODECS.map(|c| (c, tiny())))
    {
        let output = folder.path().join(codec);
        let spec = spec_of(server, &database, &output, (ArchiveFormat::Plain, codec));
        complete(&BackupSpec { overwrite: true, ..spec }, &tuning).await;
        let script = decompressed(&output, codec);
        assert_same_lines(&expected, &comparable(std::str::from_utf8(&script).unwrap()));
        assert_equal(server, &database, &run_script(server, &script), &[]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_says_what_its_options_ask_for() {
    let server = newest();
    let folder = tempfile::tempdir().unwrap();
    let database = shop(server);
    let output = folder.path().join("shop.sql");
    for (options, change) in [
        (&["--clean", "--if-exists"][..], (|o| (o.clean, o.if_exists) = (true, true)) as Change),
        (&["--create"], |o| o.create = true),
        (&["--create", "--clean"], |o| (o.clean, o.create) = (true, true)),
        (&["--use-set-session-authorization"], |o| o.use_set_session_authorization = true),
    ] {
        let mut spec = spec_of(server, &database, &output, (ArchiveFormat::Plain, "none"));
        change(&mut spec.options);
        complete(&BackupSpec { overwrite: true, ..spec }, &tiny()).await;
        let expected = comparable(&server.dump_text(&database, options));
        assert_same_lines(&expected, &comparable(&fs::read_to_string(&output).unwrap()));
    }
}

type Change = fn(&mut dbbackup::model::spec::DumpOptions);

#[tokio::test(flavor = "multi_thread")]
async fn what_a_layout_cannot_be_is_a_usage_error_before_anything_is_read() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("a");
    let base = |format, codec| spec_of(server, "no such database", &output, (format, codec));
    let version = |minor| dbbackup::model::spec::DumpOptions {
        archive_version: Some(minor),
        ..dbbackup::model::spec::DumpOptions::default()
    };
    let cases = [
        (base(ArchiveFormat::Tar, "gzip"), "tar archive cannot be compressed"),
        (
            BackupSpec { output: "-".into(), ..base(ArchiveFormat::Directory, "gzip") },
            "folder cannot be written to standard output",
        ),
        (
            BackupSpec { options: version(14), ..base(ArchiveFormat::Custom, "zstd") },
            "cannot hold rows compressed with zstd",
        ),
        (
            BackupSpec { options: version(11), ..base(ArchiveFormat::Directory, "none") },
            "1.11 cannot be written",
        ),
        (
            BackupSpec { options: version(14), ..base(ArchiveFormat::Plain, "none") },
            "plain script has no archive version",
        ),
    ];
    for (spec, text) in cases {
        let config = dbbackup::config::Config::default();
        let planned = dbbackup::postgres::backup::plan(&spec, &config).await.unwrap_err();
        let error = crate::backup::back_up(&spec, &tiny()).await.unwrap_err();
        assert_eq!(error.kind(), dbbackup::error::ErrorKind::Usage, "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert_eq!(planned.to_string(), error.to_string());
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
    }
}
