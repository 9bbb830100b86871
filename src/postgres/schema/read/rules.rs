//! Rules, the ones that are a view's query included.

use super::Source;
use crate::error::Result;
use crate::postgres::schema::body::{Body, Rule};
use crate::postgres::schema::graph::{Graph, Id, Key, Object, class};

/// Rules of the relations that are read. A view's own rule comes before the view, so that what the
/// query needs comes before it too; any other comes after its relation.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = "SELECT r.oid, r.ev_class, r.rulename, r.ev_type = '1' AND r.is_instead,
                      CASE WHEN NOT (r.ev_type = '1' AND r.is_instead)
                           THEN pg_catalog.pg_get_ruledef(r.oid) END, r.ev_enabled::text
                 FROM pg_catalog.pg_rewrite r
                WHERE r.ev_class = ANY ($1) ORDER BY r.oid";
    let rows = source.reader.read_of("rules", sql, &source.relations, |f| {
        let key: Key = (class::REWRITE, f.take()?);
        let (relation, name): (u32, String) = (f.take()?, f.take()?);
        let on_select: bool = f.take()?;
        let rule = Rule {
            relation: Id::default(),
            definition: f.take()?,
            enabled: f.code()?,
            separate: !on_select,
        };
        Ok((key, relation, name, rule))
    });
    for (key, relation, name, rule) in rows.await? {
        let Some(relation) = graph.relation(relation) else { continue };
        if source.depends.extension_of(key).is_some() {
            continue;
        }
        let separate = rule.separate;
        let owner = &graph[relation];
        let object = Object::new(key, name, Body::Rule(Rule { relation, ..rule }))
            .in_schema(owner.schema())
            .owned_by(owner.owner.as_str())
            .sorted_by(owner.name.as_str())
            .taking(owner.take);
        let id = graph.add(object);
        if separate {
            graph.depend(id, relation);
        } else {
            graph.depend(relation, id);
        }
    }
    Ok(())
}
