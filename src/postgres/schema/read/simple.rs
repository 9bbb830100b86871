//! Schemas, extensions, collations, event triggers: kinds that are one query each.

use super::Source;
use crate::error::Result;
use crate::postgres::schema::acl::Privileges;
use crate::postgres::schema::body::{Body, Collation, EventTrigger, Extension, Schema};
use crate::postgres::schema::graph::{Graph, Key, Object, Take, class};
use crate::postgres::schema::select::USER_SCHEMA;

/// Oid of the role that owns `public` from PostgreSQL 15 on.
const DATABASE_OWNER_ROLE: u32 = 6171;

/// Schemas that are not the system's.
pub(super) async fn read_schemas(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = format!(
        "SELECT n.oid, n.nspname, n.nspowner, pg_catalog.pg_get_userbyid(n.nspowner),
                n.nspacl::text[], pg_catalog.acldefault('n', n.nspowner)::text[]
           FROM pg_catalog.pg_namespace n WHERE {USER_SCHEMA} ORDER BY n.oid"
    );
    let objects = source.reader.read("schemas", &sql, &[], |f| {
        let key: Key = (class::NAMESPACE, f.take()?);
        let name: String = f.take()?;
        let owner_oid: u32 = f.take()?;
        let owner: String = f.take()?;
        let mut privileges = source.privileges(key, f)?;
        let mut take = source.choice.take_schema(key.1);
        let is_public = name == "public" && source.choice.all_schemas;
        if is_public {
            let create = !source.reader.since(15) && !everybody_creates(&privileges);
            privileges.initial = Some(public_default(&owner, create));
            take.definition &= owner_oid != DATABASE_OWNER_ROLE;
        }
        let body = Body::Schema(Schema { create: !is_public });
        Ok(Object::new(key, name, body).owned_by(owner).granted(privileges).taking(take))
    });
    for object in objects.await? {
        if source.depends.extension_of(object.key).is_none() {
            graph.add(object);
        }
    }
    Ok(())
}

/// Whether everybody may make objects in the schema.
fn everybody_creates(privileges: &Privileges) -> bool {
    let rights = |item: &String| {
        let (rights, _) = item.strip_prefix('=')?.split_once('/')?;
        Some(rights.contains('C'))
    };
    privileges.own.iter().flatten().filter_map(rights).any(|creates| creates)
}

/// What `public` has in a new database once it belongs to this owner, whatever the cluster that is
/// read began with.
///
/// Where somebody took everybody's right to make objects away on a server that gives it to new
/// databases (`create`), a restore must take it away too: the target may be as old.
fn public_default(owner: &str, create: bool) -> Vec<String> {
    let plain = owner.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let name = if plain { owner.to_owned() } else { crate::model::name::quote_always(owner) };
    let everybody = if create { "UC" } else { "U" };
    vec![format!("{name}=UC/{name}"), format!("={everybody}/{name}")]
}

/// Extensions; their members lead to them.
pub(super) async fn read_extensions(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = "SELECT e.oid, e.extname, n.nspname FROM pg_catalog.pg_extension e
                 JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
                WHERE e.oid >= 16384 ORDER BY e.oid";
    let objects = source.reader.read("extensions", sql, &[], |f| {
        let key = (class::EXTENSION, f.take()?);
        let name: String = f.take()?;
        let body = Body::Extension(Extension { schema: f.take()? });
        Ok(Object::new(key, name, body).taking(source.choice.take(key, None)))
    });
    for object in objects.await? {
        graph.add(object);
    }
    let mut members: Vec<_> = source.depends.members().collect();
    members.sort_unstable();
    for (member, extension) in members {
        if let Some(id) = graph.find((class::EXTENSION, extension)) {
            graph.alias(member, id);
        }
    }
    Ok(())
}

/// Collations that are not the system's.
pub(super) async fn read_collations(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let reader = source.reader;
    let deterministic = reader.pick(12, "c.collisdeterministic", "true");
    let locale = reader.pick(17, "c.colllocale", reader.pick(15, "c.colliculocale", "NULL::text"));
    let rules = reader.pick(16, "c.collicurules", "NULL::text");
    let sql = format!(
        "SELECT c.oid, n.oid, n.nspname, c.collname, pg_catalog.pg_get_userbyid(c.collowner),
                c.collprovider::text, {deterministic}, c.collcollate::text, c.collctype::text,
                {locale}, {rules}
           FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
          WHERE {USER_SCHEMA} ORDER BY c.oid"
    );
    let objects = reader.read("collations", &sql, &[], |f| {
        let key: Key = (class::COLLATION, f.take()?);
        let schema_oid = f.take()?;
        let (schema, name, owner): (String, String, String) = (f.take()?, f.take()?, f.take()?);
        let body = Body::Collation(Box::new(Collation {
            provider: f.code()?,
            deterministic: f.take()?,
            collate: f.take()?,
            ctype: f.take()?,
            locale: f.take()?,
            rules: f.take()?,
        }));
        let take = source.choice.take(key, Some(schema_oid));
        Ok(Object::new(key, name, body).in_schema(schema).owned_by(owner).taking(take))
    });
    for object in objects.await? {
        if source.depends.extension_of(object.key).is_none() {
            graph.add(object);
        }
    }
    Ok(())
}

/// Event triggers.
pub(super) async fn read_event_triggers(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = "SELECT e.oid, e.evtname, pg_catalog.pg_get_userbyid(e.evtowner), e.evtevent::text,
                      e.evtfoid::pg_catalog.regproc::text,
                      pg_catalog.array_to_string(ARRAY(SELECT pg_catalog.quote_literal(x)
                                                         FROM unnest(e.evttags) AS t (x)), ', '),
                      e.evtenabled::text
                 FROM pg_catalog.pg_event_trigger e ORDER BY e.oid";
    let objects = source.reader.read("event triggers", sql, &[], |f| {
        let key: Key = (class::EVENT_TRIGGER, f.take()?);
        let (name, owner): (String, String) = (f.take()?, f.take()?);
        let body = Body::EventTrigger(Box::new(EventTrigger {
            keyword: source.reader.pick(11, "FUNCTION", "PROCEDURE"),
            event: f.take()?,
            function: f.take()?,
            tags: f.take::<Option<String>>()?.unwrap_or_default(),
            enabled: f.code()?,
        }));
        let take = source.choice.take(key, None);
        Ok(Object::new(key, name, body).owned_by(owner).taking(take))
    });
    for object in objects.await? {
        if object.take != Take::NONE && source.depends.extension_of(object.key).is_none() {
            graph.add(object);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_of_everybody_to_create_that_was_taken_away_is_taken_away_again() {
        let of = |own: &[&str]| Privileges {
            own: Some(own.iter().map(|&item| item.to_owned()).collect()),
            ..Privileges::default()
        };
        assert!(everybody_creates(&of(&["a=UC/a", "=UC/a"])));
        assert!(!everybody_creates(&of(&["a=UC/a", "=U/a", "b=UC/a"])));
        assert!(!everybody_creates(&of(&[])));
        assert_eq!(public_default("a", true), ["a=UC/a", "=UC/a"]);
        assert_eq!(public_default("a-b", false), ["\"a-b\"=UC/\"a-b\"", "=U/\"a-b\""]);
    }
}
