//! Kinds that are seldom met, each with its SQL made right here: casts, text search, foreign servers,
//! publications; and grants on objects that are themselves not in the archive.

mod casts;
mod foreign;
mod grants;
mod publications;
mod text_search;

use super::Source;
use crate::error::Result;
use crate::postgres::schema::graph::{Graph, Object, Take};

/// Reads them all.
pub(super) async fn read(source: &Source<'_>, graph: &mut Graph) -> Result<()> {
    casts::read(source, graph).await?;
    text_search::read(source, graph).await?;
    foreign::read(source, graph).await?;
    if source.choice.everything && !source.options.no_publications {
        publications::read(source, graph).await?;
    }
    if source.choice.everything {
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
