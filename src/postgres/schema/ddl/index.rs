//! Indexes and partitions' places in partitioned indexes.

use super::{Definition, Printer};
use crate::model::spec::Section::PostData;
use crate::postgres::schema::body::{Index, IndexAttach};
use crate::postgres::schema::graph::Object;

impl Printer<'_> {
    pub(super) fn index(&self, object: &Object, body: &Index) -> Option<Definition> {
        if body.constraint.is_some() {
            return None;
        }
        let name = self.qualified(object);
        let create = format!("{};\n{}", body.definition, self.index_changes(object, body));
        let drop = if body.has_parent { String::new() } else { format!("DROP INDEX {name};\n") };
        Some(Definition {
            tablespace: Some(body.tablespace.clone()),
            ..Definition::new("INDEX", &object.name, PostData, create).dropped_by(drop)
        })
    }

    /// What is said of an index after it is made, by itself or by its constraint.
    pub(super) fn index_changes(&self, object: &Object, body: &Index) -> String {
        let (name, table) = (self.qualified(object), self.name(body.table));
        let bare = self.ident(&object.name);
        let mut text = String::new();
        if body.clustered {
            push!(text, "\nALTER TABLE {table} CLUSTER ON {bare};\n");
        }
        for (column, target) in &body.statistics {
            push!(text, "ALTER INDEX {name} ALTER COLUMN {column} SET STATISTICS {target};\n");
        }
        let extensions = self.goes_with("INDEX", &name, &body.goes_with);
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
