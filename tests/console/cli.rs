//! The headless verbs of the real binary against a real server: what comes out, what is left
//! behind, and the exit code.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{self, Server, ServerOptions, wait_for};

mod filters;
mod hooks;
mod lists;
mod options;

/// A small schema with something of everything that a restore has to put back.
const SCHEMA: &str = "
    create type mood as enum ('sad', 'glad');
    create table people (id serial primary key, name text not null, mood mood default 'glad');
    create table letters (
        id bigint generated always as identity primary key,
        person int not null references people on delete cascade,
        body text, sent timestamptz default '2026-01-01 00:00+00');
    create index letters_person on letters (person) where body is not null;
    create view glad as select * from people where mood = 'glad';
    comment on table letters is 'it''s all here';
    insert into people (name) select 'person ' || i from generate_series(1, 200) i;
    insert into letters (person, body) select 1 + i % 200, repeat('x', i % 50) || E'\\t\\\\' || i
        from generate_series(1, 3000) i;
    analyze;";

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Runs the binary to its end.
fn run(home: &TempDir, arguments: &[&str]) -> Output {
    command(home, arguments).output().unwrap()
}

fn command(home: &TempDir, arguments: &[&str]) -> Command {
    let mut command = support::dbbackup(home.path());
    command.args(arguments).stdin(Stdio::null()).current_dir(home.path());
    command
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The objects of an archive's list: what stands behind the numbers.
fn objects(list: &str) -> Vec<String> {
    let object = |line: &str| line.split(' ').skip(3).collect::<Vec<_>>().join(" ");
    let mut objects: Vec<String> =
        list.lines().filter(|line| !line.starts_with(';')).map(object).collect();
    objects.sort();
    objects
}

#[track_caller]
fn expect_code(output: &Output, code: i32) {
    let said = format!("stdout: {}\nstderr: {}", out(output), err(output));
    assert_eq!(output.status.code(), Some(code), "{said}");
}

/// A database with the small schema.
fn small(server: &Server, hint: &str) -> String {
    let database = server.create_database(hint);
    server.psql(&database, SCHEMA);
    database
}

/// A database whose backup takes a while under a small rate: about 10 MB.
fn large(server: &Server, hint: &str) -> String {
    let database = server.create_database(hint);
    server.psql(
        &database,
        "create table big as select i, repeat(md5(i::text), 30) body from generate_series(1, 10000) i",
    );
    database
}

/// What is in a folder, sorted; hidden files too.
fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Every file below a folder.
fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(all_files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn json_lines(text: &str) -> Vec<Value> {
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    text.lines().map(parse).collect()
}

/// The backup of `large` at a crawl, which has begun to copy rows.
struct Slow {
    child: Child,
    lines: BufReader<std::process::ChildStderr>,
    folder: PathBuf,
    home: TempDir,
}

impl Slow {
    fn start(server: &Server, database: &str) -> Self {
        let home = home();
        let folder = home.path().join("out");
        fs::create_dir(&folder).unwrap();
        let url = server.url(database);
        let mut child =
            command(&home, &["backup", "single", database, "--url", &url, "--log-format", "json"])
                .args(["--rate", "100K", "-j", "1", "-o"])
                .arg(folder.join("big.dump"))
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("ObjectStarted") {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "the backup ended before it copied");
        }
        Self { child, lines, folder, home }
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for the end; what was said until then, and the exit code.
    fn end(mut self) -> (String, Option<i32>, PathBuf, TempDir) {
        let mut said = String::new();
        self.lines.read_to_string(&mut said).unwrap();
        let code = self.child.wait().unwrap().code();
        (said, code, self.folder, self.home)
    }
}

/// Waits until no session but the asking one is in the database.
fn wait_until_left_alone(server: &Server, database: &str) {
    let sql = format!("select count(*) from pg_stat_activity where datname = '{database}'");
    wait_for("the backup's sessions to end", Duration::from_secs(20), || {
        server.psql("postgres", &sql).trim() == "0"
    });
}

#[test]
fn what_cannot_be_meant_is_a_usage_error() {
    let home = home();
    for line in [
        "backup",
        "backup single db -F nonsense",
        "backup single db -s -a",
        "backup single db -F directory -o -",
        "backup single db --no-such-flag",
        "restore single",
        "restore single a.dump -C -1 -d x",
        "restore single a.dump -1 -j 2 -d x",
        "restore single a.dump --if-exists -d x",
        "restore single a.dump -o out.sql -d x",
        "restore single a.dump --read-only -d x",
        "backup single",
        "demo",
        "nonsense",
    ] {
        let output = run(&home, &line.split(' ').collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(2), "{line}: {}", err(&output));
        assert_eq!(out(&output), "", "{line}");
        assert!(err(&output).contains("error"), "{line}: {}", err(&output));
    }
}

#[test]
fn the_console_without_a_terminal_is_refused_with_the_way_out() {
    let output = run(&home(), &[]);
    expect_code(&output, 2);
    assert!(err(&output).contains("dbbackup backup single"), "{}", err(&output));
}

#[test]
fn completions_know_the_verbs() {
    let output = run(&home(), &["completions", "bash"]);
    expect_code(&output, 0);
    assert!(out(&output).contains("restore"));
    assert!(!out(&output).contains("demo__keeper)\n            opts"), "hidden verbs stay hidden");
}

#[test]
fn a_server_that_is_not_there_is_a_failure_with_its_address() {
    let port = support::free_port();
    let url = format!("postgres://u@127.0.0.1:{port}/db");
    let home = home();
    let output = run(&home, &["backup", "single", "db", "--url", &url, "-o", "x.dump"]);
    expect_code(&output, 1);
    assert!(err(&output).contains(&port.to_string()), "{}", err(&output));
    assert!(!home.path().join("x.dump").exists());
}

#[test]
fn a_wrong_password_is_a_failure_with_a_hint_and_no_password_is_ever_written() {
    let hba = "local all all trust\nhost all postgres 127.0.0.1/32 trust\n\
               host all all 127.0.0.1/32 scram-sha-256\n";
    let server = Server::start(&ServerOptions { hba: Some(hba.into()), ..Default::default() });
    let database = small(&server, "secret");
    server.psql(&database, "create role anna superuser login password 'tr0ub4dor-right'");
    let home = home();
    for (password, code) in [("tr0ub4dor-wrong", 1), ("tr0ub4dor-right", 0)] {
        let url = format!("postgres://anna:{password}@127.0.0.1:{}/{database}", server.port);
        for format in ["text", "json"] {
            let output = command(&home, &["backup", "single", "--url", &url, "--overwrite"])
                .args(["-o", "s.dump", "--log-format", format])
                .env("DBBACKUP_LOG", "trace")
                .output()
                .unwrap();
            expect_code(&output, code);
            let said = out(&output) + &err(&output);
            assert!(!said.contains("tr0ub4dor"), "{said}");
            assert!(code == 0 || said.contains("hint"), "{said}");
        }
    }
    let dry = run(
        &home,
        &["backup", "single", "--dry-run", "--url", &{
            format!("postgres://anna:tr0ub4dor-right@127.0.0.1:{}/{database}", server.port)
        }],
    );
    expect_code(&dry, 0);
    assert!(!out(&dry).contains("tr0ub4dor"), "{}", out(&dry));
    let written = all_files(home.path());
    assert!(written.iter().any(|path| path.extension() == Some(OsStr::new("log"))), "{written:?}");
    for path in written {
        let bytes = fs::read(&path).unwrap();
        let found = bytes.windows(9).any(|window| window == b"tr0ub4dor");
        assert!(!found, "{}", path.display());
    }
}

#[test]
fn a_backup_is_listed_and_restored_into_a_new_database_equal_to_the_first() {
    let server = Server::shared();
    let database = small(server, "round");
    let home = home();
    let url = server.url(&database);
    let output = run(&home, &["backup", "single", "--url", &url, "-o", "round.dump"]);
    expect_code(&output, 0);
    let archive = home.path().join("round.dump");
    assert_eq!(out(&output).trim_end(), archive.to_str().unwrap());
    assert!(err(&output).contains("complete: backup"), "{}", err(&output));

    let ours = run(&home, &["list", "round.dump"]);
    expect_code(&ours, 0);
    let theirs = support::run(server.tool("pg_restore").arg("-l").arg(&archive));
    let entries = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with(';')).map(str::to_owned).collect()
    };
    assert_eq!(entries(&out(&ours)), entries(&theirs));
    assert!(entries(&theirs).iter().any(|line| line.contains("TABLE DATA public letters")));

    let copy = format!("{database}_copy");
    let output =
        run(&home, &["restore", "single", "round.dump", "--url", &url, "--create", "-d", &copy]);
    expect_code(&output, 0);
    assert_eq!(server.dump_text(&copy, &[]), server.dump_text(&database, &[]));

    let again =
        run(&home, &["restore", "single", "round.dump", "--url", &url, "--create", "-d", &copy]);
    expect_code(&again, 1);
    assert!(err(&again).contains(&copy), "{}", err(&again));

    let jobs = run(&home, &["list"]);
    expect_code(&jobs, 0);
    assert_eq!(out(&jobs).matches("complete").count(), 2, "{}", out(&jobs));
    let jobs: Value = serde_json::from_str(&out(&run(&home, &["list", "--json"]))).unwrap();
    assert_eq!(jobs["jobs"].as_array().unwrap().len(), 3);
}

#[test]
fn a_list_that_was_edited_chooses_what_is_restored() {
    let server = Server::shared();
    let database = small(server, "chosen");
    let home = home();
    let url = server.url(&database);
    expect_code(&run(&home, &["backup", "single", "--url", &url, "-o", "a.dump"]), 0);
    let list = out(&run(&home, &["restore", "single", "a.dump", "-l"]));
    let chosen: Vec<&str> =
        list.lines().filter(|line| line.contains(" TYPE ") || line.contains(" people")).collect();
    fs::write(home.path().join("chosen.list"), chosen.join("\n")).unwrap();
    let target = server.create_database("chosen_target");
    let output = run(
        &home,
        &["restore", "single", "a.dump", "-L", "chosen.list", "--url", &url, "-d", &target],
    );
    expect_code(&output, 0);
    let tables = server.psql(
        &target,
        "select relname from pg_class where relkind = 'r' \
        and relnamespace = 'public'::regnamespace",
    );
    assert_eq!(tables.trim(), "people");
    assert_eq!(server.psql(&target, "select count(*) from people").trim(), "200");
}

#[test]
fn a_restore_that_lacks_something_names_each_object_and_ends_with_three() {
    let server = Server::shared();
    let database = small(server, "lacking");
    let home = home();
    let url = server.url(&database);
    expect_code(&run(&home, &["backup", "single", "--url", &url, "-o", "a.dump"]), 0);
    let list = out(&run(&home, &["restore", "single", "a.dump", "-l"]));
    let chosen: Vec<&str> = list.lines().filter(|line| !line.contains(" TYPE ")).collect();
    fs::write(home.path().join("l"), chosen.join("\n")).unwrap();
    let target = server.create_database("lacking_target");
    let arguments = ["restore", "single", "a.dump", "-L", "l", "--url", &url, "-d", &target];
    let output = run(&home, &arguments);
    expect_code(&output, 3);
    let said = err(&output);
    let missing: Vec<&str> = said.lines().filter(|line| line.starts_with("incomplete: ")).collect();
    for object in ["TABLE public.people", "VIEW public.glad", "people_pkey"] {
        assert!(missing.iter().any(|line| line.contains(object)), "{object}: {said}");
    }
    assert!(missing.iter().any(|line| line.contains("restore a.dump")), "{said}");
    assert_eq!(server.psql(&target, "select count(*) from letters").trim(), "3000");
}

#[test]
fn a_restore_over_rows_needs_to_be_agreed_to() {
    let server = Server::shared();
    let database = small(server, "over");
    let home = home();
    let url = server.url(&database);
    expect_code(&run(&home, &["backup", "single", "--url", &url, "-o", "a.dump"]), 0);
    let before = server.dump_text(&database, &[]);
    let output = run(&home, &["restore", "single", "a.dump", "--url", &url]);
    expect_code(&output, 1);
    assert!(err(&output).contains("--over-existing"), "{}", err(&output));
    assert_eq!(server.dump_text(&database, &[]), before);
    let output = run(&home, &["restore", "single", "a.dump", "--url", &url, "--clean"]);
    expect_code(&output, 0);
    assert_eq!(server.dump_text(&database, &[]), before);
}

#[test]
fn a_dry_run_prints_the_plan_and_does_nothing() {
    let server = Server::shared();
    let database = small(server, "dry");
    let home = home();
    let url = server.url(&database);
    let output = run(&home, &["backup", "single", "--url", &url, "--dry-run", "-o", "a.dump"]);
    expect_code(&output, 0);
    let plan = out(&output);
    assert!(plan.contains("public.letters") && plan.contains("command:"), "{plan}");
    assert!(!home.path().join("a.dump").exists());

    let arguments = ["backup", "single", "--url", &url, "--dry-run", "-t", "people"];
    let output = command(&home, &arguments).args(["--log-format", "json"]).output().unwrap();
    expect_code(&output, 0);
    let plan: Value = serde_json::from_str(&out(&output)).unwrap();
    let names: Vec<&str> = plan["objects"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|object| object["kind"] == "TABLE DATA")
        .filter_map(|object| object["name"].as_str())
        .collect();
    assert_eq!(names, ["public.people"]);
    assert_eq!(out(&run(&home, &["list"])), "");

    expect_code(&run(&home, &["backup", "single", "--url", &url, "-o", "b.dump"]), 0);
    let target = server.create_database("dry_target");
    let arguments = ["restore", "single", "b.dump", "--url", &url, "-d", &target, "--dry-run"];
    let output = run(&home, &arguments);
    expect_code(&output, 0);
    assert!(out(&output).contains("letters"), "{}", out(&output));
    assert_eq!(
        server.psql(&target, "select count(*) from pg_class where relname = 'people'").trim(),
        "0"
    );
}

#[test]
fn json_lines_tell_every_event_and_the_summary() {
    let server = Server::shared();
    let database = small(server, "json");
    let home = home();
    let url = server.url(&database);
    let arguments = ["backup", "single", "--url", &url, "-o", "a.dump", "--log-format", "json"];
    let output = run(&home, &arguments);
    expect_code(&output, 0);
    let lines = json_lines(&err(&output));
    assert!(lines.iter().all(|line| line["at"].is_string()));
    let events: Vec<&Value> = lines.iter().map(|line| &line["event"]).collect();
    assert!(events.iter().any(|event| event["Accepted"].is_object()));
    assert!(events.iter().any(|event| event["Phase"] == "Copying"));
    assert!(events.iter().any(|event| event["ObjectDone"]["object"] == "public.letters"));
    assert!(lines.iter().any(|line| line["sample"]["rows"].is_u64()));
    let summary = &lines.last().unwrap()["summary"];
    assert_eq!(summary["outcome"], "complete");
    assert_eq!(summary["rows"], 3200);
    assert_eq!(summary["exit_code"], 0);
    let size = fs::metadata(home.path().join("a.dump")).unwrap().len();
    assert_eq!(summary["archive_bytes"], size);
}

#[test]
fn a_table_that_cannot_be_read_whole_makes_a_backup_incomplete_and_is_named() {
    let server = Server::shared();
    let database = small(server, "incomplete");
    server.psql(
        &database,
        &format!(
            "create role r_{database} login; grant select on all tables in schema public to r_{database};
             grant select on all sequences in schema public to r_{database};
             alter table letters enable row level security; create policy p on letters using (id < 5)"
        ),
    );
    let home = home();
    let url = format!("postgres://r_{database}@127.0.0.1:{}/{database}", server.port);
    let output = run(&home, &["backup", "single", "--url", &url, "-o", "a.dump"]);
    expect_code(&output, 3);
    let said = err(&output);
    let named = |line: &str| line.starts_with("incomplete: ") && line.contains("letters");
    assert!(said.lines().any(named), "{said}");
    assert!(home.path().join("a.dump").exists());
}

#[test]
fn an_output_that_is_there_is_not_overwritten_unasked() {
    let server = Server::shared();
    let database = small(server, "there");
    let home = home();
    let url = server.url(&database);
    fs::write(home.path().join("a.dump"), "precious").unwrap();
    let output = run(&home, &["backup", "single", "--url", &url, "-o", "a.dump"]);
    expect_code(&output, 1);
    assert!(err(&output).contains("overwrite"), "{}", err(&output));
    assert_eq!(fs::read(home.path().join("a.dump")).unwrap(), b"precious");
    let output = run(&home, &["backup", "single", "--url", &url, "-o", "a.dump", "--overwrite"]);
    expect_code(&output, 0);
    assert!(fs::read(home.path().join("a.dump")).unwrap().starts_with(b"PGDMP"));
}

#[test]
fn an_interrupt_cancels_the_job_and_leaves_nothing() {
    let server = Server::shared();
    let database = large(server, "interrupt");
    let slow = Slow::start(server, &database);
    slow.signal(rustix::process::Signal::INT);
    let (said, code, folder, home) = slow.end();
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("cancelled"), "{said}");
    assert_eq!(files(&folder), Vec::<String>::new());
    wait_until_left_alone(server, &database);
    assert!(out(&run(&home, &["list"])).contains("cancelled"));
}

#[test]
fn a_hang_up_does_not_end_a_job() {
    let server = Server::shared();
    let database = server.create_database("hangup");
    server
        .psql(&database, "create table t as select repeat('x', 1000) from generate_series(1, 300)");
    let slow = Slow::start(server, &database);
    slow.signal(rustix::process::Signal::HUP);
    let (said, code, folder, _home) = slow.end();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(files(&folder), ["big.dump", "big.dump.manifest.json"]);
}

#[test]
fn a_killed_backup_leaves_nothing_that_looks_like_one_and_its_sessions_end() {
    let server = Server::shared();
    let database = large(server, "killed");
    let slow = Slow::start(server, &database);
    slow.signal(rustix::process::Signal::KILL);
    let (_, code, folder, home) = slow.end();
    assert_eq!(code, None);
    assert!(!files(&folder).contains(&"big.dump".to_owned()));
    for name in files(&folder) {
        assert!(name.starts_with('.') && name.contains("partial"), "{name}");
    }
    wait_until_left_alone(server, &database);
    assert!(out(&run(&home, &["list"])).contains("killed"));
}

#[test]
fn a_reader_that_has_enough_is_no_crash() {
    let server = Server::shared();
    let database = server.create_database("pipe");
    let many: Vec<String> = (0..2000).map(|i| format!("create table t{i} ();")).collect();
    server.psql(&database, &many.concat());
    let home = home();
    let url = server.url(&database);
    expect_code(&run(&home, &["backup", "single", "--url", &url, "-o", "a.dump"]), 0);
    let mut child = command(&home, &["list", "a.dump"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    expect_code(&output, 0);
    let told = "never verified here: dbbackup verify proves that it can be read\n";
    assert_eq!(err(&output), told);
}

#[test]
fn a_streamed_backup_is_all_that_stdout_has() {
    let server = Server::shared();
    let database = small(server, "stream");
    let home = home();
    let url = server.url(&database);
    for (format, head) in [("custom", &b"PGDMP"[..]), ("plain", b"--\n")] {
        let output = run(&home, &["backup", "single", "--url", &url, "-F", format, "-o", "-"]);
        expect_code(&output, 0);
        assert!(output.stdout.starts_with(head), "{format}: {}", out(&output));
        assert!(err(&output).contains("→ stdout"), "{}", err(&output));
        if format == "custom" {
            fs::write(home.path().join("a.dump"), &output.stdout).unwrap();
            let theirs = support::run(
                server.tool("pg_restore").args(["-f", "-"]).arg(home.path().join("a.dump")),
            );
            assert!(theirs.contains("COPY public.letters"), "{theirs}");
        }
    }
    assert_eq!(files(home.path()).iter().filter(|name| *name == "-").count(), 0);
}

#[test]
fn a_file_name_may_have_any_bytes() {
    let server = Server::shared();
    let database = small(server, "bytes");
    let home = home();
    let url = server.url(&database);
    let name = OsString::from_vec(b"caf\xe9.dump".to_vec());
    for format in ["text", "json"] {
        let output = command(&home, &["backup", "single", "--url", &url, "--overwrite"])
            .args(["--log-format", format, "-o"])
            .arg(&name)
            .output()
            .unwrap();
        expect_code(&output, 0);
        assert!(output.stdout.ends_with(b"/caf\xe9.dump\n"), "{output:?}");
        assert!(!err(&output).contains("will not be in the history"), "{}", err(&output));
    }
    for (verb, more) in [("list", None), ("list", Some("--json"))] {
        let output = command(&home, &[verb]).args(more).arg(&name).output().unwrap();
        expect_code(&output, 0);
        assert!(out(&output).contains("letters"), "{}", out(&output));
    }
    assert_eq!(out(&run(&home, &["list"])).matches("complete").count(), 2);
    let target = server.create_database("bytes_target");
    let output = command(&home, &["restore", "single", "--url", &url, "-d", &target])
        .arg(&name)
        .output()
        .unwrap();
    expect_code(&output, 0);
}

#[test]
fn progress_without_a_terminal_is_lines_and_stdout_has_only_the_result() {
    let server = Server::shared();
    let database = small(server, "lines");
    let home = home();
    let url = server.url(&database);
    let output = run(&home, &["backup", "single", "--url", &url, "-o", "a.dump"]);
    expect_code(&output, 0);
    assert_eq!(out(&output).lines().count(), 1);
    let said = err(&output);
    assert!(said.lines().any(|line| line == "copying rows"), "{said}");
    assert!(!said.contains('\u{1b}') && !said.contains('\r'), "{said:?}");
}
