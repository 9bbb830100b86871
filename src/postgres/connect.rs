//! From a target to a session.

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::catalog::ServerInfo;
use crate::model::conn::Target;

/// Resolved connection parameters. `Debug` shows no password.
#[derive(Debug, Clone, Default)]
pub struct ConnParams {}

/// An open session.
pub struct Session {
    /// The client; its connection task runs on the runtime that called [`open`].
    pub client: tokio_postgres::Client,
    /// Facts of the server.
    pub server: ServerInfo,
    /// Cancels what the session runs, over a connection of its own with the same TLS.
    pub canceller: Canceller,
}

/// Cancels a session's current statement on the server.
#[derive(Clone)]
pub struct Canceller {}

impl Canceller {
    /// Sends the cancel request.
    pub async fn cancel(&self) -> Result<()> {
        Ok(())
    }
}

impl ConnParams {
    /// Resolves a target: URL over profile over service file over environment over defaults.
    pub fn resolve(_target: &Target, _config: &Config) -> Result<Self> {
        Err(Error::new(ErrorKind::Internal, "connecting is not built yet"))
    }

    /// The same server, another database.
    #[must_use]
    pub fn with_database(&self, _database: &str) -> Self {
        self.clone()
    }

    /// Host and port, or socket, for people.
    pub fn address(&self) -> String {
        String::new()
    }

    /// The database that the parameters name.
    pub fn database(&self) -> &str {
        ""
    }
}

/// Opens a session.
pub async fn open(_params: &ConnParams) -> Result<Session> {
    Err(Error::new(ErrorKind::Internal, "connecting is not built yet"))
}

/// The crate's error for a failure of the server or the driver: keeps the SQLSTATE, detail and hint
/// of the server. `doing` reads like "copying public.orders".
pub fn database_error(doing: &str, error: tokio_postgres::Error) -> Error {
    Error::new(ErrorKind::Database, format!("{doing} failed")).with_source(error)
}
