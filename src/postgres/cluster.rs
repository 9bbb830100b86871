//! Backup and restore of a whole cluster: globals, and one archive for each database.
//!
//! ```text
//!  backup:  session ─ one snapshot ─► globals.sql, the list of databases
//!           databases by falling size ─ share of the workers ─► postgres::backup::run for each
//!           cluster.json last ─ fsync ─ rename            (a failed database is named, not fatal)
//!
//!  restore: cluster.json ─ choice ─► globals, statement by statement
//!           each chosen database ─ make ─► postgres::restore::run ─► its properties, limits last
//! ```
//! PostgreSQL has no snapshot over several databases: each archive is consistent in itself, and the
//! catalogue says when it was begun and at which WAL position.
//! `share`, `names` and `choice` are pure.

mod apply;
mod around;
mod backup;
mod catalogue;
mod choice;
mod databases;
mod folder;
mod manifest;
mod names;
mod plan;
mod relay;
mod restore;
mod server;
mod share;
mod target;

use std::path::Path;

use crate::config::Config;
use crate::error::{ErrorKind, Result};
use crate::model::cluster::{CATALOGUE_FILE, ClusterListing};
use crate::model::job::Outcome;
use crate::model::plan::Plan;
use crate::model::spec::{ClusterBackupSpec, ClusterRestoreSpec};
use crate::work::WorkContext;

/// Works out what a backup would do.
pub async fn plan_backup(spec: &ClusterBackupSpec, config: &Config) -> Result<Plan> {
    plan::backup(spec, config).await
}

/// Runs a backup. `Ok` is complete, incomplete or cancelled; an error means that it failed. In every
/// case but the first two nothing is left at the output path that was not there before.
pub async fn backup(
    spec: &ClusterBackupSpec,
    config: &Config,
    work: &WorkContext,
) -> Result<Outcome> {
    match backup::run(spec, config, work).await {
        // Whatever went wrong while everything was being stopped is not the reason for the end.
        Err(error) if work.cancel.is_cancelled() => {
            if error.kind() != ErrorKind::Cancelled {
                tracing::info!(error = error.chain(), "while the backup was being cancelled");
            }
            let output = spec.output.display();
            Ok(Outcome::Cancelled { left: format!("nothing was written to {output}") })
        }
        result => result,
    }
}

/// Works out what a restore would do.
pub async fn plan_restore(spec: &ClusterRestoreSpec, config: &Config) -> Result<Plan> {
    plan::restore(spec, config).await
}

/// Runs a restore. `Ok` is complete, incomplete or cancelled; an error means that nothing was
/// restored, or that the first error was to end it.
pub async fn restore(
    spec: &ClusterRestoreSpec,
    config: &Config,
    work: &WorkContext,
) -> Result<Outcome> {
    restore::run(spec, config, work).await
}

/// Whether this is the folder of a cluster's backup.
pub fn is_backup(path: &Path) -> bool {
    path.join(CATALOGUE_FILE).is_file()
}

/// Reads a cluster backup's catalogue, and looks whether the folder has what it says.
pub fn list(path: &Path) -> Result<ClusterListing> {
    catalogue::list(path)
}
