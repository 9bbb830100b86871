//! From a target to a session.
//!
//! ```text
//! Target ─ layers ─► ConnParams ─ open ─► for each endpoint: dial ► TLS ► authenticate ► ask ─► Session
//!   URL > profile > service file > PG* environment > defaults      (as libpq, within a time limit)
//! ```
//! Owns what connection parameters mean, the password file, TLS, and the words for everything that
//! can go wrong on the way in. Sets nothing in the session: search_path and time limits are the
//! business of those who use it.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::UnixStream;
use tokio_postgres::{CancelToken, Client, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::catalog::ServerInfo;
use crate::model::conn::Target;

use super::tap::Tap;

mod dial;
mod endpoint;
mod facts;
mod failure;
mod fate;
mod layers;
mod link;
mod login;
mod params;
mod passfile;
mod service;
mod tls;
mod values;

pub use failure::database_error;
pub use params::ConnParams;

use endpoint::Endpoint;
use link::TapConnector;

/// An open session.
pub struct Session {
    /// The client; its connection task runs on the runtime that called [`open`].
    pub client: Client,
    /// Facts of the server.
    pub server: ServerInfo,
    /// Cancels what the session runs, over a connection of its own with the same TLS.
    pub canceller: Canceller,
    /// The endpoint that answered, for people.
    pub address: String,
    endpoint: Endpoint,
    ended: Arc<OnceLock<String>>,
}

impl Session {
    /// Why the connection ended, where it ended by itself: the server's last words, or the
    /// network's.
    #[must_use]
    pub fn why_closed(&self) -> Option<&str> {
        self.ended.get().map(String::as_str)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("address", &self.address)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// What the server says besides its answers.
#[derive(Debug, Clone)]
pub(super) struct Notice {
    /// Its words, with their severity.
    pub(super) text: String,
    /// Whether it is a warning.
    pub(super) is_warning: bool,
}

/// Cancels a session's current statement on the server.
#[derive(Clone)]
pub struct Canceller {
    token: CancelToken,
    by: CancelBy,
    address: String,
    limit: Option<Duration>,
}

/// How the connection for a cancel request is made.
#[derive(Clone)]
enum CancelBy {
    Plain,
    Tls(MakeRustlsConnect),
    Tapped(TapConnector),
    Socket(PathBuf),
}

impl Canceller {
    /// Sends the cancel request. The server does not say whether there was anything to cancel.
    pub async fn cancel(&self) -> Result<()> {
        let doing = || format!("sending a cancel request to {}", self.address);
        let sent = async {
            match &self.by {
                CancelBy::Plain => self.token.cancel_query(NoTls).await,
                CancelBy::Tls(connector) => self.token.cancel_query(connector.clone()).await,
                CancelBy::Tapped(connector) => self.token.cancel_query(connector.clone()).await,
                CancelBy::Socket(file) => match UnixStream::connect(file).await {
                    Ok(socket) => self.token.cancel_query_raw(socket, NoTls).await,
                    // The server is gone, and with it what was to be cancelled.
                    Err(_) => Ok(()),
                },
            }
        };
        match dial::within(self.limit, sent).await {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(database_error(&doing(), error)),
            None => Err(Error::new(ErrorKind::Connection, format!("{} timed out", doing()))),
        }
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The token holds the key that lets anybody cancel the session.
        f.debug_struct("Canceller").field("address", &self.address).finish_non_exhaustive()
    }
}

impl ConnParams {
    /// Resolves a target: URL over profile over service file over environment over defaults.
    pub fn resolve(target: &Target, config: &Config) -> Result<Self> {
        params::resolve(target, config)
    }
}

/// Opens a session on the first endpoint that can be used.
pub async fn open(params: &ConnParams) -> Result<Session> {
    // The state of a handshake is large: callers keep only a pointer to it.
    Box::pin(dial::open(params, None)).await
}

/// As [`open`], but rows of `COPY … TO STDOUT` go to the tap instead of the client.
pub(super) async fn open_with_tap(params: &ConnParams, tap: &Tap) -> Result<Session> {
    Box::pin(dial::open(params, Some(tap))).await
}
