//! The list of what a restore would take, judged by pg_restore's.

use std::fs;

use super::{Server, err, expect_code, home, out, run, small};
use crate::support;

/// The lines without the two that tell the tool's own version and time zone.
fn comparable(list: &str) -> Vec<String> {
    let created = |line: &str| line.starts_with("; Archive created at");
    list.lines().filter(|line| !created(line)).map(str::to_owned).collect()
}

#[test]
fn a_list_of_chosen_entries_is_pg_restores() {
    let server = Server::shared();
    let database = small(server, "lists");
    server.psql(&database, "create schema other; create table other.t (i int)");
    let home = home();
    let archive = home.path().join("a.dump");
    support::run(server.tool("pg_dump").args(["-Fc", "-f"]).arg(&archive).arg(&database));
    for line in [
        "",
        "-n other",
        "-N other",
        "-t people",
        "-n public -t letters",
        "--section data",
        "--section post-data",
        "-s",
        "-a",
        "-x",
        "-C",
    ] {
        let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
        let ours = run(&home, &[&["restore", "single", "a.dump", "-l"], words.as_slice()].concat());
        expect_code(&ours, 0);
        let theirs = support::run(server.tool("pg_restore").arg("-l").args(&words).arg(&archive));
        assert_eq!(comparable(&out(&ours)), comparable(&theirs), "{line}");
        assert!(
            theirs.lines().any(|line| line.starts_with(|c: char| c.is_ascii_digit())),
            "{line}"
        );
    }
}

#[test]
fn an_edited_list_works_with_both_tools_and_keeps_its_order() {
    let server = Server::shared();
    let database = small(server, "edited");
    let home = home();
    let archive = home.path().join("a.dump");
    let url = server.url(&database);
    expect_code(&run(&home, &["backup", "single", "--url", &url, "-o", "a.dump"]), 0);
    let list = out(&run(&home, &["restore", "single", "a.dump", "-l"]));
    let mut chosen: Vec<&str> = list.lines().filter(|line| line.contains(" people ")).collect();
    assert!(chosen.len() > 1, "{list}");
    chosen.reverse();
    fs::write(home.path().join("l"), chosen.join("\n")).unwrap();
    let ours = run(&home, &["restore", "single", "a.dump", "-l", "-L", "l"]);
    expect_code(&ours, 0);
    let theirs = support::run(
        server.tool("pg_restore").args(["-l", "-L"]).arg(home.path().join("l")).arg(&archive),
    );
    let entries = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with(';')).map(str::to_owned).collect()
    };
    assert_eq!(entries(&out(&ours)), chosen);
    assert_eq!(entries(&theirs), chosen);
}

#[test]
fn a_list_goes_into_a_file_where_one_is_named() {
    let server = Server::shared();
    let database = small(server, "listed");
    let home = home();
    let url = server.url(&database);
    expect_code(&run(&home, &["backup", "single", "--url", &url, "-o", "a.dump"]), 0);
    let output = run(&home, &["restore", "single", "a.dump", "-l", "-f", "list"]);
    expect_code(&output, 0);
    assert_eq!(out(&output), "", "{}", err(&output));
    let written = fs::read_to_string(home.path().join("list")).unwrap();
    assert_eq!(written, out(&run(&home, &["list", "a.dump"])));
}

#[test]
fn a_script_is_listed_and_restored_by_an_edited_list_and_refuses_what_it_cannot_follow() {
    let server = Server::shared();
    let database = small(server, "script");
    server.psql(
        &database,
        "create table first (i int); create table second (i int);
         insert into first values (1); insert into second values (2), (3)",
    );
    let home = home();
    let script = home.path().join("a.sql");
    support::run(server.tool("pg_dump").arg("-f").arg(&script).arg(&database));
    let listed = run(&home, &["list", "a.sql"]);
    expect_code(&listed, 0);
    let list = out(&listed);
    assert!(list.starts_with(";\n; Script in plain SQL\n"), "{list}");
    let mut chosen: Vec<&str> = list.lines().filter(|line| line.contains(" first ")).collect();
    // Another order than that of the script.
    chosen.splice(0..0, list.lines().filter(|line| line.contains(" second ")));
    assert_eq!(chosen.len(), 4, "{list}");
    fs::write(home.path().join("l"), chosen.join("\n")).unwrap();
    let target = server.create_database("script_listed");
    let url = server.url(&target);
    let restore = ["restore", "single", "a.sql", "--url", &url];
    expect_code(&run(&home, &[&restore[..], &["-L", "l", "--no-owner"]].concat()), 0);
    for table in ["first", "second"] {
        let count = format!("select count(*) from {table}");
        assert_eq!(server.psql(&target, &count), server.psql(&database, &count), "{table}");
    }
    let refused = run(&home, &[&restore[..], &["--clean"]].concat());
    expect_code(&refused, 2);
    let text = err(&refused);
    assert!(text.contains("--clean needs an archive") && text.contains("with --create"), "{text}");
}
