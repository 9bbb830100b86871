//! Foreign-data wrappers and foreign servers with their user mappings.

use std::collections::HashMap;

use super::{Source, add};
use crate::error::Result;
use crate::model::name::quote_literal;
use crate::postgres::schema::body::{Body, Follower, Plain};
use crate::postgres::schema::graph::{Graph, Key, Object};

const WRAPPER: u32 = 2328;
const SERVER: u32 = 1417;

/// Options in the order of their names, as SQL over a column.
fn options_of(column: &str) -> String {
    format!(
        "pg_catalog.array_to_string(ARRAY(
             SELECT pg_catalog.quote_ident(option_name) || ' '
                 || pg_catalog.quote_literal(option_value)
               FROM pg_catalog.pg_options_to_table({column}) ORDER BY option_name), E',\\n    ')"
    )
}

/// An OPTIONS clause, empty without options.
fn clause(options: Option<String>) -> String {
    let options = options.filter(|text| !text.is_empty());
    options.map(|text| format!(" OPTIONS (\n    {text}\n)")).unwrap_or_default()
}

/// Reads both kinds.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    read_wrappers(source, graph).await?;
    read_servers(source, graph).await
}

async fn read_wrappers(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = format!(
        "SELECT w.oid, w.fdwname, pg_catalog.pg_get_userbyid(w.fdwowner),
                w.fdwacl::text[], pg_catalog.acldefault('F', w.fdwowner)::text[],
                CASE WHEN w.fdwhandler <> 0 THEN w.fdwhandler::regproc::text END,
                CASE WHEN w.fdwvalidator <> 0 THEN w.fdwvalidator::regproc::text END, {}
           FROM pg_catalog.pg_foreign_data_wrapper w ORDER BY w.oid",
        options_of("w.fdwoptions")
    );
    let objects = source.reader.read("foreign-data wrappers", &sql, &[], |f| {
        let key: Key = (WRAPPER, f.take()?);
        let (name, owner): (String, String) = (f.take()?, f.take()?);
        let privileges = source.privileges(key, f)?;
        let quoted = source.quoter.ident(&name);
        let mut create = format!("CREATE FOREIGN DATA WRAPPER {quoted}");
        for word in ["HANDLER", "VALIDATOR"] {
            if let Some(function) = f.take::<Option<String>>()? {
                push!(create, " {word} {function}");
            }
        }
        push!(create, "{};\n", clause(f.take()?));
        let kind = "FOREIGN DATA WRAPPER";
        let plain = Plain {
            drop: Some(format!("DROP {kind} {quoted};\n")),
            comment: Some((kind, quoted.clone())),
            grant: Some((kind, quoted)),
            ..Plain::new(kind, 18, name.as_str(), create)
        };
        Ok(Object::new(key, name, Body::Plain(Box::new(plain)))
            .owned_by(owner)
            .granted(privileges)
            .taking(source.choice.take(key, None)))
    });
    for object in objects.await? {
        add(source, graph, object);
    }
    Ok(())
}

async fn read_servers(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let mut mappings = read_mappings(source).await?;
    let sql = format!(
        "SELECT s.oid, s.srvname, pg_catalog.pg_get_userbyid(s.srvowner),
                s.srvacl::text[], pg_catalog.acldefault('S', s.srvowner)::text[],
                s.srvtype, s.srvversion, w.fdwname, {}
           FROM pg_catalog.pg_foreign_server s
           JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw ORDER BY s.oid",
        options_of("s.srvoptions")
    );
    let objects = source.reader.read("foreign servers", &sql, &[], |f| {
        let key: Key = (SERVER, f.take()?);
        let (name, owner): (String, String) = (f.take()?, f.take()?);
        let privileges = source.privileges(key, f)?;
        let quoted = source.quoter.ident(&name);
        let mut create = format!("CREATE SERVER {quoted}");
        for word in ["TYPE", "VERSION"] {
            if let Some(text) = f.take::<Option<String>>()? {
                push!(create, " {word} {}", quote_literal(&text));
            }
        }
        push!(create, " FOREIGN DATA WRAPPER {}", source.quoter.ident(&f.take::<String>()?));
        push!(create, "{};\n", clause(f.take()?));
        let plain = Plain {
            drop: Some(format!("DROP SERVER {quoted};\n")),
            comment: Some(("SERVER", quoted.clone())),
            grant: Some(("FOREIGN SERVER", quoted)),
            ..Plain::new("SERVER", 19, name.as_str(), create)
        };
        Ok(Object::new(key, name, Body::Plain(Box::new(plain)))
            .owned_by(owner)
            .granted(privileges)
            .taking(source.choice.take(key, None)))
    });
    for mut object in objects.await? {
        if let Body::Plain(plain) = &mut object.body {
            plain.followers = mappings.remove(&object.key.1).unwrap_or_default();
        }
        add(source, graph, object);
    }
    Ok(())
}

/// User mappings of each server. Options that the role may not see are left out by the server.
async fn read_mappings(source: &Source<'_>) -> Result<HashMap<u32, Vec<Follower>>> {
    let sql = format!(
        "SELECT m.srvid, m.usename, m.srvname, {}
           FROM pg_catalog.pg_user_mappings m ORDER BY m.srvid, m.usename",
        options_of("m.umoptions")
    );
    let rows = source.reader.read("user mappings", &sql, &[], |f| {
        let server: u32 = f.take()?;
        let (user, name): (String, String) = (f.take()?, f.take()?);
        let whom = format!("{} SERVER {}", source.quoter.ident(&user), source.quoter.ident(&name));
        let follower = Follower {
            desc: "USER MAPPING",
            tag: format!("USER MAPPING {user} SERVER {name}"),
            create: format!("CREATE USER MAPPING FOR {whom}{};\n", clause(f.take()?)),
            drop: format!("DROP USER MAPPING FOR {whom};\n"),
        };
        Ok((server, follower))
    });
    let mut mappings: HashMap<u32, Vec<Follower>> = HashMap::new();
    for (server, follower) in rows.await? {
        mappings.entry(server).or_default().push(follower);
    }
    Ok(mappings)
}
