//! Views, materialized views, and their refresh.

use super::relation::replica_identity;
use super::{Definition, Printer};
use crate::model::spec::Section::{PostData, PreData};
use crate::postgres::schema::body::Relation;
use crate::postgres::schema::graph::{Id, Object};

impl Printer<'_> {
    pub(super) fn view(&self, object: &Object, body: &Relation) -> Definition {
        let name = self.qualified(object);
        let create = if body.dummy {
            format!("CREATE VIEW {name} AS\n{};\n", self.columns_alone(body))
        } else {
            format!("CREATE VIEW {}", self.view_body(&name, body))
        };
        Definition {
            relkind: Some('v'),
            ..Definition::new("VIEW", &object.name, PreData, create)
                .dropped_by(format!("DROP VIEW {name};\n"))
        }
    }

    /// From the name to the semicolon.
    pub(super) fn view_body(&self, name: &str, body: &Relation) -> String {
        let mut text = name.to_owned();
        let rare = body.rare();
        if !rare.options.is_empty() {
            push!(text, " WITH ({})", self.quoter.options(&rare.options, ""));
        }
        push!(text, " AS\n{}", body.query.as_deref().unwrap_or_default());
        if let Some(check) = &rare.check_option {
            push!(text, "\n  WITH {check} CHECK OPTION");
        }
        text + ";\n"
    }

    /// A query of the view's columns that reads nothing: stands in until what the real one needs is
    /// there.
    pub(super) fn columns_alone(&self, body: &Relation) -> String {
        let columns = body.columns.iter().filter(|column| !column.dropped).map(|column| {
            let collation = column.collation().map(|c| format!(" COLLATE {c}")).unwrap_or_default();
            format!("\n    NULL::{}{collation} AS {}", column.data_type(), self.ident(&column.name))
        });
        format!("SELECT{}", columns.collect::<Vec<_>>().join(","))
    }

    pub(super) fn materialized_view(&self, object: &Object, body: &Relation) -> Definition {
        let name = self.qualified(object);
        let desc = "MATERIALIZED VIEW";
        let mut create = format!(
            "CREATE {desc} {name}{} AS\n{}\n  WITH NO DATA;\n",
            self.storage_options(body),
            body.query.as_deref().unwrap_or_default()
        );
        create += &self.goes_with(desc, &name, &body.rare().goes_with);
        create += &self.column_changes(&name, body);
        create += &replica_identity(&name, body);
        let section = if body.postponed { PostData } else { PreData };
        Definition {
            tablespace: Some(body.tablespace.to_string()),
            table_am: body.access_method.as_ref().map(String::from),
            relkind: Some('m'),
            ..Definition::new(desc, &object.name, section, create)
                .dropped_by(format!("DROP {desc} {name};\n"))
        }
    }

    pub(super) fn refresh(&self, object: &Object, view: Id) -> Definition {
        let create = format!("REFRESH MATERIALIZED VIEW {};\n", self.name(view));
        Definition::new("MATERIALIZED VIEW DATA", &object.name, PostData, create)
    }
}
