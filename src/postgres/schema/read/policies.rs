//! Row security.

use super::Source;
use crate::error::Result;
use crate::postgres::schema::body::{Body, Policy, Relation};
use crate::postgres::schema::graph::{Graph, Id, Key, Object, class};

/// Policies, and the tables on which row security is on.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    add_switches(graph);
    let sql = "SELECT p.oid, p.polrelid, p.polname, p.polcmd::text, p.polpermissive,
                      CASE WHEN p.polroles <> '{0}' THEN pg_catalog.array_to_string(ARRAY(
                          SELECT pg_catalog.quote_ident(r.rolname) FROM pg_catalog.pg_roles r
                           WHERE r.oid = ANY (p.polroles)), ', ') END,
                      pg_catalog.pg_get_expr(p.polqual, p.polrelid),
                      pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)
                 FROM pg_catalog.pg_policy p WHERE p.polrelid = ANY ($1) ORDER BY p.oid";
    let rows = source.reader.read_of("policies", sql, &source.relations, |f| {
        let key: Key = (class::POLICY, f.take()?);
        let (table, name): (u32, String) = (f.take()?, f.take()?);
        let policy = Policy {
            table: Id::default(),
            command: f.code()?,
            permissive: f.take()?,
            roles: f.take()?,
            using: f.take()?,
            check: f.take()?,
        };
        Ok((key, table, name, policy))
    });
    for (key, table, name, policy) in rows.await? {
        let Some(table) = graph.relation(table) else { continue };
        let owner = &graph[table];
        let object = Object::new(key, name, Body::Policy(Box::new(Policy { table, ..policy })))
            .in_schema(owner.schema())
            .owned_by(owner.owner.as_str())
            .sorted_by(owner.name.as_str())
            .taking(owner.take);
        graph.add(object);
    }
    Ok(())
}

fn add_switches(graph: &mut Graph) {
    let on = |object: &Object| matches!(&object.body, Body::Relation(r) if matches!(**r, Relation { row_security: true, .. }));
    let tables: Vec<Id> = graph.iter().filter(|(_, o)| on(o)).map(|(id, _)| id).collect();
    for table in tables {
        let owner = &graph[table];
        let switch = Object::new((0, owner.key.1), owner.name.as_str(), Body::RowSecurity(table))
            .in_schema(owner.schema())
            .owned_by(owner.owner.as_str())
            .sorted_by(owner.name.as_str())
            .taking(owner.take)
            .needing([table]);
        graph.add(switch);
    }
}
