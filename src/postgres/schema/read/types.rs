//! Types: base types, enums, domains, composite and range types; row, array and multirange types lead to what they
//! are made of.

mod bases;

use std::collections::HashMap;

use super::Source;
use crate::error::Result;
use crate::postgres::schema::acl::Privileges;
use crate::postgres::schema::body::{
    Base, Body, CompositeColumn, Constraint, Domain, Letter, Range, Type,
};
use crate::postgres::schema::graph::{Graph, Id, Key, Object, Take, class};
use crate::postgres::schema::query::Fields;
use crate::postgres::schema::select::USER_SCHEMA;

/// A row of `pg_type`.
struct Row {
    oid: u32,
    schema_oid: u32,
    schema: String,
    name: String,
    owner: String,
    privileges: Privileges,
    kind: char,
    relation: u32,
    element: u32,
    is_array: bool,
    defined: bool,
}

/// Reads all types outside the system's schemas that are not tables' row types.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let rows = rows(source).await?;
    let mut wanted = Vec::new();
    let mut undecided = Vec::new();
    for row in rows {
        let key = (class::TYPE, row.oid);
        if source.depends.extension_of(key).is_some() {
            continue;
        }
        if row.is_array {
            undecided.push((key, (class::TYPE, row.element)));
        } else if let Some(id) = add(source, graph, row) {
            wanted.push(id);
        }
    }
    let details = Details::read(source, graph, &wanted).await?;
    details.fill(graph, &wanted);
    add_domain_constraints(source, graph).await?;
    lead_multiranges(source, graph).await?;
    lead_row_types(source, graph).await?;
    lead(graph, undecided);
    Ok(())
}

/// Makes the row type of each relation, and the type of arrays of it, lead to the relation.
async fn lead_row_types(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = "SELECT t.oid, t.typarray, t.typrelid FROM pg_catalog.pg_type t
                 JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
                WHERE c.relkind <> 'c' AND t.oid >= 16384";
    let keep = |f: &mut Fields<'_>| {
        let (row, array, relation): (u32, u32, u32) = (f.take()?, f.take()?, f.take()?);
        if let Some(id) = graph.find((class::RELATION, relation)) {
            for oid in [row, array].into_iter().filter(|&oid| oid != 0) {
                if source.depends.extension_of((class::TYPE, oid)).is_none() {
                    graph.alias((class::TYPE, oid), id);
                }
            }
        }
        Ok(())
    };
    source.reader.each("row types", sql, &[], keep).await
}

async fn rows(source: &Source<'_>) -> Result<Vec<Row>> {
    let sql = format!(
        "SELECT t.oid, n.oid, n.nspname, t.typname, pg_catalog.pg_get_userbyid(t.typowner),
                t.typacl::text[], CASE WHEN t.typacl IS NOT NULL
                    THEN pg_catalog.acldefault('T', t.typowner) END::text[],
                t.typtype::text, t.typrelid, t.typelem,
                t.typelem <> 0 AND t.typname ~ '^_' AND e.typarray = t.oid, t.typisdefined
           FROM pg_catalog.pg_type t
           JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
           LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
           LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem
           LEFT JOIN pg_catalog.pg_class ec ON ec.oid = e.typrelid
          WHERE {USER_SCHEMA} AND (t.typrelid = 0 OR c.relkind = 'c')
            AND (ec.relkind IS NULL OR ec.relkind = 'c' OR e.typarray <> t.oid)
          ORDER BY t.oid"
    );
    let rows = source.reader.read("types", &sql, &[], |f| {
        let oid = f.take()?;
        Ok(Row {
            oid,
            schema_oid: f.take()?,
            schema: f.take()?,
            name: f.take()?,
            owner: f.take()?,
            privileges: source.privileges((class::TYPE, oid), f)?,
            kind: f.code()?,
            relation: f.take()?,
            element: f.take()?,
            is_array: f.take()?,
            defined: f.take()?,
        })
    });
    rows.await
}

/// Adds a type whose details follow.
fn add(source: &Source<'_>, graph: &mut Graph, row: Row) -> Option<Id> {
    let body = match row.kind {
        'e' => Type::Enum(Vec::new()),
        'd' => Type::Domain(Box::default()),
        'c' => Type::Composite { relation: row.relation, columns: Vec::new() },
        'r' => Type::Range(Box::default()),
        'b' => Type::Base(Base::default()),
        'p' if !row.defined => Type::Shell,
        _ => return None,
    };
    let key: Key = (class::TYPE, row.oid);
    let take = source.choice.take(key, Some(row.schema_oid));
    let id = graph.add(
        Object::new(key, row.name, Body::Type(body))
            .in_schema(row.schema)
            .owned_by(row.owner)
            .granted(row.privileges)
            .sorted_by("1")
            .taking(take),
    );
    if row.kind == 'c' {
        graph.alias((class::RELATION, row.relation), id);
    }
    if matches!(row.kind, 'b' | 'r') {
        declare(graph, id);
    }
    Some(id)
}

/// Adds the declaration of a type, which is taken only where a function has to come before the type.
fn declare(graph: &mut Graph, id: Id) {
    let object = &graph[id];
    let shell = Object::new((0, 0), object.name.as_str(), Body::ShellType)
        .in_schema(object.schema())
        .owned_by(object.owner.as_str())
        .sorted_by("2")
        .taking(Take::NONE);
    let shell = graph.add(shell);
    match &mut graph[id].body {
        Body::Type(Type::Base(base)) => base.shell = shell,
        Body::Type(Type::Range(range)) => range.shell = shell,
        _ => {}
    }
}

/// Makes keys of array types lead to elements.
fn lead(graph: &mut Graph, arrays: Vec<(Key, Key)>) {
    for (key, target) in arrays {
        if let Some(id) = graph.find(target) {
            graph.alias(key, id);
        }
    }
}

async fn lead_multiranges(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    if !source.reader.since(14) {
        return Ok(());
    }
    let sql = "SELECT rngmultitypid, rngtypid FROM pg_catalog.pg_range WHERE rngtypid >= 16384";
    let pairs = source
        .reader
        .read("multirange types", sql, &[], |f| Ok((f.take::<u32>()?, f.take::<u32>()?)));
    for (multirange, range) in pairs.await? {
        if let Some(id) = graph.find((class::TYPE, range)) {
            graph.alias((class::TYPE, multirange), id);
        }
    }
    Ok(())
}

/// What the kinds are made of.
struct Details {
    labels: HashMap<u32, Vec<String>>,
    domains: HashMap<u32, Domain>,
    columns: HashMap<u32, Vec<CompositeColumn>>,
    ranges: HashMap<u32, Range>,
    bases: HashMap<u32, Vec<String>>,
}

impl Details {
    async fn read(source: &Source<'_>, graph: &Graph, ids: &[Id]) -> Result<Self> {
        let oids: Vec<u32> = ids.iter().map(|&id| graph[id].key.1).collect();
        Ok(Self {
            labels: read_labels(source, &oids).await?,
            domains: read_domains(source, &oids).await?,
            columns: read_columns(source, &oids).await?,
            ranges: read_ranges(source, &oids).await?,
            bases: bases::read(source, &oids).await?,
        })
    }

    fn fill(mut self, graph: &mut Graph, ids: &[Id]) {
        for &id in ids {
            let oid = graph[id].key.1;
            let Body::Type(body) = &mut graph[id].body else { continue };
            match body {
                Type::Enum(labels) => *labels = self.labels.remove(&oid).unwrap_or_default(),
                Type::Domain(domain) => **domain = self.domains.remove(&oid).unwrap_or_default(),
                Type::Composite { columns, .. } => {
                    *columns = self.columns.remove(&oid).unwrap_or_default();
                }
                Type::Range(range) => {
                    let read = self.ranges.remove(&oid).unwrap_or_default();
                    **range = Range { shell: range.shell, ..read };
                }
                Type::Base(base) => base.options = self.bases.remove(&oid).unwrap_or_default(),
                Type::Shell => {}
            }
        }
    }
}

async fn read_labels(source: &Source<'_>, oids: &[u32]) -> Result<HashMap<u32, Vec<String>>> {
    let sql = "SELECT enumtypid, enumlabel FROM pg_catalog.pg_enum
                WHERE enumtypid = ANY ($1) ORDER BY enumtypid, enumsortorder";
    let rows = source.reader.read_of("labels of enums", sql, oids, |f| Ok((f.take()?, f.take()?)));
    let mut labels: HashMap<u32, Vec<String>> = HashMap::new();
    for (oid, label) in rows.await? {
        labels.entry(oid).or_default().push(label);
    }
    Ok(labels)
}

async fn read_domains(source: &Source<'_>, oids: &[u32]) -> Result<HashMap<u32, Domain>> {
    let named = source.reader.pick(
        17,
        "(SELECT nullif(c.conname, t.typname || '_not_null') FROM pg_catalog.pg_constraint c
           WHERE c.contypid = t.oid AND c.contype = 'n' LIMIT 1)",
        "NULL::text",
    );
    let sql = format!(
        "SELECT t.oid, pg_catalog.format_type(t.typbasetype, t.typtypmod), cn.nspname, co.collname,
                t.typnotnull, {named}::text,
                coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 'pg_catalog.pg_type'::regclass),
                         pg_catalog.quote_literal(t.typdefault))
           FROM pg_catalog.pg_type t
           LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
           LEFT JOIN pg_catalog.pg_collation co
             ON co.oid = t.typcollation AND t.typcollation <> b.typcollation
           LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
          WHERE t.oid = ANY ($1) AND t.typtype = 'd'"
    );
    let rows = source.reader.read_of("domains", &sql, oids, |f| {
        let oid: u32 = f.take()?;
        let base = f.take()?;
        let collation = source.collation(f)?;
        let not_null: bool = f.take()?;
        let name: Option<String> = f.take()?;
        let domain = Domain {
            base,
            collation,
            not_null: not_null.then(|| match name {
                Some(name) => format!("CONSTRAINT {} NOT NULL", source.quoter.ident(&name)),
                None => "NOT NULL".to_owned(),
            }),
            default: f.take()?,
            constraints: Vec::new(),
        };
        Ok((oid, domain))
    });
    Ok(rows.await?.into_iter().collect())
}

async fn read_columns(
    source: &Source<'_>,
    oids: &[u32],
) -> Result<HashMap<u32, Vec<CompositeColumn>>> {
    let sql = "SELECT t.oid, a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
                      cn.nspname, co.collname
                 FROM pg_catalog.pg_type t
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = t.typrelid
                 LEFT JOIN pg_catalog.pg_type at ON at.oid = a.atttypid
                 LEFT JOIN pg_catalog.pg_collation co
                   ON co.oid = a.attcollation AND a.attcollation <> at.typcollation
                 LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
                WHERE t.oid = ANY ($1) AND t.typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped
                ORDER BY t.oid, a.attnum";
    let rows = source.reader.read_of("columns of composite types", sql, oids, |f| {
        let oid: u32 = f.take()?;
        let column = CompositeColumn {
            number: f.take()?,
            name: f.take()?,
            data_type: f.take()?,
            collation: source.collation(f)?,
        };
        Ok((oid, column))
    });
    let mut columns: HashMap<u32, Vec<CompositeColumn>> = HashMap::new();
    for (oid, column) in rows.await? {
        columns.entry(oid).or_default().push(column);
    }
    Ok(columns)
}

async fn read_ranges(source: &Source<'_>, oids: &[u32]) -> Result<HashMap<u32, Range>> {
    let multirange = source.reader.pick(14, "r.rngmultitypid::regtype::text", "NULL::text");
    let sql = format!(
        "SELECT r.rngtypid, pg_catalog.format_type(r.rngsubtype, NULL), {multirange},
                CASE WHEN NOT o.opcdefault THEN pg_catalog.quote_ident(onsp.nspname) || '.'
                     || pg_catalog.quote_ident(o.opcname) END,
                cn.nspname, co.collname,
                CASE WHEN r.rngcanonical <> 0 THEN r.rngcanonical::regproc::text END,
                CASE WHEN r.rngsubdiff <> 0 THEN r.rngsubdiff::regproc::text END
           FROM pg_catalog.pg_range r
           JOIN pg_catalog.pg_type st ON st.oid = r.rngsubtype
           JOIN pg_catalog.pg_opclass o ON o.oid = r.rngsubopc
           JOIN pg_catalog.pg_namespace onsp ON onsp.oid = o.opcnamespace
           LEFT JOIN pg_catalog.pg_collation co
             ON co.oid = r.rngcollation AND r.rngcollation <> st.typcollation
           LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
          WHERE r.rngtypid = ANY ($1)"
    );
    let rows = source.reader.read_of("range types", &sql, oids, |f| {
        let oid: u32 = f.take()?;
        let range = Range {
            subtype: f.take()?,
            multirange: f.take()?,
            opclass: f.take()?,
            collation: source.collation(f)?,
            canonical: f.take()?,
            diff: f.take()?,
            shell: Id::default(),
        };
        Ok((oid, range))
    });
    Ok(rows.await?.into_iter().collect())
}

/// Checks of domains: part of CREATE DOMAIN, or after the rows where they are not valid.
async fn add_domain_constraints(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = "SELECT c.oid, c.contypid, c.conname, pg_catalog.pg_get_constraintdef(c.oid),
                      c.convalidated
                 FROM pg_catalog.pg_constraint c
                WHERE c.contypid <> 0 AND c.contype = 'c' ORDER BY c.contypid, c.conname";
    let rows = source.reader.read("constraints of domains", sql, &[], |f| {
        let key: Key = (class::CONSTRAINT, f.take()?);
        Ok((key, f.take::<u32>()?, f.take::<String>()?, f.take::<String>()?, f.take::<bool>()?))
    });
    for (key, domain, name, definition, valid) in rows.await? {
        let Some(owner) = graph.find((class::TYPE, domain)) else { continue };
        if !matches!(graph[owner].body, Body::Type(Type::Domain(_))) {
            continue;
        }
        let body = Body::Constraint(Constraint {
            owner,
            kind: Letter(b'c'),
            definition: Some(definition.into()),
            index: None,
            separate: !valid,
            local: true,
            deferrable: false,
            deferred: false,
            period: false,
        });
        let domain = &graph[owner];
        let object = Object::new(key, name, body)
            .in_schema(domain.schema())
            .owned_by(domain.owner.as_str())
            .taking(domain.take);
        let id = graph.add(object);
        if valid {
            graph.depend(owner, id);
        }
        if let Body::Type(Type::Domain(domain)) = &mut graph[owner].body {
            domain.constraints.push(id);
        }
    }
    Ok(())
}
