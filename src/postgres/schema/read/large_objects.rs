//! Large objects, grouped by the server: one row a group, so that millions of them stay small.

use super::Source;
use crate::error::Result;
use crate::postgres::schema::acl::Privileges;
use crate::postgres::schema::body::{Body, LargeObjects};
use crate::postgres::schema::graph::{Graph, Object, Take};

/// Large objects of one group at most, as pg_dump has it.
const GROUP: i64 = 1000;

/// Adds all of them as one object, and their data as another.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let Some(grouped) = source.large_objects else { return Ok(()) };
    let sql = "
        WITH item AS (
            SELECT m.oid, m.lomowner, m.lomacl::text[] AS acl,
                   (pg_catalog.row_number() OVER (PARTITION BY m.lomowner, m.lomacl::text
                                                  ORDER BY m.oid) - 1) / $1 AS part
              FROM pg_catalog.pg_largeobject_metadata m)
        SELECT pg_catalog.pg_get_userbyid(i.lomowner), i.acl,
               pg_catalog.acldefault('L', i.lomowner)::text[],
               pg_catalog.array_agg(i.oid ORDER BY i.oid)
          FROM item i GROUP BY i.lomowner, i.acl, i.part ORDER BY 1, 2, 4";
    let groups = source.reader.read("large objects", sql, &[&GROUP], |f| {
        Ok(LargeObjects {
            owner: f.take()?,
            privileges: Privileges { own: f.take()?, default: f.list()?, initial: None },
            oids: f.take()?,
        })
    });
    let groups = groups.await?;
    if groups.is_empty() {
        return Ok(());
    }
    let object = |body| Object::new((0, 0), "", body).taking(Take::ALL);
    let all = graph.add(object(Body::LargeObjects { groups, grouped }));
    graph.add(object(Body::LargeObjectData(all)).needing([all]));
    Ok(())
}
