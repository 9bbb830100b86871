//! Columns in CREATE TABLE, and what is said of them afterwards.

use std::borrow::Cow;

use super::{Definition, Printer};
use crate::model::spec::Section::PreData;
use crate::postgres::schema::body::{Column, ColumnDefault, NotNull, Relation};

impl Printer<'_> {
    /// The elements for columns: a column's definition, or only its own not-null constraint where
    /// the column itself comes from a parent.
    pub(super) fn column_elements(&self, table: &str, body: &Relation) -> Vec<String> {
        let columns = body.columns.iter();
        columns.filter_map(|column| self.column_element(table, body, column)).collect()
    }

    fn column_element(&self, table: &str, body: &Relation, column: &Column) -> Option<String> {
        if column.dropped {
            return None;
        }
        let name = self.ident(&column.name);
        if !body.prints(column) {
            return self.inherited_not_null(table, column, &name);
        }
        let default = self.inline_default(column);
        let not_null =
            column.not_null.as_ref().filter(|n| n.valid && (n.local || body.is_partition));
        if body.rare().of_type.is_some() && default.is_none() && not_null.is_none() {
            return None;
        }
        let mut text = name;
        if body.rare().of_type.is_none() {
            push!(text, " {}", column.data_type());
        }
        match (default, column.generated.code()) {
            (Some(expression), 's') => {
                push!(text, " GENERATED ALWAYS AS ({expression}) STORED");
            }
            (Some(expression), 'v') => push!(text, " GENERATED ALWAYS AS ({expression})"),
            (Some(expression), _) => push!(text, " DEFAULT {expression}"),
            (None, _) => {}
        }
        if let Some(constraint) = not_null {
            if let Some(name) = said_name(*constraint, table, column) {
                push!(text, " CONSTRAINT {}", self.ident(&name));
            }
            text += " NOT NULL";
            text += if constraint.no_inherit { " NO INHERIT" } else { "" };
        }
        if let Some(collation) = column.collation() {
            push!(text, " COLLATE {collation}");
        }
        Some(text)
    }

    /// A not-null constraint of its own on a column that comes from a parent: an element from
    /// PostgreSQL 18 on, where such constraints have names; before, an ALTER TABLE.
    fn inherited_not_null(&self, table: &str, column: &Column, name: &str) -> Option<String> {
        let constraint = column.not_null.as_ref()?;
        if !constraint.valid || !constraint.local || !constraint.named {
            return None;
        }
        let mut text = String::new();
        if let Some(own) = said_name(*constraint, table, column) {
            push!(text, "CONSTRAINT {} ", self.ident(&own));
        }
        push!(text, "NOT NULL {name}");
        text += if constraint.no_inherit { " NO INHERIT" } else { "" };
        Some(text)
    }

    /// ALTER TABLE for what CREATE TABLE cannot say of columns.
    pub(super) fn column_changes(&self, table: &str, body: &Relation) -> String {
        let foreign = if body.kind == 'f' { "FOREIGN " } else { "" };
        let columns = body.columns.iter().filter(|column| !column.dropped);
        let mut changes = String::new();
        for column in columns {
            let alter = format!(
                "ALTER {foreign}TABLE ONLY {table} ALTER COLUMN {}",
                self.ident(&column.name)
            );
            let inherited = !body.prints(column);
            let own = |n: &NotNull| n.local && !n.named;
            if inherited && column.not_null.as_ref().is_some_and(own) {
                push!(changes, "{alter} SET NOT NULL;\n");
            }
            for change in column_change(column, self.toast_compression) {
                push!(changes, "{alter} {change};\n");
            }
        }
        changes
    }

    /// A default that is an entry of its own.
    pub(super) fn default(&self, body: &ColumnDefault) -> Option<Definition> {
        if !body.separate {
            return None;
        }
        let column = self.body(body.table)?.column(body.number)?;
        let (table, foreign) = (self.name(body.table), self.foreign(body.table));
        let name = self.ident(&column.name);
        let tag = format!("{} {}", self.graph[body.table].name, column.name);
        let create = format!(
            "ALTER {foreign}TABLE ONLY {table} ALTER COLUMN {name} SET DEFAULT {};\n",
            body.expression.map_or("", |id| self.graph.expression(id))
        );
        let drop = format!("ALTER {foreign}TABLE {table} ALTER COLUMN {name} DROP DEFAULT;\n");
        Some(Definition::new("DEFAULT", tag, PreData, create).dropped_by(drop))
    }
}

/// The name of a not-null constraint, where it has to be said.
fn said_name<'c>(constraint: NotNull, table: &str, column: &'c Column) -> Option<Cow<'c, str>> {
    match column.rare.as_ref().and_then(|rare| rare.not_null_name.as_deref()) {
        Some(name) => Some(Cow::Borrowed(name)),
        None if constraint.commented => Some(Cow::Owned(NotNull::usual_name(table, &column.name))),
        None => None,
    }
}

fn column_change(column: &Column, compressions: bool) -> Vec<String> {
    let mut changes = Vec::new();
    let rare = column.rare.as_deref();
    let statistics = rare.and_then(|rare| rare.statistics);
    changes.extend(statistics.map(|n| format!("SET STATISTICS {n}")));
    let storage = column.storage().and_then(|code| match code.code() {
        'p' => Some("PLAIN"),
        'e' => Some("EXTERNAL"),
        'm' => Some("MAIN"),
        'x' => Some("EXTENDED"),
        _ => None,
    });
    changes.extend(storage.map(|word| format!("SET STORAGE {word}")));
    let compression = match column.compression.code() {
        'p' if compressions => Some("pglz"),
        'l' if compressions => Some("lz4"),
        _ => None,
    };
    changes.extend(compression.map(|word| format!("SET COMPRESSION {word}")));
    if let Some(rare) = rare.filter(|rare| !rare.options.is_empty()) {
        changes.push(format!("SET ({})", rare.options));
    }
    if let Some(rare) = rare.filter(|rare| !rare.foreign_options.is_empty()) {
        changes.push(format!("OPTIONS (\n    {}\n)", rare.foreign_options));
    }
    changes
}
