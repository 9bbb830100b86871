//! Privileges on configuration parameters, which servers from 15 on have.

use crate::error::Result;
use crate::postgres::schema::acl::{self, Privileges};
use crate::postgres::schema::query::Reader;
use crate::postgres::schema::quote::Quoter;

/// A parameter with privileges.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    name: String,
    /// All parameters belong to the superuser that the cluster was made with.
    owner: String,
    privileges: Privileges,
}

/// Reads them by name.
pub(super) async fn read(reader: &Reader<'_>) -> Result<Vec<Parameter>> {
    let sql = "SELECT parname, pg_catalog.pg_get_userbyid(10)::text, paracl::text[],
                      pg_catalog.acldefault('p', 10)::text[]
                 FROM pg_catalog.pg_parameter_acl ORDER BY parname";
    let rows = reader.read("privileges on parameters", sql, &[], |f| {
        Ok(Parameter {
            name: f.take()?,
            owner: f.take()?,
            privileges: Privileges { own: f.take()?, default: f.list()?, initial: None },
        })
    });
    rows.await
}

impl Parameter {
    /// The commands that grant them.
    pub(super) fn commands(&self, quoter: &Quoter) -> String {
        let target = acl::Target {
            prefix: "",
            kind: "PARAMETER",
            name: &quoter.ident(&self.name),
            column: None,
            owner: &self.owner,
        };
        acl::commands(quoter, target, &self.privileges)
    }
}
