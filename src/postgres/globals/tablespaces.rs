//! Tablespaces: owner, folder, options, privileges, comment and labels.

use crate::error::Result;
use crate::model::spec::ClusterBackupSpec;
use crate::postgres::schema::acl::{self, Privileges};
use crate::postgres::schema::query::Reader;
use crate::postgres::schema::quote::{Quoter, escaped_literal};

use super::{Label, label_columns, label_commands, labels};

/// A tablespace; those of the system are none.
#[derive(Debug, Clone)]
pub(super) struct Tablespace {
    pub(super) name: String,
    owner: String,
    /// Its folder; empty for one inside the data folder.
    pub(super) location: String,
    privileges: Privileges,
    /// `name=value, …`.
    options: Option<String>,
    comment: Option<String>,
    labels: Vec<Label>,
}

/// Reads the tablespaces in the order in which they were made.
pub(super) async fn read(reader: &Reader<'_>, spec: &ClusterBackupSpec) -> Result<Vec<Tablespace>> {
    let sql = format!(
        "SELECT t.spcname::text, pg_catalog.pg_get_userbyid(t.spcowner)::text,
                pg_catalog.pg_tablespace_location(t.oid), t.spcacl::text[],
                pg_catalog.acldefault('t', t.spcowner)::text[],
                pg_catalog.array_to_string(t.spcoptions, ', '),
                pg_catalog.shobj_description(t.oid, 'pg_tablespace'), {labels}
           FROM pg_catalog.pg_tablespace t
          WHERE t.spcname !~ '^pg_'
          ORDER BY t.oid",
        labels = label_columns("pg_tablespace", "t.oid"),
    );
    let rows = reader.read("tablespaces", &sql, &[], |f| {
        let (name, owner) = (f.take()?, f.take()?);
        // One inside the data folder is known by a relative path.
        let location = f.take::<Option<String>>()?.filter(|path| path.starts_with('/'));
        Ok(Tablespace {
            name,
            owner,
            location: location.unwrap_or_default(),
            privileges: Privileges { own: f.take()?, default: f.list()?, initial: None },
            options: f.take()?,
            comment: f.take()?,
            labels: labels(f.list()?, f.list()?),
        })
    });
    let mut tablespaces = rows.await?;
    for tablespace in &mut tablespaces {
        if spec.no_privileges {
            tablespace.privileges = Privileges::default();
        }
        if spec.options.left_out.comments {
            tablespace.comment = None;
        }
        if spec.options.left_out.security_labels {
            tablespace.labels.clear();
        }
    }
    Ok(tablespaces)
}

impl Tablespace {
    /// The commands that make it.
    pub(super) fn commands(&self, quoter: &Quoter) -> String {
        let name = quoter.ident(&self.name);
        let (owner, location) = (quoter.ident(&self.owner), escaped_literal(&self.location));
        let mut text = format!("CREATE TABLESPACE {name} OWNER {owner} LOCATION {location};\n");
        if let Some(options) = self.options.as_ref().filter(|options| !options.is_empty()) {
            push!(text, "ALTER TABLESPACE {name} SET ({options});\n");
        }
        let target = acl::Target {
            prefix: "",
            kind: "TABLESPACE",
            name: &name,
            column: None,
            owner: &self.owner,
        };
        text.push_str(&acl::commands(quoter, target, &self.privileges));
        if let Some(comment) = self.comment.as_ref().filter(|comment| !comment.is_empty()) {
            push!(text, "COMMENT ON TABLESPACE {name} IS {};\n", escaped_literal(comment));
        }
        text + &label_commands(quoter, &self.labels, "TABLESPACE", &name)
    }
}
