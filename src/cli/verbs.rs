//! The job verbs: arguments to spec, plan for `--dry-run`, else the job and its summary.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::archive::list::read_use_list;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::job::Outcome;
use crate::model::plan::Plan;
use crate::model::spec::JobSpec;

use super::args::{BackupArgs, Common, LogFormat, RestoreArgs};
use super::output;
use super::target::{database, target};
use super::{job, list, plan_text, progress, setup, specs, summary};

/// `backup single`.
pub(super) async fn backup(config: Arc<Config>, common: &Common, args: &BackupArgs) -> Result<u8> {
    let target = target(common);
    let database = database(args.database.as_deref(), &target, &config)?;
    let spec = specs::backup(args, target, database, Timestamp::now())?;
    let spec = JobSpec::Backup(spec);
    if args.job.dry_run {
        return show(&job::plan(config, spec).await?, common.log_format);
    }
    run(config, spec, common.log_format).await
}

/// `restore single`.
pub(super) async fn restore(
    config: Arc<Config>,
    common: &Common,
    args: &RestoreArgs,
) -> Result<u8> {
    refuse_what_is_not_built(args)?;
    if args.list {
        return list::archive(config, specs::absolute(&args.archive)?, false).await;
    }
    let spec = restore_spec(&config, common, args)?;
    if args.job.dry_run {
        return show(&job::plan(config, spec).await?, common.log_format);
    }
    refuse_writing(&config, common)?;
    run(config, spec, common.log_format).await
}

fn restore_spec(config: &Config, common: &Common, args: &RestoreArgs) -> Result<JobSpec> {
    let target = target(common);
    let database = database(args.database.as_deref(), &target, config)?;
    let ids = match &args.use_list {
        Some(path) => Some(use_list(path)?),
        None => args.use_ids.clone(),
    };
    if args.disable_triggers && !args.parts.data_only {
        output::say("warning: --disable-triggers has an effect only with --data-only");
    }
    specs::restore(args, target, database, ids).map(JobSpec::Restore)
}

fn use_list(path: &Path) -> Result<Vec<u32>> {
    let doing = format!("reading {}", path.display());
    let bytes = fs::read(path).map_err(|e| Error::io(&doing, e))?;
    // Only numbers count; the names in the comments may have any encoding.
    read_use_list(&String::from_utf8_lossy(&bytes)).map_err(|error| error.while_doing(doing))
}

fn refuse_what_is_not_built(args: &RestoreArgs) -> Result<()> {
    if args.output.is_some() {
        return Err(Error::usage("writing SQL to a file (-o) is not built yet")
            .with_hint("pg_restore -f FILE ARCHIVE turns the same archive into SQL"));
    }
    Ok(())
}

fn refuse_writing(config: &Config, common: &Common) -> Result<()> {
    if !setup::read_only(common, config) {
        return Ok(());
    }
    let hint = if common.read_only {
        "leave out --read-only to restore"
    } else {
        "use another profile, or set read_only = false in the config file"
    };
    Err(Error::usage("a restore writes to a server that was declared read-only").with_hint(hint))
}

fn show(plan: &Plan, format: LogFormat) -> Result<u8> {
    match format {
        LogFormat::Json => output::json(plan)?,
        LogFormat::Text => output::result(plan_text::render(plan).as_bytes())?,
    }
    Ok(0)
}

/// Runs a job with its progress and its summary, and returns the exit code of its outcome.
pub async fn run(config: Arc<Config>, spec: JobSpec, format: LogFormat) -> Result<u8> {
    let mut progress = progress::choose(format);
    let report = job::run(config, spec, &mut *progress).await?;
    summary::write(&report, format);
    if let Some(path) = &report.state.output {
        output::path(path)?;
    }
    Ok(report.state.outcome.as_ref().map_or(1, Outcome::exit_code))
}
