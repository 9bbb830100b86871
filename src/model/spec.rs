//! What a job is asked to do. A spec is a wish; the engine turns it into a plan before it acts.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::conn::Target;
use super::pattern::Pattern;
use super::size::RateLimit;

/// A job of either kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobSpec {
    /// Write an archive.
    Backup(BackupSpec),
    /// Load an archive.
    Restore(RestoreSpec),
}

impl JobSpec {
    /// "backup shop → /b/shop.dump" or "restore shop.dump → staging".
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Backup(spec) => format!("backup {} → {}", spec.database, spec.output.display()),
            Self::Restore(spec) => {
                let archive = spec.archive.file_name().map_or_else(
                    || spec.archive.display().to_string(),
                    |name| name.to_string_lossy().into_owned(),
                );
                format!("restore {archive} → {}", spec.database)
            }
        }
    }
}

/// Compression of the data in an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Codec {
    /// Stored as it is.
    None,
    /// zlib streams.
    Gzip,
    /// LZ4 frames.
    Lz4,
    /// Zstandard frames.
    Zstd,
}

/// A codec with its level; `None` takes the codec's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compression {
    /// The codec.
    pub codec: Codec,
    /// Its level, where it has levels.
    pub level: Option<u8>,
}

impl Default for Compression {
    /// zstd at its default level: the best ratio that still keeps up with the server.
    fn default() -> Self {
        Self { codec: Codec::Zstd, level: None }
    }
}

/// Why a compression was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("compression '{0}' is not known: use none, gzip[:1-9], lz4 or zstd[:1-19]")]
pub struct CompressionError(String);

impl FromStr for Compression {
    type Err = CompressionError;

    fn from_str(text: &str) -> Result<Self, CompressionError> {
        let fail = || CompressionError(text.to_owned());
        // A bare number is gzip's level, 0 is none: as pg_dump's -Z reads it.
        if let Ok(level) = text.parse::<u8>() {
            return match level {
                0 => Ok(Self { codec: Codec::None, level: None }),
                1..=9 => Ok(Self { codec: Codec::Gzip, level: Some(level) }),
                _ => Err(fail()),
            };
        }
        let (name, level) = match text.split_once(':') {
            None => (text, None),
            Some((name, level)) => (name, Some(level.parse::<u8>().map_err(|_| fail())?)),
        };
        let (codec, allowed) = match name {
            "none" => (Codec::None, 0..=0),
            "gzip" => (Codec::Gzip, 1..=9),
            "lz4" => (Codec::Lz4, 0..=0),
            "zstd" => (Codec::Zstd, 1..=19),
            _ => return Err(fail()),
        };
        if level.is_some_and(|n| !allowed.contains(&n)) {
            return Err(fail());
        }
        Ok(Self { codec, level: level.filter(|_| !matches!(codec, Codec::None | Codec::Lz4)) })
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.codec {
            Codec::None => "none",
            Codec::Gzip => "gzip",
            Codec::Lz4 => "lz4",
            Codec::Zstd => "zstd",
        };
        match self.level {
            None => f.pad(name),
            Some(level) => f.pad(&format!("{name}:{level}")),
        }
    }
}

/// Which of the three parts of an archive to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Section {
    /// Definitions that must exist before the rows.
    PreData,
    /// Rows, sequence values, large objects.
    Data,
    /// Indexes, constraints, triggers: what is built over the rows.
    PostData,
}

/// Which parts of the objects to take; all of them unless narrowed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// Rows only.
    pub data_only: bool,
    /// Definitions only.
    pub schema_only: bool,
    /// Only these sections; empty means all.
    pub sections: Vec<Section>,
}

impl Parts {
    /// Whether the section is wanted.
    #[must_use]
    pub fn wants(&self, section: Section) -> bool {
        let by_kind = match section {
            Section::Data => !self.schema_only,
            Section::PreData | Section::PostData => !self.data_only,
        };
        by_kind && (self.sections.is_empty() || self.sections.contains(&section))
    }
}

/// Which objects to take, with pg_dump's meaning of each list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// `-t`: tables, views, sequences; empty means all.
    pub tables: Vec<Pattern>,
    /// `-T`.
    pub exclude_tables: Vec<Pattern>,
    /// `-n`; empty means all.
    pub schemas: Vec<Pattern>,
    /// `-N`.
    pub exclude_schemas: Vec<Pattern>,
    /// `--exclude-table-data`.
    pub exclude_table_data: Vec<Pattern>,
    /// `--where TABLE:PREDICATE`.
    pub filters: Vec<RowFilter>,
    /// Take also the schemas, types, functions and sequences that the selected tables need, so that
    /// the archive can be restored into an empty database.
    pub with_dependencies: bool,
    /// Take also the tables that the selected ones reference by foreign key, transitively.
    pub with_references: bool,
}

impl Selection {
    /// Whether everything in the database is meant (pg_dump's include-everything mode).
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.tables.is_empty() && self.schemas.is_empty()
    }
}

/// A predicate that limits the rows copied from the matching tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowFilter {
    /// The tables it applies to.
    pub table: Pattern,
    /// A SQL condition, put after WHERE.
    pub predicate: String,
}

/// Layout of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum ArchiveFormat {
    /// PostgreSQL's custom format: one file, random access, compressed.
    #[default]
    Custom,
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
    /// The file to make.
    #[serde(with = "crate::model::path")]
    pub output: PathBuf,
    /// Replace the file if it is there.
    pub overwrite: bool,
    /// Connections that copy rows.
    pub jobs: NonZeroUsize,
    /// Limit on bytes read from the server.
    pub rate: RateLimit,
    /// Leave out owners (`--no-owner`).
    pub no_owner: bool,
    /// Leave out grants (`--no-privileges`).
    pub no_privileges: bool,
}

/// A restore from one archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreSpec {
    /// The server.
    pub target: Target,
    /// The archive file.
    #[serde(with = "crate::model::path")]
    pub archive: PathBuf,
    /// The database to restore into.
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
    /// The user agreed to write into a database that holds tables of the same names.
    pub over_existing: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_is_read_as_pg_dump_reads_it() {
        for (text, shown) in [
            ("none", "none"),
            ("0", "none"),
            ("6", "gzip:6"),
            ("gzip", "gzip"),
            ("gzip:9", "gzip:9"),
            ("lz4", "lz4"),
            ("zstd:3", "zstd:3"),
        ] {
            assert_eq!(text.parse::<Compression>().unwrap().to_string(), shown);
        }
        for bad in ["", "gzip:15", "gzip:x", "none:1", "lz4:9", "zstd:0", "brotli", "10"] {
            assert!(bad.parse::<Compression>().is_err(), "{bad}");
        }
    }

    #[test]
    fn parts_narrow_by_kind_and_by_section() {
        let all = Parts::default();
        assert!(all.wants(Section::PreData) && all.wants(Section::Data));
        let data = Parts { data_only: true, ..Parts::default() };
        assert!(data.wants(Section::Data) && !data.wants(Section::PostData));
        let pre = Parts { sections: vec![Section::PreData], ..Parts::default() };
        assert!(pre.wants(Section::PreData) && !pre.wants(Section::Data));
    }
}
