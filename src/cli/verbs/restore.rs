//! `restore single`, and its list of what it would take.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::conn::Target;
use crate::model::spec::{JobSpec, RestoreSpec, is_standard_stream};

use super::super::args::{Common, RestoreArgs};
use super::super::target::{database, target};
use super::super::{filter_file, inputs, list, output, specs};
use super::{plan, run};

/// Runs the verb.
pub(in crate::cli) async fn restore(
    config: Arc<Config>,
    common: &Common,
    args: &RestoreArgs,
) -> Result<u8> {
    let archive = specs::archive(args.archive.as_deref())?;
    let args = with_filters(args, &archive)?;
    if args.target.list {
        return show_list(config, &args, archive).await;
    }
    let (target, database) = if args.target.output.is_some() {
        refuse_a_server_for_a_script(common)?;
        (Target::default(), String::new())
    } else {
        let target = target(common);
        let database = database(args.target.database.as_deref(), &target, &config)?;
        (target, database)
    };
    let spec = spec(&args, target, archive, database)?;
    if args.job.dry_run {
        return plan(config, JobSpec::Restore(spec), common.log_format).await;
    }
    if spec.script.is_none() {
        refuse_writing(&config, common)?;
    }
    run(config, JobSpec::Restore(spec), common.log_format, args.job.report.as_deref()).await
}

/// The flags and what the filter files add to them.
fn with_filters(args: &RestoreArgs, archive: &Path) -> Result<RestoreArgs> {
    let mut args = args.clone();
    let files = &args.choice.filter_files;
    if is_standard_stream(archive) && files.iter().any(|file| is_standard_stream(file)) {
        return Err(Error::usage("standard input cannot be both the archive and a filter file")
            .with_hint("name a file for one of them"));
    }
    let filters = inputs::filters(files)?;
    filter_file::into_restore(&filters, &mut args.choice).map_err(inputs::bad_line)?;
    Ok(args)
}

fn spec(
    args: &RestoreArgs,
    target: Target,
    archive: PathBuf,
    database: String,
) -> Result<RestoreSpec> {
    let ids = match &args.choice.use_list {
        Some(path) => Some(inputs::use_list(path)?),
        None => args.choice.use_ids.clone(),
    };
    let spec = specs::restore(args, target, archive, database, ids)?;
    if spec.disable_triggers && !spec.parts.data_only {
        output::say("warning: --disable-triggers has an effect only with --data-only");
    }
    Ok(spec)
}

/// Prints the entries that the restore would take, or writes them to the output.
async fn show_list(config: Arc<Config>, args: &RestoreArgs, archive: PathBuf) -> Result<u8> {
    let into = args.target.output.clone();
    let spec = spec(args, Target::default(), archive, String::new())?;
    let text = list::chosen(config, spec).await?;
    match into.filter(|path| !is_standard_stream(path)) {
        None => output::result(text.as_bytes())?,
        Some(path) => fs::write(&path, text)
            .map_err(|e| Error::io(format!("writing {}", path.display()), e))?,
    }
    Ok(0)
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

/// Refuses what writes where writing was forbidden.
pub(super) fn refuse_writing(config: &Config, common: &Common) -> Result<()> {
    if !config.is_read_only(&target(common)) {
        return Ok(());
    }
    let hint = if config.read_only {
        "leave out --read-only to restore"
    } else {
        "use another profile, or set read_only = false in the config file"
    };
    Err(Error::usage("a restore writes to a server that was declared read-only").with_hint(hint))
}
