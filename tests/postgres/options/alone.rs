//! Options that the peers do not have, options that both refuse, and the layouts of an archive.

use std::process::Command;

use super::fixture::{Kit, judge, output};
use super::table::{in_any_order, level};
use crate::job::first_difference;

/// Options, what must be in the script, and what must not.
type Literal = (&'static [&'static str], &'static [&'static str], &'static [&'static str]);

/// Backups.
const BACKUPS: &[Literal] = &[
    (
        &["--data-only", "--where", "kit.main:id = 2"],
        &["\n2\tit's\t\\N\t", "COPY kit.part_of", "COPY kit.less (a, c) FROM stdin;\n1\t3\n"],
        &["\n1\tfirst\t"],
    ),
    (
        &["--inserts", "--where", "kit.main:name like 'f%'", "--where", "kit.l*:false"],
        &["INSERT INTO kit.main VALUES (1, 'first'"],
        &["VALUES (2, 'it''s'", "INSERT INTO kit.less", "INSERT INTO kit.log_2026"],
    ),
    (
        &["--min-rows=2", "-n", "kit"],
        &[
            "CREATE TABLE kit.part_of (",
            "\n1\tfirst\t",
            "COPY kit.kinds ",
            "setval('kit.main_id_seq', 2, true)",
        ],
        &["COPY kit.part_of", "COPY kit.nothing", "COPY kit.checked"],
    ),
    (
        &["--max-rows=1", "-n", "kit"],
        &["CREATE TABLE kit.main (", "COPY kit.part_of (main_id, e) FROM stdin;\n1\t"],
        &["COPY kit.main", "COPY kit.kinds"],
    ),
    (
        &["--min-rows=3", "--max-rows=3"],
        &["CREATE TABLE kit.main (", "COPY kit.kinds "],
        &["COPY kit.main", "COPY kit.part_of"],
    ),
    (
        &["-t", "kit.part_of", "--with-references"],
        &["CREATE TABLE kit.part_of (", "CREATE TABLE kit.main (", "REFERENCES kit.main(id);"],
        &["CREATE SCHEMA kit;", "CREATE TABLE kit.less ("],
    ),
    (
        &["-t", "kit.strict", "--with-dependencies"],
        &["CREATE SCHEMA kit;", "CREATE VIEW kit.strict AS", "CREATE TABLE kit.main ("],
        &["CREATE TABLE kit.less ("],
    ),
];

/// Restores.
const RESTORES: &[Literal] = &[
    (
        &["--table-with-deps", "kit.part_of"],
        &[
            "CREATE SCHEMA kit;",
            "CREATE TABLE kit.part_of (",
            "COPY kit.part_of (main_id, e) FROM stdin;\n1\t",
        ],
        &["CREATE TABLE kit.less ("],
    ),
    (
        &["--table-with-deps", "kit.main"],
        &[
            "CREATE TABLE kit.main (",
            "CREATE SEQUENCE kit.main_id_seq",
            "ADD CONSTRAINT main_pkey PRIMARY KEY (id);",
            "CREATE INDEX main_name ",
            "CREATE FUNCTION kit.ring()",
            "CREATE TRIGGER ring ",
            "CREATE POLICY mine ",
            "GRANT SELECT ON TABLE kit.main TO kit_reader;",
            "'relname', 'main',",
            "'relname', 'main_name',",
        ],
        &["CREATE TABLE kit.part_of (", "CREATE VIEW kit.seen ", "'relname', 'part_of',"],
    ),
    (
        &["--exclude-table", "kit.less"],
        &["CREATE TABLE kit.main ("],
        &["CREATE TABLE kit.less (", "COPY kit.less ", "'relname', 'less',"],
    ),
    (
        &["--rename-schema", "kit:tools", "-n", "kit"],
        &[
            "CREATE TABLE \"tools\".main (",
            "COPY \"tools\".main (id, name, born, half) FROM stdin;",
            "REFERENCES \"tools\".main(id);",
            "'schemaname', 'tools',",
        ],
        &["CREATE TABLE kit.main (", "COPY kit.main", "'schemaname', 'kit',"],
    ),
    (
        &["--rename-table", "kit.less:fewer"],
        &[
            "CREATE TABLE kit.\"fewer\" (",
            "COPY kit.\"fewer\" (a, c) FROM stdin;",
            "'relname', 'fewer',",
        ],
        &["CREATE TABLE kit.less (", "COPY kit.less", "'relname', 'less',"],
    ),
];

/// Every expectation that a script does not meet.
fn unmet(kit: &Kit, (options, with, without): &Literal, script: &str) -> String {
    let missing = with.iter().filter(|text| !script.contains(**text)).map(|text| (text, "missing"));
    let there = without.iter().filter(|text| script.contains(**text)).map(|text| (text, "there"));
    let line = |(text, how): (&&str, &str)| {
        format!("{options:?}, PostgreSQL {}: {text:?} is {how}\n", kit.major)
    };
    missing.chain(there).map(line).collect()
}

fn owned(options: &[&str]) -> Vec<String> {
    options.iter().map(|&option| option.to_owned()).collect()
}

#[test]
fn options_of_our_own_choose_the_rows_and_objects_that_they_say() {
    judge(BACKUPS, |kit, case| unmet(kit, case, &output(&mut kit.backup(&owned(case.0)))));
}

#[test]
fn restores_of_our_own_kinds_take_what_they_say() {
    judge(RESTORES, |kit, case| unmet(kit, case, &output(&mut kit.restore(&owned(case.0)))));
}

/// What pg_dump refuses, and we.
const REFUSED_BACKUPS: &[&[&str]] = &[
    &["-s", "-a"],
    &["-s", "--statistics-only"],
    &["-a", "--statistics-only"],
    &["-s", "--no-schema"],
    &["-a", "--no-data"],
    &["-s", "--statistics"],
    &["--statistics", "--no-statistics"],
    &["--statistics-only", "--no-statistics"],
    &["-s", "--include-foreign-data=kit_files"],
    &["-c", "-a"],
    &["--if-exists"],
    &["--on-conflict-do-nothing"],
    &["--rows-per-insert=0"],
    &["--extra-float-digits=-16"],
    &["--extra-float-digits=4"],
    &["--section=middle"],
    &["--encoding=none_such"],
    &["--role=none_such"],
    &["--role=kit_reader", "-t", "kit.part_of"],
    &["--snapshot=00000000-1"],
    &["--serializable-deferrable", "--snapshot=00000000-1"],
    &["--lock-wait-timeout=soon"],
    &["--compress=garbage"],
    &["--compress=gzip:15"],
    &["--restrict-key=not a key"],
    &["-t", "kit.none_such"],
    &["-n", "none_such"],
    &["-e", "none_such"],
    &["-t", "elsewhere.kit.main"],
    &["-t", "a.b.c.d"],
    &["--include-foreign-data=none_such"],
    &["--strict-names", "-t", "kit.main", "-t", "kit.none_such"],
    &["--strict-names", "-n", "kit", "-n", "none_such"],
    &["--filter=/none/such"],
];

/// What pg_restore refuses, and we.
const REFUSED_RESTORES: &[&[&str]] = &[
    &["-s", "-a"],
    &["-a", "--statistics-only"],
    &["-s", "--statistics-only"],
    &["--statistics-only", "--no-statistics"],
    &["-c", "-a"],
    &["--if-exists"],
    &["-1", "-C"],
    &["-1", "-j", "2"],
    &["-1", "--transaction-size=3"],
    &["-d", "postgres"],
    &["-j", "0"],
    &["-F", "garbage"],
    &["-L", "/none/such"],
    &["--filter=/none/such"],
    &["--section=middle"],
    &["--strict-names", "-t", "main", "-t", "none_such"],
    &["--strict-names", "-n", "none_such"],
    &["--strict-names", "-I", "none_such"],
    &["--strict-names", "-P", "none_such()"],
    &["--strict-names", "-T", "none_such"],
];

/// Files that `--filter` refuses.
const REFUSED_FILTERS: &[&str] = &[
    "k",
    "include",
    "include table",
    "include table-data kit.main",
    "include table_data kit.main",
    "exclude foreign_data kit_files",
    "include function f()",
    "exclude database postgres",
    "include something kit.main",
    "include table kit.main kit.less",
    "include table \"kit.main",
];

/// What came of both, where one takes what the other refuses.
fn unlike(what: &str, ours: &mut Command, theirs: &mut Command) -> String {
    let (ours, theirs) = (ours.output().unwrap(), theirs.output().unwrap());
    let said = String::from_utf8_lossy(&ours.stderr);
    match (ours.status.success(), theirs.status.success()) {
        (false, false) if said.trim().is_empty() => format!("{what}: refused without a word\n"),
        (false, false) => String::new(),
        (taken, _) => format!("{what}: ours takes it: {taken}, the peer: {}\n", !taken),
    }
}

#[test]
fn what_the_peers_refuse_is_refused() {
    judge(REFUSED_BACKUPS, |kit, options| {
        let all = owned(options);
        unlike(&format!("backup {options:?}"), &mut kit.backup(&all), &mut kit.pg_dump(&all))
    });
    judge(REFUSED_RESTORES, |kit, options| {
        let all = owned(options);
        unlike(&format!("restore {options:?}"), &mut kit.restore(&all), &mut kit.pg_restore(&all))
    });
}

#[test]
fn what_no_filter_can_say_is_refused() {
    judge(REFUSED_FILTERS, |kit, text| {
        let number = REFUSED_FILTERS.iter().position(|other| other == text).unwrap();
        let path = kit.path(&format!("refused_{number}"));
        std::fs::write(&path, text).unwrap();
        let all = [format!("--filter={}", path.display())];
        unlike(&format!("filter {text:?}"), &mut kit.backup(&all), &mut kit.pg_dump(&all))
    });
}

/// Every layout of ours, told as a script by pg_restore, is the script of pg_dump: but for the order
/// of the rows, which is that in which they came. Older archives have no kinds of relations, so that
/// the method of a partitioned table stands elsewhere.
#[test]
fn archives_of_every_layout_hold_what_pg_dumps_script_says() {
    let no_objects = owned(&["--no-large-objects"]);
    judge(&["custom", "directory", "tar"], |kit, format| {
        let path = kit.path(format);
        output(&mut kit.backup_to(&path, format));
        let mut pg_restore = kit.tool("pg_restore");
        pg_restore.args(["-f", "-", "--restrict-key=k"]).arg(&path);
        let (ours, theirs) = (output(&mut pg_restore), output(&mut kit.pg_dump(&no_objects)));
        let [ours, theirs] = [ours, theirs].map(|text| in_any_order(&level(&text, kit.major)));
        let difference = first_difference(&theirs, &ours);
        difference
            .map(|text| format!("{format}, PostgreSQL {}: {text}\n", kit.major))
            .unwrap_or_default()
    });
}
