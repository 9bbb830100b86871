//! The job verbs: arguments to spec, plan for `--dry-run`, else the job and its summary.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::archive::list::read_use_list;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::job::Outcome;
use crate::model::plan::Plan;
use crate::model::spec::{ArchiveFormat, BackupSpec, JobSpec, is_standard_stream};

use super::args::{BackupArgs, Common, LogFormat, RestoreArgs};
use super::output;
use super::target::{database, target};
use super::{job, list, plan_text, progress, setup, specs, summary};

/// `backup single`.
pub(super) async fn backup(config: Arc<Config>, common: &Common, args: &BackupArgs) -> Result<u8> {
    let target = target(common);
    let database = database(args.database.as_deref(), &target, &config)?;
    refuse_filter_files(&args.selection.filter_files)?;
    let spec = specs::backup(args, target, database, Timestamp::now())?;
    warn_of_what_archives_leave_out(&spec);
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
    let archive = specs::archive(args.archive.as_deref())?;
    if args.target.list {
        refuse_a_narrowed_list(args)?;
        return list::archive(config, archive, false).await;
    }
    let spec = restore_spec(&config, common, args, archive)?;
    if args.job.dry_run {
        return show(&job::plan(config, spec).await?, common.log_format);
    }
    if args.target.output.is_none() {
        refuse_writing(&config, common)?;
    }
    run(config, spec, common.log_format).await
}

fn restore_spec(
    config: &Config,
    common: &Common,
    args: &RestoreArgs,
    archive: PathBuf,
) -> Result<JobSpec> {
    refuse_filter_files(&args.choice.filter_files)?;
    let target = target(common);
    let database = if args.target.output.is_some() {
        refuse_a_server_for_a_script(common)?;
        String::new()
    } else {
        database(args.target.database.as_deref(), &target, config)?
    };
    let ids = match &args.choice.use_list {
        Some(path) => Some(use_list(path)?),
        None => args.choice.use_ids.clone(),
    };
    let spec = specs::restore(args, target, archive, database, ids)?;
    if spec.disable_triggers && !spec.parts.data_only {
        output::say("warning: --disable-triggers has an effect only with --data-only");
    }
    Ok(JobSpec::Restore(spec))
}

/// A script is made of the archive alone: a server that was named would be passed over in silence.
fn refuse_a_server_for_a_script(common: &Common) -> Result<()> {
    let named = match (&common.url, &common.profile) {
        (Some(_), _) => "--url",
        (None, Some(_)) => "--profile",
        (None, None) => return Ok(()),
    };
    Err(Error::usage(format!("options {named} and -o/--output cannot be used together"))
        .with_hint("-o writes a script and touches no server: name one of them"))
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

fn refuse_filter_files(files: &[PathBuf]) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    Err(Error::usage("--filter is not built yet").with_hint("use -t, -n and their kin"))
}

/// Listing shows everything: what would narrow it is refused instead of being ignored.
fn refuse_a_narrowed_list(args: &RestoreArgs) -> Result<()> {
    let choice = &args.choice;
    let narrowed = !choice.tables.is_empty()
        || !choice.whole_tables.is_empty()
        || !choice.schemas.is_empty()
        || !choice.exclude_schemas.is_empty()
        || !args.parts.sections.is_empty()
        || choice.use_list.is_some();
    if !narrowed {
        return Ok(());
    }
    Err(Error::usage("a list of chosen entries is not built yet")
        .with_hint("leave out what chooses, and edit the list"))
}

fn use_list(path: &Path) -> Result<Vec<u32>> {
    let doing = format!("reading {}", path.display());
    let bytes = fs::read(path).map_err(|e| Error::io(&doing, e))?;
    // Only numbers count; the names in the comments may have any encoding.
    read_use_list(&String::from_utf8_lossy(&bytes)).map_err(|error| error.while_doing(doing))
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
    // What was streamed is on stdout already, and nothing but it.
    if let Some(path) = report.state.output.as_ref().filter(|path| !is_standard_stream(path)) {
        output::path(path)?;
    }
    Ok(report.state.outcome.as_ref().map_or(1, Outcome::exit_code))
}
