//! The table of contents of an archive as plain data, common to every layout.

use std::fmt;

use crate::model::spec::{Codec, Section};

/// What stands in front of the table of contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Archive version `(1, minor, revision)`; minor 11 to 16.
    pub version: (u8, u8, u8),
    /// Codec of the data.
    pub codec: Codec,
    /// Local time of the dumper.
    pub created: CivilTime,
    /// Database that was dumped.
    pub database: String,
    /// Version of the server, in its own words.
    pub server_version: String,
    /// Name and version of the tool that wrote the archive.
    pub dumper_version: String,
}

/// A local time without a zone, as the header keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CivilTime {
    /// Full year.
    pub year: i32,
    /// 1 to 12.
    pub month: i32,
    /// 1 to 31.
    pub day: i32,
    /// 0 to 23.
    pub hour: i32,
    /// 0 to 59.
    pub minute: i32,
    /// 0 to 60.
    pub second: i32,
    /// Whether daylight saving time was in force; -1 is unknown.
    pub is_dst: i32,
}

impl fmt::Display for CivilTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            self.year, self.month, self.day, self.hour, self.minute, self.second
        )
    }
}

/// Where an entry's data block begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DataOffset {
    /// Not written down: the archive went to a pipe; readers scan.
    NotSet,
    /// Absolute position of the block-type byte.
    At(u64),
    /// The entry has no data.
    #[default]
    NoData,
}

/// One entry of the table of contents. `None` and an empty string differ, as in the format.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TocEntry {
    /// Dump id: positive and unique in the archive.
    pub id: u32,
    /// Whether a data block belongs to it.
    pub has_data: bool,
    /// Oid of the catalog the object is in; 0 for comments, grants and the like.
    pub table_oid: u32,
    /// The object's oid.
    pub oid: u32,
    /// Name or composite label.
    pub tag: String,
    /// Type keyword, such as `TABLE`, `TABLE DATA`, `FK CONSTRAINT`.
    pub desc: String,
    /// Section; `None` for comments, grants and labels.
    pub section: Option<Section>,
    /// SQL that makes it.
    pub defn: Option<String>,
    /// SQL that drops it; `None` means neither droppable nor ownable.
    pub drop_stmt: Option<String>,
    /// `COPY … FROM stdin;` and a line feed, for rows.
    pub copy_stmt: Option<String>,
    /// Schema, unquoted.
    pub namespace: Option<String>,
    /// `None`: the kind has no tablespace; empty: the database's default.
    pub tablespace: Option<String>,
    /// Table access method, such as `heap`.
    pub table_am: Option<String>,
    /// `pg_class.relkind` as a character; `None` for what is not a relation.
    pub relkind: Option<char>,
    /// Owner, unquoted.
    pub owner: Option<String>,
    /// Dump ids it needs; may repeat, may name ids that are not in the archive.
    pub dependencies: Vec<u32>,
    /// Where its data is, in the custom format.
    pub offset: DataOffset,
    /// The file that its data is in, in the directory and tar formats: without the ending that tells
    /// the codec.
    pub file: Option<String>,
}
