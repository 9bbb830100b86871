//! Turns the chosen entries into a graph of work: what waits for what, what fails with what, and
//! what may not run beside what. Pure.
//!
//! ```text
//!  stage   Before ─► Main ─────────────────► Grants ─► Last
//!          one by    rows, indexes,          ACL       event triggers,
//!          one       constraints, triggers             REFRESH, properties
//! ```
//! Entries of the third section that depend on a table wait for its rows, and for those of its
//! partitions, so that indexes are built once and foreign keys find what they check.

use std::collections::{HashMap, HashSet};

use crate::archive::kind;
use crate::archive::toc::TocEntry;
use crate::model::spec::Section;

use super::select::Choice;

/// A part of a restore that ends before the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Stage {
    /// Definitions that rows need, in the archive's order.
    Before,
    /// Rows and what is built over them.
    Main,
    /// Grants, when everything they could hinder is done.
    Grants,
    /// What would interfere with the rest.
    Last,
}

impl Stage {
    /// All stages in order.
    pub(super) const ALL: [Self; 4] = [Self::Before, Self::Main, Self::Grants, Self::Last];
}

/// How a piece of work uses a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lock {
    /// Beside others of its kind, such as index builds.
    Shared,
    /// Alone.
    Exclusive,
}

/// One piece of work. Numbers are positions of entries in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// The entry.
    pub(super) entry: usize,
    /// Whether anything is to be done; if not, it is done as soon as it is its turn.
    pub(super) wanted: bool,
    /// Its stage.
    pub(super) stage: Stage,
    /// Entries of the same stage that must be done before.
    pub(super) after: Vec<usize>,
    /// Entries without which this one makes no sense.
    pub(super) needs: Vec<usize>,
    /// Tables, by dump id, and how they are used.
    pub(super) locks: Vec<(u32, Lock)>,
    /// Bytes that the work has to deal with.
    pub(super) size: u64,
}

/// Whether work follows the given order strictly or only dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// One after the other, as listed.
    Strict,
    /// Whatever is ready, largest first.
    Free,
    /// As `Free`, but the rows of a table come after those that its foreign keys point to: what
    /// rows alone need where the keys are in force.
    ByReference,
}

/// Builds the graph. `sizes` has the bytes of each entry's data block.
pub(super) fn build(
    entries: &[TocEntry],
    choice: &Choice,
    sizes: &[u64],
    order: Order,
) -> Vec<Node> {
    let index = Index::new(entries);
    let mut nodes: Vec<Node> =
        (0..entries.len()).filter_map(|at| index.node(at, choice, sizes)).collect();
    if order == Order::ByReference {
        index.follow_references(&mut nodes);
    }
    chain(&mut nodes, choice, order);
    nodes
}

/// Where things are in the archive.
struct Index<'a> {
    entries: &'a [TocEntry],
    sections: Vec<Section>,
    positions: HashMap<u32, usize>,
    /// Rows of each table, those of its partitions included, by the table's dump id.
    rows: HashMap<u32, Vec<usize>>,
    /// Partitions of each partitioned table, however deep, by dump id.
    partitions: HashMap<u32, Vec<u32>>,
    /// The grants on each schema, by its name.
    schema_grants: HashMap<&'a str, usize>,
}

impl<'a> Index<'a> {
    fn new(entries: &'a [TocEntry]) -> Self {
        let positions: HashMap<u32, usize> =
            entries.iter().enumerate().map(|(at, entry)| (entry.id, at)).collect();
        let sections = kind::sections(entries);
        let mut index = Self {
            entries,
            sections,
            positions,
            rows: HashMap::new(),
            partitions: HashMap::new(),
            schema_grants: HashMap::new(),
        };
        index.find_partitions();
        index.find_rows();
        index.find_schema_grants();
        index
    }

    fn entry(&self, id: u32) -> Option<&'a TocEntry> {
        self.entries.get(*self.positions.get(&id)?)
    }

    fn relations(&self, entry: &'a TocEntry) -> impl Iterator<Item = u32> {
        let is_relation = |id: &u32| self.entry(*id).is_some_and(kind::is_relation);
        entry.dependencies.iter().copied().filter(is_relation)
    }

    fn find_partitions(&mut self) {
        let mut parent_of = HashMap::new();
        for entry in self.entries.iter().filter(|entry| entry.desc == "TABLE ATTACH") {
            let is_child = |id: &u32| {
                self.entry(*id).is_some_and(|table| {
                    table.tag == entry.tag && table.namespace == entry.namespace
                })
            };
            let Some(child) = self.relations(entry).find(is_child) else { continue };
            if let Some(parent) = self.relations(entry).find(|id| *id != child) {
                parent_of.insert(child, parent);
            }
        }
        for child in parent_of.keys() {
            let mut seen = HashSet::new();
            let mut at = child;
            // `seen` ends a circle that only a damaged archive can have.
            while let Some(parent) = parent_of.get(at).filter(|parent| seen.insert(**parent)) {
                self.partitions.entry(*parent).or_default().push(*child);
                at = parent;
            }
        }
    }

    fn find_rows(&mut self) {
        let mut own: HashMap<u32, Vec<usize>> = HashMap::new();
        for (at, entry) in self.entries.iter().enumerate() {
            if entry.desc == "TABLE DATA"
                && let Some(table) = self.relations(entry).next()
            {
                own.entry(table).or_default().push(at);
            }
        }
        let rows_of_partitions: Vec<(u32, Vec<usize>)> = self
            .partitions
            .iter()
            .map(|(parent, children)| {
                let rows = children.iter().filter_map(|child| own.get(child));
                (*parent, rows.flatten().copied().collect())
            })
            .collect();
        self.rows = own;
        for (parent, rows) in rows_of_partitions {
            self.rows.entry(parent).or_default().extend(rows);
        }
    }

    fn find_schema_grants(&mut self) {
        for (at, entry) in self.entries.iter().enumerate().filter(|(_, entry)| entry.desc == "ACL")
        {
            let on = entry.dependencies.iter().find_map(|id| self.entry(*id));
            if let Some(schema) = on.filter(|on| on.desc == "SCHEMA") {
                self.schema_grants.insert(&schema.tag, at);
            }
        }
    }

    /// What a role that passes on a grant must have before: the use of the schema.
    fn grants_before(&self, entry: &TocEntry) -> Option<usize> {
        let schema = entry.namespace.as_deref().filter(|_| entry.desc == "ACL")?;
        self.schema_grants.get(schema).copied()
    }

    /// Makes the rows of every table wait for those that it references.
    fn follow_references(&self, nodes: &mut [Node]) {
        let rows_of = |id: u32| self.rows.get(&id).into_iter().flatten().copied();
        for entry in self.entries.iter().filter(|entry| entry.desc == "FK CONSTRAINT") {
            let is_own = |id: &u32| {
                self.entry(*id).is_some_and(|table| kind::split_tag(entry, &table.tag).is_some())
            };
            let (own, others): (Vec<u32>, Vec<u32>) = self.relations(entry).partition(is_own);
            for at in own.into_iter().flat_map(rows_of) {
                let referenced = others.iter().copied().flat_map(rows_of);
                if let Some(node) = nodes.get_mut(at) {
                    node.after.extend(referenced.filter(|other| *other != at));
                    node.after = unique(std::mem::take(&mut node.after));
                }
            }
        }
    }

    fn node(&self, at: usize, choice: &Choice, sizes: &[u64]) -> Option<Node> {
        let entry = self.entries.get(at)?;
        let section = *self.sections.get(at)?;
        let stage = stage_of(entry, section);
        let mut size = sizes.get(at).copied().unwrap_or(0);
        let mut after = Vec::new();
        let mut needs = Vec::new();
        for id in &entry.dependencies {
            let Some(position) = self.positions.get(id).filter(|position| **position != at) else {
                continue;
            };
            needs.extend(self.entry(*id).is_some_and(|on| is_need(entry, on)).then_some(*position));
            after.push(*position);
            if section == Section::PostData
                && let Some(rows) = self.rows.get(id)
            {
                after.extend(rows);
                size = rows.iter().filter_map(|at| sizes.get(*at)).fold(size, |a, b| a.max(*b));
            }
        }
        after.extend(self.grants_before(entry));
        let wanted = choice.takes(at);
        let locks = if wanted { self.locks(entry, section, stage) } else { Vec::new() };
        Some(Node {
            entry: at,
            wanted,
            stage,
            after: unique(after),
            needs: unique(needs),
            locks,
            size,
        })
    }

    /// `CREATE INDEX` shares its table with other index builds; everything else over tables wants
    /// them alone, and its partitions with them. Grants on one object must not meet either.
    fn locks(&self, entry: &'a TocEntry, section: Section, stage: Stage) -> Vec<(u32, Lock)> {
        let over_tables = section == Section::PostData || stage == Stage::Last;
        let mut locks: Vec<(u32, Lock)> = match stage {
            Stage::Grants => entry.dependencies.iter().map(|id| (*id, Lock::Exclusive)).collect(),
            _ if !over_tables => Vec::new(),
            _ => {
                let lock = if entry.desc == "INDEX" { Lock::Shared } else { Lock::Exclusive };
                let tables = self.relations(entry).flat_map(|id| {
                    let partitions = self.partitions.get(&id).into_iter().flatten().copied();
                    std::iter::once(id).chain(partitions)
                });
                tables.map(|id| (id, lock)).collect()
            }
        };
        locks.sort_unstable();
        locks.dedup();
        locks
    }
}

/// Whether an entry is pointless without the other. A partition's index can do without its parent's.
fn is_need(entry: &TocEntry, on: &TocEntry) -> bool {
    let is_index = |entry: &TocEntry| matches!(entry.desc.as_str(), "INDEX" | "CONSTRAINT");
    !(is_index(entry) && is_index(on))
}

fn stage_of(entry: &TocEntry, section: Section) -> Stage {
    let of_event_trigger = kind::is_label(entry) && entry.tag.starts_with("EVENT TRIGGER ");
    match entry.desc.as_str() {
        // Settings of the database would reach the sessions that still restore.
        "DATABASE PROPERTIES" | "EVENT TRIGGER" | "MATERIALIZED VIEW DATA" => Stage::Last,
        "STATISTICS DATA" if section == Section::PostData => Stage::Last,
        _ if of_event_trigger => Stage::Last,
        "ACL" | "DEFAULT ACL" => Stage::Grants,
        _ if section == Section::PreData => Stage::Before,
        _ => Stage::Main,
    }
}

/// Makes the data of entries wait for what comes before it in `passing`.
pub(super) fn in_turn(nodes: &mut [Node], passing: &[usize]) {
    let mut previous = None;
    for at in passing {
        // There is one node an entry, in the same order.
        let Some(node) = nodes.get_mut(*at).filter(|node| node.wanted) else { continue };
        node.after.extend(previous);
        previous = Some(*at);
    }
}

/// Puts nodes one behind the other: those of the first stage always, all of them on request.
fn chain(nodes: &mut [Node], choice: &Choice, order: Order) {
    if order == Order::Strict {
        for node in nodes.iter_mut().filter(|node| node.stage == Stage::Before) {
            node.stage = Stage::Main;
        }
    }
    for stage in Stage::ALL {
        if order != Order::Strict && stage != Stage::Before {
            continue;
        }
        let mut previous = None;
        for at in &choice.order {
            // There is one node an entry, in the same order.
            let Some(node) = nodes.get_mut(*at).filter(|node| node.stage == stage) else {
                continue;
            };
            node.after = previous.into_iter().collect();
            previous = Some(*at);
        }
    }
}

fn unique(mut list: Vec<usize>) -> Vec<usize> {
    list.sort_unstable();
    list.dedup();
    list
}

#[cfg(test)]
mod tests;
