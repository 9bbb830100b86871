//! Definitions, judged by the archives that pg_dump writes of the same database.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use dbbackup::archive::head::read_head;
use dbbackup::archive::toc::TocEntry;
use dbbackup::error::Result;
use dbbackup::postgres::schema::{self, SchemaDump, SchemaRequest};

use crate::support::{self, Server, ServerOptions};

/// The fixture: each part with the first major version that takes it.
const SHOP: &[(u32, &str)] = &[
    (10, include_str!("schema/shop.sql")),
    (11, include_str!("schema/shop_11.sql")),
    (12, include_str!("schema/shop_12.sql")),
    (14, include_str!("schema/shop_14.sql")),
    (15, include_str!("schema/shop_15.sql")),
    (18, include_str!("schema/shop_18.sql")),
];

/// Makes the fixture's roles and a database with it.
fn shop(server: &Server, major: u32) -> String {
    server.psql(
        "postgres",
        "do $$ begin
             if to_regrole('shop_owner') is null then
                 create role shop_owner; create role shop_reader; create role \"Odd Role\";
             end if;
         end $$",
    );
    let database = server.create_database("shop");
    for (_, script) in SHOP.iter().filter(|(since, _)| *since <= major) {
        server.psql(&database, script);
    }
    database
}

/// Our entries, read in a transaction as a backup does.
fn dump(server: &Server, database: &str, request: &SchemaRequest) -> Result<SchemaDump> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) =
            tokio_postgres::connect(&server.url(database), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.unwrap();
        let version: String =
            client.query_one("SHOW server_version_num", &[]).await.unwrap().get(0);
        schema::dump(&client, version.parse().unwrap(), request).await
    })
}

/// The entries of the archive that this pg_dump writes.
fn theirs(pg_dump: &PathBuf, server: &Server, database: &str, options: &[&str]) -> Vec<TocEntry> {
    let output = Command::new(pg_dump)
        .args(["-h", "127.0.0.1", "-p", &server.port.to_string(), "-U", "postgres", "-Fc"])
        .args(options)
        .arg(database)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    read_head(&mut output.stdout.as_slice()).unwrap().entries
}

/// Names an entry: its kind, schema and tag.
fn label(entry: &TocEntry) -> String {
    format!("{} {} {}", entry.desc, entry.namespace.as_deref().unwrap_or("-"), entry.tag)
}

/// All that matters of an entry, as text; dependencies by name, those outside the archive left out.
fn render(entry: &TocEntry, labels: &HashMap<u32, String>) -> String {
    let needs: BTreeSet<&String> =
        entry.dependencies.iter().filter_map(|id| labels.get(id)).collect();
    let mut text = String::new();
    let _ = writeln!(text, "section {:?} data {}", entry.section, entry.has_data);
    let _ = writeln!(text, "catalog {} oid {}", entry.table_oid, entry.oid);
    let _ = writeln!(text, "owner {:?} am {:?}", entry.owner, entry.table_am);
    let _ = writeln!(text, "tablespace {:?}", entry.tablespace);
    let _ = writeln!(text, "defn {}", entry.defn.as_deref().unwrap_or("(none)"));
    let _ = writeln!(text, "drop {}", entry.drop_stmt.as_deref().unwrap_or("(none)"));
    let _ = writeln!(text, "copy {}", entry.copy_stmt.as_deref().unwrap_or("(none)"));
    let _ = writeln!(text, "needs {needs:?}");
    text
}

fn rendered(entries: &[TocEntry]) -> BTreeMap<String, String> {
    let labels: HashMap<u32, String> = entries.iter().map(|e| (e.id, label(e))).collect();
    assert_eq!(labels.len(), entries.len(), "dump ids repeat");
    let mut all = BTreeMap::new();
    for entry in entries {
        let mut name = label(entry);
        while all.contains_key(&name) {
            name.push_str(" (again)");
        }
        all.insert(name, render(entry, &labels));
    }
    all
}

/// Every difference between two archives' entries, for people.
fn differences(ours: &[TocEntry], theirs: &[TocEntry]) -> String {
    let (mine, other) = (rendered(ours), rendered(theirs));
    let names: BTreeSet<&String> = mine.keys().chain(other.keys()).collect();
    let mut text = String::new();
    for name in names {
        match (mine.get(name), other.get(name)) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => {
                let _ = writeln!(text, "differs: {name}");
                for (a, b) in a.lines().zip(b.lines()).filter(|(a, b)| a != b) {
                    let _ = writeln!(text, "  ours   {a}\n  theirs {b}");
                }
                if a.lines().count() != b.lines().count() {
                    let _ = writeln!(text, "--- ours\n{a}--- theirs\n{b}");
                }
            }
            (Some(_), None) => {
                let _ = writeln!(text, "only ours: {name}");
            }
            (None, _) => {
                let _ = writeln!(text, "only theirs: {name}");
            }
        }
    }
    let order = |entries: &[TocEntry]| entries.iter().map(label).collect::<Vec<_>>();
    if text.is_empty() {
        let (ours, theirs) = (order(ours), order(theirs));
        for (at, (a, b)) in ours.iter().zip(&theirs).enumerate().filter(|(_, (a, b))| a != b) {
            let _ = writeln!(text, "order at {at}: ours {a}, theirs {b}");
        }
    }
    text
}

/// Fails with every difference between our entries and those of this pg_dump.
fn compare(pairs: impl IntoIterator<Item = (u32, PathBuf, PathBuf)>) {
    let mut failures = String::new();
    for (major, bin, pg_dump) in pairs {
        let options = ServerOptions { bin: Some(bin.clone()), ..ServerOptions::default() };
        let server = Server::start(&options);
        let database = shop(&server, major);
        let ours = dump(&server, &database, &SchemaRequest::default()).unwrap();
        assert_eq!(ours.missing, Vec::<String>::new());
        let mut ours = ours.entries;
        let mut theirs = theirs(&pg_dump, &server, &database, &[]);
        for entry in ours.iter_mut().chain(&mut theirs) {
            level(entry, major);
        }
        let found = differences(&ours, &theirs);
        if !found.is_empty() {
            let _ = writeln!(failures, "{} by {}:\n{found}", bin.display(), pg_dump.display());
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Makes equal what differs on purpose, or between versions of pg_dump without a meaning.
fn level(entry: &mut TocEntry, major: u32) {
    let Some(defn) = &mut entry.defn else { return };
    if entry.desc == "ACL" && major < 17 {
        // All rights of an old server, which are not all of a new one: we name them.
        *defn = defn.replace("SELECT,INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE", "ALL");
    }
    if entry.desc == "DEFAULT ACL" {
        *defn = defn.replace("  ", " ");
    }
    if entry.desc == "DATABASE" && major < 15 {
        // A word that the server itself does not know.
        *defn = defn.replace(" LOCALE_PROVIDER = libc", "");
    }
    if defn.contains("pg_attver=") {
        // The newest minor releases' own mark, which pg_dump 18.6 does not know.
        let mark = regex::Regex::new(r"pg_attver=\d+(, )?").unwrap();
        let plain = mark.replace_all(defn, "").into_owned();
        let statements = plain.split_inclusive(";\n");
        *defn = statements.filter(|statement| !statement.ends_with("SET ();\n")).collect();
    }
    if entry.desc == "TABLE" && major < 18 {
        // pg_dump 18 writes what only an 18 server takes.
        *defn = defn
            .replace(" (\n    NOT NULL v\n)", " (\n)")
            .replace("ALTER TABLE ONLY shop.child3 ALTER COLUMN v SET NOT NULL;\n", "");
    }
}

#[test]
fn entries_equal_those_of_pg_dump_of_the_same_version() {
    let own = |(major, bin): (u32, PathBuf)| {
        let pg_dump = bin.join("pg_dump");
        (major >= 15 && pg_dump.exists()).then_some((major, bin, pg_dump))
    };
    let pairs: Vec<_> = support::installations().into_iter().filter_map(own).collect();
    assert!(pairs.iter().any(|p| p.0 == 15), "PostgreSQL 15 is missing: run tests/prepare");
    compare(pairs);
}

#[test]
fn entries_of_every_server_equal_those_of_the_newest_pg_dump() {
    let newest = support::newest_tool("pg_dump");
    compare(support::installations().into_iter().map(|(major, bin)| (major, bin, newest.clone())));
}
