//! Every kind of object that pg_dump writes, judged entry by entry on every server there is.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use dbbackup::postgres::schema::SchemaRequest;

use crate::judge::{differences, dump, level, order_differences, theirs};
use crate::support::{self, Server, ServerOptions};

/// Scripts, each with the first major version that takes it.
type Parts<'a> = &'a [(u32, &'a str)];

const TYPES: Parts<'_> = &[
    (10, include_str!("coverage/types.sql")),
    (12, include_str!("coverage/types_12.sql")),
    (14, include_str!("coverage/types_14.sql")),
];

/// Makes a database with the parts on every server, and fails with each difference between our entries
/// and those of the newest pg_dump.
fn covers(hint: &str, parts: Parts<'_>) {
    let newest = support::newest_tool("pg_dump");
    let mut failures = String::new();
    for (major, bin) in support::installations() {
        let server = Server::start(&options(Some(bin)));
        let database = server.create_database(hint);
        for (_, script) in parts.iter().filter(|(since, _)| *since <= major) {
            server.psql(&database, script);
        }
        let found = found(&server, &database, major, &newest);
        if !found.is_empty() {
            let _ = writeln!(failures, "PostgreSQL {major}:\n{found}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// A server that takes security labels without a provider: they are put into the catalog by hand.
fn options(bin: Option<PathBuf>) -> ServerOptions {
    let config = ["wal_level = logical", "allow_system_table_mods = on"].map(str::to_owned);
    ServerOptions { bin, config: config.to_vec(), ..ServerOptions::default() }
}

fn found(server: &Server, database: &str, major: u32, pg_dump: &Path) -> String {
    let request = SchemaRequest { archive_minor: 16, ..SchemaRequest::default() };
    let ours = dump(server, database, &request).unwrap();
    let mut found = ours.missing.join("\n");
    let mut ours = ours.entries;
    let mut theirs = theirs(pg_dump, server, database, &[]);
    for entry in ours.iter_mut().chain(&mut theirs) {
        level(entry, major);
    }
    found += &differences(&ours, &theirs);
    if found.is_empty() {
        found = order_differences(&ours, &theirs);
    }
    found
}

#[test]
fn types_and_what_works_on_them_equal_those_of_pg_dump() {
    covers("types", TYPES);
}

/// As [`covers`], with what a script makes on one server, by a pg_dump of an age.
fn covers_shape(pg_dump: &Path, archive_minor: u8) {
    let server = Server::start(&options(None));
    let database = server.create_database("large");
    server.psql(&database, include_str!("coverage/large.sql"));
    let request = SchemaRequest { archive_minor, ..SchemaRequest::default() };
    let ours = dump(&server, &database, &request).unwrap();
    let mut all: Vec<u32> = ours.large_objects.iter().flat_map(|g| g.oids.clone()).collect();
    all.sort_unstable();
    assert_eq!(all.len(), 1203 + 12 + 1);
    assert_eq!(all.first(), Some(&1));
    for group in &ours.large_objects {
        let entry = ours.entries.iter().find(|entry| entry.id == group.dump_id).unwrap();
        assert!(entry.desc == "BLOBS" && entry.has_data, "{entry:?}");
        assert!(archive_minor < 16 || group.oids.len() <= 1000);
    }
    let mut ours = ours.entries;
    let mut theirs = theirs(pg_dump, &server, &database, &[]);
    for entry in ours.iter_mut().chain(&mut theirs) {
        level(entry, 18);
    }
    let found = differences(&ours, &theirs) + &order_differences(&ours, &theirs);
    assert!(found.is_empty(), "{found}");
}

#[test]
fn large_objects_equal_those_of_an_archive_that_keeps_them_in_groups() {
    covers_shape(&support::newest_tool("pg_dump"), 16);
}

#[test]
fn large_objects_equal_those_of_an_archive_that_keeps_them_one_by_one() {
    let of_15 = support::installations()
        .into_iter()
        .find(|(major, bin)| *major == 15 && bin.join("pg_dump").exists());
    let (_, bin) = of_15.expect("no PostgreSQL 15: run tests/prepare");
    let pg_dump = bin.join("pg_dump");
    covers_shape(&pg_dump, 14);
}
