//! `backup cluster` and `restore cluster`.

use std::sync::Arc;

use jiff::Timestamp;

use crate::config::Config;
use crate::error::Result;
use crate::model::spec::JobSpec;

use super::super::args::{ClusterBackupArgs, ClusterRestoreArgs, Common};
use super::super::target::target;
use super::super::{filter_file, inputs, specs};
use super::restore::refuse_writing;
use super::{plan, run};

/// Backs up.
pub(in crate::cli) async fn backup_cluster(
    config: Arc<Config>,
    common: &Common,
    args: &ClusterBackupArgs,
) -> Result<u8> {
    let mut args = args.clone();
    let filters = inputs::filters(&args.filter_files)?;
    filter_file::into_cluster(&filters, &mut args).map_err(inputs::bad_line)?;
    let spec = specs::backup_cluster(&args, target(common), Timestamp::now())?;
    let spec = JobSpec::BackupCluster(spec);
    if args.job.dry_run {
        return plan(config, spec, common.log_format).await;
    }
    run(config, spec, common.log_format, args.job.report.as_deref()).await
}

/// Restores.
pub(in crate::cli) async fn restore_cluster(
    config: Arc<Config>,
    common: &Common,
    args: &ClusterRestoreArgs,
) -> Result<u8> {
    let spec = JobSpec::RestoreCluster(specs::restore_cluster(args, target(common))?);
    if args.job.dry_run {
        return plan(config, spec, common.log_format).await;
    }
    refuse_writing(&config, common)?;
    run(config, spec, common.log_format, args.job.report.as_deref()).await
}
