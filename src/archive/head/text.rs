//! The encoding that an archive's text is written in: everything else here speaks UTF-8.

use std::borrow::Cow;

use crate::archive::encoding::Encoding;
use crate::archive::toc::TocEntry;
use crate::error::{Error, Result};

/// Brings text into the encoding of an archive.
#[derive(Debug, Clone)]
pub struct TextWriter {
    name: String,
    table: Option<Encoding>,
}

impl TextWriter {
    /// For the archive with these entries, the one that names the encoding among them.
    pub fn of(entries: &[TocEntry]) -> Self {
        let entry = entries.iter().find(|entry| entry.desc == "ENCODING");
        let name = entry.and_then(|entry| super::quoted(entry.defn.as_deref()?)).unwrap_or("UTF8");
        Self { name: name.to_owned(), table: Encoding::by_name(name) }
    }

    /// The bytes of a text.
    pub fn encode<'a>(&self, text: &'a str) -> Result<Cow<'a, [u8]>> {
        if text.is_ascii() {
            return Ok(Cow::Borrowed(text.as_bytes()));
        }
        let Some(table) = self.table else {
            return Err(refused(text, &format!("text in {} cannot be written", self.name)));
        };
        table.encode(text).map_err(|error| refused(text, &error.to_string()))
    }
}

fn refused(text: &str, why: &str) -> Error {
    /// Enough to find the place.
    const SHOWN: usize = 60;

    let at = text.find(|c: char| !c.is_ascii()).unwrap_or_default();
    let from = text.floor_char_boundary(at.saturating_sub(SHOWN / 2));
    let shown: String =
        text.chars().skip(text.get(..from).map_or(0, |t| t.chars().count())).take(SHOWN).collect();
    Error::usage(format!("{shown:?}: {why}"))
        .with_hint("leave out --encoding, or name one that has all characters of the database")
}
