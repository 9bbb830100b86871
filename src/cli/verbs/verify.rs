//! `verify`: the report goes to standard output, each damage on a line.

use std::fmt::Write;
use std::sync::Arc;

use crate::config::Config;
use crate::error::Result;
use crate::model::conn::Target;
use crate::model::job::Outcome;
use crate::model::spec::JobSpec;
use crate::model::verify::VerifyReport;

use super::super::args::{Common, VerifyArgs};
use super::super::output::clean;
use super::super::target::target;
use super::super::{job, output, progress, specs, summary};
use super::plan;
use super::restore::refuse_writing;

/// Runs the verb.
pub(in crate::cli) async fn verify(
    config: Arc<Config>,
    common: &Common,
    args: &VerifyArgs,
) -> Result<u8> {
    // Without a restore no server is needed.
    let target = if args.restore { target(common) } else { Target::default() };
    let spec = JobSpec::Verify(specs::verify(args, target)?);
    if args.job.dry_run {
        return plan(config, spec, common.log_format).await;
    }
    if args.restore {
        refuse_writing(&config, common)?;
    }
    let mut progress = progress::choose(common.log_format);
    let report = job::run(config, spec, &mut *progress).await?;
    summary::write(&report, common.log_format);
    if let Some(found) = &report.state.verified {
        if args.json {
            output::json(found)?;
        } else {
            output::result(text(found).as_bytes())?;
        }
    }
    Ok(report.state.outcome.as_ref().map_or(1, Outcome::exit_code))
}

/// The report for people.
fn text(report: &VerifyReport) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        let _ = writeln!(text, "damage: {}", clean(&finding.to_string()));
    }
    for reason in &report.missing {
        let _ = writeln!(text, "missing: {}", clean(reason));
    }
    for note in &report.notes {
        let _ = writeln!(text, "note: {}", clean(note));
    }
    let _ = writeln!(text, "{}: {}", clean(&report.path.display().to_string()), report.summary());
    text
}
