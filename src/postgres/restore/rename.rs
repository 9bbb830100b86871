//! Definitions under other names: schemas that go into others, tables that get other names. Pure.
//!
//! The definitions of an archive qualify every name by its schema, so a name can be told by its place:
//!
//! ```text
//! shop.orders   SCHEMA shop   'shop.ids'::regclass   OPERATOR(shop.+)      rewritten
//! 'shop'   $$ … shop.orders … $$   a column of a table called shop         left, and told
//! ```
//! What is left is what could mean something else: literals, bodies of functions, and an unknown name
//! behind one that is used otherwise in the same definition.

use std::collections::{HashMap, HashSet};

use crate::archive::head::{Head, is_special};
use crate::archive::kind::{self, label};
use crate::archive::toc::TocEntry;
use crate::error::{Error, Result};
use crate::model::name::{QualifiedName, quote_always, quote_literal};
use crate::model::spec::{RestoreOptions, Section};

mod rewrite;

use rewrite::Text;

/// How many entries that still mention an old name are named.
const NAMED: usize = 20;

/// Old names and new ones.
#[derive(Debug, Default)]
pub(super) struct Renames {
    schemas: HashMap<String, String>,
    tables: HashMap<QualifiedName, String>,
    /// What the archive has in its schemas.
    known: HashSet<QualifiedName>,
}

impl Renames {
    /// Reads the request; a name that the archive does not have is a mistake.
    pub(super) fn new(head: &Head, options: &RestoreOptions) -> Result<Self> {
        let mut renames = Self::default();
        if options.rename_schemas.is_empty() && options.rename_tables.is_empty() {
            return Ok(renames);
        }
        if head.search_path_statement().is_none() {
            return Err(Error::usage("this archive does not qualify its names by their schemas")
                .with_hint("restore it under its own names, or dump again with a newer pg_dump"));
        }
        renames.known = head.entries.iter().filter_map(known).collect();
        for rename in &options.rename_schemas {
            let has = |entry: &TocEntry| entry.namespace.as_ref() == Some(&rename.from);
            let is = |entry: &TocEntry| entry.desc == "SCHEMA" && entry.tag == rename.from;
            if !head.entries.iter().any(|entry| has(entry) || is(entry)) {
                return Err(absent("schema", &rename.from));
            }
            if renames.schemas.insert(rename.from.clone(), rename.to.clone()).is_some() {
                return Err(twice(&rename.from));
            }
        }
        for rename in &options.rename_tables {
            if !head.entries.iter().any(|entry| is_table(entry, &rename.from)) {
                return Err(absent("table, view or sequence", &rename.from.to_string()));
            }
            if renames.tables.insert(rename.from.clone(), rename.to.clone()).is_some() {
                return Err(twice(&rename.from.to_string()));
            }
        }
        Ok(renames)
    }

    /// Whether nothing is renamed.
    pub(super) fn is_empty(&self) -> bool {
        self.schemas.is_empty() && self.tables.is_empty()
    }

    /// The new name of a relation.
    pub(super) fn of(&self, name: &QualifiedName) -> QualifiedName {
        let table = self.tables.get(name).unwrap_or(&name.name);
        QualifiedName::new(self.schema(&name.schema), table)
    }

    fn schema<'a>(&'a self, name: &'a str) -> &'a str {
        self.schemas.get(name).map_or(name, String::as_str)
    }

    /// Renames in all entries; returns a warning for what may still mean an old name.
    pub(super) fn apply(&self, entries: &mut [TocEntry]) -> Vec<String> {
        let mut mentions = Vec::new();
        for entry in entries.iter_mut().filter(|entry| !is_special(entry)) {
            if self.entry(entry) {
                mentions.push(label(entry));
            }
        }
        let more = mentions.len().saturating_sub(NAMED);
        let mut warnings: Vec<String> = mentions
            .into_iter()
            .take(NAMED)
            .map(|label| format!("{label} mentions an old name in its text: look at it yourself"))
            .collect();
        if more > 0 {
            warnings.push(format!("{more} more objects mention an old name in their text"));
        }
        warnings
    }

    /// Renames in one entry; returns whether it still mentions an old name.
    fn entry(&self, entry: &mut TocEntry) -> bool {
        if entry.desc == "STATISTICS DATA" {
            return self.statistics(entry);
        }
        let text = Text { renames: self, desc: &entry.desc.clone() };
        let mut mentions = false;
        for part in [&mut entry.defn, &mut entry.drop_stmt, &mut entry.copy_stmt] {
            let Some(old) = part else { continue };
            let (new, mentioned) = text.rewrite(old);
            mentions |= mentioned;
            *old = new;
        }
        self.tag(entry);
        if let Some(namespace) = &mut entry.namespace {
            *namespace = self.schema(namespace).to_owned();
        }
        mentions
    }

    /// Statistics name their relation in literals of its schema and its own name.
    fn statistics(&self, entry: &mut TocEntry) -> bool {
        let (Some(schema), Some(text)) = (&mut entry.namespace, &mut entry.defn) else {
            return false;
        };
        let old = QualifiedName::new(schema.as_str(), entry.tag.as_str());
        let new = self.of(&old);
        let arguments =
            [("schemaname", &old.schema, &new.schema), ("relname", &old.name, &new.name)];
        let argument = |name: &str, value: &str| format!("'{name}', {},", quote_literal(value));
        let mut left = false;
        for (name, from, to) in arguments.into_iter().filter(|(_, from, to)| from != to) {
            left |= !text.contains(&argument(name, from));
            *text = text.replace(&argument(name, from), &argument(name, to));
        }
        (*schema, entry.tag) = (new.schema, new.name);
        left
    }

    /// The tag names the table itself, or begins with its name.
    fn tag(&self, entry: &mut TocEntry) {
        if entry.desc == "SCHEMA" {
            entry.tag = self.schema(&entry.tag).to_owned();
            return;
        }
        let Some(schema) = &entry.namespace else { return };
        for (from, to) in self.tables.iter().filter(|(from, _)| from.schema == *schema) {
            if is_named_as_its_table(entry) && entry.tag == from.name {
                entry.tag.clone_from(to);
                return;
            }
            if kind::has_compound_tag(entry)
                && let Some(own) = kind::split_tag(entry, &from.name)
            {
                entry.tag = format!("{to} {own}");
                return;
            }
            if kind::is_label(entry) && entry.tag == format!("TABLE {}", from.name) {
                entry.tag = format!("TABLE {to}");
                return;
            }
        }
    }

    /// Entries that make the new schemas, where no entry that is taken does.
    pub(super) fn schemas_to_make(&self, entries: &[TocEntry], taken: &[usize]) -> Vec<TocEntry> {
        let chosen = || taken.iter().filter_map(|at| entries.get(*at));
        let mut id = entries.iter().map(|entry| entry.id).max().unwrap_or(0);
        let mut made = Vec::new();
        let mut names: Vec<&String> = self.schemas.values().collect();
        names.sort();
        names.dedup();
        for name in names {
            let makes = |entry: &TocEntry| {
                let text = entry.defn.as_deref().unwrap_or_default();
                entry.desc == "SCHEMA" && entry.tag == *name && text.starts_with("CREATE SCHEMA")
            };
            let uses = |entry: &TocEntry| {
                entry.namespace.as_ref() == Some(name) && kind::content(entry).definition
            };
            if chosen().any(makes) || !chosen().any(uses) {
                continue;
            }
            id = id.saturating_add(1);
            made.push(TocEntry {
                id,
                desc: "SCHEMA".to_owned(),
                tag: name.clone(),
                section: Some(Section::PreData),
                defn: Some(format!("CREATE SCHEMA IF NOT EXISTS {};\n\n\n", quote_always(name))),
                ..TocEntry::default()
            });
        }
        made
    }
}

fn is_table(entry: &TocEntry, name: &QualifiedName) -> bool {
    (kind::is_relation(entry) || entry.desc == "SEQUENCE")
        && entry.namespace.as_ref() == Some(&name.schema)
        && entry.tag == name.name
}

fn is_named_as_its_table(entry: &TocEntry) -> bool {
    kind::is_relation(entry)
        || matches!(
            entry.desc.as_str(),
            "TABLE DATA"
                | "TABLE ATTACH"
                | "MATERIALIZED VIEW DATA"
                | "ROW SECURITY"
                | "SEQUENCE"
                | "SEQUENCE SET"
                | "SEQUENCE OWNED BY"
                | "STATISTICS DATA"
        )
}

/// What a name behind a schema may stand for.
fn known(entry: &TocEntry) -> Option<QualifiedName> {
    let schema = entry.namespace.clone().filter(|_| !kind::is_label(entry))?;
    let name = match entry.desc.as_str() {
        "FUNCTION" | "PROCEDURE" | "AGGREGATE" => entry.tag.split('(').next()?.to_owned(),
        _ => entry.tag.clone(),
    };
    Some(QualifiedName { schema, name })
}

fn absent(what: &str, name: &str) -> Error {
    Error::usage(format!("no {what} of the archive is called {name}"))
        .with_hint("`dbbackup list ARCHIVE` shows what is in it; names are taken as they are")
}

fn twice(name: &str) -> Error {
    Error::usage(format!("{name} is renamed twice"))
}

#[cfg(test)]
mod tests;
