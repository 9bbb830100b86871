//! Restores into databases that hold something.

use dbbackup::error::ErrorKind;
use dbbackup::model::spec::RestoreSpec;

use super::kit::{assert_same_text, dump, folder, patterns, plan, restore, shop, spec};
use crate::support::Server;

#[test]
fn a_database_that_holds_rows_under_the_same_names_is_refused_unless_agreed() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    let database = server.create_database("holds_rows");
    // Statistics that say nothing, an empty table, and one with a row.
    server.psql(
        &database,
        "create schema shop; create table shop.categories (id int);
         create table empty_table (a integer); insert into shop.categories values (1)",
    );
    let mut spec = spec(server, &archive, &database);
    assert_eq!(plan(&spec).unwrap().endangers, ["shop.categories"]);
    let error = restore(&spec).result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("shop.categories"), "{error}");
    assert!(error.hint().unwrap().contains("--over-existing"));
    let count = "select count(*) from pg_class where relname = 'orders'";
    assert_eq!(server.psql(&database, count), "0\n", "nothing was made");

    spec.tables = patterns(&["empty_table"]);
    assert!(plan(&spec).unwrap().endangers.is_empty());
}

#[test]
fn clean_replaces_an_existing_copy() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    let database = server.create_database("replaced");
    restore(&spec(server, &archive, &database)).assert_complete();
    server.psql(
        &database,
        "delete from shop.order_items; alter table shop.products add extra int;
         insert into empty_table values (7)",
    );
    let mut spec =
        RestoreSpec { clean: true, if_exists: true, ..spec(server, &archive, &database) };
    let endangers = plan(&spec).unwrap().endangers;
    for table in ["shop.orders", "empty_table", "shop.sales", "large object 4711"] {
        assert!(endangers.iter().any(|name| name.ends_with(table)), "{table}: {endangers:?}");
    }
    assert_eq!(restore(&spec).result.unwrap_err().kind(), ErrorKind::Conflict);
    spec.over_existing = true;
    restore(&spec).assert_complete();
    assert_same_text(&server.dump_text(shop(), &[]), &server.dump_text(&database, &[]));
    // Into an empty database it finds nothing to drop and says so only without --if-exists.
    spec.database = server.create_database("replaced_empty");
    restore(&spec).assert_complete();
    assert_same_text(&server.dump_text(shop(), &[]), &server.dump_text(&spec.database, &[]));
}

#[test]
fn clean_of_whole_tables_drops_them_and_not_what_they_need() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    let database = server.create_database("clean_whole");
    restore(&spec(server, &archive, &database)).assert_complete();
    // Privileges by default would reach the new table, as with every tool.
    server.psql(
        &database,
        "delete from shop.invoices; create table shop.mine (s shop.status);
         alter default privileges in schema shop revoke select on tables from public",
    );
    let spec = RestoreSpec {
        whole_tables: patterns(&["shop.invoices"]),
        clean: true,
        if_exists: true,
        over_existing: true,
        ..spec(server, &archive, &database)
    };
    restore(&spec).assert_complete();
    server.psql(
        &database,
        "drop table shop.mine;
         alter default privileges in schema shop grant select on tables to public",
    );
    assert_same_text(&server.dump_text(shop(), &[]), &server.dump_text(&database, &[]));
}

#[test]
fn a_table_that_cannot_be_dropped_gets_no_rows_twice() {
    let server = Server::shared();
    let folder = folder();
    let source = server.create_database("undroppable");
    server.psql(
        &source,
        "create table t (a int primary key); insert into t values (1), (2); create table u ();",
    );
    let archive = dump(folder.path(), &source, &[]);
    server.psql(&source, "create view v as select a from t");
    let spec = RestoreSpec {
        clean: true,
        if_exists: true,
        over_existing: true,
        ..spec(server, &archive, &source)
    };
    let done = restore(&spec);
    let reasons = done.reasons();
    assert!(reasons.iter().any(|r| r.starts_with("dropping TABLE public.t failed")), "{reasons:?}");
    assert!(
        reasons
            .iter()
            .any(|reason| reason
                == "TABLE DATA public.t was not restored: TABLE public.t could not be"),
        "{reasons:?}"
    );
    assert_eq!(server.psql(&source, "select count(*) from t"), "2\n");
}

#[test]
fn a_database_to_be_made_must_not_exist_and_one_to_be_filled_must() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    let there = server.create_database("there");
    let make = RestoreSpec { create_database: true, ..spec(server, &archive, &there) };
    for error in [plan(&make).unwrap_err(), restore(&make).result.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert!(error.to_string().contains("exists already"), "{error}");
    }
    let error = plan(&spec(server, &archive, "nowhere")).unwrap_err();
    assert_eq!(error.sqlstate(), Some("3D000"));
    assert!(error.hint().unwrap().contains("--create"), "{error:?}");
}

#[test]
fn large_objects_of_others_are_not_written_into() {
    let server = Server::shared();
    let folder = folder();
    let source = server.create_database("objects");
    server.psql(&source, "select lo_from_bytea(9001, 'ours'), lo_from_bytea(9002, 'ours')");
    let archive = dump(folder.path(), &source, &["-b"]);
    let target = server.create_database("objects");
    server.psql(&target, "select lo_from_bytea(9001, 'theirs')");
    let done = restore(&spec(server, &archive, &target));
    assert!(!done.reasons().is_empty());
    assert_eq!(server.psql(&target, "select encode(lo_get(9001), 'escape')"), "theirs\n");
}
