//! The command line as clap sees it. Names that pg_dump and pg_restore users know keep their
//! meaning; verbs that do not exist yet are not offered.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::error::{Error, Result};
use crate::model::secret::Secret;
use crate::model::size::RateLimit;
use crate::model::throttle::{AdaptSpec, Pacing, RateWindow};

use super::values;

mod backup;
mod cluster;
mod common;
mod hooks;
mod restore;
mod verify;

pub use backup::{BackupArgs, OutputArgs, RowArgs, ScriptArgs, SelectionArgs, SessionArgs};
pub use cluster::{
    ClusterBackupArgs, ClusterMannerArgs, ClusterOutputArgs, ClusterRestoreArgs, ContentArgs,
    GlobalsScriptArgs,
};
pub use common::{LeaveOutArgs, PartsArgs};
pub use hooks::{Hooks, HooksListArgs, HooksRunArgs};
pub use restore::{ChoiceArgs, MannerArgs, RestoreArgs, TargetArgs};
pub use verify::VerifyArgs;

/// Backs up and restores PostgreSQL. Without a verb: the console.
#[derive(Debug, Parser)]
#[command(name = "dbbackup", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// Flags of every verb.
    #[command(flatten)]
    pub common: Common,
    /// Limit of the whole process in bytes a second, all jobs together: 100M, 1G, 512Ki, off
    #[arg(long = "rate", id = "process_rate", value_name = "RATE")]
    pub process_rate: Option<RateLimit>,
    /// What to do; none opens the console.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 usage, 3 finished incomplete, \
                          4 verification found damage, 130 interrupted.\nstdout carries results, stderr the talk.";

/// Flags of every verb.
#[derive(Debug, Clone, Default, Args)]
pub struct Common {
    /// Server: postgres://USER@HOST:PORT/DB or "key=value …"; a password belongs into the password
    /// file, where no process list shows it
    #[arg(long, global = true, value_name = "URL", value_parser = values::secret)]
    #[arg(conflicts_with = "profile", help_heading = "Common")]
    pub url: Option<Secret>,
    /// Server: a profile of the config file
    #[arg(long, global = true, value_name = "NAME", help_heading = "Common")]
    pub profile: Option<String>,
    /// Config file to read in place of the usual one
    #[arg(long, global = true, value_name = "FILE", help_heading = "Common")]
    #[arg(value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// How progress and errors are written to stderr
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Common")]
    pub log_format: LogFormat,
    /// File for the program's own log, in place of the one in the state folder
    #[arg(long, global = true, value_name = "FILE", help_heading = "Common")]
    #[arg(value_hint = ValueHint::FilePath)]
    pub log_file: Option<PathBuf>,
    /// Folder of hooks, in place of hooks.d beside the config file
    #[arg(long, global = true, value_name = "PATH", help_heading = "Common")]
    #[arg(value_hint = ValueHint::DirPath)]
    pub hooks_dir: Option<PathBuf>,
    /// Run no hook, neither of the config file nor of the folder
    #[arg(long, global = true, conflicts_with = "hooks_dir", help_heading = "Common")]
    pub no_hooks: bool,
    /// Refuse everything that writes to a server
    #[arg(long, global = true, help_heading = "Common")]
    pub read_only: bool,
}

/// How progress and errors are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Write a backup
    #[command(subcommand)]
    Backup(Backup),
    /// Load a backup, or a part of it, into a server
    #[command(subcommand)]
    Restore(Restore),
    /// Show what an archive or a cluster's backup holds, or the jobs that ran
    List(ListArgs),
    /// Show the hooks that run before and after jobs, or run them by hand
    #[command(subcommand)]
    Hooks(Hooks),
    /// Prove that a backup can be read, and is what was written
    Verify(VerifyArgs),
    /// Open the console on a throwaway server with sample data
    Demo(DemoArgs),
    /// Write a shell's completion script to stdout
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Removes a demo when the process that started it is gone
    #[command(hide = true)]
    DemoKeeper(DemoKeeperArgs),
}

/// Kinds of backup.
#[derive(Debug, Subcommand)]
pub enum Backup {
    /// One database, or chosen tables of it, into an archive
    Single(Box<BackupArgs>),
    /// Roles, tablespaces and all databases, or chosen ones, into a folder
    Cluster(Box<ClusterBackupArgs>),
}

/// Kinds of restore.
#[derive(Debug, Subcommand)]
pub enum Restore {
    /// From one archive into one database
    Single(Box<RestoreArgs>),
    /// Roles, tablespaces and databases, or chosen ones, from the backup of a cluster
    Cluster(Box<ClusterRestoreArgs>),
}

/// Flags of every job.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Job")]
pub struct JobFlags {
    /// Show what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Limit in bytes a second: 100M, 1G, 512Ki
    #[arg(long, value_name = "RATE")]
    pub rate: Option<RateLimit>,
    /// Limit by weekday and local time, in place of --rate while it is open: "mon-fri
    /// 08:00-18:00=20M" (may be repeated, the first that is open decides; off for none of the
    /// config's)
    #[arg(long = "rate-window", value_name = "WINDOW", value_parser = values::rate_window)]
    pub rate_windows: Vec<Option<RateWindow>>,
    /// Lower the limit while a signal is over its bound: lag=10s,sessions=20,commit=50ms,
    /// archiver=5,disk=0.8 and floor=1M, ceiling=200M, every=2s; off for none of the config's
    #[arg(long, value_name = "BOUNDS")]
    pub adapt: Option<AdaptSpec>,
    /// Write the job's report (JSON) to this file, also when the job failed or was cancelled
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub report: Option<PathBuf>,
    /// Connections that work at the same time [default: the processors, at most 4]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
}

impl JobFlags {
    /// What bends the limit.
    pub fn pacing(&self) -> Result<Pacing> {
        let windows: Vec<RateWindow> = self.rate_windows.iter().copied().flatten().collect();
        if windows.len() < self.rate_windows.len() && self.rate_windows.len() > 1 {
            return Err(Error::usage("--rate-window off and other windows exclude each other")
                .with_hint("leave out one of the two; off stands for no window at all"));
        }
        let said = !self.rate_windows.is_empty();
        Ok(Pacing { windows: said.then_some(windows), adapt: self.adapt.clone() })
    }
}

/// `list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The archive, or the folder of a cluster's backup; none lists the jobs that ran
    #[arg(value_name = "ARCHIVE", value_hint = ValueHint::FilePath)]
    pub archive: Option<PathBuf>,
    /// JSON instead of text
    #[arg(long, action = ArgAction::SetTrue)]
    pub json: bool,
}

/// `demo`.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Size of the sample data in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 100, hide = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rows_scale: u32,
    /// Without the console: load, back up, restore, compare, and end
    #[arg(long, hide = true)]
    pub check: bool,
}

/// `demo-keeper`.
#[derive(Debug, Clone, Args)]
pub struct DemoKeeperArgs {
    /// The demo's folder
    pub folder: PathBuf,
    /// Folder of the server's programs
    #[arg(long)]
    pub bin: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for line in [
            "backup single db -F garbage",
            "backup single db -Z garbage",
            "backup single db -Z none:1",
            "backup single db -Z gzip:15",
            "backup single db -Z gzip:nonInt",
            "backup single db -j 0",
            "backup single db extra",
            "backup single db --where orders",
            "backup single db --extra-float-digits -16",
            "backup single db --extra-float-digits 4",
            "backup single db --rows-per-insert 0",
            "backup single db --archive-version 1.17",
            "backup single db --lock-wait-timeout soon",
            "backup single db --restrict-key a-b",
            "restore single a -j -1",
            "restore single a --transaction-size 0",
            "restore single a --rename-schema a",
            "restore single a --rename-table a:b",
            "restore single a --section all",
            "verify",
            "verify a b",
        ] {
            let parsed = Cli::try_parse_from(std::iter::once("dbbackup").chain(line.split(' ')));
            assert_eq!(parsed.expect_err(line).exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn debugging_the_command_line_shows_no_password() {
        let cli = Cli::try_parse_from(["dbbackup", "--url", "postgres://u:hunter2@h/d"]).unwrap();
        assert!(!format!("{cli:?}").contains("hunter2"));
    }
}
