//! Columns of relations with their defaults and not-null constraints.

use super::Source;
use crate::error::Result;
use crate::postgres::schema::acl::Privileges;
use crate::postgres::schema::body::{Body, Column, ColumnDefault, NotNull};
use crate::postgres::schema::graph::{Graph, Id, Object, class};
use crate::postgres::schema::query::Fields;

/// Columns of the relations that are read whole.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = statement(source);
    let columns = source
        .reader
        .read_of("columns", &sql, &with_columns(graph, &source.relations), |f| {
            Ok((f.take::<u32>()?, f.take::<i16>()?, column(source, f)?))
        })
        .await?;
    for (oid, number, mut column) in columns {
        let Some(id) = graph.relation(oid) else { continue };
        let name = graph[id].name.clone();
        let part = (graph[id].key, i32::from(number));
        column.privileges.initial = source.initial.get(&part).cloned();
        if let Body::Relation(relation) = &mut graph[id].body {
            debug_assert_eq!(relation.columns.len() + 1, usize::try_from(number).unwrap_or(0));
            relation.columns.push(with_short_name(column, &name));
        }
    }
    read_system_columns(source, graph).await?;
    read_defaults(source, graph).await
}

/// Grants on system columns, and on columns of sequences, which are always the same.
async fn read_system_columns(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = "SELECT a.attrelid, a.attname, a.attacl::text[] FROM pg_catalog.pg_attribute a
                 JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
                WHERE a.attrelid = ANY ($1) AND a.attacl IS NOT NULL
                  AND (a.attnum < 0 OR c.relkind = 'S')
                ORDER BY a.attrelid, a.attnum";
    let rows = source.reader.read_of("grants on system columns", sql, &source.relations, |f| {
        let relation: u32 = f.take()?;
        let name: String = f.take()?;
        Ok((relation, (name, Privileges { own: f.take()?, ..Privileges::default() })))
    });
    for (relation, column) in rows.await? {
        let Some(id) = graph.relation(relation) else { continue };
        if let Body::Relation(relation) = &mut graph[id].body {
            relation.system_columns.push(column);
        }
    }
    Ok(())
}

/// Relations whose columns can be anything but what they always are: not sequences.
fn with_columns(graph: &Graph, relations: &[u32]) -> Vec<u32> {
    let is_sequence = |oid: u32| {
        graph.relation(oid).is_some_and(
            |id| matches!(&graph[id].body, Body::Relation(relation) if relation.kind == 'S'),
        )
    };
    relations.iter().copied().filter(|&oid| !is_sequence(oid)).collect()
}

// `pg_attver` is the server's own mark (15.20, 17.12 and their like): it cannot be set by a user.
fn statement(source: &Source<'_>) -> String {
    let reader = source.reader;
    let generated = reader.pick(12, "a.attgenerated::text", "''");
    let compression = reader.pick(14, "a.attcompression::text", "''");
    let not_null = reader.pick(
        18,
        "nn.oid, nn.conname, nn.conislocal, nn.connoinherit, nn.convalidated,
         x.objoid IS NOT NULL",
        "0::oid, CASE WHEN a.attnotnull THEN ''::name END, true, false, true, false",
    );
    let join = reader.pick(
        18,
        "LEFT JOIN pg_catalog.pg_constraint nn
           ON nn.conrelid = a.attrelid AND nn.contype = 'n' AND nn.conkey[1] = a.attnum
         LEFT JOIN pg_catalog.pg_description x
           ON x.classoid = 2606 AND x.objoid = nn.oid AND x.objsubid = 0",
        "",
    );
    format!(
        "WITH RECURSIVE base (domain, oid) AS (
             SELECT oid, typbasetype FROM pg_catalog.pg_type WHERE typtype = 'd'
             UNION ALL
             SELECT b.domain, t.typbasetype FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.oid
              WHERE t.typtype = 'd')
         SELECT a.attrelid, a.attnum, a.attname, pg_catalog.format_type(t.oid, a.atttypmod),
                coalesce(base.oid, a.atttypid), a.attisdropped, a.attislocal, a.attidentity::text, {generated},
                nullif(a.attstattarget, -1)::int4,
                CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END, {compression},
                CASE WHEN a.attoptions IS NOT NULL THEN pg_catalog.array_to_string(ARRAY(
                    SELECT o FROM unnest(a.attoptions) AS o
                     WHERE o NOT LIKE 'pg\\_attver=%'), ', ') END,
                cn.nspname, co.collname,
                CASE WHEN a.attfdwoptions IS NOT NULL THEN pg_catalog.array_to_string(ARRAY(
                    SELECT pg_catalog.quote_ident(option_name) || ' '
                        || pg_catalog.quote_literal(option_value)
                      FROM pg_catalog.pg_options_to_table(a.attfdwoptions) ORDER BY option_name),
                    E',\\n    ') END,
                a.attacl::text[], {not_null}
           FROM pg_catalog.pg_attribute a
           LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
           LEFT JOIN (SELECT b.domain, b.oid FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.oid
                       WHERE t.typtype <> 'd') base ON base.domain = a.atttypid
           LEFT JOIN pg_catalog.pg_collation co
             ON co.oid = a.attcollation AND a.attcollation <> t.typcollation
           LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
           {join}
          WHERE a.attrelid = ANY ($1) AND a.attnum > 0
          ORDER BY a.attrelid, a.attnum"
    )
}

fn column(source: &Source<'_>, f: &mut Fields<'_>) -> Result<Column> {
    let mut column = Column {
        name: f.take()?,
        data_type: f.take::<Option<String>>()?.unwrap_or_default(),
        base_type: f.take()?,
        dropped: f.take()?,
        local: f.take()?,
        identity: f.code()?,
        generated: f.code()?,
        statistics: f.take()?,
        storage: f.take::<Option<String>>()?.and_then(|s| s.chars().next()),
        compression: f.code()?,
        options: f.take::<Option<String>>()?.unwrap_or_default(),
        ..Column::default()
    };
    column.collation = source.collation(f)?;
    column.foreign_options = f.take::<Option<String>>()?.unwrap_or_default();
    column.privileges.own = f.take()?;
    column.not_null = not_null(f)?;
    Ok(column)
}

fn not_null(f: &mut Fields<'_>) -> Result<Option<NotNull>> {
    let oid: Option<u32> = f.take()?;
    let name: Option<String> = f.take()?;
    let local: Option<bool> = f.take()?;
    let no_inherit: Option<bool> = f.take()?;
    let valid: Option<bool> = f.take()?;
    let commented: bool = f.take()?;
    Ok(name.map(|name| NotNull {
        oid: oid.unwrap_or(0),
        // Kept for now even where it is the usual one; see `with_short_name`.
        name: commented.then(|| name.clone()),
        catalog_name: name,
        local: local.unwrap_or(true),
        no_inherit: no_inherit.unwrap_or(false),
        valid: valid.unwrap_or(true),
    }))
}

/// Says the name of a not-null constraint only where it is not the one that the server would give,
/// or where a comment needs it.
fn with_short_name(mut column: Column, table: &str) -> Column {
    if let Some(constraint) = &mut column.not_null {
        let usual = format!("{table}_{}_not_null", column.name);
        let own = !constraint.catalog_name.is_empty() && constraint.catalog_name != usual;
        if own {
            constraint.name = Some(constraint.catalog_name.clone());
        }
    }
    column
}

impl Source<'_> {
    /// Takes schema and name of a collation, both null where it is the type's own.
    pub(super) fn collation(&self, f: &mut Fields<'_>) -> Result<Option<String>> {
        let schema: Option<String> = f.take()?;
        let name: Option<String> = f.take()?;
        Ok(schema.zip(name).map(|(schema, name)| self.quoter.qualified(&schema, &name)))
    }
}

async fn read_defaults(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = "SELECT oid, adrelid, adnum, pg_catalog.pg_get_expr(adbin, adrelid)
                 FROM pg_catalog.pg_attrdef WHERE adrelid = ANY ($1) ORDER BY adrelid, adnum";
    let defaults = source
        .reader
        .read_of("defaults", sql, &source.relations, |f| {
            Ok((f.take::<u32>()?, f.take::<u32>()?, f.take::<i16>()?, f.take::<String>()?))
        })
        .await?;
    for (oid, relation, number, expression) in defaults {
        if let Some(table) = graph.relation(relation) {
            add_default(graph, table, oid, number, expression);
        }
    }
    Ok(())
}

/// Adds a default: before its table where it is part of CREATE TABLE, after it where it is not.
pub(super) fn add_default(graph: &mut Graph, table: Id, oid: u32, number: i16, expression: String) {
    let owner = &graph[table];
    let Body::Relation(relation) = &owner.body else { return };
    let Some(column) = relation.column(number) else { return };
    let separate = relation.kind == 'v' || !relation.prints(column);
    let body = Body::Default(ColumnDefault { table, number, expression, separate });
    let key = if oid == 0 { (0, 0) } else { (class::ATTRDEF, oid) };
    let object = Object::new(key, owner.name.as_str(), body)
        .in_schema(owner.schema())
        .owned_by(owner.owner.as_str())
        .sorted_by(format!("{number:05}"))
        .taking(owner.take);
    let id = graph.add(object);
    if separate {
        graph.depend(id, table);
    } else {
        graph.depend(table, id);
    }
    if let Body::Relation(relation) = &mut graph[table].body
        && let Some(column) =
            usize::try_from(number - 1).ok().and_then(|index| relation.columns.get_mut(index))
    {
        column.default = Some(id);
    }
}
