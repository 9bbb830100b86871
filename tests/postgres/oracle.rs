//! The oracle: a database of everything that a server has goes there and back, through our backup and
//! the peers' restore, and through their dump and our restore, on every server on this machine. What
//! pg_dump writes of the result, definitions and rows, is to the letter what it writes of the source.
//!
//! `tests/oracle` runs it on all majors.

mod fixture;
mod huge;
mod made;
mod peers;
mod shapes;
mod upgrade;

use std::fmt::Write as _;
use std::path::Path;

use crate::job::first_difference;
use crate::support::{self, dbbackup};
use fixture::{Source, Subject, dump_text, sources};
use peers::{Tools, outcome};

const FORMATS: [&str; 4] = ["custom", "directory", "plain", "tar"];
const CODECS: [&str; 4] = ["none", "gzip", "lz4", "zstd"];

/// One way of an archive: how it is written, and by how many connections it is restored.
#[derive(Debug, Clone, Copy)]
struct Way {
    format: &'static str,
    codec: &'static str,
    jobs: usize,
}

/// The ways that a server's database goes: every format, and over four servers each with every codec.
fn ways(number: usize) -> impl Iterator<Item = Way> {
    FORMATS.into_iter().enumerate().map(move |(at, format)| {
        let codec = if format == "tar" { "none" } else { CODECS[(number + at) % CODECS.len()] };
        Way { format, codec, jobs: 1 + (number + at) % 2 }
    })
}

/// Runs every way of every source and fails with all that went wrong.
fn judge(run: impl Fn(&Source, usize, &Path) -> Vec<(String, Result<(), String>)>) {
    let (sources, mut failures) = (sources(), String::new());
    assert!(sources.len() >= CODECS.len(), "not every codec has a server: run tests/prepare");
    for (number, source) in sources.iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        for (way, result) in run(source, number, folder.path()) {
            if let Err(what) = result {
                let _ = writeln!(failures, "PostgreSQL {}, {way}: {what}", source.major);
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Fails unless the database that a restore went into is the subject's equal; it is dropped.
fn compare(
    source: &Source,
    subject: &Subject,
    restore: impl FnOnce(&str) -> Result<(), String>,
) -> Result<(), String> {
    let database = source.server.create_database("restored");
    let result = restore(&database).and_then(|()| {
        let found = dump_text(&source.server, &database);
        first_difference(&subject.text, &found).map_or(Ok(()), Err)
    });
    source.drop_database(&database);
    result
}

fn back_up(source: &Source, way: Way, output: &Path) -> Result<(), String> {
    let mut command = dbbackup(output.parent().unwrap());
    command.args([
        "backup",
        "single",
        &source.whole.database,
        "--url",
        &source.server.url("postgres"),
    ]);
    command.args(["-F", way.format, "-Z", way.codec, "-j", "2", "-o"]).arg(output);
    outcome(&mut command)
}

fn restore(source: &Source, way: Way, archive: &Path, database: &str) -> Result<(), String> {
    let mut command = dbbackup(archive.parent().unwrap());
    command.args(["restore", "single"]).arg(archive);
    command.args(["--url", &source.server.url(database), "-j", &way.jobs.to_string()]);
    outcome(&mut command)
}

#[test]
fn backups_restored_by_pg_restore_and_psql_equal_their_source_in_every_format() {
    judge(|source, number, folder| {
        let newest = Tools::newest();
        let one = |way: Way| {
            let output = folder.join(format!("{}-{}", way.format, way.codec));
            back_up(source, way, &output)?;
            compare(source, &source.whole, |database| {
                newest.restore(source, way, &output, database)
            })
        };
        ways(number).map(|way| (format!("{way:?}"), one(way))).collect()
    });
}

#[test]
fn archives_of_pg_dump_restored_by_us_equal_their_source_in_every_format() {
    judge(|source, number, folder| {
        let one = |tools: &Tools, way: Way| {
            let output = folder.join(format!("{}-{}-{}", tools.name(), way.format, way.codec));
            let subject = source.subject_of(tools.major);
            tools.dump(source, &subject.database, way, &output)?;
            compare(source, subject, |database| restore(source, way, &output, database))
        };
        let newest = Tools::newest();
        let mut done: Vec<_> =
            ways(number).map(|way| (format!("{way:?}"), one(&newest, way))).collect();
        if let Some(own) = Tools::own(source) {
            // Older tools know none and gzip alone.
            let way = |way: Way| Way { codec: own.codec(way), jobs: 3 - way.jobs, ..way };
            done.extend(ways(number).map(way).map(|way| (format!("own {way:?}"), one(&own, way))));
        }
        done
    });
}

#[test]
fn four_servers_see_every_codec_in_every_format() {
    let majors = support::installations().len();
    let mut seen: Vec<_> =
        (0..majors).flat_map(ways).map(|way| (way.format, way.codec, way.jobs)).collect();
    seen.sort_unstable();
    seen.dedup_by_key(|(format, codec, _)| (*format, *codec));
    assert_eq!(seen.len(), 3 * CODECS.len() + 1, "{seen:?}");
}
