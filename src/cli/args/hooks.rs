//! The flags of `hooks list` and `hooks run`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use crate::model::hook::HookPoint;
use crate::model::hook::spec::JobKind;

/// What to do with hooks.
#[derive(Debug, Subcommand)]
pub enum Hooks {
    /// Show what would run at each point, from where and in which order, and what is wrong; exit
    /// code 1 where that keeps jobs from running
    List(HooksListArgs),
    /// Run the hooks of a point, or one hook, without a job
    Run(Box<HooksRunArgs>),
}

/// `hooks list`.
#[derive(Debug, Clone, Args)]
pub struct HooksListArgs {
    /// JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// `hooks run`.
#[derive(Debug, Clone, Args)]
pub struct HooksRunArgs {
    /// A point (pre-backup, on-error, …), or the name of a hook
    #[arg(value_name = "POINT|NAME")]
    pub which: String,
    /// The point, for a hook that runs at several
    #[arg(long, value_name = "POINT")]
    pub at: Option<HookPoint>,
    /// DBBACKUP_KIND: backup, backup-cluster, restore or restore-cluster; with it conditions hold
    #[arg(long, value_name = "KIND", value_parser = JobKind::with_hooks)]
    pub kind: Option<JobKind>,
    /// DBBACKUP_DATABASE
    #[arg(short, long, value_name = "DB")]
    pub database: Option<String>,
    /// DBBACKUP_PATH
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub path: Option<PathBuf>,
    /// DBBACKUP_OUTCOME [default: failed at on-error, complete at other points after something]
    #[arg(long, value_name = "WORD", value_parser = OUTCOMES)]
    pub outcome: Option<String>,
    /// DBBACKUP_ERROR
    #[arg(long, value_name = "TEXT")]
    pub error: Option<String>,
}

/// The words of outcomes.
const OUTCOMES: [&str; 5] = ["complete", "incomplete", "failed", "cancelled", "crashed"];
