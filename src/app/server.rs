//! The server that is browsed: the connection, its databases and their catalogs.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::catalog::{Catalog, DatabaseInfo, ServerInfo};
use crate::model::conn::{ConnState, Target};
use crate::model::name::QualifiedName;

use super::remote::Remote;
use super::selection::{CatalogIndex, Selection, Summary};

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
    /// Whether everything that writes to this server is forbidden.
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
    /// The ticks in figures.
    pub summary: Summary,
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

    /// The connection was lost: what was read stays, marked.
    pub(super) fn lose(&mut self) {
        self.databases.lose();
        for entry in self.catalogs.values_mut() {
            entry.catalog.lose();
            entry.tick_when_loaded = false;
        }
    }

    /// The database that was asked for, where the request names one.
    #[must_use]
    pub fn target_database(&self) -> Option<String> {
        if self.target.database.is_some() {
            return self.target.database.clone();
        }
        let url = self.target.url_shown.as_deref()?;
        let path = url.split_once("://")?.1.split(['?', '#']).next()?.split_once('/')?.1;
        (!path.is_empty()).then(|| path.to_owned())
    }

    /// The database that the connection is to, however it was named: in a URL, a profile, a service
    /// or the environment.
    #[must_use]
    pub fn connected_database(&self) -> Option<&str> {
        self.info.as_ref().map(|info| info.database.as_str())
    }

    /// The catalog of a database, if it came.
    #[must_use]
    pub fn catalog(&self, database: &str) -> Option<&Catalog> {
        self.catalogs.get(database)?.catalog.value.as_ref()
    }
}

impl Database {
    /// Changes the ticks and brings their figures up to date; nothing without a catalog.
    pub fn edit<T>(
        &mut self,
        change: impl FnOnce(&mut Selection, &Catalog, &CatalogIndex) -> T,
    ) -> Option<T> {
        let catalog = self.catalog.value.as_ref()?;
        let changed = change(&mut self.selection, catalog, &self.index);
        self.summary = self.selection.summary(catalog);
        Some(changed)
    }

    /// Takes a catalog that was read; gives the names of ticked relations that are gone.
    pub fn catalog_came(&mut self) -> Vec<QualifiedName> {
        let Some(catalog) = self.catalog.value.as_ref() else { return Vec::new() };
        self.generation += 1;
        self.index = CatalogIndex::new(catalog);
        let gone = self.selection.reconcile(catalog, &self.index);
        if std::mem::take(&mut self.tick_when_loaded) {
            self.selection.set_all(catalog, None, true);
        }
        self.summary = self.selection.summary(catalog);
        gone
    }
}
