//! What a job is asked to do. A spec is a wish; the engine turns it into a plan before it acts.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::conn::Target;
use super::pattern::Pattern;
use super::size::RateLimit;
use super::throttle::Pacing;

mod cluster;
mod compression;
mod options;
mod rename;
mod selection;
mod verify;

pub use cluster::{ClusterBackupSpec, ClusterContent, ClusterRestoreSpec, DatabaseChoice};
pub use compression::{Codec, Compression, CompressionError};
pub use options::{DumpOptions, DumpSession, LeftOut, ManifestPlace, RestoreOptions, RowFormat};
pub use rename::{SchemaRename, TableRename};
pub use selection::{Parts, RowFilter, Section, Selection};
pub use verify::VerifySpec;

/// A job of any kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobSpec {
    /// Write an archive.
    Backup(BackupSpec),
    /// Load an archive.
    Restore(RestoreSpec),
    /// Write a cluster's globals and databases into a folder.
    BackupCluster(ClusterBackupSpec),
    /// Load globals and databases from such a folder.
    RestoreCluster(ClusterRestoreSpec),
    /// Read a backup, and compare it with what was written.
    Verify(VerifySpec),
}

impl JobSpec {
    /// "backup shop → /b/shop.dump", "restore shop.dump → staging", "restore shop.dump → /b/a.sql".
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Backup(spec) => {
                format!("backup {} → {}", spec.database, stream_or_path(&spec.output, "stdout"))
            }
            Self::Restore(spec) => {
                let target = match &spec.script {
                    Some(script) => stream_or_path(script, "stdout"),
                    None => spec.database.clone(),
                };
                format!("restore {} → {target}", file_name(&spec.archive))
            }
            Self::BackupCluster(spec) => format!("backup cluster → {}", spec.output.display()),
            Self::RestoreCluster(spec) => format!("restore cluster {}", file_name(&spec.backup)),
            Self::Verify(spec) => format!("verify {}", file_name(&spec.backup)),
        }
    }

    /// The server.
    #[must_use]
    pub fn target(&self) -> &Target {
        match self {
            Self::Backup(spec) => &spec.target,
            Self::Restore(spec) => &spec.target,
            Self::BackupCluster(spec) => &spec.target,
            Self::RestoreCluster(spec) => &spec.target,
            Self::Verify(spec) => &spec.target,
        }
    }

    /// The limit to begin with.
    #[must_use]
    pub fn rate(&self) -> RateLimit {
        match self {
            Self::Backup(spec) => spec.rate,
            Self::Restore(spec) => spec.rate,
            Self::BackupCluster(spec) => spec.rate,
            Self::RestoreCluster(spec) => spec.rate,
            Self::Verify(spec) => spec.rate,
        }
    }

    /// What bends that limit while it runs.
    #[must_use]
    pub fn pacing(&self) -> &Pacing {
        match self {
            Self::Backup(spec) => &spec.pacing,
            Self::Restore(spec) => &spec.pacing,
            Self::BackupCluster(spec) => &spec.pacing,
            Self::RestoreCluster(spec) => &spec.pacing,
            Self::Verify(spec) => &spec.pacing,
        }
    }

    /// What a backup makes.
    #[must_use]
    pub fn output(&self) -> Option<&Path> {
        match self {
            Self::Backup(spec) => Some(&spec.output),
            Self::BackupCluster(spec) => Some(&spec.output),
            Self::Restore(_) | Self::RestoreCluster(_) | Self::Verify(_) => None,
        }
    }

    /// What a restore reads.
    #[must_use]
    pub fn source(&self) -> Option<&Path> {
        match self {
            Self::Restore(spec) => Some(&spec.archive),
            Self::RestoreCluster(spec) => Some(&spec.backup),
            Self::Verify(spec) => Some(&spec.backup),
            Self::Backup(_) | Self::BackupCluster(_) => None,
        }
    }

    /// Whether it is a restore.
    #[must_use]
    pub fn is_restore(&self) -> bool {
        matches!(self, Self::Restore(_) | Self::RestoreCluster(_))
    }
}

/// A path for people, or the stream that its dash means.
fn stream_or_path(path: &Path, stream: &str) -> String {
    if is_standard_stream(path) { stream.to_owned() } else { path.display().to_string() }
}

fn file_name(path: &Path) -> String {
    if is_standard_stream(path) {
        return "stdin".to_owned();
    }
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Layout of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum ArchiveFormat {
    /// PostgreSQL's custom format: one file, random access, compressed.
    #[default]
    Custom,
    /// A folder: `toc.dat`, and one compressed file for each table.
    Directory,
    /// The files of the directory format in one tar file, uncompressed.
    Tar,
    /// An SQL script, as `psql` runs it.
    Plain,
}

impl ArchiveFormat {
    /// The word of `--format`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Custom => "custom",
            Self::Directory => "directory",
            Self::Tar => "tar",
            Self::Plain => "plain",
        }
    }
}

/// The path that means standard output, or standard input: `-`.
pub const STANDARD_STREAM: &str = "-";

/// Whether a path means standard output, or standard input.
#[must_use]
pub fn is_standard_stream(path: &Path) -> bool {
    path == Path::new(STANDARD_STREAM)
}

/// A backup of one database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupSpec {
    /// The server.
    pub target: Target,
    /// The database.
    pub database: String,
    /// Which objects.
    pub selection: Selection,
    /// Which parts of them.
    pub parts: Parts,
    /// Layout of the output.
    pub format: ArchiveFormat,
    /// Compression of the rows.
    pub compression: Compression,
    /// The file, or the folder, to make; `-` is standard output.
    #[serde(with = "crate::model::path")]
    pub output: PathBuf,
    /// Replace the file if it is there.
    pub overwrite: bool,
    /// Connections that copy rows.
    pub jobs: NonZeroUsize,
    /// Limit on bytes read from the server.
    pub rate: RateLimit,
    /// What bends that limit while the job runs.
    #[serde(default)]
    pub pacing: Pacing,
    /// Leave out owners (`--no-owner`).
    pub no_owner: bool,
    /// Leave out grants (`--no-privileges`).
    pub no_privileges: bool,
    /// How definitions and rows are written.
    #[serde(default)]
    pub options: DumpOptions,
}

/// A restore from one archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreSpec {
    /// The server.
    pub target: Target,
    /// The archive: a file, or a folder, of any layout; `-` is standard input.
    #[serde(with = "crate::model::path")]
    pub archive: PathBuf,
    /// The database to restore into; empty where a script is written.
    pub database: String,
    /// Make the database first under the name in `database`; refused if it exists.
    pub create_database: bool,
    /// pg_restore's `-t`: the relation and its rows, without indexes or constraints.
    pub tables: Vec<Pattern>,
    /// Tables with all that belongs to them and all that they need.
    pub whole_tables: Vec<Pattern>,
    /// pg_restore's `-n`.
    pub schemas: Vec<Pattern>,
    /// pg_restore's `-N`.
    pub exclude_schemas: Vec<Pattern>,
    /// Dump ids to restore in this order (`-L`); `None` means no list.
    pub use_list: Option<Vec<u32>>,
    /// Which parts.
    pub parts: Parts,
    /// Drop the objects first.
    pub clean: bool,
    /// With `clean`: no error where an object is absent.
    pub if_exists: bool,
    /// Do not restore ownership.
    pub no_owner: bool,
    /// Do not restore grants.
    pub no_privileges: bool,
    /// `SET ROLE` after connecting.
    pub role: Option<String>,
    /// All or nothing, on one connection.
    pub single_transaction: bool,
    /// Stop at the first error.
    pub exit_on_error: bool,
    /// Disable triggers while rows are loaded (with `data_only`).
    pub disable_triggers: bool,
    /// Connections that load rows and build indexes.
    pub jobs: NonZeroUsize,
    /// Limit on bytes sent to the server.
    pub rate: RateLimit,
    /// What bends that limit while the job runs.
    #[serde(default)]
    pub pacing: Pacing,
    /// The user agreed to write into a database that holds tables of the same names.
    pub over_existing: bool,
    /// Write SQL to this file (`-`: standard output) and touch no server (`-o`).
    #[serde(default, with = "crate::model::path::optional")]
    pub script: Option<PathBuf>,
    /// What else pg_restore's options say.
    #[serde(default)]
    pub options: RestoreOptions,
}

impl BackupSpec {
    /// Everything in the database, in the default format, over one connection.
    #[must_use]
    pub fn new(target: Target, database: impl Into<String>, output: impl Into<PathBuf>) -> Self {
        Self {
            target,
            database: database.into(),
            selection: Selection::default(),
            parts: Parts::default(),
            format: ArchiveFormat::default(),
            compression: Compression::default(),
            output: output.into(),
            overwrite: false,
            jobs: NonZeroUsize::MIN,
            rate: RateLimit(None),
            pacing: Pacing::default(),
            no_owner: false,
            no_privileges: false,
            options: DumpOptions::default(),
        }
    }
}

impl RestoreSpec {
    /// Everything in the archive, into a database that is there, over one connection.
    #[must_use]
    pub fn new(target: Target, archive: impl Into<PathBuf>, database: impl Into<String>) -> Self {
        Self {
            target,
            archive: archive.into(),
            database: database.into(),
            create_database: false,
            tables: Vec::new(),
            whole_tables: Vec::new(),
            schemas: Vec::new(),
            exclude_schemas: Vec::new(),
            use_list: None,
            parts: Parts::default(),
            clean: false,
            if_exists: false,
            no_owner: false,
            no_privileges: false,
            role: None,
            single_transaction: false,
            exit_on_error: false,
            disable_triggers: false,
            jobs: NonZeroUsize::MIN,
            rate: RateLimit(None),
            pacing: Pacing::default(),
            over_existing: false,
            script: None,
            options: RestoreOptions::default(),
        }
    }
}
