//! The catalogue of a cluster backup: `cluster.json` in its folder, which says what was backed up,
//! from where, when, and what is missing. It holds no secret.
//!
//! ```text
//!  BACKUP/cluster.json          this catalogue, written last
//!         globals.sql           roles and tablespaces; psql runs it
//!         databases/shop.dump   one archive for each database; pg_restore reads it
//! ```

use std::path::{Component, Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::job::Outcome;
use super::spec::ArchiveFormat;

/// Name of the catalogue's file in the folder.
pub const CATALOGUE_FILE: &str = "cluster.json";
/// Name of the globals' script in the folder.
pub const GLOBALS_FILE: &str = "globals.sql";
/// Name of the folder that holds the databases' archives.
pub const DATABASES_FOLDER: &str = "databases";
/// Layout of the catalogue that is written today.
pub const CATALOGUE_VERSION: u32 = 1;

/// What a cluster backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterCatalogue {
    /// Layout of this catalogue.
    pub version: u32,
    /// The program that wrote it, such as "dbbackup 0.1.0".
    pub tool: String,
    /// When the backup began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// The server.
    pub server: ClusterServer,
    /// Roles and tablespaces, unless they were not asked for.
    pub globals: Option<GlobalsInfo>,
    /// The databases that were to be backed up, by name, those that failed too.
    pub databases: Vec<ClusterDatabase>,
    /// The databases that are not in the backup on purpose.
    pub skipped: Vec<SkippedDatabase>,
    /// What is missing; empty means that the backup is complete.
    pub missing: Vec<String>,
}

/// The server that was backed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterServer {
    /// Its version, such as "16.4 (Debian 16.4-1)".
    pub version: String,
    /// The version to compare by, such as `160_004`.
    pub version_num: u32,
    /// Host and port or socket.
    pub address: String,
    /// The cluster's own number, where the role may read it; text, for JSON's numbers are too short.
    pub system_identifier: Option<String>,
    /// Whether it was a standby.
    pub in_recovery: bool,
}

/// What the script of the globals holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlobalsInfo {
    /// The script, relative to the folder.
    pub file: String,
    /// Its size as written.
    pub bytes: u64,
    /// Roles.
    pub roles: u64,
    /// Memberships of roles in roles.
    pub memberships: u64,
    /// Roles with settings of their own.
    pub role_settings: u64,
    /// Parameters with privileges.
    pub parameters: u64,
    /// Tablespaces.
    pub tablespaces: Vec<TablespaceInfo>,
    /// Whether passwords of roles are in the script.
    pub passwords: bool,
}

/// A tablespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablespaceInfo {
    /// Its name.
    pub name: String,
    /// Its folder on the server; empty for one inside the data folder.
    pub location: String,
}

/// One database of the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterDatabase {
    /// Its name.
    pub name: String,
    /// Its oid on the source.
    pub oid: u32,
    /// Its owner.
    pub owner: String,
    /// Its encoding.
    pub encoding: String,
    /// Its locale.
    pub locale: DatabaseLocale,
    /// Its tablespace.
    pub tablespace: String,
    /// Sessions that it admits; -1 means any number.
    pub connection_limit: i32,
    /// Whether it is a template.
    pub is_template: bool,
    /// Size on the source's disk, where the role may ask.
    pub source_bytes: Option<u64>,
    /// The archive, relative to the folder; `None` where there is none.
    pub archive: Option<String>,
    /// Layout of the archive.
    pub format: ArchiveFormat,
    /// Size of the archive.
    pub archive_bytes: u64,
    /// Tables whose rows are in it.
    pub tables: u64,
    /// Rows in it.
    pub rows: u64,
    /// Just before its snapshot was taken; there is no snapshot over several databases.
    pub started: Timestamp,
    /// When its archive was whole.
    pub ended: Timestamp,
    /// The server's WAL position at `started`, where the role may ask.
    pub wal_position: Option<String>,
    /// How its backup ended.
    pub outcome: Outcome,
}

/// How a database collates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseLocale {
    /// `libc`, `icu` or `builtin`.
    pub provider: String,
    /// `LC_COLLATE`.
    pub collate: String,
    /// `LC_CTYPE`.
    pub ctype: String,
    /// The provider's own name of the locale, where it has one.
    pub locale: Option<String>,
}

/// A database that is not in the backup on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedDatabase {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// A catalogue with the folder that it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterListing {
    /// The folder.
    #[serde(with = "crate::model::path")]
    pub path: PathBuf,
    /// What it holds.
    pub catalogue: ClusterCatalogue,
    /// What the folder has not as the catalogue says it: files that are gone or of another size.
    pub damage: Vec<String>,
}

impl ClusterListing {
    /// The archive of a database; nothing where there is none, or where the catalogue names one
    /// outside of the folder.
    #[must_use]
    pub fn archive(&self, database: &ClusterDatabase) -> Option<PathBuf> {
        within(&self.path, database.archive.as_deref()?)
    }
}

/// The path of a file that a catalogue names; nothing where it would be outside of the folder.
#[must_use]
pub fn within(folder: &Path, name: &str) -> Option<PathBuf> {
    let relative = Path::new(name);
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && !name.is_empty()).then(|| folder.join(relative))
}
