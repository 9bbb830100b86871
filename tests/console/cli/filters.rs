//! Filter files with the real binary, judged by what pg_dump takes of the same file.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use super::{Server, command, err, expect_code, home, objects, out, run, small};
use crate::support;

#[test]
fn a_filter_file_chooses_what_pg_dump_chooses() {
    let server = Server::shared();
    let database = small(server, "filtered");
    server.psql(
        &database,
        "create schema other; create table other.a (i int); create table other.\"b\nc\" (i int);
         insert into other.a values (1); create table \"we ird\" (i int)",
    );
    let home = home();
    let url = server.url(&database);
    for (name, text) in [
        ("empty", ""),
        ("tables", "# a comment\n\n include table people # and another\ninclude table other . a\n"),
        ("quoted", "include table other.\"b\nc\"\ninclude table \"we ird\"\n"),
        ("escaped", "include table other.\"b\\nc\"\n"),
        ("wild", "include table public.*er*\nexclude table_data letters\n"),
        ("schema", "include schema other\nexclude table other.a\n"),
        ("no_schema", "exclude schema other\n"),
    ] {
        fs::write(home.path().join(name), text).unwrap();
        let archive = format!("{name}.dump");
        let ours =
            run(&home, &["backup", "single", "--url", &url, "-o", &archive, "--filter", name]);
        expect_code(&ours, 0);
        let theirs = home.path().join(format!("{name}.pg_dump"));
        support::run(
            server
                .tool("pg_dump")
                .args(["-Fc", "--filter"])
                .arg(home.path().join(name))
                .arg("-f")
                .arg(&theirs)
                .arg(&database),
        );
        let list = |archive: &std::path::Path| {
            objects(&support::run(server.tool("pg_restore").arg("-l").arg(archive)))
        };
        assert_eq!(list(&home.path().join(archive)), list(&theirs), "{name}");
    }
}

#[test]
fn a_bad_filter_is_a_usage_error_with_file_and_line() {
    let home = home();
    for (text, place) in [
        ("include table a\nfoo table b\n", "bad:2"),
        ("include table-data a\n", "bad:1"),
        ("\n\ninclude table\n", "bad:3"),
        ("include table_data a\n", "bad:1"),
        ("include table a.b.c.d\n", "bad:1"),
    ] {
        fs::write(home.path().join("bad"), text).unwrap();
        let output = run(&home, &["backup", "single", "db", "--filter", "bad"]);
        expect_code(&output, 2);
        assert!(err(&output).contains(place), "{text}: {}", err(&output));
    }
    fs::write(home.path().join("bad"), "exclude table a\n").unwrap();
    let output = run(&home, &["restore", "single", "a.dump", "-d", "x", "--filter", "bad"]);
    expect_code(&output, 2);
    assert!(err(&output).contains("--exclude-table"), "{}", err(&output));
}

#[test]
fn a_filter_is_read_from_stdin() {
    let server = Server::shared();
    let database = small(server, "filter_stdin");
    let home = home();
    let url = server.url(&database);
    let mut child = command(&home, &["backup", "single", "--url", &url, "-o", "a.dump"])
        .args(["--filter", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"include table people\n").unwrap();
    assert!(child.wait().unwrap().success());
    let list = out(&run(&home, &["list", "a.dump"]));
    assert!(list.contains("TABLE DATA public people") && !list.contains("letters"), "{list}");
}
