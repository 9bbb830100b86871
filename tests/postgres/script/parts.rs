//! Scripts of pg_dump as archives: listed, and run in parts.

use dbbackup::model::spec::{ArchiveFormat, Section};
use dbbackup::postgres::restore as engine;

use super::runs::{our_spec, script};
use super::text::{assert_same_text, rich_database};
use dbbackup::model::archive::{PreviewLimits, PreviewRows};
use dbbackup::model::job::Level;

use crate::restore::kit::{patterns, plan, restore};
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

/// A database of its own, with what one of these tests needs.
fn shop(server: &Server) -> String {
    let source = server.create_database("script_parts");
    server.psql(&source, SHOP);
    source
}

#[test]
fn a_part_of_a_script_that_drops_and_makes_its_database_touches_nothing_else() {
    let server = Server::shared();
    let source = shop(server);
    let folder = tempfile::tempdir().unwrap();
    for options in [&["--clean", "--if-exists"][..], &["--create"], &["--clean", "--create"]] {
        let path = script(server, folder.path(), &source, options);
        let target = server.create_database("script_target");
        server.psql(&target, "create schema shop; create table shop.orders as select 7 as kept");
        let mut spec = our_spec(server, &path, &target);
        spec.tables = patterns(&["shop.other"]);
        let planned = plan(&spec).unwrap();
        assert!(planned.endangers.is_empty(), "{:?}", planned.endangers);
        let names: Vec<&str> = planned.objects.iter().map(|o| o.kind.as_str()).collect();
        assert_eq!(names, ["TABLE", "TABLE DATA"], "{options:?}");
        let done = restore(&spec);
        done.assert_complete();
        let warned = done.messages(Level::Warning).join("\n");
        let passed = warned.contains("belong to no entry, such as drops, are passed over");
        assert_eq!(passed, options.contains(&"--clean"), "{warned}");
        assert_eq!(server.psql(&target, "select kept from shop.orders"), "7\n", "{options:?}");
        assert_eq!(server.psql(&target, "select i from shop.other"), "1\n");
        assert_eq!(server.psql(&source, "select count(*) from shop.orders"), "100\n");
        spec.create_database = true;
        spec.database = "never_made".to_owned();
        if options.contains(&"--create") {
            let refused = restore(&spec).result.unwrap_err().to_string();
            assert!(refused.contains("makes its database itself"), "{refused}");
        }
    }
}

#[test]
fn owners_grants_comments_and_tablespaces_are_left_out_of_a_script() {
    let server = Server::shared();
    let source = shop(server);
    server.psql(
        "postgres",
        "do $$ begin create role script_owner; exception when duplicate_object then null; end $$",
    );
    server.psql(
        &source,
        "alter table shop.items owner to script_owner; alter schema shop owner to script_owner;
         grant select on shop.items to public; comment on column shop.items.id is 'ALTER x OWNER TO y;';
         create function shop.f() returns text language sql as 'select ''a;'' as owner';
         alter function shop.f() owner to script_owner;",
    );
    let folder = tempfile::tempdir().unwrap();
    let expected = ["--no-owner", "--no-privileges", "--no-comments"];
    for options in [&[][..], &["--use-set-session-authorization"]] {
        let path = script(server, folder.path(), &source, options);
        let target = server.create_database("script_target");
        let mut spec = our_spec(server, &path, &target);
        (spec.no_owner, spec.no_privileges) = (true, true);
        spec.options.left_out.comments = true;
        spec.options.left_out.tablespaces = true;
        restore(&spec).assert_complete();
        let found = server.dump_text(&target, &[]);
        assert!(!found.contains("script_owner"), "{found}");
        let without = |database: &str| server.dump_text(database, &expected);
        assert_same_text(&without(&source), &without(&target), "without owners");
        // Nothing is missing that was not to be left out.
        assert_same_text(
            &without(&target),
            &server.dump_text(&target, &["--no-owner"]),
            "nothing more",
        );
    }
    let target = server.create_database("script_target");
    let path = script(server, folder.path(), &source, &[]);
    let mut spec = our_spec(server, &path, &target);
    spec.no_owner = true;
    restore(&spec).assert_complete();
    let options = ["--no-owner"];
    let (source, target) =
        (server.dump_text(&source, &options), server.dump_text(&target, &options));
    assert_same_text(&source, &target, "owners alone");
}

#[test]
fn a_list_in_another_order_than_the_script_is_followed() {
    let server = Server::shared();
    let source = server.create_database("script_order");
    server.psql(
        &source,
        "create table a (i int); create table b (i int); create table c (i int);
         insert into a values (1); insert into b values (2); insert into c values (3);",
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("script.gz");
    run(server.tool("pg_dump").args(["-Z", "gzip", "-f"]).arg(&path).arg(&source));
    let listing = engine::list(&path).unwrap();
    let ids = |desc: &str| {
        let found = listing.entries.iter().filter(|entry| entry.desc == desc);
        found.map(|entry| entry.id).collect::<Vec<u32>>()
    };
    let (tables, rows) = (ids("TABLE"), ids("TABLE DATA"));
    let target = server.create_database("script_target");
    let mut spec = our_spec(server, &path, &target);
    spec.single_transaction = true;
    spec.use_list = Some(vec![tables[2], tables[0], rows[0], tables[1], rows[1], rows[2]]);
    let done = restore(&spec);
    done.assert_complete();
    let warned = done.messages(Level::Warning).join("\n");
    assert!(warned.contains("the script is read 3 times"), "{warned}");
    let made = "select string_agg(relname, ' ' order by oid) from pg_class
                where relnamespace = 'public'::regnamespace";
    assert_eq!(server.psql(&target, made), "c a b\n");
    assert_same_text(&server.dump_text(&source, &[]), &server.dump_text(&target, &[]), "order");
}

#[test]
fn entries_of_a_script_are_looked_into_as_those_of_an_archive_are() {
    let server = Server::shared();
    let source = shop(server);
    server.psql(&source, "select lo_from_bytea(0, decode(repeat('ab', 40000), 'hex'))");
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive.dump");
    run(server.tool("pg_dump").args(["-Fc", "-f"]).arg(&archive).arg(&source));
    let limits = PreviewLimits { rows: 10, ..PreviewLimits::default() };
    let look = |path: &std::path::Path, desc: &str, tag: &str| {
        let listing = engine::list(path).unwrap();
        let found = |e: &&dbbackup::model::archive::EntryInfo| {
            e.desc == desc && (e.tag == tag || desc == "BLOBS")
        };
        let entry = listing.entries.iter().find(found).unwrap_or_else(|| panic!("{desc} {tag}"));
        engine::preview(path, entry.id, limits).unwrap()
    };
    for (method, end) in [("none", "sql"), ("gzip", "gz"), ("lz4", "lz4"), ("zstd", "zst")] {
        let path = folder.path().join(format!("script.{end}"));
        run(server.tool("pg_dump").args(["-Z", method, "-f"]).arg(&path).arg(&source));
        for (desc, tag) in [
            ("TABLE", "orders"),
            ("TABLE DATA", "orders"),
            ("INDEX", "items_order"),
            ("FK CONSTRAINT", "items items_order_id_fkey"),
            ("BLOBS", "BLOBS"),
        ] {
            let (ours, theirs) = (look(&path, desc, tag), look(&archive, desc, tag));
            assert_eq!((&ours.title, &ours.rows), (&theirs.title, &theirs.rows), "{desc} {tag}");
            let theirs = theirs.definition.trim();
            assert!(ours.definition.starts_with(theirs), "{}\n{theirs}", ours.definition);
        }
        let PreviewRows::Rows { columns, rows, more } = look(&path, "TABLE", "orders").rows else {
            panic!("no rows")
        };
        assert_eq!((columns, rows.len(), more), (vec!["id".to_owned(), "note".into()], 10, true));
    }
}
