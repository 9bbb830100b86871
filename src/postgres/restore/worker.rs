//! One connection of a restore, on a thread of its own with a runtime of its own: it takes tasks,
//! does them one by one, and reports each.
//!
//! ```text
//!  leader ──Task──► queue(1) ──► worker thread: session ──► server
//!     ▲                              │   a stop cancels the statement on the server,
//!     └────────────Report────────────┘   again and again until it has ended
//! ```

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use tokio::sync::mpsc;

use crate::error::{Error, ErrorKind, Result};
use crate::postgres::connect::{self, Session, database_error};
use crate::postgres::tap::Tap;

use super::entry::{self, Ended};
use super::job::Job;
use super::settings::Current;
use super::together;

/// A stop is repeated, as a request that comes between two statements cancels nothing.
const CANCEL_AGAIN: Duration = Duration::from_millis(200);
/// After this the connection is given up.
const CANCEL_PATIENCE: Duration = Duration::from_secs(10);
/// Turns that the connection's task gets for its last message.
const GOODBYE: usize = 8;

/// What a worker is told to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Task {
    /// Drop the object of this entry.
    Drop(usize),
    /// Restore this entry. `fresh`: its table was made by this run and has no rows of others.
    Restore {
        /// Position of the entry.
        entry: usize,
        /// See above.
        fresh: bool,
    },
    /// Restore these definitions, all or none.
    Together(Arc<[usize]>),
    /// Run a statement of our own.
    Run(&'static str),
}

/// What a worker tells.
#[derive(Debug)]
pub(super) struct Report {
    /// Its number.
    pub(super) worker: u16,
    /// What is told.
    pub(super) what: Told,
}

/// What a worker tells.
#[derive(Debug)]
pub(super) enum Told {
    /// It is connected and set up.
    Ready,
    /// It could not connect, or be set up; it is gone.
    Unavailable(Error),
    /// A task has ended. An error means that the worker cannot go on, or was stopped.
    Ended(Task, Result<Ended>),
}

/// A statement, and what it does.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) doing: String,
    pub(super) sql: String,
}

impl Step {
    pub(super) fn new(doing: impl Into<String>, sql: impl Into<String>) -> Self {
        Self { doing: doing.into(), sql: sql.into() }
    }
}

/// A connection at work.
pub(super) struct Worker {
    pub(super) number: u16,
    pub(super) job: Arc<Job>,
    pub(super) session: Session,
    /// `default_tablespace`, `default_table_access_method`, `search_path` and user as last set.
    pub(super) current: Current,
}

/// Starts a worker. It ends when its queue of tasks does.
pub(super) fn start(
    number: u16,
    job: Arc<Job>,
    tasks: mpsc::Receiver<Task>,
    reports: mpsc::Sender<Report>,
) -> Result<std::thread::JoinHandle<()>> {
    let io = |error| Error::io("starting a worker thread", error);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(io)?;
    std::thread::Builder::new()
        .name(format!("restore-{number}"))
        .spawn(move || runtime.block_on(serve(number, job, tasks, reports)))
        .map_err(io)
}

async fn serve(
    number: u16,
    job: Arc<Job>,
    mut tasks: mpsc::Receiver<Task>,
    reports: mpsc::Sender<Report>,
) {
    let report = |what| reports.send(Report { worker: number, what });
    let mut worker = match Worker::open(number, job).await {
        Ok(worker) => worker,
        Err(error) => {
            // Without a leader nobody waits for this.
            let _ = report(Told::Unavailable(error)).await;
            return;
        }
    };
    if report(Told::Ready).await.is_err() {
        return;
    }
    while let Some(task) = tasks.recv().await {
        let ended = worker.perform_or_stop(task.clone()).await;
        if report(Told::Ended(task, ended)).await.is_err() {
            break;
        }
    }
    drop(worker);
    // Lets the connection say goodbye before its runtime goes.
    for _ in 0..GOODBYE {
        tokio::task::yield_now().await;
    }
}

impl Worker {
    async fn open(number: u16, job: Arc<Job>) -> Result<Self> {
        let setup = job.session_setup();
        let stop = job.stop.clone();
        let open = async {
            // The tap keeps the driver in step behind a COPY that cannot begin.
            let session = connect::open_with_tap(&job.params, &Tap::new(1)).await?;
            session
                .client
                .batch_execute(&setup)
                .await
                .map_err(|error| database_error("setting up a session", error))?;
            Ok(session)
        };
        let session = tokio::select! {
            session = open => session?,
            () = stop.cancelled() => return Err(Error::cancelled()),
        };
        Ok(Self { number, job, session, current: Current::default() })
    }

    /// Fails once the workers are to stop: call it between steps.
    pub(super) fn check(&self) -> Result<()> {
        if self.job.stop.is_cancelled() { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// Runs one simple message.
    pub(super) async fn execute(&self, doing: &str, sql: &str) -> Result<()> {
        self.check()?;
        let result = self.session.client.batch_execute(sql).await;
        result.map_err(|error| database_error(doing, error))
    }

    /// Runs messages of their own without waiting for the answers between them; the first failure is
    /// the one that is told. Within a transaction it keeps the server from doing what comes behind.
    pub(super) async fn execute_all(&self, steps: &[Step]) -> Result<()> {
        self.check()?;
        let client = &self.session.client;
        let mut answers: FuturesOrdered<_> = steps
            .iter()
            .map(|step| async {
                let answer = client.batch_execute(&step.sql).await;
                answer.map_err(|error| database_error(&step.doing, error))
            })
            .collect();
        let mut result = Ok(());
        while let Some(answer) = answers.next().await {
            result = result.and(answer);
        }
        result
    }

    async fn perform_or_stop(&mut self, task: Task) -> Result<Ended> {
        let stop = self.job.stop.clone();
        let canceller = self.session.canceller.clone();
        let mut work = std::pin::pin!(self.perform(task));
        tokio::select! {
            biased;
            ended = &mut work => return ended,
            () = stop.cancelled() => {}
        }
        let deadline = tokio::time::Instant::now() + CANCEL_PATIENCE;
        while tokio::time::Instant::now() < deadline {
            // A request that fails is followed by another.
            let _ = tokio::time::timeout(CANCEL_PATIENCE, canceller.cancel()).await;
            if let Ok(ended) = tokio::time::timeout(CANCEL_AGAIN, &mut work).await {
                return ended;
            }
        }
        Err(Error::cancelled())
    }

    async fn perform(&mut self, task: Task) -> Result<Ended> {
        let result = match task {
            Task::Drop(at) => entry::drop(self, at).await,
            Task::Restore { entry, fresh } => entry::restore(self, entry, fresh).await,
            Task::Together(batch) => together::run(self, &batch).await,
            Task::Run(sql) => {
                self.execute(&format!("running {sql}"), sql).await.map(|()| Ended::done())
            }
        };
        self.judge(result)
    }

    /// Tells trouble of one object from trouble of the session.
    fn judge(&self, result: Result<Ended>) -> Result<Ended> {
        if self.job.stop.is_cancelled() {
            return result.map_err(|_| Error::cancelled());
        }
        let problem = match &result {
            Ok(ended) => ended.problems.last(),
            Err(error) => Some(error),
        };
        let Some(problem) = problem else { return result };
        let lost = self.session.client.is_closed() || problem.kind() == ErrorKind::Connection;
        if !lost {
            return result;
        }
        let why = self.session.why_closed().unwrap_or("the server is gone").to_owned();
        let text = format!("{} ({why})", problem.chain());
        Err(Error::new(ErrorKind::Connection, text)
            .with_hint("see whether the server is running, and its log, then restore again"))
    }
}
