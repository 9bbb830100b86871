//! Parts of an archive.

use dbbackup::model::spec::{Parts, RestoreSpec};
use dbbackup::postgres::restore::list;

use super::kit::{assert_same_text, dump, folder, patterns, plan, restore, shop, spec};
use crate::support::Server;

/// Names of the relations of a database.
fn relations(database: &str) -> String {
    Server::shared().psql(
        database,
        "select string_agg(oid::regclass::text, ' ' order by oid::regclass::text)
         from pg_class where relnamespace in ('shop'::regnamespace, 'public'::regnamespace)
         and relkind in ('r', 'v', 'm', 'i', 'S') and relname not like 'pg_%'",
    )
}

/// A new pg_restore sets what an older server does not know, and calls that an error.
fn run_leniently(pg_restore: &mut std::process::Command) {
    let output = pg_restore.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let count = errors.matches("could not execute query").count();
    assert_eq!(count, errors.matches("transaction_timeout\"").count(), "{errors}");
}

#[test]
fn tables_by_name_come_as_pg_restore_brings_them() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    let (ours, theirs) = (server.create_database("ours"), server.create_database("theirs"));
    for database in [&ours, &theirs] {
        server.psql(database, "create schema shop");
    }
    let names = ["categories", "order_items", "\"Odd Names\""];
    let spec = RestoreSpec { tables: patterns(&names), ..spec(server, &archive, &ours) };
    restore(&spec).assert_complete();
    let mut pg_restore = server.tool("pg_restore");
    pg_restore.args(["-d", &theirs, "-t", "categories", "-t", "order_items", "-t", "Odd Names"]);
    run_leniently(pg_restore.arg(&archive));
    assert_same_text(&server.dump_text(&theirs, &[]), &server.dump_text(&ours, &[]));
    assert_eq!(relations(&ours), "\"Odd Names\" shop.categories shop.order_items\n");
}

#[test]
fn schemas_by_name_and_without_some_come_as_pg_restore_brings_them() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    for (option, exclude) in [("-n", false), ("-N", true)] {
        let (ours, theirs) = (server.create_database("ours"), server.create_database("theirs"));
        for database in [&ours, &theirs] {
            if !exclude {
                server.psql(database, "create schema audit");
            }
        }
        let mut spec = spec(server, &archive, &ours);
        let list = if exclude { "shop" } else { "audit" };
        if exclude {
            spec.exclude_schemas = patterns(&[list]);
        } else {
            spec.schemas = patterns(&[list]);
        }
        restore(&spec).assert_complete();
        let mut pg_restore = server.tool("pg_restore");
        run_leniently(pg_restore.args(["-d", &theirs, option, list]).arg(&archive));
        assert_same_text(&server.dump_text(&theirs, &[]), &server.dump_text(&ours, &[]));
    }
}

#[test]
fn whole_tables_come_with_all_that_belongs_to_them_and_all_that_they_need() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    let database = server.create_database("whole_tables");
    let tables = patterns(&["shop.orders", "shop.customers", "audit.events"]);
    let spec = RestoreSpec { whole_tables: tables, ..spec(server, &archive, &database) };
    let plan = plan(&spec).unwrap();
    assert!(plan.warnings.is_empty(), "{:?}", plan.warnings);
    restore(&spec).assert_complete();
    // What pg_dump says of these tables is the same in both databases.
    let options =
        ["-t", "shop.orders", "-t", "shop.customers", "-t", "audit.*", "-t", "shop.orders_id_seq"];
    // Its order follows also what else is there.
    let said = |database: &str| {
        let text = server.dump_text(database, &options);
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    };
    assert_same_text(&said(shop()), &said(&database));
    let others = "select count(*) from pg_class where relname in ('products', 'order_items')";
    assert_eq!(server.psql(&database, others), "0\n");
}

#[test]
fn a_foreign_key_to_a_table_that_is_not_there_is_left_out_and_named() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    let database = server.create_database("open_references");
    let items = RestoreSpec {
        whole_tables: patterns(&["order_items"]),
        ..spec(server, &archive, &database)
    };
    let warnings = plan(&items).unwrap().warnings;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings.iter().any(|text| text.starts_with(
        "FK CONSTRAINT order_items_order_id_fkey on shop.order_items is left out: it references \
         shop.orders"
    )));
    restore(&items).assert_complete();
    let keys = "select count(*) from pg_constraint where contype = 'f'";
    assert_eq!(server.psql(&database, keys), "0\n");

    // Once the other tables are there, the same table comes with its keys; what it needs and is
    // there already is left as it is.
    server.psql(&database, "drop table shop.order_items; comment on schema shop is 'mine'");
    let tables = patterns(&["orders", "customers", "products"]);
    let others = RestoreSpec { whole_tables: tables, ..spec(server, &archive, &database) };
    restore(&others).assert_complete();
    restore(&items).assert_complete();
    let keys = "select count(*) from pg_constraint where conrelid = 'shop.order_items'::regclass
        and contype = 'f'";
    assert_eq!(server.psql(&database, keys), "2\n");
    let comment = "select obj_description('shop'::regnamespace)";
    assert_eq!(server.psql(&database, comment), "mine\n");
}

#[test]
fn a_list_restores_its_entries_in_its_order() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    let database = server.create_database("listed");
    server.psql(&database, "create schema shop");
    let entries = list(&archive).unwrap().entries;
    let id = |desc: &str, tag: &str| {
        entries.iter().find(|entry| entry.desc == desc && entry.tag == tag).unwrap().id
    };
    let ids = vec![
        id("TABLE", "categories"),
        id("CONSTRAINT", "categories categories_pkey"),
        id("TABLE DATA", "categories"),
    ];
    let mut spec = RestoreSpec { use_list: Some(ids), ..spec(server, &archive, &database) };
    spec.jobs = std::num::NonZeroUsize::MIN;
    let done = restore(&spec);
    done.assert_complete();
    let order: Vec<&str> = done
        .events
        .iter()
        .filter_map(|event| match event {
            dbbackup::model::job::JobEvent::ObjectDone { object, .. } => Some(object.as_str()),
            _ => None,
        })
        .collect();
    let expected = [
        "TABLE shop.categories",
        "CONSTRAINT categories_pkey on shop.categories",
        "shop.categories",
    ];
    assert_eq!(order, expected);
    assert_eq!(relations(&database), "shop.categories shop.categories_pkey\n");
    assert_eq!(server.psql(&database, "select count(*) from shop.categories"), "100\n");
}

#[test]
fn owners_and_grants_can_be_left_out() {
    let server = Server::shared();
    let folder = folder();
    let database = server.create_database("owned");
    server.psql(
        &database,
        "create role restore_owner; create table t (a int); alter table t owner to restore_owner;
         grant select on t to public",
    );
    let archive = dump(folder.path(), &database, &[]);
    for (no_owner, no_privileges) in [(false, false), (true, true)] {
        let target = server.create_database("unowned");
        let spec = RestoreSpec { no_owner, no_privileges, ..spec(server, &archive, &target) };
        restore(&spec).assert_complete();
        let facts = "select relowner::regrole, relacl from pg_class where relname = 't'";
        let expected = if no_owner {
            "postgres|\n"
        } else {
            "restore_owner|{restore_owner=arwdDxt/restore_owner,=r/restore_owner}\n"
        };
        assert_eq!(server.psql(&target, facts), expected);
    }
    let target = server.create_database("by_role");
    server.psql(&target, "grant all on schema public to restore_owner");
    let role = Some("restore_owner".to_owned());
    let spec = RestoreSpec { no_owner: true, role, ..spec(server, &archive, &target) };
    restore(&spec).assert_complete();
    let owner = "select relowner::regrole from pg_class where relname = 't'";
    assert_eq!(server.psql(&target, owner), "restore_owner\n");
}

#[test]
fn the_plan_tells_what_will_be_made() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    let database = server.create_database("planned");
    let mut spec = spec(server, &archive, &database);
    spec.whole_tables = patterns(&["shop.categories"]);
    let plan = plan(&spec).unwrap();
    let objects: Vec<String> =
        plan.objects.iter().map(|object| format!("{} {}", object.kind, object.name)).collect();
    assert_eq!(
        objects,
        [
            "SCHEMA shop",
            "COMMENT of SCHEMA shop",
            "ACL of SCHEMA shop",
            "TABLE shop.categories",
            "TABLE DATA shop.categories",
            "CONSTRAINT categories_pkey on shop.categories",
            "RULE no_delete on shop.categories",
            "FK CONSTRAINT categories_parent_fkey on shop.categories",
        ]
    );
    assert!(plan.objects[0].because.as_deref().unwrap().starts_with("needed by "));
    assert_eq!(plan.data_objects, 1);
    assert!(plan.bytes > 1000 && plan.objects[4].bytes.unwrap() > 100, "{plan:?}");
    assert!(plan.endangers.is_empty());
    assert!(plan.command_line.contains("--table-with-deps"), "{}", plan.command_line);
    // Planning changed nothing.
    assert_eq!(
        server.psql(&database, "select count(*) from pg_namespace where nspname = 'shop'"),
        "0\n"
    );
}

#[test]
fn rows_alone_are_loaded_in_the_order_of_the_foreign_keys_in_force() {
    let server = Server::shared();
    let folder = folder();
    let source = server.create_database("in_order");
    // By name, and by size, the wrong one comes first.
    server.psql(
        &source,
        "create table z (a int primary key); insert into z values (1);
         create table a (b int references z); insert into a select 1 from generate_series(1, 99)",
    );
    let archive = dump(folder.path(), &source, &[]);
    server.psql(&source, "truncate a, z");
    for jobs in [1, 4] {
        let parts = Parts { data_only: true, ..Parts::default() };
        let mut spec = RestoreSpec { parts, ..spec(server, &archive, &source) };
        spec.jobs = std::num::NonZeroUsize::new(jobs).unwrap();
        restore(&spec).assert_complete();
        assert_eq!(server.psql(&source, "select count(*) from a, z where b = z.a"), "99\n");
        server.psql(&source, "truncate a, z");
    }
}

#[test]
fn a_table_that_suppresses_rows_is_not_complete() {
    let server = Server::shared();
    let folder = folder();
    let source = server.create_database("suppress");
    server.psql(&source, "create table t (a int); insert into t select generate_series(1, 7)");
    let archive = dump(folder.path(), &source, &[]);
    server.psql(
        &source,
        "delete from t;
         create function odd() returns trigger language plpgsql as $$
         begin if new.a % 2 = 0 then return null; end if; return new; end $$;
         create trigger odd before insert on t for each row execute function odd()",
    );
    let parts = Parts { data_only: true, ..Parts::default() };
    let spec = RestoreSpec { parts, ..spec(server, &archive, &source) };
    let done = restore(&spec);
    assert_eq!(done.reasons(), ["restoring TABLE DATA public.t: the server took 4 of 7 rows"]);
    assert_eq!(server.psql(&source, "select count(*) from t"), "0\n");
    restore(&RestoreSpec { disable_triggers: true, ..spec }).assert_complete();
    assert_eq!(server.psql(&source, "select count(*) from t"), "7\n");
}
