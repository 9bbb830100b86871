//! Made-up databases: our entries are those of pg_dump, and what goes there and back, through our backup
//! and the peers' restore or the other way round, is to the letter the same again.
//!
//! `DBBACKUP_MADE_DATABASES=COUNT[:FIRST]` makes that many on each server, from a number on.

use std::fmt::Write as _;
use std::path::Path;

use dbbackup::postgres::schema::SchemaRequest;

use super::fixture::{Source, sources, without_marks};
use super::made::Made;
use super::peers::{Tools, outcome};
use super::{CODECS, FORMATS, Way};
use crate::job::first_difference;
use crate::judge::{differences, dump, level, order_differences, theirs};
use crate::support::dbbackup;

/// How many databases each server gets.
const COUNT: u64 = 2;
/// Databases that were found to differ once, as the newest server has them: materialized views that
/// need a key through a view, and those that read each other.
const ONCE_WRONG: [u64; 3] = [9004, 9007, 9009];
const VARIABLE: &str = "DBBACKUP_MADE_DATABASES";

/// The numbers of a server's databases: without the variable each server has its own.
fn seeds(place: usize) -> Vec<u64> {
    let Ok(asked) = std::env::var(VARIABLE) else {
        let first = 1 + u64::try_from(place).unwrap() * COUNT;
        let is_newest = place + 1 == sources().len();
        let again = ONCE_WRONG.into_iter().filter(|_| is_newest);
        return (first..first + COUNT).chain(again).collect();
    };
    let (count, first) = asked.split_once(':').unwrap_or((&asked, "1"));
    let first = first.parse().unwrap();
    (first..first + count.parse::<u64>().unwrap()).collect()
}

/// A database made from a number, and the one that it is restored into.
struct Case<'a> {
    source: &'a Source,
    seed: u64,
    encoding: &'static str,
    database: String,
    restored: String,
    way: Way,
    folder: &'a Path,
}

impl<'a> Case<'a> {
    fn new(source: &'a Source, seed: u64, folder: &'a Path) -> Self {
        let encoding = Made::encoding(seed);
        let turn = usize::try_from(seed).unwrap();
        let (format, codec) = (FORMATS[turn % FORMATS.len()], CODECS[turn / 4 % CODECS.len()]);
        let codec = if format == "tar" { "none" } else { codec };
        Self {
            source,
            seed,
            encoding,
            database: format!("made_{seed}"),
            restored: format!("made_{seed}_again"),
            way: Way { format, codec, jobs: 1 + turn % 2 },
            folder,
        }
    }

    fn make(&self) -> Result<(), String> {
        self.create(&self.database);
        let script = self.folder.join("made.sql");
        std::fs::write(&script, Made::script(self.seed, self.source.major)).unwrap();
        let mut psql = self.source.server.tool("psql");
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &self.database, "-f"]);
        outcome(psql.arg(script))
    }

    fn create(&self, name: &str) {
        let words = format!(
            "create database {name} template template0 encoding '{}' lc_collate 'C' lc_ctype 'C'",
            self.encoding
        );
        self.source.server.psql("postgres", &words);
    }

    fn remove(&self, name: &str) {
        self.source.server.psql("postgres", &format!("drop database if exists {name}"));
    }

    /// Differences between our entries and those of the server's own pg_dump, or else the newest.
    fn entries(&self) -> Result<(), String> {
        let server = &self.source.server;
        let tools = Tools::own(self.source).unwrap_or_else(Tools::newest);
        // Since 17 large objects are kept in groups.
        let archive_minor = if tools.major < 17 { 15 } else { 16 };
        let request = SchemaRequest { archive_minor, ..SchemaRequest::default() };
        let ours = dump(server, &self.database, &request).map_err(|e| e.chain())?;
        let mut found = ours.missing.join("\n");
        let mut ours = ours.entries;
        let pg_dump = tools.program("pg_dump");
        let mut theirs = theirs(&pg_dump, server, &self.database, &["-E", self.client_encoding()]);
        // Which these entries have that are read without a backup's session.
        ours.retain(|entry| entry.desc != "ENCODING");
        theirs.retain(|entry| entry.desc != "ENCODING");
        for entry in ours.iter_mut().chain(&mut theirs) {
            level(entry, self.source.major);
        }
        found += &differences(&ours, &theirs);
        if found.is_empty() {
            found = order_differences(&ours, &theirs);
        }
        if found.is_empty() { Ok(()) } else { Err(found) }
    }

    /// What is in a database without an encoding is valid UTF-8 as it stands.
    fn client_encoding(&self) -> &'static str {
        if self.encoding == "SQL_ASCII" { "SQL_ASCII" } else { "UTF8" }
    }

    fn text(&self, database: &str) -> String {
        without_marks(self.source.server.dump_text(database, &["-E", self.client_encoding()]))
    }

    fn back_up(&self, output: &Path) -> Result<(), String> {
        let mut command = dbbackup(self.folder);
        command.args(["backup", "single", &self.database]);
        command.args(["--url", &self.source.server.url("postgres")]);
        command.args(["-F", self.way.format, "-Z", self.way.codec, "-j2", "-o"]).arg(output);
        outcome(&mut command)
    }

    fn restore(&self, archive: &Path) -> Result<(), String> {
        let mut command = dbbackup(self.folder);
        command.args(["restore", "single"]).arg(archive);
        command.args(["--url", &self.source.server.url(&self.restored)]);
        outcome(command.args(["-j", &self.way.jobs.to_string()]))
    }

    fn compare(
        &self,
        expected: &str,
        restore: impl FnOnce() -> Result<(), String>,
    ) -> Result<(), String> {
        self.remove(&self.restored);
        self.create(&self.restored);
        restore()?;
        let found = self.text(&self.restored);
        self.remove(&self.restored);
        first_difference(expected, &found).map_or(Ok(()), Err)
    }

    /// All that is wrong with it; what went wrong stays on the server.
    fn judge(&self) -> String {
        if let Err(why) = self.make() {
            return why;
        }
        let newest = Tools::newest();
        let (mine, other) = (self.folder.join(&self.database), self.folder.join(&self.restored));
        let expected = self.text(&self.database);
        let ours = || {
            self.back_up(&mine)?;
            self.compare(&expected, || newest.restore(self.source, self.way, &mine, &self.restored))
        };
        let theirs = || {
            newest.dump(self.source, &self.database, self.way, &other)?;
            self.compare(&expected, || self.restore(&other))
        };
        let results = [
            ("entries", self.entries()),
            ("our backup, their restore", ours()),
            ("their backup, our restore", theirs()),
        ];
        self.remove(&self.restored);
        self.remove(&self.database);
        let mut text = String::new();
        for (what, result) in results {
            if let Err(why) = result {
                let _ = writeln!(text, "{what} ({:?}, {}): {why}", self.way, self.encoding);
            }
        }
        text
    }
}

#[test]
fn made_up_databases_have_the_entries_of_pg_dump_and_come_back_the_same() {
    let mut failures = String::new();
    std::thread::scope(|scope| {
        let runs: Vec<_> = sources()
            .iter()
            .enumerate()
            .map(|(place, source)| scope.spawn(move || failures_on(place, source)))
            .collect();
        for run in runs {
            failures += &run.join().unwrap();
        }
    });
    assert!(failures.is_empty(), "{failures}");
}

fn failures_on(place: usize, source: &Source) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut failures = String::new();
    for seed in seeds(place) {
        let found = Case::new(source, seed, folder.path()).judge();
        if !found.is_empty() {
            let _ = writeln!(failures, "PostgreSQL {}, seed {seed}:\n{found}", source.major);
        }
    }
    failures
}
