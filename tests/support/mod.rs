//! What the tests against real servers share: throwaway PostgreSQL clusters, databases of one test
//! each, and the peers' tools that judge.
//!
//! A cluster lives in a folder of its own under the system's temporary folder and is stopped and
//! removed when the test process ends, however it ends: a watchdog waits for the process's end of a
//! pipe to close. Nothing here skips: a missing server is a failure that says how to get one.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

pub mod s3;

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A running cluster: superuser `postgres`, trust authentication, TCP on 127.0.0.1 and a socket in
/// its folder.
#[derive(Debug)]
pub struct Server {
    /// Folder of the server's programs.
    pub bin: PathBuf,
    /// Folder that holds the data, the socket and the log.
    pub folder: PathBuf,
    /// TCP port.
    pub port: u16,
    process: Child,
    /// Closing it tells the watchdog to clean up.
    _watchdog: ChildStdin,
}

/// How to start a cluster.
#[derive(Debug, Clone, Default)]
pub struct ServerOptions {
    /// Folder of the programs; `None` takes the default version.
    pub bin: Option<PathBuf>,
    /// Lines for postgresql.conf.
    pub config: Vec<String>,
    /// The whole pg_hba.conf, where it is not to be trust.
    pub hba: Option<String>,
}

const DEBIAN: &str = "/usr/lib/postgresql";

/// The program folders of all servers on this machine, oldest version first: Debian's, and those in
/// `DBBACKUP_TEST_SERVERS` (one folder an installation, with `bin` in it). A version may be there
/// twice.
pub fn installations() -> Vec<(u32, PathBuf)> {
    let mut roots = vec![PathBuf::from(DEBIAN)];
    roots.extend(std::env::var_os("DBBACKUP_TEST_SERVERS").map(PathBuf::from));
    let mut found: Vec<(u32, PathBuf)> = roots
        .iter()
        .filter_map(|root| fs::read_dir(root).ok())
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .filter_map(|bin| major_version(&bin).map(|major| (major, bin)))
        .collect();
    found.sort();
    found
}

/// The default server: Debian's own, or the newest there is.
fn default_installation() -> PathBuf {
    let all = installations();
    let debian = all.iter().rev().find(|(_, bin)| bin.starts_with(DEBIAN));
    let (_, bin) = debian.or(all.last()).expect("no PostgreSQL server found: run tests/prepare");
    bin.clone()
}

fn major_version(bin: &Path) -> Option<u32> {
    let output = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let number = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_numeric()))?;
    number.split(|c: char| !c.is_numeric()).next()?.parse().ok()
}

/// The folder of a client program of the newest installation that has it: newer peers read and write
/// everything that older ones do.
pub fn newest_tool(name: &str) -> PathBuf {
    installations()
        .into_iter()
        .rev()
        .map(|(_, bin)| bin.join(name))
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("no {name} found: run tests/prepare"))
}

impl Server {
    /// The cluster that the tests of this process share, of the default version (Debian's own).
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&ServerOptions::default()))
    }

    /// Starts a cluster of its own.
    pub fn start(options: &ServerOptions) -> Self {
        let bin = options.bin.clone().unwrap_or_else(default_installation);
        let folder = new_folder();
        let data = folder.join("data");
        run(as_server_user(&bin.join("initdb"))
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N", "-D"])
            .arg(&data));
        let port = free_port();
        let mut config = format!(
            "port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\n\
             fsync = off\nmax_connections = 200\nlog_min_messages = warning\n\
             max_locks_per_transaction = 512\n",
            folder.display()
        );
        for line in &options.config {
            config.push_str(line);
            config.push('\n');
        }
        append(&data.join("postgresql.conf"), &config);
        if let Some(hba) = &options.hba {
            fs::write(data.join("pg_hba.conf"), hba).unwrap();
        }
        let log = fs::File::create(folder.join("server.log")).unwrap();
        let process = as_server_user(&bin.join("postgres"))
            .arg("-D")
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let watchdog = watch(process.id(), &folder);
        let server = Self { bin, folder, port, process, _watchdog: watchdog };
        server.wait_until_ready();
        server
    }

    fn wait_until_ready(&self) {
        let ready = || {
            Command::new(newest_tool("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
                .status()
                .is_ok_and(|status| status.success())
        };
        wait_for("the test server to accept connections", Duration::from_mins(1), ready);
    }

    /// The server process: what a fault test kills.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// `postgres://` URL of a database over TCP.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// A new empty database, dropped with the cluster.
    pub fn create_database(&self, hint: &str) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{hint}_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.psql("postgres", &format!("create database \"{name}\" template template0"));
        name
    }

    /// Runs a script through psql, stops at the first error, and returns what it printed: rows
    /// unaligned, without headers.
    pub fn psql(&self, database: &str, script: &str) -> String {
        let mut child = self
            .tool("psql")
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let script = script.to_owned();
        let writer = std::thread::spawn(move || {
            use std::io::Write;
            let _ = stdin.write_all(script.as_bytes());
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        text_of(&output, "psql")
    }

    /// One of the peers' tools (psql, pg_dump, pg_restore), newest version, aimed at this server.
    pub fn tool(&self, name: &str) -> Command {
        let mut command = Command::new(newest_tool(name));
        command
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", "postgres")
            .env_remove("PGDATABASE");
        command
    }

    /// pg_dump's plain text of a database, data included, without the lines that differ from run to
    /// run: the judge of equality.
    pub fn dump_text(&self, database: &str, options: &[&str]) -> String {
        let output = self.tool("pg_dump").args(options).arg(database).output().unwrap();
        text_of(&output, "pg_dump")
            .split_inclusive('\n')
            .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The watchdog sees the pipe close and removes the folder; waiting reaps the server.
        let pid = rustix::process::Pid::from_child(&self.process);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::QUIT);
        let _ = self.process.wait();
    }
}

/// Runs a command to its end and fails with its output when it fails.
pub fn run(command: &mut Command) -> String {
    let name = format!("{command:?}");
    text_of(&command.output().unwrap_or_else(|e| panic!("{name}: {e}")), &name)
}

fn text_of(output: &Output, name: &str) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} failed: {errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Waits until something is true, and fails when it does not become so in time.
pub fn wait_for(what: &str, limit: Duration, mut ready: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !ready() {
        assert!(begun.elapsed() < limit, "waited {limit:?} in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The project's own binary with a home of its own: nothing of the real user is read or written.
pub fn dbbackup(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dbbackup"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("LANG", "C.UTF-8")
        .env("TERM", "xterm-256color");
    command
}

/// A command that runs as somebody else when this is root: the server refuses to run as root.
pub fn as_server_user(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/");
    if let Some((uid, gid)) = server_user() {
        command.uid(uid).gid(gid);
    }
    command
}

fn server_user() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    let id_of = |name: &str| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    Some(id_of("postgres").or_else(|| id_of("nobody")).expect("no unprivileged user"))
}

fn new_folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // Short: a socket's path may have 107 bytes.
    let folder = std::env::temp_dir().join(format!("dbb-{}-{number}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    if let Some((uid, gid)) = server_user() {
        std::os::unix::fs::chown(&folder, Some(uid), Some(gid)).unwrap();
    }
    folder
}

fn append(path: &Path, text: &str) {
    let mut content = fs::read_to_string(path).unwrap();
    content.push_str(text);
    fs::write(path, content).unwrap();
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Starts the process that ends the server and removes its folder once this process has gone.
#[expect(clippy::zombie_processes, reason = "it outlives this process on purpose")]
fn watch(server: u32, folder: &Path) -> ChildStdin {
    let mut watchdog = Command::new("/bin/sh")
        .arg("-c")
        .arg(
            "trap '' INT TERM HUP; cat >/dev/null; kill -QUIT $1 2>/dev/null; \
              while kill -0 $1 2>/dev/null; do sleep 0.1; done; rm -rf \"$2\"",
        )
        .arg("watchdog")
        .arg(server.to_string())
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    watchdog.stdin.take().unwrap()
}
