//! The flags of `backup cluster` and `restore cluster`, in the groups that `--help` shows.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::model::pattern::Pattern;
use crate::model::spec::{ArchiveFormat, Compression, DatabaseChoice};

use super::super::values;
use super::{JobFlags, LeaveOutArgs, PartsArgs, RowArgs, SessionArgs};

/// `backup cluster`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct ClusterBackupArgs {
    /// Where the backup goes.
    #[command(flatten)]
    pub output: ClusterOutputArgs,
    /// Flags of every job.
    #[command(flatten)]
    pub job: JobFlags,
    /// Which parts of the cluster.
    #[command(flatten)]
    pub content: ContentArgs,
    /// Only these databases: a pattern by psql's rules (may be repeated)
    #[arg(long = "database", value_name = "PATTERN", value_parser = values::plain_name)]
    #[arg(help_heading = "Selection")]
    pub databases: Vec<Pattern>,
    /// Not these databases
    #[arg(long = "exclude-database", value_name = "PATTERN", value_parser = values::plain_name)]
    #[arg(help_heading = "Selection")]
    pub exclude_databases: Vec<Pattern>,
    /// Read `exclude database PATTERN` lines from a file of pg_dumpall's form, - for stdin
    #[arg(long = "filter", value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(help_heading = "Selection")]
    pub filter_files: Vec<PathBuf>,
    /// Which parts of the databases.
    #[command(flatten)]
    pub parts: PartsArgs,
    /// What to leave out.
    #[command(flatten)]
    pub leave_out: LeaveOutArgs,
    /// How rows are written.
    #[command(flatten)]
    pub rows: RowArgs,
    /// What the script of the globals does.
    #[command(flatten)]
    pub script: GlobalsScriptArgs,
    /// How the sessions read.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// Where the backup goes, and in which layout.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct ClusterOutputArgs {
    /// Layout of each database's archive: custom (c) or directory (d)
    #[arg(short = 'F', long, value_name = "FORMAT", default_value = "custom")]
    #[arg(value_parser = values::format)]
    pub format: ArchiveFormat,
    /// none, gzip[:1-9], lz4, zstd[:1-19]; a bare number is a gzip level
    #[arg(short = 'Z', long = "compress", value_name = "METHOD", default_value = "zstd")]
    pub compression: Compression,
    /// Folder to make [default: cluster-YYYYMMDDThhmmssZ in the current folder]
    #[arg(short, long, visible_short_alias = 'f', visible_alias = "file", value_name = "PATH")]
    #[arg(value_hint = ValueHint::DirPath)]
    pub output: Option<PathBuf>,
    /// Replace the folder if it is there and holds a backup of a cluster
    #[arg(long)]
    pub overwrite: bool,
    /// Version of the archives to write, 1.12 to 1.16 [default: the oldest that can hold them]
    #[arg(long, value_name = "VERSION", value_parser = values::archive_version)]
    pub archive_version: Option<u8>,
    /// Do not wait until the files are safely on the disk
    #[arg(long)]
    pub no_sync: bool,
    /// No manifests: the backup can then only be verified by itself
    #[arg(long)]
    pub no_manifest: bool,
}

/// Which parts of the cluster.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Globals")]
pub struct ContentArgs {
    /// Roles and tablespaces, no databases
    #[arg(short = 'g', long, group = "content")]
    pub globals_only: bool,
    /// Roles, no databases or tablespaces
    #[arg(short = 'r', long, group = "content")]
    pub roles_only: bool,
    /// Tablespaces, no databases or roles
    #[arg(short = 't', long, group = "content")]
    pub tablespaces_only: bool,
    /// Databases, no roles or tablespaces
    #[arg(long, group = "content")]
    pub no_globals: bool,
    /// No passwords of roles, which only a superuser may read
    #[arg(long)]
    pub no_role_passwords: bool,
}

/// What the script of the globals does when psql runs it.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Script of the globals")]
pub struct GlobalsScriptArgs {
    /// Drop the roles and tablespaces first
    #[arg(short = 'c', long)]
    pub clean: bool,
    /// With --clean: no error where one is absent
    #[arg(long)]
    pub if_exists: bool,
    /// The key of \restrict [default: random]
    #[arg(long, value_name = "KEY", value_parser = values::restrict_key)]
    pub restrict_key: Option<String>,
}

/// `restore cluster`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
#[command(
    after_help = "A part of one database: dbbackup restore single BACKUP/databases/DB.dump -t TABLE …"
)]
pub struct ClusterRestoreArgs {
    /// The backup's folder
    #[arg(value_name = "BACKUP", value_hint = ValueHint::DirPath)]
    pub backup: PathBuf,
    /// Flags of every job.
    #[command(flatten)]
    pub job: JobFlags,
    /// Which parts of the cluster.
    #[command(flatten)]
    pub content: ContentArgs,
    /// Only this database, or these by a pattern; shop=copy restores it under another name (may be
    /// repeated)
    #[arg(long = "database", value_name = "PATTERN[=NAME]", value_parser = values::database)]
    #[arg(help_heading = "Selection")]
    pub databases: Vec<DatabaseChoice>,
    /// Not these databases
    #[arg(long = "exclude-database", value_name = "PATTERN", value_parser = values::plain_name)]
    #[arg(help_heading = "Selection")]
    pub exclude_databases: Vec<Pattern>,
    /// Which parts of the databases.
    #[command(flatten)]
    pub parts: PartsArgs,
    /// What to leave out.
    #[command(flatten)]
    pub leave_out: LeaveOutArgs,
    /// How it is done.
    #[command(flatten)]
    pub manner: ClusterMannerArgs,
}

/// How the restore is done.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Manner")]
pub struct ClusterMannerArgs {
    /// Drop databases, tablespaces and roles of the same names first, with what they hold
    #[arg(short = 'c', long)]
    pub clean: bool,
    /// With --clean: no error where one is absent
    #[arg(long)]
    pub if_exists: bool,
    /// Stop at the first error
    #[arg(short = 'e', long)]
    pub exit_on_error: bool,
    /// No rows into tables that could not be created
    #[arg(long)]
    pub no_data_for_failed_tables: bool,
    /// Agree to write into databases that are there already
    #[arg(long)]
    pub over_existing: bool,
}
