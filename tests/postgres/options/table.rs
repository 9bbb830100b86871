//! Every kind of object against every option, in the spirit of pg_dump's own tests: what must be in a
//! script and what must not, and the whole text against the newest pg_dump's.
//!
//! The table fails on an object that is in no run, on a run that no object tells apart from the one
//! without options, and on a type of entry that no object stands for.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use regex::Regex;

use super::fixture::{Kit, judge};
use super::objects::{OBJECTS, Object};
use super::runs::{DEFAULT, RUNS, Run};
use crate::job::first_difference;

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}

/// Whether the table says that the object is in the run's script.
fn expected(object: &Object, run: &Run) -> bool {
    let in_any = |list: &str| {
        words(list).any(|word| word == run.name || words(run.sets).any(|set| set == word))
    };
    in_any(object.like) && !words(object.unlike).any(|word| word == run.name)
}

/// Makes equal what differs on purpose, or between versions of pg_dump without a meaning.
fn level(text: &str, major: u32) -> String {
    let about = |line: &&str| {
        !line.starts_with("-- Dumped from database version")
            && !line.starts_with("-- Dumped by pg_dump version")
    };
    let mut leveled = String::new();
    for line in text.lines().filter(about) {
        let single = line.starts_with("ALTER DEFAULT PRIVILEGES");
        leveled += &if single { line.replace("  ", " ") } else { line.to_owned() };
        leveled.push('\n');
    }
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
    (99, "ALTER FOREIGN TABLE ONLY", "ALTER FOREIGN TABLE"),
];

/// pg_dump's script without what it writes though it should not: from 18 on a table of a publication
/// that is itself not in the script, which cannot be restored; and with all names quoted, the comment
/// that every new database has on its schema `public`.
fn without_oddities(theirs: &str, run: &Run) -> String {
    const STRANGER: &str = "--\n-- Name: kit_news main; Type: PUBLICATION TABLE; Schema: kit; \
                            Owner: postgres\n--\n\n\
                            ALTER PUBLICATION kit_news ADD TABLE ONLY kit.main;\n\n\n";
    let usual = Regex::new(
        "--\n-- Name: SCHEMA \"public\"; Type: COMMENT; Schema: -; Owner: \\w+\n--\n\n\
         COMMENT ON SCHEMA \"public\" IS 'standard public schema';\n\n\n",
    )
    .unwrap();
    match run.name {
        "exclude_tables" | "exclude_schema" => theirs.replace(STRANGER, ""),
        "quote_all" => usual.replace(theirs, "").into_owned(),
        _ => theirs.to_owned(),
    }
}

/// Every way in which a script differs from what the table says, or from pg_dump's.
fn check(kit: &Kit, run: &Run) -> String {
    let options: Vec<&str> = words(run.options).collect();
    let (name, major) = (run.name, kit.major);
    let ours = level(&kit.ours(&options), major);
    let theirs = without_oddities(&level(&kit.theirs(&options), major), run);
    let mut found = String::new();
    if let Some(difference) = first_difference(&theirs, &ours) {
        let _ = writeln!(found, "{name}, PostgreSQL {major}: {difference}");
    }
    let bare = ours.replace('"', "");
    for object in OBJECTS.iter().filter(|object| object.since <= major) {
        let text = if words(object.like).any(|word| word == "quote_all") { &ours } else { &bare };
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
    judge(RUNS, check);
}

#[test]
fn the_table_has_no_object_and_no_run_that_proves_nothing() {
    let known = |word: &str| {
        RUNS.iter().any(|run| run.name == word || words(run.sets).any(|set| set == word))
    };
    for object in OBJECTS {
        assert!(RUNS.iter().any(|run| expected(object, run)), "{} is in no run", object.name);
        assert!(RUNS.iter().any(|run| !expected(object, run)), "{} is always there", object.name);
        for word in words(object.like).chain(words(object.unlike)) {
            assert!(known(word), "{}: no run and no set is called {word}", object.name);
        }
        for word in words(object.unlike) {
            let run = RUNS.iter().find(|run| run.name == word).unwrap();
            let without = Object { unlike: "", ..*object };
            assert!(expected(&without, run), "{} is not in {word} anyway", object.name);
        }
    }
    let default = RUNS.iter().find(|run| run.name == DEFAULT).unwrap();
    for run in RUNS.iter().filter(|run| run.name != DEFAULT) {
        let tells = |object: &&Object| expected(object, run) != expected(object, default);
        assert!(OBJECTS.iter().any(|object| tells(&object)), "nothing tells {} apart", run.name);
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
    let stood_for: BTreeSet<&str> = OBJECTS.iter().map(|object| object.desc).collect();
    for desc in TYPES.split('|') {
        assert!(stood_for.contains(desc), "no object stands for {desc}");
    }
    for object in OBJECTS.iter().filter(|object| !object.desc.is_empty()) {
        assert!(TYPES.split('|').any(|desc| desc == object.desc), "{}", object.desc);
    }
}
