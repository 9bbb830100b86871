//! Restore of an archive, or of a part of it, into a database.

use std::path::Path;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::archive::ArchiveListing;
use crate::model::job::Outcome;
use crate::model::plan::Plan;
use crate::model::spec::RestoreSpec;
use crate::work::WorkContext;

/// Works out what a restore would do.
pub async fn plan(_spec: &RestoreSpec, _config: &Config) -> Result<Plan> {
    Err(Error::new(ErrorKind::Internal, "restore is not built yet"))
}

/// Runs a restore. `Ok` is complete, incomplete or cancelled; an error means that it failed.
pub async fn run(_spec: &RestoreSpec, _config: &Config, _work: &WorkContext) -> Result<Outcome> {
    Err(Error::new(ErrorKind::Internal, "restore is not built yet"))
}

/// Reads an archive's header and table of contents.
pub fn list(_path: &Path) -> Result<ArchiveListing> {
    Err(Error::new(ErrorKind::Internal, "listing is not built yet"))
}
