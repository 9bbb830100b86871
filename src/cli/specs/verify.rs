//! What `verify` asks for.

use crate::error::Result;
use crate::model::conn::Target;
use crate::model::spec::VerifySpec;

use super::super::args::VerifyArgs;
use super::{absolute, default_jobs};

/// The spec.
pub(in crate::cli) fn verify(args: &VerifyArgs, target: Target) -> Result<VerifySpec> {
    Ok(VerifySpec {
        target,
        restore: args.restore,
        jobs: args.job.jobs.unwrap_or_else(default_jobs),
        rate: args.job.rate.unwrap_or_default(),
        pacing: args.job.pacing()?,
        ..VerifySpec::new(absolute(&args.backup)?)
    })
}
