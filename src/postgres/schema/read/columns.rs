//! Columns of relations with their not-null constraints, and which of them have defaults.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Source;
use crate::error::Result;
use crate::postgres::schema::acl::Privileges;
use crate::postgres::schema::body::{
    Body, Column, ColumnDefault, ColumnType, DefaultOf, NotNull, RareOfColumn, Relation, TypeFacts,
};
use crate::postgres::schema::graph::{ExpressionId, Graph, Id, Object, class};
use crate::postgres::schema::intern::Text;
use crate::postgres::schema::query::Fields;

/// Columns of the relations that are read whole.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let relations = with_columns(graph, &source.relations);
    let (mut types, mut open) = (Types::default(), Open::default());
    let keep = |f: &mut Fields<'_>| {
        let (oid, number): (u32, i16) = (f.take()?, f.take()?);
        let Some(id) = graph.relation(oid) else { return Ok(()) };
        if open.table != Some(id) {
            open.close(graph);
            open.table = Some(id);
        }
        let column = column(source, &mut types, (&graph[id], number), f)?;
        debug_assert_eq!(open.columns.len() + 1, usize::try_from(number).unwrap_or(0));
        open.columns.push(column);
        Ok(())
    };
    source.reader.each("columns", &statement(source), &[&relations], keep).await?;
    open.close(graph);
    types.settle(source).await?;
    name_collations(source, graph).await?;
    read_system_columns(source, graph).await?;
    read_defaults(source, graph).await
}

/// The relation whose columns are coming.
#[derive(Default)]
struct Open {
    table: Option<Id>,
    columns: Vec<Column>,
}

impl Open {
    /// Gives it the columns that came, in no more room than they take.
    fn close(&mut self, graph: &mut Graph) {
        let Some(table) = self.table.take() else { return };
        if let Body::Relation(relation) = &mut graph[table].body {
            relation.columns = self.columns.drain(..).collect();
        }
    }
}

fn relations_mut(graph: &mut Graph) -> impl Iterator<Item = &mut Relation> {
    graph.objects_mut().filter_map(|object| match &mut object.body {
        Body::Relation(relation) => Some(&mut **relation),
        _ => None,
    })
}

/// Oid and modifier.
type TypeKey = (u32, i32);

/// The types of the columns, each once.
#[derive(Default)]
struct Types(HashMap<TypeKey, Arc<ColumnType>>);

impl Types {
    fn get(&mut self, key: TypeKey) -> Arc<ColumnType> {
        Arc::clone(self.0.entry(key).or_default())
    }

    /// Finds out what they are. A dropped column has none.
    async fn settle(self, source: &Source<'_>) -> Result<()> {
        let sql = "WITH RECURSIVE base (type, oid) AS (
                       SELECT oid, typbasetype FROM pg_catalog.pg_type
                        WHERE typtype = 'd' AND oid = ANY ($1)
                       UNION ALL
                       SELECT b.type, t.typbasetype
                         FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.oid
                        WHERE t.typtype = 'd')
                   SELECT u.oid, u.modifier, pg_catalog.format_type(u.oid, u.modifier), t.typstorage,
                          t.typcollation,
                          coalesce((SELECT b.oid FROM base b JOIN pg_catalog.pg_type x ON x.oid = b.oid
                                     WHERE b.type = u.oid AND x.typtype <> 'd'), u.oid)
                     FROM unnest($1::oid[], $2::int4[]) AS u (oid, modifier)
                     JOIN pg_catalog.pg_type t ON t.oid = u.oid";
        let (oids, modifiers): (Vec<u32>, Vec<i32>) = self.0.keys().copied().unzip();
        let keep = |f: &mut Fields<'_>| {
            let key: TypeKey = (f.take()?, f.take()?);
            let name = source.names.get(f.take()?);
            let (storage, collation) = (f.letter()?, f.take()?);
            let facts = TypeFacts { name, storage, collation, base: f.take()? };
            if let Some(of) = self.0.get(&key) {
                of.settle(facts);
            }
            Ok(())
        };
        source.reader.each("types of columns", sql, &[&oids, &modifiers], keep).await
    }
}

/// Names the collations of columns that have another one than their types.
async fn name_collations(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let other = |column: &&mut Column| {
        column.of.facts().is_some_and(|facts| facts.collation != column.collation_oid)
    };
    let columns = relations_mut(graph).flat_map(|relation| &mut relation.columns).filter(other);
    let oids: HashSet<u32> = columns.map(|column| column.collation_oid).collect();
    let oids: Vec<u32> = oids.into_iter().collect();
    if oids.is_empty() {
        return Ok(());
    }
    let names = read_collations(source, &oids).await?;
    for column in relations_mut(graph).flat_map(|relation| &mut relation.columns).filter(other) {
        if let Some(name) = names.get(&column.collation_oid) {
            column.rare_mut().collation = Some(name.clone());
        }
    }
    Ok(())
}

async fn read_collations(source: &Source<'_>, oids: &[u32]) -> Result<HashMap<u32, Text>> {
    let sql = "SELECT c.oid, n.nspname, c.collname FROM pg_catalog.pg_collation c
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace WHERE c.oid = ANY ($1)";
    let rows = source.reader.read_of("collations of columns", sql, oids, |f| {
        let oid: u32 = f.take()?;
        Ok((oid, source.quoter.qualified(f.take()?, f.take()?).into()))
    });
    Ok(rows.await?.into_iter().collect())
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
            relation.rare_mut().system_columns.push(column);
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
    let generated = reader.pick(12, "a.attgenerated", "''::\"char\"");
    let compression = reader.pick(14, "a.attcompression", "''::\"char\"");
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
        "SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attcollation,
                a.attisdropped, a.attislocal, a.attidentity, {generated}, a.attstorage, {compression},
                nullif(a.attstattarget, -1)::int4,
                CASE WHEN a.attoptions IS NOT NULL THEN pg_catalog.array_to_string(ARRAY(
                    SELECT o FROM unnest(a.attoptions) AS o
                     WHERE o NOT LIKE 'pg\\_attver=%'), ', ') END,
                CASE WHEN a.attfdwoptions IS NOT NULL THEN pg_catalog.array_to_string(ARRAY(
                    SELECT pg_catalog.quote_ident(option_name) || ' '
                        || pg_catalog.quote_literal(option_value)
                      FROM pg_catalog.pg_options_to_table(a.attfdwoptions) ORDER BY option_name),
                    E',\\n    ') END,
                a.attacl::text[], {not_null}
           FROM pg_catalog.pg_attribute a
           {join}
          WHERE a.attrelid = ANY ($1) AND a.attnum > 0
          ORDER BY a.attrelid, a.attnum"
    )
}

fn column(
    source: &Source<'_>,
    types: &mut Types,
    (table, number): (&Object, i16),
    f: &mut Fields<'_>,
) -> Result<Column> {
    let mut column = Column {
        name: source.names.get(f.take()?),
        of: types.get((f.take()?, f.take()?)),
        collation_oid: f.take()?,
        dropped: f.take()?,
        local: f.take()?,
        identity: f.letter()?,
        generated: f.letter()?,
        stored: f.letter()?,
        compression: f.letter()?,
        ..Column::default()
    };
    let mut rare = RareOfColumn {
        statistics: f.take()?,
        options: f.take::<Option<String>>()?.unwrap_or_default(),
        foreign_options: f.take::<Option<String>>()?.unwrap_or_default(),
        privileges: Privileges {
            own: f.take()?,
            default: Vec::new(),
            initial: source.initial.get(&(table.key, i32::from(number))).cloned(),
        },
        ..RareOfColumn::default()
    };
    column.not_null = not_null((&table.name, &column.name), &mut rare, f)?;
    column.rare = (rare != RareOfColumn::default()).then(|| Box::new(rare));
    Ok(column)
}

/// Before PostgreSQL 18 such a constraint has no name: it is told as empty.
fn not_null(
    (table, column): (&str, &str),
    rare: &mut RareOfColumn,
    f: &mut Fields<'_>,
) -> Result<Option<NotNull>> {
    let oid: Option<u32> = f.take()?;
    let name: Option<&str> = f.take()?;
    let local: Option<bool> = f.take()?;
    let no_inherit: Option<bool> = f.take()?;
    let valid: Option<bool> = f.take()?;
    let commented: bool = f.take()?;
    let Some(name) = name else { return Ok(None) };
    let unusual = !name.is_empty() && name != NotNull::usual_name(table, column);
    rare.not_null_name = unusual.then(|| name.into());
    rare.not_null_oid = oid.filter(|_| commented);
    Ok(Some(NotNull {
        named: oid.is_some_and(|oid| oid != 0),
        commented,
        local: local.unwrap_or(true),
        no_inherit: no_inherit.unwrap_or(false),
        valid: valid.unwrap_or(true),
    }))
}

impl Source<'_> {
    /// Takes schema and name of a collation, both null where it is the type's own.
    pub(super) fn collation(&self, f: &mut Fields<'_>) -> Result<Option<String>> {
        let schema: Option<String> = f.take()?;
        let name: Option<String> = f.take()?;
        Ok(schema.zip(name).map(|(schema, name)| self.quoter.qualified(&schema, &name)))
    }
}

/// Which columns have defaults; what these are is read apart.
async fn read_defaults(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = "SELECT oid, adrelid, adnum FROM pg_catalog.pg_attrdef
                WHERE adrelid = ANY ($1) ORDER BY oid";
    let keep = |f: &mut Fields<'_>| {
        let (oid, relation): (u32, u32) = (f.take()?, f.take()?);
        if let Some(table) = graph.relation(relation) {
            note_default(graph, table, (oid, f.take()?));
        }
        Ok(())
    };
    source.reader.each("defaults", sql, &[&source.relations], keep).await?;
    graph.plain_defaults.shrink_to_fit();
    Ok(())
}

/// Most defaults need nothing and are printed with their tables: they are no objects until a need
/// shows.
fn note_default(graph: &mut Graph, table: Id, (oid, number): (u32, i16)) {
    let Body::Relation(relation) = &graph[table].body else { return };
    let Some(column) = relation.column(number) else { return };
    if is_separate(relation, column) || column.generated != ' ' {
        add_default(graph, table, (oid, number), None);
    } else {
        graph.plain_defaults.push((oid, table, number));
    }
}

fn is_separate(relation: &Relation, column: &Column) -> bool {
    relation.kind == 'v' || !relation.prints(column)
}

/// Adds a default: before its table where it is part of CREATE TABLE, after it where it is not.
pub(super) fn add_default(
    graph: &mut Graph,
    table: Id,
    (oid, number): (u32, i16),
    expression: Option<ExpressionId>,
) {
    let owner = &graph[table];
    let Body::Relation(relation) = &owner.body else { return };
    let Some(column) = relation.column(number) else { return };
    let separate = is_separate(relation, column);
    let body = Body::Default(ColumnDefault { table, number, expression, separate });
    let key = if oid == 0 { (0, 0) } else { (class::ATTRDEF, oid) };
    let object = Object::new(key, owner.name.clone(), body)
        .beside(owner)
        .sorted_by(format!("{number:05}"))
        .taking(owner.take);
    let id = graph.add(object);
    if separate {
        graph.depend(id, table);
    } else {
        graph.depend(table, id);
    }
    set_default(graph, table, number, DefaultOf::Object(id));
}

/// Says what a column's default is.
pub(super) fn set_default(graph: &mut Graph, table: Id, number: i16, default: DefaultOf) {
    if let Body::Relation(relation) = &mut graph[table].body
        && let Some(column) =
            usize::try_from(number - 1).ok().and_then(|index| relation.columns.get_mut(index))
    {
        column.default = Some(default);
    }
}
