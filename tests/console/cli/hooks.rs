//! Hooks around real jobs of the real binary: where they run, what they are told, and what their
//! failure makes of the job.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::{Server, all_files, command, err, expect_code, home, out, run, small};
use crate::support::wait_for;

/// Notes the point, the database, the outcome and the file's name.
const NOTE: &str = "echo $DBBACKUP_POINT ${DBBACKUP_DATABASE%_*} $DBBACKUP_OUTCOME >> $HOME/notes";

/// A home with a folder of hooks, and what they note.
struct Site {
    home: TempDir,
}

impl Site {
    fn new() -> Self {
        let site = Self { home: home() };
        fs::create_dir_all(site.hooks()).unwrap();
        site
    }

    /// With a hook at every point that notes it.
    fn noting() -> Self {
        let site = Self::new();
        for point in [
            "pre-backup",
            "pre-restore",
            "pre-database",
            "post-database",
            "post-backup",
            "post-restore",
            "on-success",
            "on-error",
        ] {
            site.hook(&format!("10-{point}"), NOTE);
        }
        site
    }

    fn hooks(&self) -> PathBuf {
        self.home.path().join("config/dbbackup/hooks.d")
    }

    fn hook(&self, name: &str, script: &str) -> PathBuf {
        let path = self.hooks().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn config(&self, text: &str) {
        fs::write(self.home.path().join("config/dbbackup/config.toml"), text).unwrap();
    }

    /// What was noted since the last time.
    fn notes(&self) -> Vec<String> {
        let path = self.home.path().join("notes");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(&path);
        text.lines().map(|line| line.trim().to_owned()).collect()
    }

    fn run(&self, words: &[&str]) -> Output {
        run(&self.home, words)
    }

    fn backup(&self, server: &Server, database: &str, more: &[&str]) -> Output {
        let url = server.url(database);
        let words = ["backup", "single", "--url", &url, "-o", "a.dump", "--overwrite"];
        self.run(&[&words, more].concat())
    }

    fn archive(&self) -> PathBuf {
        self.home.path().join("a.dump")
    }

    /// The newest job's record.
    fn record(&self) -> Value {
        let text = out(&self.run(&["list", "--json", "--no-hooks"]));
        serde_json::from_str::<Value>(&text).unwrap()["jobs"][0].clone()
    }
}

#[test]
fn hooks_come_in_the_order_of_a_jobs_life_and_are_told_its_facts() {
    let server = Server::shared();
    let database = small(server, "hooked");
    let site = Site::noting();
    site.hook("20-post-backup-env", "env > $HOME/env; echo said; echo warned >&2");
    let output = site.backup(server, &database, &[]);
    expect_code(&output, 0);
    let expected = [
        "pre-backup hooked",
        "pre-database hooked",
        "post-database hooked complete",
        "post-backup hooked complete",
        "on-success hooked complete",
    ];
    assert_eq!(site.notes(), expected);

    let environment = fs::read_to_string(site.home.path().join("env")).unwrap();
    let value = |name: &str| {
        let found = environment.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        found.unwrap_or_else(|| panic!("no {name}: {environment}")).to_owned()
    };
    let record = site.record();
    assert_eq!(value("DBBACKUP_PATH"), site.archive().display().to_string());
    assert_eq!(value("DBBACKUP_DATABASE"), database);
    assert_eq!(value("DBBACKUP_ROWS"), "3200");
    assert_eq!(value("DBBACKUP_BYTES"), record["meter"]["bytes"].to_string());
    let length = fs::metadata(site.archive()).unwrap().len();
    assert_eq!(value("DBBACKUP_ARCHIVE_BYTES"), length.to_string());
    assert_eq!(
        (value("DBBACKUP_KIND"), value("DBBACKUP_EXIT_CODE")),
        ("backup".into(), "0".into())
    );
    let job: u64 = record["id"].as_u64().unwrap();
    assert_eq!(value("DBBACKUP_JOB_ID"), format!("{job:012x}"));

    let said = err(&output);
    assert!(said.contains("20-post-backup-env| said\n"), "{said}");
    assert!(said.contains("20-post-backup-env! warned\n"), "{said}");
    let log =
        fs::read_to_string(site.home.path().join(format!("state/dbbackup/jobs/{job:012x}.log")));
    assert!(log.unwrap().contains("hook 20-post-backup-env err: warned"));
    let hooks = record["state"]["hooks"].as_array().unwrap();
    let names: Vec<&str> = hooks.iter().map(|hook| hook["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 6);
    assert_eq!(names[4], "20-post-backup-env");
    assert_eq!(hooks[4]["lines"], 2);
}

#[test]
fn no_secret_reaches_a_hook_or_what_is_written_about_it() {
    let server = Server::shared();
    let database = small(server, "hushed");
    let site = Site::new();
    for point in ["pre-backup", "pre-database", "post-backup", "on-success", "on-error"] {
        site.hook(point, "env; env >> $HOME/env; cat /proc/$$/cmdline");
    }
    site.config(
        "[hooks.chat]\nat = \"on-success\"\nuse = \"webhook\"\ntimeout = \"2s\"\n\
         url = \"http://user:tr0ub4dor@127.0.0.1:9/tr0ub4dor/x?y=tr0ub4dor\"\n",
    );
    for (base, code) in [(server.url(&database), 0), ("postgres://u@127.0.0.1:9/x".into(), 1)] {
        let url = base.replacen('@', ":tr0ub4dor-url@", 1);
        for format in ["text", "json"] {
            let words = ["backup", "single", "--url", &url, "-o", "a.dump", "--overwrite"];
            let output = command(&site.home, &words)
                .args(["--log-format", format])
                .env("PGPASSWORD", "tr0ub4dor-env")
                .env("AWS_SECRET_ACCESS_KEY", "tr0ub4dor-aws")
                .env("DBBACKUP_LOG", "trace")
                .output()
                .unwrap();
            expect_code(&output, code);
            let said = out(&output) + &err(&output);
            assert!(!said.contains("tr0ub4dor"), "{said}");
            assert!(said.contains("DBBACKUP_KIND=backup"), "{said}");
        }
    }
    let listed = out(&site.run(&["hooks", "list"])) + &out(&site.run(&["hooks", "list", "--json"]));
    assert!(listed.contains("webhook to 127.0.0.1:9") && !listed.contains("tr0ub4dor"), "{listed}");
    let environment = fs::read_to_string(site.home.path().join("env")).unwrap();
    assert!(environment.contains("HOME=") && !environment.contains("PGPASS"), "{environment}");
    for path in all_files(site.home.path()).iter().filter(|path| !path.ends_with("config.toml")) {
        let bytes = fs::read(path).unwrap();
        assert!(!bytes.windows(9).any(|part| part == b"tr0ub4dor"), "{}", path.display());
    }
}

#[test]
fn a_failure_at_any_point_of_a_backup_aborts_or_goes_on_as_told() {
    let server = Server::shared();
    let database = small(server, "abort");
    // (point, exit code with abort, the archive is there)
    let cases = [
        ("pre-backup", 1, false),
        ("pre-database", 1, false),
        ("post-database", 3, true),
        ("post-backup", 3, true),
        ("on-success", 3, true),
    ];
    for (point, code, there) in cases {
        for (word, code, there) in [("abort", code, there), ("continue", 0, true)] {
            let site = Site::noting();
            let name = format!("20-{point}-bad");
            site.hook(&name, &format!("# dbbackup: on-failure={word}\necho because >&2; exit 9"));
            site.hook(&format!("30-{point}-next"), "echo next >> $HOME/notes");
            let output = site.backup(server, &database, &[]);
            expect_code(&output, code);
            assert_eq!(site.archive().exists(), there, "{point} {word}");
            let said = err(&output);
            assert!(
                said.contains(&format!("hook {name} at {point} of {database} failed: exit code 9")),
                "{said}"
            );
            let notes = site.notes();
            assert_eq!(
                notes.contains(&"next".to_owned()),
                word == "continue",
                "{point}: {notes:?}"
            );
            if word == "continue" {
                assert!(said.contains("warning: hook"), "{said}");
            }
            let last = notes.iter().rfind(|note| note.starts_with("on-")).unwrap();
            let expected = match (word, point, there) {
                ("continue", ..) | (_, "on-success", _) => "on-success abort complete",
                (_, _, true) => "on-error abort incomplete",
                (_, _, false) => "on-error abort failed",
            };
            assert_eq!(last, expected, "{point} {word}");
            // What was stopped before a job is started again after it, whatever became of it.
            assert!(notes.iter().any(|note| note.starts_with("post-backup")), "{notes:?}");
            let record = site.record();
            let bad = record["state"]["hooks"].as_array().unwrap();
            let bad = bad.iter().find(|hook| hook["name"] == name.as_str()).unwrap();
            assert_eq!(bad["end"]["exit"]["code"], 9);
        }
    }
}

#[test]
fn a_failing_job_runs_what_is_for_errors_with_its_reason() {
    let server = Server::shared();
    let site = Site::noting();
    site.hook(
        "20-on-error-why",
        "echo \"$DBBACKUP_EXIT_CODE $DBBACKUP_ERROR\" >> $HOME/notes; exit 1",
    );
    let output = site.backup(server, "there_is_no_such_database", &[]);
    expect_code(&output, 1);
    let notes = site.notes();
    assert!(notes.contains(&"on-error there_is_no_such failed".to_owned()), "{notes:?}");
    let why = notes.last().unwrap();
    assert!(why.starts_with("1 ") && why.contains("there_is_no_such_database"), "{why}");
}

#[test]
fn a_restore_has_points_of_its_own_and_a_script_has_none() {
    let server = Server::shared();
    let database = small(server, "source");
    let site = Site::noting();
    expect_code(&site.backup(server, &database, &["--no-hooks"]), 0);
    assert_eq!(site.notes(), Vec::<String>::new());

    let restore = |target: &str| {
        let url = server.url(target);
        site.run(&["restore", "single", "a.dump", "--url", &url, "-d", target])
    };
    let tables = |target: &str| {
        server.psql(target, "select count(*) from pg_tables where schemaname = 'public'")
    };
    let target = server.create_database("target");
    expect_code(&restore(&target), 0);
    let expected = [
        "pre-restore target",
        "pre-database target",
        "post-database target complete",
        "post-restore target complete",
        "on-success target complete",
    ];
    assert_eq!(site.notes(), expected);

    let bad = site.hook("20-pre-restore-bad", "exit 1");
    let target = server.create_database("target");
    expect_code(&restore(&target), 1);
    assert_eq!(tables(&target).trim(), "0");
    fs::remove_file(bad).unwrap();
    let bad = site.hook("20-pre-database-bad", "exit 1");
    expect_code(&restore(&target), 1);
    assert_eq!(tables(&target).trim(), "0");
    fs::remove_file(bad).unwrap();
    for name in ["20-post-database-bad", "20-post-restore-bad"] {
        let bad = site.hook(name, "exit 1");
        let target = server.create_database("target");
        let output = restore(&target);
        expect_code(&output, 3);
        assert!(err(&output).contains(&format!("incomplete: hook {name}")), "{}", err(&output));
        assert_eq!(tables(&target).trim(), "2");
        fs::remove_file(bad).unwrap();
    }
    site.notes();
    expect_code(&site.run(&["restore", "single", "a.dump", "-o", "a.sql"]), 0);
    assert_eq!(site.notes(), Vec::<String>::new());
}

#[test]
fn each_database_of_a_cluster_has_its_own_hooks_and_only_it_is_left_out() {
    let server = Server::shared();
    let (one, two) = (small(server, "first"), small(server, "second"));
    let site = Site::noting();
    let url = server.url("postgres");
    let backup = |folder: &str| {
        let words = ["backup", "cluster", "--url", &url, "--no-globals", "-j", "1", "-o", folder];
        site.run(&[&words[..], &["--database", &one, "--database", &two]].concat())
    };
    expect_code(&backup("whole"), 0);
    let mut notes = site.notes();
    assert_eq!(
        (notes.remove(0), notes.pop()),
        ("pre-backup".into(), Some("on-success complete".into()))
    );
    assert_eq!(notes.pop().as_deref(), Some("post-backup complete"));
    notes.sort();
    let expected = [
        "post-database first complete",
        "post-database second complete",
        "pre-database first",
        "pre-database second",
    ];
    assert_eq!(notes, expected);
    // Begun after its own database's hook and ended before it.
    let catalogue = fs::read_to_string(site.home.path().join("whole/cluster.json")).unwrap();
    assert!(!catalogue.contains("\"missing\": [\n"), "{catalogue}");

    let only = format!("# dbbackup: databases={one}\nexit 1");
    for (point, there) in [("pre-database", false), ("post-database", true)] {
        let bad = site.hook(&format!("20-{point}-bad"), &only);
        let output = backup(&format!("at-{point}"));
        expect_code(&output, 3);
        assert!(err(&output).contains(&format!("20-{point}-bad")), "{}", err(&output));
        let kept = |database: &str| {
            let archive = format!("at-{point}/databases/{database}.dump");
            site.home.path().join(archive).exists()
        };
        assert_eq!((kept(&one), kept(&two)), (there, true), "{point}");
        let notes = site.notes();
        let ended = if there { "complete" } else { "failed" };
        assert!(notes.contains(&format!("post-database first {ended}")), "{notes:?}");
        assert!(notes.contains(&"on-error incomplete".to_owned()), "{notes:?}");
        fs::remove_file(bad).unwrap();
    }

    let (new_one, new_two) = (format!("{one}_copy"), format!("{two}_copy"));
    site.hook("20-pre-database-bad", &format!("# dbbackup: databases={new_one}\nexit 1"));
    let renames = [format!("{one}={new_one}"), format!("{two}={new_two}")];
    let output = site.run(&[
        "restore",
        "cluster",
        "whole",
        "--url",
        &url,
        "--database",
        &renames[0],
        "--database",
        &renames[1],
    ]);
    expect_code(&output, 3);
    assert!(
        err(&output).contains(&format!("database {new_one} was not restored: hook")),
        "{}",
        err(&output)
    );
    let there = "select datname from pg_database where datname ~ '^(first|second).*_copy$'";
    assert_eq!(server.psql("postgres", there).trim(), new_two);
}

#[test]
fn a_file_that_others_could_have_written_keeps_the_job_from_running() {
    let server = Server::shared();
    let database = small(server, "refused");
    let site = Site::noting();
    let bad = site.hook("50-pre-backup-open", "echo open >> $HOME/notes");
    fs::set_permissions(&bad, fs::Permissions::from_mode(0o777)).unwrap();
    site.hook("prebackup-typo", "exit 1");
    let output = site.backup(server, &database, &[]);
    expect_code(&output, 1);
    let said = err(&output);
    assert!(said.contains("50-pre-backup-open: everybody may write to it (mode 0777)"), "{said}");
    assert!(said.contains("--no-hooks"), "{said}");
    assert!(said.contains("warning: not run as a hook"), "{said}");
    assert!(!site.archive().exists());
    // Who is to hear of it does.
    assert_eq!(site.notes(), ["on-error refused failed"]);

    let listed = site.run(&["hooks", "list"]);
    expect_code(&listed, 1);
    let text = out(&listed);
    assert!(text.contains("pre-backup:\n  1. 10-pre-backup; "), "{text}");
    assert!(text.contains("everybody may write") && text.contains("tells no point"), "{text}");
    assert!(text.contains("DBBACKUP_ARCHIVE_BYTES"), "{text}");
    let plan = out(&site.backup(server, &database, &["--dry-run"]));
    assert!(plan.contains("pre-backup: 10-pre-backup; "), "{plan}");
    assert!(plan.contains("a hook of this job is refused"), "{plan}");
    expect_code(&site.backup(server, &database, &["--no-hooks"]), 0);
    assert_eq!(site.notes(), Vec::<String>::new());

    let other = site.home.path().join("others");
    fs::create_dir(&other).unwrap();
    let folder = other.display().to_string();
    expect_code(&site.backup(server, &database, &["--hooks-dir", &folder]), 0);
    let output = site.backup(server, &database, &["--hooks-dir", "/nowhere/at/all"]);
    expect_code(&output, 1);
    assert!(err(&output).contains("/nowhere/at/all: it cannot be read"), "{}", err(&output));
}

#[test]
fn a_cancel_during_a_hook_ends_its_group_and_tells_those_who_wait() {
    let server = Server::shared();
    let database = small(server, "stopped");
    let site = Site::noting();
    site.hook(
        "20-pre-backup-long",
        "sleep 1000 & echo $! > $HOME/pid.tmp; mv $HOME/pid.tmp $HOME/pid; wait",
    );
    let url = server.url(&database);
    let mut child = command(&site.home, &["backup", "single", "--url", &url, "-o", "a.dump"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = site.home.path().join("pid");
    wait_for("the hook to begin", Duration::from_secs(30), || pid.exists());
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let pid = fs::read_to_string(pid).unwrap().trim().parse().unwrap();
    wait_for("what the hook started to be gone", Duration::from_secs(10), || {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.contains(") Z") || test_kill_process(Pid::from_raw(pid).unwrap()).is_err()
    });
    assert!(!site.archive().exists());
    let notes = site.notes();
    assert!(notes.contains(&"post-backup stopped cancelled".to_owned()), "{notes:?}");
    assert!(notes.contains(&"on-error stopped cancelled".to_owned()), "{notes:?}");
}

#[test]
fn a_cancel_after_the_work_ends_the_hook_and_keeps_what_was_made() {
    let server = Server::shared();
    let database = small(server, "late");
    let site = Site::noting();
    site.hook("20-post-backup-long", "touch $HOME/begun; exec sleep 1000");
    let url = server.url(&database);
    let mut child = command(&site.home, &["backup", "single", "--url", &url, "-o", "a.dump"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = site.home.path().join("begun");
    wait_for("the hook to begin", Duration::from_secs(30), || begun.exists());
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert!(site.archive().exists());
    assert!(site.notes().contains(&"on-error late incomplete".to_owned()));
    let record = site.record();
    let reasons = &record["state"]["outcome"]["Incomplete"]["reasons"];
    assert!(reasons[0].as_str().unwrap().ends_with("failed: cancelled"), "{reasons}");
}

#[test]
fn vacuum_analyze_takes_the_tables_of_the_job() {
    let server = Server::shared();
    let database = small(server, "vacuum");
    let site = Site::new();
    site.config(
        "[profiles.quiet]\nread_only = true\n[hooks.vacuum]\nat = \"pre-database\"\n\
         use = \"vacuum-analyze\"\n",
    );
    let vacuumed = || {
        let sql = "select string_agg(relname, ',' order by relname) from pg_stat_user_tables
                    where last_vacuum is not null and last_analyze is not null";
        server.psql(&database, sql).trim().to_owned()
    };
    let output = site.backup(server, &database, &["--read-only"]);
    expect_code(&output, 0);
    assert!(err(&output).contains("read-only; the job goes on"), "{}", err(&output));
    assert_eq!(vacuumed(), "");
    let output = site.backup(server, &database, &["-t", "people"]);
    expect_code(&output, 0);
    assert!(err(&output).contains("vacuum| public.people in "), "{}", err(&output));
    wait_for("the statistics to come", Duration::from_secs(10), || vacuumed() == "people");
    expect_code(&site.backup(server, &database, &[]), 0);
    wait_for("the statistics to come", Duration::from_secs(10), || vacuumed() == "letters,people");

    let count = "select vacuum_count from pg_stat_user_tables where relname = 'letters'";
    assert_eq!(server.psql(&database, count).trim(), "1");
    let url = server.url(&database);
    expect_code(&site.run(&["hooks", "run", "vacuum", "--url", &url, "-d", &database]), 0);
    wait_for("the statistics to come", Duration::from_secs(10), || {
        server.psql(&database, count).trim() == "2"
    });

    server.psql(&database, "create role vacuumer login; grant pg_read_all_data to vacuumer");
    let url = server.url(&database).replacen("postgres@", "vacuumer@", 1);
    let output = site.run(&["backup", "single", "--url", &url, "-o", "b.dump"]);
    expect_code(&output, 0);
    let said = err(&output);
    assert!(said.contains("vacuuming public.people failed: it belongs to somebody else"), "{said}");
    assert!(
        said.contains("these tables were not vacuumed: public.letters, public.people"),
        "{said}"
    );
}

#[test]
fn hooks_are_tried_by_hand() {
    let site = Site::noting();
    site.hook("30-on-error-say", "echo \"$DBBACKUP_PATH: $DBBACKUP_ERROR\"; exit 4");
    let words =
        ["hooks", "run", "on-error", "-d", "shop_1", "--error", "no room", "--path", "/b/x"];
    let output = site.run(&words);
    expect_code(&output, 1);
    assert_eq!(site.notes(), ["on-error shop failed"]);
    assert!(err(&output).contains("30-on-error-say| /b/x: no room\n"), "{}", err(&output));
    assert!(out(&output).contains("on-error 30-on-error-say: exit code 4, "), "{}", out(&output));
    // A bucket's address is no path of this machine.
    let words = ["hooks", "run", "30-on-error-say", "--path", "s3://b/k"];
    assert!(err(&site.run(&words)).contains("30-on-error-say| s3://b/k: \n"));
    let output = site.run(&["hooks", "run", "10-pre-backup", "--log-format", "json"]);
    expect_code(&output, 0);
    let outcomes: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(outcomes[0]["end"], "done");
    assert_eq!(site.notes(), ["pre-backup"]);
    for words in [["hooks", "run", "nonsense"], ["hooks", "run", "20-pre-backup"]] {
        let output = site.run(&words);
        expect_code(&output, 2);
        assert!(err(&output).contains("hooks list"), "{}", err(&output));
    }
}

#[test]
fn a_config_file_with_a_wrong_hook_names_its_line() {
    let site = Site::new();
    site.config("[hooks.chat]\nat = \"on-error\"\nuse = \"webhook\"\nurl = \"tr0ub4dor\"\n");
    let output = site.run(&["hooks", "list"]);
    expect_code(&output, 2);
    let said = err(&output);
    assert!(
        said.contains("config.toml:4: hooks.chat.url") && !said.contains("tr0ub4dor"),
        "{said}"
    );
}
