//! Schemas, extensions, collations, casts, extended statistics, event triggers.

use super::{Definition, Printer, enabled};
use crate::model::name::quote_literal;
use crate::model::spec::Section::{PostData, PreData};
use crate::postgres::schema::body::{
    Collation, EventTrigger, Extension, Plain, Schema, Statistics,
};
use crate::postgres::schema::graph::Object;

impl Printer<'_> {
    pub(super) fn schema(&self, object: &Object, body: &Schema) -> Definition {
        let name = self.ident(&object.name);
        let (create, drop) = if body.create {
            (format!("CREATE SCHEMA {name};\n"), format!("DROP SCHEMA {name};\n"))
        } else {
            (
                "-- *not* creating schema, since initdb creates it\n".to_owned(),
                "-- *not* dropping schema, since initdb creates it\n".to_owned(),
            )
        };
        Definition::new("SCHEMA", &object.name, PreData, create).dropped_by(drop)
    }

    pub(super) fn extension(&self, object: &Object, body: &Extension) -> Definition {
        let name = self.ident(&object.name);
        let schema = self.ident(&body.schema);
        let create = format!("CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA {schema};\n");
        Definition::new("EXTENSION", &object.name, PreData, create)
            .dropped_by(format!("DROP EXTENSION {name};\n"))
    }

    pub(super) fn collation(&self, object: &Object, body: &Collation) -> Definition {
        let name = self.qualified(object);
        let create = format!("CREATE COLLATION {name} ({});\n", collation_options(body));
        Definition::new("COLLATION", &object.name, PreData, create)
            .dropped_by(format!("DROP COLLATION {name};\n"))
    }

    pub(super) fn statistics(&self, object: &Object, body: &Statistics) -> Definition {
        let name = self.qualified(object);
        let mut create = format!("{};\n", body.definition);
        if let Some(target) = body.target {
            push!(create, "ALTER STATISTICS {name} SET STATISTICS {target};\n");
        }
        Definition::new("STATISTICS", &object.name, PostData, create)
            .dropped_by(format!("DROP STATISTICS {name};\n"))
    }

    pub(super) fn event_trigger(&self, object: &Object, body: &EventTrigger) -> Definition {
        let name = self.ident(&object.name);
        let mut create = format!("CREATE EVENT TRIGGER {name} ON {}", self.ident(&body.event));
        if !body.tags.is_empty() {
            push!(create, "\n         WHEN TAG IN ({})", body.tags);
        }
        push!(create, "\n   EXECUTE {} {}();\n", body.keyword, body.function);
        if let Some(state) = enabled(body.enabled) {
            push!(create, "\nALTER EVENT TRIGGER {name} {state};\n");
        }
        Definition::new("EVENT TRIGGER", &object.name, PostData, create)
            .dropped_by(format!("DROP EVENT TRIGGER {name};\n"))
    }
}

/// A definition whose SQL is there already; none for what only has grants.
pub(super) fn plain(body: &Plain) -> Option<Definition> {
    if body.create.is_empty() {
        return None;
    }
    let definition = Definition::new(body.desc, &body.tag, body.section, body.create.clone());
    Some(Definition { drop: body.drop.clone(), ..definition })
}

fn collation_options(body: &Collation) -> String {
    let provider = match body.provider {
        'b' => "builtin",
        'i' => "icu",
        'd' => "default",
        _ => "libc",
    };
    let mut options = vec![format!("provider = {provider}")];
    if !body.deterministic {
        options.push("deterministic = false".to_owned());
    }
    let mut option = |name: &str, value: &Option<String>| {
        options.extend(value.as_ref().map(|v| format!("{name} = {}", quote_literal(v))));
    };
    if body.provider == 'd' {
        return options.join(", ");
    }
    // ICU kept its locale in the libc columns before PostgreSQL 15.
    match (&body.locale, &body.collate, &body.ctype) {
        (Some(_), _, _) => option("locale", &body.locale),
        (None, collate, ctype) if collate == ctype => option("locale", collate),
        (None, collate, ctype) => {
            option("lc_collate", collate);
            option("lc_ctype", ctype);
        }
    }
    option("rules", &body.rules);
    options.join(", ")
}
