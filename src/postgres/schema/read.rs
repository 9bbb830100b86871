//! Reads the catalog into the graph, kind by kind, each with a constant number of queries.
//!
//! The order matters only where one kind looks for another: schemas, extensions, types and functions
//! come first, then relations, then what hangs on relations, and at last who needs whom.

pub(super) mod acls;
mod boundary;
mod columns;
mod constraints;
mod depends;
mod functions;
mod indexes;
mod inheritance;
mod large_objects;
mod partitions;
mod plain;
mod planner;
mod policies;
mod relations;
mod rules;
mod sequences;
mod simple;
mod statistics;
mod texts;
mod triggers;
mod types;

use std::collections::HashMap;

use futures_util::future::try_join;

use super::depends::Depends;
use super::graph::{Graph, Id, Key};
use super::intern::Interner;
use super::query::Reader;
use super::quote::Quoter;
use super::select::{Candidate, Choice};
use crate::error::Result;
use crate::model::spec::DumpOptions;

/// What every reader of a kind gets.
pub(super) struct Source<'a> {
    pub(super) reader: &'a Reader<'a>,
    pub(super) quoter: &'a Quoter,
    pub(super) depends: &'a Depends,
    pub(super) choice: &'a Choice,
    /// Access control lists as they were when the cluster or the extension was made.
    pub(super) initial: HashMap<(Key, i32), Vec<String>>,
    /// What is left out, and how the rest is written.
    pub(super) options: &'a DumpOptions,
    /// Whether large objects are kept in groups; `None` where they are not wanted.
    pub(super) large_objects: Option<bool>,
    /// Texts that many objects share.
    pub(super) names: Interner,
    /// Relations to read whole: those taken, and those whose columns matter to them.
    pub(super) relations: Vec<u32>,
}

/// Relations to read: those of which something is taken, their parents, and the tables that own a
/// sequence of which something is taken.
pub(super) async fn relations_to_read(
    reader: &Reader<'_>,
    choice: &Choice,
    candidates: &[Candidate],
) -> Result<Vec<u32>> {
    let mut wanted = inheritance::with_ancestors(reader, choice).await?;
    for candidate in candidates {
        if choice.relations.contains_key(&candidate.oid) {
            wanted.extend(candidate.owner_table);
        }
    }
    let mut wanted: Vec<u32> = wanted.into_iter().collect();
    wanted.sort_unstable();
    Ok(wanted)
}

/// Reads everything; without definitions to come along, rows are ordered by foreign keys.
///
/// What the server deparses is read by the helper meanwhile, where there is one.
pub(super) async fn graph(
    source: Source<'_>,
    helper: Option<&Reader<'_>>,
    data_only: bool,
) -> Result<Graph> {
    let mut graph = Graph::default();
    let asked = async {
        match helper {
            Some(helper) => Ok(Some(texts::read(helper, &source.relations).await)),
            None => Ok(None),
        }
    };
    let (asked, children) = try_join(asked, structure(&source, &mut graph, data_only)).await?;
    let texts = match asked {
        Some(Ok(texts)) => texts,
        // It has no lock of its own on the tables, and would wait for whoever waits for ours.
        Some(Err(error)) => {
            tracing::info!(error = error.chain(), "the second catalog session does not help");
            texts::read(source.reader, &source.relations).await?
        }
        None => texts::read(source.reader, &source.relations).await?,
    };
    texts.fill(&source, &mut graph).await?;
    inheritance::settle(&source, &mut graph, &children);
    boundary::add_refreshes(&source, &mut graph).await?;
    if source.options.statistics {
        planner::read(&source, &mut graph).await?;
    }
    boundary::add(&mut graph);
    Ok(graph)
}

/// Everything but what the server deparses; gives the tables that inherit.
async fn structure(source: &Source<'_>, graph: &mut Graph, data_only: bool) -> Result<Vec<Id>> {
    simple::read_schemas(source, graph).await?;
    simple::read_extensions(source, graph).await?;
    relations::read(source, graph).await?;
    types::read(source, graph).await?;
    simple::read_collations(source, graph).await?;
    functions::read(source, graph).await?;
    sequences::read(source, graph).await?;
    columns::read(source, graph).await?;
    let children = inheritance::read(source, graph).await?;
    constraints::read_checks(source, graph).await?;
    indexes::read(source, graph).await?;
    partitions::read(source, graph).await?;
    constraints::read_foreign_keys(source, graph).await?;
    statistics::read(source, graph).await?;
    triggers::read(source, graph).await?;
    rules::read(source, graph).await?;
    if !source.options.left_out.policies {
        policies::read(source, graph).await?;
    }
    acls::read_default(source, graph).await?;
    simple::read_event_triggers(source, graph).await?;
    plain::read(source, graph).await?;
    large_objects::read(source, graph).await?;
    boundary::add_data(source, graph);
    if data_only {
        boundary::order_data(graph);
    }
    depends::connect(source, graph).await?;
    Ok(children)
}
