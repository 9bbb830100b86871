//! The flags of `restore single`, in the groups that `--help` shows.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::model::pattern::Pattern;
use crate::model::spec::{ArchiveFormat, SchemaRename, TableRename};

use super::super::values;
use super::{JobFlags, LeaveOutArgs, PartsArgs};

/// `restore single`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct RestoreArgs {
    /// The archive, of any layout; - or nothing with data on stdin reads stdin
    #[arg(value_name = "ARCHIVE", value_hint = ValueHint::FilePath)]
    pub archive: Option<PathBuf>,
    /// Where the objects go.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Flags of every job.
    #[command(flatten)]
    pub job: JobFlags,
    /// Which objects.
    #[command(flatten)]
    pub choice: ChoiceArgs,
    /// Which parts.
    #[command(flatten)]
    pub parts: PartsArgs,
    /// What to leave out.
    #[command(flatten)]
    pub leave_out: LeaveOutArgs,
    /// How it is done.
    #[command(flatten)]
    pub manner: MannerArgs,
}

/// Where the objects go.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Target")]
pub struct TargetArgs {
    /// The database to restore into [default: the one that the connection settings name]
    #[arg(short = 'd', long = "dbname", visible_alias = "database", value_name = "NAME")]
    pub database: Option<String>,
    /// Make the database first, under the name given by -d or --url
    #[arg(short = 'C', long)]
    pub create: bool,
    /// Write SQL to this file, - for stdout, and touch no server
    #[arg(short = 'o', long = "output", visible_short_alias = 'f', visible_alias = "file")]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Print the table of contents, and restore nothing
    #[arg(short = 'l', long)]
    pub list: bool,
    /// Agree to add rows to tables that are there already and hold some
    #[arg(long)]
    pub over_existing: bool,
    /// Put the objects of one schema into another (may be repeated)
    #[arg(long = "rename-schema", value_name = "FROM:TO")]
    pub rename_schemas: Vec<SchemaRename>,
    /// Give a table another name in its schema (may be repeated)
    #[arg(long = "rename-table", value_name = "SCHEMA.FROM:TO")]
    pub rename_tables: Vec<TableRename>,
    /// Not needed: the layout is recognised by itself
    #[arg(short = 'F', long, value_name = "FORMAT", value_parser = values::format)]
    pub format: Option<ArchiveFormat>,
}

/// Which objects.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Selection (each may be repeated)")]
pub struct ChoiceArgs {
    /// Only this table, view or sequence and its rows, without indexes and constraints: a name, or
    /// a pattern by psql's rules
    #[arg(short = 't', long = "table", value_name = "NAME", value_parser = values::name)]
    pub tables: Vec<Pattern>,
    /// Only these tables, with their indexes, constraints and all that they need
    #[arg(long = "table-with-deps", value_name = "PATTERN", value_parser = values::table)]
    pub whole_tables: Vec<Pattern>,
    /// Not this table nor what belongs to it
    #[arg(long = "exclude-table", value_name = "NAME")]
    pub exclude_tables: Vec<String>,
    /// Only this schema
    #[arg(short = 'n', long = "schema", value_name = "NAME", value_parser = values::schema_name)]
    pub schemas: Vec<Pattern>,
    /// Not this schema
    #[arg(short = 'N', long = "exclude-schema", value_name = "NAME")]
    #[arg(value_parser = values::schema_name)]
    pub exclude_schemas: Vec<Pattern>,
    /// Only this index
    #[arg(short = 'I', long = "index", value_name = "NAME")]
    pub indexes: Vec<String>,
    /// Only this function
    #[arg(short = 'P', long = "function", value_name = "NAME(ARGS)")]
    pub functions: Vec<String>,
    /// Only this trigger
    #[arg(short = 'T', long = "trigger", value_name = "NAME")]
    pub triggers: Vec<String>,
    /// Only the entries of this list, in its order (as -l writes it)
    #[arg(short = 'L', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub use_list: Option<PathBuf>,
    /// The same as a list of dump ids
    #[arg(long, value_name = "IDS", hide = true, conflicts_with = "use_list")]
    #[arg(value_delimiter = ',', num_args = 0..=1, require_equals = true)]
    pub use_ids: Option<Vec<u32>>,
    /// Read includes and excludes from a file of pg_restore's form, - for stdin
    #[arg(long = "filter", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub filter_files: Vec<PathBuf>,
    /// Each name that includes must match something
    #[arg(long)]
    pub strict_names: bool,
}

/// How the restore is done.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Manner")]
pub struct MannerArgs {
    /// Drop the objects first, with what they hold
    #[arg(short = 'c', long)]
    pub clean: bool,
    /// With --clean: no error where an object is absent
    #[arg(long)]
    pub if_exists: bool,
    /// Stop at the first error
    #[arg(short = 'e', long)]
    pub exit_on_error: bool,
    /// All or nothing, on one connection
    #[arg(short = '1', long)]
    pub single_transaction: bool,
    /// Commit after every N objects
    #[arg(long, value_name = "N")]
    pub transaction_size: Option<NonZeroU32>,
    /// No rows into tables that could not be created
    #[arg(long)]
    pub no_data_for_failed_tables: bool,
    /// Leave the sessions' memory, helpers and durability as the server has them (else index builds
    /// get up to as much memory as the server has buffers, and the disk is waited for once, at the end)
    #[arg(long)]
    pub no_tuning: bool,
    /// Disable triggers while rows are loaded (with --data-only)
    #[arg(long)]
    pub disable_triggers: bool,
    /// The superuser who disables triggers
    #[arg(short = 'S', long, value_name = "NAME")]
    pub superuser: Option<String>,
    /// SET ROLE before anything is restored
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
    /// Set owners by SET SESSION AUTHORIZATION in place of ALTER OWNER
    #[arg(long)]
    pub use_set_session_authorization: bool,
    /// Load rows under row security
    #[arg(long)]
    pub enable_row_security: bool,
    /// The key of \restrict in a script [default: random]
    #[arg(long, value_name = "KEY", value_parser = values::restrict_key)]
    pub restrict_key: Option<String>,
}
