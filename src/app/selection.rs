//! What is ticked for a backup: a tri-state tree database → schema → relation → partition, kept by
//! oid, so that a reload, a sort or a filter never moves a tick.
//!
//! Only relations carry ticks; the state of a schema, a database and a partitioned table follows
//! from what is below it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::catalog::{Catalog, RelationInfo};
use crate::model::name::QualifiedName;

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
        while let Some(parent) = family.get(next).copied() {
            let children = self.children.get(&parent).into_iter().flatten();
            // A catalog that claims a circle must not hang us.
            let fresh: Vec<u32> = children.filter(|c| !family.contains(c)).copied().collect();
            family.extend(fresh);
            next += 1;
        }
        family
    }
}
