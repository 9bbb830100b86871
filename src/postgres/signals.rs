//! How busy a server is: what adaptive limits follow, over one session of its own.
//!
//! One query a look for lag, sessions and archiver; a small commit for its latency. Works on servers
//! 10 to 18, primaries and standbys; what a role may not see or a server does not have is said in
//! words, and never fails a job. Nothing is waited for longer than `PATIENCE`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::connect::{self, ConnParams, Session, database_error};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::conn::Target;
use crate::model::spec::JobSpec;
use crate::model::throttle::{AdaptSpec, Signal, Unread};

mod archiver;
mod lag;
mod query;

use archiver::Archiver;
use lag::LagWatch;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time between two attempts to connect.
const RETRY: Duration = Duration::from_secs(15);
/// What a lost privilege, and a missing one, is answered with.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

type Value = std::result::Result<u64, Unread>;

/// Reads the signals of one server.
pub struct Probe {
    config: Arc<Config>,
    target: Target,
    /// Databases to be in, the first that is there.
    databases: Vec<Option<String>>,
    wanted: Vec<Signal>,
    commit_bound: Duration,
    /// Nothing may be written on this server.
    read_only: bool,
    session: Option<Session>,
    failed: Option<(Instant, Unread)>,
    lag: LagWatch,
}

impl Probe {
    /// For the server of this job; nothing where no signal of a server was chosen, or the job has no
    /// server.
    pub fn new(job: &JobSpec, spec: &AdaptSpec, config: Arc<Config>) -> Option<Self> {
        let wanted: Vec<Signal> =
            spec.bounds.iter().map(|b| b.signal).filter(|s| s.is_of_server()).collect();
        if wanted.is_empty() {
            return None;
        }
        let commit = spec.bounds.iter().find(|bound| bound.signal == Signal::Commit);
        Some(Self {
            read_only: config.is_read_only(job.target()),
            target: job.target().clone(),
            databases: databases_of(job),
            wanted,
            commit_bound: Duration::from_micros(commit.map_or(0, |bound| bound.most)),
            session: None,
            failed: None,
            lag: LagWatch::default(),
            config,
        })
    }

    /// What the signals are now; each of those that were chosen, read or not.
    pub async fn read(&mut self) -> Vec<(Signal, Value)> {
        let session = match self.session().await {
            Ok(session) => session,
            Err(unread) => return self.all(&unread),
        };
        let (values, alive) = self.ask(&session).await;
        // One that did not answer, or broke, is not asked again.
        if alive && !session.client.is_closed() {
            self.session = Some(session);
        }
        values
    }

    fn all(&self, unread: &Unread) -> Vec<(Signal, Value)> {
        self.wanted.iter().map(|signal| (*signal, Err(unread.clone()))).collect()
    }

    async fn session(&mut self) -> std::result::Result<Session, Unread> {
        if let Some(session) = self.session.take() {
            return Ok(session);
        }
        if let Some((at, unread)) = &self.failed
            && at.elapsed() < RETRY
        {
            return Err(unread.clone());
        }
        let opened = tokio::time::timeout(PATIENCE, self.open()).await;
        let opened = opened.unwrap_or_else(|_| Err(no_answer(&self.target)));
        opened.map_err(|error| {
            let unread = Unread::now(error.chain());
            self.failed = Some((Instant::now(), unread.clone()));
            unread
        })
    }

    async fn open(&self) -> Result<Session> {
        if self.databases.is_empty() {
            return Err(Error::usage("the job writes a script and has no server"));
        }
        let params = ConnParams::resolve(&self.target, &self.config)?;
        let mut last = None;
        for database in &self.databases {
            let database = database.as_deref().unwrap_or(params.database());
            match connect::open(&params.with_database(database)).await {
                // invalid_catalog_name
                Err(error) if error.sqlstate() == Some("3D000") => last = Some(error),
                opened => return opened,
            }
        }
        Err(last.unwrap_or_else(|| Error::usage("no database to be in")))
    }

    /// The values, and whether the session can be asked again.
    async fn ask(&mut self, session: &Session) -> (Vec<(Signal, Value)>, bool) {
        let mut values = Vec::new();
        let mut alive = true;
        let seen: Vec<Signal> =
            self.wanted.iter().copied().filter(|signal| *signal != Signal::Commit).collect();
        if !seen.is_empty() {
            let sql = query::text(&seen);
            match within(PATIENCE, row(&session.client, &sql)).await {
                Some(Ok(row)) => {
                    values.extend(seen.iter().map(|signal| (*signal, self.value(*signal, &row))));
                }
                Some(Err(error)) => {
                    let unread = unread_of(&error);
                    values.extend(seen.iter().map(|signal| (*signal, Err(unread.clone()))));
                }
                None => {
                    alive = false;
                    give_up(session).await;
                    let unread = Unread::now(no_answer(&self.target).to_string());
                    values.extend(seen.iter().map(|signal| (*signal, Err(unread.clone()))));
                }
            }
        }
        if alive && self.wanted.contains(&Signal::Commit) {
            let (value, answered) = self.commit(session).await;
            alive = answered;
            values.push((Signal::Commit, value));
        }
        (values, alive)
    }

    fn value(&mut self, signal: Signal, row: &SimpleQueryRow) -> Value {
        let text = |name: &str| row.try_get(name).ok().flatten();
        match signal {
            Signal::Sessions if text("sees") != Some("t") => Err(Unread::ever(MAY_NOT_SEE)),
            Signal::Sessions => number(text("sessions")),
            Signal::Lag if text("sees") != Some("t") && text("recovery") != Some("t") => {
                Err(Unread::ever(MAY_NOT_SEE))
            }
            Signal::Lag => self.lag.value(Instant::now(), &text),
            Signal::Archiver => Archiver::read(&text),
            Signal::Commit | Signal::Disk => Err(Unread::ever("it is not read by this query")),
        }
    }

    /// How long a commit takes beyond the way to the server and back.
    async fn commit(&self, session: &Session) -> (Value, bool) {
        if self.read_only {
            return (
                Err(Unread::ever("the server is declared read-only, and a commit writes")),
                true,
            );
        }
        if session.server.in_recovery {
            return (Err(Unread::ever("the server is a standby and commits nothing")), true);
        }
        let limit = PATIENCE.max(self.commit_bound * 2);
        let begun = Instant::now();
        let timed = within(limit, timed_commit(&session.client)).await;
        match timed {
            Some(Ok(took)) => (Ok(micros(took)), true),
            Some(Err(error)) => (Err(unread_of(&error)), roll_back(&session.client).await),
            // It lasts at least as long: that is a figure too.
            None => {
                give_up(session).await;
                (Ok(micros(begun.elapsed())), false)
            }
        }
    }
}

/// What is to be said where statistics of other sessions are hidden.
const MAY_NOT_SEE: &str = "the role may not see other sessions; \
                           grant it with: GRANT pg_read_all_stats TO the role";

/// Where the session can be without being in the way: a restore may drop or make its databases.
fn databases_of(job: &JobSpec) -> Vec<Option<String>> {
    let usual = || Some("postgres".to_owned());
    match job {
        JobSpec::Backup(spec) => vec![Some(spec.database.clone())],
        JobSpec::BackupCluster(_) => vec![None, usual()],
        JobSpec::Restore(spec) if spec.script.is_some() => Vec::new(),
        JobSpec::Verify(spec) if !spec.restore => Vec::new(),
        JobSpec::Restore(_) | JobSpec::RestoreCluster(_) | JobSpec::Verify(_) => vec![usual()],
    }
}

/// A transaction that writes a log record and nothing else: it has to be flushed to commit. An empty
/// statement before it tells how long the way is.
async fn timed_commit(client: &Client) -> Result<Duration> {
    let fail = |error| database_error("timing a commit", error);
    let begun = Instant::now();
    client.simple_query("").await.map_err(fail)?;
    let way = begun.elapsed();
    let begun = Instant::now();
    client
        .batch_execute(
            "begin read write; \
             select pg_catalog.pg_logical_emit_message(true, 'dbbackup', 'commit latency'); \
             commit",
        )
        .await
        .map_err(fail)?;
    Ok(begun.elapsed().saturating_sub(way))
}

/// Leaves the transaction that failed, in which nothing else can be asked; whether that worked.
async fn roll_back(client: &Client) -> bool {
    matches!(within(PATIENCE, client.batch_execute("rollback")).await, Some(Ok(())))
}

async fn row(client: &Client, sql: &str) -> Result<SimpleQueryRow> {
    let answer = client.simple_query(sql).await;
    let messages = answer.map_err(|error| database_error("looking at the server's load", error))?;
    let row = messages.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    row.ok_or_else(|| Error::usage("the server told nothing of its load"))
}

async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, work).await.ok()
}

/// Tells the server to stop what nobody waits for.
async fn give_up(session: &Session) {
    if let Some(Err(error)) = within(PATIENCE, session.canceller.cancel()).await {
        tracing::info!(error = error.chain(), "a look at the server's load was not cancelled");
    }
}

fn unread_of(error: &Error) -> Unread {
    let lasting = error.sqlstate() == Some(INSUFFICIENT_PRIVILEGE);
    Unread { why: error.chain(), lasting }
}

fn no_answer(target: &Target) -> Error {
    let server = target.url_shown.as_deref().unwrap_or("the server");
    let text = format!("{server} did not answer within {} s", PATIENCE.as_secs());
    Error::new(crate::error::ErrorKind::Connection, text)
}

fn number(text: Option<&str>) -> Value {
    let number = text.and_then(|text| text.parse::<u64>().ok());
    number.ok_or_else(|| Unread::now("the server did not tell it"))
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
