//! Compression as a wish: codec and level, read as pg_dump's `-Z` reads it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ArchiveFormat;

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

impl Compression {
    /// What a layout gets unless told: a script is for reading, and tar files hold plain members.
    #[must_use]
    pub fn default_for(format: ArchiveFormat) -> Self {
        match format {
            ArchiveFormat::Custom | ArchiveFormat::Directory => Self::default(),
            ArchiveFormat::Tar | ArchiveFormat::Plain => Self { codec: Codec::None, level: None },
        }
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
            Some((name, level)) => {
                let level = level.strip_prefix("level=").unwrap_or(level);
                (name, Some(level.parse::<u8>().map_err(|_| fail())?))
            }
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
            ("gzip:level=9", "gzip:9"),
            ("lz4", "lz4"),
            ("zstd:3", "zstd:3"),
        ] {
            assert_eq!(text.parse::<Compression>().unwrap().to_string(), shown);
        }
        for bad in ["", "gzip:15", "gzip:x", "none:1", "lz4:9", "zstd:0", "brotli", "10"] {
            assert!(bad.parse::<Compression>().is_err(), "{bad}");
        }
    }
}
