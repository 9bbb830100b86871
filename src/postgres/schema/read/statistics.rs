//! Extended statistics.

use super::Source;
use crate::error::Result;
use crate::postgres::schema::body::{Body, Statistics};
use crate::postgres::schema::graph::{Graph, Key, Object, Take, class};

/// Statistics objects over the tables that are read.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let target = source.reader.pick(13, "nullif(s.stxstattarget, -1)::int4", "NULL::int4");
    let sql = format!(
        "SELECT s.oid, s.stxrelid, n.oid, n.nspname, s.stxname, pg_catalog.pg_get_userbyid(s.stxowner),
                pg_catalog.pg_get_statisticsobjdef(s.oid), {target}
           FROM pg_catalog.pg_statistic_ext s
           JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
          WHERE s.stxrelid = ANY ($1) ORDER BY s.oid"
    );
    let rows = source.reader.read_of("extended statistics", &sql, &source.relations, |f| {
        let key: Key = (class::STATISTICS, f.take()?);
        let table: u32 = f.take()?;
        let schema_oid: u32 = f.take()?;
        let (schema, name, owner): (String, String, String) = (f.take()?, f.take()?, f.take()?);
        let body = Body::Statistics(Statistics { definition: f.take()?, target: f.take()? });
        // As pg_dump has it: a table chosen by name comes without them, unless asked for whole.
        let take = source.choice.take(key, Some(schema_oid));
        let take = if source.choice.whole_tables { Take::ALL } else { take };
        Ok((table, Object::new(key, name, body).in_schema(schema).owned_by(owner).taking(take)))
    });
    for (table, mut object) in rows.await? {
        let Some(table) = graph.relation(table) else { continue };
        if source.depends.extension_of(object.key).is_none() {
            if !graph[table].take.definition {
                object.take = Take::NONE;
            }
            graph.add(object);
        }
    }
    Ok(())
}
