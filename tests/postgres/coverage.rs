//! Every kind of object that pg_dump writes, judged entry by entry on every server there is.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use dbbackup::model::spec::{DumpOptions, LeftOut};
use dbbackup::postgres::schema::SchemaRequest;

use crate::judge::{differences, dump, level, order_differences, theirs};
use crate::schema::there_and_back;
use crate::support::{self, Server, ServerOptions};

/// Scripts, each with the first major version that takes it.
type Parts<'a> = &'a [(u32, &'a str)];

const TYPES: Parts<'_> = &[
    (10, include_str!("coverage/types.sql")),
    (12, include_str!("coverage/types_12.sql")),
    (14, include_str!("coverage/types_14.sql")),
];

const TABLES: Parts<'_> = &[
    (10, include_str!("coverage/tables.sql")),
    (12, include_str!("coverage/tables_12.sql")),
    (14, include_str!("coverage/tables_14.sql")),
    (15, include_str!("coverage/tables_15.sql")),
    (16, include_str!("coverage/tables_16.sql")),
    (17, include_str!("coverage/tables_17.sql")),
    (18, include_str!("coverage/tables_18.sql")),
];

const INDEXES: Parts<'_> = &[
    (10, include_str!("coverage/indexes.sql")),
    (11, include_str!("coverage/indexes_11.sql")),
    (14, include_str!("coverage/indexes_14.sql")),
    (15, include_str!("coverage/indexes_15.sql")),
];

const EXTENSIONS: Parts<'_> = &[(10, include_str!("coverage/extensions.sql"))];

const WIDE: Parts<'_> = &[(10, include_str!("coverage/wide.sql"))];

/// Makes a database with the parts on every server, and fails with each difference between our entries
/// and those of the newest pg_dump; where the parts are `restorable`, also with each that a restore
/// makes.
fn covers(hint: &str, parts: Parts<'_>, restorable: bool) {
    let newest = support::newest_tool("pg_dump");
    let mut failures = String::new();
    for (major, bin) in support::installations() {
        let server = Server::start(&options(Some(bin)));
        let database = server.create_database(hint);
        for (_, script) in parts.iter().filter(|(since, _)| *since <= major) {
            server.psql(&database, script);
        }
        let mut found = found(&server, &database, major, &newest);
        if restorable {
            // Nobody provides the labels.
            let options = DumpOptions {
                left_out: LeftOut { security_labels: true, ..LeftOut::default() },
                ..DumpOptions::default()
            };
            let request = SchemaRequest { options, ..SchemaRequest::default() };
            let dump = dump(&server, &database, &request).unwrap();
            let (before, after) = there_and_back(&server, &database, &dump);
            found += &changed_lines(&before, &after);
        }
        if !found.is_empty() {
            let _ = writeln!(failures, "PostgreSQL {major}:\n{found}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Lines that are in one text alone.
fn changed_lines(before: &str, after: &str) -> String {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (before, after) = (lines(before), lines(after));
    let changed = before.symmetric_difference(&after);
    changed.map(|line| format!("after a restore: {line}\n")).collect::<Vec<_>>().concat()
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
    covers("types", TYPES, true);
}

#[test]
fn tables_and_what_hangs_on_them_equal_those_of_pg_dump() {
    covers("tables", TABLES, true);
}

#[test]
fn indexes_of_all_forms_equal_those_of_pg_dump() {
    covers("indexes", INDEXES, true);
}

#[test]
fn extensions_and_what_people_changed_of_them_equal_those_of_pg_dump() {
    covers("extensions", EXTENSIONS, false);
}

#[test]
fn tables_of_as_many_columns_as_there_can_be_equal_those_of_pg_dump() {
    covers("wide", WIDE, true);
}

#[test]
fn what_newer_servers_refuse_is_noted() {
    let oldest = support::installations().into_iter().next();
    let (_, bin) =
        oldest.filter(|(major, _)| *major < 12).expect("no old server: run tests/prepare");
    let server = Server::start(&options(Some(bin)));
    let database = server.create_database("old");
    server.psql(
        &database,
        "create table t (a int) with oids;
         create operator public.!! (leftarg = int8, procedure = numeric_fac);",
    );
    let notes = dump(&server, &database, &SchemaRequest::default()).unwrap().notes;
    assert_eq!(
        notes,
        [
            "table public.t was made WITH OIDS, which PostgreSQL 12 and later do not have: its \
             column oid is not in the archive",
            "operator public.!! stands behind its operand: PostgreSQL 14 and later refuse it",
        ]
    );
}

#[test]
fn subscriptions_that_a_role_may_not_read_are_missing() {
    let server = Server::start(&options(None));
    let database = server.create_database("subscribed");
    server.psql(
        &database,
        "create role plain login; create subscription sub connection '' publication p
         with (connect = false, slot_name = none)",
    );
    let url = format!("postgres://plain@127.0.0.1:{}/{database}", server.port);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let missing = runtime.block_on(async {
        let (client, connection) =
            tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.unwrap();
        let request = SchemaRequest::default();
        dbbackup::postgres::schema::dump(&client, 150_000, &request).await.unwrap().missing
    });
    assert_eq!(missing, ["subscription sub: only a superuser may read it"]);
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
