//! Every kind of object that pg_dump writes, judged entry by entry on every server there is.

use std::fmt::Write as _;

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
        let config = vec!["wal_level = logical".to_owned()];
        let options = ServerOptions { bin: Some(bin), config, ..ServerOptions::default() };
        let server = Server::start(&options);
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

fn found(server: &Server, database: &str, major: u32, pg_dump: &std::path::Path) -> String {
    let ours = dump(server, database, &SchemaRequest::default()).unwrap();
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
