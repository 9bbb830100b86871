//! Reading: one pass, from a reader that need not seek.

use std::collections::HashSet;
use std::io::{self, Read};

use super::detect::not_an_archive;
use super::{DataFormat, Head, Places};
use crate::archive::encoding::Encoding;
use crate::archive::primitive::{MAX_WIDTH, Source, Widths, damaged};
use crate::archive::toc::{CivilTime, Header, TocEntry};
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::{Codec, Section};

const OLDEST_MINOR: u8 = 11;
const NEWEST_MINOR: u8 = 16;

/// Reads header and table of contents from the beginning of a custom-format archive. Reads byte by
/// byte: hand it a buffered reader. It leaves the reader at the first data block.
pub fn read_head(reader: &mut impl Read) -> Result<Head> {
    read(reader, Places::Offsets)
}

/// Reads a `toc.dat`, from a buffered reader. What follows the table of contents is not looked at.
pub fn read_toc(reader: &mut impl Read) -> Result<Head> {
    read(reader, Places::Files)
}

fn read(reader: &mut impl Read, places: Places) -> Result<Head> {
    let mut source = Source::new(reader, 0, Widths::default());
    let version = read_version(&mut source)?;
    let widths = read_widths(&mut source)?;
    source.set_widths(widths);
    check_layout(source.byte("the header's format")?, places)?;
    let minor = version.1;
    let header = Header {
        version,
        codec: read_codec(&mut source, minor)?,
        created: read_time(&mut source)?,
        database: source.text("the header's database name", Encoding::Latin1)?.unwrap_or_default(),
        server_version: read_words(&mut source, "the header's server version")?,
        dumper_version: read_words(&mut source, "the header's dumper version")?,
    };
    let mut reader =
        TocReader { source, minor, places, encoding: Encoding::Utf8, other_text: false };
    let (entries, warnings) = reader.entries()?;
    let format = DataFormat { codec: header.codec, widths };
    let data_start = reader.source.position();
    let mut head = Head { header, entries, data_start, format, warnings };
    head.header.database = database_name(&head.header.database, reader.encoding);
    Ok(head)
}

/// What programs say of themselves: shown, never sent.
fn read_words<R: Read>(source: &mut Source<&mut R>, field: &str) -> Result<String> {
    let bytes = source.bytes(field)?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The name was read byte by byte, as its encoding was not known yet: it is in UTF-8, as the user
/// typed it, or in the encoding of the dump.
fn database_name(name: &str, encoding: Encoding) -> String {
    let bytes = Encoding::Latin1.encode(name).map(std::borrow::Cow::into_owned).unwrap_or_default();
    let read = Encoding::Utf8.decode(bytes.clone()).or_else(|_| encoding.decode(bytes));
    read.unwrap_or_else(|_| name.to_owned())
}

fn read_version<R: Read>(source: &mut Source<&mut R>) -> Result<(u8, u8, u8)> {
    read_magic(source)?;
    let version: [u8; 3] = source.array("the header's version")?;
    match version {
        [1, OLDEST_MINOR..=NEWEST_MINOR, _] => Ok(version.into()),
        [1, minor, _] if minor < OLDEST_MINOR => Err(unsupported(
            1,
            minor,
            "it is older than PostgreSQL 8.4: restore it with a pg_restore of its time",
        )),
        [major, minor, _] => {
            Err(unsupported(major, minor, "it is newer than this program: update dbbackup"))
        }
    }
}

fn unsupported(major: u8, minor: u8, hint: &str) -> Error {
    let text = format!("archive version {major}.{minor} is not supported (1.11 to 1.16 are)");
    Error::new(ErrorKind::Archive, text).with_hint(hint)
}

/// Reads the magic by hand: a file that is too short for it is not a truncated archive.
fn read_magic<R: Read>(source: &mut Source<&mut R>) -> Result<()> {
    let mut start = Vec::new();
    for expected in *b"PGDMP" {
        match source.byte("the magic") {
            Ok(byte) => start.push(byte),
            Err(error) if error.kind() == ErrorKind::Archive => {
                return Err(not_an_archive(&start, io::empty()));
            }
            Err(error) => return Err(explain_folder(error)),
        }
        if start.last() != Some(&expected) {
            return Err(not_an_archive(&start, source.rest()));
        }
    }
    Ok(())
}

/// A folder can be opened, but not read.
fn explain_folder(error: Error) -> Error {
    let cause = std::error::Error::source(&error).and_then(|e| e.downcast_ref::<io::Error>());
    if cause.is_some_and(|cause| cause.kind() == io::ErrorKind::IsADirectory) {
        Error::new(ErrorKind::Archive, "this is a folder, not a file")
            .with_hint("a directory archive is a folder with a file toc.dat in it")
    } else {
        error
    }
}

fn read_widths<R: Read>(source: &mut Source<&mut R>) -> Result<Widths> {
    let at = source.position();
    let [int, offset] = source.array("the header's widths")?;
    if [int, offset].iter().all(|width| (1..=MAX_WIDTH).contains(&usize::from(*width))) {
        Ok(Widths { int, offset })
    } else {
        Err(damaged("the header's widths", at, &format!("{int} and {offset} bytes are impossible")))
    }
}

fn check_layout(layout: u8, expected: Places) -> Result<()> {
    match (layout, expected) {
        (layout, expected) if layout == expected.code() => Ok(()),
        (1, Places::Files) => Err(Error::new(
            ErrorKind::Archive,
            "this is a custom-format archive, not the table of contents of a directory or tar archive",
        )),
        (3, Places::Offsets) => Err(Error::new(
            ErrorKind::Archive,
            "this is the table of contents of a directory archive, not a whole archive",
        )
        .with_hint("name the folder that it is in")),
        (other, _) => Err(Error::new(
            ErrorKind::Archive,
            format!("archive layout {other} is not known; 1, the custom format, is"),
        )),
    }
}

fn read_codec<R: Read>(source: &mut Source<&mut R>, minor: u8) -> Result<Codec> {
    const FIELD: &str = "the header's compression";
    if minor < 15 {
        let level = source.int(FIELD)?;
        return Ok(if level == 0 { Codec::None } else { Codec::Gzip });
    }
    match source.byte(FIELD)? {
        0 => Ok(Codec::None),
        1 => Ok(Codec::Gzip),
        2 => Ok(Codec::Lz4),
        3 => Ok(Codec::Zstd),
        other => Err(damaged(FIELD, source.position() - 1, &format!("{other} is not known"))),
    }
}

fn read_time<R: Read>(source: &mut Source<&mut R>) -> Result<CivilTime> {
    let mut next = || source.int("the header's time");
    let (second, minute, hour, day) = (next()?, next()?, next()?, next()?);
    let month = next()?.saturating_add(1);
    let year = next()?.saturating_add(1900);
    Ok(CivilTime { year, month, day, hour, minute, second, is_dst: next()? })
}

/// Reads an entry of version 1.16 in UTF-8, with the file of its data.
pub(super) fn read_entry(reader: &mut impl Read) -> Result<TocEntry> {
    let source = Source::new(reader, 0, Widths::default());
    let (minor, places, encoding) = (16, Places::Files, Encoding::Utf8);
    let (entry, _) = TocReader { source, minor, places, encoding, other_text: false }.entry()?;
    Ok(entry)
}

/// Reads entries, each text in the encoding that the first of them tells.
struct TocReader<'r, R> {
    source: Source<&'r mut R>,
    minor: u8,
    places: Places,
    encoding: Encoding,
    /// Whether text was read that another encoding would have read otherwise.
    other_text: bool,
}

impl<R: Read> TocReader<'_, R> {
    fn entries(&mut self) -> Result<(Vec<TocEntry>, Vec<String>)> {
        let at = self.source.position();
        let count = self.source.int("the number of entries")?;
        if count < 0 {
            return Err(damaged("the number of entries", at, "it is negative"));
        }
        let (mut entries, mut warnings, mut ids) = (Vec::new(), Vec::new(), HashSet::new());
        for number in 1..=count {
            let place = |error: Error| {
                error.while_doing(format_args!("table of contents, entry {number} of {count}"))
            };
            let begun = self.source.position();
            let (entry, with_oids) = self.entry().map_err(place)?;
            if !ids.insert(entry.id) {
                let why = format!("{} is there twice", entry.id);
                return Err(place(damaged("the dump id", begun, &why)));
            }
            if with_oids {
                warnings.push(format!(
                    "table {} had OIDs, which servers no longer know: it is made without them",
                    entry.tag
                ));
            }
            self.note_encoding(&entry).map_err(place)?;
            entries.push(entry);
        }
        Ok((entries, warnings))
    }

    fn note_encoding(&mut self, entry: &TocEntry) -> Result<()> {
        const HINT: &str = "dump again with pg_dump --encoding=UTF8";
        if entry.desc != "ENCODING" {
            return Ok(());
        }
        let Some(name) = super::quoted(entry.defn.as_deref().unwrap_or_default()) else {
            return Ok(());
        };
        let Some(encoding) = Encoding::by_name(name) else {
            let text = format!("definitions in {name} cannot be read");
            return Err(Error::new(ErrorKind::Archive, text).with_hint(HINT));
        };
        if self.other_text && encoding != self.encoding {
            let text = "names stand before the entry that tells their encoding";
            return Err(Error::new(ErrorKind::Archive, text).with_hint(HINT));
        }
        self.encoding = encoding;
        Ok(())
    }

    /// The entry, and whether it is a table WITH OIDS.
    fn entry(&mut self) -> Result<(TocEntry, bool)> {
        let mut entry = TocEntry {
            id: self.id()?,
            has_data: self.source.int("the data flag")? != 0,
            table_oid: self.oid("the catalog's oid")?,
            oid: self.oid("the object's oid")?,
            tag: self.text("the tag")?.unwrap_or_default(),
            desc: self.text("the type")?.unwrap_or_default(),
            section: self.section()?,
            defn: self.text("the definition")?,
            drop_stmt: self.text("the drop statement")?,
            copy_stmt: self.text("the COPY statement")?,
            namespace: self.text("the schema")?,
            tablespace: self.text("the tablespace")?,
            ..TocEntry::default()
        };
        if self.minor >= 14 {
            entry.table_am = self.text("the access method")?;
        }
        if self.minor >= 16 {
            entry.relkind = self.relkind()?;
        }
        entry.owner = self.text("the owner")?;
        let with_oids = self.text("the OIDs flag")?.as_deref() == Some("true");
        entry.dependencies = self.dependencies()?;
        match self.places {
            Places::Offsets => entry.offset = self.source.offset("the data's position")?,
            Places::Files => entry.file = self.file()?,
        }
        Ok((entry, with_oids))
    }

    fn text(&mut self, field: &str) -> Result<Option<String>> {
        let text = self.source.text(field, self.encoding)?;
        self.other_text |= text.as_ref().is_some_and(|text| !text.is_ascii());
        Ok(text)
    }

    /// The name of a file beside the table of contents, never one elsewhere.
    fn file(&mut self) -> Result<Option<String>> {
        const FIELD: &str = "the data's file";
        let at = self.source.position();
        let name = self.text(FIELD)?.filter(|name| !name.is_empty());
        match name {
            Some(name) if name.contains(['/', '\0']) || name.starts_with('.') => Err(damaged(
                FIELD,
                at,
                &format!("{name:?} is not the name of a file in the archive"),
            )),
            name => Ok(name),
        }
    }

    fn id(&mut self) -> Result<u32> {
        let at = self.source.position();
        let id = self.source.int("the dump id")?;
        match u32::try_from(id) {
            Ok(id) if id > 0 => Ok(id),
            _ => Err(damaged("the dump id", at, &format!("{id} is not positive"))),
        }
    }

    fn oid(&mut self, field: &str) -> Result<u32> {
        let at = self.source.position();
        let text = self.text(field)?.unwrap_or_default();
        text.parse().map_err(|_| damaged(field, at, &format!("'{text}' is not a number")))
    }

    fn section(&mut self) -> Result<Option<Section>> {
        let at = self.source.position();
        match self.source.int("the section")? {
            1 => Ok(None),
            2 => Ok(Some(Section::PreData)),
            3 => Ok(Some(Section::Data)),
            4 => Ok(Some(Section::PostData)),
            other => Err(damaged("the section", at, &format!("{other} is not known"))),
        }
    }

    fn relkind(&mut self) -> Result<Option<char>> {
        let at = self.source.position();
        let code = self.source.int("the relation kind")?;
        match u8::try_from(code) {
            Ok(0) => Ok(None),
            Ok(code) if code.is_ascii_graphic() => Ok(Some(char::from(code))),
            _ => Err(damaged("the relation kind", at, &format!("{code} is not a letter"))),
        }
    }

    fn dependencies(&mut self) -> Result<Vec<u32>> {
        const FIELD: &str = "a dependency";
        let mut ids = Vec::new();
        loop {
            let at = self.source.position();
            let Some(text) = self.text(FIELD)? else { return Ok(ids) };
            let id = text.parse();
            ids.push(id.map_err(|_| damaged(FIELD, at, &format!("'{text}' is not an id")))?);
        }
    }
}
