//! The options that pg_dump and pg_restore have too are accepted and refused as those do it. Both
//! are asked, without a server: who gets as far as looking for it has accepted.

use std::process::Command;

use tempfile::TempDir;

use super::{err, expect_code, home, objects, run, small};
use crate::support::{self, Server};

/// Where no server is.
const NOWHERE: &str = "/nonexistent";

/// Options of pg_dump, alone and together.
const DUMP: &[&str] = &[
    "",
    "-a",
    "-s",
    "-s -a",
    "--statistics-only",
    "-s --statistics-only",
    "-a --statistics-only",
    "--no-data",
    "--no-schema",
    "--no-data --no-schema",
    "-a --no-data",
    "-s --no-schema",
    "-a --no-schema",
    "-s --no-data",
    "--statistics",
    "--no-statistics",
    "--statistics --no-statistics",
    "--statistics-only --no-statistics",
    "--statistics-only --statistics",
    "--statistics-only --no-data",
    "-a --statistics",
    "-s --statistics",
    "-a --no-statistics",
    "--no-data --statistics",
    "--no-schema --statistics",
    "-s --include-foreign-data=x",
    "--no-data --include-foreign-data=x",
    "--include-foreign-data=x",
    "--include-foreign-data=x -j 2 -F d -f out",
    "--include-foreign-data=x -j 1 -F d -f out",
    "-F c -c -a",
    "-F p -c",
    "-F p -c --if-exists",
    "-F p --if-exists",
    "-F p -C -c --if-exists",
    "-F p --clean --create --disable-triggers -S bob --use-set-session-authorization",
    "-F p --restrict-key abc1",
    "-F p --restrict-key a-b",
    "-F c --restrict-key abc1",
    "--on-conflict-do-nothing",
    "--on-conflict-do-nothing --inserts",
    "--on-conflict-do-nothing --column-inserts",
    "--on-conflict-do-nothing --rows-per-insert 5",
    "--attribute-inserts",
    "--rows-per-insert 0",
    "--rows-per-insert 10",
    "--extra-float-digits -16",
    "--extra-float-digits -15",
    "--extra-float-digits 3",
    "--extra-float-digits 4",
    "-F garbage",
    "-F P",
    "-F plain",
    "-F tar",
    "-F t -Z gzip",
    "-F t -Z none",
    "-F t -Z 0",
    "-Z garbage",
    "-Z none:1",
    "-Z gzip:15",
    "-Z gzip:nonInt",
    "-Z gzip:5",
    "-Z gzip:level=5",
    "-Z zstd:level=3",
    "-Z lz4",
    "-Z 10",
    "-Z 9",
    "-b",
    "-B",
    "-b -B",
    "--blobs",
    "--no-blobs",
    "--large-objects",
    "-n a -N b -t c -T d -e f",
    "--exclude-extension x --table-and-children a.b --exclude-table-and-children c",
    "--exclude-table-data x --exclude-table-data-and-children y --strict-names",
    "--section pre-data --section data --section post-data",
    "--section all",
    "--role bob --lock-wait-timeout 5s --serializable-deferrable --snapshot 1-1-1 -E LATIN1",
    "--no-comments --no-publications --no-subscriptions --no-security-labels --no-policies",
    "--no-tablespaces --no-table-access-method --no-toast-compression --no-unlogged-table-data",
    "--load-via-partition-root --quote-all-identifiers --enable-row-security --sequence-data",
    "-O -x --no-acl --no-owner --no-privileges --no-sync",
    "-j 0",
    "-j -1",
    "-j two",
    "--no-such-option",
    "--filter missing-file",
];

/// Options of pg_restore.
const RESTORE: &[&str] = &[
    "",
    "-a",
    "-s -a",
    "-s --statistics-only",
    "-a --statistics-only",
    "-a --no-data",
    "-s --no-schema",
    "--no-data --no-schema",
    "--statistics --no-statistics",
    "--statistics-only --no-statistics",
    "-a --statistics",
    "-s --statistics",
    "-c -a",
    "-c",
    "-c --if-exists",
    "--if-exists",
    "-C -1",
    "-1",
    "-1 -j 2",
    "-1 -j 1",
    "-j 3",
    "-j -1",
    "-j 0",
    "--transaction-size 10",
    "--transaction-size 0",
    "--transaction-size 10 -1",
    "--transaction-size 10 -j 2",
    "-f out.sql",
    "--restrict-key abc1",
    "-F garbage",
    "-F c",
    "-n public -N other -t people",
    "--strict-names -e",
    "-O -x -S bob --disable-triggers --use-set-session-authorization --enable-row-security",
    "--no-comments --no-publications --no-subscriptions --no-security-labels --no-policies",
    "--no-tablespaces --no-table-access-method --no-data-for-failed-tables --role bob",
    "--section data --section all",
    "--section data",
    "--no-such-option",
    "--filter missing-file",
    "-L missing-file",
];

/// What only we take: rows are read in parallel into every layout, whatever its writer can do.
const ONLY_OURS: &[&str] = &["-j 2", "-j 2 -F c", "-j 2 -F t"];

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(' ').filter(|word| !word.is_empty())
}

/// Whether a peer's tool got as far as to look for the server.
fn accepts(tool: &mut Command, home: &TempDir) -> (bool, String) {
    let output = tool.current_dir(home.path()).output().unwrap();
    let said = err(&output);
    (said.contains("connection to server") && said.contains(NOWHERE), said)
}

/// Whether we did.
fn accept(home: &TempDir, arguments: &[&str]) -> (bool, String) {
    let output = run(home, arguments);
    let said = err(&output);
    match output.status.code() {
        Some(1) if said.contains(NOWHERE) => (true, said),
        // A file that is missing is no wrong command line.
        Some(1) if said.contains("missing-file") => (false, said),
        Some(2) => (false, said),
        code => panic!("{arguments:?} ended with {code:?}: {said}"),
    }
}

fn differences(
    lines: &[&str],
    theirs: impl Fn(&str) -> (bool, String),
    ours: impl Fn(&str) -> (bool, String),
) -> Vec<String> {
    let mut found = Vec::new();
    for line in lines {
        // Ours first: pg_dump makes its folder before it looks for the server.
        let (our, our_words) = ours(line);
        let (their, their_words) = theirs(line);
        if their != our {
            found.push(format!(
                "'{line}'\n  theirs: {their} {their_words}  ours: {our} {our_words}"
            ));
        }
    }
    found
}

#[test]
fn a_backup_takes_and_refuses_what_pg_dump_does() {
    let home = home();
    let pg_dump = support::newest_tool("pg_dump");
    let theirs = |line: &str| {
        let mut tool = Command::new(&pg_dump);
        tool.args(["-h", NOWHERE]).args(words(line)).arg("db");
        accepts(&mut tool, &home)
    };
    let url = format!("host={NOWHERE}");
    let ours = |line: &str| {
        let mut arguments = vec!["backup", "single", "--url", &url];
        arguments.extend(words(line));
        arguments.push("db");
        accept(&home, &arguments)
    };
    let found = differences(DUMP, theirs, ours);
    assert!(found.is_empty(), "{}", found.join("\n"));
    for line in ONLY_OURS {
        assert!(ours(line).0 && !theirs(line).0, "{line}");
    }
}

#[test]
fn a_restore_takes_and_refuses_what_pg_restore_does() {
    let server = Server::shared();
    let database = server.create_database("options");
    server.psql(&database, "create table people (id int primary key)");
    let home = home();
    let archive = home.path().join("a.dump");
    let dump = server.tool("pg_dump").args(["-Fc", "-f"]).arg(&archive).arg(&database).output();
    assert!(dump.unwrap().status.success());
    let pg_restore = support::newest_tool("pg_restore");
    let theirs = |line: &str| {
        let mut tool = Command::new(&pg_restore);
        tool.args(["-h", NOWHERE, "-d", "x"]).args(words(line)).arg(&archive);
        accepts(&mut tool, &home)
    };
    let url = format!("host={NOWHERE}");
    let ours = |line: &str| {
        let mut arguments = vec!["restore", "single", "--url", &url, "-d", "x"];
        arguments.extend(words(line));
        arguments.push("a.dump");
        accept(&home, &arguments)
    };
    let found = differences(RESTORE, theirs, ours);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn parts_and_statistics_are_what_pg_dump_makes_of_the_same_flags() {
    let server = Server::shared();
    let database = small(server, "parts");
    let home = home();
    let url = server.url(&database);
    for line in [
        "-a",
        "-s",
        "--no-data",
        "--no-schema",
        "--no-data --no-schema",
        "--statistics",
        "--no-data --statistics",
        "--no-schema --statistics",
        "--statistics-only",
        "--section pre-data --statistics",
    ] {
        let (ours, theirs) = (home.path().join("ours"), home.path().join("theirs"));
        let fixed = ["backup", "single", "--url", &url, "--overwrite", "-o", "ours"];
        let arguments: Vec<&str> = fixed.into_iter().chain(words(line)).collect();
        expect_code(&run(&home, &arguments), 0);
        let mut pg_dump = server.tool("pg_dump");
        support::run(pg_dump.args(["-Fc", "-f"]).arg(&theirs).args(words(line)).arg(&database));
        let list = |path| objects(&support::run(server.tool("pg_restore").arg("-l").arg(path)));
        assert_eq!(list(&ours), list(&theirs), "{line}");
    }
}

#[test]
fn a_refusal_names_both_options_and_the_way_out() {
    let home = home();
    for (line, first, second) in [
        ("backup single db -s -a", "-s/--schema-only", "-a/--data-only"),
        ("backup single db -F p --if-exists", "--if-exists", "-c/--clean"),
        ("backup single db -F c --restrict-key a", "--restrict-key", "--format=plain"),
        ("restore single - -d x -o y", "-d/--dbname", "-o/--output"),
        ("restore single - --url host=x -o y", "--url", "-o/--output"),
    ] {
        let output = run(&home, &line.split(' ').collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(2), "{line}: {}", err(&output));
        let said = err(&output);
        assert!(said.contains(first) && said.contains(second), "{line}: {said}");
        assert!(said.contains("hint: "), "{line}: {said}");
    }
}
