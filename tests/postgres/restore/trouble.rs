//! Archives and targets with something wrong: loud or complete.

use std::path::Path;

use dbbackup::error::ErrorKind;
use dbbackup::model::job::Level;
use dbbackup::model::spec::{Parts, RestoreSpec};
use dbbackup::postgres::restore::list;

use super::kit::{dump, folder, plan, replace, restore, shop, spec};
use crate::support::{Server, run};

/// A database with an extension, a type of it, a table of that type, and one that has nothing to do
/// with it.
fn with_extension(server: &Server) -> String {
    let database = server.create_database("extension");
    server.psql(
        &database,
        "create extension citext;
         create table needs (a citext primary key); insert into needs values ('x');
         create index needs_a on needs (a);
         create view on_top as select a from needs;
         create table apart (a int primary key); insert into apart values (1);",
    );
    database
}

#[test]
fn what_needs_an_extension_that_is_not_there_is_skipped_and_the_rest_is_restored() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), &with_extension(server), &[]);
    replace(&archive, "citext", "citexx");
    for jobs in [1, 4] {
        let target = server.create_database("no_extension");
        let mut spec = spec(server, &archive, &target);
        spec.jobs = std::num::NonZeroUsize::new(jobs).unwrap();
        let warnings = plan(&spec).unwrap().warnings;
        assert!(warnings[0].starts_with("extension citexx is not available"), "{warnings:?}");
        let done = restore(&spec);
        let mut reasons = done.reasons().to_vec();
        let failed = reasons.remove(0);
        assert!(failed.starts_with("restoring EXTENSION citexx failed: "), "{failed}");
        assert!(failed.ends_with(" [0A000]"), "{failed}");
        let skipped =
            |object: &str| format!("{object} was not restored: EXTENSION citexx could not be");
        reasons.sort();
        assert_eq!(
            reasons,
            [
                skipped("COMMENT of EXTENSION citexx"),
                skipped("CONSTRAINT needs_pkey on public.needs"),
                skipped("INDEX public.needs_a"),
                skipped("TABLE DATA public.needs"),
                skipped("TABLE public.needs"),
                skipped("VIEW public.on_top"),
            ]
        );
        assert_eq!(done.messages(Level::Error).len(), 7, "each one is in the log");
        assert_eq!(server.psql(&target, "select a from apart"), "1\n");
    }
}

#[test]
fn a_missing_role_costs_the_owner_and_not_the_table() {
    let server = Server::shared();
    let folder = folder();
    let source = server.create_database("role");
    server.psql(
        &source,
        "create role restore_someone; create table t (a int); insert into t values (5);
         alter table t owner to restore_someone",
    );
    let archive = dump(folder.path(), &source, &[]);
    replace(&archive, "restore_someone", "restore_nobody1");
    let target = server.create_database("role");
    let spec = spec(server, &archive, &target);
    let warnings = plan(&spec).unwrap().warnings;
    assert!(warnings[0].starts_with("role \"restore_nobody1\" does not exist"), "{warnings:?}");
    let done = restore(&spec);
    assert_eq!(
        done.reasons(),
        ["giving TABLE public.t to restore_nobody1 failed: role \"restore_nobody1\" does not \
          exist [42704]"]
    );
    assert_eq!(server.psql(&target, "select a from t"), "5\n");
    restore(&RestoreSpec { no_owner: true, database: server.create_database("role"), ..spec })
        .assert_complete();
}

#[test]
fn a_missing_tablespace_costs_the_place_and_not_the_table() {
    let server = Server::shared();
    let folder = folder();
    let source = server.create_database("tablespace");
    server.psql(
        &source,
        "set allow_in_place_tablespaces = on; create tablespace restore_fast location ''",
    );
    server.psql(
        &source,
        "create table t (a int) tablespace restore_fast; insert into t values (5);
         create table after_it (a int)",
    );
    let archive = dump(folder.path(), &source, &[]);
    replace(&archive, "restore_fast", "restore_gone");
    let target = server.create_database("tablespace");
    let done = restore(&spec(server, &archive, &target));
    let reasons = done.reasons();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(
        reasons[0].starts_with("restoring TABLE public.t into tablespace restore_gone failed"),
        "{reasons:?}"
    );
    assert_eq!(server.psql(&target, "select count(*) from after_it"), "0\n");
    assert_eq!(server.psql(&target, "select a from t"), "5\n");
}

/// Spoils one byte in the middle of a table's data.
fn damage(archive: &Path, table: &str) {
    let entries = list(archive).unwrap().entries;
    let mut bytes = std::fs::read(archive).unwrap();
    // Blocks lie in the order of the entries, to the end of the file.
    let data: Vec<_> = entries.iter().filter(|e| e.has_data).collect();
    let at = data.iter().position(|e| e.tag == table).unwrap();
    let after: u64 = data[at..].iter().filter_map(|e| e.data_bytes).sum();
    let middle = bytes.len() as u64 - after + data[at].data_bytes.unwrap() / 2;
    let middle = usize::try_from(middle).unwrap();
    bytes[middle] ^= 0x55;
    std::fs::write(archive, bytes).unwrap();
}

#[test]
fn a_damaged_block_names_its_table_and_costs_no_other() {
    let server = Server::shared();
    for compression in ["gzip", "lz4", "zstd"] {
        let folder = folder();
        let archive = dump(folder.path(), shop(), &["-Z", compression]);
        damage(&archive, "order_items");
        let target = server.create_database("damaged");
        let done = restore(&spec(server, &archive, &target));
        let reasons = done.reasons();
        assert_eq!(reasons.len(), 1, "{compression}: {reasons:?}");
        assert!(
            reasons[0].starts_with("restoring TABLE DATA shop.order_items: "),
            "{compression}: {reasons:?}"
        );
        let count = |table: &str| server.psql(&target, &format!("select count(*) from {table}"));
        assert_eq!(count("shop.order_items"), "0\n", "whole or not at all");
        assert_eq!(count("shop.orders"), "5000\n");
        assert_eq!(count("pg_constraint where conname = 'order_items_pkey'"), "1\n");
    }
}

#[test]
fn a_truncated_archive_names_what_is_gone() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    let bytes = std::fs::read(&archive).unwrap();
    // In the data: what lies before the cut is restored.
    std::fs::write(&archive, &bytes[..bytes.len() * 3 / 4]).unwrap();
    let target = server.create_database("truncated");
    let done = restore(&spec(server, &archive, &target));
    let reasons = done.reasons();
    assert!(reasons.iter().any(|reason| reason.contains("restoring TABLE DATA ")), "{reasons:?}");
    assert_eq!(server.psql(&target, "select count(*) from audit.events"), "3000\n");
    // In the table of contents: nothing can be done.
    std::fs::write(&archive, &bytes[..4000]).unwrap();
    for error in
        [restore(&spec(server, &archive, &target)).result.unwrap_err(), list(&archive).unwrap_err()]
    {
        assert_eq!(error.kind(), ErrorKind::Archive);
        let text = error.chain();
        assert!(text.contains("archive.dump") && text.contains("4000"), "{text}");
    }
}

#[test]
fn what_is_no_archive_is_refused_by_name() {
    let server = Server::shared();
    let folder = folder();
    let path = folder.path().join("letter.txt");
    std::fs::write(&path, "Dear Sir or Madam").unwrap();
    let target = server.create_database("letter");
    for error in
        [restore(&spec(server, &path, &target)).result.unwrap_err(), list(&path).unwrap_err()]
    {
        assert!(error.chain().contains("letter.txt"), "{}", error.chain());
    }
    let missing = list(&folder.path().join("none.dump")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Io);
    assert!(missing.chain().contains("none.dump"));
}

#[test]
fn exit_on_error_stops_and_a_single_transaction_leaves_nothing() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), &with_extension(server), &[]);
    replace(&archive, "citext", "citexx");
    let target = server.create_database("stops");
    let base = spec(server, &archive, &target);
    let relations = "select count(*) from pg_class where relname in ('needs', 'apart')";

    let single = RestoreSpec { single_transaction: true, ..base.clone() };
    let error = restore(&single).result.unwrap_err();
    assert!(error.to_string().starts_with("restoring EXTENSION citexx failed"), "{error}");
    assert!(error.hint().unwrap().contains("rolled back"), "{error:?}");
    assert_eq!(error.sqlstate(), Some("0A000"));
    assert_eq!(server.psql(&target, relations), "0\n");

    let stopping = RestoreSpec { exit_on_error: true, ..base.clone() };
    let error = restore(&stopping).result.unwrap_err();
    assert!(error.to_string().starts_with("restoring EXTENSION citexx failed"), "{error}");
    assert_eq!(server.psql(&target, relations), "0\n");

    // A database made for a restore that fails is removed again.
    let made = RestoreSpec { create_database: true, database: "stops_made".into(), ..stopping };
    let error = restore(&made).result.unwrap_err();
    assert!(error.hint().unwrap().contains("was dropped again"), "{error:?}");
    let there = "select count(*) from pg_database where datname = 'stops_made'";
    assert_eq!(server.psql("postgres", there), "0\n");
}

#[test]
fn a_late_failure_rolls_a_single_transaction_back_whole() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    damage(&archive, "products");
    let target = server.create_database("rolled_back");
    let before = server.dump_text(&target, &[]);
    let spec = RestoreSpec { single_transaction: true, ..spec(server, &archive, &target) };
    let error = restore(&spec).result.unwrap_err();
    assert!(error.to_string().contains("TABLE DATA shop.products"), "{error}");
    assert_eq!(server.dump_text(&target, &[]), before);
}

#[test]
fn rows_without_their_end_mark_are_loaded_and_told() {
    let server = Server::shared();
    let folder = folder();
    let source = server.create_database("unmarked");
    server.psql(&source, "create table t (a text); insert into t values ('one'), ('two')");
    let archive = dump(folder.path(), &source, &["-Z0"]);
    replace(&archive, "\\.\n\n\n", "three");
    let target = server.create_database("unmarked");
    let done = restore(&spec(server, &archive, &target));
    let reason = "restoring TABLE DATA public.t: its rows have no end mark, some may be missing; \
                  those found were loaded";
    assert_eq!(done.reasons(), [reason]);
    assert_eq!(server.psql(&target, "select count(*) from t"), "3\n");
}

#[test]
fn a_new_table_is_not_taken_for_empty_where_its_rows_have_no_end_mark() {
    let server = Server::shared();
    let folder = folder();
    let source = server.create_database("unmarked");
    server.psql(&source, "create table t (a text); create table u (a text)");
    let archive = folder.path().join("archive");
    run(server.tool("pg_dump").args(["-Fd", "-Z0", "-f"]).arg(&archive).arg(&source));
    let data = |entry: &std::path::PathBuf| entry.extension().is_some_and(|e| e == "dat");
    let entries = std::fs::read_dir(&archive).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(data).filter(|p| !p.ends_with("toc.dat")).collect();
    files.sort();
    assert_eq!(files.len(), 2);
    std::fs::write(&files[0], "").unwrap();
    let target = server.create_database("unmarked");
    let done = restore(&spec(server, &archive, &target));
    let reason = "restoring TABLE DATA public.t: its rows have no end mark, some may be missing; \
                  those found were loaded";
    assert_eq!(done.reasons(), [reason]);
}

/// The driver is out of step behind a COPY that the server refuses at once: what comes after it on
/// the same connection must not suffer.
#[test]
fn a_copy_that_cannot_begin_costs_its_table_alone() {
    let server = Server::shared();
    let folder = folder();
    let source = server.create_database("begins");
    server.psql(
        &source,
        "create table a (x int, gone int); insert into a values (1, 2);
         create table b (x int); insert into b values (7);
         create table c (x int, gone int); insert into c values (1, 2);
         create table d (x int); insert into d values (8)",
    );
    let archive = dump(folder.path(), &source, &[]);
    let target = server.create_database("begins");
    server.psql(
        &target,
        "create table a (x int); create table b (x int); create table c (x int);
         create table d (x int)",
    );
    let parts = Parts { data_only: true, ..Parts::default() };
    let jobs = std::num::NonZeroUsize::MIN;
    let done = restore(&RestoreSpec { parts, jobs, ..spec(server, &archive, &target) });
    let reasons = done.reasons();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    for (reason, table) in reasons.iter().zip(["public.a", "public.c"]) {
        assert!(reason.contains(table) && reason.contains("\"gone\""), "{reason}");
    }
    assert_eq!(server.psql(&target, "select x from b union all select x from d"), "7\n8\n");
}
