//! The job verbs: arguments to spec, plan for `--dry-run`, else the job and its summary.

use std::path::Path;
use std::sync::Arc;

use crate::config::Config;
use crate::engine::history;
use crate::error::Result;
use crate::model::job::Outcome;
use crate::model::plan::Plan;
use crate::model::spec::{JobSpec, is_standard_stream};

use super::args::LogFormat;
use super::{job, output, plan_text, progress, summary};

mod backup;
mod cluster;
mod restore;
mod verify;

pub(super) use backup::backup;
pub(super) use cluster::{backup_cluster, restore_cluster};
pub(super) use restore::restore;
pub(super) use verify::verify;

fn show(plan: &Plan, format: LogFormat) -> Result<u8> {
    match format {
        LogFormat::Json => output::json(plan)?,
        LogFormat::Text => output::result(plan_text::render(plan).as_bytes())?,
    }
    Ok(0)
}

/// Shows the plan.
pub(super) async fn plan(config: Arc<Config>, spec: JobSpec, format: LogFormat) -> Result<u8> {
    show(&job::plan(config, spec).await?, format)
}

/// Runs a job with its progress and its summary, and returns the exit code of its outcome.
pub async fn run(
    config: Arc<Config>,
    spec: JobSpec,
    format: LogFormat,
    report_file: Option<&Path>,
) -> Result<u8> {
    if let Some(file) = report_file {
        // Hours later would be too late to say it.
        history::check_writable(file)?;
    }
    let mut progress = progress::choose(format);
    let report = job::run(config, spec, &mut *progress).await?;
    summary::write(&report, format);
    // What was streamed is on stdout already, and nothing but it.
    if let Some(path) = report.state.output.as_ref().filter(|path| !is_standard_stream(path)) {
        output::path(path)?;
    }
    let code = report.state.outcome.as_ref().map_or(1, Outcome::exit_code);
    if let Some(file) = report_file {
        history::write(file, &report.record())?;
    }
    Ok(code)
}
