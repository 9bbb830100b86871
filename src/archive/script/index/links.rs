//! What an entry belongs to, as far as its name and its text tell.

use std::collections::HashMap;

use crate::archive::kind;
use crate::archive::names::{identifier, name_after};
use crate::archive::toc::TocEntry;

/// Schema and name.
type Name = (String, String);

/// Ids by what they are called.
struct Names {
    relations: HashMap<Name, u32>,
    sequences: HashMap<Name, u32>,
    indexes: HashMap<Name, u32>,
    schemas: HashMap<String, u32>,
    /// Everything, by kind, schema and tag.
    all: HashMap<(String, Name), u32>,
}

/// Finds the dependencies.
pub(super) fn find(entries: &mut [TocEntry]) {
    let names = Names::new(entries);
    let mut owned: HashMap<u32, u32> = HashMap::new();
    for entry in entries.iter().filter(|entry| entry.desc == "SEQUENCE OWNED BY") {
        let table = entry.defn.as_deref().and_then(|sql| names.relation_after(sql, " OWNED BY "));
        if let (Some(sequence), Some(table)) = (names.sequences.get(&name(entry)), table) {
            owned.insert(*sequence, table);
        }
    }
    for entry in entries {
        let mut found = names.of(entry);
        found.extend(owned.get(&entry.id));
        found.retain(|id| *id != entry.id);
        entry.dependencies = found;
    }
}

fn name(entry: &TocEntry) -> Name {
    (entry.namespace.clone().unwrap_or_default(), entry.tag.clone())
}

impl Names {
    fn new(entries: &[TocEntry]) -> Self {
        let mut names = Self {
            relations: HashMap::new(),
            sequences: HashMap::new(),
            indexes: HashMap::new(),
            schemas: HashMap::new(),
            all: HashMap::new(),
        };
        for entry in entries {
            let key = name(entry);
            if kind::is_relation(entry) {
                names.relations.insert(key.clone(), entry.id);
            }
            match entry.desc.as_str() {
                "SEQUENCE" => drop(names.sequences.insert(key.clone(), entry.id)),
                "INDEX" => drop(names.indexes.insert(key.clone(), entry.id)),
                "SCHEMA" => drop(names.schemas.insert(entry.tag.clone(), entry.id)),
                "CONSTRAINT" => {
                    if let Some((_, own)) = names.split(entry) {
                        names.indexes.insert((key.0.clone(), own), entry.id);
                    }
                }
                _ => {}
            }
            names.all.entry((entry.desc.clone(), key)).or_insert(entry.id);
        }
        names
    }

    /// The table at the beginning of a tag, and the name behind it.
    fn split(&self, entry: &TocEntry) -> Option<(u32, String)> {
        let schema = entry.namespace.clone().unwrap_or_default();
        entry.tag.match_indices(' ').find_map(|(at, _)| {
            let (table, own) = entry.tag.split_at_checked(at)?;
            let id = self.relations.get(&(schema.clone(), table.to_owned()))?;
            Some((*id, own.trim_start().to_owned()))
        })
    }

    fn relation_after(&self, sql: &str, keyword: &str) -> Option<u32> {
        self.relations.get(&pair_after(sql, keyword)?).copied()
    }

    fn of(&self, entry: &TocEntry) -> Vec<u32> {
        let sql = entry.defn.as_deref().unwrap_or_default();
        let key = name(entry);
        let mut found: Vec<u32> = Vec::new();
        let schema = entry.namespace.as_ref().filter(|_| !entry.has_data);
        match entry.desc.as_str() {
            _ if kind::is_label(entry) => {
                found.extend(self.labelled(entry));
                return found;
            }
            _ if kind::has_compound_tag(entry) => {
                found.extend(self.split(entry).map(|(table, _)| table));
                found.extend(self.relation_after(sql, "REFERENCES "));
                found.extend(self.drawn_from(sql));
            }
            "TABLE DATA" | "ROW SECURITY" | "MATERIALIZED VIEW DATA" => {
                found.extend(self.relations.get(&key));
            }
            "STATISTICS DATA" => {
                found.extend(self.relations.get(&key).or_else(|| self.indexes.get(&key)));
            }
            "INDEX" => {
                let only = self.relation_after(sql, " ON ONLY ");
                found.extend(only.or_else(|| self.relation_after(sql, " ON ")));
            }
            "TABLE ATTACH" => {
                found.extend(self.relations.get(&key));
                found.extend(self.relation_after(sql, "ALTER TABLE ONLY "));
            }
            "INDEX ATTACH" => {
                found.extend(self.indexes.get(&key));
                let parent = pair_after(sql, "ALTER INDEX ");
                found.extend(parent.and_then(|name| self.indexes.get(&name)));
            }
            "SEQUENCE" => found.extend(self.relation_after(sql, "ALTER TABLE ")),
            "SEQUENCE SET" => found.extend(self.sequences.get(&key)),
            "SEQUENCE OWNED BY" => {
                found.extend(self.sequences.get(&key));
                found.extend(self.relation_after(sql, " OWNED BY "));
            }
            "STATISTICS" => found.extend(self.relation_after(sql, " FROM ")),
            "TABLE" => {
                found.extend(self.drawn_from(sql));
                found.extend(self.relation_after(sql, "\nINHERITS ("));
            }
            _ => {}
        }
        found.extend(schema.and_then(|schema| self.schemas.get(schema)));
        found
    }

    /// The sequence that a default draws from.
    fn drawn_from(&self, sql: &str) -> Option<u32> {
        self.sequences.get(&pair_after(sql, "nextval('")?).copied()
    }

    /// What a comment, a grant or a label hangs on. It names that as SQL does, with quotes.
    fn labelled(&self, entry: &TocEntry) -> Option<u32> {
        let schema = entry.namespace.clone().unwrap_or_default();
        let (kind, own) = entry.tag.split_once(' ')?;
        let (name, rest) = identifier(own).unzip();
        let named = name.clone().map(|name| (schema.clone(), name));
        match kind {
            "TABLE" | "COLUMN" | "VIEW" => return self.relations.get(named.as_ref()?).copied(),
            "SEQUENCE" => return self.sequences.get(named.as_ref()?).copied(),
            "SCHEMA" => return self.schemas.get(&name?).copied(),
            _ => {}
        }
        if let Some((table, _)) = rest.and_then(|rest| identifier(rest.strip_prefix(" ON ")?)) {
            return self.part_of(kind, &schema, &table, &name?);
        }
        let spelled = entry.tag.match_indices(' ').filter_map(|(at, _)| {
            let (desc, own) = entry.tag.split_at_checked(at)?;
            let own = own.strip_prefix(' ')?;
            let as_written = self.find(desc, &schema, own);
            let unquoted = || identifier(own).filter(|(_, rest)| rest.is_empty());
            as_written.or_else(|| self.find(desc, &schema, &unquoted()?.0))
        });
        spelled.min()
    }

    fn find(&self, desc: &str, schema: &str, tag: &str) -> Option<u32> {
        self.all.get(&(desc.to_owned(), (schema.to_owned(), tag.to_owned()))).copied()
    }

    /// A constraint, trigger, rule or policy, or the table that has it among its own definition.
    fn part_of(&self, kind: &str, schema: &str, table: &str, own: &str) -> Option<u32> {
        let tag = format!("{table} {own}");
        let kinds = match kind {
            "CONSTRAINT" => &["CONSTRAINT", "CHECK CONSTRAINT", "FK CONSTRAINT"][..],
            kind => &[kind],
        };
        let found = kinds.iter().find_map(|kind| self.find(kind, schema, &tag));
        found.or_else(|| self.relations.get(&(schema.to_owned(), table.to_owned())).copied())
    }
}

/// The qualified name that follows a keyword.
fn pair_after(sql: &str, keyword: &str) -> Option<Name> {
    name_after(sql, keyword).map(|name| (name.schema, name.name))
}
