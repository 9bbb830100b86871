//! Whole tables: the tables named, all that belongs to them, and all that they need. Pure.
//!
//! The closure itself is [`archive::close`], which the console uses too; here the names are matched,
//! and the foreign keys told apart whose other side is not restored.

use std::collections::{BTreeSet, HashMap};

use crate::archive::kind;
use crate::archive::names::name_after;
use crate::archive::toc::TocEntry;
use crate::error::Result;
use crate::model::archive::{self, Closure, Object};
use crate::model::name::QualifiedName;
use crate::model::pattern::{Pattern, TableMatcher};
use crate::model::spec::RestoreSpec;

use super::select::{OpenReference, compile, require_matches};

/// The entries that whole tables are made of.
#[derive(Debug, Default)]
pub(super) struct Whole {
    taken: BTreeSet<usize>,
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
    let objects: Vec<Object<'_>> = entries.iter().map(kind::object).collect();
    let named = entries.iter().enumerate();
    let named = named.filter(|(_, entry)| is_named(entry, &matchers) && allowed(entry));
    let closure = archive::close(&objects, named.map(|(at, _)| at));
    let open_references = open_references(entries, &closure);
    Ok(Whole { taken: closure.taken, because: closure.because, open_references })
}

/// The foreign keys that the closure left open and that name a table which is no member.
fn open_references(entries: &[TocEntry], closure: &Closure) -> Vec<OpenReference> {
    let is_member =
        |name: &QualifiedName| {
            closure.members.iter().filter_map(|at| entries.get(*at)).any(|table| {
                table.namespace.as_deref() == Some(&name.schema) && table.tag == name.name
            })
        };
    let of_table = entries
        .iter()
        .enumerate()
        .filter(|(at, entry)| entry.desc == "FK CONSTRAINT" && closure.taken.contains(at));
    let open = of_table.filter_map(|(entry, toc)| {
        let table = referenced(toc)?;
        (!is_member(&table)).then_some(OpenReference { entry, table })
    });
    open.collect()
}

fn is_named(entry: &TocEntry, matchers: &[TableMatcher]) -> bool {
    let namespace = entry.namespace.as_deref().unwrap_or_default();
    kind::is_relation(entry) && matchers.iter().any(|m| m.matches(namespace, &entry.tag))
}

/// The table that a foreign key points to.
fn referenced(entry: &TocEntry) -> Option<QualifiedName> {
    name_after(entry.defn.as_deref()?, "REFERENCES ")
}

#[cfg(test)]
mod tests;
