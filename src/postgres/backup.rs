//! Backup of one database into an archive.

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::Outcome;
use crate::model::plan::Plan;
use crate::model::spec::BackupSpec;
use crate::work::WorkContext;

/// Works out what a backup would do, without holding a snapshot afterwards.
pub async fn plan(_spec: &BackupSpec, _config: &Config) -> Result<Plan> {
    Err(Error::new(ErrorKind::Internal, "backup is not built yet"))
}

/// Runs a backup. `Ok` is complete, incomplete or cancelled; an error means that it failed. In every
/// case but the first two nothing is left at the output path that was not there before.
pub async fn run(_spec: &BackupSpec, _config: &Config, _work: &WorkContext) -> Result<Outcome> {
    Err(Error::new(ErrorKind::Internal, "backup is not built yet"))
}
