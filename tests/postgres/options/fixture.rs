//! The database that the table is about, with all objects that a server knows, on the oldest and the
//! newest server of this machine, or on each.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use super::objects::known_to;
use super::runs::{File, Run};
use crate::support::{self, Server, ServerOptions};

/// Set by `tests/oracle`: every server, not only the oldest and the newest.
const EVERY_SERVER: &str = "DBBACKUP_TEST_EVERY_SERVER";

/// Runs at a time on one server.
const AT_A_TIME: usize = 2;

/// A server with the database.
pub(super) struct Kit {
    pub(super) major: u32,
    pub(super) database: String,
    server: Server,
    folder: tempfile::TempDir,
}

impl Kit {
    fn start(major: u32, bin: PathBuf) -> Self {
        let config = ["wal_level = logical", "allow_system_table_mods = on"].map(str::to_owned);
        let options =
            ServerOptions { bin: Some(bin), config: config.to_vec(), ..ServerOptions::default() };
        let server = Server::start(&options);
        server.psql("postgres", "create role kit_owner; create role kit_reader");
        if major >= 15 {
            let space = "set allow_in_place_tablespaces = on;
                         create tablespace kit_space location '';";
            server.psql("postgres", space);
        }
        let database = server.create_database("kit");
        let script: Vec<&str> = known_to(major).map(|object| object.create).collect();
        server.psql(&database, &script.join(";\n"));
        let folder = tempfile::tempdir().unwrap();
        let kit = Self { major, database, server, folder };
        let mut pg_dump = kit.tool("pg_dump");
        output(pg_dump.args(["-Fc", "--statistics", "-f"]).arg(kit.archive()).arg(&kit.database));
        kit
    }

    /// An archive of pg_dump's with everything in it.
    pub(super) fn archive(&self) -> PathBuf {
        self.folder.path().join("archive")
    }

    /// A file of its own for this name.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The newest version of one of the peers' tools, aimed at the server.
    pub(super) fn tool(&self, name: &str) -> Command {
        self.server.tool(name)
    }

    /// Our backup of the database to standard output, as a script unless the options say more.
    pub(super) fn backup(&self, options: &[String]) -> Command {
        let mut command = support::dbbackup(self.folder.path());
        command
            .args(["backup", "single", &self.database, "--url", &self.server.url(&self.database)])
            .args(["-F", "plain", "-o", "-", "--restrict-key=k"])
            .args(options);
        command
    }

    /// Our backup of the database into a file or folder, without large objects.
    pub(super) fn backup_to(&self, path: &Path, format: &str) -> Command {
        let mut command = support::dbbackup(self.folder.path());
        command
            .args(["backup", "single", &self.database, "--url", &self.server.url(&self.database)])
            .args(["-F", format, "--archive-version=1.16", "--no-large-objects", "-o"])
            .arg(path);
        command
    }

    /// pg_dump's.
    pub(super) fn pg_dump(&self, options: &[String]) -> Command {
        let mut command = self.tool("pg_dump");
        command.arg("--restrict-key=k").args(options).arg(&self.database);
        command
    }

    /// Our restore of the archive into a script.
    pub(super) fn restore(&self, options: &[String]) -> Command {
        let mut command = support::dbbackup(self.folder.path());
        command.args(["restore", "single", "-o", "-", "--restrict-key=k"]);
        command.args(options).arg(self.archive());
        command
    }

    /// pg_restore's.
    pub(super) fn pg_restore(&self, options: &[String]) -> Command {
        let mut command = self.tool("pg_restore");
        command.args(["-f", "-", "--restrict-key=k"]).args(options).arg(self.archive());
        command
    }

    /// A run's options, its file written.
    pub(super) fn options(&self, run: &Run) -> Vec<String> {
        let path = self.path(run.name);
        let content = match run.file {
            File::Nothing => None,
            File::Filter(text) => Some(text.to_owned()),
            File::List(change) => {
                let list = output(self.tool("pg_restore").arg("-l").arg(self.archive()));
                Some(change(&list))
            }
        };
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let named = |option: &&str| option.replace("{file}", &path.display().to_string());
        run.options.iter().map(named).collect()
    }
}

/// What a command writes, in whatever encoding.
pub(super) fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {errors}");
    String::from_utf8(output.stdout)
        .unwrap_or_else(|e| e.as_bytes().iter().map(|&byte| char::from(byte)).collect())
}

/// The servers, each started once for all tests of the table.
pub(super) fn kits() -> &'static [Kit] {
    static KITS: OnceLock<Vec<Kit>> = OnceLock::new();
    KITS.get_or_init(|| {
        let starting = installations()
            .into_iter()
            .map(|(major, bin)| std::thread::spawn(move || Kit::start(major, bin)));
        let starting: Vec<_> = starting.collect();
        starting.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn installations() -> Vec<(u32, PathBuf)> {
    let mut servers = support::installations();
    servers.dedup_by_key(|(major, _)| *major);
    if std::env::var_os(EVERY_SERVER).is_none() && servers.len() > 2 {
        servers.drain(1..servers.len() - 1);
    }
    servers
}

/// Checks each case on each server, and fails with all that was found wrong.
pub(super) fn judge<T: Sync>(cases: &[T], check: impl Fn(&Kit, &T) -> String + Sync) {
    let failures = Mutex::new(String::new());
    for kit in kits() {
        let queue = Mutex::new(cases.iter());
        std::thread::scope(|scope| {
            for _ in 0..AT_A_TIME {
                scope.spawn(|| {
                    loop {
                        let next = queue.lock().unwrap().next();
                        let Some(case) = next else { break };
                        let found = check(kit, case);
                        failures.lock().unwrap().push_str(&found);
                    }
                });
            }
        });
    }
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{failures}");
}
