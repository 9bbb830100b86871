//! What base types are made of.

use std::collections::HashMap;

use crate::error::Result;
use crate::model::name::quote_literal;
use crate::postgres::schema::query::Fields;
use crate::postgres::schema::read::Source;

/// Words of CREATE TYPE for the functions, in order; the first two are always there.
const FUNCTIONS: [&str; 7] =
    ["INPUT", "OUTPUT", "RECEIVE", "SEND", "TYPMOD_IN", "TYPMOD_OUT", "ANALYZE"];

/// The options of each type in the order of printing.
pub(super) async fn read(source: &Source<'_>, oids: &[u32]) -> Result<HashMap<u32, Vec<String>>> {
    let subscript =
        source.reader.pick(14, "nullif(t.typsubscript, 0)::regproc::text", "NULL::text");
    let sql = format!(
        "SELECT t.oid, t.typlen, t.typinput::text, t.typoutput::text, t.typreceive::text,
                t.typsend::text, t.typmodin::text, t.typmodout::text, t.typanalyze::text,
                t.typcollation <> 0,
                pg_catalog.pg_get_expr(t.typdefaultbin, 'pg_catalog.pg_type'::regclass),
                t.typdefault, {subscript},
                CASE WHEN t.typelem <> 0 THEN pg_catalog.format_type(t.typelem, NULL) END,
                t.typcategory::text, t.typispreferred, t.typdelim::text, t.typalign::text,
                t.typstorage::text, t.typbyval
           FROM pg_catalog.pg_type t WHERE t.oid = ANY ($1) AND t.typtype = 'b'"
    );
    let rows = source.reader.read_of("base types", &sql, oids, |f| Ok((f.take()?, options(f)?)));
    Ok(rows.await?.into_iter().collect())
}

fn options(f: &mut Fields<'_>) -> Result<Vec<String>> {
    let length: i16 = f.take()?;
    let length = if length < 0 { "variable".to_owned() } else { length.to_string() };
    let mut options = vec![format!("INTERNALLENGTH = {length}")];
    for word in FUNCTIONS {
        let function: String = f.take()?;
        options.extend((function != "-").then(|| format!("{word} = {function}")));
    }
    options.extend(f.take::<bool>()?.then(|| "COLLATABLE = true".to_owned()));
    let (expression, text): (Option<String>, Option<String>) = (f.take()?, f.take()?);
    let default = expression.or_else(|| text.map(|text| quote_literal(&text)));
    options.extend(default.map(|default| format!("DEFAULT = {default}")));
    for word in ["SUBSCRIPT", "ELEMENT"] {
        options.extend(f.take::<Option<String>>()?.map(|name| format!("{word} = {name}")));
    }
    let category: String = f.take()?;
    options.extend((category != "U").then(|| format!("CATEGORY = {}", quote_literal(&category))));
    options.extend(f.take::<bool>()?.then(|| "PREFERRED = true".to_owned()));
    let delimiter: String = f.take()?;
    let odd = !delimiter.is_empty() && delimiter != ",";
    options.extend(odd.then(|| format!("DELIMITER = {}", quote_literal(&delimiter))));
    options.extend(alignment(f.code()?).map(|word| format!("ALIGNMENT = {word}")));
    options.extend(storage(f.code()?).map(|word| format!("STORAGE = {word}")));
    options.extend(f.take::<bool>()?.then(|| "PASSEDBYVALUE".to_owned()));
    Ok(options)
}

fn alignment(code: char) -> Option<&'static str> {
    match code {
        'c' => Some("char"),
        's' => Some("int2"),
        'i' => Some("int4"),
        'd' => Some("double"),
        _ => None,
    }
}

fn storage(code: char) -> Option<&'static str> {
    match code {
        'p' => Some("plain"),
        'e' => Some("external"),
        'x' => Some("extended"),
        'm' => Some("main"),
        _ => None,
    }
}
