//! Values as large as the server can send: they go there and back, and we never hold one whole.
//!
//! They take minutes and some gigabytes of the server's memory: only with `DBBACKUP_HUGE_VALUES=1`.
//! Without it the values are of some megabytes, more than we may hold all the same.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::backup::newest;
use crate::support::{Server, dbbackup, run};

const VARIABLE: &str = "DBBACKUP_HUGE_VALUES";

/// Bytes of the row as COPY sends it.
fn row_bytes() -> usize {
    if is_huge() { 1_000_000_000 } else { 128_000_000 }
}

fn is_huge() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// The most memory that a process had, in bytes: asked again and again until it ends.
fn peak_of(child: &mut Child) -> usize {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(kilobytes.unwrap_or(0) * 1024);
        std::thread::sleep(Duration::from_millis(5));
    }
    peak
}

/// Runs our program, which must succeed, and gives its peak.
fn measured(command: &mut Command) -> usize {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let peak = peak_of(&mut child);
    assert!(child.wait().unwrap().success(), "{command:?}");
    peak
}

/// A value of text and one of bytes, which COPY sends in twice as many digits.
fn make(server: &Server) -> String {
    let database = server.create_database("huge");
    let (text, bytes) = (row_bytes(), row_bytes() / 2 - 1000);
    let script = format!(
        "create table words (a text); create table bytes (a bytea);
         alter table words alter a set storage external; alter table bytes alter a set storage external;
         insert into words select repeat('0123456789abcdef', {}) || 'end';
         insert into bytes select convert_to(repeat(E'line\\n\\\\', {}), 'UTF8');",
        text / 16 - 100,
        bytes / 6
    );
    server.psql(&database, &script);
    database
}

fn sums(server: &Server, database: &str) -> String {
    server
        .psql(database, "select md5(a), length(a) from words; select md5(a), length(a) from bytes")
}

/// What every job keeps to, and less than a row of the smaller kind.
const BOUND: usize = 96 << 20;

fn assert_bounded(what: &str, peak: usize) {
    assert!(peak > 0, "{what}: nobody saw its memory");
    assert!(peak <= BOUND, "{what} took {peak} bytes");
}

fn restored(server: &Server, archive: &Path, restore: impl FnOnce(&str, &Path)) -> String {
    let database = server.create_database("huge_again");
    restore(&database, archive);
    let found = sums(server, &database);
    server.psql("postgres", &format!("drop database {database}"));
    found
}

#[test]
fn values_as_large_as_can_be_go_there_and_back_and_are_never_held_whole() {
    let (server, folder) = (newest(), tempfile::tempdir().unwrap());
    let database = make(server);
    let expected = sums(server, &database);
    let ours = |database: &str, archive: &Path| {
        let mut command = dbbackup(folder.path());
        command.args(["restore", "single", "-j1"]).arg(archive);
        assert_bounded("restore", measured(command.args(["--url", &server.url(database)])));
    };
    let formats: &[&str] = if is_huge() { &["custom", "plain"] } else { &["custom"] };
    for &format in formats {
        let archive = folder.path().join(format);
        let mut command = dbbackup(folder.path());
        command.args(["backup", "single", &database, "--url", &server.url("postgres")]);
        command.args(["-F", format, "-Z", "none", "-j1", "-o"]).arg(&archive);
        assert_bounded(&format!("backup as {format}"), measured(&mut command));
        assert_eq!(restored(server, &archive, ours), expected, "ours as {format}");
        if is_huge() && format == "custom" {
            let theirs = |database: &str, archive: &Path| {
                run(server.tool("pg_restore").args(["-d", database]).arg(archive));
            };
            assert_eq!(
                restored(server, &archive, theirs),
                expected,
                "ours, restored by pg_restore"
            );
        }
        std::fs::remove_file(&archive).unwrap();
    }
    let archive = folder.path().join("theirs");
    run(server.tool("pg_dump").args(["-Fc", "-Z1", "-f"]).arg(&archive).arg(&database));
    assert_eq!(restored(server, &archive, ours), expected, "theirs, restored by us");
    server.psql("postgres", &format!("drop database {database}"));
}
