//! The relations of the chosen database or schema, with their ticks.

use std::cmp::Reverse;

use crate::app::App;
use crate::app::filter::{Filter, Fuzzy, narrows};
use crate::app::focus::Pane;
use crate::app::list::{Cursor, Step};
use crate::app::selection::{Selection, Tick};
use crate::app::server::Database;
use crate::model::catalog::{Catalog, RelationInfo, RelationKind};

/// What the pane shows the relations of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The database.
    pub database: String,
    /// One schema, or all.
    pub schema: Option<String>,
}

/// The order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// By schema and name.
    #[default]
    Name,
    /// Largest first.
    Size,
    /// Most rows first.
    Rows,
}

impl Sort {
    /// The word shown.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Size => "size",
            Self::Rows => "rows",
        }
    }
}

/// A row in sight, as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    /// The relation's oid.
    pub oid: u32,
    /// `schema.name`, or the name alone when only one schema is shown.
    pub label: String,
    /// Characters of the label that the filter matched.
    pub matched: Vec<u32>,
    /// Its kind.
    pub kind: RelationKind,
    /// Whether it is a partition.
    pub is_partition: bool,
    /// Its tick; a partitioned table's follows its partitions.
    pub tick: Tick,
    /// The predicate that limits its rows.
    pub predicate: Option<String>,
    /// Its rows stay out of the backup.
    pub without_rows: bool,
    /// Bytes on disk with indexes.
    pub total_bytes: u64,
    /// The planner's estimate.
    pub rows_estimate: Option<u64>,
    /// It lies in the range that is being marked.
    pub in_range: bool,
}

/// Figures for the pane's title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Relations in scope.
    pub all: usize,
    /// Relations that pass the filter.
    pub shown: usize,
    /// Ticked relations of the whole database.
    pub ticked: usize,
    /// Bytes on disk of the ticked ones.
    pub ticked_bytes: u64,
}

/// The pane.
#[derive(Debug, Clone, Default)]
pub struct TablesPane {
    /// What is shown.
    pub scope: Option<Scope>,
    /// The order.
    pub sort: Sort,
    /// The other way round.
    pub reversed: bool,
    /// The filter.
    pub filter: Filter,
    /// The cursor, by oid.
    pub cursor: Cursor<u32>,
    /// Where a range begins.
    pub anchor: Option<u32>,
    /// The rows in sight, from the cursor's offset on: all that is drawn.
    pub window: Vec<TableRow>,
    /// Figures for the title.
    pub totals: Totals,
    /// Positions in the catalog of what is in scope and passes the filter, in order.
    shown: Vec<usize>,
    /// What `shown` was computed from.
    computed: Option<Computed>,
}

/// What the list of rows depends on, beside ticks and cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Computed {
    scope: Scope,
    generation: u64,
    sort: Sort,
    reversed: bool,
    filter: String,
    all: usize,
}

impl TablesPane {
    /// Positions in the catalog of the rows, in order.
    #[must_use]
    pub fn shown(&self) -> &[usize] {
        &self.shown
    }

    /// Positions in the catalog of the rows from the anchor to the cursor, or of the cursor's row.
    fn marked(&self, catalog: &Catalog) -> Vec<usize> {
        let here = self.cursor.index();
        let oid_at = |i: &usize| catalog.relations.get(*i).map(|relation| relation.oid);
        let anchor = self
            .anchor
            .and_then(|anchor| self.shown.iter().position(|i| oid_at(i) == Some(anchor)));
        let (from, to) = match anchor {
            Some(anchor) => (anchor.min(here), anchor.max(here)),
            None => (here, here),
        };
        self.shown.iter().skip(from).take(to - from + 1).copied().collect()
    }
}

impl App {
    /// Computes the rows in sight again, and the list where it depends on something that changed.
    pub(in crate::app) fn settle_tables(&mut self) {
        self.follow_browser();
        let height = self.page(Pane::Tables);
        let pane = &mut self.tables;
        pane.window.clear();
        let Some(scope) = pane.scope.clone() else { return };
        let entry = self.server.catalogs.get(&scope.database);
        let Some((entry, catalog)) = entry.and_then(|e| Some((e, e.catalog.value.as_ref()?)))
        else {
            pane.shown.clear();
            pane.computed = None;
            pane.totals = Totals::default();
            return;
        };
        pane.compute(catalog, entry.generation, scope);
        let shown = &pane.shown;
        let oid_at = |i: usize| Some(catalog.relations.get(*shown.get(i)?)?.oid);
        pane.cursor.settle(shown.len(), height, oid_at);
        pane.totals = Totals {
            all: pane.computed.as_ref().map_or(0, |computed| computed.all),
            shown: shown.len(),
            ticked: entry.summary.ticked,
            ticked_bytes: entry.summary.bytes,
        };
        pane.window = pane.rows_in_sight(entry, catalog, height);
    }

    /// Shows what the browser's cursor stands on.
    fn follow_browser(&mut self) {
        let Some(node) = self.browser.cursor.key() else { return };
        let scope = Scope {
            database: node.database().to_owned(),
            schema: node.schema().map(str::to_owned),
        };
        if self.tables.scope.as_ref() != Some(&scope) {
            self.tables.scope = Some(scope);
            self.tables.anchor = None;
            self.tables.cursor = Cursor::default();
        }
    }

    /// The database of the tables pane.
    pub(in crate::app) fn scoped(&self) -> Option<(&Database, &Catalog)> {
        let entry = self.server.catalogs.get(&self.tables.scope.as_ref()?.database)?;
        Some((entry, entry.catalog.value.as_ref()?))
    }

    fn scoped_mut(&mut self) -> Option<&mut Database> {
        self.server.catalogs.get_mut(&self.tables.scope.as_ref()?.database)
    }

    /// The relation under the cursor.
    pub(in crate::app) fn current_relation(&self) -> Option<&RelationInfo> {
        let (entry, catalog) = self.scoped()?;
        entry.index.relation(catalog, *self.tables.cursor.key()?)
    }

    /// Space: the marked range, or the row.
    pub(in crate::app) fn toggle_rows(&mut self) {
        let Some((_, catalog)) = self.scoped() else { return };
        let marked = self.tables.marked(catalog);
        self.tables.anchor = None;
        self.tick_rows(&marked, None);
    }

    /// All rows that the filter shows.
    pub(in crate::app) fn tick_shown(&mut self) {
        let shown = self.tables.shown.clone();
        self.tick_rows(&shown, Some(true));
    }

    fn tick_rows(&mut self, positions: &[usize], on: Option<bool>) {
        let Some(entry) = self.scoped_mut() else { return };
        entry.edit(|selection, catalog, index| {
            let oids: Vec<u32> =
                positions.iter().filter_map(|i| Some(catalog.relations.get(*i)?.oid)).collect();
            let ticked = |oid: &u32| selection.tick(index, *oid) == Tick::On;
            let on = on.unwrap_or_else(|| !oids.iter().all(ticked));
            for oid in oids {
                selection.set(catalog, index, oid, on);
            }
        });
    }

    /// Turns over all rows that the filter shows.
    pub(in crate::app) fn invert_shown(&mut self) {
        let shown = self.tables.shown.clone();
        let Some(entry) = self.scoped_mut() else { return };
        entry.edit(|selection, catalog, _| {
            selection.invert(shown.iter().filter_map(|i| catalog.relations.get(*i)));
        });
    }

    /// Unticks everything in the database.
    pub(in crate::app) fn untick_all(&mut self) {
        if let Some(entry) = self.scoped_mut() {
            entry.edit(|selection, _, _| selection.clear());
        }
    }

    /// Ticks what the ticked tables reference.
    pub(in crate::app) fn tick_referenced(&mut self) {
        let Some(entry) = self.scoped_mut() else { return };
        let added = entry.edit(Selection::add_referenced).unwrap_or_default();
        self.info(match added {
            0 => "everything that the ticked tables reference is ticked already".to_owned(),
            1 => "ticked 1 more table, which the ticked ones reference".to_owned(),
            n => format!("ticked {n} more tables, which the ticked ones reference"),
        });
    }

    /// Begins or ends a range.
    pub(in crate::app) fn toggle_range(&mut self) {
        let cursor = self.tables.cursor.key().copied();
        self.tables.anchor = if self.tables.anchor.is_some() { None } else { cursor };
    }

    /// Leaves the rows of the marked tables out, or takes them in again.
    pub(in crate::app) fn toggle_without_rows(&mut self) {
        let Some(relation) = self.current_relation() else { return };
        let (oid, name) = (relation.oid, relation.name.to_string());
        let Some(entry) = self.scoped_mut() else { return };
        let out = entry.edit(|selection, _, _| selection.toggle_without_rows(oid));
        self.info(match out {
            Some(true) => format!("{name}: a backup takes the definition without the rows"),
            _ => format!("{name}: a backup takes the rows too"),
        });
    }

    /// Takes the answer to the question for a predicate; a limited table is ticked too.
    pub(in crate::app) fn set_predicate(&mut self, database: &str, oid: u32, predicate: &str) {
        let Some(entry) = self.server.catalogs.get_mut(database) else { return };
        entry.edit(|selection, catalog, index| {
            selection.set_predicate(oid, predicate);
            if !predicate.is_empty() {
                selection.set(catalog, index, oid, true);
            }
        });
    }

    /// Moves the cursor.
    pub(in crate::app) fn step_tables(&mut self, step: Step, page: usize) {
        let Self { tables, server, .. } = self;
        let scope = tables.scope.as_ref();
        let Some(catalog) = scope.and_then(|scope| server.catalog(&scope.database)) else { return };
        let shown = &tables.shown;
        let oid_at = |i: usize| Some(catalog.relations.get(*shown.get(i)?)?.oid);
        tables.cursor.step(step, shown.len(), page, oid_at);
    }

    /// The next order.
    pub(in crate::app) fn sort_next(&mut self) {
        self.tables.sort = match self.tables.sort {
            Sort::Name => Sort::Size,
            Sort::Size => Sort::Rows,
            Sort::Rows => Sort::Name,
        };
    }
}

impl TablesPane {
    /// Brings `shown` up to date.
    fn compute(&mut self, catalog: &Catalog, generation: u64, scope: Scope) {
        let filter = self.filter.text().to_owned();
        let mut wanted = Computed {
            scope,
            generation,
            sort: self.sort,
            reversed: self.reversed,
            filter,
            all: 0,
        };
        let old = self.computed.take();
        if let Some(old) = &old {
            wanted.all = old.all;
            if *old == wanted {
                self.computed = Some(wanted);
                return;
            }
        }
        let narrowed = old.is_some_and(|old| {
            let same = Computed { filter: wanted.filter.clone(), ..old.clone() } == wanted;
            same && narrows(&old.filter, &wanted.filter)
        });
        if !narrowed {
            self.shown = order(catalog, &wanted);
            wanted.all = self.shown.len();
        }
        if !wanted.filter.is_empty() {
            retain_matches(&mut self.shown, catalog, &wanted);
        }
        self.computed = Some(wanted);
    }

    fn rows_in_sight(&self, entry: &Database, catalog: &Catalog, page: usize) -> Vec<TableRow> {
        let marked = if self.anchor.is_some() { self.marked(catalog) } else { Vec::new() };
        let schema = self.scope.as_ref().and_then(|scope| scope.schema.as_deref());
        let mut fuzzy = Fuzzy::new(self.filter.text());
        let row = |position: &usize| {
            let relation = catalog.relations.get(*position)?;
            let label = label(relation, schema);
            Some(TableRow {
                oid: relation.oid,
                matched: fuzzy.indices(&label),
                label,
                kind: relation.kind,
                is_partition: relation.parent.is_some(),
                tick: entry.selection.tick(&entry.index, relation.oid),
                predicate: entry.selection.predicate(relation.oid).map(str::to_owned),
                without_rows: entry.selection.is_without_rows(relation.oid),
                total_bytes: relation.total_bytes,
                rows_estimate: relation.rows_estimate,
                in_range: marked.contains(position),
            })
        };
        self.shown.iter().skip(self.cursor.offset()).take(page).filter_map(row).collect()
    }
}

/// Positions of what is in scope, in the order asked for.
fn order(catalog: &Catalog, wanted: &Computed) -> Vec<usize> {
    let schema = wanted.scope.schema.as_deref();
    let relations = catalog.relations.iter().enumerate();
    let mut order: Vec<(usize, &RelationInfo)> = relations
        .filter(|(_, relation)| schema.is_none_or(|schema| relation.name.schema == schema))
        .collect();
    match wanted.sort {
        Sort::Name => {}
        Sort::Size => order.sort_by_key(|(_, relation)| Reverse(relation.total_bytes)),
        // Uncounted tables come last, not as if they were empty.
        Sort::Rows => order.sort_by_key(|(_, relation)| Reverse(relation.rows_estimate)),
    }
    if wanted.reversed {
        order.reverse();
    }
    order.into_iter().map(|(position, _)| position).collect()
}

/// Keeps what the filter matches. Sorted by name the best match comes first; another order that was
/// asked for stays.
fn retain_matches(shown: &mut Vec<usize>, catalog: &Catalog, wanted: &Computed) {
    let schema = wanted.scope.schema.as_deref();
    let mut fuzzy = Fuzzy::new(&wanted.filter);
    let mut text = String::new();
    let mut scored: Vec<(u32, usize)> = Vec::new();
    for position in shown.iter() {
        let Some(relation) = catalog.relations.get(*position) else { continue };
        write_label(&mut text, relation, schema);
        if let Some(score) = fuzzy.score(&text) {
            scored.push((score, *position));
        }
    }
    if wanted.sort == Sort::Name {
        let place =
            |position: usize| if wanted.reversed { usize::MAX - position } else { position };
        scored.sort_by_key(|(score, position)| (Reverse(*score), place(*position)));
    }
    shown.clear();
    shown.extend(scored.into_iter().map(|(_, position)| position));
}

fn label(relation: &RelationInfo, schema: Option<&str>) -> String {
    let mut text = String::new();
    write_label(&mut text, relation, schema);
    text
}

/// The name, with its schema unless only one schema is shown.
fn write_label(text: &mut String, relation: &RelationInfo, schema: Option<&str>) {
    text.clear();
    if schema.is_none() {
        text.push_str(&relation.name.schema);
        text.push('.');
    }
    text.push_str(&relation.name.name);
}
