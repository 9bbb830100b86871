//! Whole tables: the tables named, all that belongs to them, and all that they need. Pure.
//!
//! ```text
//!  named tables ──► partitions of them                              (members)
//!       │
//!       ├─ belongs: rows, defaults, sequences, indexes, constraints, triggers, rules, policies …
//!       │           foreign keys: taken when the other side is a member too, else left open
//!       └─ needs:   schemas, types, functions, extensions, parents: whatever dependencies name
//! ```

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::archive::toc::TocEntry;
use crate::error::Result;
use crate::model::name::QualifiedName;
use crate::model::pattern::{Pattern, TableMatcher};
use crate::model::spec::RestoreSpec;

use super::kind;
use super::names::name_after;
use super::select::{OpenReference, compile, require_matches};

/// The entries that whole tables are made of.
#[derive(Debug, Default)]
pub(super) struct Whole {
    taken: HashSet<usize>,
    /// Why an entry that belongs to no named table is there.
    pub(super) because: HashMap<usize, String>,
    /// Foreign keys whose other side is not a member.
    pub(super) open_references: Vec<OpenReference>,
}

impl Whole {
    /// Whether the entry at this position is taken.
    pub(super) fn contains(&self, at: usize) -> bool {
        self.taken.contains(&at)
    }
}

/// Works out the closure of `spec.whole_tables`.
pub(super) fn close(entries: &[TocEntry], spec: &RestoreSpec) -> Result<Whole> {
    if spec.whole_tables.is_empty() {
        return Ok(Whole::default());
    }
    let matchers = compile(&spec.whole_tables, Pattern::compile)?;
    require_matches(&spec.whole_tables, &matchers, "table or view", |matcher| {
        entries.iter().any(|entry| is_named(entry, std::slice::from_ref(matcher)))
    })?;
    let excluded = compile(&spec.exclude_schemas, Pattern::compile_schema)?;
    let allowed = |entry: &TocEntry| {
        let namespace = entry.namespace.as_deref().unwrap_or_default();
        !excluded.iter().any(|matcher| matcher.matches(namespace))
    };
    let mut closure = Closure::new(entries);
    for (at, entry) in entries.iter().enumerate() {
        if is_named(entry, &matchers) && allowed(entry) {
            closure.members.insert(at);
        }
    }
    closure.add_partitions();
    closure.add_belongings();
    closure.add_needs();
    closure.add_labels();
    Ok(closure.whole)
}

fn is_named(entry: &TocEntry, matchers: &[TableMatcher]) -> bool {
    let namespace = entry.namespace.as_deref().unwrap_or_default();
    kind::is_relation(entry) && matchers.iter().any(|m| m.matches(namespace, &entry.tag))
}

struct Closure<'a> {
    entries: &'a [TocEntry],
    positions: HashMap<u32, usize>,
    /// Positions of the tables asked for, and of their partitions.
    members: BTreeSet<usize>,
    whole: Whole,
}

impl<'a> Closure<'a> {
    fn new(entries: &'a [TocEntry]) -> Self {
        let positions = entries.iter().enumerate().map(|(at, entry)| (entry.id, at)).collect();
        Self { entries, positions, members: BTreeSet::new(), whole: Whole::default() }
    }

    fn dependencies(&self, entry: &'a TocEntry) -> impl Iterator<Item = (usize, &'a TocEntry)> {
        let found = |id: &u32| {
            let at = *self.positions.get(id)?;
            Some((at, self.entries.get(at)?))
        };
        entry.dependencies.iter().filter_map(found)
    }

    /// A partitioned table holds its rows in its partitions, however deep.
    fn add_partitions(&mut self) {
        loop {
            let before = self.members.len();
            for entry in self.entries.iter().filter(|entry| entry.desc == "TABLE ATTACH") {
                let Some(child) = self.owner(entry) else { continue };
                let of_member = self
                    .dependencies(entry)
                    .any(|(at, _)| at != child && self.members.contains(&at));
                if of_member {
                    self.members.insert(child);
                }
            }
            if self.members.len() == before {
                return;
            }
        }
    }

    fn add_belongings(&mut self) {
        self.whole.taken.extend(self.members.iter().copied());
        for (at, entry) in self.entries.iter().enumerate() {
            if !self.owner(entry).is_some_and(|owner| self.members.contains(&owner)) {
                continue;
            }
            if entry.desc == "FK CONSTRAINT"
                && !self.references_member(entry)
                && let Some(table) = referenced(entry)
            {
                self.whole.open_references.push(OpenReference { entry: at, table });
            }
            self.whole.taken.insert(at);
        }
    }

    /// The relation that an entry belongs to.
    fn owner(&self, entry: &'a TocEntry) -> Option<usize> {
        let same_schema = |other: &TocEntry| other.namespace == entry.namespace;
        let mut relations = self.dependencies(entry).filter(|(_, dep)| kind::is_relation(dep));
        let found = match entry.desc.as_str() {
            _ if kind::has_compound_tag(entry) => relations.find(|(_, table)| {
                same_schema(table) && kind::split_tag(entry, &table.tag).is_some()
            }),
            "TABLE ATTACH" | "TABLE DATA" | "MATERIALIZED VIEW DATA" | "ROW SECURITY" => {
                relations.find(|(_, table)| same_schema(table) && table.tag == entry.tag)
            }
            "INDEX" => relations.find(|(_, table)| same_schema(table)),
            "STATISTICS" | "SEQUENCE" => relations.next(),
            "STATISTICS DATA" => relations.next().or_else(|| {
                let mut indexes = self.dependencies(entry).filter(|(_, dep)| dep.desc == "INDEX");
                let (_, index) = indexes.next()?;
                let at = self.owner(index)?;
                Some((at, self.entries.get(at)?))
            }),
            "INDEX ATTACH" => return self.owner_of_index(entry),
            "SEQUENCE OWNED BY" | "SEQUENCE SET" => return self.owner_of_sequence(entry),
            _ => None,
        };
        found.map(|(at, _)| at)
    }

    /// An attachment belongs to the table of the partition's index.
    fn owner_of_index(&self, entry: &'a TocEntry) -> Option<usize> {
        let mut indexes = self.dependencies(entry).filter(|(_, dep)| {
            dep.namespace == entry.namespace
                && (dep.tag == entry.tag || dep.tag.ends_with(&format!(" {}", entry.tag)))
        });
        indexes.find_map(|(_, index)| self.owner(index))
    }

    fn owner_of_sequence(&self, entry: &'a TocEntry) -> Option<usize> {
        let mut sequences = self.dependencies(entry).filter(|(_, dep)| dep.desc == "SEQUENCE");
        sequences.find_map(|(_, sequence)| self.owner(sequence))
    }

    fn references_member(&self, entry: &'a TocEntry) -> bool {
        let Some(name) = referenced(entry) else { return true };
        self.members
            .iter()
            .filter_map(|at| self.entries.get(*at))
            .any(|table| table.namespace.as_deref() == Some(&name.schema) && table.tag == name.name)
    }

    /// Everything that what was taken so far depends on, except by foreign keys.
    fn add_needs(&mut self) {
        let mut open: Vec<usize> = self.whole.taken.iter().copied().collect();
        open.sort_unstable();
        while let Some(at) = open.pop() {
            let Some(entry) = self.entries.get(at) else { continue };
            if entry.desc == "FK CONSTRAINT" {
                continue;
            }
            let needed: Vec<usize> = self.dependencies(entry).map(|(at, _)| at).collect();
            for other in needed {
                if self.whole.taken.insert(other) {
                    self.whole.because.insert(other, format!("needed by {}", kind::label(entry)));
                    open.push(other);
                    open.extend(self.value_of_sequence(other));
                }
            }
        }
    }

    /// A sequence that a default draws from is of no use without its value.
    fn value_of_sequence(&mut self, sequence: usize) -> Option<usize> {
        let entry = self.entries.get(sequence).filter(|entry| entry.desc == "SEQUENCE")?;
        let sets_it = |other: &TocEntry| {
            other.desc == "SEQUENCE SET" && other.dependencies.contains(&entry.id)
        };
        let at = self.entries.iter().position(sets_it)?;
        let reason = format!("value of {}", kind::label(entry));
        self.whole.taken.insert(at).then(|| {
            self.whole.because.insert(at, reason);
            at
        })
    }

    /// Comments, grants and labels follow what they hang on.
    fn add_labels(&mut self) {
        for (at, entry) in self.entries.iter().enumerate() {
            let parent = self
                .dependencies(entry)
                .filter(|(_, dep)| dep.desc != "ACL")
                .find(|(at, _)| self.whole.taken.contains(at));
            let Some((parent, _)) = parent.filter(|_| kind::is_label(entry)) else { continue };
            self.whole.taken.insert(at);
            if let Some(reason) = self.whole.because.get(&parent).cloned() {
                self.whole.because.insert(at, reason);
            }
        }
    }
}

/// The table that a foreign key points to.
fn referenced(entry: &TocEntry) -> Option<QualifiedName> {
    name_after(entry.defn.as_deref()?, "REFERENCES ")
}

#[cfg(test)]
mod tests;
