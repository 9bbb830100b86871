//! Text search parsers and templates.

use super::{Source, add, in_schema};
use crate::error::Result;
use crate::postgres::schema::body::Plain;
use crate::postgres::schema::graph::{Graph, Key};
use crate::postgres::schema::select::USER_SCHEMA;

/// A kind that is nothing but functions with names.
struct Kind {
    desc: &'static str,
    /// Plural for errors.
    what: &'static str,
    catalog: u32,
    rank: u8,
    sql: &'static str,
    functions: &'static [&'static str],
}

const KINDS: [Kind; 2] = [
    Kind {
        desc: "TEXT SEARCH PARSER",
        what: "text search parsers",
        catalog: 3601,
        rank: 14,
        sql: "SELECT p.oid, n.oid, n.nspname, p.prsname,
                     ARRAY[p.prsstart::text, p.prstoken::text, p.prsend::text,
                           p.prsheadline::text, p.prslextype::text]
                FROM pg_catalog.pg_ts_parser p
                JOIN pg_catalog.pg_namespace n ON n.oid = p.prsnamespace",
        functions: &["START", "GETTOKEN", "END", "HEADLINE", "LEXTYPES"],
    },
    Kind {
        desc: "TEXT SEARCH TEMPLATE",
        what: "text search templates",
        catalog: 3764,
        rank: 15,
        sql: "SELECT t.oid, n.oid, n.nspname, t.tmplname,
                     ARRAY[t.tmplinit::text, t.tmpllexize::text]
                FROM pg_catalog.pg_ts_template t
                JOIN pg_catalog.pg_namespace n ON n.oid = t.tmplnamespace",
        functions: &["INIT", "LEXIZE"],
    },
];

/// Reads both kinds.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    for kind in &KINDS {
        read_kind(source, graph, kind).await?;
    }
    Ok(())
}

async fn read_kind(source: &Source<'_>, graph: &mut Graph, kind: &Kind) -> Result<()> {
    let sql = format!("{} WHERE {USER_SCHEMA} ORDER BY 1", kind.sql);
    let desc = kind.desc;
    let objects = source.reader.read(kind.what, &sql, &[], |f| {
        let key: Key = (kind.catalog, f.take()?);
        let schema_oid = f.take()?;
        let (schema, name): (String, String) = (f.take()?, f.take()?);
        let names: Vec<String> = f.take()?;
        let functions = kind.functions.iter().zip(&names).filter(|(_, name)| *name != "-");
        let lines: Vec<String> =
            functions.map(|(word, name)| format!("    {word} = {name}")).collect();
        let full = source.quoter.qualified(&schema, &name);
        let create = format!("CREATE {desc} {full} (\n{} );\n", lines.join(",\n"));
        let plain = Plain {
            drop: Some(format!("DROP {desc} {full};\n")),
            comment: Some((desc, source.quoter.ident(&name))),
            ownerless: true,
            ..Plain::new(desc, kind.rank, name.as_str(), create)
        };
        Ok(in_schema(source, (key, schema_oid), (schema, name, String::new()), plain))
    });
    for object in objects.await? {
        add(source, graph, object);
    }
    Ok(())
}
