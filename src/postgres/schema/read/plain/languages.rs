//! Procedural languages, their transforms, and access methods.

use super::{Source, add};
use crate::error::Result;
use crate::postgres::schema::acl::Privileges;
use crate::postgres::schema::body::{Body, Plain};
use crate::postgres::schema::graph::{Graph, Id, Key, Object, class};

const LANGUAGE: u32 = 2612;
const TRANSFORM: u32 = 3576;
const ACCESS_METHOD: u32 = 2601;

/// Reads them all.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    read_languages(source, graph).await?;
    read_transforms(source, graph).await?;
    read_access_methods(source, graph).await
}

/// A language with the functions that run it.
struct Language {
    key: Key,
    name: String,
    owner: String,
    privileges: Privileges,
    trusted: bool,
    /// Handler, inline handler, validator; 0 is none.
    functions: [u32; 3],
}

async fn read_languages(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = "SELECT l.oid, l.lanname, pg_catalog.pg_get_userbyid(l.lanowner), l.lanacl::text[],
                      pg_catalog.acldefault('l', l.lanowner)::text[], l.lanpltrusted,
                      l.lanplcallfoid, l.laninline, l.lanvalidator
                 FROM pg_catalog.pg_language l WHERE l.lanispl AND l.oid >= 16384 ORDER BY l.oid";
    let rows = source.reader.read("procedural languages", sql, &[], |f| {
        let key: Key = (LANGUAGE, f.take()?);
        Ok(Language {
            key,
            name: f.take()?,
            owner: f.take()?,
            privileges: source.privileges(key, f)?,
            trusted: f.take()?,
            functions: [f.take()?, f.take()?, f.take()?],
        })
    });
    for language in rows.await? {
        let object = language_object(source, graph, language);
        add(source, graph, object);
    }
    Ok(())
}

fn language_object(source: &Source<'_>, graph: &Graph, language: Language) -> Object {
    let quoted = source.quoter.ident(&language.name);
    let create = match functions(source, graph, language.functions) {
        Some(functions) => {
            let trusted = if language.trusted { "TRUSTED " } else { "" };
            format!("CREATE {trusted}PROCEDURAL LANGUAGE {quoted}{functions};\n")
        }
        // The server knows the functions of its own languages.
        None => format!("CREATE OR REPLACE PROCEDURAL LANGUAGE {quoted};\n"),
    };
    let plain = Plain {
        drop: Some(format!("DROP PROCEDURAL LANGUAGE {quoted};\n")),
        comment: Some(("LANGUAGE", quoted.clone())),
        grant: language.trusted.then_some(("LANGUAGE", quoted)),
        ..Plain::new("PROCEDURAL LANGUAGE", 2, language.name.as_str(), create)
    };
    Object::new(language.key, language.name, Body::Plain(Box::new(plain)))
        .owned_by(language.owner)
        .granted(language.privileges)
        .taking(source.choice.take(language.key, None))
}

/// The clauses for the functions, where each one that there is comes from the archive too.
fn functions(source: &Source<'_>, graph: &Graph, oids: [u32; 3]) -> Option<String> {
    let mut text = String::new();
    for (word, oid) in ["HANDLER", "INLINE", "VALIDATOR"].into_iter().zip(oids) {
        if oid == 0 {
            continue;
        }
        let id = graph.find((class::PROC, oid)).filter(|&id| is_dumped_function(graph, id))?;
        let function = &graph[id];
        push!(text, " {word} {}", source.quoter.qualified(function.schema(), &function.name));
    }
    (oids[0] != 0).then_some(text)
}

fn is_dumped_function(graph: &Graph, id: Id) -> bool {
    matches!(graph[id].body, Body::Function(_)) && graph[id].take.definition
}

/// A function with its qualified name and argument types, as SQL over an oid.
fn signature(oid: &str) -> String {
    format!(
        "(SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname) || '('
                 || pg_catalog.array_to_string(ARRAY(
                        SELECT pg_catalog.format_type(a.t, NULL)
                          FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, i) ORDER BY a.i), ', ')
                 || ')'
            FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
           WHERE p.oid = {oid})"
    )
}

async fn read_transforms(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = format!(
        "SELECT t.oid, y.typname, l.lanname, pg_catalog.format_type(t.trftype, NULL), {}, {}
           FROM pg_catalog.pg_transform t
           JOIN pg_catalog.pg_type y ON y.oid = t.trftype
           JOIN pg_catalog.pg_language l ON l.oid = t.trflang
          WHERE t.oid >= 16384 ORDER BY t.oid",
        signature("t.trffromsql"),
        signature("t.trftosql")
    );
    let objects = source.reader.read("transforms", &sql, &[], |f| {
        let key: Key = (TRANSFORM, f.take()?);
        let (type_name, language): (String, String) = (f.take()?, f.take()?);
        let what =
            format!("FOR {} LANGUAGE {}", f.take::<String>()?, source.quoter.ident(&language));
        let mut functions = Vec::new();
        for word in ["FROM SQL", "TO SQL"] {
            let function: Option<String> = f.take()?;
            functions.extend(function.map(|name| format!("{word} WITH FUNCTION {name}")));
        }
        let create = format!("CREATE TRANSFORM {what} ({});\n", functions.join(", "));
        let plain = Plain {
            drop: Some(format!("DROP TRANSFORM {what};\n")),
            comment: Some(("TRANSFORM", what.clone())),
            ownerless: true,
            ..Plain::new("TRANSFORM", 4, format!("TRANSFORM {what}"), create)
        };
        let name = format!("{type_name} {language}");
        Ok(Object::new(key, name, Body::Plain(Box::new(plain)))
            .taking(source.choice.take(key, None)))
    });
    for object in objects.await? {
        add(source, graph, object);
    }
    Ok(())
}

async fn read_access_methods(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = "SELECT m.oid, m.amname, m.amtype::text, m.amhandler::regproc::text
                 FROM pg_catalog.pg_am m WHERE m.oid >= 16384 ORDER BY m.oid";
    let objects = source.reader.read("access methods", sql, &[], |f| {
        let key: Key = (ACCESS_METHOD, f.take()?);
        let name: String = f.take()?;
        let quoted = source.quoter.ident(&name);
        let kind = if f.code()? == 't' { "TABLE" } else { "INDEX" };
        let handler: String = f.take()?;
        let create = format!("CREATE ACCESS METHOD {quoted} TYPE {kind} HANDLER {handler};\n");
        let plain = Plain {
            drop: Some(format!("DROP ACCESS METHOD {quoted};\n")),
            comment: Some(("ACCESS METHOD", quoted)),
            ownerless: true,
            ..Plain::new("ACCESS METHOD", 10, name.as_str(), create)
        };
        Ok(Object::new(key, name, Body::Plain(Box::new(plain)))
            .taking(source.choice.take(key, None)))
    });
    for object in objects.await? {
        add(source, graph, object);
    }
    Ok(())
}
