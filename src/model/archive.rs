//! What the fronts show of an archive: its header, its table of contents, a look into one entry, and
//! what has to come along with what is picked.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::spec::{ArchiveFormat, Codec, Section};

mod closure;
mod object;
mod preview;

pub use closure::{Closure, belongings, close};
pub use object::Object;
pub use preview::{Preview, PreviewLimits, PreviewRows};

/// An archive as listed, without its data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveListing {
    /// The file, or the folder.
    #[serde(with = "crate::model::path")]
    pub path: PathBuf,
    /// Its layout.
    #[serde(default)]
    pub format: ArchiveFormat,
    /// Its size: of all files, where it is a folder.
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
    /// Encoding of definitions and rows, by PostgreSQL's name; empty where the archive does not tell.
    #[serde(default)]
    pub encoding: String,
    /// Bytes of a number in the table of contents.
    #[serde(default)]
    pub integer_bytes: u8,
    /// Bytes of a position in the file.
    #[serde(default)]
    pub offset_bytes: u8,
    /// Entries in archive order.
    pub entries: Vec<EntryInfo>,
    /// Dump ids of what a restore would take, in its order, where one was asked about.
    #[serde(default)]
    pub chosen: Option<Vec<u32>>,
    /// Why nobody knows its entries, where that is so: it is a script that can only be run whole.
    #[serde(default)]
    pub opaque: Option<String>,
}

impl ArchiveListing {
    /// The entry with this dump id.
    #[must_use]
    pub fn entry(&self, id: u32) -> Option<&EntryInfo> {
        self.entries.iter().find(|entry| entry.id == id)
    }
}

/// One entry of the table of contents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Bytes of its data in the archive, where the archive tells.
    pub data_bytes: Option<u64>,
    /// Dump ids it needs; may repeat, may name ids that are not in the archive.
    #[serde(default)]
    pub dependencies: Vec<u32>,
}

impl EntryInfo {
    /// The entry as an object that knows what it is.
    #[must_use]
    pub fn object(&self) -> Object<'_> {
        Object {
            id: self.id,
            desc: &self.desc,
            namespace: &self.namespace,
            tag: &self.tag,
            dependencies: &self.dependencies,
        }
    }
}
