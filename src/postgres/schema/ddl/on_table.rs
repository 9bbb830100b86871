//! What hangs on a table: rules, triggers, row security.

use super::{Definition, Printer, enabled};
use crate::model::spec::Section::PostData;
use crate::postgres::schema::body::{Policy, Rule, Trigger};
use crate::postgres::schema::graph::{Id, Object};

impl Printer<'_> {
    pub(super) fn rule(&self, object: &Object, body: &Rule) -> Option<Definition> {
        if !body.separate {
            return None;
        }
        let relation = self.name(body.relation);
        let name = self.ident(&object.name);
        let (mut create, drop) = match &body.definition {
            Some(definition) => {
                (format!("{definition}\n"), format!("DROP RULE {name} ON {relation};\n"))
            }
            None => self.late_view(&relation, body)?,
        };
        if let Some(state) = enabled(body.enabled) {
            push!(create, "ALTER TABLE {relation} {state} RULE {name};\n");
        }
        let tag = self.tag_on(body.relation, object);
        Some(Definition::new("RULE", tag, PostData, create).dropped_by(drop))
    }

    /// A view's real query, given after the rows; its drop gives the stand-in back.
    fn late_view(&self, name: &str, body: &Rule) -> Option<(String, String)> {
        let view = self.body(body.relation)?;
        let create = format!("CREATE OR REPLACE VIEW {}", self.view_body(name, view));
        let drop = format!("CREATE OR REPLACE VIEW {name} AS\n{};\n", self.columns_alone(view));
        Some((create, drop))
    }

    pub(super) fn trigger(&self, object: &Object, body: &Trigger) -> Definition {
        let (table, foreign) = (self.name(body.relation), self.foreign(body.relation));
        let name = self.ident(&object.name);
        let alter =
            |state: &str| format!("\nALTER {foreign}TABLE {table} {state} TRIGGER {name};\n");
        let tag = self.tag_on(body.relation, object);
        if body.is_copy {
            let create = alter(enabled(body.enabled).unwrap_or("ENABLE"));
            return Definition::new("TRIGGER", tag, PostData, create).dropped_by("");
        }
        let mut create = format!("{};\n", body.definition);
        create += &self.goes_with("TRIGGER", &format!("{name} ON {table}"), &body.goes_with);
        create.extend(enabled(body.enabled).map(alter));
        Definition::new("TRIGGER", tag, PostData, create)
            .dropped_by(format!("DROP TRIGGER {name} ON {table};\n"))
    }

    pub(super) fn row_security(&self, object: &Object, table: Id) -> Definition {
        let create = format!("ALTER TABLE {} ENABLE ROW LEVEL SECURITY;", self.name(table));
        Definition::new("ROW SECURITY", &object.name, PostData, create)
    }

    pub(super) fn policy(&self, object: &Object, body: &Policy) -> Definition {
        let (table, name) = (self.name(body.table), self.ident(&object.name));
        let mut create = format!("CREATE POLICY {name} ON {table}");
        create += if body.permissive { "" } else { " AS RESTRICTIVE" };
        create += match body.command {
            'r' => " FOR SELECT",
            'a' => " FOR INSERT",
            'w' => " FOR UPDATE",
            'd' => " FOR DELETE",
            _ => "",
        };
        let mut clause = |word: &str, text: &Option<String>, open: &str, close: &str| {
            if let Some(text) = text {
                push!(create, " {word} {open}{text}{close}");
            }
        };
        clause("TO", &body.roles, "", "");
        clause("USING", &body.using, "(", ")");
        clause("WITH CHECK", &body.check, "(", ")");
        create += ";\n";
        Definition::new("POLICY", self.tag_on(body.table, object), PostData, create)
            .dropped_by(format!("DROP POLICY {name} ON {table};\n"))
    }
}
