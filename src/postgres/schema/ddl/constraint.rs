//! Constraints that are entries of their own.

use super::{Definition, Printer};
use crate::model::spec::Section::PostData;
use crate::postgres::schema::body::{Body, Constraint, ForeignKey, Index};
use crate::postgres::schema::graph::Object;

impl Printer<'_> {
    pub(super) fn constraint(&self, object: &Object, body: &Constraint) -> Option<Definition> {
        // What a child has because its parent has it comes with the parent's.
        let inherited = !body.local && body.index.is_none();
        if !body.separate || inherited {
            return None;
        }
        match (body.index, body.kind.code()) {
            (Some(index), _) => match &self.graph[index].body {
                Body::Index(behind) => Some(self.key(object, body, &self.graph[index], behind)),
                _ => None,
            },
            (None, kind) => Some(self.condition(object, body, kind)),
        }
    }

    /// Primary key, unique or exclusion.
    fn key(
        &self,
        object: &Object,
        body: &Constraint,
        index: &Object,
        behind: &Index,
    ) -> Definition {
        let (table, foreign) = (self.name(body.owner), self.foreign(body.owner));
        let name = self.ident(&object.name);
        let what = match &body.definition {
            Some(definition) => definition.to_string(),
            None => self.key_columns(body, behind),
        };
        let create = format!(
            "ALTER {foreign}TABLE ONLY {table}\n    ADD CONSTRAINT {name} {what};\n{}",
            self.index_changes(index, behind)
        );
        let drop = format!("ALTER {foreign}TABLE ONLY {table} DROP CONSTRAINT {name};\n");
        Definition {
            tablespace: Some(behind.rare().tablespace.clone()),
            ..Definition::new("CONSTRAINT", self.tag_on(body.owner, object), PostData, create)
                .dropped_by(drop)
        }
    }

    fn key_columns(&self, body: &Constraint, index: &Index) -> String {
        let mut text = if body.kind == 'p' { "PRIMARY KEY" } else { "UNIQUE" }.to_owned();
        if index.nulls_not_distinct && body.kind != 'p' {
            text += " NULLS NOT DISTINCT";
        }
        let keys = index.columns.get(..usize::from(index.keys)).unwrap_or(&index.columns);
        let included = index.columns.get(usize::from(index.keys)..).unwrap_or_default();
        push!(text, " ({}", self.column_names(body, keys));
        text += if body.period { " WITHOUT OVERLAPS" } else { "" };
        if !included.is_empty() {
            push!(text, ") INCLUDE ({}", self.column_names(body, included));
        }
        text += ")";
        if !index.rare().options.is_empty() {
            push!(text, " WITH ({})", self.quoter.options(&index.rare().options, ""));
        }
        text += if body.deferrable { " DEFERRABLE" } else { "" };
        text += if body.deferred { " INITIALLY DEFERRED" } else { "" };
        text
    }

    fn column_names(&self, body: &Constraint, numbers: &[i16]) -> String {
        let Some(table) = self.body(body.owner) else { return String::new() };
        let columns = numbers.iter().filter_map(|&number| table.column(number));
        self.quoter.idents(columns.map(|column| &*column.name))
    }

    /// A check, or a not-null that does not hold for all rows.
    fn condition(&self, object: &Object, body: &Constraint, kind: char) -> Definition {
        let desc = if kind == 'c' { "CHECK CONSTRAINT" } else { "CONSTRAINT" };
        let (owner, foreign) = (self.name(body.owner), self.foreign(body.owner));
        let what = match self.graph[body.owner].body {
            Body::Type(_) => format!("DOMAIN {owner}"),
            _ => format!("{foreign}TABLE {owner}"),
        };
        let name = self.ident(&object.name);
        let definition = body.definition.as_deref().unwrap_or_default();
        let create = format!("ALTER {what}\n    ADD CONSTRAINT {name} {definition};\n");
        Definition::new(desc, self.tag_on(body.owner, object), PostData, create)
            .dropped_by(format!("ALTER {what} DROP CONSTRAINT {name};\n"))
    }

    pub(super) fn foreign_key(&self, object: &Object, body: &ForeignKey) -> Definition {
        let (table, foreign) = (self.name(body.table), self.foreign(body.table));
        // The server knows no ONLY here for a partitioned table.
        let partitioned = self.body(body.table).is_some_and(|r| r.kind == 'p');
        let only = if partitioned { "" } else { "ONLY " };
        let name = self.ident(&object.name);
        let create = format!(
            "ALTER {foreign}TABLE {only}{table}\n    ADD CONSTRAINT {name} {};\n",
            body.definition
        );
        let drop = format!("ALTER {foreign}TABLE {only}{table} DROP CONSTRAINT {name};\n");
        Definition::new("FK CONSTRAINT", self.tag_on(body.table, object), PostData, create)
            .dropped_by(drop)
    }
}
