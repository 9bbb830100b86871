//! CREATE TABLE with what can only be said by ALTER TABLE after it.

use super::{Definition, Printer};
use crate::model::spec::Section::PreData;
use crate::postgres::schema::body::{Body, Column, DefaultOf, Relation, TableAttach};
use crate::postgres::schema::graph::Object;

impl Printer<'_> {
    pub(super) fn relation(&self, object: &Object, body: &Relation) -> Option<Definition> {
        match body.kind {
            'S' => self.sequence(object, body),
            'v' => Some(self.view(object, body)),
            'm' => Some(self.materialized_view(object, body)),
            _ => Some(self.table(object, body)),
        }
    }

    fn table(&self, object: &Object, body: &Relation) -> Definition {
        let name = self.qualified(object);
        let desc = if body.kind == 'f' { "FOREIGN TABLE" } else { "TABLE" };
        let unlogged = if body.persistence == 'u' && body.kind != 'p' { "UNLOGGED " } else { "" };
        let mut create = format!("CREATE {unlogged}{desc} {name}");
        if let Some(of_type) = &body.rare().of_type {
            push!(create, " OF {of_type}");
        }
        create += &self.table_elements(&object.name, body);
        create += &self.table_tail(body);
        create += ";\n";
        create += &self.column_changes(&name, body);
        create += &table_changes(&name, body);
        Definition {
            tablespace: matches!(body.kind, 'r' | 'p').then(|| body.tablespace.to_string()),
            table_am: body.access_method.as_ref().map(String::from),
            relkind: Some(body.kind),
            ..Definition::new(desc, &object.name, PreData, create)
                .dropped_by(format!("DROP {desc} {name};\n"))
        }
    }

    /// Everything between the parentheses and the semicolon.
    fn table_tail(&self, body: &Relation) -> String {
        let (mut tail, rare) = (String::new(), body.rare());
        if !rare.parents.is_empty() && !body.is_partition {
            let parents: Vec<String> = rare.parents.iter().map(|&id| self.name(id)).collect();
            push!(tail, "\nINHERITS ({})", parents.join(", "));
        }
        if let Some(key) = &rare.partition_key {
            push!(tail, "\nPARTITION BY {key}");
        }
        if let Some((server, _)) = &rare.foreign {
            push!(tail, "\nSERVER {}", self.ident(server));
        }
        tail += &self.storage_options(body);
        if let Some((_, options)) = rare.foreign.as_ref().filter(|(_, options)| !options.is_empty())
        {
            push!(tail, "\nOPTIONS (\n    {options}\n)");
        }
        tail
    }

    /// The WITH clause, empty without options.
    pub(super) fn storage_options(&self, body: &Relation) -> String {
        let own = self.quoter.options(&body.rare().options, "");
        let toast = self.quoter.options(&body.rare().toast_options, "toast.");
        let options: Vec<String> = [own, toast].into_iter().filter(|o| !o.is_empty()).collect();
        if options.is_empty() { String::new() } else { format!("\nWITH ({})", options.join(", ")) }
    }

    pub(super) fn table_attach(&self, object: &Object, body: &TableAttach) -> Option<Definition> {
        let bound = self.body(body.partition)?.rare().partition_bound.as_ref()?;
        let create = format!(
            "ALTER TABLE ONLY {} ATTACH PARTITION {} {bound};\n",
            self.name(body.parent),
            self.name(body.partition)
        );
        Some(Definition::new("TABLE ATTACH", &object.name, PreData, create))
    }

    /// Columns and constraints in parentheses; nothing for a typed table without any.
    fn table_elements(&self, table: &str, body: &Relation) -> String {
        let mut elements = self.column_elements(table, body);
        for &id in &body.checks {
            let object = &self.graph[id];
            let Body::Constraint(check) = &object.body else { continue };
            if !check.separate && (check.local || body.is_partition) {
                let definition = check.definition.as_deref().unwrap_or_default();
                elements.push(format!("CONSTRAINT {} {definition}", self.ident(&object.name)));
            }
        }
        if elements.is_empty() {
            return if body.rare().of_type.is_some() { String::new() } else { " (\n)".to_owned() };
        }
        format!(" (\n    {}\n)", elements.join(",\n    "))
    }

    /// The `DEFAULT` of a column, as part of CREATE TABLE.
    pub(super) fn inline_default(&self, column: &Column) -> Option<&str> {
        let expression = match column.default? {
            DefaultOf::Plain(expression) => Some(expression),
            DefaultOf::Object(id) => match &self.graph[id] {
                Object { body: Body::Default(body), take, .. }
                    if !body.separate && take.definition =>
                {
                    body.expression
                }
                _ => None,
            },
        };
        expression.map(|id| self.graph.expression(id))
    }
}

fn table_changes(name: &str, body: &Relation) -> String {
    let mut changes = replica_identity(name, body);
    if body.force_row_security {
        push!(changes, "\nALTER TABLE ONLY {name} FORCE ROW LEVEL SECURITY;\n");
    }
    changes
}

/// REPLICA IDENTITY, where it is not the default and not an index.
pub(super) fn replica_identity(name: &str, body: &Relation) -> String {
    let identity = match (body.kind, body.replica_identity) {
        ('r' | 'p' | 'm', 'n') => "NOTHING",
        ('r' | 'p' | 'm', 'f') => "FULL",
        _ => return String::new(),
    };
    format!("\nALTER TABLE ONLY {name} REPLICA IDENTITY {identity};\n")
}
