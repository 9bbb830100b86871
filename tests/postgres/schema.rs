//! Definitions, judged by the archives that pg_dump writes of the same database.

use std::fmt::Write as _;
use std::path::PathBuf;

use dbbackup::archive::head::encode_head;
use dbbackup::archive::toc::{CivilTime, Header, TocEntry};
use dbbackup::model::pattern::Pattern;
use dbbackup::model::spec::{Codec, Parts, RowFilter, Section, Selection};
use dbbackup::postgres::schema::{self, SchemaRequest};

use crate::judge::{Dump, begin, differences, dump, label, level, order_differences, theirs};
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
pub(crate) fn shop(server: &Server, major: u32) -> String {
    server.psql(
        "postgres",
        "do $$ begin
             if to_regrole('shop_owner') is null then
                 create role shop_owner; create role shop_reader; create role \"Odd Role\";
             end if;
         end $$",
    );
    if major >= 15 {
        server.psql(
            "postgres",
            "set allow_in_place_tablespaces = on;
             select 'create tablespace fast location $$$$'
              where not exists (select from pg_tablespace where spcname = 'fast') \\gexec",
        );
    }
    let database = server.create_database("shop");
    for (_, script) in SHOP.iter().filter(|(since, _)| *since <= major) {
        server.psql(&database, script);
    }
    database
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
        let mut found = differences(&ours, &theirs);
        if found.is_empty() {
            found = order_differences(&ours, &theirs);
        }
        if !found.is_empty() {
            let _ = writeln!(failures, "{} by {}:\n{found}", bin.display(), pg_dump.display());
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// An archive of definitions alone, restored into a new database through the newest pg_restore,
/// without an error.
fn restore(server: &Server, dump: &Dump) -> String {
    let header = Header {
        version: (1, 14, 0),
        codec: Codec::None,
        created: CivilTime::default(),
        database: "shop".to_owned(),
        server_version: "test".to_owned(),
        dumper_version: "test".to_owned(),
    };
    let entries: Vec<TocEntry> =
        dump.entries.iter().filter(|entry| entry.section != Some(Section::Data)).cloned().collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schema.dump");
    std::fs::write(&file, encode_head(&header, &entries).unwrap()).unwrap();
    let target = server.create_database("restored");
    let script = support::run(server.tool("pg_restore").args(["-f", "-"]).arg(&file));
    // The newest pg_restore sets what older servers do not know.
    server.psql(&target, &script.replace("SET transaction_timeout = 0;", ""));
    target
}

/// pg_dump's text of the definitions, before and after our archive of them was restored.
pub(crate) fn there_and_back(server: &Server, database: &str, dump: &Dump) -> (String, String) {
    // The newest minor releases' own mark on columns, which pg_dump 18.6 does not know.
    let mark = regex::Regex::new(r"pg_attver=\d+").unwrap();
    let target = restore(server, dump);
    let text = |database: &str| {
        mark.replace_all(&server.dump_text(database, &["-s", "--no-security-labels"]), "")
            .into_owned()
    };
    (text(database), text(&target))
}

/// Our entries equal those of the same-version pg_dump with these options.
fn compare_selection(request: &SchemaRequest, options: &[&str]) {
    let server = Server::shared();
    let database = shop(server, 15);
    let ours = dump(server, &database, request).unwrap();
    let mut ours = ours.entries;
    let mut theirs = theirs(&server.bin.join("pg_dump"), server, &database, options);
    if !request.selection.is_everything() {
        // pg_dump adds the grants on the server's own languages to any selection.
        theirs.retain(|entry| !entry.tag.starts_with("LANGUAGE "));
    }
    for entry in ours.iter_mut().chain(&mut theirs) {
        level(entry, 15);
    }
    let found = differences(&ours, &theirs);
    assert!(found.is_empty(), "{options:?}:\n{found}");
}

pub(crate) fn patterns(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().map(|&text| Pattern::new(text)).collect()
}

#[test]
fn selections_mean_what_they_mean_to_pg_dump() {
    let all = Selection::default;
    let cases: Vec<(Selection, Vec<&str>)> = vec![
        (
            Selection { tables: patterns(&["shop.orders", "*.item*"]), ..all() },
            vec!["-t", "shop.orders", "-t", "*.item*"],
        ),
        (Selection { tables: patterns(&["docs"]), ..all() }, vec!["-t", "docs"]),
        (
            Selection { tables: patterns(&["shop.big_*", "shop.ticket", "shop.mat*"]), ..all() },
            vec!["-t", "shop.big_*", "-t", "shop.ticket", "-t", "shop.mat*"],
        ),
        (
            Selection {
                tables: patterns(&["shop.*"]),
                exclude_tables: patterns(&["shop.c*", "shop.log"]),
                ..all()
            },
            vec!["-t", "shop.*", "-T", "shop.c*", "-T", "shop.log"],
        ),
        (
            Selection {
                schemas: patterns(&["sh*", "audit"]),
                exclude_schemas: patterns(&["aud*"]),
                exclude_tables: patterns(&["shop.customers"]),
                ..all()
            },
            vec!["-n", "sh*", "-n", "audit", "-N", "aud*", "-T", "shop.customers"],
        ),
        (Selection { schemas: patterns(&["public"]), ..all() }, vec!["-n", "public"]),
        (
            Selection {
                exclude_schemas: patterns(&["audit", "\"Weird\"*"]),
                exclude_tables: patterns(&["shop.a", "shop.*mat*"]),
                exclude_table_data: patterns(&["shop.*"]),
                ..all()
            },
            vec![
                "-N",
                "audit",
                "-N",
                "\"Weird\"*",
                "-T",
                "shop.a",
                "-T",
                "shop.*mat*",
                "--exclude-table-data",
                "shop.*",
            ],
        ),
    ];
    for (selection, options) in cases {
        compare_selection(&SchemaRequest { selection, ..SchemaRequest::default() }, &options);
    }
}

#[test]
fn parts_mean_what_they_mean_to_pg_dump() {
    let request = |parts: Parts| SchemaRequest { parts, ..SchemaRequest::default() };
    let data_only = Parts { data_only: true, ..Parts::default() };
    compare_selection(&request(data_only), &["-a"]);
    let schema_only = Parts { schema_only: true, ..Parts::default() };
    compare_selection(&request(schema_only), &["-s"]);
    for (section, name) in
        [(Section::PreData, "pre-data"), (Section::Data, "data"), (Section::PostData, "post-data")]
    {
        let parts = Parts { sections: vec![section], ..Parts::default() };
        compare_selection(&request(parts), &[&format!("--section={name}")]);
    }
    let no_privileges = SchemaRequest { no_privileges: true, ..SchemaRequest::default() };
    compare_selection(&no_privileges, &["-x"]);
}

#[test]
fn definitions_make_the_same_database_again() {
    for (major, bin) in support::installations() {
        let options = ServerOptions { bin: Some(bin), ..ServerOptions::default() };
        let server = Server::start(&options);
        let database = shop(&server, major);
        let ours = dump(&server, &database, &SchemaRequest::default()).unwrap();
        let (before, after) = there_and_back(&server, &database, &ours);
        assert_eq!(before, after, "PostgreSQL {major}");
    }
}

#[test]
fn a_selection_with_dependencies_restores_into_an_empty_database() {
    let server = Server::shared();
    let database = shop(server, 15);
    let selection = Selection {
        tables: patterns(&["shop.orders", "shop.bags", "shop.through_function", "shop.log_2026_a"]),
        with_dependencies: true,
        with_references: true,
        ..Selection::default()
    };
    let request = SchemaRequest { selection, ..SchemaRequest::default() };
    let ours = dump(server, &database, &request).unwrap();
    let target = restore(server, &ours);
    let tables: Vec<String> = ours.tables.iter().map(|t| t.name.to_string()).collect();
    assert_eq!(tables, ["shop.bags", "shop.customers", "shop.log_2026_a", "shop.orders"]);
    for (name, why) in [
        ("shop.customers", "referenced by shop.orders (foreign key orders_customer_fkey)"),
        ("type shop.order_state", "needed by table shop.orders"),
        ("sequence shop.ticket", "needed by table shop.orders"),
        ("extension hstore", "needed by table shop.bags"),
        ("table shop.log", "needed by table shop.log_2026"),
        ("schema shop", "needed by table shop.bags"),
    ] {
        let found = ours.added.iter().any(|(n, w)| n == name && w == why);
        assert!(found, "{name}: {why}: {:#?}", ours.added);
    }
    let only = ["-s", "-t", "shop.orders", "-t", "shop.bags", "-t", "shop.customers", "-x"];
    assert_eq!(server.dump_text(&database, &only), server.dump_text(&target, &only));
}

#[test]
fn a_foreign_key_that_leads_out_of_the_selection_is_noted() {
    let server = Server::shared();
    let database = shop(server, 15);
    let selection = Selection { tables: patterns(&["shop.items"]), ..Selection::default() };
    let request = SchemaRequest { selection, ..SchemaRequest::default() };
    let ours = dump(server, &database, &request).unwrap();
    assert_eq!(
        ours.notes,
        [
            "foreign key items_order_id_fkey of shop.items references shop.orders, which is not in the \
          archive: it can be restored only where that table is"
        ]
    );
}

#[test]
fn patterns_that_match_nothing_are_named() {
    let server = Server::shared();
    let database = server.create_database("patterns");
    let fails = |selection: Selection| {
        let request = SchemaRequest { selection, ..SchemaRequest::default() };
        dump(server, &database, &request).unwrap_err().to_string()
    };
    let all = Selection::default;
    let table = fails(Selection { tables: patterns(&["nix.*"]), ..all() });
    assert_eq!(table, "no table, view or sequence matches 'nix.*'");
    let schema = fails(Selection { schemas: patterns(&["nix"]), ..all() });
    assert_eq!(schema, "no schema matches 'nix'");
    let filter = RowFilter { table: Pattern::new("nix"), predicate: "true".to_owned() };
    let filter = fails(Selection { filters: vec![filter], ..all() });
    assert_eq!(filter, "no selected table with rows matches 'nix'");
}

#[test]
fn a_table_that_was_dropped_since_the_snapshot_is_named() {
    let server = Server::shared();
    let database = server.create_database("dropped");
    server.psql(&database, "create table stays (a int); create table goes (a int)");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(async {
        let client = begin(server, &database).await;
        client.query_one("SELECT count(*) FROM pg_class", &[]).await.unwrap();
        server.psql(&database, "drop table goes");
        schema::dump(&client, 150_000, &SchemaRequest::default()).await.unwrap_err()
    });
    assert!(error.to_string().contains("\"public.goes\" does not exist"), "{error}");
    assert!(error.to_string().contains("dropped or renamed"), "{error}");
    assert_eq!(error.hint(), Some("start the backup again"));
}

/// The entries' definitions by label, from the database that a script makes.
fn definitions(server: &Server, hint: &str, script: &str) -> Vec<TocEntry> {
    let database = server.create_database(hint);
    server.psql(&database, script);
    dump(server, &database, &SchemaRequest::default()).unwrap().entries
}

fn labelled<'e>(entries: &'e [TocEntry], name: &str) -> Option<&'e TocEntry> {
    entries.iter().find(|entry| label(entry) == name)
}

#[test]
fn a_check_that_is_not_valid_comes_to_children_with_their_parents() {
    let script = "create table p (a int); create table c () inherits (p);
                  alter table p add constraint k check (a > 0) not valid";
    let entries = definitions(Server::shared(), "inherited", script);
    assert!(labelled(&entries, "CHECK CONSTRAINT public p k").is_some());
    assert!(labelled(&entries, "CHECK CONSTRAINT public c k").is_none());
}

#[test]
fn the_state_of_a_trigger_two_partitions_below_waits_for_the_trigger() {
    let script = "create function f() returns trigger language plpgsql as 'begin return new; end';
                  create table p (a int) partition by list (a);
                  create table q partition of p for values in (1, 2) partition by list (a);
                  create table r partition of q for values in (1);
                  create trigger t after insert on p for each row execute function f();
                  alter table r disable trigger t";
    let entries = definitions(Server::shared(), "copied", script);
    let below = labelled(&entries, "TRIGGER public r t").unwrap();
    let above = labelled(&entries, "TRIGGER public p t").unwrap();
    assert!(below.dependencies.contains(&above.id), "{below:?}");
}

#[test]
fn rows_of_a_database_without_an_encoding_are_not_called_utf_8() {
    let server = Server::shared();
    let encoding = |database: &str| {
        let entries = dump(server, database, &SchemaRequest::default()).unwrap().entries;
        entries[0].defn.clone().unwrap()
    };
    let database = server.create_database("raw");
    assert_eq!(encoding(&database), "SET client_encoding = 'UTF8';\n");
    let name = format!("{database}_ascii");
    let create =
        format!("create database {name} template template0 encoding 'SQL_ASCII' locale 'C'");
    server.psql(&database, &create);
    assert_eq!(encoding(&name), "SET client_encoding = 'SQL_ASCII';\n");
}

#[test]
fn conditions_reach_their_tables() {
    let server = Server::shared();
    let database = server.create_database("filters");
    server.psql(&database, "create table a (x int); create table b (x int)");
    let filter = RowFilter { table: Pattern::new("b"), predicate: "x > 1".to_owned() };
    let selection = Selection { filters: vec![filter], ..Selection::default() };
    let request = SchemaRequest { selection, ..SchemaRequest::default() };
    let tables = dump(server, &database, &request).unwrap().tables;
    let predicates: Vec<Option<&str>> = tables.iter().map(|t| t.predicate.as_deref()).collect();
    assert_eq!(predicates, [None, Some("x > 1")]);
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
