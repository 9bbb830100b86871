//! The server that is browsed: the connection, its databases and their catalogs.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::catalog::{Catalog, DatabaseInfo, ServerInfo};
use crate::model::conn::{ConnState, Target};

use super::remote::Remote;
use super::selection::{CatalogIndex, Selection};

/// The connection and what was read over it.
#[derive(Debug, Clone)]
pub struct Server {
    /// What was asked to connect to.
    pub target: Target,
    /// The name to show: the profile, else the address.
    pub name: String,
    /// The engine's last report.
    pub state: ConnState,
    /// When that report came: countdowns count from here.
    pub since: Timestamp,
    /// Facts of the server, kept while the connection is lost.
    pub info: Option<ServerInfo>,
    /// Whether the profile forbids everything that writes to this server.
    pub read_only: bool,
    /// Its databases.
    pub databases: Remote<Vec<DatabaseInfo>>,
    /// The catalogs that were asked for, by database.
    pub catalogs: BTreeMap<String, Database>,
}

/// One database's catalog and what is ticked in it.
#[derive(Debug, Clone, Default)]
pub struct Database {
    /// The catalog.
    pub catalog: Remote<Catalog>,
    /// Finds its relations by oid.
    pub index: CatalogIndex,
    /// What is ticked.
    pub selection: Selection,
    /// Counts up with each catalog that came, so that lists know when to compute again.
    pub generation: u64,
    /// Tick everything as soon as the catalog is there.
    pub tick_when_loaded: bool,
}

impl Server {
    /// Nothing asked yet.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            target: Target::default(),
            name: String::new(),
            state: ConnState::Idle,
            since: now,
            info: None,
            read_only: false,
            databases: Remote::default(),
            catalogs: BTreeMap::new(),
        }
    }

    /// Whether the connection is usable now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        matches!(self.state, ConnState::Connected { .. })
    }

    /// Host and port or socket, for people.
    #[must_use]
    pub fn address(&self) -> &str {
        match &self.state {
            ConnState::Idle => "",
            ConnState::Connecting { address }
            | ConnState::Connected { address, .. }
            | ConnState::Retrying { address, .. }
            | ConnState::Failed { address, .. } => address,
        }
    }

    /// Whole seconds until the next attempt, counting down.
    #[must_use]
    pub fn retry_in(&self, now: Timestamp) -> Option<u64> {
        let ConnState::Retrying { in_seconds, .. } = self.state else { return None };
        let passed = u64::try_from(now.duration_since(self.since).as_secs()).unwrap_or(0);
        Some(in_seconds.saturating_sub(passed))
    }

    /// The catalog of a database, if it came.
    #[must_use]
    pub fn catalog(&self, database: &str) -> Option<&Catalog> {
        self.catalogs.get(database)?.catalog.value.as_ref()
    }
}
