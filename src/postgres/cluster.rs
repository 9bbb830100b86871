//! Backup and restore of a whole cluster: globals, and one archive for each database.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::job::Outcome;
use crate::model::plan::Plan;
use crate::model::spec::{ClusterBackupSpec, ClusterRestoreSpec};
use crate::work::WorkContext;

/// Works out what a backup would do.
pub async fn plan_backup(spec: &ClusterBackupSpec, config: &Config) -> Result<Plan> {
    let _ = (spec, config);
    Err(Error::usage("backing up a cluster is being built"))
}

/// Runs a backup.
pub async fn backup(
    spec: &ClusterBackupSpec,
    config: &Config,
    work: &WorkContext,
) -> Result<Outcome> {
    let _ = (spec, config, work);
    Err(Error::usage("backing up a cluster is being built"))
}

/// Works out what a restore would do.
pub async fn plan_restore(spec: &ClusterRestoreSpec, config: &Config) -> Result<Plan> {
    let _ = (spec, config);
    Err(Error::usage("restoring a cluster is being built"))
}

/// Runs a restore.
pub async fn restore(
    spec: &ClusterRestoreSpec,
    config: &Config,
    work: &WorkContext,
) -> Result<Outcome> {
    let _ = (spec, config, work);
    Err(Error::usage("restoring a cluster is being built"))
}
