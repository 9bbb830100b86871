//! Clusters whose job is killed without a warning: nothing that is left looks whole, and the next run
//! makes it good. And archives that are folders themselves.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dbbackup::model::spec::{ArchiveFormat, ClusterBackupSpec, ClusterRestoreSpec, JobSpec};
use dbbackup::postgres::cluster;

use super::kit::{assert_same_text, backup, backup_spec, dump_all, job, target};
use crate::support::{Server, ServerOptions, dbbackup, run, wait_for};

/// A server of two databases, of which one is done soon and one takes long at this rate.
fn server() -> Server {
    let server = Server::start(&ServerOptions::default());
    server.psql("postgres", "create role app; create database a owner app; create database z");
    server.psql("a", "create table small as select 1 as i; alter table small owner to app");
    server.psql(
        "z",
        "create table large as select i, md5(i::text) from generate_series(1, 50000) i;
         alter table large add primary key (i)",
    );
    server
}

const SLOW: &str = "100K";

fn start(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn kill(mut child: Child) {
    assert!(child.try_wait().unwrap().is_none(), "it ended before it could be killed");
    child.kill().unwrap();
    child.wait().unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

fn backup_command(server: &Server, home: &Path) -> Command {
    let mut command = dbbackup(home);
    command.args(["backup", "cluster", "--url", &server.url("postgres"), "-j1", "-o"]);
    command.arg(home.join("c"));
    command
}

/// The finished archive of a database in a folder under construction.
fn archive_in(home: &Path, name: &str) -> Option<PathBuf> {
    let partial = names(home).into_iter().find(|name| name.starts_with(".c.partial-"))?;
    let archive = home.join(partial).join("databases").join(name);
    archive.exists().then_some(archive)
}

#[test]
fn a_backup_that_is_killed_leaves_nothing_that_looks_whole_and_the_next_removes_it() {
    let (server, home) = (server(), tempfile::tempdir().unwrap());
    let child = start(backup_command(&server, home.path()).args(["--rate", SLOW]));
    wait_for("the first database's archive", Duration::from_secs(30), || {
        archive_in(home.path(), "a.dump").is_some()
    });
    kill(child);
    let left = names(home.path());
    let [partial] = left.iter().filter(|name| name.contains("partial")).collect::<Vec<_>>()[..]
    else {
        panic!("{left:?}")
    };
    assert!(!home.path().join("c").exists(), "{left:?}");
    assert!(!home.path().join(partial).join("cluster.json").exists());
    let error = cluster::list(&home.path().join(partial)).unwrap_err();
    assert!(error.chain().contains("is no cluster backup"), "{}", error.chain());
    run(&mut backup_command(&server, home.path()));
    assert_eq!(names(home.path()).iter().filter(|name| name.contains("partial")).count(), 0);
    assert_eq!(cluster::list(&home.path().join("c")).unwrap().damage, Vec::<String>::new());
}

#[test]
fn a_restore_that_is_killed_is_made_good_by_the_next() {
    let (server, home) = (server(), tempfile::tempdir().unwrap());
    run(&mut backup_command(&server, home.path()));
    let into = Server::start(&ServerOptions::default());
    let mut command = dbbackup(home.path());
    command.args(["restore", "cluster", "c", "-j1", "--rate", SLOW]);
    command.args(["--url", &into.url("postgres")]).current_dir(home.path());
    let child = start(&mut command);
    let begun = "select count(*) from pg_stat_activity where datname = 'z' and query like 'COPY%'";
    wait_for("the rows of the large database", Duration::from_secs(30), || {
        into.psql("postgres", begun) == "1\n"
    });
    kill(child);
    let sessions = "select count(*) from pg_stat_activity where application_name = 'dbbackup'";
    wait_for("its sessions to end", Duration::from_secs(30), || {
        into.psql("postgres", sessions) == "0\n"
    });
    let spec = ClusterRestoreSpec::new(target(&into), home.path().join("c"));
    let refused = job(&JobSpec::RestoreCluster(spec.clone())).result.unwrap_err();
    assert!(refused.to_string().contains("database z"), "{refused}");
    let spec = ClusterRestoreSpec { clean: true, over_existing: true, ..spec };
    job(&JobSpec::RestoreCluster(spec)).assert_complete();
    assert_same_text(&dump_all(&server, &[]), &dump_all(&into, &[]));
}

#[test]
fn archives_that_are_folders_are_read_by_pg_restore_and_come_back() {
    let (server, home) = (server(), tempfile::tempdir().unwrap());
    let output = home.path().join("c");
    let spec = ClusterBackupSpec {
        format: ArchiveFormat::Directory,
        compression: "lz4".parse().unwrap(),
        ..backup_spec(&server, &output)
    };
    backup(&spec);
    let listing = cluster::list(&output).unwrap();
    assert_eq!(listing.damage, Vec::<String>::new());
    let into = Server::start(&ServerOptions::default());
    for database in &listing.catalogue.databases {
        let archive = output.join(database.archive.as_ref().unwrap());
        assert!(archive.join("toc.dat").exists(), "{}", archive.display());
        run(server.tool("pg_restore").args(["-Fd", "-f", "/dev/null"]).arg(&archive));
    }
    let spec = ClusterRestoreSpec::new(target(&into), &output);
    job(&JobSpec::RestoreCluster(spec)).assert_complete();
    assert_same_text(&dump_all(&server, &[]), &dump_all(&into, &[]));
    // A file that is gone is told when the folder is looked at.
    let archive = output.join(listing.catalogue.databases[0].archive.as_ref().unwrap());
    fs::remove_file(archive.join("toc.dat")).unwrap();
    assert_ne!(cluster::list(&output).unwrap().damage, Vec::<String>::new());
}
