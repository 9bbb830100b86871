//! What is ticked for a backup: a tri-state tree database → schema → relation → partition, kept by
//! oid, so that a reload, a sort or a filter never moves a tick.
//!
//! Only relations carry ticks; the state of a schema, a database and a partitioned table follows
//! from what is below it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::catalog::{Catalog, RelationInfo};
use crate::model::name::QualifiedName;
use crate::model::pattern::Pattern;
use crate::model::spec::{self, RowFilter};

/// A tick box's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tick {
    /// Nothing below it is ticked.
    #[default]
    Off,
    /// Some of what is below it is ticked.
    Partial,
    /// Everything below it is ticked.
    On,
}

impl Tick {
    /// The state of a parent of these.
    #[must_use]
    pub fn of(children: impl IntoIterator<Item = bool>) -> Self {
        let (mut on, mut off) = (false, false);
        for child in children {
            if child {
                on = true;
            } else {
                off = true;
            }
            if on && off {
                return Self::Partial;
            }
        }
        if on { Self::On } else { Self::Off }
    }

    /// What a click makes of it: everything off if all was on, else everything on.
    #[must_use]
    pub fn toggled(self) -> bool {
        self != Self::On
    }
}

/// The ticks in one database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Ticked relations with the names they had when last seen.
    ticked: BTreeMap<u32, QualifiedName>,
    /// `--where` predicates.
    filters: BTreeMap<u32, String>,
    /// Tables whose rows stay out.
    without_rows: BTreeSet<u32>,
}

/// Looks up a catalog's relations by oid, and partitions by parent.
#[derive(Debug, Clone, Default)]
pub struct CatalogIndex {
    by_oid: HashMap<u32, usize>,
    children: HashMap<u32, Vec<u32>>,
}

impl CatalogIndex {
    /// Indexes a catalog.
    #[must_use]
    pub fn new(catalog: &Catalog) -> Self {
        let mut index = Self::default();
        for (i, relation) in catalog.relations.iter().enumerate() {
            index.by_oid.insert(relation.oid, i);
            if let Some(parent) = relation.parent {
                index.children.entry(parent).or_default().push(relation.oid);
            }
        }
        index
    }

    /// The relation's position in the catalog.
    #[must_use]
    pub fn position(&self, oid: u32) -> Option<usize> {
        self.by_oid.get(&oid).copied()
    }

    /// The relation with this oid.
    #[must_use]
    pub fn relation<'c>(&self, catalog: &'c Catalog, oid: u32) -> Option<&'c RelationInfo> {
        catalog.relations.get(self.position(oid)?)
    }

    /// The relation itself and all its partitions, theirs included.
    #[must_use]
    pub fn family(&self, oid: u32) -> Vec<u32> {
        let mut family = vec![oid];
        let mut next = 0;
        // A catalog that claims a circle must not hang us: nothing has more members than it.
        while next <= self.by_oid.len() {
            let Some(parent) = family.get(next) else { break };
            if let Some(children) = self.children.get(parent) {
                family.extend_from_slice(children);
            }
            next += 1;
        }
        family
    }
}

/// What is ticked, in figures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// The database's state.
    pub database: Tick,
    /// Each schema's state and number of relations.
    pub schemas: BTreeMap<String, (Tick, usize)>,
    /// Ticked relations.
    pub ticked: usize,
    /// Bytes on disk of the ticked ones.
    pub bytes: u64,
}

impl Selection {
    /// Whether nothing is ticked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ticked.is_empty()
    }

    /// The tick of a relation; a partitioned table's follows its partitions too.
    #[must_use]
    pub fn tick(&self, index: &CatalogIndex, oid: u32) -> Tick {
        Tick::of(index.family(oid).into_iter().map(|member| self.ticked.contains_key(&member)))
    }

    /// Ticks or unticks a relation and its partitions.
    pub fn set(&mut self, catalog: &Catalog, index: &CatalogIndex, oid: u32, on: bool) {
        for member in index.family(oid) {
            match index.relation(catalog, member) {
                Some(relation) if on => {
                    self.ticked.insert(member, relation.name.clone());
                }
                _ => {
                    self.ticked.remove(&member);
                }
            }
        }
    }

    /// Ticks or unticks all relations of a schema, or of the database.
    pub fn set_all(&mut self, catalog: &Catalog, schema: Option<&str>, on: bool) {
        for relation in in_schema(catalog, schema) {
            if on {
                self.ticked.insert(relation.oid, relation.name.clone());
            } else {
                self.ticked.remove(&relation.oid);
            }
        }
    }

    /// The state of a schema, or of the database.
    #[must_use]
    pub fn tick_of(&self, catalog: &Catalog, schema: Option<&str>) -> Tick {
        Tick::of(in_schema(catalog, schema).map(|r| self.ticked.contains_key(&r.oid)))
    }

    /// Turns each of these relations' own ticks over.
    pub fn invert<'c>(&mut self, relations: impl Iterator<Item = &'c RelationInfo>) {
        for relation in relations {
            if self.ticked.remove(&relation.oid).is_none() {
                self.ticked.insert(relation.oid, relation.name.clone());
            }
        }
    }

    /// Unticks everything; predicates and the like stay for the next time.
    pub fn clear(&mut self) {
        self.ticked.clear();
    }

    /// Ticks what the ticked tables reference by foreign key, and what that references; gives how
    /// many were added.
    pub fn add_referenced(&mut self, catalog: &Catalog, index: &CatalogIndex) -> usize {
        let before = self.ticked.len();
        let mut open: Vec<u32> = self.ticked.keys().copied().collect();
        while let Some(oid) = open.pop() {
            let Some(relation) = index.relation(catalog, oid) else { continue };
            for referenced in &relation.references {
                if !self.ticked.contains_key(referenced) {
                    self.set(catalog, index, *referenced, true);
                    open.extend(index.family(*referenced));
                }
            }
        }
        self.ticked.len() - before
    }

    /// The predicate that limits a table's rows.
    #[must_use]
    pub fn predicate(&self, oid: u32) -> Option<&str> {
        self.filters.get(&oid).map(String::as_str)
    }

    /// Limits a table's rows; an empty predicate lifts the limit.
    pub fn set_predicate(&mut self, oid: u32, predicate: &str) {
        if predicate.is_empty() {
            self.filters.remove(&oid);
        } else {
            self.filters.insert(oid, predicate.to_owned());
        }
    }

    /// Whether a table's rows stay out.
    #[must_use]
    pub fn is_without_rows(&self, oid: u32) -> bool {
        self.without_rows.contains(&oid)
    }

    /// Leaves a table's rows out, or takes them in again; says which it is now.
    pub fn toggle_without_rows(&mut self, oid: u32) -> bool {
        let out = self.without_rows.insert(oid);
        if !out {
            self.without_rows.remove(&oid);
        }
        out
    }

    /// Fits the ticks to a catalog that was read again: a table made anew under its old name keeps
    /// its tick. Gives the names of those that are gone.
    pub fn reconcile(&mut self, catalog: &Catalog, index: &CatalogIndex) -> Vec<QualifiedName> {
        let by_name: HashMap<&QualifiedName, u32> =
            catalog.relations.iter().map(|relation| (&relation.name, relation.oid)).collect();
        let mut gone = Vec::new();
        for (oid, name) in std::mem::take(&mut self.ticked) {
            let now = match index.relation(catalog, oid) {
                Some(relation) => Some((oid, relation.name.clone())),
                None => by_name.get(&name).map(|oid| (*oid, name.clone())),
            };
            match now {
                Some((now, name)) => {
                    self.follow(oid, now);
                    self.ticked.insert(now, name);
                }
                None => gone.push(name),
            }
        }
        self.filters.retain(|oid, _| index.position(*oid).is_some());
        self.without_rows.retain(|oid| index.position(*oid).is_some());
        gone
    }

    /// Moves what else is known of a table to its new oid.
    fn follow(&mut self, old: u32, new: u32) {
        if old == new {
            return;
        }
        if let Some(predicate) = self.filters.remove(&old) {
            self.filters.insert(new, predicate);
        }
        if self.without_rows.remove(&old) {
            self.without_rows.insert(new);
        }
    }

    /// What is ticked, in figures; one pass over the catalog.
    #[must_use]
    pub fn summary(&self, catalog: &Catalog) -> Summary {
        let mut summary = Summary { ticked: self.ticked.len(), ..Summary::default() };
        let mut counts: BTreeMap<&str, (usize, usize)> =
            catalog.schemas.iter().map(|schema| (schema.as_str(), (0, 0))).collect();
        for relation in &catalog.relations {
            let (all, on) = counts.entry(&relation.name.schema).or_default();
            *all += 1;
            if self.ticked.contains_key(&relation.oid) {
                *on += 1;
                summary.bytes += relation.total_bytes;
            }
        }
        let (mut all_sum, mut on_sum) = (0, 0);
        for (schema, (all, on)) in counts {
            all_sum += all;
            on_sum += on;
            summary.schemas.insert(schema.to_owned(), (tick_of_counts(all, on), all));
        }
        summary.database = tick_of_counts(all_sum, on_sum);
        summary
    }

    /// The ticks as a spec: everything, whole schemas, or tables one by one. Predicates and
    /// left-out rows go in where they touch something that is taken.
    #[must_use]
    pub fn to_spec(&self, catalog: &Catalog, index: &CatalogIndex) -> spec::Selection {
        let summary = self.summary(catalog);
        let mut spec = self.row_rules(catalog, index, |oid| self.ticked.contains_key(&oid));
        let touched = || summary.schemas.iter().filter(|(_, (tick, _))| *tick != Tick::Off);
        if summary.database == Tick::On {
            return spec;
        }
        if touched().all(|(_, (tick, _))| *tick == Tick::On) {
            spec.schemas = touched().map(|(name, _)| Pattern::exact_schema(name)).collect();
        } else {
            spec.tables = self.ticked.values().map(Pattern::exact).collect();
            spec.tables.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        }
        spec
    }

    /// A spec that takes everything, with only the rules about rows of these tables.
    #[must_use]
    pub fn row_rules(
        &self,
        catalog: &Catalog,
        index: &CatalogIndex,
        taken: impl Fn(u32) -> bool,
    ) -> spec::Selection {
        let pattern = |oid: u32| {
            index.relation(catalog, oid).filter(|_| taken(oid)).map(|r| Pattern::exact(&r.name))
        };
        let filters = self.filters.iter().filter_map(|(oid, predicate)| {
            pattern(*oid).map(|table| RowFilter { table, predicate: predicate.clone() })
        });
        spec::Selection {
            exclude_table_data: self.without_rows.iter().filter_map(|oid| pattern(*oid)).collect(),
            filters: filters.collect(),
            ..spec::Selection::default()
        }
    }
}

fn in_schema<'c>(
    catalog: &'c Catalog,
    schema: Option<&'c str>,
) -> impl Iterator<Item = &'c RelationInfo> {
    catalog.relations.iter().filter(move |r| schema.is_none_or(|schema| r.name.schema == schema))
}

fn tick_of_counts(all: usize, on: usize) -> Tick {
    match on {
        0 => Tick::Off,
        on if on == all => Tick::On,
        _ => Tick::Partial,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::RelationKind;
    use proptest::prelude::*;

    /// Relations as (oid, schema, parent, references).
    fn catalog(relations: &[(u32, &str, Option<u32>, &[u32])]) -> Catalog {
        let relations: Vec<RelationInfo> = relations
            .iter()
            .map(|(oid, schema, parent, references)| RelationInfo {
                oid: *oid,
                name: QualifiedName::new(*schema, format!("t{oid}")),
                kind: RelationKind::Table,
                total_bytes: 10,
                data_bytes: 8,
                rows_estimate: None,
                owner: "me".into(),
                parent: *parent,
                references: references.to_vec(),
            })
            .collect();
        let mut schemas: Vec<String> = relations.iter().map(|r| r.name.schema.clone()).collect();
        schemas.dedup();
        Catalog { database: "shop".into(), schemas, relations }
    }

    fn shop() -> Catalog {
        catalog(&[
            (1, "a", None, &[2]),
            (2, "a", None, &[3]),
            (3, "b", None, &[1]),
            (4, "b", None, &[]),
            (5, "c", None, &[]),
            (6, "c", Some(5), &[]),
            (7, "c", Some(6), &[]),
        ])
    }

    fn texts(patterns: &[Pattern]) -> Vec<&str> {
        patterns.iter().map(Pattern::as_str).collect()
    }

    #[test]
    fn a_partitioned_table_takes_its_partitions_with_it_and_follows_them() {
        let (catalog, mut selection) = (shop(), Selection::default());
        let index = CatalogIndex::new(&catalog);
        selection.set(&catalog, &index, 5, true);
        assert_eq!(selection.tick(&index, 7), Tick::On);
        selection.set(&catalog, &index, 7, false);
        assert_eq!(selection.tick(&index, 5), Tick::Partial);
        selection.set(&catalog, &index, 5, false);
        assert!(selection.is_empty());
    }

    #[test]
    fn references_are_followed_around_circles() {
        let (catalog, mut selection) = (shop(), Selection::default());
        let index = CatalogIndex::new(&catalog);
        selection.set(&catalog, &index, 1, true);
        assert_eq!(selection.add_referenced(&catalog, &index), 2);
        assert_eq!(selection.add_referenced(&catalog, &index), 0);
        assert_eq!(selection.tick(&index, 3), Tick::On);
        assert_eq!(selection.tick(&index, 4), Tick::Off);
    }

    #[test]
    fn a_spec_names_everything_whole_schemas_or_tables() {
        let (catalog, mut selection) = (shop(), Selection::default());
        let index = CatalogIndex::new(&catalog);
        selection.set_all(&catalog, Some("a"), true);
        selection.set_predicate(1, "id > 5");
        selection.set_predicate(4, "not ticked");
        selection.toggle_without_rows(2);
        let spec = selection.to_spec(&catalog, &index);
        assert_eq!((texts(&spec.schemas), texts(&spec.tables)), (vec!["a"], vec![]));
        assert_eq!(spec.filters.len(), 1);
        assert_eq!(spec.filters[0].predicate, "id > 5");
        assert_eq!(texts(&spec.exclude_table_data), ["a.t2"]);
        selection.set(&catalog, &index, 4, true);
        let spec = selection.to_spec(&catalog, &index);
        assert_eq!(
            (texts(&spec.schemas), texts(&spec.tables)),
            (vec![], vec!["a.t1", "a.t2", "b.t4"])
        );
        selection.set_all(&catalog, None, true);
        assert!(selection.to_spec(&catalog, &index).is_everything());
    }

    #[test]
    fn a_table_made_anew_keeps_its_tick_and_a_dropped_one_is_named() {
        let (old, mut selection) = (shop(), Selection::default());
        let index = CatalogIndex::new(&old);
        selection.set(&old, &index, 1, true);
        selection.set(&old, &index, 4, true);
        selection.set_predicate(1, "id > 5");
        let mut new = old.clone();
        new.relations.retain(|relation| relation.oid != 4);
        new.relations[0].oid = 99;
        let index = CatalogIndex::new(&new);
        assert_eq!(selection.reconcile(&new, &index), [QualifiedName::new("b", "t4")]);
        assert_eq!(selection.tick(&index, 99), Tick::On);
        assert_eq!(selection.predicate(99), Some("id > 5"));
    }

    #[derive(Debug, Clone)]
    enum Act {
        Toggle(u32),
        Schema(usize, bool),
        All(bool),
        Invert,
        References,
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            4 => (1u32..8).prop_map(Act::Toggle),
            2 => (0usize..3, any::<bool>()).prop_map(|(s, on)| Act::Schema(s, on)),
            1 => any::<bool>().prop_map(Act::All),
            1 => Just(Act::Invert),
            1 => Just(Act::References),
        ]
    }

    fn perform(selection: &mut Selection, catalog: &Catalog, index: &CatalogIndex, act: &Act) {
        match act {
            Act::Toggle(oid) => {
                let on = selection.tick(index, *oid).toggled();
                selection.set(catalog, index, *oid, on);
            }
            Act::Schema(s, on) => {
                let schema = catalog.schemas[*s].clone();
                selection.set_all(catalog, Some(&schema), *on);
            }
            Act::All(on) => selection.set_all(catalog, None, *on),
            Act::Invert => selection.invert(catalog.relations.iter()),
            Act::References => {
                selection.add_referenced(catalog, index);
            }
        }
    }

    proptest! {
        #[test]
        fn the_tree_keeps_its_laws(acts in prop::collection::vec(act(), 0..30), oid in 1u32..8) {
            let (catalog, mut selection) = (shop(), Selection::default());
            let index = CatalogIndex::new(&catalog);
            for act in &acts {
                perform(&mut selection, &catalog, &index, act);
            }
            // A parent is the join of its children, at each level and by each way of asking.
            let summary = selection.summary(&catalog);
            prop_assert_eq!(summary.database, selection.tick_of(&catalog, None));
            for (schema, (tick, _)) in &summary.schemas {
                prop_assert_eq!(*tick, selection.tick_of(&catalog, Some(schema)));
            }
            let all_on = summary.schemas.values().all(|(tick, _)| *tick == Tick::On);
            prop_assert_eq!(summary.database == Tick::On, all_on);
            let all_off = summary.schemas.values().all(|(tick, _)| *tick == Tick::Off);
            prop_assert_eq!(summary.database == Tick::Off, all_off);
            // Inverting twice changes nothing.
            let before = selection.clone();
            selection.invert(catalog.relations.iter());
            selection.invert(catalog.relations.iter());
            prop_assert_eq!(&selection, &before);
            // Setting is what it says, and setting twice is setting once.
            for on in [true, false] {
                selection.set(&catalog, &index, oid, on);
                prop_assert_eq!(selection.tick(&index, oid), if on { Tick::On } else { Tick::Off });
                let once = selection.clone();
                selection.set(&catalog, &index, oid, on);
                prop_assert_eq!(&selection, &once);
            }
            // The order of the catalog does not matter, and rereading it changes nothing.
            let mut turned = catalog.clone();
            turned.relations.reverse();
            let other = CatalogIndex::new(&turned);
            let before = selection.clone();
            prop_assert!(selection.reconcile(&turned, &other).is_empty());
            prop_assert_eq!(&selection, &before);
            prop_assert_eq!(selection.summary(&turned), selection.summary(&catalog));
        }
    }
}
