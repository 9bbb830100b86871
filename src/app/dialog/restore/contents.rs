//! What an archive holds, as a tree with ticks: schemas, and in them the objects that can be picked.
//! What belongs to a table (rows, indexes, constraints …) is no row of its own: it comes along.

use std::collections::BTreeSet;

use crate::app::dialog::ticks::TickList;
use crate::app::filter::{Filter, Fuzzy};
use crate::app::list::{Cursor, Step};
use crate::app::selection::Tick;
use crate::model::archive::{ArchiveListing, EntryInfo, Object, close};
use crate::model::name::QualifiedName;

/// An object of an archive that can be picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveObject {
    /// The dump id of the entry that makes it.
    pub id: u32,
    /// Its name; without a schema for what is in none.
    pub name: QualifiedName,
    /// Its kind as the archive has it, such as "TABLE".
    pub kind: String,
    /// Bytes of its rows in the file, where the archive tells.
    pub bytes: Option<u64>,
    /// Whether the archive has its rows.
    pub has_data: bool,
    /// Whether it is a table, a view or the like.
    pub is_relation: bool,
}

/// Identity of a row of the tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ArchiveNode {
    /// A schema and what is in it; the empty name is what is in none.
    Schema(String),
    /// An object, by its dump id.
    Object(u32),
}

/// A row as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveRow {
    /// What it is.
    pub node: ArchiveNode,
    /// The schema's or the object's own name.
    pub label: String,
    /// Characters of the label that the filter matched.
    pub matched: Vec<u32>,
    /// Its tick.
    pub tick: Tick,
    /// Its kind as the archive has it, or "SCHEMA".
    pub kind: String,
    /// Bytes of its rows in the file, where the archive tells.
    pub bytes: Option<u64>,
    /// Whether the archive has its rows.
    pub has_data: bool,
    /// Whether what is in the schema is hidden.
    pub folded: bool,
}

/// The tree.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// Everything that can be picked, by schema and name.
    pub objects: Vec<ArchiveObject>,
    /// Dump ids of those that are ticked.
    pub ticked: BTreeSet<u32>,
    /// Also functions, types and whatever else, not just tables and views.
    pub all_kinds: bool,
    /// Schemas whose objects are hidden.
    pub folded: BTreeSet<String>,
    /// The rows that pass the filter.
    pub rows: Vec<ArchiveRow>,
    /// The cursor in them.
    pub cursor: Cursor<ArchiveNode>,
    /// The filter.
    pub filter: Filter,
}

impl Contents {
    /// The contents of an archive, everything ticked.
    #[must_use]
    pub fn of(listing: &ArchiveListing) -> Self {
        let objects = objects(listing);
        let ticked = objects.iter().map(|object| object.id).collect();
        // Where there is no table, the other kinds are all there is to see.
        let all_kinds = !objects.iter().any(|object| object.is_relation);
        Self { objects, ticked, all_kinds, ..Self::default() }
    }

    /// The objects of the kinds that are shown.
    pub fn in_view(&self) -> impl Iterator<Item = &ArchiveObject> {
        self.objects.iter().filter(|object| self.all_kinds || object.is_relation)
    }

    /// How many objects of the kinds that are shown are ticked, and how many there are.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        let ticked = self.in_view().filter(|object| self.ticked.contains(&object.id)).count();
        (ticked, self.in_view().count())
    }

    /// Whether the whole archive is meant.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.ticked.len() == self.objects.len()
    }

    /// The ticked objects.
    pub fn picked(&self) -> impl Iterator<Item = &ArchiveObject> {
        self.objects.iter().filter(|object| self.ticked.contains(&object.id))
    }

    /// The dump id under the cursor.
    #[must_use]
    pub fn current(&self) -> Option<u32> {
        match self.cursor.key()? {
            ArchiveNode::Object(id) => Some(*id),
            ArchiveNode::Schema(_) => None,
        }
    }

    fn object_row(&self, object: &ArchiveObject) -> ArchiveRow {
        ArchiveRow {
            node: ArchiveNode::Object(object.id),
            label: object.name.name.clone(),
            matched: Vec::new(),
            tick: Tick::of([self.ticked.contains(&object.id)]),
            kind: object.kind.clone(),
            bytes: object.bytes,
            has_data: object.has_data,
            folded: false,
        }
    }

    fn schema_row(&self, schema: &str, members: &[&ArchiveObject], folded: bool) -> ArchiveRow {
        ArchiveRow {
            node: ArchiveNode::Schema(schema.to_owned()),
            label: if schema.is_empty() { "in no schema".to_owned() } else { schema.to_owned() },
            matched: Vec::new(),
            tick: Tick::of(members.iter().map(|object| self.ticked.contains(&object.id))),
            kind: "SCHEMA".to_owned(),
            bytes: Some(members.iter().filter_map(|object| object.bytes).sum()),
            has_data: members.iter().any(|object| object.has_data),
            folded,
        }
    }

    fn tick(&mut self, ids: impl IntoIterator<Item = u32>, on: bool) {
        for id in ids {
            if on {
                self.ticked.insert(id);
            } else {
                self.ticked.remove(&id);
            }
        }
    }

    /// What the filter shows, folded schemas included.
    fn shown(&self) -> Vec<u32> {
        let mut fuzzy = Fuzzy::new(self.filter.text());
        self.in_view()
            .filter(|object| fuzzy.score(&shown_name(&object.name)).is_some())
            .map(|object| object.id)
            .collect()
    }

    /// Hides or shows what is in the schema under the cursor; on an object goes to its schema.
    pub(in crate::app) fn fold(&mut self, folded: bool) {
        match self.cursor.key().cloned() {
            Some(ArchiveNode::Schema(schema)) if folded => {
                self.folded.insert(schema);
            }
            Some(ArchiveNode::Schema(schema)) => {
                self.folded.remove(&schema);
            }
            Some(ArchiveNode::Object(id)) if folded => {
                let object = self.objects.iter().find(|object| object.id == id);
                if let Some(object) = object {
                    self.cursor.want(ArchiveNode::Schema(object.name.schema.clone()));
                }
            }
            _ => {}
        }
    }
}

impl TickList for Contents {
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

    fn step(&mut self, step: Step, page: usize) {
        let rows = &self.rows;
        self.cursor.step(step, rows.len(), page, |i| rows.get(i).map(|row| row.node.clone()));
    }

    fn restart(&mut self) {
        self.cursor = Cursor::default();
    }

    fn tick_none(&mut self) {
        self.ticked.clear();
    }

    fn settle(&mut self, page: usize) {
        let mut fuzzy = Fuzzy::new(self.filter.text());
        let filtered = self.filter.is_active();
        let mut rows = Vec::new();
        let objects: Vec<&ArchiveObject> = self.in_view().collect();
        for members in objects.chunk_by(|a, b| a.name.schema == b.name.schema) {
            let passes =
                |object: &&&ArchiveObject| fuzzy.score(&shown_name(&object.name)).is_some();
            let shown: Vec<&&ArchiveObject> = members.iter().filter(passes).collect();
            let Some(first) = members.first().filter(|_| !shown.is_empty()) else { continue };
            let schema = &first.name.schema;
            // What a filter finds is never hidden.
            let folded = self.folded.contains(schema) && !filtered;
            rows.push(self.schema_row(schema, members, folded));
            if !folded {
                rows.extend(shown.into_iter().map(|object| self.object_row(object)));
            }
        }
        for row in &mut rows {
            row.matched = fuzzy.indices(&row.label);
        }
        self.rows = rows;
        let rows = &self.rows;
        self.cursor.settle(rows.len(), page, |i| rows.get(i).map(|row| row.node.clone()));
    }

    /// Space: an object, or all of a schema that is in view.
    fn toggle(&mut self) {
        let Some(row) = self.rows.get(self.cursor.index()) else { return };
        let (on, node) = (row.tick.toggled(), row.node.clone());
        let ids: Vec<u32> = match node {
            ArchiveNode::Object(id) => vec![id],
            ArchiveNode::Schema(schema) => {
                self.in_view().filter(|o| o.name.schema == schema).map(|o| o.id).collect()
            }
        };
        self.tick(ids, on);
    }

    fn tick_shown(&mut self) {
        self.tick(self.shown(), true);
    }

    fn invert_shown(&mut self) {
        for id in self.shown() {
            if !self.ticked.remove(&id) {
                self.ticked.insert(id);
            }
        }
    }
}

/// What is to be restored where not everything is ticked and not only tables are: dump ids in the
/// archive's order, and how many foreign keys stay out because their other side does.
#[must_use]
pub fn picked_entries(listing: &ArchiveListing, ticked: &BTreeSet<u32>) -> (Vec<u32>, usize) {
    let objects: Vec<Object<'_>> = listing.entries.iter().map(EntryInfo::object).collect();
    let picked = objects.iter().enumerate().filter(|(_, object)| ticked.contains(&object.id));
    let closure = close(&objects, picked.map(|(at, _)| at));
    let open: BTreeSet<usize> = closure.open_references.iter().copied().collect();
    let ids = closure.taken.iter().filter(|at| !open.contains(at));
    (ids.filter_map(|at| objects.get(*at).map(|object| object.id)).collect(), open.len())
}

fn shown_name(name: &QualifiedName) -> String {
    if name.schema.is_empty() { name.name.clone() } else { name.to_string() }
}

/// The archive's objects, sorted: tables and views first in each schema.
fn objects(listing: &ArchiveListing) -> Vec<ArchiveObject> {
    let name = |entry: &EntryInfo| QualifiedName::new(&entry.namespace, &entry.tag);
    let data: std::collections::HashMap<QualifiedName, Option<u64>> = listing
        .entries
        .iter()
        .filter(|entry| entry.desc == "TABLE DATA")
        .map(|entry| (name(entry), entry.data_bytes))
        .collect();
    let can_be_picked = |entry: &&EntryInfo| {
        let object = entry.object();
        !object.is_label()
            && !object.is_special()
            && !object.is_of_database()
            && !object.has_compound_tag()
            && !BELONGING.contains(&object.desc)
    };
    let mut objects: Vec<ArchiveObject> = listing
        .entries
        .iter()
        .filter(can_be_picked)
        .map(|entry| {
            let is_relation = entry.object().is_relation();
            let name = name(entry);
            let rows = data.get(&name).filter(|_| is_relation);
            ArchiveObject {
                id: entry.id,
                kind: entry.desc.clone(),
                bytes: rows.copied().flatten(),
                has_data: rows.is_some(),
                is_relation,
                name,
            }
        })
        .collect();
    // What is in no schema comes last: it is picked least.
    objects.sort_by(|a, b| {
        let key = |o: &ArchiveObject| (o.name.schema.is_empty(), !o.is_relation);
        let (a_key, b_key) = (key(a), key(b));
        (a_key.0, &a.name.schema, a_key.1, &a.kind, &a.name.name).cmp(&(
            b_key.0,
            &b.name.schema,
            b_key.1,
            &b.kind,
            &b.name.name,
        ))
    });
    // Tables, views and materialized views are one list by name.
    for relations in objects
        .chunk_by_mut(|a, b| a.is_relation && b.is_relation && a.name.schema == b.name.schema)
    {
        relations.sort_by(|a, b| a.name.name.cmp(&b.name.name));
    }
    objects
}

/// Kinds of entries that come along with others.
const BELONGING: [&str; 17] = [
    "TABLE DATA",
    "TABLE ATTACH",
    "INDEX",
    "INDEX ATTACH",
    "MATERIALIZED VIEW DATA",
    "SEQUENCE OWNED BY",
    "SEQUENCE SET",
    "STATISTICS",
    "STATISTICS DATA",
    "ROW SECURITY",
    "SHELL TYPE",
    "BLOBS",
    "BLOB COMMENTS",
    "PUBLICATION TABLE",
    "PUBLICATION TABLES IN SCHEMA",
    "SUBSCRIPTION TABLE",
    "DEFAULT ACL",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::spec::{ArchiveFormat, Codec};

    fn entry(id: u32, desc: &str, namespace: &str, tag: &str, dependencies: &[u32]) -> EntryInfo {
        EntryInfo {
            id,
            desc: desc.into(),
            namespace: namespace.into(),
            tag: tag.into(),
            has_data: desc == "TABLE DATA",
            data_bytes: (desc == "TABLE DATA").then_some(10),
            dependencies: dependencies.to_vec(),
            ..EntryInfo::default()
        }
    }

    fn listing() -> ArchiveListing {
        ArchiveListing {
            path: "a".into(),
            format: ArchiveFormat::Custom,
            bytes: 0,
            version: "1.16".into(),
            codec: Codec::None,
            created: String::new(),
            database: "d".into(),
            server_version: String::new(),
            dumper_version: String::new(),
            encoding: "UTF8".into(),
            integer_bytes: 4,
            offset_bytes: 8,
            chosen: None,
            opaque: None,
            entries: vec![
                entry(1, "ENCODING", "", "ENCODING", &[]),
                entry(2, "SCHEMA", "", "s", &[]),
                entry(3, "EXTENSION", "", "hstore", &[]),
                entry(4, "FUNCTION", "s", "f(integer)", &[2]),
                entry(5, "TABLE", "s", "b", &[2, 4]),
                entry(6, "TABLE", "s", "a", &[2]),
                entry(7, "TABLE DATA", "s", "a", &[6]),
                entry(8, "CONSTRAINT", "s", "a a_pkey", &[6]),
                entry(9, "FK CONSTRAINT", "s", "b b_fkey", &[5, 8, 6]),
                entry(10, "COMMENT", "s", "TABLE a", &[6]),
            ],
        }
    }

    fn labels(contents: &mut Contents) -> Vec<String> {
        contents.settle(50);
        contents.rows.iter().map(|row| row.label.clone()).collect()
    }

    #[test]
    fn tables_are_shown_first_and_all_kinds_on_demand() {
        let mut contents = Contents::of(&listing());
        assert_eq!(labels(&mut contents), ["s", "a", "b"]);
        contents.all_kinds = true;
        assert_eq!(
            labels(&mut contents),
            ["s", "a", "b", "f(integer)", "in no schema", "hstore", "s"]
        );
        contents.fold(true);
        assert_eq!(labels(&mut contents), ["s", "in no schema", "hstore", "s"]);
    }

    #[test]
    fn a_tick_of_a_schema_reaches_what_is_in_view() {
        let mut contents = Contents::of(&listing());
        contents.settle(50);
        assert!(contents.is_everything());
        contents.toggle();
        assert_eq!(contents.count(), (0, 2));
        assert!(contents.ticked.contains(&4), "a function that is not in view keeps its tick");
    }

    #[test]
    fn what_is_picked_brings_what_it_needs_and_leaves_open_references_out() {
        let (ids, open) = picked_entries(&listing(), &BTreeSet::from([5]));
        assert_eq!((ids, open), (vec![2, 4, 5], 1));
        let (ids, open) = picked_entries(&listing(), &BTreeSet::from([5, 6]));
        assert_eq!((ids, open), (vec![2, 4, 5, 6, 7, 8, 9, 10], 0));
    }
}
