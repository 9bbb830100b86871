//! The keeper: a process of its own that runs the demo's server and outlives whatever happens to
//! the process that asked for it.
//!
//! ```text
//!  stdin   nothing ever comes; its end means that the demo is over
//!  stdout  "locked", "started", "failed WHY": one line each
//! ```

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, setsid};

use crate::cli::args::DemoKeeperArgs;
use crate::error::{Error, ErrorKind, Result};

use super::user::{self, ServerUser};
use super::{places, server};

/// How often the server is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How long the server may take to stop before it is killed.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) const LOCKED: &str = "locked";
pub(super) const STARTED: &str = "started";
pub(super) const FAILED: &str = "failed ";

/// Runs the server until the end of stdin, then removes everything. Returns the exit code.
pub fn run(args: &DemoKeeperArgs) -> u8 {
    // Signals that a terminal sends to the demo are not for this process. It fails only when this
    // already is a session of its own.
    let _ = setsid();
    match keep(args) {
        Ok(()) => 0,
        Err(error) => {
            tell(&format!("{FAILED}{}", error.chain()));
            1
        }
    }
}

fn keep(args: &DemoKeeperArgs) -> Result<()> {
    let marker = places::take_marker(&args.folder)?
        .ok_or_else(|| Error::new(ErrorKind::Internal, "another keeper has this folder"))?;
    tell(LOCKED);
    let served = serve(args);
    if let Err(error) = &served {
        tell(&format!("{FAILED}{}", error.chain()));
    }
    served.and(places::remove(&args.folder, &marker))
}

fn serve(args: &DemoKeeperArgs) -> Result<()> {
    let user = user::other()?;
    let over = watch_stdin();
    init(args, user.as_ref())?;
    let mut server = start(args, user.as_ref())?;
    tell(STARTED);
    wait(&mut server, &over, &args.folder);
    stop(&mut server)
}

/// There is nobody to tell when the other side has gone.
fn tell(line: &str) {
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

/// Ends the channel when stdin ends.
fn watch_stdin() -> Receiver<()> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 64];
        while std::io::stdin().read(&mut buffer).is_ok_and(|count| count > 0) {}
        drop(sender);
    });
    receiver
}

fn init(args: &DemoKeeperArgs, user: Option<&ServerUser>) -> Result<()> {
    let mut command = program(args, "initdb", user);
    command
        .args(["-U", server::USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N", "-D"])
        .arg(args.folder.join("data"))
        .stdin(Stdio::null());
    let output = command.output().map_err(|e| Error::io("running initdb", e))?;
    if !output.status.success() {
        let said = tail(&String::from_utf8_lossy(&output.stderr));
        return Err(Error::new(ErrorKind::Io, format!("initdb failed: {said}")));
    }
    let path = args.folder.join("data/postgresql.conf");
    let mut file = OpenOptions::new()
        .append(true)
        .open(&path)
        .map_err(|e| Error::io(format!("opening {}", path.display()), e))?;
    file.write_all(settings(&args.folder).as_bytes())
        .map_err(|e| Error::io(format!("writing {}", path.display()), e))
}

/// Settings for a server whose data nobody will miss: nothing waits for a disk.
fn settings(folder: &Path) -> String {
    let sockets = folder.to_string_lossy().replace('\'', "''").replace('"', "\"\"");
    format!(
        "listen_addresses = ''\nport = {port}\nunix_socket_directories = '\"{sockets}\"'\n\
         unix_socket_permissions = 0700\nfsync = off\nsynchronous_commit = off\n\
         full_page_writes = off\nwal_level = minimal\nmax_wal_senders = 0\nmax_wal_size = 2GB\n\
         checkpoint_timeout = 1h\nautovacuum = off\nshared_buffers = 128MB\nwork_mem = 32MB\n\
         maintenance_work_mem = 128MB\njit = off\nmax_connections = 60\n\
         timezone = 'UTC'\nlog_timezone = 'UTC'\n",
        port = server::PORT
    )
}

fn start(args: &DemoKeeperArgs, user: Option<&ServerUser>) -> Result<Child> {
    let path = args.folder.join("server.log");
    let logging = |e| Error::io(format!("opening {}", path.display()), e);
    let log = File::create(&path).map_err(logging)?;
    let errors = log.try_clone().map_err(logging)?;
    program(args, "postgres", user)
        .arg("-D")
        .arg(args.folder.join("data"))
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .map_err(|e| Error::io("starting the server", e))
}

/// One of the server's programs, with nothing of the environment that could mislead it.
fn program(args: &DemoKeeperArgs, name: &str, user: Option<&ServerUser>) -> Command {
    let mut command = Command::new(args.bin.join(name));
    command.current_dir(&args.folder).env_clear().env("LC_ALL", "C").env("PATH", "/usr/bin:/bin");
    user::run_as(&mut command, user);
    command
}

/// Waits for the end of the demo; a server that ends before is reported once.
fn wait(server: &mut Child, over: &Receiver<()>, folder: &Path) {
    let mut reported = false;
    while let Err(RecvTimeoutError::Timeout) = over.recv_timeout(LOOK) {
        if !reported && let Ok(Some(status)) = server.try_wait() {
            let log = std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
            tell(&format!("{FAILED}the server ended ({status}): {}", tail(&log)));
            reported = true;
        }
    }
}

/// Stops the server without a checkpoint: its data goes away next.
fn stop(server: &mut Child) -> Result<()> {
    let failed = |e| Error::io("stopping the server", e);
    if server.try_wait().map_err(failed)?.is_some() {
        return Ok(());
    }
    kill_process(Pid::from_child(server), Signal::QUIT).map_err(|e| failed(e.into()))?;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if server.try_wait().map_err(failed)?.is_some() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    server.kill().map_err(failed)?;
    server.wait().map(drop).map_err(failed)
}

/// The last words of a log, in one line.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.get(lines.len().saturating_sub(3)..).unwrap_or_default().join(" / ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_quotes_in_its_name_stays_one_setting() {
        let settings = settings(Path::new("/tmp/it's \"x\""));
        assert!(settings.contains("= '\"/tmp/it''s \"\"x\"\"\"'\n"), "{settings}");
    }

    #[test]
    fn the_tail_is_the_last_lines_that_say_something() {
        assert_eq!(tail("a\n\nb\nc\nd\n"), "b / c / d");
        assert_eq!(tail(""), "");
    }
}
