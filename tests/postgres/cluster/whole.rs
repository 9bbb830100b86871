//! Globals and databases together: what is in the folder, and that PostgreSQL's own tools make the
//! same cluster of it.

use std::fs;
use std::path::Path;

use dbbackup::model::cluster::ClusterDatabase;
use dbbackup::model::job::{JobEvent, Level, Outcome, Phase};
use dbbackup::model::pattern::Pattern;
use dbbackup::model::spec::{ArchiveFormat, ClusterBackupSpec, JobSpec, Parts};
use dbbackup::postgres::cluster;

use super::kit::{
    assert_same_text, backup, backup_spec, dump_all, furnish, furnish_databases, job, job_watched,
    moved, newest, tablespace_folder,
};
use crate::support::{Server, ServerOptions, run};

/// The names of a backup's databases with their archives.
fn archives(databases: &[ClusterDatabase]) -> Vec<(&str, &str)> {
    databases.iter().map(|d| (d.name.as_str(), d.archive.as_deref().unwrap_or("-"))).collect()
}

#[test]
fn a_backup_holds_every_database_with_what_the_catalogue_says() {
    let server = Server::start(&ServerOptions::default());
    furnish(&server);
    furnish_databases(&server);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("c");
    let done = job(&JobSpec::BackupCluster(backup_spec(&server, &output)));
    done.assert_complete();
    let listing = cluster::list(&output).unwrap();
    assert_eq!(listing.damage, Vec::<String>::new());
    let catalogue = listing.catalogue;
    assert_eq!(
        archives(&catalogue.databases),
        [
            ("Odd \"db', 1/2", "databases/Odd%20%22db%27%2C%201%2F2.dump"),
            ("empty", "databases/empty.dump"),
            ("latin", "databases/latin.dump"),
            ("postgres", "databases/postgres.dump"),
            ("shop", "databases/shop.dump"),
            ("template1", "databases/template1.dump"),
            ("tmpl", "databases/tmpl.dump"),
        ]
    );
    let shop = catalogue.databases.iter().find(|d| d.name == "shop").unwrap();
    assert_eq!((shop.tables, shop.rows, shop.connection_limit), (2, 25_000, 20));
    assert_eq!((shop.owner.as_str(), shop.encoding.as_str()), ("app", "UTF8"));
    assert!(shop.wal_position.as_ref().unwrap().contains('/'));
    assert!(shop.started >= catalogue.started && shop.ended <= catalogue.ended);
    assert!(catalogue.server.system_identifier.unwrap().parse::<u64>().is_ok());
    let skipped: Vec<&str> = catalogue.skipped.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(skipped, ["closed", "template0"]);
    let warnings = done.messages(Level::Warning);
    assert_eq!(warnings, ["database closed is skipped: it does not allow connections"]);
    let named = |event: &JobEvent| matches!(event, JobEvent::ObjectDone { object, .. } if object == "shop: sales.orders");
    assert!(done.events.iter().any(named), "events name their database");
}

/// Makes the cluster anew with psql and pg_restore.
fn restore_with_peers(output: &Path, source: &Server, into: &Server) {
    tablespace_folder(into);
    let script = moved(&fs::read_to_string(output.join("globals.sql")).unwrap(), source, into);
    fs::write(output.join("moved.sql"), script).unwrap();
    run(into.tool("psql").args(["-X", "-q", "-d", "postgres", "-f"]).arg(output.join("moved.sql")));
    for database in cluster::list(output).unwrap().catalogue.databases {
        // These exist; their properties come only when they are made anew.
        let through = if database.name == "postgres" { "template1" } else { "postgres" };
        let mut tool = into.tool("pg_restore");
        tool.args(["-C", "-d", through]);
        if ["postgres", "template1"].contains(&database.name.as_str()) {
            let drop = "update pg_database set datistemplate = false where datname = 'template1'";
            into.psql(through, drop);
            tool.args(["-c", "--if-exists"]);
        }
        run(tool.arg(output.join(database.archive.unwrap())));
    }
}

#[test]
fn psql_and_pg_restore_make_the_same_cluster_of_it() {
    let source = newest();
    furnish(&source);
    furnish_databases(&source);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("c");
    backup(&backup_spec(&source, &output));
    let into = newest();
    restore_with_peers(&output, &source, &into);
    let expected = moved(&dump_all(&source, &[]), &source, &into);
    assert_same_text(&expected, &dump_all(&into, &[]));
}

#[test]
fn chosen_databases_and_parts_are_in_the_folder_and_no_others() {
    let server = Server::start(&ServerOptions::default());
    furnish(&server);
    furnish_databases(&server);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("c");
    let patterns = |list: &[&str]| list.iter().map(|text| Pattern::new(*text)).collect();
    let spec = ClusterBackupSpec {
        databases: patterns(&["shop", "*l*"]),
        exclude_databases: patterns(&["template*", "closed"]),
        parts: Parts { data_only: true, ..Parts::default() },
        ..backup_spec(&server, &output)
    };
    backup(&spec);
    let catalogue = cluster::list(&output).unwrap().catalogue;
    let names: Vec<&str> = catalogue.databases.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(names, ["latin", "shop", "tmpl"]);
    assert_eq!(catalogue.globals, None, "rows alone have no globals");
    assert!(!output.join("globals.sql").exists());
    let wrong = ClusterBackupSpec { databases: patterns(&["nothing"]), ..spec };
    let refused = job(&JobSpec::BackupCluster(ClusterBackupSpec { overwrite: true, ..wrong }));
    assert_eq!(
        refused.result.unwrap_err().to_string(),
        "no database of the server matches nothing"
    );
    assert!(output.join("cluster.json").exists(), "the earlier backup is kept");
}

#[test]
fn a_database_that_fails_is_named_and_the_others_are_kept() {
    let server = Server::start(&ServerOptions::default());
    server.psql("postgres", "create database good; create database bad");
    server.psql("good", "create table t as select 1 as a");
    // A row whose value cannot be put out any more fails in the middle of the copying.
    server.psql("bad", "create table t as select 1 as a");
    server.psql("bad", "set allow_system_table_mods = on; delete from pg_attribute where attrelid = 't'::regclass and attname = 'a'");
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("c");
    let done = job(&JobSpec::BackupCluster(backup_spec(&server, &output)));
    assert!(done.reasons().iter().all(|reason| reason.contains("bad")), "{:?}", done.reasons());
    let catalogue = cluster::list(&output).unwrap().catalogue;
    assert_eq!(catalogue.missing, done.reasons());
    let bad = catalogue.databases.iter().find(|d| d.name == "bad").unwrap();
    assert!(!matches!(bad.outcome, Outcome::Complete));
    let good = catalogue.databases.iter().find(|d| d.name == "good").unwrap();
    assert_eq!(good.outcome, Outcome::Complete);
    run(server.tool("pg_restore").arg("-l").arg(output.join(good.archive.as_ref().unwrap())));
}

#[test]
fn a_backup_without_a_single_database_is_a_failure_and_leaves_nothing() {
    let server = Server::start(&ServerOptions::default());
    server.psql("postgres", "create role blind login");
    let folder = tempfile::tempdir().unwrap();
    let mut spec = backup_spec(&server, &folder.path().join("c"));
    let url = server.url("postgres").replace("postgres@", "blind@");
    spec.target.url = Some(dbbackup::model::secret::Secret::new(url));
    spec.no_role_passwords = true;
    server.psql("postgres", "create table secret (a int); revoke all on secret from public");
    server.psql("template1", "create table secret (a int); revoke all on secret from public");
    let error = job(&JobSpec::BackupCluster(spec)).result.unwrap_err();
    assert!(error.to_string().starts_with("every database failed"), "{error}");
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "something was left");
}

#[test]
fn a_cancelled_backup_leaves_nothing() {
    let server = Server::start(&ServerOptions::default());
    furnish(&server);
    furnish_databases(&server);
    let folder = tempfile::tempdir().unwrap();
    let spec = ClusterBackupSpec {
        rate: dbbackup::model::size::RateLimit(Some(100_000)),
        ..backup_spec(&server, &folder.path().join("c"))
    };
    let done = job_watched(&JobSpec::BackupCluster(spec), |event, work| {
        if matches!(event, JobEvent::ObjectStarted { .. }) {
            work.cancel.cancel();
        }
    });
    assert!(matches!(done.result, Ok(Outcome::Cancelled { .. })), "{:?}", done.result);
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "something was left");
    let idle = "select count(*) from pg_stat_activity where application_name = 'dbbackup'";
    crate::support::wait_for("the sessions to end", std::time::Duration::from_secs(10), || {
        server.psql("postgres", idle) == "0\n"
    });
}

#[test]
fn small_databases_are_backed_up_side_by_side() {
    let server = Server::start(&ServerOptions::default());
    for number in 0..4 {
        let name = format!("d{number}");
        server.psql("postgres", &format!("create database {name} template template0"));
        server
            .psql(&name, "create table t as select repeat('x', 1000) from generate_series(1, 400)");
    }
    let folder = tempfile::tempdir().unwrap();
    let spec = ClusterBackupSpec {
        databases: vec![Pattern::new("d?")],
        ..backup_spec(&server, &folder.path().join("c"))
    };
    // Nobody gets any rows until all four have begun; the wait has an end that fails the test.
    let mut begun = std::collections::BTreeMap::new();
    let mut together = false;
    let done = job_watched(&JobSpec::BackupCluster(spec), |event, work| match event {
        JobEvent::Phase(Phase::Connecting) => {
            work.throttle.set_paused(true);
            let throttle = std::sync::Arc::clone(&work.throttle);
            std::thread::spawn(move || {
                std::thread::sleep(std::time::Duration::from_secs(30));
                throttle.set_paused(false);
            });
        }
        JobEvent::ObjectStarted { worker, object, .. } => {
            begun.insert(*worker, object.clone());
            if begun.len() == 4 {
                together = work.throttle.current().1;
                work.throttle.set_paused(false);
            }
        }
        _ => {}
    });
    done.assert_complete();
    assert!(together, "four databases on four workers of their own: {begun:?}");
    let phases: Vec<&JobEvent> =
        done.events.iter().filter(|event| matches!(event, JobEvent::Phase(_))).collect();
    assert_eq!(
        phases,
        [Phase::Connecting, Phase::Copying, Phase::Finishing]
            .map(JobEvent::Phase)
            .iter()
            .collect::<Vec<_>>(),
        "the phases are those of the whole"
    );
}

#[test]
fn layouts_and_options_that_make_no_sense_for_a_cluster_are_refused() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let spec = backup_spec(server, &folder.path().join("c"));
    let mut snapshot = spec.clone();
    snapshot.options.session.snapshot = Some("00000003-0000001B-1".to_owned());
    let mut exists = spec.clone();
    exists.options.if_exists = true;
    for (spec, words) in [
        (ClusterBackupSpec { format: ArchiveFormat::Plain, ..spec.clone() }, "format plain"),
        (ClusterBackupSpec { format: ArchiveFormat::Tar, ..spec }, "format tar"),
        (snapshot, "a snapshot belongs to one database"),
        (exists, "--if-exists"),
    ] {
        let error = job(&JobSpec::BackupCluster(spec)).result.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}
