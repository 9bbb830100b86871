//! The command line as clap sees it. Names that pg_dump and pg_restore users know keep their
//! meaning; verbs that do not exist yet are not offered.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::model::pattern::Pattern;
use crate::model::secret::Secret;
use crate::model::size::RateLimit;
use crate::model::spec::{ArchiveFormat, Compression, RowFilter, Section};

use super::values;

/// Backs up and restores PostgreSQL. Without a verb: the console.
#[derive(Debug, Parser)]
#[command(name = "dbbackup", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// Flags of every verb.
    #[command(flatten)]
    pub common: Common,
    /// What to do; none opens the console.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 usage, 3 finished incomplete, \
                          130 interrupted.\nstdout carries results, stderr the talk.";

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
    /// Load a backup, or a part of it, into a database
    #[command(subcommand)]
    Restore(Restore),
    /// Show what an archive holds, or the jobs that ran
    List(ListArgs),
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
}

/// Kinds of restore.
#[derive(Debug, Subcommand)]
pub enum Restore {
    /// From one archive into one database
    Single(Box<RestoreArgs>),
}

/// Flags of every job.
#[derive(Debug, Clone, Args)]
pub struct JobFlags {
    /// Show what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Limit in bytes a second: 100M, 1G, 512Ki
    #[arg(long, value_name = "RATE")]
    pub rate: Option<RateLimit>,
    /// Connections that work at the same time [default: the processors, at most 4]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
}

/// `backup single`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The database [default: the one that the connection settings name]
    #[arg(value_name = "DB")]
    pub database: Option<String>,
    /// Layout of the output: custom
    #[arg(short = 'F', long, value_name = "FORMAT", default_value = "custom")]
    #[arg(value_parser = values::format)]
    pub format: ArchiveFormat,
    /// none, gzip[:1-9], lz4, zstd[:1-19]; a bare number is a gzip level
    #[arg(short = 'Z', long = "compress", value_name = "METHOD", default_value = "zstd")]
    pub compression: Compression,
    /// File to write [default: DB-YYYYMMDDThhmmssZ.dump in the current folder]
    #[arg(short, long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long)]
    pub overwrite: bool,
    /// Only these tables, views, sequences (psql's pattern rules; may be repeated)
    #[arg(short = 't', long = "table", value_name = "PATTERN")]
    pub tables: Vec<Pattern>,
    /// Not these tables, views, sequences
    #[arg(short = 'T', long = "exclude-table", value_name = "PATTERN")]
    pub exclude_tables: Vec<Pattern>,
    /// Only these schemas
    #[arg(short = 'n', long = "schema", value_name = "PATTERN")]
    #[arg(value_parser = values::schema)]
    pub schemas: Vec<Pattern>,
    /// Not these schemas
    #[arg(short = 'N', long = "exclude-schema", value_name = "PATTERN")]
    #[arg(value_parser = values::schema)]
    pub exclude_schemas: Vec<Pattern>,
    /// The definitions of these tables, but not their rows
    #[arg(long, value_name = "PATTERN")]
    pub exclude_table_data: Vec<Pattern>,
    /// Only the rows of the table for which the SQL condition holds
    #[arg(long = "where", value_name = "TABLE:PREDICATE", value_parser = values::row_filter)]
    pub filters: Vec<RowFilter>,
    /// Also the schemas, types, functions and sequences that the chosen tables need
    #[arg(long)]
    pub with_dependencies: bool,
    /// Also the tables that the chosen ones reference by foreign key
    #[arg(long)]
    pub with_references: bool,
    /// Which parts.
    #[command(flatten)]
    pub parts: PartsArgs,
    /// Leave out owners
    #[arg(short = 'O', long)]
    pub no_owner: bool,
    /// Leave out grants
    #[arg(short = 'x', long, visible_alias = "no-acl")]
    pub no_privileges: bool,
    /// Flags of every job.
    #[command(flatten)]
    pub job: JobFlags,
}

/// Which parts of the objects.
#[derive(Debug, Clone, Default, Args)]
pub struct PartsArgs {
    /// Rows only, no definitions
    #[arg(short = 'a', long, conflicts_with = "schema_only")]
    pub data_only: bool,
    /// Definitions only, no rows
    #[arg(short = 's', long)]
    pub schema_only: bool,
    /// pre-data, data or post-data (may be repeated)
    #[arg(long = "section", value_name = "SECTION", value_parser = values::section)]
    pub sections: Vec<Section>,
}

/// `restore single`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The archive
    #[arg(value_name = "ARCHIVE", value_hint = ValueHint::FilePath)]
    pub archive: PathBuf,
    /// The database to restore into [default: the one that the connection settings name]
    #[arg(short = 'd', long = "dbname", visible_alias = "database", value_name = "NAME")]
    pub database: Option<String>,
    /// Make the database first, under the name given by -d or --url
    #[arg(short = 'C', long, conflicts_with = "single_transaction")]
    pub create: bool,
    /// Only this table, view or sequence and its rows, without indexes and constraints: a name, or
    /// a pattern by psql's rules (may be repeated)
    #[arg(short = 't', long = "table", value_name = "NAME", value_parser = values::name)]
    pub tables: Vec<Pattern>,
    /// Only these tables, with their indexes, constraints and all that they need
    #[arg(long = "table-with-deps", value_name = "PATTERN")]
    pub whole_tables: Vec<Pattern>,
    /// Only this schema
    #[arg(short = 'n', long = "schema", value_name = "NAME")]
    #[arg(value_parser = values::schema_name)]
    pub schemas: Vec<Pattern>,
    /// Not this schema
    #[arg(short = 'N', long = "exclude-schema", value_name = "NAME")]
    #[arg(value_parser = values::schema_name)]
    pub exclude_schemas: Vec<Pattern>,
    /// Print the table of contents, and restore nothing
    #[arg(short = 'l', long, conflicts_with_all = NOT_WITH_LIST)]
    pub list: bool,
    /// Restore only the entries of this list, in its order (as pg_restore -l writes it)
    #[arg(short = 'L', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub use_list: Option<PathBuf>,
    /// The same as a list of dump ids
    #[arg(long, value_name = "IDS", hide = true, conflicts_with = "use_list")]
    #[arg(value_delimiter = ',', num_args = 0..=1, require_equals = true)]
    pub use_ids: Option<Vec<u32>>,
    /// Drop the objects first, with what they hold
    #[arg(short = 'c', long, conflicts_with_all = ["data_only", "create"])]
    pub clean: bool,
    /// With --clean: no error where an object is absent
    #[arg(long, requires = "clean")]
    pub if_exists: bool,
    /// Do not restore owners
    #[arg(short = 'O', long)]
    pub no_owner: bool,
    /// Do not restore grants
    #[arg(short = 'x', long, visible_alias = "no-acl")]
    pub no_privileges: bool,
    /// SET ROLE before anything is restored
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
    /// All or nothing, on one connection
    #[arg(short = '1', long)]
    pub single_transaction: bool,
    /// Stop at the first error
    #[arg(short = 'e', long)]
    pub exit_on_error: bool,
    /// Which parts.
    #[command(flatten)]
    pub parts: PartsArgs,
    /// Disable triggers while rows are loaded (with --data-only)
    #[arg(long)]
    pub disable_triggers: bool,
    /// Agree to add rows to tables that are there already and hold some
    #[arg(long)]
    pub over_existing: bool,
    /// Write SQL to a file: not built yet
    #[arg(short = 'o', long = "output", value_name = "FILE", hide = true)]
    pub output: Option<PathBuf>,
    /// Flags of every job.
    #[command(flatten)]
    pub job: JobFlags,
}

/// Listing shows everything: what would narrow it is refused instead of being ignored.
const NOT_WITH_LIST: [&str; 10] = [
    "tables",
    "whole_tables",
    "schemas",
    "exclude_schemas",
    "use_list",
    "use_ids",
    "create",
    "clean",
    "dry_run",
    "sections",
];

/// `list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The archive; none lists the jobs that ran
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
    fn what_pg_dump_and_pg_restore_refuse_is_refused() {
        for line in [
            "backup single db -s -a",
            "backup single db -F plain",
            "backup single db -F garbage",
            "backup single db -Z garbage",
            "backup single db -Z none:1",
            "backup single db -Z gzip:15",
            "backup single db -Z gzip:nonInt",
            "backup single db -j 0",
            "backup single db extra",
            "backup single db -n a.b",
            "backup single db --where orders",
            "restore single a -s -a",
            "restore single a -c -a",
            "restore single a --if-exists",
            "restore single a -C -1",
            "restore single a -j -1",
            "restore single a -l -t x",
            "restore single",
            "backup cluster",
            "verify a",
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
