//! Writing. The length does not depend on where the data lies, so that a writer can put the head
//! down first with places not set, append the data, and put the final head over the first one.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Places, TextWriter};
use crate::archive::primitive::{Widths, int_of, put_bytes, put_int, put_offset};
use crate::archive::toc::{DataOffset, Header, TocEntry};
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::{Codec, Compression, Section};

/// Minor numbers of the versions that can be written.
const OLDEST_WRITTEN: u8 = 12;
const NEWEST_WRITTEN: u8 = 16;

/// The version to write for a codec: the oldest that can hold it, which the most releases of
/// pg_restore read.
pub fn default_version(codec: Codec) -> (u8, u8, u8) {
    match codec {
        Codec::None | Codec::Gzip => (1, 14, 0),
        Codec::Lz4 | Codec::Zstd => (1, 16, 0),
    }
}

/// The version with this minor number, or the default one; refused where it cannot hold the codec.
pub fn check_version(codec: Codec, forced: Option<u8>) -> Result<(u8, u8, u8)> {
    let Some(minor) = forced else { return Ok(default_version(codec)) };
    let oldest = match codec {
        Codec::None | Codec::Gzip => OLDEST_WRITTEN,
        Codec::Lz4 | Codec::Zstd => 15,
    };
    match minor {
        minor if !(OLDEST_WRITTEN..=NEWEST_WRITTEN).contains(&minor) => Err(Error::usage(format!(
            "archives of version 1.{minor} cannot be written: 1.{OLDEST_WRITTEN} to \
             1.{NEWEST_WRITTEN} can"
        ))),
        minor if minor < oldest => Err(Error::usage(format!(
            "an archive of version 1.{minor} cannot hold rows compressed with {}",
            Compression { codec, level: None }
        ))
        .with_hint("choose gzip or none as the compression, or version 15 or 16")),
        minor => Ok((1, minor, 0)),
    }
}

/// The beginning of a custom-format archive: header and table of contents.
pub fn encode_head(header: &Header, entries: &[TocEntry]) -> Result<Vec<u8>> {
    encode(header, entries, Places::Offsets)
}

/// The `toc.dat` of a directory or tar archive.
pub fn encode_toc(header: &Header, entries: &[TocEntry]) -> Result<Vec<u8>> {
    encode(header, entries, Places::Files)
}

/// What the beginning of an archive is written from.
#[derive(Debug, Clone, Copy)]
pub struct Contents<'a> {
    /// The header.
    pub header: &'a Header,
    /// The encoding of the text.
    pub text: &'a TextWriter,
    /// How many entries come.
    pub count: usize,
}

/// As [`encode_head`], of many entries that come one by one; the bytes go out in pieces.
pub fn write_head(
    contents: Contents<'_>,
    entries: impl Iterator<Item = Result<TocEntry>>,
    out: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    write(contents, Places::Offsets, entries.map(|entry| entry.map(Cow::Owned)), out)
}

/// As [`encode_toc`], of many entries that come one by one; the bytes go out in pieces.
pub fn write_toc(
    contents: Contents<'_>,
    entries: impl Iterator<Item = Result<TocEntry>>,
    out: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    write(contents, Places::Files, entries.map(|entry| entry.map(Cow::Owned)), out)
}

fn encode(header: &Header, entries: &[TocEntry], places: Places) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let contents = Contents { header, text: &TextWriter::of(entries), count: entries.len() };
    let keep = |piece: &[u8]| {
        bytes.extend_from_slice(piece);
        Ok(())
    };
    write(contents, places, entries.iter().map(|entry| Ok(Cow::Borrowed(entry))), keep)?;
    Ok(bytes)
}

/// Bytes that are gathered before they go out.
const PIECE: usize = 256 << 10;

fn write<'e>(
    Contents { header, text, count }: Contents<'_>,
    places: Places,
    entries: impl Iterator<Item = Result<Cow<'e, TocEntry>>>,
    mut out: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let (_, minor, _) = header.version;
    let mut bytes = start(header, text, places, count)?;
    let mut ids = HashSet::new();
    for entry in entries {
        let entry = entry?;
        check_entry(&entry, &mut ids, places)?;
        put_entry(&mut bytes, &entry, text, (minor, places)).map_err(|error| {
            error.while_doing(format_args!("writing the entry of {} {}", entry.desc, entry.tag))
        })?;
        if bytes.len() >= PIECE {
            out(&bytes)?;
            bytes.clear();
        }
    }
    out(&bytes)?;
    if ids.len() == count {
        return Ok(());
    }
    let text = format!("{} entries came where {count} were announced", ids.len());
    Err(Error::new(ErrorKind::Internal, text))
}

/// Everything before the entries.
fn start(header: &Header, text: &TextWriter, places: Places, count: usize) -> Result<Vec<u8>> {
    let (major, minor, revision) = header.version;
    let mut out = b"PGDMP".to_vec();
    let widths = Widths::default();
    out.extend_from_slice(&[major, minor, revision, widths.int, widths.offset, places.code()]);
    put_codec(&mut out, header)?;
    put_time(&mut out, header);
    put(&mut out, text, Some(&header.database), "the database name")?;
    put(&mut out, text, Some(&header.server_version), "the server version")?;
    put(&mut out, text, Some(&header.dumper_version), "the dumper version")?;
    put_int(&mut out, int_of(count, "the number of entries")?);
    Ok(out)
}

fn put_codec(out: &mut Vec<u8>, header: &Header) -> Result<()> {
    let (_, minor, _) = header.version;
    match (minor, header.codec) {
        // A level: 0 is none, -1 is the default of zlib.
        (11..=14, Codec::None) => put_int(out, 0),
        (11..=14, Codec::Gzip) => put_int(out, -1),
        (15..=16, codec) => out.push(match codec {
            Codec::None => 0,
            Codec::Gzip => 1,
            Codec::Lz4 => 2,
            Codec::Zstd => 3,
        }),
        (minor, codec) => {
            let text = format!("an archive of version 1.{minor} cannot hold {codec:?} data");
            return Err(Error::new(ErrorKind::Internal, text));
        }
    }
    Ok(())
}

fn put_time(out: &mut Vec<u8>, header: &Header) {
    let time = header.created;
    let (month, year) = (time.month - 1, time.year - 1900);
    for part in [time.second, time.minute, time.hour, time.day, month, year, time.is_dst] {
        put_int(out, part);
    }
}

fn check_entry(entry: &TocEntry, ids: &mut HashSet<u32>, places: Places) -> Result<()> {
    let has_place = match places {
        Places::Offsets => entry.offset != DataOffset::NoData,
        Places::Files => entry.file.is_some(),
    };
    let problem = if entry.id == 0 {
        "has no dump id"
    } else if !ids.insert(entry.id) {
        "has the dump id of another entry"
    } else if entry.has_data != has_place {
        // pg_restore would skip such rows without a word.
        "does not tell the same of its data twice"
    } else {
        return Ok(());
    };
    let text = format!("the entry of {} {} ({}) {problem}", entry.desc, entry.tag, entry.id);
    Err(Error::new(ErrorKind::Internal, text))
}

pub(super) fn put_entry(
    out: &mut Vec<u8>,
    entry: &TocEntry,
    text: &TextWriter,
    (minor, places): (u8, Places),
) -> Result<()> {
    put_int(out, int_of(entry.id, "the dump id")?);
    put_int(out, i32::from(entry.has_data));
    put(out, text, Some(&entry.table_oid.to_string()), "the catalog's oid")?;
    put(out, text, Some(&entry.oid.to_string()), "the object's oid")?;
    put(out, text, Some(&entry.tag), "the tag")?;
    put(out, text, Some(&entry.desc), "the type")?;
    put_int(out, section_code(entry.section));
    put(out, text, entry.defn.as_deref(), "the definition")?;
    put(out, text, entry.drop_stmt.as_deref(), "the drop statement")?;
    put(out, text, entry.copy_stmt.as_deref(), "the COPY statement")?;
    put(out, text, entry.namespace.as_deref(), "the schema")?;
    put(out, text, entry.tablespace.as_deref(), "the tablespace")?;
    if minor >= 14 {
        put(out, text, entry.table_am.as_deref(), "the access method")?;
    }
    if minor >= 16 {
        put_int(out, int_of(entry.relkind.map_or(0, u32::from), "the relation kind")?);
    }
    put(out, text, entry.owner.as_deref(), "the owner")?;
    // Tables WITH OIDS, which no supported server has.
    put(out, text, Some("false"), "the OIDs flag")?;
    for id in &entry.dependencies {
        put(out, text, Some(&id.to_string()), "a dependency")?;
    }
    put(out, text, None, "the end of the dependencies")?;
    match places {
        Places::Offsets => put_offset(out, entry.offset),
        Places::Files => {
            put(out, text, Some(entry.file.as_deref().unwrap_or_default()), "the file")?;
        }
    }
    Ok(())
}

/// Appends a Str in the archive's encoding.
fn put(out: &mut Vec<u8>, writer: &TextWriter, text: Option<&str>, field: &str) -> Result<()> {
    let bytes = text.map(|text| writer.encode(text)).transpose()?;
    put_bytes(out, bytes.as_deref(), field)
}

fn section_code(section: Option<Section>) -> i32 {
    match section {
        None => 1,
        Some(Section::PreData) => 2,
        Some(Section::Data) => 3,
        Some(Section::PostData) => 4,
    }
}
