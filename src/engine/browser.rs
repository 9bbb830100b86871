//! The browsing connection: opened when asked, kept alive, retried for ever with back-off when it
//! is lost, and given up only on what a retry cannot mend (a wrong password, an unknown database).
//!
//! ```text
//!  Idle ─Connect─► Connecting ─ok─► Connected ─lost─┐
//!                      ▲   └─ transient ─► Retrying ◄┘   (RetryNow and Connect cut the wait short)
//!                      └───────────────────────┘
//!                      └─ permanent ─► Failed ─RetryNow/Connect─► Connecting
//! ```
//! Questions are answered by tasks of their own on sessions kept one a database, so that a slow
//! database delays nobody and is never taken for a lost connection.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio::time::{Instant, timeout};

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::catalog::ServerInfo;
use crate::model::conn::{ConnState, Target};
use crate::model::id::RequestId;
use crate::postgres::browse;
use crate::postgres::connect::{self, ConnParams, Session};

use super::event::Event;

/// Waits between attempts, in seconds; the last one repeats.
const BACKOFF: [u64; 6] = [1, 2, 4, 8, 15, 30];
/// How often a quiet connection is asked whether it is still there.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How long it may take to answer that.
const HEARTBEAT_LIMIT: Duration = Duration::from_secs(10);
/// How long a catalog may take to be read.
const QUESTION_LIMIT: Duration = Duration::from_mins(2);

/// What the supervisor asks.
#[derive(Debug)]
pub(super) enum Request {
    /// Connect to this server from now on.
    Connect(Target),
    /// Do not wait for the next attempt.
    RetryNow,
    /// List the databases.
    Databases(RequestId),
    /// Read one database.
    Catalog(RequestId, String),
}

type Sessions = Arc<Mutex<HashMap<String, Arc<Session>>>>;

/// The connection's keeper.
pub(super) struct Browser {
    config: Arc<Config>,
    events: mpsc::Sender<Event>,
    requests: mpsc::Receiver<Request>,
}

/// Why a stage ended.
enum Next {
    /// Connect to another server.
    To(Target),
    /// Try the same server again, now.
    Again,
    /// Try the same server again after a wait.
    Lost(Error),
    /// The engine ends.
    Stop,
}

impl Browser {
    /// Starts the keeper and returns the way to ask it.
    pub(super) fn spawn(config: Arc<Config>, events: mpsc::Sender<Event>) -> mpsc::Sender<Request> {
        let (sender, requests) = mpsc::channel(32);
        tokio::spawn(Self { config, events, requests }.run());
        sender
    }

    async fn run(mut self) {
        let mut target = loop {
            match self.requests.recv().await {
                Some(Request::Connect(target)) => break target,
                Some(other) => self.refuse(other).await,
                None => return,
            }
        };
        let mut attempt = 0;
        loop {
            let next = match ConnParams::resolve(&target, &self.config) {
                Ok(params) => self.attempt(&params, &mut attempt).await,
                Err(error) => self.give_up("", &error).await,
            };
            match next {
                Next::To(other) => {
                    target = other;
                    attempt = 0;
                }
                Next::Again => {}
                Next::Lost(_) => attempt += 1,
                Next::Stop => return,
            }
        }
    }

    /// One attempt and what follows from it, up to the next attempt.
    async fn attempt(&mut self, params: &ConnParams, attempt: &mut u32) -> Next {
        let address = params.address();
        self.tell(ConnState::Connecting { address: address.clone() }).await;
        let next = match self.open(params).await {
            Ok(Ok(session)) => {
                *attempt = 0;
                self.serve(params, &session).await
            }
            Ok(Err(error)) => Next::Lost(error),
            Err(next) => next,
        };
        match next {
            Next::Lost(error) if error.is_transient() => {
                self.wait(&address, error, *attempt + 1).await
            }
            Next::Lost(error) => self.give_up(&address, &error).await,
            next => next,
        }
    }

    /// Opens a session, unless another order comes first.
    async fn open(&mut self, params: &ConnParams) -> Result<Result<Session>, Next> {
        let opening = connect::open(params);
        tokio::pin!(opening);
        loop {
            tokio::select! {
                opened = &mut opening => return Ok(opened),
                request = self.requests.recv() => match request {
                    None => return Err(Next::Stop),
                    Some(Request::Connect(target)) => return Err(Next::To(target)),
                    Some(Request::RetryNow) => {}
                    Some(question) => self.refuse(question).await,
                },
            }
        }
    }

    /// Answers questions until the connection is lost or another server is wanted. The session
    /// itself only shows that the server is there.
    async fn serve(&mut self, params: &ConnParams, session: &Session) -> Next {
        self.announce(params, &session.server).await;
        let params = params.pinned_to(session);
        let sessions = Sessions::default();
        let lost = heartbeat(session);
        tokio::pin!(lost);
        loop {
            tokio::select! {
                request = self.requests.recv() => match request {
                    None => return Next::Stop,
                    Some(Request::Connect(target)) => return Next::To(target),
                    Some(Request::RetryNow) => {}
                    Some(Request::Databases(request)) => {
                        self.list_databases(request, params.clone(), &sessions);
                    }
                    Some(Request::Catalog(request, database)) => {
                        self.read_catalog(request, params.with_database(&database), &sessions);
                    }
                },
                error = &mut lost => return Next::Lost(error),
            }
        }
    }

    fn list_databases(&self, request: RequestId, params: ConnParams, sessions: &Sessions) {
        let events = self.events.clone();
        let sessions = Arc::clone(sessions);
        tokio::spawn(async move {
            let read = async |session: Arc<Session>| browse::databases(&session.client).await;
            let result = answer(&params, &sessions, "listing databases", read).await;
            let result = result.map_err(|error| error.report());
            let _ = events.send(Event::Databases { request, result }).await;
        });
    }

    fn read_catalog(&self, request: RequestId, params: ConnParams, sessions: &Sessions) {
        let events = self.events.clone();
        let sessions = Arc::clone(sessions);
        tokio::spawn(async move {
            let database = params.database().to_owned();
            let read = async |session: Arc<Session>| {
                browse::catalog(&session.client, params.database()).await
            };
            let doing = format!("reading database {database}");
            let result = answer(&params, &sessions, &doing, read).await;
            let result = result.map(Box::new).map_err(|error| error.report());
            let _ = events.send(Event::Catalog { request, database, result }).await;
        });
    }

    /// Counts down to the next attempt.
    async fn wait(&mut self, address: &str, error: Error, attempt: u32) -> Next {
        let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
        let seconds = BACKOFF.get(index).or(BACKOFF.last()).copied().unwrap_or(30);
        let reason = error.chain();
        for in_seconds in (1..=seconds).rev() {
            let state = ConnState::Retrying {
                address: address.to_owned(),
                reason: reason.clone(),
                in_seconds,
                attempt,
            };
            self.tell(state).await;
            if let Some(next) = self.pause(Duration::from_secs(1)).await {
                return next;
            }
        }
        Next::Lost(error)
    }

    /// Waits for an order after what a retry cannot mend.
    async fn give_up(&mut self, address: &str, error: &Error) -> Next {
        self.tell(ConnState::Failed {
            address: address.to_owned(),
            reason: error.chain(),
            hint: error.hint().map(str::to_owned),
        })
        .await;
        loop {
            if let Some(next) = self.pause(Duration::from_hours(1)).await {
                return next;
            }
        }
    }

    /// Waits, refusing questions; an order ends the wait early.
    async fn pause(&mut self, wait: Duration) -> Option<Next> {
        let until = Instant::now() + wait;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => return None,
                request = self.requests.recv() => match request {
                    None => return Some(Next::Stop),
                    Some(Request::Connect(target)) => return Some(Next::To(target)),
                    Some(Request::RetryNow) => return Some(Next::Again),
                    Some(question) => self.refuse(question).await,
                },
            }
        }
    }

    async fn announce(&self, params: &ConnParams, server: &ServerInfo) {
        let state = ConnState::Connected { address: params.address(), server: server.clone() };
        self.tell(state).await;
    }

    async fn tell(&self, state: ConnState) {
        let _ = self.events.send(Event::Connection(Box::new(state))).await;
    }

    /// Answers a question that needs a connection while there is none.
    async fn refuse(&self, request: Request) {
        let error = Error::new(ErrorKind::Connection, "not connected to a server").report();
        let event = match request {
            Request::Databases(request) => Event::Databases { request, result: Err(error) },
            Request::Catalog(request, database) => {
                Event::Catalog { request, database, result: Err(error) }
            }
            Request::Connect(_) | Request::RetryNow => return,
        };
        let _ = self.events.send(event).await;
    }
}

/// Asks a question over the database's session, within the limit.
async fn answer<T>(
    params: &ConnParams,
    sessions: &Sessions,
    doing: &str,
    question: impl AsyncFnOnce(Arc<Session>) -> Result<T>,
) -> Result<T> {
    let asked = async { question(session_for(params, sessions).await?).await };
    let result = limited(doing, asked).await;
    if result.is_err() {
        // It may be the session that broke: the next question opens another.
        sessions.lock().await.remove(params.database());
    }
    result
}

async fn session_for(params: &ConnParams, sessions: &Sessions) -> Result<Arc<Session>> {
    let known = sessions.lock().await.get(params.database()).cloned();
    if let Some(session) = known.filter(|session| !session.client.is_closed()) {
        return Ok(session);
    }
    let session = Arc::new(connect::open(params).await?);
    sessions.lock().await.insert(params.database().to_owned(), Arc::clone(&session));
    Ok(session)
}

/// Ends only when the connection does not answer any more, with the reason.
async fn heartbeat(session: &Session) -> Error {
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        if let Err(error) = is_alive(session).await {
            return error;
        }
    }
}

async fn is_alive(session: &Session) -> Result<()> {
    let asked = session.client.batch_execute("");
    match timeout(HEARTBEAT_LIMIT, asked).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            Err(Error::new(ErrorKind::Connection, "the connection was lost").with_source(error))
        }
        Err(_) => Err(Error::new(
            ErrorKind::Connection,
            format!("the server has not answered for {} s", HEARTBEAT_LIMIT.as_secs()),
        )),
    }
}

async fn limited<T>(doing: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(QUESTION_LIMIT, work).await.unwrap_or_else(|_| {
        let text = format!("{doing} took longer than {} s", QUESTION_LIMIT.as_secs());
        Err(Error::new(ErrorKind::Connection, text))
    })
}
