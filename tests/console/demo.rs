//! `dbbackup demo`: the server comes, the sample is loaded, and nothing of it stays, whatever ends
//! the run.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::TempDir;

use crate::support::{self, Server, wait_for};

const LIMIT: Duration = Duration::from_mins(1);

/// A home that the server's user can enter too, when this is root.
fn home() -> TempDir {
    let home = tempfile::Builder::new().prefix("d").tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    home
}

fn demo(home: &TempDir, percent: &str) -> Command {
    let mut command = support::dbbackup(home.path());
    command
        .args(["demo", "--check", "--rows-scale", percent])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The folders of runs.
fn runs(home: &TempDir) -> Vec<PathBuf> {
    let ground = home.path().join("cache/dbbackup/demo");
    let entries = fs::read_dir(ground).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

fn server_pid(run: &Path) -> Option<Pid> {
    let text = fs::read_to_string(run.join("data/postmaster.pid")).ok()?;
    Pid::from_raw(text.lines().next()?.trim().parse().ok()?)
}

/// A demo that is loading its sample.
fn loading(home: &TempDir) -> (Child, BufReader<ChildStderr>, PathBuf, Pid) {
    // Large enough not to be done before it is killed.
    let mut child = demo(home, "100").spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("loading customers") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the demo ended before it loaded");
    }
    let run = runs(home).pop().expect("a run's folder");
    let server = server_pid(&run).expect("a server");
    (child, lines, run, server)
}

fn is_gone(pid: Pid) -> bool {
    test_kill_process(pid).is_err()
}

#[test]
fn the_demo_backs_its_sample_up_restores_it_equal_and_leaves_nothing() {
    let home = home();
    let output = demo(&home, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("tables are equal in shop and shop_copy"), "{said}");
    assert_eq!(runs(&home), Vec::<PathBuf>::new());
}

/// The demo's own check compares rows; pg_dump compares the definitions too.
#[test]
fn the_sample_comes_back_with_every_definition() {
    let server = Server::shared();
    let database = server.create_database("sample");
    let script = include_str!("../../assets/demo/shop.sql");
    server.psql(&database, &format!("set demo.scale = '1';\n{script}"));
    let home = home();
    let url = server.url(&database);
    let copy = format!("{database}_copy");
    for arguments in [
        &["backup", "single", "--url", &url, "-o", "sample.dump"][..],
        &["restore", "single", "sample.dump", "--url", &url, "--create", "-d", &copy],
    ] {
        let output = support::dbbackup(home.path())
            .args(arguments)
            .current_dir(home.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
    }
    assert_eq!(server.dump_text(&copy, &[]), server.dump_text(&database, &[]));
}

#[test]
fn a_killed_demo_is_cleaned_up_by_its_keeper() {
    let home = home();
    let (mut child, _lines, run, server) = loading(&home);
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for("the keeper to remove the folder", LIMIT, || !run.exists());
    wait_for("the server to end", LIMIT, || is_gone(server));
}

#[test]
fn an_interrupted_demo_is_cleaned_up() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let home = home();
        let (mut child, _lines, run, server) = loading(&home);
        kill_process(Pid::from_child(&child), signal).unwrap();
        child.wait().unwrap();
        wait_for("the keeper to remove the folder", LIMIT, || !run.exists());
        wait_for("the server to end", LIMIT, || is_gone(server));
    }
}

#[test]
fn what_a_dead_keeper_left_goes_away_with_the_next_demo() {
    let home = home();
    let (mut child, _lines, run, server) = loading(&home);
    let keeper = keeper_of(&run);
    kill_process(keeper, Signal::KILL).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for("the keeper to end", LIMIT, || is_gone(keeper));
    assert!(run.exists() && !is_gone(server));
    let output = demo(&home, "1").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("removing what a dead run left"));
    assert!(!run.exists());
    wait_for("the server to end", LIMIT, || is_gone(server));
}

/// The server's parent.
fn keeper_of(run: &Path) -> Pid {
    let server = server_pid(run).unwrap().as_raw_nonzero();
    let status = fs::read_to_string(format!("/proc/{server}/status")).unwrap();
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap();
    Pid::from_raw(parent.trim().parse().unwrap()).unwrap()
}
