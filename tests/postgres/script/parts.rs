//! Scripts of pg_dump as archives: listed, and run in parts.

use dbbackup::model::spec::{ArchiveFormat, Section};
use dbbackup::postgres::restore as engine;

use super::runs::{our_spec, script};
use super::text::{assert_same_text, rich_database};
use crate::restore::kit::{patterns, restore};
use crate::support::{Server, run};

const SHOP: &str = "
    create schema shop;
    create table shop.orders (id serial primary key, note text default ';');
    create table shop.items (id int primary key, order_id int references shop.orders);
    create index items_order on shop.items (order_id);
    create table shop.other (i int);
    comment on table shop.items is 'things; many';
    insert into shop.orders (note) select 'n' || n from generate_series(1, 100) n;
    insert into shop.items select n, n from generate_series(1, 100) n;
    insert into shop.other values (1);";

#[test]
fn a_script_lists_the_entries_that_the_archive_of_the_same_dump_lists() {
    let server = Server::shared();
    let database = rich_database();
    let folder = tempfile::tempdir().unwrap();
    let path = script(server, folder.path(), database, &[]);
    let archive = folder.path().join("archive.dump");
    run(crate::backup::own_tool(server, "pg_dump").args(["-Fc", "-f"]).arg(&archive).arg(database));
    let key = |entry: &dbbackup::model::archive::EntryInfo| {
        (
            entry.desc.clone(),
            entry.namespace.clone(),
            entry.tag.replace('\n', " "),
            entry.owner.clone(),
        )
    };
    let of_database =
        |desc: &str, tag: &str| desc.starts_with("DATABASE") || tag.starts_with("DATABASE ");
    let ours = engine::list(&path).unwrap();
    let theirs = engine::list(&archive).unwrap();
    let special = ["ENCODING", "STDSTRINGS", "SEARCHPATH"];
    let mut expected: Vec<_> = theirs
        .entries
        .iter()
        .filter(|e| !special.contains(&e.desc.as_str()) && !of_database(&e.desc, &e.tag))
        .map(key)
        .collect();
    let mut found: Vec<_> = ours.entries.iter().map(key).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    assert_eq!((ours.format, ours.encoding.as_str()), (ArchiveFormat::Plain, "UTF8"));
}

#[test]
fn tables_and_schemas_are_picked_out_of_a_script() {
    let server = Server::shared();
    let source = server.create_database("script_parts");
    server.psql(&source, SHOP);
    let folder = tempfile::tempdir().unwrap();
    let path = script(server, folder.path(), &source, &[]);

    let one = server.create_database("script_target");
    server.psql(&one, "create schema shop");
    let mut spec = our_spec(server, &path, &one);
    spec.tables = patterns(&["shop.other"]);
    restore(&spec).assert_complete();
    assert_eq!(server.psql(&one, "select i from shop.other"), "1\n");
    assert_eq!(
        server.psql(&one, "select count(*) from pg_class where relname ~ 'items|orders'"),
        "0\n"
    );

    let whole = server.create_database("script_target");
    let mut spec = our_spec(server, &path, &whole);
    spec.whole_tables = patterns(&["shop.orders", "shop.items"]);
    let done = restore(&spec);
    done.assert_complete();
    assert_eq!(done.meter.rows, 200);
    let options = ["--exclude-table=shop.other"];
    assert_same_text(
        &server.dump_text(&source, &options),
        &server.dump_text(&whole, &[]),
        "whole tables",
    );

    let listed = server.create_database("script_target");
    server.psql(&listed, "create schema shop");
    let ids = engine::list(&path).unwrap();
    let other = ids.entries.iter().filter(|entry| entry.tag == "other").map(|entry| entry.id);
    let mut spec = our_spec(server, &path, &listed);
    spec.use_list = Some(other.collect());
    restore(&spec).assert_complete();
    assert_eq!(server.psql(&listed, "select i from shop.other"), "1\n");

    let parts = server.create_database("script_target");
    for sections in [vec![Section::PreData], vec![Section::Data], vec![Section::PostData]] {
        let mut spec = our_spec(server, &path, &parts);
        spec.parts.sections = sections;
        restore(&spec).assert_complete();
    }
    assert_same_text(&server.dump_text(&source, &[]), &server.dump_text(&parts, &[]), "sections");
}
