//! What a cluster's backup holds, as a list with ticks: roles, tablespaces, and the databases, each
//! perhaps to be restored under another name.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::dialog::ticks::TickList;
use crate::app::filter::{Filter, Fuzzy};
use crate::app::list::{Cursor, Step};
use crate::model::cluster::{ClusterDatabase, ClusterListing, GlobalsInfo};
use crate::model::job::Outcome;
use crate::model::pattern::Pattern;
use crate::model::spec::{ClusterContent, DatabaseChoice};

/// A part of a backup that can be restored by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The roles.
    Roles,
    /// The tablespaces.
    Tablespaces,
    /// A database.
    Database(String),
}

/// A row as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRow {
    /// What it is.
    pub part: Part,
    /// Its name.
    pub label: String,
    /// Characters of the name that the filter matched.
    pub matched: Vec<u32>,
    /// Its tick; nothing where the backup has nothing to restore.
    pub ticked: Option<bool>,
    /// The other name that it gets.
    pub to: Option<String>,
    /// How many there are, of roles and tablespaces.
    pub count: Option<u64>,
    /// Size of its archive.
    pub bytes: Option<u64>,
    /// Rows in its archive.
    pub rows: Option<u64>,
    /// What is wrong with it.
    pub problem: Option<&'static str>,
}

/// The list.
#[derive(Debug, Clone, Default)]
pub struct ClusterContents {
    /// All parts, without ticks.
    parts: Vec<PartRow>,
    /// Those that are ticked.
    pub ticked: BTreeSet<Part>,
    /// Databases that get another name.
    names: BTreeMap<String, String>,
    /// The rows that pass the filter.
    pub rows: Vec<PartRow>,
    /// The cursor in them.
    pub cursor: Cursor<Part>,
    /// The filter.
    pub filter: Filter,
}

impl ClusterContents {
    /// The contents of a backup, everything ticked.
    #[must_use]
    pub fn of(listing: &ClusterListing) -> Self {
        let globals = listing.catalogue.globals.iter().flat_map(globals);
        let databases = listing.catalogue.databases.iter();
        let databases = databases.map(|info| database(info, listing.archive(info).is_some()));
        let parts: Vec<PartRow> = globals.chain(databases).collect();
        let there = parts.iter().filter(|row| row.ticked.is_some());
        let ticked = there.map(|row| row.part.clone()).collect();
        Self { parts, ticked, ..Self::default() }
    }

    /// How many parts are ticked, and how many can be.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        (self.ticked.len(), self.parts.iter().filter(|row| row.ticked.is_some()).count())
    }

    /// The database under the cursor.
    #[must_use]
    pub fn current_database(&self) -> Option<&str> {
        match self.cursor.key()? {
            Part::Database(name) => Some(name),
            Part::Roles | Part::Tablespaces => None,
        }
    }

    /// The name that a database is restored under.
    #[must_use]
    pub fn target_of<'a>(&'a self, database: &'a str) -> &'a str {
        self.names.get(database).map_or(database, String::as_str)
    }

    /// Restores a database under another name; an empty one is its own.
    pub(in crate::app) fn rename(&mut self, database: &str, to: &str) {
        if to.is_empty() || to == database {
            self.names.remove(database);
        } else {
            self.names.insert(database.to_owned(), to.to_owned());
        }
        self.ticked.insert(Part::Database(database.to_owned()));
    }

    /// Which parts of a cluster the ticks are, or why they are none.
    ///
    /// # Errors
    /// Where nothing is ticked, or what cannot be restored in one go.
    pub fn content(&self) -> Result<ClusterContent, &'static str> {
        let has = |part: &Part| self.ticked.contains(part);
        let (roles, tablespaces) = (has(&Part::Roles), has(&Part::Tablespaces));
        let databases = self.databases_where(|_| true).next().is_some();
        let globals = self.parts.iter().map(|row| &row.part);
        let mut globals = globals.filter(|part| !matches!(part, Part::Database(_)));
        match (databases, roles, tablespaces) {
            (true, ..) if globals.all(has) => Ok(ClusterContent::Everything),
            (true, false, false) => Ok(ClusterContent::DatabasesOnly),
            (true, ..) => Err("with databases both roles and tablespaces are restored, or neither"),
            (false, true, true) => Ok(ClusterContent::GlobalsOnly),
            (false, true, false) => Ok(ClusterContent::RolesOnly),
            (false, false, true) => Ok(ClusterContent::TablespacesOnly),
            (false, false, false) => Err("nothing is ticked: tab goes back to the list"),
        }
    }

    /// The databases that are ticked; none stands for all of the backup.
    #[must_use]
    pub fn choices(&self) -> Vec<DatabaseChoice> {
        let ticked = self.databases_where(|_| true).count();
        let renamed = self.databases_where(|name| self.names.contains_key(name)).count();
        let all = self.parts.iter().filter(|row| matches!(row.part, Part::Database(_)));
        if renamed == 0 && ticked == all.filter(|row| row.ticked.is_some()).count() {
            return Vec::new();
        }
        let choice = |name: &str| DatabaseChoice {
            pattern: Pattern::exact_schema(name),
            to: self.names.get(name).cloned(),
        };
        self.databases_where(|_| true).map(choice).collect()
    }

    fn databases_where(&self, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = &str> {
        self.ticked.iter().filter_map(move |part| match part {
            Part::Database(name) => wanted(name).then_some(name.as_str()),
            Part::Roles | Part::Tablespaces => None,
        })
    }

    /// The parts that the filter shows and that can be ticked.
    fn shown(&self) -> Vec<Part> {
        let there = self.rows.iter().filter(|row| row.ticked.is_some());
        there.map(|row| row.part.clone()).collect()
    }
}

impl TickList for ClusterContents {
    fn has_rows(&self) -> bool {
        !self.rows.is_empty()
    }

    fn has_ticks(&self) -> bool {
        !self.ticked.is_empty()
    }

    fn filter(&self) -> &Filter {
        &self.filter
    }

    fn filter_mut(&mut self) -> &mut Filter {
        &mut self.filter
    }

    fn settle(&mut self, page: usize) {
        let mut fuzzy = Fuzzy::new(self.filter.text());
        let mut rows = Vec::new();
        for row in &self.parts {
            let to = self.names.get(&row.label).filter(|_| matches!(row.part, Part::Database(_)));
            let by_name = fuzzy.score(&row.label).is_some();
            if by_name || to.is_some_and(|to| fuzzy.score(to).is_some()) {
                rows.push(PartRow {
                    matched: fuzzy.indices(&row.label),
                    ticked: row.ticked.map(|_| self.ticked.contains(&row.part)),
                    to: to.cloned(),
                    ..row.clone()
                });
            }
        }
        self.rows = rows;
        let rows = &self.rows;
        self.cursor.settle(rows.len(), page, |i| rows.get(i).map(|row| row.part.clone()));
    }

    fn step(&mut self, step: Step, page: usize) {
        let rows = &self.rows;
        self.cursor.step(step, rows.len(), page, |i| rows.get(i).map(|row| row.part.clone()));
    }

    fn restart(&mut self) {
        self.cursor = Cursor::default();
    }

    fn toggle(&mut self) {
        let Some(row) = self.rows.get(self.cursor.index()) else { return };
        match row.ticked {
            Some(true) => {
                self.ticked.remove(&row.part);
            }
            Some(false) => {
                self.ticked.insert(row.part.clone());
            }
            None => {}
        }
    }

    fn tick_shown(&mut self) {
        self.ticked.extend(self.shown());
    }

    fn invert_shown(&mut self) {
        for part in self.shown() {
            if !self.ticked.remove(&part) {
                self.ticked.insert(part);
            }
        }
    }

    fn tick_none(&mut self) {
        self.ticked.clear();
    }
}

/// Roles and tablespaces, where there are any.
fn globals(info: &GlobalsInfo) -> impl Iterator<Item = PartRow> {
    let tablespaces = u64::try_from(info.tablespaces.len()).unwrap_or(u64::MAX);
    let row = |part, label: &str, count| PartRow {
        part,
        label: label.to_owned(),
        matched: Vec::new(),
        ticked: Some(true),
        to: None,
        count: Some(count),
        bytes: None,
        rows: None,
        problem: None,
    };
    [row(Part::Roles, "roles", info.roles), row(Part::Tablespaces, "tablespaces", tablespaces)]
        .into_iter()
        .filter(|row| row.count != Some(0))
}

fn database(info: &ClusterDatabase, there: bool) -> PartRow {
    let problem = match &info.outcome {
        Outcome::Complete if !there => Some("no archive"),
        Outcome::Complete => None,
        outcome => Some(outcome.label()),
    };
    PartRow {
        part: Part::Database(info.name.clone()),
        label: info.name.clone(),
        matched: Vec::new(),
        ticked: there.then_some(true),
        to: None,
        count: None,
        bytes: there.then_some(info.archive_bytes),
        rows: there.then_some(info.rows),
        problem,
    }
}
