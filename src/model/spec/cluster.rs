//! What a backup or a restore of a whole cluster is asked to do: globals and any number of databases.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::conn::Target;
use crate::model::pattern::Pattern;
use crate::model::size::RateLimit;
use crate::model::throttle::Pacing;

use super::{ArchiveFormat, Compression, DumpOptions, Parts, RestoreOptions};

/// Which parts of a cluster to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum ClusterContent {
    /// Roles, tablespaces and databases.
    #[default]
    Everything,
    /// `--globals-only`: roles and tablespaces.
    GlobalsOnly,
    /// `--roles-only`.
    RolesOnly,
    /// `--tablespaces-only`.
    TablespacesOnly,
    /// `--no-globals`: databases alone.
    DatabasesOnly,
}

impl ClusterContent {
    /// Whether roles are wanted, with memberships, settings and parameter privileges.
    #[must_use]
    pub fn roles(self) -> bool {
        matches!(self, Self::Everything | Self::GlobalsOnly | Self::RolesOnly)
    }

    /// Whether tablespaces are wanted.
    #[must_use]
    pub fn tablespaces(self) -> bool {
        matches!(self, Self::Everything | Self::GlobalsOnly | Self::TablespacesOnly)
    }

    /// Whether databases are wanted.
    #[must_use]
    pub fn databases(self) -> bool {
        matches!(self, Self::Everything | Self::DatabasesOnly)
    }

    /// The flag that asks for it; none for everything.
    #[must_use]
    pub fn flag(self) -> Option<&'static str> {
        match self {
            Self::Everything => None,
            Self::GlobalsOnly => Some("--globals-only"),
            Self::RolesOnly => Some("--roles-only"),
            Self::TablespacesOnly => Some("--tablespaces-only"),
            Self::DatabasesOnly => Some("--no-globals"),
        }
    }
}

/// A backup of a cluster into one folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterBackupSpec {
    /// The server; its database is the one to begin in.
    pub target: Target,
    /// Which parts of the cluster.
    pub content: ClusterContent,
    /// Only these databases; empty means all.
    pub databases: Vec<Pattern>,
    /// Not these databases (`--exclude-database`).
    pub exclude_databases: Vec<Pattern>,
    /// Which parts of the databases' objects.
    pub parts: Parts,
    /// Layout of each database's archive: custom or directory.
    pub format: ArchiveFormat,
    /// Compression of the rows.
    pub compression: Compression,
    /// The folder to make.
    #[serde(with = "crate::model::path")]
    pub output: PathBuf,
    /// Replace the folder if it is a cluster backup.
    pub overwrite: bool,
    /// Connections that copy rows, over all databases.
    pub jobs: NonZeroUsize,
    /// Limit on bytes read from the server, over all databases.
    pub rate: RateLimit,
    /// What bends that limit while the job runs.
    #[serde(default)]
    pub pacing: Pacing,
    /// Leave out owners (`--no-owner`).
    pub no_owner: bool,
    /// Leave out grants (`--no-privileges`).
    pub no_privileges: bool,
    /// Leave out passwords of roles, which only a superuser may read (`--no-role-passwords`).
    pub no_role_passwords: bool,
    /// How definitions and rows are written; `clean` and `if_exists` make the script of the globals
    /// drop what it creates.
    #[serde(default)]
    pub options: DumpOptions,
}

/// A restore from a cluster backup, or from parts of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterRestoreSpec {
    /// The server; its database is the one to begin in.
    pub target: Target,
    /// The backup's folder.
    #[serde(with = "crate::model::path")]
    pub backup: PathBuf,
    /// Which parts of the cluster.
    pub content: ClusterContent,
    /// Only these databases, some perhaps under another name; empty means all.
    pub databases: Vec<DatabaseChoice>,
    /// Not these databases.
    pub exclude_databases: Vec<Pattern>,
    /// Which parts of the databases' objects.
    pub parts: Parts,
    /// Drop the databases, tablespaces and roles of the same names first.
    pub clean: bool,
    /// With `clean`: no error where one is absent.
    pub if_exists: bool,
    /// Do not restore ownership.
    pub no_owner: bool,
    /// Do not restore grants.
    pub no_privileges: bool,
    /// Do not restore passwords of roles.
    pub no_role_passwords: bool,
    /// Stop at the first error.
    pub exit_on_error: bool,
    /// Connections that load rows and build indexes, over all databases.
    pub jobs: NonZeroUsize,
    /// Limit on bytes sent to the server, over all databases.
    pub rate: RateLimit,
    /// What bends that limit while the job runs.
    #[serde(default)]
    pub pacing: Pacing,
    /// The user agreed to write into databases that are there already.
    pub over_existing: bool,
    /// What else pg_restore's options say, for each database.
    #[serde(default)]
    pub options: RestoreOptions,
}

/// Databases of a backup, by name or pattern; one that gets another name must be the only match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseChoice {
    /// Which of the backup's databases.
    pub pattern: Pattern,
    /// The name to restore it under, unquoted; its own when `None`.
    pub to: Option<String>,
}

impl ClusterBackupSpec {
    /// Everything, in the default format, over one connection.
    #[must_use]
    pub fn new(target: Target, output: impl Into<PathBuf>) -> Self {
        Self {
            target,
            content: ClusterContent::default(),
            databases: Vec::new(),
            exclude_databases: Vec::new(),
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
            no_role_passwords: false,
            options: DumpOptions::default(),
        }
    }
}

impl ClusterRestoreSpec {
    /// Everything in the backup, over one connection.
    #[must_use]
    pub fn new(target: Target, backup: impl Into<PathBuf>) -> Self {
        Self {
            target,
            backup: backup.into(),
            content: ClusterContent::default(),
            databases: Vec::new(),
            exclude_databases: Vec::new(),
            parts: Parts::default(),
            clean: false,
            if_exists: false,
            no_owner: false,
            no_privileges: false,
            no_role_passwords: false,
            exit_on_error: false,
            jobs: NonZeroUsize::MIN,
            rate: RateLimit(None),
            pacing: Pacing::default(),
            over_existing: false,
            options: RestoreOptions::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_wanted_by_everything_and_by_its_own_flag() {
        let wants =
            |content: ClusterContent| [content.roles(), content.tablespaces(), content.databases()];
        assert_eq!(wants(ClusterContent::Everything), [true, true, true]);
        assert_eq!(wants(ClusterContent::GlobalsOnly), [true, true, false]);
        assert_eq!(wants(ClusterContent::RolesOnly), [true, false, false]);
        assert_eq!(wants(ClusterContent::TablespacesOnly), [false, true, false]);
        assert_eq!(wants(ClusterContent::DatabasesOnly), [false, false, true]);
    }
}
