//! Single objects by name, with pg_restore's meaning: `-t`, `-I`, `-P`, `-T`; and tables that are left
//! out with all that belongs to them.

use std::collections::BTreeSet;

use crate::archive::kind;
use crate::archive::toc::TocEntry;
use crate::error::{Error, Result};
use crate::model::archive;
use crate::model::pattern::{Pattern, TableMatcher};
use crate::model::spec::RestoreSpec;

use super::{compile, require_matches};

/// What was named.
pub(super) struct Objects {
    tables: Vec<TableMatcher>,
    indexes: Vec<String>,
    functions: Vec<String>,
    triggers: Vec<String>,
}

impl Objects {
    pub(super) fn new(entries: &[TocEntry], spec: &RestoreSpec) -> Result<Self> {
        let tables = compile(&spec.tables, Pattern::compile)?;
        require_matches(&spec.tables, &tables, "table, view or sequence", |matcher| {
            entries.iter().any(|entry| is_table_like(entry) && matches_table(matcher, entry))
        })?;
        let options = &spec.options;
        let objects = Self {
            tables,
            indexes: options.indexes.clone(),
            functions: options.functions.iter().map(|name| squeezed(name)).collect(),
            triggers: options.triggers.clone(),
        };
        let lists = [
            ("index", &options.indexes, &objects.indexes, Self::is_index as Test),
            ("function", &options.functions, &objects.functions, Self::is_function),
            ("trigger", &options.triggers, &objects.triggers, Self::is_trigger),
        ];
        for (what, written, names, test) in lists {
            for (written, name) in written.iter().zip(names) {
                if !entries.iter().any(|entry| test(entry, name)) {
                    let text = format!("no {what} of the archive is named '{written}'");
                    return Err(Error::usage(text).with_hint(hint(what)));
                }
            }
        }
        Ok(objects)
    }

    /// Whether anything was named.
    pub(super) fn any(&self) -> bool {
        !(self.tables.is_empty()
            && self.indexes.is_empty()
            && self.functions.is_empty()
            && self.triggers.is_empty())
    }

    /// Whether the entry is one of those named.
    pub(super) fn matches(&self, entry: &TocEntry) -> bool {
        (is_table_like(entry) && self.tables.iter().any(|m| matches_table(m, entry)))
            || self.indexes.iter().any(|name| Self::is_index(entry, name))
            || self.functions.iter().any(|name| Self::is_function(entry, name))
            || self.triggers.iter().any(|name| Self::is_trigger(entry, name))
    }

    fn is_index(entry: &TocEntry, name: &str) -> bool {
        entry.desc == "INDEX" && entry.tag == name
    }

    fn is_function(entry: &TocEntry, name: &str) -> bool {
        matches!(entry.desc.as_str(), "FUNCTION" | "AGGREGATE" | "PROCEDURE")
            && squeezed(&entry.tag) == name
    }

    fn is_trigger(entry: &TocEntry, name: &str) -> bool {
        entry.desc == "TRIGGER" && entry.tag == name
    }
}

type Test = fn(&TocEntry, &str) -> bool;

fn hint(what: &str) -> &'static str {
    match what {
        "function" => "name it with its argument types, as `dbbackup list ARCHIVE` shows it",
        "trigger" => "write the table's name, a blank, and the trigger's, as the list has it",
        _ => "`dbbackup list ARCHIVE` shows what is in it",
    }
}

/// A function's name with its types, however they are spaced.
fn squeezed(name: &str) -> String {
    let mut squeezed = String::new();
    for word in name.split_whitespace() {
        let glued = word.starts_with([',', '(', ')']) || squeezed.ends_with(['(', ',']);
        if !squeezed.is_empty() && !glued {
            squeezed.push(' ');
        }
        squeezed.push_str(word);
    }
    squeezed.replace(", ", ",")
}

/// What `-t` can name.
fn is_table_like(entry: &TocEntry) -> bool {
    kind::is_relation(entry)
        || matches!(
            entry.desc.as_str(),
            "TABLE DATA" | "MATERIALIZED VIEW DATA" | "SEQUENCE" | "SEQUENCE SET"
        )
}

fn matches_table(matcher: &TableMatcher, entry: &TocEntry) -> bool {
    matcher.matches(entry.namespace.as_deref().unwrap_or_default(), &entry.tag)
}

/// Positions of the tables that are left out, and of what belongs to them.
pub(super) fn left_out(entries: &[TocEntry], spec: &RestoreSpec) -> Result<BTreeSet<usize>> {
    let patterns: Vec<Pattern> = spec.options.exclude_tables.iter().map(Pattern::new).collect();
    let matchers = compile(&patterns, Pattern::compile)?;
    require_matches(&patterns, &matchers, "table, view or sequence", |matcher| {
        entries.iter().any(|entry| is_table_like(entry) && matches_table(matcher, entry))
    })?;
    if matchers.is_empty() {
        return Ok(BTreeSet::new());
    }
    let objects: Vec<archive::Object<'_>> = entries.iter().map(kind::object).collect();
    let named = entries.iter().enumerate().filter(|(_, entry)| {
        is_table_like(entry) && matchers.iter().any(|matcher| matches_table(matcher, entry))
    });
    Ok(archive::belongings(&objects, named.map(|(at, _)| at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_between_the_words_of_a_function_do_not_matter() {
        let expected = squeezed("f(integer, character varying)");
        for written in ["f(integer,character varying)", "f( integer ,  character  varying )"] {
            assert_eq!(squeezed(written), expected);
        }
        assert_ne!(squeezed("f(integer)"), expected);
    }
}
