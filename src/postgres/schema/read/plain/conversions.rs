//! Conversions between encodings.

use super::{Source, add, in_schema};
use crate::error::Result;
use crate::model::name::quote_literal;
use crate::postgres::schema::body::Plain;
use crate::postgres::schema::graph::{Graph, Key};
use crate::postgres::schema::select::USER_SCHEMA;

const CONVERSION: u32 = 2607;

/// Conversions outside the system's schemas.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = format!(
        "SELECT c.oid, n.oid, n.nspname, c.conname, pg_catalog.pg_get_userbyid(c.conowner),
                c.condefault, pg_catalog.pg_encoding_to_char(c.conforencoding)::text,
                pg_catalog.pg_encoding_to_char(c.contoencoding)::text, c.conproc::regproc::text
           FROM pg_catalog.pg_conversion c
           JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
          WHERE {USER_SCHEMA} ORDER BY c.oid"
    );
    let objects = source.reader.read("conversions", &sql, &[], |f| {
        let key: Key = (CONVERSION, f.take()?);
        let schema_oid = f.take()?;
        let (schema, name, owner): (String, String, String) = (f.take()?, f.take()?, f.take()?);
        let default = if f.take()? { "DEFAULT " } else { "" };
        let (from, to): (String, String) = (f.take()?, f.take()?);
        let function: String = f.take()?;
        let full = source.quoter.qualified(&schema, &name);
        let create = format!(
            "CREATE {default}CONVERSION {full} FOR {} TO {} FROM {function};\n",
            quote_literal(&from),
            quote_literal(&to)
        );
        let plain = Plain {
            drop: Some(format!("DROP CONVERSION {full};\n")),
            comment: Some(("CONVERSION", source.quoter.ident(&name))),
            ..Plain::new("CONVERSION", 13, name.as_str(), create)
        };
        Ok(in_schema(source, (key, schema_oid), (schema, name, owner), plain))
    });
    for object in objects.await? {
        add(source, graph, object);
    }
    Ok(())
}
