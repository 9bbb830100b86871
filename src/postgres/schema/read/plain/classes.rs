//! Operator families and operator classes with the operators and functions in them.

use std::collections::HashMap;

use super::{Source, add, in_schema};
use crate::error::Result;
use crate::postgres::schema::body::Plain;
use crate::postgres::schema::graph::{Graph, Key, Object};
use crate::postgres::schema::query::Fields;
use crate::postgres::schema::select::USER_SCHEMA;

const FAMILY: u32 = 2753;
const CLASS: u32 = 2616;
const RANK: u8 = 12;
const SEPARATOR: &str = " ,\n    ";

/// Reads both kinds.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let mut items = read_items(source).await?;
    read_families(source, graph, &mut items).await?;
    read_classes(source, graph, &mut items).await
}

/// `OPERATOR …` and `FUNCTION …` by the family or class that they are a part of.
type Items = HashMap<Key, Vec<String>>;

/// Operators before functions, each in the order of its number. What was added to a family by itself
/// depends on the family, what a class brought depends on the class.
async fn read_items(source: &Source<'_>) -> Result<Items> {
    let sql = "
        SELECT d.refclassid, d.refobjid,
               'OPERATOR ' || o.amopstrategy || ' ' || o.amopopr::regoperator::text, n.nspname,
               f.opfname, 1 AS part, o.amopstrategy AS number, o.oid
          FROM pg_catalog.pg_amop o
          JOIN pg_catalog.pg_depend d ON d.classid = 2602 AND d.objid = o.oid
          LEFT JOIN pg_catalog.pg_opfamily f ON f.oid = o.amopsortfamily
          LEFT JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace
         WHERE (d.refclassid = 2616 OR (d.refclassid = 2753 AND d.refobjid = o.amopfamily))
           AND d.refobjid >= 16384
        UNION ALL
        SELECT d.refclassid, d.refobjid,
               'FUNCTION ' || p.amprocnum || ' (' || p.amproclefttype::regtype::text || ', '
               || p.amprocrighttype::regtype::text || ') ' || p.amproc::regprocedure::text,
               NULL, NULL, 2, p.amprocnum, p.oid
          FROM pg_catalog.pg_amproc p
          JOIN pg_catalog.pg_depend d ON d.classid = 2603 AND d.objid = p.oid
         WHERE (d.refclassid = 2616 OR (d.refclassid = 2753 AND d.refobjid = p.amprocfamily))
           AND d.refobjid >= 16384
         ORDER BY 1, 2, part, number, oid";
    let rows = source.reader.read("items of operator classes", sql, &[], |f| {
        let whole: Key = (f.take()?, f.take()?);
        let mut text: String = f.take()?;
        let sort: (Option<String>, Option<String>) = (f.take()?, f.take()?);
        if let (Some(schema), Some(name)) = sort {
            push!(text, " FOR ORDER BY {}", source.quoter.qualified(&schema, &name));
        }
        Ok((whole, text))
    });
    let mut items = Items::new();
    for (whole, text) in rows.await? {
        items.entry(whole).or_default().push(text);
    }
    Ok(items)
}

async fn read_families(source: &Source<'_>, graph: &mut Graph, items: &mut Items) -> Result<()> {
    let sql = format!(
        "SELECT f.oid, n.oid, n.nspname, f.opfname, pg_catalog.pg_get_userbyid(f.opfowner), m.amname
           FROM pg_catalog.pg_opfamily f
           JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace
           JOIN pg_catalog.pg_am m ON m.oid = f.opfmethod
          WHERE {USER_SCHEMA} ORDER BY f.oid"
    );
    let rows = source.reader.read("operator families", &sql, &[], |f| {
        let key: Key = (FAMILY, f.take()?);
        Ok((key, f.take::<u32>()?, (f.take()?, f.take()?, f.take()?), f.take::<String>()?))
    });
    for (key, schema_oid, names, method) in rows.await? {
        let items = items.remove(&key).unwrap_or_default();
        let object = family(source, (key, schema_oid), names, &method, &items);
        add(source, graph, object);
    }
    Ok(())
}

fn family(
    source: &Source<'_>,
    place: (Key, u32),
    names: (String, String, String),
    method: &str,
    items: &[String],
) -> Object {
    let full = source.quoter.qualified(&names.0, &names.1);
    let using = format!("USING {}", source.quoter.ident(method));
    let mut create = format!("CREATE OPERATOR FAMILY {full} {using};\n");
    if !items.is_empty() {
        let items = items.join(SEPARATOR);
        push!(create, "ALTER OPERATOR FAMILY {full} {using} ADD\n    {items};\n");
    }
    let plain = Plain {
        drop: Some(format!("DROP OPERATOR FAMILY {full} {using};\n")),
        comment: Some(("OPERATOR FAMILY", format!("{} {using}", source.quoter.ident(&names.1)))),
        ..Plain::new("OPERATOR FAMILY", RANK, names.1.as_str(), create)
    };
    // Classes come before families of the same name.
    in_schema(source, place, names, plain).sorted_by(format!("2{method}"))
}

async fn read_classes(source: &Source<'_>, graph: &mut Graph, items: &mut Items) -> Result<()> {
    let sql = format!(
        "SELECT c.oid, n.oid, n.nspname, c.opcname, pg_catalog.pg_get_userbyid(c.opcowner), m.amname,
                c.opcdefault, c.opcintype::regtype::text, nullif(c.opckeytype, 0)::regtype::text,
                fn.nspname, f.opfname
           FROM pg_catalog.pg_opclass c
           JOIN pg_catalog.pg_namespace n ON n.oid = c.opcnamespace
           JOIN pg_catalog.pg_am m ON m.oid = c.opcmethod
           JOIN pg_catalog.pg_opfamily f ON f.oid = c.opcfamily
           JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace
          WHERE {USER_SCHEMA} ORDER BY c.oid"
    );
    let objects = source.reader.read("operator classes", &sql, &[], |f| {
        let key: Key = (CLASS, f.take()?);
        Ok((key, class(source, f, key, items.get(&key))?))
    });
    for (_, object) in objects.await? {
        add(source, graph, object);
    }
    Ok(())
}

fn class(
    source: &Source<'_>,
    f: &mut Fields<'_>,
    key: Key,
    items: Option<&Vec<String>>,
) -> Result<Object> {
    let schema_oid = f.take()?;
    let (schema, name, owner): (String, String, String) = (f.take()?, f.take()?, f.take()?);
    let method: String = f.take()?;
    let default = if f.take()? { "DEFAULT " } else { "" };
    let (data_type, storage): (String, Option<String>) = (f.take()?, f.take()?);
    let family = source.quoter.qualified(&f.take::<String>()?, &f.take::<String>()?);
    let mut lines: Vec<String> = storage.iter().map(|s| format!("STORAGE {s}")).collect();
    lines.extend(items.into_iter().flatten().cloned());
    if lines.is_empty() {
        // The command wants something between AS and its end: the type that it is by itself.
        lines.push(format!("STORAGE {data_type}"));
    }
    let full = source.quoter.qualified(&schema, &name);
    let using = format!("USING {}", source.quoter.ident(&method));
    let create = format!(
        "CREATE OPERATOR CLASS {full}\n    {default}FOR TYPE {data_type} {using} FAMILY {family} AS\n    {};\n",
        lines.join(SEPARATOR)
    );
    let plain = Plain {
        drop: Some(format!("DROP OPERATOR CLASS {full} {using};\n")),
        comment: Some(("OPERATOR CLASS", format!("{} {using}", source.quoter.ident(&name)))),
        ..Plain::new("OPERATOR CLASS", RANK, name.as_str(), create)
    };
    Ok(in_schema(source, (key, schema_oid), (schema, name, owner), plain)
        .sorted_by(format!("1{method}")))
}
