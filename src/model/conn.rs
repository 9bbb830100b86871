//! Where to connect, and the state of the connection as the header shows it.

use serde::{Deserialize, Serialize};

use super::catalog::ServerInfo;
use super::secret::Secret;

/// How a server is named: a URL, a profile of the config, or the environment alone. The postgres
/// room resolves it (URL over profile over service file over PG* environment over defaults).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Target {
    /// `postgres://…` or `key=value` text; may hold a password, so it is a secret as a whole.
    pub url: Option<Secret>,
    /// Name of a profile in the config file.
    pub profile: Option<String>,
    /// Database to connect to in place of the one that URL, profile or environment name.
    pub database: Option<String>,
    /// The URL without its password: what may be shown and put into a command line.
    pub url_shown: Option<String>,
}

impl Target {
    /// The same server, another database.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        Self { database: Some(database.to_owned()), ..self.clone() }
    }
}

/// The browsing connection's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConnState {
    /// Nothing was asked yet.
    Idle,
    /// The first attempt, or a retry, is under way.
    Connecting {
        /// Host and port or socket, for people.
        address: String,
    },
    /// Usable.
    Connected {
        /// Host and port or socket, for people.
        address: String,
        /// Facts of the server.
        server: ServerInfo,
    },
    /// Lost or never reached; the engine tries again by itself.
    Retrying {
        /// Host and port or socket, for people.
        address: String,
        /// What went wrong, in words.
        reason: String,
        /// Seconds until the next attempt.
        in_seconds: u64,
        /// How many attempts failed so far.
        attempt: u32,
    },
    /// Will not be tried again by itself: a wrong password or another permanent refusal.
    Failed {
        /// Host and port or socket, for people.
        address: String,
        /// What went wrong, in words.
        reason: String,
        /// What the user can do.
        hint: Option<String>,
    },
}
