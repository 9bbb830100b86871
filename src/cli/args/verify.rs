//! The flags of `verify`.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueHint};

use super::JobFlags;

/// `verify`.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// The archive, of any format, or the folder of a cluster's backup
    #[arg(value_name = "BACKUP", value_hint = ValueHint::AnyPath)]
    pub backup: PathBuf,
    /// Also restore it into a scratch database of the server, compare that, and drop it
    #[arg(long)]
    pub restore: bool,
    /// JSON instead of text
    #[arg(long, action = ArgAction::SetTrue)]
    pub json: bool,
    /// Flags of every job.
    #[command(flatten)]
    pub job: JobFlags,
}
