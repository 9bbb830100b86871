//! Standard output as the output: through pipes, to readers that end well and to those that do not.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::backup::{assert_equal, newest, own_tool, shop};
use crate::faults;
use crate::support::{self, Server};

/// The program, writing a backup to standard output.
fn streaming(home: &Path, server: &Server, database: &str, options: &[&str]) -> Command {
    let mut command = support::dbbackup(home);
    command
        .args(["backup", "single", database, "--url", &server.url(database), "-o", "-"])
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Waits for a writer whose stdout went elsewhere.
fn ended(mut child: Child) -> (Option<i32>, String) {
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    (child.wait().unwrap().code(), errors)
}

fn pipe_into(mut writer: Command, mut reader: Command) -> (Option<i32>, String) {
    let mut child = writer.spawn().unwrap();
    reader.stdin(child.stdout.take().unwrap());
    support::run(&mut reader);
    ended(child)
}

#[test]
fn archives_pass_a_pipe_into_pg_restore() {
    let home = tempfile::tempdir().unwrap();
    for (server, cases) in [
        (newest(), &[("custom", "zstd:1"), ("custom", "none"), ("tar", "none")][..]),
        (Server::shared(), &[("custom", "gzip:1"), ("tar", "none")]),
    ] {
        let database = shop(server);
        for (format, codec) in cases {
            for jobs in ["1", "3"] {
                let restored = server.create_database("piped");
                let mut reader = own_tool(server, "pg_restore");
                reader.args(["--exit-on-error", "-d", &restored]);
                let options = ["-F", format, "-Z", codec, "-j", jobs];
                let writer = streaming(home.path(), server, &database, &options);
                let (code, errors) = pipe_into(writer, reader);
                assert_eq!(code, Some(0), "{errors}");
                assert_equal(server, &database, &restored, &[]);
            }
        }
    }
}

#[test]
fn a_script_passes_a_pipe_into_psql() {
    let home = tempfile::tempdir().unwrap();
    let server = newest();
    let database = shop(server);
    let restored = server.create_database("piped");
    let mut reader = server.tool("psql");
    reader.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-d", &restored]);
    let writer = streaming(home.path(), server, &database, &["-F", "plain", "-j", "3"]);
    let (code, errors) = pipe_into(writer, reader);
    assert_eq!(code, Some(0), "{errors}");
    assert_equal(server, &database, &restored, &[]);
}

/// More than a pipe holds, so that the writer meets the closed end.
#[test]
fn a_reader_that_goes_away_is_a_clear_error() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::shared();
    let database = faults::tables(server);
    for format in ["custom", "tar", "plain"] {
        let options = ["-F", format, "-Z", "none", "-j", "2"];
        let mut child = streaming(home.path(), server, &database, &options).spawn().unwrap();
        let mut start = [0; 100];
        child.stdout.take().unwrap().read_exact(&mut start).unwrap();
        let (code, errors) = ended(child);
        assert_eq!(code, Some(1), "{errors}");
        assert!(errors.contains("whoever read standard output went away"), "{errors}");
    }
}

/// A filter that fails at a row of the big table, after rows were written.
const FAILING: &str = "public.big:1 / (i - 30000) is not null";

#[test]
fn an_archive_without_the_rows_that_it_promised_is_seen_to_be_cut() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::shared();
    let database = faults::tables(server);
    for format in ["custom", "tar"] {
        let options = ["-F", format, "-Z", "none", "-j", "2", "--where", FAILING];
        let output = streaming(home.path(), server, &database, &options).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(errors.contains("division by zero"), "{errors}");
        assert!(errors.contains("the output ends here, incomplete"), "{errors}");
        let path = home.path().join(format);
        std::fs::write(&path, &output.stdout).unwrap();
        let restored = server.create_database("cut");
        let mut reader = own_tool(server, "pg_restore");
        let reader = reader.args(["-d", &restored]).stdin(std::fs::File::open(&path).unwrap());
        let restoring = reader.output().unwrap();
        assert!(!restoring.status.success(), "{format}: pg_restore took it for complete");
    }
}

#[test]
fn a_script_without_the_rows_that_it_promised_fails_when_it_is_run() {
    let home = tempfile::tempdir().unwrap();
    let server = newest();
    let database = faults::tables(server);
    let options = ["-F", "plain", "-j", "1", "--where", FAILING];
    let output = streaming(home.path(), server, &database, &options).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{errors}");
    let script = String::from_utf8(output.stdout).unwrap();
    assert!(script.contains("\n-- MISSING: the rows of public.big could not be copied\n"));
    assert!(script.trim_end().ends_with("--   the rows of public.big"), "{script}");
    let path = home.path().join("script.sql");
    std::fs::write(&path, &script).unwrap();
    let restored = server.create_database("poisoned");
    let psql = |stop: &str| {
        let mut psql = server.tool("psql");
        psql.args(["-X", "-q", "-v", stop, "-o", "/dev/null", "-d", &restored, "-f"]).arg(&path);
        psql.output().unwrap()
    };
    let run = psql("ON_ERROR_STOP=0");
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(errors.contains("COPY big"), "{errors}");
    // What was copied well is there, and nothing of what was not.
    let counts = "select (select count(*) from big), (select count(*) from small)";
    assert_eq!(server.psql(&restored, counts), "0|100\n");
    assert!(!psql("ON_ERROR_STOP=1").status.success());

    // Not even a table that takes any line takes the one that ends the rows.
    let mark = script.lines().find(|line| line.starts_with("\\. ")).unwrap();
    let text =
        format!("create table \"any\" (line text);\ncopy \"any\" from stdin;\nx\n\n{mark}\n\\.\n");
    std::fs::write(&path, text).unwrap();
    let errors = String::from_utf8(psql("ON_ERROR_STOP=0").stderr).unwrap();
    assert!(errors.contains("end-of-copy marker"), "{errors}");
    assert_eq!(server.psql(&restored, "select count(*) from \"any\""), "0\n");
}

#[test]
fn a_script_whose_backup_ends_early_says_so_and_fails_when_it_is_run() {
    let home = tempfile::tempdir().unwrap();
    let server = newest();
    let database = faults::tables(server);
    let options = ["-F", "plain", "-j", "1", "--rate", "2M"];
    let mut child = streaming(home.path(), server, &database, &options).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut script = vec![0; 200_000];
    stdout.read_exact(&mut script).unwrap();
    faults::kill(child.id(), rustix::process::Signal::INT);
    stdout.read_to_end(&mut script).unwrap();
    let (code, errors) = ended(child);
    assert_eq!(code, Some(130), "{errors}");
    assert!(errors.contains("what was written to standard output is incomplete"), "{errors}");
    let script = String::from_utf8(script).unwrap();
    assert!(script.trim_end().ends_with("-- THIS SCRIPT IS INCOMPLETE: the backup failed here."));
    let path = home.path().join("script.sql");
    std::fs::write(&path, &script).unwrap();
    let restored = server.create_database("early");
    let mut psql = server.tool("psql");
    psql.args(["-X", "-q", "-o", "/dev/null", "-d", &restored, "-f"]).arg(&path);
    let errors = String::from_utf8(psql.output().unwrap().stderr).unwrap();
    assert!(errors.contains("COPY big"), "{errors}");
    assert!(errors.contains("this script is incomplete"), "{errors}");
    assert_eq!(server.psql(&restored, "select count(*) from big"), "0\n");
}

/// Nobody reads, so that whoever writes is stuck; the backup ends all the same.
#[test]
fn a_backup_that_nobody_reads_can_be_interrupted() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::shared();
    let database = faults::tables(server);
    for format in ["custom", "tar", "plain"] {
        let options = ["-F", format, "-Z", "none", "-j", "1"];
        let mut child = streaming(home.path(), server, &database, &options).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        // As much as a pipe holds.
        let is_full = || rustix::io::ioctl_fionread(&stdout).unwrap() >= 60 << 10;
        support::wait_for("the pipe to be full", Duration::from_secs(20), is_full);
        faults::kill(child.id(), rustix::process::Signal::INT);
        let (code, errors) = ended(child);
        assert_eq!(code, Some(130), "{format}: {errors}");
        drop(stdout);
    }
}
