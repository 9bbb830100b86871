//! Operators.

use super::{Source, add, in_schema, without_arguments};
use crate::error::Result;
use crate::postgres::schema::body::Plain;
use crate::postgres::schema::graph::{Graph, Key, Object};
use crate::postgres::schema::query::Fields;
use crate::postgres::schema::select::USER_SCHEMA;

const OPERATOR: u32 = 2617;
const RANK: u8 = 11;

/// Operators with a function: one without was only ever named as the counterpart of another.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = format!(
        "SELECT o.oid, n.oid, n.nspname, o.oprname, pg_catalog.pg_get_userbyid(o.oprowner),
                o.oprkind::text,
                coalesce(ln.nspname || E'\\n' || lt.typname, '') || E'\\n'
                    || coalesce(rn.nspname || E'\\n' || rt.typname, ''),
                nullif(o.oprleft, 0)::regtype::text, nullif(o.oprright, 0)::regtype::text,
                o.oprcode::regprocedure::text, cn.nspname, c.oprname, gn.nspname, g.oprname,
                o.oprcanmerge, o.oprcanhash,
                nullif(o.oprrest, 0)::regprocedure::text, nullif(o.oprjoin, 0)::regprocedure::text
           FROM pg_catalog.pg_operator o
           JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
           LEFT JOIN pg_catalog.pg_type lt ON lt.oid = o.oprleft
           LEFT JOIN pg_catalog.pg_namespace ln ON ln.oid = lt.typnamespace
           LEFT JOIN pg_catalog.pg_type rt ON rt.oid = o.oprright
           LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = rt.typnamespace
           LEFT JOIN pg_catalog.pg_operator c ON c.oid = o.oprcom
           LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = c.oprnamespace
           LEFT JOIN pg_catalog.pg_operator g ON g.oid = o.oprnegate
           LEFT JOIN pg_catalog.pg_namespace gn ON gn.oid = g.oprnamespace
          WHERE {USER_SCHEMA} AND o.oprcode <> 0 ORDER BY o.oid"
    );
    for object in source.reader.read("operators", &sql, &[], |f| object(source, f)).await? {
        add(source, graph, object);
    }
    Ok(())
}

fn object(source: &Source<'_>, f: &mut Fields<'_>) -> Result<Object> {
    let key: Key = (OPERATOR, f.take()?);
    let schema_oid = f.take()?;
    let (schema, name, owner): (String, String, String) = (f.take()?, f.take()?, f.take()?);
    // With a left operand alone, with a right one alone, with both.
    let kind = match f.code()? {
        'r' => 0,
        'l' => 1,
        _ => 2,
    };
    let tie = format!("{kind}{}", f.take::<String>()?);
    let (left, right): (Option<String>, Option<String>) = (f.take()?, f.take()?);
    let none = "NONE".to_owned();
    let (first, second) = (left.as_ref().unwrap_or(&none), right.as_ref().unwrap_or(&none));
    let signature = format!("{name} ({first}, {second})");
    let details = details(source, f, left, right)?;
    let schema_quoted = source.quoter.ident(&schema);
    let create = format!("CREATE OPERATOR {schema_quoted}.{name} (\n{}\n);\n", details.join(",\n"));
    let plain = Plain {
        drop: Some(format!("DROP OPERATOR {schema_quoted}.{signature};\n")),
        comment: Some(("OPERATOR", signature)),
        ..Plain::new("OPERATOR", RANK, name.as_str(), create)
    };
    Ok(in_schema(source, (key, schema_oid), (schema, name, owner), plain).sorted_by(tie))
}

/// What stands between the parentheses, a line each.
fn details(
    source: &Source<'_>,
    f: &mut Fields<'_>,
    left: Option<String>,
    right: Option<String>,
) -> Result<Vec<String>> {
    let function: String = f.take()?;
    let word = source.reader.pick(11, "FUNCTION", "PROCEDURE");
    let mut lines = vec![format!("    {word} = {}", without_arguments(&function))];
    lines.extend(left.map(|left| format!("    LEFTARG = {left}")));
    lines.extend(right.map(|right| format!("    RIGHTARG = {right}")));
    for word in ["COMMUTATOR", "NEGATOR"] {
        let (schema, name): (Option<String>, Option<String>) = (f.take()?, f.take()?);
        let operator = schema.zip(name);
        lines.extend(operator.map(|(schema, name)| {
            format!("    {word} = OPERATOR({}.{name})", source.quoter.ident(&schema))
        }));
    }
    for word in ["MERGES", "HASHES"] {
        lines.extend(f.take::<bool>()?.then(|| format!("    {word}")));
    }
    for word in ["RESTRICT", "JOIN"] {
        let function: Option<String> = f.take()?;
        lines.extend(function.map(|name| format!("    {word} = {}", without_arguments(&name))));
    }
    Ok(lines)
}
