//! Types of all kinds.

use super::{Definition, Printer};
use crate::model::name::quote_literal;
use crate::model::spec::Section::PreData;
use crate::postgres::schema::body::{Base, Body, CompositeColumn, Domain, Range, Type};
use crate::postgres::schema::graph::Object;

impl Printer<'_> {
    pub(super) fn any_type(&self, object: &Object, body: &Type) -> Definition {
        let name = self.qualified(object);
        let (desc, create) = match body {
            Type::Enum(labels) => ("TYPE", enumeration(&name, labels)),
            Type::Domain(domain) => ("DOMAIN", self.domain(&name, domain)),
            Type::Composite { columns, .. } => ("TYPE", self.composite(&name, columns)),
            Type::Range(range) => ("TYPE", range_type(&name, range)),
            Type::Base(base) => ("TYPE", base_type(&name, base)),
            Type::Shell => ("TYPE", format!("CREATE TYPE {name};\n")),
        };
        // The functions of a base type and the type need each other: they go together.
        let cascade = if matches!(body, Type::Base(_)) { " CASCADE" } else { "" };
        Definition::new(desc, &object.name, PreData, create)
            .dropped_by(format!("DROP {desc} {name}{cascade};\n"))
    }

    pub(super) fn shell_type(&self, object: &Object) -> Definition {
        let create = format!("CREATE TYPE {};\n", self.qualified(object));
        Definition::new("SHELL TYPE", &object.name, PreData, create)
    }

    fn domain(&self, name: &str, domain: &Domain) -> String {
        let mut text = format!("CREATE DOMAIN {name} AS {}", domain.base);
        if let Some(collation) = &domain.collation {
            push!(text, " COLLATE {collation}");
        }
        if let Some(not_null) = &domain.not_null {
            push!(text, " {not_null}");
        }
        if let Some(default) = &domain.default {
            push!(text, " DEFAULT {default}");
        }
        for &id in &domain.constraints {
            let object = &self.graph[id];
            if let Body::Constraint(body) = &object.body
                && !body.separate
            {
                let definition = body.definition.as_deref().unwrap_or_default();
                push!(text, "\n\tCONSTRAINT {} {definition}", self.ident(&object.name));
            }
        }
        text + ";\n"
    }

    fn composite(&self, name: &str, columns: &[CompositeColumn]) -> String {
        let one = |column: &CompositeColumn| {
            let mut text = format!("\n\t{} {}", self.ident(&column.name), column.data_type);
            if let Some(collation) = &column.collation {
                push!(text, " COLLATE {collation}");
            }
            text
        };
        let columns: Vec<String> = columns.iter().map(one).collect();
        format!("CREATE TYPE {name} AS ({}\n);\n", columns.join(","))
    }
}

fn enumeration(name: &str, labels: &[String]) -> String {
    let labels: Vec<String> =
        labels.iter().map(|label| format!("\n    {}", quote_literal(label))).collect();
    format!("CREATE TYPE {name} AS ENUM ({}\n);\n", labels.join(","))
}

fn base_type(name: &str, base: &Base) -> String {
    format!("CREATE TYPE {name} (\n    {}\n);\n", base.options.join(",\n    "))
}

fn range_type(name: &str, range: &Range) -> String {
    let mut text = format!("CREATE TYPE {name} AS RANGE (\n    subtype = {}", range.subtype);
    let mut option = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            push!(text, ",\n    {name} = {value}");
        }
    };
    option("multirange_type_name", &range.multirange);
    option("subtype_opclass", &range.opclass);
    option("collation", &range.collation);
    option("canonical", &range.canonical);
    option("subtype_diff", &range.diff);
    text + "\n);\n"
}
