//! SQL of definitions: pure functions from what the catalog told to the text that makes it again, word
//! for word as pg_dump writes it.

mod columns;
mod constraint;
pub(super) use self::function::keyword;

mod function;
mod index;
mod on_table;
mod relation;
mod sequence;
mod simple;
mod types;
mod view;

use super::body::{Body, Relation};
use super::graph::{Graph, Id, Object};
use super::quote::Quoter;
use crate::model::spec::Section;

/// An entry of the archive without ids.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) desc: &'static str,
    pub(super) tag: String,
    pub(super) section: Section,
    pub(super) create: String,
    /// `None`: neither droppable nor ownable.
    pub(super) drop: Option<String>,
    /// `None`: the kind has no tablespace.
    pub(super) tablespace: Option<String>,
    pub(super) table_am: Option<String>,
    pub(super) relkind: Option<char>,
}

impl Definition {
    fn new(desc: &'static str, tag: impl Into<String>, section: Section, create: String) -> Self {
        Self {
            desc,
            tag: tag.into(),
            section,
            create,
            drop: None,
            tablespace: None,
            table_am: None,
            relkind: None,
        }
    }

    fn dropped_by(mut self, drop: impl Into<String>) -> Self {
        self.drop = Some(drop.into());
        self
    }
}

/// Prints definitions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Printer<'a> {
    pub(super) graph: &'a Graph,
    pub(super) quoter: &'a Quoter,
    /// Whether columns say how they are compressed.
    pub(super) toast_compression: bool,
}

impl Printer<'_> {
    /// The definition of an object; `None` where it is printed as a part of another one, or has none.
    pub(super) fn definition(&self, id: Id) -> Option<Definition> {
        let object = &self.graph[id];
        match &object.body {
            Body::Schema(body) => Some(self.schema(object, body)),
            Body::Extension(body) => Some(self.extension(object, body)),
            Body::Collation(body) => Some(self.collation(object, body)),
            Body::Type(body) => Some(self.any_type(object, body)),
            Body::ShellType => Some(self.shell_type(object)),
            Body::Plain(body) => simple::plain(body),
            Body::Function(body) => Some(self.function(object, body)),
            Body::Aggregate(body) => Some(self.aggregate(object, body)),
            Body::Relation(body) => self.relation(object, body),
            Body::TableAttach(body) => self.table_attach(object, body),
            Body::Default(body) => self.default(body),
            Body::Constraint(body) => self.constraint(object, body),
            Body::ForeignKey(body) => Some(self.foreign_key(object, body)),
            Body::Index(body) => self.index(object, body),
            Body::IndexAttach(body) => Some(self.index_attach(object, body)),
            Body::Statistics(body) => Some(self.statistics(object, body)),
            Body::Rule(body) => self.rule(object, body),
            Body::Trigger(body) => Some(self.trigger(object, body)),
            Body::RowSecurity(table) => Some(self.row_security(object, *table)),
            Body::Policy(body) => Some(self.policy(object, body)),
            Body::EventTrigger(body) => Some(self.event_trigger(object, body)),
            Body::Refresh(view) => Some(self.refresh(object, *view)),
            Body::SequenceSet(sequence) => self.sequence_set(object, *sequence),
            Body::LargeObjects { .. }
            | Body::LargeObjectData(_)
            | Body::DefaultAcl(_)
            | Body::TableData(_)
            | Body::PlannerStatistics(_)
            | Body::PreDataEnd
            | Body::PostDataBegin => None,
        }
    }

    /// An object's quoted, qualified name.
    pub(super) fn name(&self, id: Id) -> String {
        self.qualified(&self.graph[id])
    }

    fn qualified(&self, object: &Object) -> String {
        match &object.namespace {
            Some(schema) => self.quoter.qualified(schema, &object.name),
            None => self.quoter.ident(&object.name),
        }
    }

    fn ident(&self, name: &str) -> String {
        self.quoter.ident(name)
    }

    fn body(&self, id: Id) -> Option<&Relation> {
        match &self.graph[id].body {
            Body::Relation(relation) => Some(relation),
            _ => None,
        }
    }

    /// `FOREIGN ` for a foreign table.
    fn foreign(&self, id: Id) -> &'static str {
        if self.body(id).is_some_and(|r| r.kind == 'f') { "FOREIGN " } else { "" }
    }

    /// Relation and own name: tag of what hangs on a relation.
    fn tag_on(&self, relation: Id, object: &Object) -> String {
        format!("{} {}", self.graph[relation].name, object.name)
    }

    /// `ALTER kind name DEPENDS ON EXTENSION e;` for each extension, each on a new line that it does
    /// not end, as pg_dump writes them.
    fn goes_with(&self, kind: &str, name: &str, extensions: &[String]) -> String {
        let mut text = String::new();
        for extension in extensions {
            let extension = self.ident(extension);
            push!(text, "\nALTER {kind} {name} DEPENDS ON EXTENSION {extension};");
        }
        text
    }
}

/// How a trigger or rule is enabled, where not the usual way.
fn enabled(code: char) -> Option<&'static str> {
    match code {
        'D' => Some("DISABLE"),
        'A' => Some("ENABLE ALWAYS"),
        'R' => Some("ENABLE REPLICA"),
        _ => None,
    }
}
