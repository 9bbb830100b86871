//! Casts.

use super::{Source, add};
use crate::error::Result;
use crate::postgres::schema::body::{Body, Plain};
use crate::postgres::schema::graph::{Graph, Key, Object};
use crate::postgres::schema::query::Fields;

const CAST: u32 = 2605;
const RANK: u8 = 7;

/// Casts that somebody made; those from ranges to their multiranges come with the types.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let automatic = source.reader.pick(
        14,
        "EXISTS (SELECT FROM pg_catalog.pg_range r
                  WHERE r.rngtypid = c.castsource AND r.rngmultitypid = c.casttarget)",
        "false",
    );
    let sql = format!(
        "SELECT c.oid, s.typname, t.typname, pg_catalog.format_type(c.castsource, NULL),
                pg_catalog.format_type(c.casttarget, NULL), c.castcontext::text,
                c.castmethod::text, n.nspname, p.proname,
                ARRAY(SELECT pg_catalog.format_type(a.t, NULL)
                        FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, i) ORDER BY a.i)
           FROM pg_catalog.pg_cast c
           JOIN pg_catalog.pg_type s ON s.oid = c.castsource
           JOIN pg_catalog.pg_type t ON t.oid = c.casttarget
           LEFT JOIN pg_catalog.pg_proc p ON p.oid = c.castfunc
           LEFT JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
          WHERE c.oid >= 16384 AND NOT {automatic} ORDER BY c.oid"
    );
    for object in source.reader.read("casts", &sql, &[], |f| object(source, f)).await? {
        add(source, graph, object);
    }
    Ok(())
}

fn object(source: &Source<'_>, f: &mut Fields<'_>) -> Result<Object> {
    let key: Key = (CAST, f.take()?);
    let (from, to): (String, String) = (f.take()?, f.take()?);
    let types = format!("({} AS {})", f.take::<String>()?, f.take::<String>()?);
    let context = match f.code()? {
        'a' => " AS ASSIGNMENT",
        'i' => " AS IMPLICIT",
        _ => "",
    };
    let method = f.code()?;
    let schema: Option<String> = f.take()?;
    let name: Option<String> = f.take()?;
    let arguments: Vec<String> = f.take()?;
    let with = match (method, schema.zip(name)) {
        ('f', Some((schema, name))) => {
            let function = source.quoter.qualified(&schema, &name);
            format!("WITH FUNCTION {function}({})", arguments.join(", "))
        }
        ('i', _) => "WITH INOUT".to_owned(),
        _ => "WITHOUT FUNCTION".to_owned(),
    };
    let create = format!("CREATE CAST {types} {with}{context};\n");
    let plain = Plain {
        drop: Some(format!("DROP CAST {types};\n")),
        comment: Some(("CAST", types.clone())),
        ownerless: true,
        ..Plain::new("CAST", RANK, format!("CAST {types}"), create)
    };
    Ok(Object::new(key, format!("{from} {to}"), Body::Plain(Box::new(plain)))
        .taking(source.choice.take(key, None)))
}
