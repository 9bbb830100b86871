//! `backup single`.

use std::sync::Arc;

use jiff::Timestamp;

use crate::config::Config;
use crate::error::Result;
use crate::model::spec::{ArchiveFormat, BackupSpec, JobSpec};

use super::super::args::{BackupArgs, Common};
use super::super::target::{database, target};
use super::super::{filter_file, inputs, output, specs};
use super::{plan, run};

/// Runs the verb.
pub(in crate::cli) async fn backup(
    config: Arc<Config>,
    common: &Common,
    args: &BackupArgs,
) -> Result<u8> {
    let target = target(common);
    let database = database(args.database.as_deref(), &target, &config)?;
    let mut args = args.clone();
    let filters = inputs::filters(&args.selection.filter_files)?;
    filter_file::into_backup(&filters, &mut args.selection).map_err(inputs::bad_line)?;
    let spec = specs::backup(&args, target, database, Timestamp::now())?;
    warn_of_what_archives_leave_out(&spec);
    let spec = JobSpec::Backup(spec);
    if args.job.dry_run {
        return plan(config, spec, common.log_format).await;
    }
    run(config, spec, common.log_format, args.job.report.as_deref()).await
}

/// pg_dump says nothing of these; an archive that is restored without them surprises.
fn warn_of_what_archives_leave_out(spec: &BackupSpec) {
    if spec.format == ArchiveFormat::Plain {
        return;
    }
    let options = &spec.options;
    let given: Vec<&str> = [
        ("--clean", options.clean),
        ("--create", options.create),
        ("--disable-triggers", options.disable_triggers),
        ("--superuser", options.superuser.is_some()),
        ("--use-set-session-authorization", options.use_set_session_authorization),
    ]
    .into_iter()
    .filter_map(|(name, given)| given.then_some(name))
    .collect();
    if !given.is_empty() {
        output::say(format_args!(
            "warning: an archive does not keep {}: give it to the restore",
            given.join(", ")
        ));
    }
}
