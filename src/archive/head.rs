//! Header and table of contents: the beginning of a custom-format archive, and all of the `toc.dat`
//! of a directory or tar archive. The two differ in a byte of the header, and in what an entry says
//! of its data last: its position, or its file.

mod detect;
mod pack;
mod read;
mod text;
mod write;

#[cfg(test)]
mod tests;

pub use detect::{Kind, START, kind_of};
pub use pack::PackedEntries;
pub use read::{read_head, read_toc};
pub use text::TextWriter;
pub use write::{
    Contents, check_version, default_version, encode_head, encode_toc, write_head, write_toc,
};

use super::encoding::Encoding;
use super::primitive::Widths;
use super::toc::{Header, TocEntry};
use crate::model::spec::Codec;

/// What stands in front of an archive's data.
#[derive(Debug, Clone)]
pub struct Head {
    /// Version, codec, time and origin.
    pub header: Header,
    /// The table of contents in archive order, the special entries at its beginning included.
    pub entries: Vec<TocEntry>,
    /// Where the data blocks begin.
    pub data_start: u64,
    /// How the data blocks are to be read.
    pub format: DataFormat,
    /// What was read but cannot be honoured, for the user.
    pub warnings: Vec<String>,
}

/// Where an entry's data is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Places {
    /// In the same file, at a position.
    Offsets,
    /// In a file of its own.
    Files,
}

impl Places {
    /// The header's byte for it.
    fn code(self) -> u8 {
        match self {
            Self::Offsets => 1,
            Self::Files => 3,
        }
    }
}

/// How data blocks are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataFormat {
    /// Codec of the data.
    pub codec: Codec,
    /// Widths of numbers.
    pub widths: Widths,
}

impl DataFormat {
    /// How blocks are written now.
    pub fn new(codec: Codec) -> Self {
        Self { codec, widths: Widths::default() }
    }
}

impl Head {
    /// The encoding of definitions and rows, such as `UTF8`; `None` when the archive does not tell.
    pub fn client_encoding(&self) -> Option<&str> {
        self.special("ENCODING").and_then(quoted)
    }

    /// The same, as what decodes text.
    pub fn encoding(&self) -> Encoding {
        self.client_encoding().and_then(Encoding::by_name).unwrap_or(Encoding::Utf8)
    }

    /// Whether string literals in definitions follow the standard; on where the archive does not
    /// tell, as every archive of a supported server says so.
    pub fn standard_conforming_strings(&self) -> bool {
        self.special("STDSTRINGS").and_then(quoted).is_none_or(|value| value == "on")
    }

    /// The statement that sets the `search_path` that the definitions rely on.
    pub fn search_path_statement(&self) -> Option<&str> {
        self.special("SEARCHPATH")
    }

    /// The entry with this dump id.
    pub fn entry(&self, id: u32) -> Option<&TocEntry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    fn special(&self, desc: &str) -> Option<&str> {
        self.entries.iter().find(|entry| entry.desc == desc)?.defn.as_deref()
    }
}

/// Whether an entry only tells how to read the others and is never restored itself.
pub fn is_special(entry: &TocEntry) -> bool {
    matches!(entry.desc.as_str(), "ENCODING" | "STDSTRINGS" | "SEARCHPATH")
}

/// What stands between the first two single quotes.
fn quoted(statement: &str) -> Option<&str> {
    let (_, rest) = statement.split_once('\'')?;
    rest.split_once('\'').map(|(value, _)| value)
}
