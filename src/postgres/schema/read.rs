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
mod triggers;
mod types;

use std::collections::HashMap;

use super::depends::Depends;
use super::graph::{Graph, Key};
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
pub(super) async fn graph(source: Source<'_>, data_only: bool) -> Result<Graph> {
    let mut graph = Graph::default();
    simple::read_schemas(&source, &mut graph).await?;
    simple::read_extensions(&source, &mut graph).await?;
    relations::read(&source, &mut graph).await?;
    types::read(&source, &mut graph).await?;
    simple::read_collations(&source, &mut graph).await?;
    functions::read(&source, &mut graph).await?;
    sequences::read(&source, &mut graph).await?;
    columns::read(&source, &mut graph).await?;
    inheritance::read(&source, &mut graph).await?;
    constraints::read_checks(&source, &mut graph).await?;
    indexes::read(&source, &mut graph).await?;
    partitions::read(&source, &mut graph).await?;
    constraints::read_foreign_keys(&source, &mut graph).await?;
    statistics::read(&source, &mut graph).await?;
    triggers::read(&source, &mut graph).await?;
    rules::read(&source, &mut graph).await?;
    if !source.options.left_out.policies {
        policies::read(&source, &mut graph).await?;
    }
    acls::read_default(&source, &mut graph).await?;
    simple::read_event_triggers(&source, &mut graph).await?;
    plain::read(&source, &mut graph).await?;
    large_objects::read(&source, &mut graph).await?;
    boundary::add_data(&source, &mut graph);
    if data_only {
        boundary::order_data(&mut graph);
    }
    depends::connect(&source, &mut graph);
    boundary::add_refreshes(&source, &mut graph).await?;
    if source.options.statistics {
        planner::read(&source, &mut graph).await?;
    }
    boundary::add(&mut graph);
    Ok(graph)
}
