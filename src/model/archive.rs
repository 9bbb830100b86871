//! What the console and `list` show of an archive: its header and its table of contents.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::spec::{Codec, Section};

/// An archive as listed, without its data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveListing {
    /// The file.
    #[serde(with = "crate::model::path")]
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Archive format version, such as "1.16".
    pub version: String,
    /// Codec of the data.
    pub codec: Codec,
    /// Local time of the dump as stored, "YYYY-MM-DD HH:MM:SS" (the format keeps no zone).
    pub created: String,
    /// Database that was dumped.
    pub database: String,
    /// Version of the server that was dumped.
    pub server_version: String,
    /// Version of the tool that wrote it.
    pub dumper_version: String,
    /// Entries in archive order.
    pub entries: Vec<EntryInfo>,
}

/// One entry of the table of contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryInfo {
    /// The dump id.
    pub id: u32,
    /// `pg_class` or other catalog's oid.
    pub table_oid: u32,
    /// The object's oid.
    pub oid: u32,
    /// Type keyword, such as "TABLE DATA".
    pub desc: String,
    /// Schema, empty where there is none.
    pub namespace: String,
    /// Name or composite label.
    pub tag: String,
    /// Owner, empty where there is none.
    pub owner: String,
    /// Section; `None` for comments, grants and labels.
    pub section: Option<Section>,
    /// Whether rows follow in the data part.
    pub has_data: bool,
    /// Bytes of its data block in the file, where the archive tells.
    pub data_bytes: Option<u64>,
}
