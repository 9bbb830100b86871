//! What is left of a folder, a tar file or a script when things go wrong.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use dbbackup::error::ErrorKind;
use dbbackup::model::job::Outcome;
use dbbackup::model::spec::{ArchiveFormat, BackupSpec};
use dbbackup::postgres::backup::Tuning;

use super::spec_of;
use crate::backup::{Desk, back_up, complete, names_in, newest, no_sessions, own_tool, tiny};
use crate::faults::{SmallDisk, failing_at, kill, start, tables, under_way, within};
use crate::support::{self, Server, run};

const FILES: [ArchiveFormat; 3] =
    [ArchiveFormat::Directory, ArchiveFormat::Tar, ArchiveFormat::Plain];

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_backup_leaves_nothing_in_any_layout() {
    let server = Server::shared();
    let database = tables(server);
    for format in FILES {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a");
        let spec = spec_of(server, &database, &output, (format, "none"));
        let (desk, job) = under_way(spec).await;
        assert_eq!(names_in(folder.path()).len(), 1, "what is under construction");
        assert!(!output.exists());
        desk.work.cancel.cancel();
        assert!(matches!(within(10, job).await.unwrap(), Outcome::Cancelled { .. }));
        assert_eq!(names_in(folder.path()), Vec::<PathBuf>::new(), "{format:?}");
    }
    no_sessions(server, &database);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forced_cancel_leaves_nothing_in_any_layout() {
    let server = Server::shared();
    let database = tables(server);
    for format in FILES {
        let folder = tempfile::tempdir().unwrap();
        let spec = spec_of(server, &database, &folder.path().join("a"), (format, "none"));
        let (_desk, job) = under_way(spec).await;
        job.abort();
        assert!(job.await.unwrap_err().is_cancelled());
        assert_eq!(names_in(folder.path()), Vec::<PathBuf>::new(), "{format:?}");
    }
    no_sessions(server, &database);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_in_every_layout_and_nothing_is_left() {
    // Without root there is no small disk; the errors themselves are proven by unit tests.
    let disk = SmallDisk::mount().expect("only root can mount the small file system of this test");
    let server = Server::shared();
    let database = tables(server);
    for format in FILES {
        let output = disk.0.path().join("a");
        let spec = spec_of(server, &database, &output, (format, "none"));
        let error = back_up(&spec, &Tuning::default()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{format:?}");
        let text = error.chain();
        assert!(text.contains(&format!("writing {}", output.display())), "{text}");
        assert!(text.contains("No space left on device"), "{text}");
        assert!(error.hint().unwrap().starts_with("free some space in"), "{:?}", error.hint());
        assert_eq!(names_in(disk.0.path()), Vec::<PathBuf>::new(), "{format:?}");
    }
    no_sessions(server, &database);
}

async fn incomplete(format: ArchiveFormat, jobs: usize, output: &Path) {
    let server = Server::shared();
    let database = tables(server);
    let spec = BackupSpec {
        jobs: NonZeroUsize::new(jobs).unwrap(),
        selection: failing_at(20_000),
        ..spec_of(server, &database, output, (format, "none"))
    };
    let outcome = within(30, start(spec, &Desk::new().work)).await.unwrap();
    let Outcome::Incomplete { reasons } = outcome else { panic!("{outcome:?}") };
    assert_eq!(reasons.len(), 1);
    assert!(reasons[0].contains("public.big"), "{reasons:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_fails_is_left_out_of_a_folder_and_of_a_tar_file() {
    let server = Server::shared();
    for format in [ArchiveFormat::Directory, ArchiveFormat::Tar] {
        for jobs in [1, 3] {
            let folder = tempfile::tempdir().unwrap();
            let output = folder.path().join("a");
            incomplete(format, jobs, &output).await;
            let list = run(Command::new(server.bin.join("pg_restore")).arg("-l").arg(&output));
            assert!(list.contains("TABLE public big"), "{list}");
            assert!(!list.contains("TABLE DATA public big"), "{list}");
            let restored = server.create_database("half");
            let mut command = own_tool(server, "pg_restore");
            run(command.args(["--exit-on-error", "-d", &restored]).arg(&output));
            let counts = "select (select count(*) from big), (select count(*) from small)";
            assert_eq!(server.psql(&restored, counts), "0|100\n");
            if format == ArchiveFormat::Directory {
                let names = names_in(&output);
                assert_eq!(names.len(), 3, "contents, manifest and one table: {names:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_file_says_which_rows_are_missing() {
    // The settings of a script are those that the newest servers know.
    let server = newest();
    for jobs in [1, 3] {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a.sql");
        incomplete(ArchiveFormat::Plain, jobs, &output).await;
        let script = std::fs::read(&output).unwrap();
        let text = String::from_utf8(script.clone()).unwrap();
        assert!(text.contains("\n-- MISSING: the rows of public.big could not be copied\n"));
        assert!(!text.contains("COPY public.big"), "half a table");
        assert!(text.trim_end().ends_with("--   the rows of public.big"));
        let restored = super::run_script(server, &script);
        let counts = "select (select count(*) from big), (select count(*) from small)";
        assert_eq!(server.psql(&restored, counts), "0|100\n");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_leaves_only_what_the_next_run_removes() {
    let server = Server::shared();
    let database = tables(server);
    for format in FILES {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a");
        let mut child = support::dbbackup(folder.path())
            .args(["backup", "single", &database, "--url", &server.url(&database)])
            .args(["-F", format.word(), "-Z", "none", "--rate", "500K", "-j", "2", "-o"])
            .arg(&output)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let hidden = || {
            names_in(folder.path())
                .into_iter()
                .find(|name| name.to_string_lossy().starts_with(".a.partial-"))
        };
        support::wait_for("the output to be begun", Duration::from_secs(20), || hidden().is_some());
        kill(child.id(), rustix::process::Signal::KILL);
        child.wait().unwrap();
        let left = folder.path().join(hidden().unwrap());
        assert!(!output.exists());
        let mut list = Command::new(server.bin.join("pg_restore"));
        assert!(!list.arg("-l").arg(&left).output().unwrap().status.success(), "{format:?}");
        complete(&spec_of(server, &database, &output, (format, "none")), &tiny()).await;
        assert!(hidden().is_none(), "{format:?}");
        no_sessions(server, &database);
    }
}
