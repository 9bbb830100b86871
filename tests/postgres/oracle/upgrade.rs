//! Old databases into the newest server: they come there as pg_dump and psql bring them, and what that
//! server refuses is refused both ways.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;

use super::fixture::{Source, dump_text, sources};
use super::{CODECS, FORMATS, Way, back_up};
use crate::job::first_difference;
use crate::support::{dbbackup, run};

/// What came of a restore: the database, and what the server said of what it refused.
struct Came {
    text: String,
    refusals: Vec<String>,
}

fn by_peers(source: &Source, newest: &Source, script: &Path) -> Came {
    let text = run(source.server.tool("pg_dump").arg(&source.whole.database));
    std::fs::write(script, without_marks(&text)).unwrap();
    let database = newest.server.create_database("upgraded");
    let output = newest
        .server
        .tool("psql")
        .args(["-X", "-q", "-d", &database])
        .stdin(File::open(script).unwrap())
        .stdout(Stdio::null())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let refusals = words
        .lines()
        .filter_map(|line| line.split_once("ERROR:  "))
        .map(|(_, what)| what.to_owned());
    let refusals = refusals.collect();
    came(newest, &database, refusals)
}

fn by_us(source: &Source, newest: &Source, way: Way, archive: &Path) -> Result<Came, String> {
    back_up(source, way, archive)?;
    let database = newest.server.create_database("upgraded");
    let mut command = dbbackup(archive.parent().unwrap());
    command.args(["restore", "single"]).arg(archive);
    command.args(["--url", &newest.server.url(&database), "-j", &way.jobs.to_string()]);
    let output = command.output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let refusals: Vec<String> = words
        .lines()
        .filter(|line| line.starts_with("error: "))
        .filter_map(|line| line.rsplit_once(" ["))
        .filter_map(|(line, _)| line.rsplit_once(" failed: "))
        .map(|(_, what)| what.to_owned())
        .collect();
    let expected = if refusals.is_empty() { Some(0) } else { Some(3) };
    if output.status.code() != expected {
        return Err(format!("ended with {:?}: {words}", output.status));
    }
    // The server's defaults are told, not only taken.
    if source.major < 16 && !words.contains("SET (run_as_owner = true") {
        return Err(format!("nothing is said of the subscription's owner: {words}"));
    }
    Ok(came(newest, &database, refusals))
}

/// Without a mark that some minor releases keep on columns and pg_dump writes, which other servers refuse.
fn without_marks(script: &str) -> String {
    let mark = regex::Regex::new(r"pg_attver=\d+(, )?").unwrap();
    // A statement that sets nothing else becomes one that changes nothing.
    mark.replace_all(script, "").replace(" SET ();\n", " RESET (n_distinct);\n")
}

/// Without what the newest pg_dump says of old servers' subscriptions in words that those do not know:
/// ours are written so that the same server takes them again, and a newer one has its own defaults.
fn without_new_words(text: &str) -> String {
    let words = [", streaming = off", ", streaming = parallel", ", run_as_owner = true"];
    words.into_iter().fold(text.to_owned(), |text, word| text.replace(word, ""))
}

fn came(newest: &Source, database: &str, mut refusals: Vec<String>) -> Came {
    refusals.sort_unstable();
    let text = without_new_words(&dump_text(&newest.server, database));
    newest.drop_database(database);
    Came { text, refusals }
}

#[test]
fn databases_of_older_servers_come_into_the_newest_as_pg_dump_and_psql_bring_them() {
    let (newest, older) = sources().split_last().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut failures = String::new();
    for (at, source) in older.iter().enumerate() {
        let format = FORMATS[at % FORMATS.len()];
        let codec = if format == "tar" { "none" } else { CODECS[at % CODECS.len()] };
        let way = Way { format, codec, jobs: 1 + at % 2 };
        let theirs = by_peers(source, newest, &folder.path().join("script"));
        let ours = by_us(source, newest, way, &folder.path().join(source.major.to_string()));
        let wrong = ours.and_then(|ours| {
            if ours.refusals != theirs.refusals {
                return Err(format!("refused {:#?}\nnot {:#?}", ours.refusals, theirs.refusals));
            }
            first_difference(&theirs.text, &ours.text).map_or(Ok(()), Err)
        });
        if let Err(why) = wrong {
            let _ = writeln!(failures, "PostgreSQL {}, {way:?}: {why}", source.major);
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
