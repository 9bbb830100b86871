//! Subscriptions, which only a superuser may read.

use super::{Source, add};
use crate::error::Result;
use crate::model::name::quote_literal;
use crate::model::spec::Section;
use crate::postgres::schema::body::{Body, Plain};
use crate::postgres::schema::graph::{Graph, Key, Object};
use crate::postgres::schema::query::Fields;

const SUBSCRIPTION: u32 = 6100;

/// Reads those of this database. Without the right to, none: what is missing then is said where
/// missing objects are.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    let reader = source.reader;
    let superuser = "SELECT pg_catalog.current_setting('is_superuser') = 'on'";
    if reader.column("the session", superuser, &[]).await?.first() != Some(&true) {
        return Ok(());
    }
    let sql = statement(source);
    for object in reader.read("subscriptions", &sql, &[], |f| object(source, f)).await? {
        add(source, graph, object);
    }
    Ok(())
}

fn statement(source: &Source<'_>) -> String {
    let reader = source.reader;
    let binary = reader.pick(14, "s.subbinary", "false");
    let streaming = reader.pick(14, "s.substream::text", "'f'");
    let two_phase = reader.pick(15, "s.subtwophasestate <> 'd'", "false");
    let disable = reader.pick(15, "s.subdisableonerr", "false");
    let password = reader.pick(16, "s.subpasswordrequired", "true");
    let owner = reader.pick(16, "s.subrunasowner", "false");
    let origin = reader.pick(16, "s.suborigin", "'any'");
    let failover = reader.pick(17, "s.subfailover", "false");
    format!(
        "SELECT s.oid, s.subname, pg_catalog.pg_get_userbyid(s.subowner), s.subconninfo,
                s.subpublications, s.subslotname, {binary}, {streaming}, {two_phase}, {disable},
                NOT {password}, {owner}, {failover}, s.subsynccommit, {origin}::text
           FROM pg_catalog.pg_subscription s
          WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d
                              WHERE d.datname = pg_catalog.current_database())
          ORDER BY s.oid"
    )
}

fn object(source: &Source<'_>, f: &mut Fields<'_>) -> Result<Object> {
    let key: Key = (SUBSCRIPTION, f.take()?);
    let (name, owner): (String, String) = (f.take()?, f.take()?);
    let quoted = source.quoter.ident(&name);
    let connection: String = f.take()?;
    let publications: Vec<String> = f.take()?;
    let create = format!(
        "CREATE SUBSCRIPTION {quoted} CONNECTION {} PUBLICATION {} WITH ({});\n",
        quote_literal(&connection),
        source.quoter.idents(publications.iter().map(String::as_str)),
        options(source, f)?
    );
    let plain = Plain {
        section: Section::PostData,
        drop: Some(format!("DROP SUBSCRIPTION {quoted};\n")),
        comment: Some(("SUBSCRIPTION", quoted)),
        ..Plain::new("SUBSCRIPTION", 42, name.as_str(), create)
    };
    Ok(Object::new(key, name, Body::Plain(Box::new(plain)))
        .owned_by(owner)
        .taking(source.choice.take(key, None)))
}

/// A restored subscription does not connect by itself: its publisher may be out of reach, and its
/// slot another's.
fn options(source: &Source<'_>, f: &mut Fields<'_>) -> Result<String> {
    let slot: Option<String> = f.take()?;
    let slot = slot.map_or_else(|| "NONE".to_owned(), |slot| quote_literal(&slot));
    let mut text = format!("connect = false, slot_name = {slot}");
    let mut option = |set: bool, option: &str| {
        if set {
            push!(text, ", {option}");
        }
    };
    option(f.take()?, "binary = true");
    let streaming = match f.code()? {
        'p' => "parallel",
        't' => "on",
        _ => "off",
    };
    // A server that cannot stream does not know the word.
    option(source.reader.since(14), &format!("streaming = {streaming}"));
    option(f.take()?, "two_phase = on");
    option(f.take()?, "disable_on_error = true");
    option(f.take()?, "password_required = false");
    option(f.take()?, "run_as_owner = true");
    option(f.take()?, "failover = true");
    let (commit, origin): (String, String) = (f.take()?, f.take()?);
    let commit_option = format!("synchronous_commit = {}", source.quoter.ident(&commit));
    option(commit != "off", &commit_option);
    option(origin != "any", &format!("origin = {origin}"));
    Ok(text)
}
