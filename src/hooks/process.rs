//! One attempt of a program: started in a group of its own with a safe environment, its output read
//! line by line, ended with all that it started.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::model::hook::{HookEnd, HookStream};

use super::group::Group;
use super::lines::Splitter;
use super::reporter::Reporter;
use super::user::User;

/// What is read at once.
const CHUNK: usize = 8 << 10;
/// How long the next line is waited for once everybody in the group is gone.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How long lines may go on coming then: a slow reader gets them all, a daemon's have no end.
const LAST_LINE: Duration = Duration::from_mins(1);

/// What to start.
#[derive(Debug)]
pub(super) struct Program<'a> {
    /// The program and its arguments.
    pub(super) words: &'a [String],
    /// All of its environment.
    pub(super) environment: Vec<(OsString, OsString)>,
    /// Who it runs as, where not as we do.
    pub(super) user: Option<User>,
    /// What it reads.
    pub(super) input: Option<Vec<u8>>,
}

/// Runs a program to its end, or until the time is up or a cancel comes.
pub(super) async fn run(
    program: Program<'_>,
    reporter: &Arc<Reporter>,
    limit: Duration,
    cancel: &CancellationToken,
) -> HookEnd {
    let mut child = match start(&program) {
        Ok(child) => child,
        Err(error) => return not_started(&program, &error),
    };
    let group = Group::of(&child);
    let mut readers = read(&mut child, program.input, reporter);
    let ended = tokio::select! {
        biased;
        () = cancel.cancelled() => HookEnd::Cancelled,
        status = child.wait() => of_status(status),
        () = tokio::time::sleep(limit) => timed_out(limit),
    };
    if let Some(pid) = group.end(async { drop(child.wait().await) }).await {
        let pid = pid.as_raw_nonzero();
        reporter.note(&format!("it could not be ended: process {pid} still runs")).await;
    }
    if !read_to_the_end(&mut readers, reporter).await {
        reporter.note("its output is held open by a process that left its group").await;
    }
    ended
}

/// Whether the output came to its end; what comes no further is given up.
async fn read_to_the_end(readers: &mut JoinSet<()>, reporter: &Reporter) -> bool {
    let overdue = Instant::now() + LAST_LINE;
    loop {
        let before = reporter.counts();
        let ended = async { while readers.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_WORDS, ended).await.is_ok() {
            return true;
        }
        if reporter.counts() == before || Instant::now() > overdue {
            return false;
        }
    }
}

fn start(program: &Program<'_>) -> io::Result<Child> {
    let (first, rest) = program
        .words
        .split_first()
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no program is named"))?;
    let mut command = Command::new(first);
    command
        .args(rest)
        .env_clear()
        .envs(program.environment.iter().map(|(name, value)| (name, value)))
        .current_dir("/")
        .process_group(0)
        .stdin(if program.input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(user) = &program.user {
        // The groups of whoever runs this go with it.
        command.uid(user.uid).gid(user.gid);
        command.env("HOME", &user.home).env("USER", &user.name).env("LOGNAME", &user.name);
    }
    command.spawn()
}

fn not_started(program: &Program<'_>, error: &io::Error) -> HookEnd {
    let name = program.words.first().map_or("", String::as_str);
    // ENOEXEC: a script without its first line.
    let hint = match error.raw_os_error() {
        Some(8) => " (a script begins with #! and its interpreter)",
        _ => "",
    };
    HookEnd::Failed { reason: format!("starting {name} failed: {error}{hint}") }
}

fn of_status(status: io::Result<ExitStatus>) -> HookEnd {
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(0), _) => HookEnd::Done,
            (Some(code), _) => HookEnd::Exit { code },
            (None, Some(signal)) => HookEnd::Signal { signal },
            (None, None) => HookEnd::Failed { reason: format!("it ended oddly: {status}") },
        },
        Err(error) => HookEnd::Failed { reason: format!("waiting for it failed: {error}") },
    }
}

pub(super) fn timed_out(limit: Duration) -> HookEnd {
    HookEnd::TimedOut { millis: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX) }
}

/// Reads both outputs, and writes the input, each in a task that ends with the set.
fn read(child: &mut Child, input: Option<Vec<u8>>, reporter: &Arc<Reporter>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    if let Some(stdout) = child.stdout.take() {
        tasks.spawn(relay(stdout, HookStream::Stdout, Arc::clone(reporter)));
    }
    if let Some(stderr) = child.stderr.take() {
        tasks.spawn(relay(stderr, HookStream::Stderr, Arc::clone(reporter)));
    }
    if let (Some(stdin), Some(input)) = (child.stdin.take(), input) {
        tasks.spawn(feed(stdin, input));
    }
    tasks
}

async fn relay(mut output: impl AsyncRead + Unpin, stream: HookStream, reporter: Arc<Reporter>) {
    let mut splitter = Splitter::default();
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = match output.read(&mut chunk).await {
            Ok(0) | Err(_) => break,
            Ok(count) => count,
        };
        for line in splitter.push(chunk.get(..count).unwrap_or_default()) {
            reporter.line(stream, &line).await;
        }
    }
    if let Some(line) = splitter.finish() {
        reporter.line(stream, &line).await;
    }
}

/// A program that does not read its input says so by its exit code, if it minds.
async fn feed(mut stdin: ChildStdin, input: Vec<u8>) {
    let _ = stdin.write_all(&input).await;
}
