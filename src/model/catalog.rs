//! What the browser shows of a server: databases, schemas and relations.

use serde::{Deserialize, Serialize};

use super::name::QualifiedName;

/// Facts of a server, read once after connecting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerInfo {
    /// `PostgreSQL`.
    pub product: String,
    /// The version as the server reports it, such as "16.4 (Debian 16.4-1)".
    pub version: String,
    /// The number to compare by, such as `160_004`.
    pub version_num: u32,
    /// The database that the session is in.
    pub database: String,
    /// The role that is connected.
    pub user: String,
    /// Whether that role is a superuser.
    pub superuser: bool,
    /// Whether the server is a standby.
    pub in_recovery: bool,
    /// Whether the connection is encrypted, and how ("TLS 1.3"); `None` without encryption.
    pub tls: Option<String>,
}

/// One database of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseInfo {
    /// Its name.
    pub name: String,
    /// Its size on disk; `None` where the role may not ask.
    pub bytes: Option<u64>,
    /// Its owner.
    pub owner: String,
    /// Whether connections are allowed at all.
    pub connectable: bool,
}

/// Kind of a relation, as `pg_class.relkind` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RelationKind {
    /// An ordinary table.
    Table,
    /// A partitioned table: holds no rows of its own.
    Partitioned,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A foreign table.
    Foreign,
    /// A sequence.
    Sequence,
}

impl RelationKind {
    /// Lower-case word for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Partitioned => "partitioned table",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Foreign => "foreign table",
            Self::Sequence => "sequence",
        }
    }

    /// Whether a backup copies rows from it.
    #[must_use]
    pub fn has_rows(self) -> bool {
        matches!(self, Self::Table)
    }
}

/// One relation of a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationInfo {
    /// `pg_class.oid`.
    pub oid: u32,
    /// Schema and name.
    pub name: QualifiedName,
    /// Its kind.
    pub kind: RelationKind,
    /// Bytes on disk with TOAST and indexes; 0 where there is no storage.
    pub total_bytes: u64,
    /// Bytes of the heap and TOAST: what a backup has to read.
    pub data_bytes: u64,
    /// The planner's estimate; `None` while it was never counted. Not a fact: never decide by it.
    pub rows_estimate: Option<u64>,
    /// The owner's name.
    pub owner: String,
    /// For a partition, the oid of its parent.
    pub parent: Option<u32>,
    /// Oids of the tables that its foreign keys reference.
    pub references: Vec<u32>,
}

/// All relations of one database that are not the system's, sorted by schema and name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Catalog {
    /// The database.
    pub database: String,
    /// Schemas, the empty ones too, sorted.
    pub schemas: Vec<String>,
    /// Relations sorted by schema, then name.
    pub relations: Vec<RelationInfo>,
}
