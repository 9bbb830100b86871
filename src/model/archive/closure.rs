//! What has to come along with the objects picked from an archive. Pure.
//!
//! ```text
//!  picked ──► partitions of the tables                              (members)
//!     │
//!     ├─ belongs: rows, defaults, sequences, indexes, constraints, triggers, rules, policies …
//!     │           foreign keys: taken when the other side is a member too, else left open
//!     └─ needs:   schemas, types, functions, extensions, parents: whatever dependencies name
//! ```

use std::collections::{BTreeSet, HashMap, HashSet};

use super::object::Object;

/// Positions of entries, by why they are taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Closure {
    /// The tables picked, and their partitions.
    pub members: BTreeSet<usize>,
    /// Everything that is taken, the foreign keys left open included.
    pub taken: BTreeSet<usize>,
    /// Why an entry is taken that belongs to nothing that was picked.
    pub because: HashMap<usize, String>,
    /// Foreign keys to tables that are no members: whether they can be made depends on the target.
    pub open_references: Vec<usize>,
}

/// Works out what comes along with the entries at the positions `picked`.
#[must_use]
pub fn close(objects: &[Object<'_>], picked: impl IntoIterator<Item = usize>) -> Closure {
    let mut work = Work::new(objects);
    for at in picked {
        let Some(object) = objects.get(at) else { continue };
        work.closure.taken.insert(at);
        if object.is_relation() {
            work.closure.members.insert(at);
        }
    }
    work.add_partitions();
    work.add_belongings();
    work.add_needs();
    work.add_labels();
    work.closure
}

/// The entries at the positions `picked`, the partitions of the tables among them, and everything
/// that belongs to those: rows, defaults, indexes, constraints, comments, grants.
#[must_use]
pub fn belongings(
    objects: &[Object<'_>],
    picked: impl IntoIterator<Item = usize>,
) -> BTreeSet<usize> {
    let mut work = Work::new(objects);
    for at in picked {
        work.closure.taken.insert(at);
        if objects.get(at).is_some_and(Object::is_relation) {
            work.closure.members.insert(at);
        }
    }
    work.add_partitions();
    work.add_belongings();
    work.add_labels();
    work.closure.taken
}

struct Work<'a, 'o> {
    objects: &'a [Object<'o>],
    positions: HashMap<u32, usize>,
    /// The `SEQUENCE SET` of each sequence, by the sequence's dump id.
    values: HashMap<u32, usize>,
    closure: Closure,
}

impl<'a, 'o> Work<'a, 'o> {
    fn new(objects: &'a [Object<'o>]) -> Self {
        let positions = objects.iter().enumerate().map(|(at, object)| (object.id, at)).collect();
        let values = objects
            .iter()
            .enumerate()
            .filter(|(_, object)| object.desc == "SEQUENCE SET")
            .flat_map(|(at, object)| object.dependencies.iter().map(move |id| (*id, at)))
            .collect();
        Self { objects, positions, values, closure: Closure::default() }
    }

    fn dependencies(&self, object: &Object<'o>) -> std::vec::IntoIter<(usize, &'a Object<'o>)> {
        let found = |id: &u32| {
            let at = *self.positions.get(id)?;
            Some((at, self.objects.get(at)?))
        };
        let list: Vec<_> = object.dependencies.iter().filter_map(found).collect();
        list.into_iter()
    }

    /// A partitioned table holds its rows in its partitions, however deep.
    fn add_partitions(&mut self) {
        loop {
            let before = self.closure.members.len();
            for object in self.objects.iter().filter(|object| object.desc == "TABLE ATTACH") {
                let Some(child) = self.owner(object) else { continue };
                let of_member = self
                    .dependencies(object)
                    .any(|(at, _)| at != child && self.closure.members.contains(&at));
                if of_member {
                    self.closure.members.insert(child);
                }
            }
            if self.closure.members.len() == before {
                return;
            }
        }
    }

    fn add_belongings(&mut self) {
        let members = self.closure.members.clone();
        self.closure.taken.extend(members.iter().copied());
        for (at, object) in self.objects.iter().enumerate() {
            if !self.owner(object).is_some_and(|owner| members.contains(&owner)) {
                continue;
            }
            let is_open =
                |(at, other): (usize, &Object<'_>)| other.is_relation() && !members.contains(&at);
            if object.desc == "FK CONSTRAINT" && self.dependencies(object).any(is_open) {
                self.closure.open_references.push(at);
            }
            self.closure.taken.insert(at);
        }
    }

    /// The relation that an entry belongs to.
    fn owner(&self, object: &Object<'o>) -> Option<usize> {
        let same_schema = |other: &Object<'_>| other.namespace == object.namespace;
        let mut relations = self.dependencies(object).filter(|(_, other)| other.is_relation());
        let found = match object.desc {
            _ if object.has_compound_tag() => relations
                .find(|(_, table)| same_schema(table) && object.own_name(table.tag).is_some()),
            "TABLE ATTACH" | "TABLE DATA" | "MATERIALIZED VIEW DATA" | "ROW SECURITY" => {
                relations.find(|(_, table)| same_schema(table) && table.tag == object.tag)
            }
            "INDEX" => relations.find(|(_, table)| same_schema(table)),
            "STATISTICS" | "SEQUENCE" => relations.next(),
            "STATISTICS DATA" => relations.next().or_else(|| {
                let mut indexes = self.dependencies(object).filter(|(_, o)| o.desc == "INDEX");
                let (_, index) = indexes.next()?;
                let at = self.owner(index)?;
                Some((at, self.objects.get(at)?))
            }),
            "INDEX ATTACH" => return self.owner_of_index(object),
            "SEQUENCE OWNED BY" | "SEQUENCE SET" => return self.owner_of_sequence(object),
            _ => None,
        };
        found.map(|(at, _)| at)
    }

    /// An attachment belongs to the table of the partition's index.
    fn owner_of_index(&self, object: &Object<'o>) -> Option<usize> {
        let mut indexes = self.dependencies(object).filter(|(_, other)| {
            other.namespace == object.namespace
                && (other.tag == object.tag || other.tag.ends_with(&format!(" {}", object.tag)))
        });
        indexes.find_map(|(_, index)| self.owner(index))
    }

    fn owner_of_sequence(&self, object: &Object<'o>) -> Option<usize> {
        let mut sequences = self.dependencies(object).filter(|(_, o)| o.desc == "SEQUENCE");
        sequences.find_map(|(_, sequence)| self.owner(sequence))
    }

    /// Everything that what was taken so far depends on, except by foreign keys.
    fn add_needs(&mut self) {
        let mut open: Vec<usize> = self.closure.taken.iter().copied().collect();
        while let Some(at) = open.pop() {
            let Some(object) = self.objects.get(at) else { continue };
            if object.desc == "FK CONSTRAINT" {
                continue;
            }
            for (other, needed) in self.dependencies(object) {
                if self.closure.taken.insert(other) {
                    self.closure.because.insert(other, format!("needed by {}", object.label()));
                    open.push(other);
                    open.extend(self.value_of(needed));
                }
            }
        }
    }

    /// A sequence that a default draws from is of no use without its value.
    fn value_of(&mut self, sequence: &Object<'o>) -> Option<usize> {
        let at = *self.values.get(&sequence.id).filter(|_| sequence.desc == "SEQUENCE")?;
        let reason = format!("value of {}", sequence.label());
        self.closure.taken.insert(at).then(|| {
            self.closure.because.insert(at, reason);
            at
        })
    }

    /// Comments, grants and labels follow what they hang on.
    fn add_labels(&mut self) {
        let mut labels = HashSet::new();
        for (at, object) in self.objects.iter().enumerate().filter(|(_, o)| o.is_label()) {
            let parent = self
                .dependencies(object)
                .filter(|(_, other)| other.desc != "ACL")
                .find(|(at, _)| self.closure.taken.contains(at));
            let Some((parent, _)) = parent else { continue };
            labels.insert(at);
            if let Some(reason) = self.closure.because.get(&parent).cloned() {
                self.closure.because.insert(at, reason);
            }
        }
        self.closure.taken.extend(labels);
    }
}

#[cfg(test)]
mod tests;
