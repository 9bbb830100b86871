//! Kinds that are seldom met, each with its SQL made right here: casts, operators and their classes,
//! conversions, text search, languages, foreign servers, publications and subscriptions; and grants on
//! objects that are themselves not in the archive.

mod casts;
mod classes;
mod conversions;
mod foreign;
mod grants;
mod languages;
mod operators;
mod parsers;
mod publications;
mod subscriptions;
mod text_search;

use super::Source;
use crate::error::Result;
use crate::postgres::schema::body::{Body, Plain};
use crate::postgres::schema::graph::{Graph, Key, Object, Take};

/// Reads them all.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    languages::read(source, graph).await?;
    casts::read(source, graph).await?;
    operators::read(source, graph).await?;
    classes::read(source, graph).await?;
    conversions::read(source, graph).await?;
    parsers::read(source, graph).await?;
    text_search::read(source, graph).await?;
    foreign::read(source, graph).await?;
    if source.choice.everything && !source.options.left_out.publications {
        publications::read(source, graph).await?;
    }
    if source.choice.everything && !source.options.left_out.subscriptions {
        subscriptions::read(source, graph).await?;
    }
    if source.choice.all_schemas || !source.choice.extensions.is_empty() {
        grants::read(source, graph).await?;
    }
    Ok(())
}

/// Adds what belongs to no extension.
fn add(source: &Source<'_>, graph: &mut Graph, object: Object) {
    if object.take != Take::NONE && source.depends.extension_of(object.key).is_none() {
        graph.add(object);
    }
}

/// An object of a schema: its key and schema's oid, its schema, name and owner.
fn in_schema(
    source: &Source<'_>,
    (key, schema_oid): (Key, u32),
    (schema, name, owner): (String, String, String),
    plain: Plain,
) -> Object {
    Object::new(key, name, Body::Plain(Box::new(plain)))
        .in_schema(schema)
        .owned_by(owner)
        .taking(source.choice.take(key, Some(schema_oid)))
}

/// The name of a function from the server's `name(arguments)`; parentheses in double quotes are a
/// part of the name.
fn without_arguments(function: &str) -> &str {
    let mut quoted = false;
    let end = function.find(|c| {
        quoted ^= c == '"';
        c == '(' && !quoted
    });
    end.and_then(|end| function.get(..end)).unwrap_or(function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_functions_name_ends_where_its_arguments_begin() {
        assert_eq!(without_arguments("a.b(integer,text)"), "a.b");
        assert_eq!(without_arguments("\"a(\"\"(\".b(x)"), "\"a(\"\"(\".b");
        assert_eq!(without_arguments("-"), "-");
    }
}
