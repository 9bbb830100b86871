//! Indexes and partitions' places in partitioned indexes.

use std::borrow::Cow;

use super::{Definition, Printer};
use crate::model::spec::Section::PostData;
use crate::postgres::schema::body::{Index, IndexAttach, IndexText};
use crate::postgres::schema::graph::Object;

impl Printer<'_> {
    pub(super) fn index(&self, object: &Object, body: &Index) -> Option<Definition> {
        if body.constraint.is_some() {
            return None;
        }
        let name = self.qualified(object);
        let create = format!(
            "{};\n{}",
            self.index_definition(object, body)?,
            self.index_changes(object, body)
        );
        let drop = if body.has_parent { String::new() } else { format!("DROP INDEX {name};\n") };
        Some(Definition {
            tablespace: Some(body.rare().tablespace.clone()),
            ..Definition::new("INDEX", &object.name, PostData, create).dropped_by(drop)
        })
    }

    /// CREATE INDEX, word for word as the server's `pg_get_indexdef` writes it.
    fn index_definition<'b>(&self, object: &Object, body: &'b Index) -> Option<Cow<'b, str>> {
        let (unique, only, method, order) = match &body.text {
            IndexText::OfConstraint => return None,
            IndexText::Theirs(text) => return Some(Cow::Borrowed(text)),
            IndexText::Columns { unique, only, method, order } => (unique, only, method, order),
        };
        let unique = if *unique { "UNIQUE " } else { "" };
        let only = if *only { "ONLY " } else { "" };
        let (name, table) = (&object.name, &self.graph[body.table]);
        let mut text = format!(
            "CREATE {unique}INDEX {} ON {only}{}.{} USING {} (",
            self.quoter.server_ident(name),
            self.quoter.server_ident(table.schema()),
            self.quoter.server_ident(&table.name),
            self.quoter.server_ident(method),
        );
        let columns = self.body(body.table)?;
        for (at, &number) in body.columns.iter().enumerate() {
            text += match at {
                0 => "",
                at if at == usize::from(body.keys) => ") INCLUDE (",
                _ => ", ",
            };
            text += &self.quoter.server_ident(&columns.column(number)?.name);
            text += order.get(at).map_or("", |&order| order_words(order));
        }
        text += if body.nulls_not_distinct { ") NULLS NOT DISTINCT" } else { ")" };
        Some(Cow::Owned(text))
    }

    /// What is said of an index after it is made, by itself or by its constraint.
    pub(super) fn index_changes(&self, object: &Object, body: &Index) -> String {
        let (name, table) = (self.qualified(object), self.name(body.table));
        let bare = self.ident(&object.name);
        let mut text = String::new();
        if body.clustered {
            push!(text, "\nALTER TABLE {table} CLUSTER ON {bare};\n");
        }
        for (column, target) in &body.rare().statistics {
            push!(text, "ALTER INDEX {name} ALTER COLUMN {column} SET STATISTICS {target};\n");
        }
        let extensions = self.goes_with("INDEX", &name, &body.rare().goes_with);
        let identity = if body.replica_identity {
            format!("\nALTER TABLE ONLY {table} REPLICA IDENTITY USING INDEX {bare};\n")
        } else {
            String::new()
        };
        if body.constraint.is_some() {
            text + &identity + &extensions
        } else {
            text + &extensions + &identity
        }
    }

    pub(super) fn index_attach(&self, object: &Object, body: &IndexAttach) -> Definition {
        let create = format!(
            "ALTER INDEX {} ATTACH PARTITION {};\n",
            self.name(body.parent),
            self.name(body.index)
        );
        Definition::new("INDEX ATTACH", &object.name, PostData, create)
    }
}

/// A key's bits of `indoption`: 1 descending, 2 nulls first, which is usual for descending ones.
fn order_words(bits: i16) -> &'static str {
    match (bits & 1 != 0, bits & 2 != 0) {
        (false, false) => "",
        (false, true) => " NULLS FIRST",
        (true, true) => " DESC",
        (true, false) => " DESC NULLS LAST",
    }
}
