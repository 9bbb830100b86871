//! Backup of one database, or of a selection of it, into one archive: rows of one snapshot, copied
//! by several sessions.
//!
//! ```text
//!  leader ── snapshot ── schema::dump ──────────── held to the end ───────────────── close
//!  helper ─────────────────┘ │ tables                                                  ▲
//!                            ▼                                                         │
//!  worker threads:  schedule ─► COPY ─► pieces ─► compress ─► blocks ─► layout ─► output
//! ```
//! `blocks` brings what the workers hand over into order, `layout` knows what it becomes in a
//! custom-format file, a folder, a tar file or a script, and `output` puts that in its place.
//!
//! Every table's rows are in the archive in the order in which the table has them, however many
//! workers read it. Memory is a function of the number of workers and the sizes in [`Tuning`], not of
//! the data.
//!
//! Progress counts bytes of COPY text as they are read, while the totals are sizes on disk: text is
//! often smaller than the heap (no page or row headers, no dead rows), but larger where values are
//! stored compressed. So the total is an estimate in both directions.

mod blocks;
mod bounds;
mod chunk;
mod contents;
mod helper;
mod layout;
mod leader;
mod manifest;
mod objects;
mod output;
mod planning;
mod press;
mod rows;
mod running;
mod schedule;
mod trouble;
mod waiting;
mod worker;

use std::sync::Arc;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::Outcome;
use crate::model::manifest::Manifest;
use crate::model::plan::Plan;
use crate::model::spec::{BackupSpec, is_standard_stream};
use crate::work::WorkContext;

/// Sizes that decide how rows are cut and held. The defaults fit; tests choose small ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tuning {
    /// Rows are gathered to pieces of this size, compressed and written as one.
    pub piece_bytes: usize,
    /// Compressed pieces that all workers together may hold until it is their turn to be written.
    pub held_bytes: usize,
    /// A table of this size is read in ranges.
    pub split_over: u64,
    /// Smallest range.
    pub range_min: u64,
    /// Largest range, unless a worker could not hold one: they are written in the order of the rows.
    pub range_max: u64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            piece_bytes: 512 << 10,
            held_bytes: 32 << 20,
            split_over: 32 << 20,
            range_min: 4 << 20,
            range_max: 8 << 20,
        }
    }
}

/// Works out what a backup would do, without holding a snapshot afterwards.
pub async fn plan(spec: &BackupSpec, config: &Config) -> Result<Plan> {
    planning::plan(spec, config).await
}

/// The tables whose rows a backup would take, by their OIDs; foreign ones are not among them.
pub(super) async fn oids_of_tables(spec: &BackupSpec, config: &Config) -> Result<Vec<u32>> {
    planning::oids_of_tables(spec, config).await
}

/// Runs a backup. `Ok` is complete, incomplete or cancelled; an error means that it failed. In every
/// case but the first two nothing is left at the output path that was not there before.
pub async fn run(spec: &BackupSpec, config: &Config, work: &WorkContext) -> Result<Outcome> {
    run_with(spec, config, work, &Tuning::default()).await
}

/// Reads all that a backup would have, and says what its manifest would; nothing is written.
pub async fn survey(spec: &BackupSpec, config: &Config, work: &WorkContext) -> Result<Manifest> {
    let seal = Arc::new(output::Seal::alone());
    Box::pin(running::run(spec, config, work, &Tuning::default(), Arc::clone(&seal))).await?;
    seal.take().ok_or_else(|| Error::new(ErrorKind::Internal, "the survey was not completed"))
}

/// Runs a backup with sizes other than the default ones.
pub async fn run_with(
    spec: &BackupSpec,
    config: &Config,
    work: &WorkContext,
    tuning: &Tuning,
) -> Result<Outcome> {
    let seal = Arc::new(output::Seal::of(spec));
    // Its state is large, and callers hold it in theirs.
    match Box::pin(running::run(spec, config, work, tuning, seal)).await {
        // Whatever a worker met while it was being stopped is not the reason for the end.
        Err(error) if work.cancel.is_cancelled() => {
            if error.kind() != ErrorKind::Cancelled {
                tracing::info!(error = error.chain(), "while the backup was being cancelled");
            }
            let left = if is_standard_stream(&spec.output) {
                "what was written to standard output is incomplete".to_owned()
            } else {
                format!("nothing was written to {}", spec.output.display())
            };
            Ok(Outcome::Cancelled { left })
        }
        result => result,
    }
}
