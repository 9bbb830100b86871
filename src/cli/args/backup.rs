//! The flags of `backup single`, in the groups that `--help` shows.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::model::pattern::Pattern;
use crate::model::spec::{ArchiveFormat, Compression, RowFilter};

use super::super::values;
use super::{JobFlags, LeaveOutArgs, PartsArgs};

/// `backup single`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct BackupArgs {
    /// The database [default: the one that the connection settings name]
    #[arg(value_name = "DB")]
    pub database: Option<String>,
    /// Where the backup goes.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Flags of every job.
    #[command(flatten)]
    pub job: JobFlags,
    /// Which objects.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Which parts.
    #[command(flatten)]
    pub parts: PartsArgs,
    /// What to leave out.
    #[command(flatten)]
    pub leave_out: LeaveOutArgs,
    /// How rows are written.
    #[command(flatten)]
    pub rows: RowArgs,
    /// What a plain script does.
    #[command(flatten)]
    pub script: ScriptArgs,
    /// How the sessions read.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// Where the backup goes, and in which layout.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// custom (c), directory (d), tar (t), or plain (p), which is an SQL script
    #[arg(short = 'F', long, value_name = "FORMAT", default_value = "custom")]
    #[arg(value_parser = values::format)]
    pub format: ArchiveFormat,
    /// none, gzip[:1-9], lz4, zstd[:1-19]; a bare number is a gzip level [default: zstd for custom
    /// and directory, none for plain and tar]
    #[arg(short = 'Z', long = "compress", value_name = "METHOD")]
    pub compression: Option<Compression>,
    /// File or folder to write, - for stdout [default: DB-YYYYMMDDThhmmssZ in the current folder,
    /// ending in .dump, .tar or .sql; the directory format has no ending]
    #[arg(short, long, visible_short_alias = 'f', visible_alias = "file", value_name = "PATH")]
    #[arg(value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Replace the output if it is there
    #[arg(long)]
    pub overwrite: bool,
    /// Version of the archive to write, 1.12 to 1.16 [default: the oldest that can hold the backup]
    #[arg(long, value_name = "VERSION", value_parser = values::archive_version)]
    pub archive_version: Option<u8>,
    /// Do not wait until the files are safely on the disk
    #[arg(long)]
    pub no_sync: bool,
    /// File for the manifest, which proves the backup whole [default: OUTPUT.manifest.json, or
    /// manifest.json in the output's folder; none for stdout]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub manifest: Option<PathBuf>,
    /// No manifest: the backup can then only be verified by itself
    #[arg(long, conflicts_with = "manifest")]
    pub no_manifest: bool,
}

/// Which objects.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Selection (patterns by psql's rules; each may be repeated)")]
pub struct SelectionArgs {
    /// Only these tables, views, sequences
    #[arg(short = 't', long = "table", value_name = "PATTERN", value_parser = values::table)]
    pub tables: Vec<Pattern>,
    /// Not these tables, views, sequences
    #[arg(short = 'T', long = "exclude-table", value_name = "PATTERN")]
    #[arg(value_parser = values::table)]
    pub exclude_tables: Vec<Pattern>,
    /// As --table, with their partitions and child tables
    #[arg(long = "table-and-children", value_name = "PATTERN", value_parser = values::table)]
    pub tables_and_children: Vec<Pattern>,
    /// As --exclude-table, with their partitions and child tables
    #[arg(long = "exclude-table-and-children", value_name = "PATTERN")]
    #[arg(value_parser = values::table)]
    pub exclude_tables_and_children: Vec<Pattern>,
    /// Only these schemas
    #[arg(short = 'n', long = "schema", value_name = "PATTERN", value_parser = values::schema)]
    pub schemas: Vec<Pattern>,
    /// Not these schemas
    #[arg(short = 'N', long = "exclude-schema", value_name = "PATTERN")]
    #[arg(value_parser = values::schema)]
    pub exclude_schemas: Vec<Pattern>,
    /// Only these extensions
    #[arg(short = 'e', long = "extension", value_name = "PATTERN")]
    #[arg(value_parser = values::plain_name)]
    pub extensions: Vec<Pattern>,
    /// Not these extensions
    #[arg(long = "exclude-extension", value_name = "PATTERN", value_parser = values::plain_name)]
    pub exclude_extensions: Vec<Pattern>,
    /// The definitions of these tables, but not their rows
    #[arg(long, value_name = "PATTERN", value_parser = values::table)]
    pub exclude_table_data: Vec<Pattern>,
    /// As --exclude-table-data, with their partitions and child tables
    #[arg(long, value_name = "PATTERN", value_parser = values::table)]
    pub exclude_table_data_and_children: Vec<Pattern>,
    /// Also the rows of foreign tables on these servers
    #[arg(long = "include-foreign-data", value_name = "SERVER")]
    #[arg(value_parser = values::plain_name)]
    pub foreign_data: Vec<Pattern>,
    /// Read includes and excludes from a file of pg_dump's form, - for stdin
    #[arg(long = "filter", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub filter_files: Vec<PathBuf>,
    /// Only the rows of the table for which the SQL condition holds
    #[arg(long = "where", value_name = "TABLE:PREDICATE", value_parser = values::row_filter)]
    pub filters: Vec<RowFilter>,
    /// No rows of tables that have fewer than N, counted
    #[arg(long, value_name = "N")]
    pub min_rows: Option<u64>,
    /// No rows of tables that have more than N, counted
    #[arg(long, value_name = "N")]
    pub max_rows: Option<u64>,
    /// Each of the patterns that include must match something
    #[arg(long)]
    pub strict_names: bool,
    /// Also the schemas, types, functions and sequences that the chosen tables need
    #[arg(long)]
    pub with_dependencies: bool,
    /// Also the tables that the chosen ones reference by foreign key
    #[arg(long)]
    pub with_references: bool,
    /// Large objects, also where a selection would leave them out
    #[arg(short = 'b', long, visible_alias = "blobs")]
    pub large_objects: bool,
    /// No large objects
    #[arg(short = 'B', long, visible_alias = "no-blobs")]
    pub no_large_objects: bool,
}

/// How rows and definitions are written.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Rows and definitions")]
pub struct RowArgs {
    /// Rows as INSERT statements: slow to restore, but for other databases too
    #[arg(long)]
    pub inserts: bool,
    /// The same with the columns' names
    #[arg(long, visible_alias = "attribute-inserts")]
    pub column_inserts: bool,
    /// Rows in one INSERT; implies --inserts
    #[arg(long, value_name = "N")]
    pub rows_per_insert: Option<NonZeroU32>,
    /// Add ON CONFLICT DO NOTHING to each INSERT
    #[arg(long)]
    pub on_conflict_do_nothing: bool,
    /// Load partitions' rows through the root table
    #[arg(long)]
    pub load_via_partition_root: bool,
    /// Values of sequences in a schema-only backup too
    #[arg(long)]
    pub sequence_data: bool,
    /// No rows of unlogged tables
    #[arg(long)]
    pub no_unlogged_table_data: bool,
    /// No compression methods of columns
    #[arg(long)]
    pub no_toast_compression: bool,
    /// Every name in double quotes, not only where it must be
    #[arg(long)]
    pub quote_all_identifiers: bool,
}

/// What a plain script does when it is run.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Plain script (archives leave these to the restore)")]
pub struct ScriptArgs {
    /// Drop the objects first
    #[arg(short = 'c', long)]
    pub clean: bool,
    /// With --clean: no error where an object is absent
    #[arg(long)]
    pub if_exists: bool,
    /// Create the database first
    #[arg(short = 'C', long)]
    pub create: bool,
    /// Disable triggers while rows are loaded (with --data-only)
    #[arg(long)]
    pub disable_triggers: bool,
    /// The superuser who disables triggers
    #[arg(short = 'S', long, value_name = "NAME")]
    pub superuser: Option<String>,
    /// Set owners by SET SESSION AUTHORIZATION in place of ALTER OWNER
    #[arg(long)]
    pub use_set_session_authorization: bool,
    /// The key of \restrict [default: random]
    #[arg(long, value_name = "KEY", value_parser = values::restrict_key)]
    pub restrict_key: Option<String>,
}

/// How the sessions of the backup read.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Reading")]
pub struct SessionArgs {
    /// SET ROLE before anything is read
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
    /// Encoding of the backup [default: UTF8]
    #[arg(short = 'E', long, value_name = "ENCODING")]
    pub encoding: Option<String>,
    /// Read a snapshot that another session exported
    #[arg(long, value_name = "ID")]
    pub snapshot: Option<String>,
    /// Wait for a moment at which the snapshot is serializable
    #[arg(long)]
    pub serializable_deferrable: bool,
    /// Fail after waiting this long for a table's lock: 5s, 1min, or milliseconds
    #[arg(long, value_name = "TIME", value_parser = values::duration_ms)]
    pub lock_wait_timeout: Option<u64>,
    /// Digits of floating-point numbers, -15 to 3
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    #[arg(value_parser = clap::value_parser!(i8).range(-15..=3))]
    pub extra_float_digits: Option<i8>,
    /// Only the rows that row security lets the user see
    #[arg(long)]
    pub enable_row_security: bool,
}
