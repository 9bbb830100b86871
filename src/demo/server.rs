//! The demo's server as the process that shows it sees it: start, wait, stop.

use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rustix::process::{Pid, Signal, kill_process};

use crate::cli::say;
use crate::config::{Config, dsn};
use crate::error::{Error, ErrorKind, Result};
use crate::model::conn::Target;
use crate::postgres::connect::{self, ConnParams, Session};

use super::binaries::Programs;
use super::keeper::{FAILED, LOCKED, STARTED};
use super::places::{self, Ground};

/// The superuser.
pub(super) const USER: &str = "demo";
/// Only part of the socket's name: the server listens on no port.
pub(super) const PORT: u16 = 5432;

/// How long the server may take to accept its first session.
const START_LIMIT: Duration = Duration::from_mins(1);
/// How long stopping and removing may take.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// A running demo server. Dropping it lets the keeper clean up on its own.
#[derive(Debug)]
pub(super) struct Server {
    folder: PathBuf,
    keeper: Child,
    /// Closing it tells the keeper that the demo is over.
    lifeline: Option<ChildStdin>,
    words: Receiver<String>,
}

impl Server {
    /// Removes what dead runs left, and starts a keeper with a server of its own.
    pub(super) fn start(ground: &Ground, programs: &Programs) -> Result<Self> {
        say(format_args!(
            "demo: starting PostgreSQL {} from {} (without fsync: its data is throwaway)",
            programs.version(),
            programs.folder.display()
        ));
        let lock = places::lock(ground)?;
        remove_leftovers(ground);
        let folder = places::new_run(ground)?;
        let server = Self::keep(folder, programs)?;
        server.expect(LOCKED)?;
        drop(lock);
        server.expect(STARTED)?;
        Ok(server)
    }

    fn keep(folder: PathBuf, programs: &Programs) -> Result<Self> {
        let failed = |e| Error::io("starting the demo's keeper", e);
        let mut keeper = Command::new(std::env::current_exe().map_err(failed)?)
            .arg("demo-keeper")
            .arg(&folder)
            .arg("--bin")
            .arg(&programs.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let lifeline = keeper.stdin.take();
        let (sender, words) = channel();
        if let Some(stdout) = keeper.stdout.take() {
            std::thread::spawn(move || {
                let lines = BufReader::new(stdout).lines().map_while(std::result::Result::ok);
                // Nobody wants the words of a keeper whose server was dropped.
                lines.take_while(|line| sender.send(line.clone()).is_ok()).for_each(drop);
            });
        }
        Ok(Self { folder, keeper, lifeline, words })
    }

    /// Waits for the keeper's next word.
    fn expect(&self, word: &str) -> Result<()> {
        match self.words.recv_timeout(START_LIMIT) {
            Ok(said) if said == word => Ok(()),
            Ok(said) => Err(server_failed(&said)),
            Err(RecvTimeoutError::Timeout) => Err(server_failed("it took too long")),
            Err(RecvTimeoutError::Disconnected) => Err(server_failed("its keeper has ended")),
        }
    }

    /// Opens the first session, as soon as the server takes one.
    pub(super) async fn first_session(&self, config: &Config) -> Result<Session> {
        let params = ConnParams::resolve(&self.target("postgres"), config)?;
        let begun = Instant::now();
        loop {
            match self.words.try_recv() {
                Ok(said) => return Err(server_failed(&said)),
                Err(TryRecvError::Disconnected) => {
                    return Err(server_failed("its keeper has ended"));
                }
                Err(TryRecvError::Empty) => {}
            }
            match connect::open(&params).await {
                Err(error) if error.is_transient() && begun.elapsed() < START_LIMIT => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                opened => return opened,
            }
        }
    }

    /// How to reach one of its databases.
    pub(super) fn target(&self, database: &str) -> Target {
        let host = percent_encode(self.folder.as_os_str().as_bytes(), NON_ALPHANUMERIC);
        dsn::target(&format!("postgresql://{USER}@/{database}?host={host}&port={PORT}"))
    }

    /// A folder for backups that goes away with the demo.
    pub(super) fn backups(&self) -> PathBuf {
        self.folder.join("backups")
    }

    /// Stops the server, and waits until everything of it is removed.
    pub(super) fn stop(mut self) -> Result<()> {
        drop(self.lifeline.take());
        let begun = Instant::now();
        let failed = |e| Error::io("stopping the demo", e);
        while begun.elapsed() < STOP_LIMIT {
            if let Some(status) = self.keeper.try_wait().map_err(failed)? {
                let said = self.words.try_iter().last().unwrap_or_default();
                return if status.success() { Ok(()) } else { Err(server_failed(&said)) };
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let text = format!("the demo's keeper still works on removing {}", self.folder.display());
        Err(Error::new(ErrorKind::Io, text))
    }
}

fn server_failed(said: &str) -> Error {
    let why = said.strip_prefix(FAILED).unwrap_or(said);
    Error::new(ErrorKind::Io, format!("the demo's server failed: {why}"))
}

/// Removes the folders of runs whose keeper is gone, and their servers.
fn remove_leftovers(ground: &Ground) {
    for run in places::runs(ground) {
        match places::take_marker(&run) {
            Ok(None) => {}
            Ok(Some(marker)) => {
                say(format_args!("demo: removing what a dead run left in {}", run.display()));
                stop_leftover(&run);
                if let Err(error) = places::remove(&run, &marker) {
                    say(format_args!("warning: {}", error.chain()));
                }
            }
            // A run that died before it had a marker left an empty folder; anything else is not
            // ours to remove.
            Err(_) => drop(std::fs::remove_dir(&run)),
        }
    }
}

/// Ends a server that outlived its keeper. Its socket answers only while it lives, so the process
/// id in its folder is still its own.
fn stop_leftover(run: &Path) {
    let socket = run.join(format!(".s.PGSQL.{PORT}"));
    let alive = || UnixStream::connect(&socket).is_ok();
    let text = std::fs::read_to_string(run.join("data/postmaster.pid")).unwrap_or_default();
    let pid = text.lines().next().and_then(|line| line.trim().parse().ok()).and_then(Pid::from_raw);
    let Some(pid) = pid.filter(|_| alive()) else { return };
    // A server that cannot be stopped shows by its folder, which cannot be removed either.
    let _ = kill_process(pid, Signal::QUIT);
    let begun = Instant::now();
    while alive() && begun.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
}
