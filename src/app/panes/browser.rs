//! The databases and their schemas, as a tree.

use std::collections::BTreeSet;

use crate::app::App;
use crate::app::filter::{Filter, Fuzzy};
use crate::app::focus::Pane;
use crate::app::list::Cursor;
use crate::app::selection::Tick;
use crate::engine::command::Command;
use crate::model::catalog::DatabaseInfo;

/// A node of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    /// A database.
    Database(String),
    /// A schema of a database.
    Schema(String, String),
}

impl Node {
    /// The database it is, or is in.
    #[must_use]
    pub fn database(&self) -> &str {
        match self {
            Self::Database(database) | Self::Schema(database, _) => database,
        }
    }

    /// The schema, if it is one.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        match self {
            Self::Database(_) => None,
            Self::Schema(_, schema) => Some(schema),
        }
    }
}

/// A row as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserRow {
    /// What it is.
    pub node: Node,
    /// The name.
    pub label: String,
    /// Characters of the name that the filter matched.
    pub matched: Vec<u32>,
    /// Whether its children are shown; `None` for a row that cannot have any.
    pub expanded: Option<bool>,
    /// What is ticked below it.
    pub tick: Tick,
    /// Size on disk, where known.
    pub bytes: Option<u64>,
    /// Relations below it, where known.
    pub relations: Option<usize>,
    /// Its catalog is being read.
    pub loading: bool,
    /// Its data is from before the connection was lost.
    pub stale: bool,
    /// Why it cannot be opened.
    pub problem: Option<String>,
}

/// The pane.
#[derive(Debug, Clone, Default)]
pub struct BrowserPane {
    /// The rows, all of them.
    pub rows: Vec<BrowserRow>,
    /// The cursor in them.
    pub cursor: Cursor<Node>,
    /// The filter.
    pub filter: Filter,
    /// Databases whose schemas are shown.
    pub expanded: BTreeSet<String>,
}

impl BrowserPane {
    /// The row under the cursor.
    #[must_use]
    pub fn current(&self) -> Option<&BrowserRow> {
        self.rows.get(self.cursor.index())
    }
}

impl App {
    /// Computes the rows again.
    pub(in crate::app) fn settle_browser(&mut self) {
        let rows = self.browser_rows();
        let height = self.page(Pane::Browser);
        self.browser.rows = rows;
        let pane = &mut self.browser;
        let rows = &pane.rows;
        pane.cursor.settle(rows.len(), height, |i| rows.get(i).map(|row| row.node.clone()));
    }

    fn browser_rows(&self) -> Vec<BrowserRow> {
        let mut fuzzy = Fuzzy::new(self.browser.filter.text());
        let filtering = self.browser.filter.is_active();
        let databases = self.server.databases.value.as_deref().unwrap_or_default();
        let mut rows = Vec::new();
        for info in databases {
            let database = self.database_row(info, &mut fuzzy);
            let schemas = self.schema_rows(&info.name, &mut fuzzy);
            let open = self.browser.expanded.contains(&info.name);
            let hit = |row: &BrowserRow| !filtering || !row.matched.is_empty();
            let any_schema = filtering && schemas.iter().any(hit);
            if hit(&database) || any_schema {
                rows.push(database);
                let wanted = |row: &BrowserRow| if filtering { hit(row) } else { open };
                rows.extend(schemas.into_iter().filter(wanted));
            }
        }
        rows
    }

    fn database_row(&self, info: &DatabaseInfo, fuzzy: &mut Fuzzy) -> BrowserRow {
        let entry = self.server.catalogs.get(&info.name);
        let problem = if info.connectable {
            entry.and_then(|entry| entry.catalog.error.as_ref()).map(|error| error.message.clone())
        } else {
            Some(NOT_CONNECTABLE.to_owned())
        };
        BrowserRow {
            node: Node::Database(info.name.clone()),
            label: info.name.clone(),
            matched: fuzzy.indices(&info.name),
            expanded: info.connectable.then(|| self.browser.expanded.contains(&info.name)),
            tick: entry.map_or(Tick::Off, |entry| entry.summary.database),
            bytes: info.bytes,
            relations: entry
                .and_then(|entry| entry.catalog.value.as_ref())
                .map(|catalog| catalog.relations.len()),
            loading: entry.is_some_and(|entry| entry.catalog.is_loading()),
            stale: self.server.databases.stale || entry.is_some_and(|entry| entry.catalog.stale),
            problem,
        }
    }

    fn schema_rows(&self, database: &str, fuzzy: &mut Fuzzy) -> Vec<BrowserRow> {
        let Some(entry) = self.server.catalogs.get(database) else { return Vec::new() };
        let row = |(schema, (tick, relations)): (&String, &(Tick, usize))| BrowserRow {
            node: Node::Schema(database.to_owned(), schema.clone()),
            label: schema.clone(),
            matched: fuzzy.indices(schema),
            expanded: None,
            tick: *tick,
            bytes: None,
            relations: Some(*relations),
            loading: false,
            stale: entry.catalog.stale,
            problem: None,
        };
        entry.summary.schemas.iter().map(row).collect()
    }

    /// Asks for a database's catalog, unless it is there and fresh; `again` asks in any case.
    pub(in crate::app) fn load_catalog(&mut self, database: &str, again: bool) {
        let entry = self.server.catalogs.entry(database.to_owned()).or_default();
        let fresh = entry.catalog.value.is_some() && !entry.catalog.stale;
        if entry.catalog.is_loading() || (fresh && !again) {
            return;
        }
        if !self.server.is_connected() {
            self.warn("not connected: the catalog cannot be read now");
            return;
        }
        let request = self.ids.request();
        if let Some(entry) = self.server.catalogs.get_mut(database) {
            entry.catalog.ask(request);
        }
        self.send(Command::LoadCatalog { request, database: database.to_owned() });
    }

    /// Asks for the list of databases.
    pub(in crate::app) fn load_databases(&mut self) {
        let request = self.ids.request();
        self.server.databases.ask(request);
        self.send(Command::LoadDatabases { request });
    }

    /// Enter: read the catalog and go to its tables.
    pub(in crate::app) fn open_row(&mut self) {
        let Some(row) = self.browser.current() else { return };
        let database = row.node.database().to_owned();
        self.browser.expanded.insert(database.clone());
        self.load_catalog(&database, false);
        self.focus_pane(Pane::Tables);
    }

    /// Shows a database's schemas.
    pub(in crate::app) fn expand_row(&mut self) {
        let Some(Node::Database(database)) = self.browser.cursor.key().cloned() else { return };
        self.browser.expanded.insert(database.clone());
        self.load_catalog(&database, false);
    }

    /// Hides a database's schemas; on a schema goes to its database.
    pub(in crate::app) fn collapse_row(&mut self) {
        match self.browser.cursor.key().cloned() {
            Some(Node::Database(database)) => {
                self.browser.expanded.remove(&database);
            }
            Some(Node::Schema(database, _)) => {
                self.browser.cursor.want(Node::Database(database));
            }
            None => {}
        }
    }

    /// Ticks or unticks a whole database or schema; one that was not read yet is read first.
    pub(in crate::app) fn toggle_node(&mut self) {
        let Some(row) = self.browser.current() else { return };
        let (node, on) = (row.node.clone(), row.tick.toggled());
        let database = node.database();
        if self.server.catalog(database).is_none() {
            self.load_catalog(database, false);
            if let Some(entry) = self.server.catalogs.get_mut(database) {
                entry.tick_when_loaded = entry.catalog.is_loading();
            }
            return;
        }
        if let Some(entry) = self.server.catalogs.get_mut(database) {
            entry.edit(|selection, catalog, _| selection.set_all(catalog, node.schema(), on));
        }
    }

    /// Reads databases and the chosen catalog again.
    pub(in crate::app) fn refresh(&mut self) {
        self.load_databases();
        let scope = self.tables.scope.as_ref().map(|scope| scope.database.clone());
        if let Some(database) = scope.filter(|name| self.server.catalogs.contains_key(name)) {
            self.load_catalog(&database, true);
        }
    }
}

/// Why a database cannot be opened.
pub(in crate::app) const NOT_CONNECTABLE: &str = "the database does not accept connections";
