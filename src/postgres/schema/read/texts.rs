//! What the server deparses: queries of views, defaults, constraints, and indexes with expressions or
//! conditions. By far the dearest part of the reading, it needs nothing but the oids of relations:
//! where there is a second session in the same snapshot, that one asks, beside the first.

use std::collections::HashMap;

use super::Source;
use super::columns::set_default;
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::schema::body::{Body, DefaultOf, IndexText};
use crate::postgres::schema::graph::{ExpressionId, Graph, Object, class};
use crate::postgres::schema::intern::Numbered;
use crate::postgres::schema::query::{Fields, Reader};

/// Texts by the oids of what they define.
#[derive(Debug, Default)]
pub(super) struct Texts {
    views: Found,
    constraints: Found,
    indexes: Found,
    /// Each expression once.
    expressions: Numbered,
    /// Oids of defaults with their expressions, in the order of the oids.
    defaults: Vec<(u32, u32)>,
}

type Found = HashMap<u32, Box<str>>;

impl Texts {
    /// Gives every object of the graph its text.
    pub(super) async fn fill(mut self, source: &Source<'_>, graph: &mut Graph) -> Result<()> {
        let missing = graph.iter().filter(|(_, object)| self.lacks(object));
        let missing: Vec<u32> = missing.map(|(_, object)| object.key.1).collect();
        if !missing.is_empty() {
            self.indexes.extend(of_indexes(source.reader, &missing).await?);
        }
        let expressions = std::mem::take(&mut self.expressions);
        graph.expressions = expressions;
        for object in graph.objects_mut() {
            self.give(object)?;
        }
        for (oid, table, number) in std::mem::take(&mut graph.plain_defaults) {
            // One that needs something else has become an object.
            if graph.find((class::ATTRDEF, oid)).is_some() {
                continue;
            }
            let expression = self.expression(oid)?;
            set_default(graph, table, number, DefaultOf::Plain(expression));
        }
        Ok(())
    }

    /// The expression of a default.
    fn expression(&self, oid: u32) -> Result<ExpressionId> {
        let at = self.defaults.binary_search_by_key(&oid, |(oid, _)| *oid);
        let found = at.ok().and_then(|at| self.defaults.get(at));
        found.map(|(_, number)| ExpressionId::new(*number)).ok_or_else(|| undefined(oid, "default"))
    }

    /// Whether an index has to be asked for that looked as if it had not.
    fn lacks(&self, object: &Object) -> bool {
        matches!(&object.body, Body::Index(index) if matches!(index.text, IndexText::Theirs(_)))
            && !self.indexes.contains_key(&object.key.1)
    }

    fn give(&mut self, object: &mut Object) -> Result<()> {
        let oid = object.key.1;
        match &mut object.body {
            Body::Default(default) if default.expression.is_none() => {
                default.expression = Some(self.expression(oid)?);
            }
            Body::ForeignKey(key) => {
                key.definition = take(&mut self.constraints, oid, "foreign key")?;
            }
            // Those of domains have theirs, keys and unique constraints are made from their indexes.
            Body::Constraint(constraint)
                if constraint.definition.is_none()
                    && !matches!(constraint.kind.code(), 'p' | 'u') =>
            {
                constraint.definition = Some(take(&mut self.constraints, oid, "constraint")?);
            }
            Body::Index(index) => {
                if let IndexText::Theirs(text) = &mut index.text {
                    *text = take(&mut self.indexes, oid, "index")?;
                }
            }
            Body::Relation(relation) => {
                let query = self.views.remove(&oid);
                relation.query =
                    query.map(|query| query.strip_suffix(';').unwrap_or(&query).into());
            }
            _ => {}
        }
        Ok(())
    }
}

fn take(found: &mut Found, oid: u32, what: &str) -> Result<Box<str>> {
    found.remove(&oid).ok_or_else(|| undefined(oid, what))
}

fn undefined(oid: u32, what: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("the server did not define {what} {oid}"))
}

/// Reads the texts of what hangs on the relations.
pub(super) async fn read(reader: &Reader<'_>, relations: &[u32]) -> Result<Texts> {
    let mut texts = Texts {
        indexes: read_indexes(reader, relations).await?,
        constraints: read_constraints(reader, relations).await?,
        ..Texts::default()
    };
    texts.read_defaults(reader, relations).await?;
    texts.views = read_views(reader, relations).await?;
    Ok(texts)
}

/// Definitions of these indexes.
async fn of_indexes(reader: &Reader<'_>, oids: &[u32]) -> Result<Found> {
    let sql = "SELECT u.oid, pg_catalog.pg_get_indexdef(u.oid) FROM unnest($1::oid[]) AS u (oid)";
    found(reader, "indexes", sql, oids).await
}

async fn read_indexes(reader: &Reader<'_>, relations: &[u32]) -> Result<Found> {
    let sql = "SELECT indexrelid, pg_catalog.pg_get_indexdef(indexrelid) FROM pg_catalog.pg_index
                WHERE indrelid = ANY ($1) AND (indexprs IS NOT NULL OR indpred IS NOT NULL)";
    found(reader, "indexes", sql, relations).await
}

async fn read_constraints(reader: &Reader<'_>, relations: &[u32]) -> Result<Found> {
    let own = reader.pick(11, "conparentid = 0", "true");
    let sql = format!(
        "SELECT oid, pg_catalog.pg_get_constraintdef(oid) FROM pg_catalog.pg_constraint
          WHERE conrelid = ANY ($1) AND (contype IN ('c', 'x') OR (contype = 'f' AND {own})
                OR (contype = 'n' AND NOT convalidated))"
    );
    found(reader, "constraints", &sql, relations).await
}

impl Texts {
    /// A plain default names no column: it is deparsed without its table, of which the server would
    /// have to find out everything first.
    async fn read_defaults(&mut self, reader: &Reader<'_>, relations: &[u32]) -> Result<()> {
        let of = reader.pick(12, "CASE WHEN a.attgenerated <> '' THEN d.adrelid ELSE 0 END", "0");
        let join = reader.pick(
            12,
            "JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum",
            "",
        );
        let sql = format!(
        "SELECT d.oid, pg_catalog.pg_get_expr(d.adbin, {of}) FROM pg_catalog.pg_attrdef d {join}
          WHERE d.adrelid = ANY ($1)"
    );
        let keep = |f: &mut Fields<'_>| {
            let oid = f.take()?;
            self.defaults.push((oid, self.expressions.number(f.take()?)));
            Ok(())
        };
        reader.each("defaults", &sql, &[&relations], keep).await?;
        // Here and not by the server, which would sort on a disk.
        self.defaults.sort_unstable();
        Ok(())
    }
}

async fn read_views(reader: &Reader<'_>, relations: &[u32]) -> Result<Found> {
    let sql = "SELECT c.oid, pg_catalog.pg_get_viewdef(c.oid) FROM pg_catalog.pg_class c
                WHERE c.oid = ANY ($1) AND c.relkind IN ('v', 'm')";
    found(reader, "queries of views", sql, relations).await
}

async fn found(reader: &Reader<'_>, what: &str, sql: &str, oids: &[u32]) -> Result<Found> {
    let mut found = Found::new();
    let keep = |f: &mut Fields<'_>| {
        found.insert(f.take()?, f.take()?);
        Ok(())
    };
    reader.each(what, sql, &[&oids], keep).await?;
    found.shrink_to_fit();
    Ok(found)
}
