//! Aggregates.

use super::SORT_KEY;
use crate::error::Result;
use crate::postgres::schema::body::{Aggregate, Body};
use crate::postgres::schema::graph::{Graph, Key, Object, class};
use crate::postgres::schema::query::Fields;
use crate::postgres::schema::read::Source;
use crate::postgres::schema::select::USER_SCHEMA;

/// Reads all aggregates outside the system's schemas.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let sql = statement(source);
    for object in source.reader.read("aggregates", &sql, &[], |f| object(source, f)).await? {
        if source.depends.extension_of(object.key).is_none() {
            graph.add(object);
        }
    }
    Ok(())
}

fn statement(source: &Source<'_>) -> String {
    let modify = source.reader.pick(
        11,
        "a.aggfinalmodify::text, a.aggmfinalmodify::text",
        "'0'::text, '0'::text",
    );
    let is_aggregate = source.reader.pick(11, "p.prokind = 'a'", "p.proisagg");
    let proc = |column: &str| format!("nullif({column}::regproc::text, '-')");
    let procs = ["aggtransfn", "aggfinalfn", "aggcombinefn", "aggserialfn", "aggdeserialfn"];
    let procs: Vec<String> = procs.iter().map(|c| proc(&format!("a.{c}"))).collect();
    let moving = ["aggmtransfn", "aggminvtransfn", "aggmfinalfn"];
    let moving: Vec<String> = moving.iter().map(|c| proc(&format!("a.{c}"))).collect();
    format!(
        "SELECT p.oid, n.oid, n.nspname, p.proname, pg_catalog.pg_get_userbyid(p.proowner),
                p.proacl::text[], CASE WHEN p.proacl IS NOT NULL
                    THEN pg_catalog.acldefault('f', p.proowner) END::text[],
                pg_catalog.pg_get_function_arguments(p.oid),
                pg_catalog.pg_get_function_identity_arguments(p.oid),
                ARRAY(SELECT pg_catalog.format_type(x.t, NULL)
                        FROM unnest(p.proargtypes) WITH ORDINALITY AS x (t, i) ORDER BY x.i),
                {SORT_KEY},
                {procs}, {moving},
                a.aggtranstype::regtype::text, a.aggtransspace, a.agginitval,
                nullif(a.aggmtranstype, 0)::regtype::text, a.aggmtransspace, a.aggminitval,
                a.aggfinalextra, a.aggmfinalextra, {modify},
                CASE WHEN o.oid IS NOT NULL THEN
                    'OPERATOR(' || pg_catalog.quote_ident(os.nspname) || '.' || o.oprname || ')' END,
                a.aggkind::text, p.proparallel::text
           FROM pg_catalog.pg_proc p
           JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
           JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
           LEFT JOIN pg_catalog.pg_operator o ON o.oid = a.aggsortop
           LEFT JOIN pg_catalog.pg_namespace os ON os.oid = o.oprnamespace
          WHERE {USER_SCHEMA} AND {is_aggregate} ORDER BY p.oid",
        procs = procs.join(", "),
        moving = moving.join(", "),
    )
}

fn object(source: &Source<'_>, f: &mut Fields<'_>) -> Result<Object> {
    let key: Key = (class::PROC, f.take()?);
    let schema_oid = f.take()?;
    let (schema, name, owner): (String, String, String) = (f.take()?, f.take()?, f.take()?);
    let privileges = source.privileges(key, f)?;
    let (arguments, identity): (String, String) = (f.take()?, f.take()?);
    let (types, tie): (Vec<String>, String) = (f.take()?, f.take()?);
    let body = Aggregate { arguments, identity, types, options: options(f)? };
    let take = source.choice.take(key, Some(schema_oid));
    Ok(Object::new(key, name, Body::Aggregate(Box::new(body)))
        .in_schema(schema)
        .owned_by(owner)
        .granted(privileges)
        .sorted_by(tie)
        .taking(take))
}

/// The options in the order of printing.
fn options(f: &mut Fields<'_>) -> Result<Vec<String>> {
    let mut text = || f.take::<Option<String>>();
    let (step, last, combine) = (text()?, text()?, text()?);
    let (serial, deserial) = (text()?, text()?);
    let (moving_step, moving_back, moving_last) = (text()?, text()?, text()?);
    let state: Option<String> = f.take()?;
    let space: i32 = f.take()?;
    let initial: Option<String> = f.take()?;
    let moving_state: Option<String> = f.take()?;
    let moving_space: i32 = f.take()?;
    let moving_initial: Option<String> = f.take()?;
    let (extra, moving_extra): (bool, bool) = (f.take()?, f.take()?);
    let (modify, moving_modify) = (f.code()?, f.code()?);
    let sort: Option<String> = f.take()?;
    let (kind, parallel) = (f.code()?, f.code()?);

    let quoted = |text: Option<String>| text.map(|t| crate::model::name::quote_literal(&t));
    let usual = if kind == 'n' { 'r' } else { 'w' };
    let modifies = |last: &Option<String>, code| last.as_ref().and(modify_word(code, usual));
    let mut made = Options::default();
    made.value("SFUNC", step);
    made.value("STYPE", state);
    made.value("SSPACE", number(space));
    made.value("INITCOND", quoted(initial));
    let modify = modifies(&last, modify);
    made.value("FINALFUNC", last);
    made.flag("FINALFUNC_EXTRA", extra);
    made.value("FINALFUNC_MODIFY", modify);
    made.value("COMBINEFUNC", combine);
    made.value("SERIALFUNC", serial);
    made.value("DESERIALFUNC", deserial);
    made.value("MSFUNC", moving_step);
    made.value("MINVFUNC", moving_back);
    made.value("MSTYPE", moving_state);
    made.value("MSSPACE", number(moving_space));
    made.value("MINITCOND", quoted(moving_initial));
    let modify = modifies(&moving_last, moving_modify);
    made.value("MFINALFUNC", moving_last);
    made.flag("MFINALFUNC_EXTRA", moving_extra);
    made.value("MFINALFUNC_MODIFY", modify);
    made.value("SORTOP", sort);
    made.flag("HYPOTHETICAL", kind == 'h');
    made.value("PARALLEL", parallel_word(parallel));
    Ok(made.0)
}

#[derive(Default)]
struct Options(Vec<String>);

impl Options {
    fn value(&mut self, name: &str, value: Option<String>) {
        self.0.extend(value.map(|value| format!("{name} = {value}")));
    }

    fn flag(&mut self, name: &str, set: bool) {
        self.0.extend(set.then(|| name.to_owned()));
    }
}

fn number(value: i32) -> Option<String> {
    (value != 0).then(|| value.to_string())
}

/// How the final function treats the state, where it is not the usual way.
fn modify_word(code: char, usual: char) -> Option<String> {
    let word = match code {
        'r' => "READ_ONLY",
        's' => "SHAREABLE",
        'w' => "READ_WRITE",
        _ => return None,
    };
    (code != usual).then(|| word.to_owned())
}

fn parallel_word(code: char) -> Option<String> {
    match code {
        's' => Some("safe".to_owned()),
        'r' => Some("restricted".to_owned()),
        _ => None,
    }
}
