//! Every kind of object against every option, in the spirit of pg_dump's own tests: what must be in a
//! script and what must not, and the whole text against the newest pg_dump's and pg_restore's.
//!
//! The table fails on an object that is in no run, on a run that no object tells apart from the one
//! without options, and on a type of entry that no object stands for.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;

use super::fixture::{Kit, judge, output};
use super::objects::{Object, known_to, objects};
use super::runs::{DEFAULT, RESTORES, RUNS, Run, SAME};
use crate::job::first_difference;

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}

impl Run {
    /// Whether the list names the run or a set of it.
    fn is_in(&self, list: &str) -> bool {
        words(list).any(|word| word == self.name || words(self.sets).any(|set| set == word))
    }
}

/// Whether the table says that the object is in the run's script.
fn expected(object: &Object, run: &Run) -> bool {
    run.is_in(object.like) && !run.is_in(object.unlike)
}

/// Makes equal what differs on purpose, or between versions of pg_dump without a meaning.
pub(super) fn level(text: &str, major: u32) -> String {
    let about = |line: &&str| {
        !line.starts_with("-- Dumped from database version")
            && !line.starts_with("-- Dumped by pg_dump version")
    };
    let unmarked = MARK.replace_all(text, "");
    let has_words = |line: &&str| about(line) && !line.ends_with(" SET ();\n");
    let mut leveled: String = unmarked.split_inclusive('\n').filter(has_words).collect();
    for (_, theirs, ours) in LEVELED.iter().filter(|(below, _, _)| major < *below) {
        leveled = leveled.replace(theirs, ours);
    }
    leveled
}

/// For servers below a major version: what pg_dump writes, and what we write because the server itself
/// knows no other.
const LEVELED: &[(u32, &str, &str)] = &[
    (17, "SELECT,INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE", "ALL"),
    (16, ", run_as_owner = true", ""),
    (15, " LOCALE_PROVIDER = libc", ""),
    (14, ", streaming = off", ""),
    (11, "EXECUTE FUNCTION", "EXECUTE PROCEDURE"),
    (11, "    PROCEDURE = ", "    FUNCTION = "),
];

/// What the newest minor releases note among a column's options for themselves.
static MARK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"pg_attver=\d+(, )?").unwrap());

/// A table of a publication.
static PUBLISHED: LazyLock<Regex> = LazyLock::new(|| {
    let block = "--\n-- Name: kit_\\w+ (main|bound); Type: PUBLICATION TABLE; Schema: kit; .*\n--\n\n\
                 ALTER PUBLICATION .*\n\n\n";
    Regex::new(block).unwrap()
});

/// pg_dump's script without what it writes though it should not: from 18 on a table of a publication
/// that is itself not in the script, which cannot be restored.
fn without_oddities(theirs: &str, run: &Run) -> String {
    let strangers = match run.name {
        "exclude_tables" | "filter_exclude" => Some("main"),
        "exclude_schema" => Some(""),
        _ => None,
    };
    let Some(table) = strangers else { return theirs.to_owned() };
    let stranger = |found: &regex::Captures<'_>| {
        let is_one = table.is_empty() || found.get(1).is_some_and(|name| name.as_str() == table);
        if is_one { String::new() } else { found[0].to_owned() }
    };
    PUBLISHED.replace_all(theirs, stranger).into_owned()
}

/// The entries in an order of their own: that of a selection may differ by objects that are not in it.
pub(super) fn in_any_order(text: &str) -> String {
    let mut entries: Vec<&str> = text.split("\n--\n-- ").collect();
    entries.sort_unstable();
    entries.join("\n--\n-- ")
}

/// Every way in which a script differs from the peer's, or from what the table says.
fn check(kit: &Kit, run: &Run, ours: &str, theirs: &str) -> String {
    let (name, major) = (run.name, kit.major);
    let mut found = String::new();
    let difference = if run.is_in("unordered") {
        first_difference(&in_any_order(theirs), &in_any_order(ours))
    } else {
        first_difference(theirs, ours)
    };
    if let Some(difference) = difference {
        let _ = writeln!(found, "{name}, PostgreSQL {major}: {difference}");
    }
    let bare = ours.replace('"', "");
    for object in known_to(major) {
        let text = if words(object.like).any(|word| word == "quote_all") { ours } else { &bare };
        let pattern = Regex::new(&format!("(?m){}", object.text)).unwrap();
        let (is, should) = (pattern.is_match(text), expected(object, run));
        if is != should {
            let verb = if should { "is missing" } else { "should not be there" };
            let _ = writeln!(found, "{name}, PostgreSQL {major}: {} {verb}", object.name);
        }
    }
    found
}

#[test]
fn every_kind_of_object_is_where_the_options_want_it_and_every_script_is_pg_dumps() {
    judge(RUNS, |kit, run| {
        let options = kit.options(run);
        let ours = level(&output(&mut kit.backup(&options)), kit.major);
        let theirs = level(&output(&mut kit.pg_dump(&options)), kit.major);
        check(kit, run, &ours, &without_oddities(&theirs, run))
    });
}

#[test]
fn every_part_of_an_archive_is_restored_where_the_options_want_it_and_every_script_is_pg_restores()
{
    judge(RESTORES, |kit, run| {
        let options = kit.options(run);
        let ours = output(&mut kit.restore(&options));
        check(kit, run, &ours, &output(&mut kit.pg_restore(&options)))
    });
}

#[test]
fn options_that_leave_no_trace_leave_none() {
    let usual = |kit: &Kit| output(&mut kit.backup(&[]));
    judge(SAME, |kit, run| {
        let ours = output(&mut kit.backup(&kit.options(run)));
        let difference = first_difference(&usual(kit), &ours);
        difference.map(|text| format!("{}: {text}\n", run.name)).unwrap_or_default()
    });
}

/// All runs but the two that the others are told apart from.
fn told_apart() -> impl Iterator<Item = (&'static Run, &'static Run)> {
    let of = |runs: &'static [Run]| {
        let (usual, others) = runs.split_first().unwrap();
        others.iter().map(move |run| (run, usual))
    };
    of(RUNS).chain(of(RESTORES))
}

#[test]
fn the_table_has_no_object_and_no_run_that_proves_nothing() {
    assert_eq!(RUNS[0].name, DEFAULT);
    let all = || RUNS.iter().chain(RESTORES);
    let names: BTreeSet<&str> = all().map(|run| run.name).collect();
    assert_eq!(names.len(), all().count(), "two runs have one name");
    for object in objects() {
        assert!(all().any(|run| expected(object, run)), "{} is in no run", object.name);
        assert!(all().any(|run| !expected(object, run)), "{} is always there", object.name);
        for word in words(object.like).chain(words(object.unlike)) {
            assert!(all().any(|run| run.is_in(word)), "{}: nothing is {word}", object.name);
        }
        for word in words(object.unlike) {
            let without = Object { unlike: "", ..*object };
            let proves = all().any(|run| run.is_in(word) && expected(&without, run));
            assert!(proves, "{} is not in {word} anyway", object.name);
        }
    }
    for (run, usual) in told_apart() {
        let tells = |object: &Object| expected(object, run) != expected(object, usual);
        assert!(objects().any(tells), "nothing tells {} apart", run.name);
    }
}

/// Types of entries that an archive can have, all that a script shows.
const TYPES: &str = "SCHEMA|EXTENSION|PROCEDURAL LANGUAGE|ACCESS METHOD|FOREIGN DATA WRAPPER|SERVER|\
    USER MAPPING|TYPE|SHELL TYPE|DOMAIN|COLLATION|CONVERSION|OPERATOR|OPERATOR CLASS|\
    OPERATOR FAMILY|TEXT SEARCH PARSER|TEXT SEARCH TEMPLATE|TEXT SEARCH DICTIONARY|\
    TEXT SEARCH CONFIGURATION|FUNCTION|PROCEDURE|AGGREGATE|CAST|TRANSFORM|TABLE|FOREIGN TABLE|VIEW|\
    MATERIALIZED VIEW|SEQUENCE|SEQUENCE OWNED BY|TABLE ATTACH|DEFAULT|TABLE DATA|SEQUENCE SET|\
    BLOB METADATA|BLOBS|STATISTICS DATA|CONSTRAINT|CHECK CONSTRAINT|FK CONSTRAINT|INDEX|\
    INDEX ATTACH|STATISTICS|RULE|TRIGGER|POLICY|ROW SECURITY|PUBLICATION|EVENT TRIGGER|\
    SUBSCRIPTION|PUBLICATION TABLE|PUBLICATION TABLES IN SCHEMA|DEFAULT ACL|\
    MATERIALIZED VIEW DATA|ACL|COMMENT|SECURITY LABEL|DATABASE|DATABASE PROPERTIES";

#[test]
fn the_table_has_every_type_of_entry() {
    let stood_for: BTreeSet<&str> = objects().map(|object| object.desc).collect();
    for desc in TYPES.split('|') {
        assert!(stood_for.contains(desc), "no object stands for {desc}");
    }
    for object in objects().filter(|object| !object.desc.is_empty()) {
        assert!(TYPES.split('|').any(|desc| desc == object.desc), "{}", object.desc);
    }
}
