//! Archive versions that were asked for, read by pg_restore.

use std::process::Command;

use dbbackup::archive::head::{read_head, read_toc};
use dbbackup::model::spec::{ArchiveFormat, BackupSpec, DumpOptions};

use super::spec_of;
use crate::backup::{assert_equal, complete, newest, own_tool, shop, tiny};
use crate::support::{Server, run};

async fn check(server: &'static Server, minor: u8, codec: &str) {
    let folder = tempfile::tempdir().unwrap();
    let database = shop(server);
    for format in [ArchiveFormat::Custom, ArchiveFormat::Directory, ArchiveFormat::Tar] {
        let output = folder.path().join(format.word());
        let codec = if format == ArchiveFormat::Tar { "none" } else { codec };
        let options = DumpOptions { archive_version: Some(minor), ..DumpOptions::default() };
        let spec = spec_of(server, &database, &output, (format, codec));
        complete(&BackupSpec { options, ..spec }, &tiny()).await;
        let head = match format {
            ArchiveFormat::Custom => read_head(&mut &std::fs::read(&output).unwrap()[..]),
            ArchiveFormat::Directory => {
                read_toc(&mut &std::fs::read(output.join("toc.dat")).unwrap()[..])
            }
            _ => {
                let toc = Command::new("tar").arg("xOf").arg(&output).arg("toc.dat").output();
                read_toc(&mut &toc.unwrap().stdout[..])
            }
        };
        assert_eq!(head.unwrap().header.version, (1, minor, 0));
        let restored = server.create_database("version");
        let mut command = own_tool(server, "pg_restore");
        run(command.args(["--exit-on-error", "-d", &restored]).arg(&output));
        assert_equal(server, &database, &restored, &[]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_version_without_compression_is_read_by_the_newest_pg_restore() {
    for minor in 12..=16 {
        check(newest(), minor, "none").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_versions_are_read_by_an_older_pg_restore() {
    for minor in 12..=14 {
        check(Server::shared(), minor, "gzip:1").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_codecs_go_into_both_versions_that_can_hold_them() {
    for (minor, codec) in [(15, "zstd:1"), (16, "lz4")] {
        check(newest(), minor, codec).await;
    }
}
