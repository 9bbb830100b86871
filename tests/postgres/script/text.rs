//! The text of scripts: equal, byte by byte, to what pg_restore writes of the same archive.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use dbbackup::archive::block::{BlobsReader, BlockReader};
use dbbackup::archive::head::{Head, is_special, read_head};
use dbbackup::archive::kind;
use dbbackup::archive::script::{Chosen, Piece, ScriptOptions, large_object, pieces, restore_sql};
use dbbackup::archive::toc::{DataOffset, TocEntry};

use crate::schema::shop;
use crate::support::{self, Server, run};

const KEY: &str = "Key0123456789";

/// Large objects with and without grants, comments, bytes; settings of the database; an odd name.
const MORE: &str = r#"
    select lo_from_bytea(16500, convert_to(repeat('large object ', 3000), 'UTF8'));
    select lo_from_bytea(16501, '\x');
    select lo_from_bytea(16502, '\x0102');
    select lo_from_bytea(16503, decode(repeat('ab', 16384), 'hex'));
    grant select on large object 16500 to shop_reader;
    grant select on large object 16502 to shop_reader, "Odd Role";
    comment on large object 16501 is 'empty';
    alter large object 16503 owner to "Odd Role";
    create table "a
b" (i int);
    insert into "a
b" values (1);
"#;

/// The fixture on a server, with what scripts treat in a way of their own.
pub(super) fn rich_database() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| make_rich_database(Server::shared()))
}

fn make_rich_database(server: &Server) -> String {
    let database = shop(server, 15);
    server.psql(&database, MORE);
    server.psql(
        "postgres",
        &format!(
            "alter database {database} set work_mem = '8MB';
             comment on database {database} is 'of the ''shop''';
             grant connect on database {database} to shop_reader"
        ),
    );
    database
}

/// Every pg_dump on this machine that can read the shared server.
fn dumpers() -> Vec<PathBuf> {
    let found: Vec<PathBuf> = support::installations()
        .into_iter()
        .filter(|(major, bin)| *major >= 15 && bin.join("pg_dump").exists())
        .map(|(_, bin)| bin.join("pg_dump"))
        .collect();
    assert!(found.len() > 1, "too few pg_dump: run tests/prepare");
    found
}

fn dump(server: &Server, pg_dump: &Path, database: &str, path: &Path, options: &[&str]) {
    run(Command::new(pg_dump)
        .args(["-h", "127.0.0.1", "-p", &server.port.to_string(), "-U", "postgres", "-Fc"])
        .args(options)
        .arg("-f")
        .arg(path)
        .arg(database));
}

/// One set of options: pg_restore's, and what they mean to us.
struct Case {
    options: &'static [&'static str],
    ours: ScriptOptions,
    takes: fn(&TocEntry) -> bool,
    definitions: bool,
    data: bool,
}

fn not_of_database(entry: &TocEntry) -> bool {
    !kind::is_of_database(entry)
}

fn cases() -> Vec<Case> {
    let base = ScriptOptions { restrict_key: Some(KEY.to_owned()), ..ScriptOptions::default() };
    let case = |options: &'static [&'static str], ours: ScriptOptions| Case {
        options,
        ours,
        takes: not_of_database,
        definitions: true,
        data: true,
    };
    let with = |change: fn(&mut ScriptOptions)| {
        let mut ours = base.clone();
        change(&mut ours);
        ours
    };
    vec![
        case(&[], base.clone()),
        case(&["--clean"], with(|o| o.clean = true)),
        case(
            &["--clean", "--if-exists"],
            with(|o| {
                o.clean = true;
                o.if_exists = true;
            }),
        ),
        Case { takes: |_| true, ..case(&["--create"], with(|o| o.create = true)) },
        Case {
            takes: |_| true,
            ..case(
                &["--create", "--clean", "--if-exists"],
                with(|o| {
                    o.create = true;
                    o.clean = true;
                    o.if_exists = true;
                }),
            )
        },
        case(&["--no-owner"], with(|o| o.no_owner = true)),
        case(
            &["--use-set-session-authorization", "--clean"],
            with(|o| {
                o.use_set_session_authorization = true;
                o.clean = true;
            }),
        ),
        case(&["--role", "Odd Role"], with(|o| o.role = Some("Odd Role".to_owned()))),
        case(&["--no-tablespaces"], with(|o| o.no_tablespaces = true)),
        case(&["--no-table-access-method"], with(|o| o.no_table_access_method = true)),
        case(&["--single-transaction"], with(|o| o.single_transaction = true)),
        case(&["--enable-row-security"], with(|o| o.enable_row_security = true)),
        Case { data: false, ..case(&["--schema-only"], base.clone()) },
        Case { definitions: false, ..case(&["--data-only"], base.clone()) },
        Case {
            definitions: false,
            ..case(&["--data-only", "--disable-triggers"], with(|o| o.disable_triggers = true))
        },
        Case {
            definitions: false,
            ..case(
                &["--data-only", "--disable-triggers", "-S", "Odd Role"],
                with(|o| {
                    o.disable_triggers = true;
                    o.superuser = Some("Odd Role".to_owned());
                }),
            )
        },
    ]
}

fn choose<'a>(head: &'a Head, case: &Case) -> Vec<Chosen<'a>> {
    let entries = head.entries.iter().filter(|entry| !is_special(entry) && (case.takes)(entry));
    entries
        .map(|entry| {
            let mut chosen = Chosen::whole(entry);
            let of_database = kind::is_of_database(entry);
            chosen.wanted.definition &= case.definitions || of_database;
            chosen.wanted.data &= case.data || of_database;
            chosen
        })
        .collect()
}

fn open(path: &Path, entry: &TocEntry) -> (File, u64) {
    let DataOffset::At(start) = entry.offset else { panic!("{} has no place", entry.tag) };
    let mut file = File::open(path).unwrap();
    file.seek(SeekFrom::Start(start)).unwrap();
    (file, start)
}

/// The whole script, data put in.
fn script(path: &Path, case: &Case) -> String {
    let head = read_head(&mut BufReader::new(File::open(path).unwrap())).unwrap();
    let mut out = Vec::new();
    let chosen = choose(&head, case);
    for piece in pieces(&head, &chosen[..], &case.ours) {
        match piece.unwrap() {
            Piece::Sql(text) => out.extend_from_slice(text.as_bytes()),
            Piece::Rows(entry) => {
                let (file, start) = open(path, &entry);
                let mut rows = BlockReader::open(file, start, head.format, entry.id).unwrap();
                rows.read_to_end(&mut out).unwrap();
            }
            Piece::LargeObjects(entry) => {
                let (file, start) = open(path, &entry);
                let mut objects = BlobsReader::open(file, start, head.format, entry.id).unwrap();
                let style = large_object::Style::of(&head);
                while let Some(oid) = objects.next_object().unwrap() {
                    large_object::write(oid, &mut objects, style, &mut out).unwrap();
                }
            }
        }
    }
    String::from_utf8(out).unwrap()
}

pub(super) fn assert_same_text(expected: &str, found: &str, what: &str) {
    let differing = expected.lines().zip(found.lines()).position(|(a, b)| a != b);
    if let Some(at) = differing {
        let around = |text: &str| {
            text.lines().skip(at.saturating_sub(4)).take(9).collect::<Vec<_>>().join("\n")
        };
        panic!(
            "{what}, line {}:\n--- expected\n{}\n--- found\n{}",
            at + 1,
            around(expected),
            around(found)
        );
    }
    assert!(expected == found, "{what}: {} and {} bytes", expected.len(), found.len());
}

#[test]
fn scripts_are_the_text_that_pg_restore_writes_of_the_same_archive() {
    let server = Server::shared();
    let database = rich_database();
    let folder = tempfile::tempdir().unwrap();
    for pg_dump in dumpers() {
        for dumped in [&[][..], &["--inserts"]] {
            let path = folder.path().join("archive.dump");
            dump(server, &pg_dump, database, &path, dumped);
            for case in cases() {
                let expected = run(server
                    .tool("pg_restore")
                    .args(["-f", "-", "--restrict-key", KEY])
                    .args(case.options)
                    .arg(&path));
                let found = script(&path, &case);
                assert!(expected.len() > 10_000);
                let what = format!("{} {dumped:?} {:?}", pg_dump.display(), case.options);
                assert_same_text(&expected, &found, &what);
            }
        }
    }
}

#[test]
fn the_script_in_a_tar_archive_is_the_one_that_pg_dump_puts_there() {
    let server = Server::shared();
    let database = rich_database();
    let folder = tempfile::tempdir().unwrap();
    let pg_dump = dumpers().pop().unwrap();
    for dumped in [&[][..], &["--inserts"]] {
        let path = folder.path().join("archive.dump");
        dump(server, &pg_dump, database, &path, dumped);
        let tar = run(server
            .tool("pg_dump")
            .args(["-Ft"])
            .args(dumped)
            .arg("-f")
            .arg(folder.path().join("archive.tar"))
            .arg(database));
        assert_eq!(tar, "");
        let expected = run(Command::new("tar")
            .arg("xOf")
            .arg(folder.path().join("archive.tar"))
            .arg("restore.sql"));
        // pg_dump has no key here and prints that.
        let expected: String = expected
            .split_inclusive('\n')
            .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
            .collect();
        let head = read_head(&mut BufReader::new(File::open(&path).unwrap())).unwrap();
        let options = ScriptOptions { clean: true, create: true, ..ScriptOptions::default() };
        let chosen = head.entries.iter().filter(|entry| !is_special(entry)).map(Chosen::whole);
        let chosen: Vec<Chosen<'_>> = chosen.collect();
        let pieces = restore_sql(&head, &chosen[..], &options, |entry| format!("{}.dat", entry.id));
        let found: String = pieces.map(Result::unwrap).collect();
        assert_same_text(&expected, &found, &format!("restore.sql {dumped:?}"));
    }
}
