//! Publications with their tables and schemas.

use super::{Source, add};
use crate::error::Result;
use crate::model::spec::Section;
use crate::postgres::schema::body::{Body, Plain};
use crate::postgres::schema::graph::{Graph, Key, Object, Take, class};
use crate::postgres::schema::query::Fields;

const PUBLICATION: u32 = 6104;
const OF_TABLE: u32 = 6106;
const OF_SCHEMA: u32 = 6237;

/// Reads publications, then what is in them.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    read_publications(source, graph).await?;
    read_tables(source, graph).await?;
    if source.reader.since(15) {
        read_schemas(source, graph).await?;
    }
    Ok(())
}

async fn read_publications(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let reader = source.reader;
    let truncate = reader.pick(11, "p.pubtruncate", "false");
    let root = reader.pick(13, "p.pubviaroot", "false");
    let generated = reader.pick(18, "p.pubgencols = 's'", "false");
    let sql = format!(
        "SELECT p.oid, p.pubname, pg_catalog.pg_get_userbyid(p.pubowner), p.puballtables,
                p.pubinsert, p.pubupdate, p.pubdelete, {truncate}, {root}, {generated}
           FROM pg_catalog.pg_publication p ORDER BY p.oid"
    );
    for object in reader.read("publications", &sql, &[], |f| publication(source, f)).await? {
        add(source, graph, object);
    }
    Ok(())
}

fn publication(source: &Source<'_>, f: &mut Fields<'_>) -> Result<Object> {
    let key: Key = (PUBLICATION, f.take()?);
    let (name, owner): (String, String) = (f.take()?, f.take()?);
    let quoted = source.quoter.ident(&name);
    let mut create = format!("CREATE PUBLICATION {quoted}");
    create += if f.take()? { " FOR ALL TABLES" } else { "" };
    let mut published = Vec::new();
    for word in ["insert", "update", "delete", "truncate"] {
        published.extend(f.take::<bool>()?.then_some(word));
    }
    push!(create, " WITH (publish = '{}'", published.join(", "));
    create += if f.take()? { ", publish_via_partition_root = true" } else { "" };
    create += if f.take()? { ", publish_generated_columns = stored" } else { "" };
    create += ");\n";
    let plain = Plain {
        section: Section::PostData,
        drop: Some(format!("DROP PUBLICATION {quoted};\n")),
        comment: Some(("PUBLICATION", quoted)),
        ..Plain::new("PUBLICATION", 39, name.as_str(), create)
    };
    Ok(Object::new(key, name, Body::Plain(Box::new(plain)))
        .owned_by(owner)
        .taking(source.choice.take(key, None)))
}

async fn read_tables(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let columns = source.reader.pick(
        15,
        "(SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs))",
        "NULL::text[]",
    );
    let filter =
        source.reader.pick(15, "pg_catalog.pg_get_expr(r.prqual, r.prrelid)", "NULL::text");
    let sql = format!(
        "SELECT r.oid, p.pubname, pg_catalog.pg_get_userbyid(p.pubowner), r.prrelid,
                {columns}, {filter}
           FROM pg_catalog.pg_publication_rel r
           JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
          WHERE r.prrelid = ANY ($1) ORDER BY r.oid"
    );
    let rows = source.reader.read_of("tables of publications", &sql, &source.relations, |f| {
        let key: Key = (OF_TABLE, f.take()?);
        let (publication, owner): (String, String) = (f.take()?, f.take()?);
        let table: u32 = f.take()?;
        let columns: Option<Vec<String>> = f.take()?;
        Ok((key, publication, owner, table, columns, f.take::<Option<String>>()?))
    });
    for (key, publication, owner, table, columns, filter) in rows.await? {
        let Some(table) = graph.relation(table).filter(|&id| graph[id].take.definition) else {
            continue;
        };
        let relation = &graph[table];
        let target = source.quoter.qualified(relation.schema(), &relation.name);
        let mut create = format!(
            "ALTER PUBLICATION {} ADD TABLE ONLY {target}",
            source.quoter.ident(&publication)
        );
        if let Some(columns) = columns {
            push!(create, " ({})", source.quoter.idents(columns.iter().map(String::as_str)));
        }
        if let Some(filter) = filter {
            push!(create, " WHERE ({filter})");
        }
        create += ";\n";
        let tag = format!("{publication} {}", relation.name);
        let plain = Plain {
            section: Section::PostData,
            ..Plain::new("PUBLICATION TABLE", 40, tag, create)
        };
        let object = Object::new(key, relation.name.as_str(), Body::Plain(Box::new(plain)))
            .in_schema(relation.schema())
            .owned_by(owner)
            .sorted_by(publication)
            .taking(source.choice.take(key, None));
        add(source, graph, object);
    }
    Ok(())
}

async fn read_schemas(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = "SELECT r.oid, p.pubname, pg_catalog.pg_get_userbyid(p.pubowner), n.oid, n.nspname
                 FROM pg_catalog.pg_publication_namespace r
                 JOIN pg_catalog.pg_publication p ON p.oid = r.pnpubid
                 JOIN pg_catalog.pg_namespace n ON n.oid = r.pnnspid ORDER BY r.oid";
    let rows = source.reader.read("schemas of publications", sql, &[], |f| {
        let key: Key = (OF_SCHEMA, f.take()?);
        let (publication, owner): (String, String) = (f.take()?, f.take()?);
        Ok((key, publication, owner, f.take::<u32>()?, f.take::<String>()?))
    });
    for (key, publication, owner, schema_oid, schema) in rows.await? {
        let found = graph.find((class::NAMESPACE, schema_oid));
        if found.is_none_or(|id| graph[id].take == Take::NONE) {
            continue;
        }
        let create = format!(
            "ALTER PUBLICATION {} ADD TABLES IN SCHEMA {};\n",
            source.quoter.ident(&publication),
            source.quoter.ident(&schema)
        );
        let tag = format!("{publication} {schema}");
        let plain = Plain {
            section: Section::PostData,
            ..Plain::new("PUBLICATION TABLES IN SCHEMA", 41, tag, create)
        };
        let object = Object::new(key, schema.as_str(), Body::Plain(Box::new(plain)))
            .in_schema(schema.as_str())
            .owned_by(owner)
            .sorted_by(publication)
            .taking(source.choice.take(key, None));
        add(source, graph, object);
    }
    Ok(())
}
