//! The manifest: the one description of a backup, written when it is whole and kept with it. A person
//! can read its JSON, and nothing else is needed to know what a backup is and to prove it sound.
//!
//! ```text
//!  Manifest ─┬─ server, position      where it comes from, and the moment it shows
//!            ├─ spec, command         what was asked for
//!            ├─ definitions           how many objects of each kind
//!            ├─ objects               rows, bytes and content hash of each table
//!            ├─ files                 sizes and SHA-256, relative to the manifest's own folder
//!            └─ outcome, hooks …      how it went
//! ```
//! A field that this program does not know, and a spec or a hook's outcome in a newer shape, are
//! passed over; a layout with a higher number is refused, for it may mean something else.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::job::Outcome;
use super::spec::{ArchiveFormat, Codec, JobSpec};

mod hash;
mod read;

pub use hash::{Algorithm, ContentHash, HashError, RowHash, Sha256};
pub use read::ManifestError;

/// What the first field of every manifest says.
pub const MARK: &str = "dbbackup";
/// The layout that is written today.
pub const VERSION: u32 = 1;
/// The manifest's name in a folder that is the backup.
pub const MANIFEST_FILE: &str = "manifest.json";
/// What comes behind the name of a backup that is one file.
pub const MANIFEST_SUFFIX: &str = ".manifest.json";

/// Where the manifest of a backup that is one file lies.
#[must_use]
pub fn beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(file.as_os_str());
    name.push(MANIFEST_SUFFIX);
    PathBuf::from(name)
}

/// The description of one backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MARK`]: tells it from any other JSON.
    pub manifest: String,
    /// Layout of the manifest; see [`VERSION`].
    pub version: u32,
    /// The program that wrote it, such as "dbbackup 0.1.0".
    pub tool: String,
    /// What sort of backup it is.
    pub kind: BackupKind,
    /// The backup's own name in its repository; a lone archive has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The backup that this one builds upon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// When the job began.
    pub started: Timestamp,
    /// When everything was written.
    pub ended: Timestamp,
    /// How it went: complete, or incomplete with what is missing.
    pub outcome: Outcome,
    /// The server it was taken from.
    pub server: Server,
    /// The database, where it is of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// The moment that the backup shows.
    #[serde(default)]
    pub position: Position,
    /// Layout and codec of the archive, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<ArchiveShape>,
    /// What was asked for, as a command line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub command: String,
    /// What was asked for, as data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<Recorded<JobSpec>>,
    /// How many objects of each kind are defined, by the kind's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub definitions: BTreeMap<String, u64>,
    /// What has rows or contents, in archive order; also what is missing.
    #[serde(default)]
    pub objects: Vec<DataObject>,
    /// Every file of the backup but the manifest itself, by name.
    #[serde(default)]
    pub files: Vec<FileProof>,
    /// Outcomes of hooks, in the order in which they ran; each as `model::hook` has it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<Value>,
    /// Figures of the throttle, as the job's report has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttle: Option<Value>,
}

/// Sorts of backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BackupKind {
    /// One database, or a selection of it.
    Single,
    /// All databases of a server with what they share.
    Cluster,
    /// A part of a database's rows, closed over its references.
    Sample,
    /// The server's files.
    Physical,
}

impl BackupKind {
    /// The word of the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Cluster => "cluster",
            Self::Sample => "sample",
            Self::Physical => "physical",
        }
    }
}

/// The server that a backup was taken from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Server {
    /// Its product, such as "PostgreSQL".
    pub product: String,
    /// Its version for people, such as "16.4 (Debian 16.4-1)".
    pub version: String,
    /// Its version to compare by, such as `160_004`.
    pub version_num: u32,
    /// Host and port or socket.
    pub address: String,
    /// What tells it from every other: PostgreSQL's system identifier, MySQL's server UUID; where the
    /// role may ask.
    pub identity: Option<String>,
    /// Whether it followed another server.
    pub is_replica: bool,
}

/// The moment that a backup shows, by what the server counts in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Position {
    /// The exported snapshot that all workers read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// WAL position just before the snapshot: whatever was committed before it is in the backup.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lsn: Option<String>,
    /// Timeline of that position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeline: Option<u32>,
    /// The set of transactions in the backup, as a GTID set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gtid: Option<String>,
    /// Binary log's file and position, such as "binlog.000003:157".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binlog: Option<String>,
}

/// How an archive is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveShape {
    /// Its layout.
    pub format: ArchiveFormat,
    /// Codec of its data.
    pub codec: Codec,
}

/// What of a database has rows, or contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataObject {
    /// What it is.
    pub kind: DataKind,
    /// Its database, in the backup of a cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Its schema; empty for what is in none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its place in the archive: the dump id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<u32>,
    /// Its rows, or its large objects.
    pub rows: u64,
    /// Bytes of its rows as text, or of its contents.
    pub bytes: u64,
    /// Hash of its contents; absent where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<ContentHash>,
    /// Why it is not in the backup, where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// Only a part of its rows was asked for: the condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
}

impl DataObject {
    /// Its name for people.
    #[must_use]
    pub fn title(&self) -> String {
        let parts = [self.database.as_deref().unwrap_or_default(), &self.schema, &self.name];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(".")
    }
}

/// Sorts of what has rows or contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataKind {
    /// A table, or whatever has rows like one.
    Table,
    /// A group of large objects.
    LargeObjects,
}

/// A file of the backup, and what proves that it is the one that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileProof {
    /// Its name, relative to the folder in which the manifest lies.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of the whole file, where it was written in one pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256>,
    /// SHA-256 of one stretch after another, where a part of the file was written last; together they
    /// cover it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stretches: Vec<Stretch>,
}

impl FileProof {
    /// The stretches; a hash of the whole file is one.
    #[must_use]
    pub fn proofs(&self) -> Vec<Stretch> {
        match self.sha256 {
            Some(sha256) => vec![Stretch { offset: 0, bytes: self.bytes, sha256 }],
            None => self.stretches.clone(),
        }
    }

    /// Whether every byte is under a hash, and under one only.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let mut at = 0_u64;
        let follows = self.proofs().iter().all(|stretch| {
            let begins = stretch.offset == at;
            at = at.saturating_add(stretch.bytes);
            begins
        });
        follows && at == self.bytes
    }
}

/// A part of a file under a hash of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Where it begins.
    pub offset: u64,
    /// How long it is.
    pub bytes: u64,
    /// The hash.
    pub sha256: Sha256,
}

/// A value that a newer program may have written in a shape of its own: then it is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Recorded<T> {
    /// Understood.
    Known(Box<T>),
    /// Not understood.
    Other(Value),
}

impl<T> Recorded<T> {
    /// The value, where it is understood.
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Other(_) => None,
        }
    }
}

impl Manifest {
    /// A manifest without contents: of a backup that began at this moment, and ended in the same.
    #[must_use]
    pub fn new(kind: BackupKind, server: Server, started: Timestamp) -> Self {
        Self {
            manifest: MARK.to_owned(),
            version: VERSION,
            tool: format!("dbbackup {}", env!("CARGO_PKG_VERSION")),
            kind,
            id: None,
            parent: None,
            started,
            ended: started,
            outcome: Outcome::Complete,
            server,
            database: None,
            position: Position::default(),
            archive: None,
            command: String::new(),
            spec: None,
            definitions: BTreeMap::new(),
            objects: Vec::new(),
            files: Vec::new(),
            hooks: Vec::new(),
            throttle: None,
        }
    }

    /// Rows of all objects.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.objects.iter().fold(0, |sum, object| sum.saturating_add(object.rows))
    }

    /// Bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.bytes))
    }

    /// The file of this name.
    #[must_use]
    pub fn file(&self, name: &Path) -> Option<&FileProof> {
        self.files.iter().find(|file| Path::new(&file.name) == name)
    }
}

#[cfg(test)]
mod tests;
