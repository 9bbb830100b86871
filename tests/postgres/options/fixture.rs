//! The database that the table is about, with all objects that a server knows, on the oldest and the
//! newest server of this machine, or on each.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use super::objects::OBJECTS;
use crate::support::{self, Server, ServerOptions};

/// Set by `tests/oracle`: every server, not only the oldest and the newest.
const EVERY_SERVER: &str = "DBBACKUP_TEST_EVERY_SERVER";

/// Runs at a time on one server.
const AT_A_TIME: usize = 2;

/// A server with the database.
pub(super) struct Kit {
    pub(super) major: u32,
    server: Server,
    database: String,
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
        let known = OBJECTS.iter().filter(|object| object.since <= major);
        let script: Vec<&str> = known.map(|object| object.create).collect();
        server.psql(&database, &script.join(";\n"));
        Self { major, server, database }
    }

    /// What our backup writes as a script, with these options.
    pub(super) fn ours(&self, options: &[&str]) -> String {
        let home = tempfile::tempdir().unwrap();
        let mut command = support::dbbackup(home.path());
        command
            .args(["backup", "single", &self.database, "--url", &self.server.url(&self.database)])
            .args(["-F", "plain", "-o", "-", "--restrict-key=k"])
            .args(options);
        output(&mut command)
    }

    /// What the newest pg_dump writes.
    pub(super) fn theirs(&self, options: &[&str]) -> String {
        let mut pg_dump = self.server.tool("pg_dump");
        output(pg_dump.arg("--restrict-key=k").args(options).arg(&self.database))
    }
}

/// What a command writes, in whatever encoding.
fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {errors}");
    String::from_utf8(output.stdout)
        .unwrap_or_else(|e| e.as_bytes().iter().map(|&byte| char::from(byte)).collect())
}

fn servers() -> Vec<(u32, PathBuf)> {
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
    for (major, bin) in servers() {
        let kit = Kit::start(major, bin);
        let queue = Mutex::new(cases.iter());
        std::thread::scope(|scope| {
            for _ in 0..AT_A_TIME {
                scope.spawn(|| {
                    loop {
                        let next = queue.lock().unwrap().next();
                        let Some(case) = next else { break };
                        let found = check(&kit, case);
                        failures.lock().unwrap().push_str(&found);
                    }
                });
            }
        });
    }
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{failures}");
}
