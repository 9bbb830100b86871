//! Whole archives into empty databases.

use std::fs::File;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;

use dbbackup::model::job::{JobEvent, Phase};
use dbbackup::model::spec::{Parts, RestoreSpec, Section};
use dbbackup::postgres::restore::list;

use super::kit::{Done, assert_same_text, dump, folder, restore, shop, spec};
use crate::support::{Server, installations, run};

/// What a restore of everything goes through.
const PHASES: [Phase; 6] = [
    Phase::Connecting,
    Phase::Reading,
    Phase::PreData,
    Phase::Copying,
    Phase::PostData,
    Phase::Finishing,
];

/// Restores an archive of the fixture and compares the result with the source.
fn assert_restores(archive: &Path, jobs: usize) -> Done {
    let server = Server::shared();
    let database = server.create_database("restored");
    let mut spec = spec(server, archive, &database);
    spec.jobs = NonZeroUsize::new(jobs).unwrap();
    let done = restore(&spec);
    done.assert_complete();
    assert_same_text(&server.dump_text(shop(), &[]), &server.dump_text(&database, &[]));
    done
}

#[test]
fn every_compression_restores_to_an_equal_database_on_one_connection_and_on_four() {
    for compression in ["none", "gzip", "lz4", "zstd"] {
        let folder = folder();
        let archive = dump(folder.path(), shop(), &["-Z", compression]);
        for jobs in [1, 4] {
            let done = assert_restores(&archive, jobs);
            let counted = |event: &JobEvent| match event {
                JobEvent::ObjectDone { rows, data: true, .. } => Some(*rows),
                _ => None,
            };
            let rows: u64 = done.events.iter().filter_map(counted).sum();
            assert_eq!(rows, done.meter.rows, "every row is counted once");
            assert!(rows > 28_000, "{rows}");
            let phase = |event: &JobEvent| match event {
                JobEvent::Phase(phase) => Some(*phase),
                _ => None,
            };
            let phases: Vec<Phase> = done.events.iter().filter_map(phase).collect();
            assert_eq!(phases, PHASES);
        }
    }
}

#[test]
fn archives_of_every_pg_dump_on_this_machine_are_restored() {
    let server = Server::shared();
    // Older ones refuse to read this server.
    let own = installations().into_iter().find(|(_, bin)| *bin == server.bin).unwrap().0;
    let mut count = 0;
    for (_, bin) in installations().iter().filter(|(major, _)| *major >= own) {
        let pg_dump = bin.join("pg_dump");
        if !pg_dump.exists() {
            continue;
        }
        let folder = folder();
        let archive = folder.path().join("archive.dump");
        run(Command::new(pg_dump).args(["-Fc", "-d", &server.url(shop()), "-f"]).arg(&archive));
        assert_restores(&archive, 4);
        count += 1;
    }
    assert!(count >= 2, "the server's own pg_dump and a newer one");
}

#[test]
fn an_archive_from_a_pipe_tells_no_places_and_is_restored_all_the_same() {
    let folder = folder();
    let archive = folder.path().join("archive.dump");
    let pg_dump = Server::shared().tool("pg_dump").args(["-Fc", shop()]).output().unwrap();
    // Through a pipe, pg_dump cannot go back to fill in the places.
    assert!(pg_dump.status.success());
    std::fs::write(&archive, pg_dump.stdout).unwrap();
    assert_restores(&archive, 4);
}

#[test]
fn rows_dumped_as_statements_or_through_the_root_of_a_partition_tree_are_restored() {
    for options in [
        &["--inserts"][..],
        &["--column-inserts", "--rows-per-insert=50"],
        &["--load-via-partition-root"],
    ] {
        let folder = folder();
        let done = assert_restores(&dump(folder.path(), shop(), options), 4);
        assert!(done.meter.rows > 28_000, "{options:?}: {}", done.meter.rows);
    }
}

#[test]
fn the_three_sections_one_after_the_other_make_the_whole() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    let database = server.create_database("sections");
    for section in [Section::PreData, Section::Data, Section::PostData] {
        let parts = Parts { sections: vec![section], ..Parts::default() };
        restore(&RestoreSpec { parts, ..spec(server, &archive, &database) }).assert_complete();
    }
    assert_same_text(&server.dump_text(shop(), &[]), &server.dump_text(&database, &[]));
}

#[test]
fn definitions_first_and_rows_later_with_triggers_disabled_make_the_whole() {
    let server = Server::shared();
    let folder = folder();
    // Views are refreshed with the definitions, so they would stay empty.
    let archive = dump(folder.path(), shop(), &[]);
    let database = server.create_database("later");
    let base = spec(server, &archive, &database);
    let parts = Parts { schema_only: true, ..Parts::default() };
    restore(&RestoreSpec { parts, ..base.clone() }).assert_complete();
    let parts = Parts { data_only: true, ..Parts::default() };
    restore(&RestoreSpec { parts, disable_triggers: true, ..base }).assert_complete();
    server.psql(&database, "refresh materialized view shop.sales");
    server.psql(&database, "refresh materialized view shop.top_sales");
    assert_same_text(&server.dump_text(shop(), &[]), &server.dump_text(&database, &[]));
}

#[test]
fn a_single_transaction_restores_the_whole() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    let database = server.create_database("single");
    let spec = RestoreSpec { single_transaction: true, ..spec(server, &archive, &database) };
    restore(&spec).assert_complete();
    assert_same_text(&server.dump_text(shop(), &[]), &server.dump_text(&database, &[]));
}

#[test]
fn a_new_database_gets_the_archives_locale_settings_and_comment_under_the_new_name() {
    let server = Server::shared();
    let folder = folder();
    server.psql(
        "postgres",
        "create database \"Source; db\" template template0 encoding 'LATIN1' locale 'C';
         comment on database \"Source; db\" is 'it''s DATABASE x';
         alter database \"Source; db\" set work_mem = '7MB';
         grant connect on database \"Source; db\" to pg_monitor",
    );
    server.psql("Source; db", "create table t (a text); insert into t values (U&'\\00e9')");
    let archive = dump(folder.path(), "Source; db", &[]);
    let name = "Target \"db\"";
    let spec = RestoreSpec { create_database: true, ..spec(server, &archive, name) };
    restore(&spec).assert_complete();
    let asked = "select pg_encoding_to_char(encoding), datcollate, datacl,
        shobj_description(oid, 'pg_database'),
        (select setconfig from pg_db_role_setting where setdatabase = oid)
        from pg_database where datname = ";
    let facts = |name: &str| server.psql("postgres", &format!("{asked} '{name}'"));
    assert_eq!(facts(name), facts("Source; db"));
    assert_eq!(
        server.psql("postgres", "select 1 from pg_database where datname = 'postgres'"),
        "1\n"
    );
    let rows = |database: &str| {
        let url = format!("dbname='{}'", database.replace('\'', "\\'"));
        run(server.tool("psql").args([
            "-X",
            "-A",
            "-t",
            "-d",
            &url,
            "-c",
            "select ascii(a) from t",
        ]))
    };
    assert_eq!((rows(name).as_str(), rows("Source; db").as_str()), ("233\n", "233\n"));
}

#[test]
fn the_list_has_what_pg_restore_lists() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    let listing = list(&archive).unwrap();
    let theirs = run(server.tool("pg_restore").arg("-l").arg(&archive));
    let theirs: Vec<&str> = theirs.lines().filter(|line| !line.starts_with(';')).collect();
    let or_dash = |name: &str| if name.is_empty() { "-".to_owned() } else { name.to_owned() };
    let ours: Vec<String> = listing
        .entries
        .iter()
        // What is never restored by itself, or only with --create.
        .filter(|e| !["ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE"].contains(&&*e.desc))
        .map(|e| {
            let namespace = or_dash(&e.namespace);
            format!(
                "{}; {} {} {} {namespace} {} {}",
                e.id, e.table_oid, e.oid, e.desc, e.tag, e.owner
            )
        })
        .collect();
    assert_eq!(ours, theirs);
    assert_eq!(listing.database, shop());
    assert_eq!(listing.bytes, File::open(&archive).unwrap().metadata().unwrap().len());
    let data: u64 = listing.entries.iter().filter_map(|entry| entry.data_bytes).sum();
    assert!(data > listing.bytes / 2 && data < listing.bytes, "{data} of {}", listing.bytes);
}
