//! Text search dictionaries and configurations.

use std::collections::HashMap;

use super::{Source, add};
use crate::error::Result;
use crate::postgres::schema::body::{Body, Plain};
use crate::postgres::schema::graph::{Graph, Key, Object};
use crate::postgres::schema::select::USER_SCHEMA;

const DICTIONARY: u32 = 3600;
const CONFIGURATION: u32 = 3602;

/// Reads both kinds.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    read_dictionaries(source, graph).await?;
    read_configurations(source, graph).await
}

async fn read_dictionaries(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = format!(
        "SELECT d.oid, n.oid, n.nspname, d.dictname, pg_catalog.pg_get_userbyid(d.dictowner),
                tn.nspname, t.tmplname, d.dictinitoption
           FROM pg_catalog.pg_ts_dict d
           JOIN pg_catalog.pg_namespace n ON n.oid = d.dictnamespace
           JOIN pg_catalog.pg_ts_template t ON t.oid = d.dicttemplate
           JOIN pg_catalog.pg_namespace tn ON tn.oid = t.tmplnamespace
          WHERE {USER_SCHEMA} ORDER BY d.oid"
    );
    let objects = source.reader.read("text search dictionaries", &sql, &[], |f| {
        let key: Key = (DICTIONARY, f.take()?);
        let schema_oid = f.take()?;
        let (schema, name, owner): (String, String, String) = (f.take()?, f.take()?, f.take()?);
        let template = source.quoter.qualified(&f.take::<String>()?, &f.take::<String>()?);
        let options: Option<String> = f.take()?;
        let full = source.quoter.qualified(&schema, &name);
        let options = options.map(|o| format!(",\n    {o}")).unwrap_or_default();
        let kind = "TEXT SEARCH DICTIONARY";
        let create = format!("CREATE {kind} {full} (\n    TEMPLATE = {template}{options} );\n");
        let plain = Plain {
            drop: Some(format!("DROP {kind} {full};\n")),
            comment: Some((kind, source.quoter.ident(&name))),
            ..Plain::new(kind, 16, name.as_str(), create)
        };
        Ok(Object::new(key, name, Body::Plain(Box::new(plain)))
            .in_schema(schema)
            .owned_by(owner)
            .taking(source.choice.take(key, Some(schema_oid))))
    });
    for object in objects.await? {
        add(source, graph, object);
    }
    Ok(())
}

async fn read_configurations(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let mappings = read_mappings(source).await?;
    let sql = format!(
        "SELECT c.oid, n.oid, n.nspname, c.cfgname, pg_catalog.pg_get_userbyid(c.cfgowner),
                pn.nspname, p.prsname
           FROM pg_catalog.pg_ts_config c
           JOIN pg_catalog.pg_namespace n ON n.oid = c.cfgnamespace
           JOIN pg_catalog.pg_ts_parser p ON p.oid = c.cfgparser
           JOIN pg_catalog.pg_namespace pn ON pn.oid = p.prsnamespace
          WHERE {USER_SCHEMA} ORDER BY c.oid"
    );
    let objects = source.reader.read("text search configurations", &sql, &[], |f| {
        let key: Key = (CONFIGURATION, f.take()?);
        let schema_oid = f.take()?;
        let (schema, name, owner): (String, String, String) = (f.take()?, f.take()?, f.take()?);
        let parser = source.quoter.qualified(&f.take::<String>()?, &f.take::<String>()?);
        let full = source.quoter.qualified(&schema, &name);
        let kind = "TEXT SEARCH CONFIGURATION";
        let mut create = format!("CREATE {kind} {full} (\n    PARSER = {parser} );\n");
        for (token, dictionaries) in mappings.get(&key.1).into_iter().flatten() {
            let token = source.quoter.ident(token);
            push!(
                create,
                "\nALTER {kind} {full}\n    ADD MAPPING FOR {token} WITH {dictionaries};\n"
            );
        }
        let plain = Plain {
            drop: Some(format!("DROP {kind} {full};\n")),
            comment: Some((kind, source.quoter.ident(&name))),
            ..Plain::new(kind, 17, name.as_str(), create)
        };
        Ok(Object::new(key, name, Body::Plain(Box::new(plain)))
            .in_schema(schema)
            .owned_by(owner)
            .taking(source.choice.take(key, Some(schema_oid))))
    });
    for object in objects.await? {
        add(source, graph, object);
    }
    Ok(())
}

/// Tokens of each configuration with their dictionaries, joined.
async fn read_mappings(source: &Source<'_>) -> Result<HashMap<u32, Vec<(String, String)>>> {
    let sql = "SELECT m.mapcfg,
                      (SELECT t.alias FROM pg_catalog.ts_token_type(c.cfgparser) AS t
                        WHERE t.tokid = m.maptokentype),
                      pg_catalog.string_agg(m.mapdict::pg_catalog.regdictionary::text, ', '
                                            ORDER BY m.mapseqno)
                 FROM pg_catalog.pg_ts_config_map m
                 JOIN pg_catalog.pg_ts_config c ON c.oid = m.mapcfg
                WHERE c.oid >= 16384
                GROUP BY m.mapcfg, m.maptokentype, c.cfgparser
                ORDER BY m.mapcfg, m.maptokentype";
    let rows = source
        .reader
        .read("text search mappings", sql, &[], |f| Ok((f.take::<u32>()?, (f.take()?, f.take()?))));
    let mut mappings: HashMap<u32, Vec<(String, String)>> = HashMap::new();
    for (configuration, mapping) in rows.await? {
        mappings.entry(configuration).or_default().push(mapping);
    }
    Ok(mappings)
}
