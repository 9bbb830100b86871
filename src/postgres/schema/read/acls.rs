//! Default privileges, and the access control lists that objects began with.

use std::collections::HashMap;

use super::Source;
use crate::error::Result;
use crate::postgres::schema::acl::Privileges;
use crate::postgres::schema::body::{Body, DefaultAcl};
use crate::postgres::schema::graph::{Graph, Key, Object, Take, class};
use crate::postgres::schema::query::{Fields, Reader};

/// `pg_init_privs`.
pub(in super::super) async fn read_initial(
    reader: &Reader<'_>,
) -> Result<HashMap<(Key, i32), Vec<String>>> {
    let sql = "SELECT classoid, objoid, objsubid, initprivs::text[]
                 FROM pg_catalog.pg_init_privs";
    let rows = reader.read("initial privileges", sql, &[], |f| {
        Ok((((f.take()?, f.take()?), f.take()?), f.list()?))
    });
    Ok(rows.await?.into_iter().collect())
}

impl Source<'_> {
    /// Takes an object's own list and its kind's default from the row.
    pub(super) fn privileges(&self, key: Key, fields: &mut Fields<'_>) -> Result<Privileges> {
        Ok(Privileges {
            own: fields.take()?,
            default: fields.list()?,
            initial: self.initial.get(&(key, 0)).cloned(),
        })
    }
}

/// ALTER DEFAULT PRIVILEGES of roles and schemas.
pub(super) async fn read_default(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql =
        "SELECT d.oid, d.defaclnamespace, n.nspname, pg_catalog.pg_get_userbyid(d.defaclrole),
                      d.defaclobjtype::text, d.defaclacl::text[],
                      CASE WHEN d.defaclnamespace = 0 THEN pg_catalog.acldefault(
                          CASE WHEN d.defaclobjtype = 'S' THEN 's'::\"char\"
                               ELSE d.defaclobjtype END, d.defaclrole) END::text[]
                 FROM pg_catalog.pg_default_acl d
                 LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
                ORDER BY d.oid";
    let objects = source.reader.read("default privileges", sql, &[], |f| {
        let key = (class::DEFAULT_ACL, f.take()?);
        let schema_oid: u32 = f.take()?;
        let schema: Option<String> = f.take()?;
        let role: String = f.take()?;
        let kind = f.code()?;
        let privileges = Privileges { own: f.take()?, default: f.list()?, initial: None };
        let take = source.choice.take(key, Some(schema_oid).filter(|&oid| oid != 0));
        let object = Object::new(key, kind.to_string(), Body::DefaultAcl(DefaultAcl { kind }))
            .sorted_by(role.as_str())
            .owned_by(role)
            .granted(privileges)
            .taking(take);
        Ok(match schema {
            Some(schema) => object.in_schema(schema),
            None => object,
        })
    });
    for object in objects.await? {
        if object.take != Take::NONE {
            graph.add(object);
        }
    }
    Ok(())
}
