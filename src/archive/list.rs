//! The list of an archive's entries as `pg_restore -l` prints it, and the edited list as `-L` takes
//! it.

use std::collections::HashMap;
use std::path::PathBuf;

use super::head::Head;
use super::toc::TocEntry;
use crate::error::{Error, Result};
use crate::model::archive::{ArchiveListing, EntryInfo};
use crate::model::spec::{ArchiveFormat, Compression};

/// The list as text: a comment that describes the archive, then a line for each of `selected`.
pub fn write_list<'a>(
    listing: &ArchiveListing,
    selected: impl IntoIterator<Item = &'a EntryInfo>,
) -> String {
    let lines = selected.into_iter().map(line);
    std::iter::once(describe(listing)).chain(lines).collect()
}

fn describe(listing: &ArchiveListing) -> String {
    if listing.format == ArchiveFormat::Plain {
        return describe_script(listing);
    }
    format!(
        ";\n; Archive created at {}\n\
         ;     dbname: {}\n\
         ;     TOC Entries: {}\n\
         ;     Compression: {}\n\
         ;     Dump Version: {}-0\n\
         ;     Format: {}\n\
         ;     Integer: {} bytes\n\
         ;     Offset: {} bytes\n\
         ;     Dumped from database version: {}\n\
         ;     Dumped by pg_dump version: {}\n\
         ;\n;\n; Selected TOC Entries:\n;\n",
        listing.created,
        one_line(&listing.database),
        listing.entries.len(),
        Compression { codec: listing.codec, level: None },
        listing.version,
        listing.format.word().to_uppercase(),
        listing.integer_bytes,
        listing.offset_bytes,
        one_line(&listing.server_version),
        one_line(&listing.dumper_version),
    )
}

/// A script tells neither when it was made nor of which database.
fn describe_script(listing: &ArchiveListing) -> String {
    format!(
        ";\n; Script in plain SQL\n\
         ;     TOC Entries: {}\n\
         ;     Compression: {}\n\
         ;     Format: PLAIN\n\
         ;     Dumped from database version: {}\n\
         ;     Dumped by pg_dump version: {}\n\
         ;\n;\n; Selected TOC Entries:\n;\n",
        listing.entries.len(),
        Compression { codec: listing.codec, level: None },
        one_line(&listing.server_version),
        one_line(&listing.dumper_version),
    )
}

fn line(entry: &EntryInfo) -> String {
    let namespace = if entry.namespace.is_empty() { "-" } else { &entry.namespace };
    format!(
        "{}; {} {} {} {} {} {}\n",
        entry.id,
        entry.table_oid,
        entry.oid,
        entry.desc,
        one_line(namespace),
        one_line(&entry.tag),
        one_line(&entry.owner)
    )
}

/// A name must not look like a line of its own.
fn one_line(name: &str) -> String {
    name.replace(['\n', '\r'], " ")
}

/// Reads an edited list: the dump ids in the order in which they are to be restored. What follows a
/// `;` is a comment. Where pg_restore warns and passes over a line, this refuses: an object would be
/// missing.
pub fn read_use_list(text: &str) -> Result<Vec<u32>> {
    let mut ids = Vec::new();
    let mut seen = HashMap::new();
    for (line, number) in text.lines().zip(1_usize..) {
        let wanted = line.split(';').next().unwrap_or_default().trim();
        if wanted.is_empty() {
            continue;
        }
        let word = wanted.split_whitespace().next().unwrap_or_default();
        let id = word.parse::<u32>().ok().filter(|id| *id > 0).ok_or_else(|| {
            Error::usage(format!("line {number} of the list: '{word}' is not an entry's number"))
                .with_hint("a line begins with a number as `dbbackup list` prints it, or with ;")
        })?;
        if let Some(first) = seen.insert(id, number) {
            let text = format!("line {number} of the list: entry {id} is in line {first} already");
            return Err(Error::usage(text).with_hint("take one of the two lines out"));
        }
        ids.push(id);
    }
    Ok(ids)
}

/// The archive as the fronts show it; `bytes` tells the size of an entry's data by its dump id.
pub fn listing(
    head: &Head,
    (path, format, length): (PathBuf, ArchiveFormat, u64),
    bytes: impl Fn(u32) -> Option<u64>,
) -> ArchiveListing {
    let header = &head.header;
    ArchiveListing {
        path,
        format,
        bytes: length,
        version: format!("{}.{}", header.version.0, header.version.1),
        codec: header.codec,
        created: header.created.to_string(),
        database: header.database.clone(),
        server_version: header.server_version.clone(),
        dumper_version: header.dumper_version.clone(),
        encoding: head.client_encoding().unwrap_or_default().to_owned(),
        integer_bytes: head.format.widths.int,
        offset_bytes: head.format.widths.offset,
        chosen: None,
        opaque: None,
        entries: head.entries.iter().map(|entry| entry_info(entry, bytes(entry.id))).collect(),
    }
}

/// One entry as the fronts show it.
pub fn entry_info(entry: &TocEntry, data_bytes: Option<u64>) -> EntryInfo {
    EntryInfo {
        id: entry.id,
        table_oid: entry.table_oid,
        oid: entry.oid,
        desc: entry.desc.clone(),
        namespace: entry.namespace.clone().unwrap_or_default(),
        tag: entry.tag.clone(),
        owner: entry.owner.clone().unwrap_or_default(),
        section: entry.section,
        has_data: entry.has_data,
        data_bytes: data_bytes.filter(|_| entry.has_data),
        dependencies: entry.dependencies.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::head::DataFormat;
    use crate::archive::toc::{CivilTime, DataOffset, Header};
    use crate::model::spec::Codec;

    fn entry(id: u32, desc: &str, tag: &str) -> TocEntry {
        TocEntry { id, desc: desc.into(), tag: tag.into(), ..TocEntry::default() }
    }

    fn head() -> Head {
        let table = TocEntry {
            table_oid: 1259,
            oid: 16390,
            namespace: Some("public".into()),
            owner: Some("ann".into()),
            ..entry(215, "TABLE", "a\nb")
        };
        let data = TocEntry {
            has_data: true,
            offset: DataOffset::At(700),
            ..entry(3401, "TABLE DATA", "orders")
        };
        Head {
            header: Header {
                version: (1, 14, 0),
                codec: Codec::Gzip,
                created: CivilTime {
                    year: 2026,
                    month: 2,
                    day: 11,
                    hour: 9,
                    ..CivilTime::default()
                },
                database: "shop".into(),
                server_version: "15.18".into(),
                dumper_version: "dbbackup".into(),
            },
            entries: vec![table, data],
            data_start: 700,
            format: DataFormat::new(Codec::Gzip),
            warnings: Vec::new(),
        }
    }

    fn file(path: &str) -> (PathBuf, ArchiveFormat, u64) {
        (path.into(), ArchiveFormat::Custom, 1000)
    }

    fn written() -> String {
        let listing = listing(&head(), file("/b/shop.dump"), |_| None);
        write_list(&listing, &listing.entries)
    }

    #[test]
    fn the_list_describes_the_archive_and_names_each_entry_in_one_line() {
        let text = written();
        assert!(
            text.starts_with(";\n; Archive created at 2026-02-11 09:00:00\n;     dbname: shop\n")
        );
        assert!(text.contains(";     Compression: gzip\n;     Dump Version: 1.14-0\n"));
        assert!(text.contains(";     Integer: 4 bytes\n;     Offset: 8 bytes\n"));
        assert!(text.ends_with(
            "\n;\n215; 1259 16390 TABLE public a b ann\n3401; 0 0 TABLE DATA - orders \n"
        ));
    }

    #[test]
    fn the_list_of_a_script_says_only_what_a_script_tells() {
        let file = (PathBuf::from("a.sql"), ArchiveFormat::Plain, 10);
        let listing = listing(&head(), file, |_| None);
        let text = write_list(&listing, &listing.entries);
        assert!(text.starts_with(";\n; Script in plain SQL\n;     TOC Entries: 2\n"), "{text}");
        assert!(!text.contains("Dump Version") && !text.contains("created"), "{text}");
        assert_eq!(read_use_list(&text).unwrap(), [215, 3401]);
    }

    #[test]
    fn the_list_is_read_back_as_it_was_written() {
        assert_eq!(read_use_list(&written()).unwrap(), [215, 3401]);
    }

    #[test]
    fn an_edited_list_keeps_its_order_and_its_comments_out() {
        let text = "; all\n\n  7 ; 0 0 TABLE\n;5; 0 0 TABLE\r\n3\n";
        assert_eq!(read_use_list(text).unwrap(), [7, 3]);
    }

    #[test]
    fn a_bad_line_is_named_by_number() {
        let error = read_use_list("1; x\nTABLE x\n").unwrap_err();
        assert_eq!(error.to_string(), "line 2 of the list: 'TABLE' is not an entry's number");
        let error = read_use_list("1;\n\n1;\n").unwrap_err();
        assert_eq!(error.to_string(), "line 3 of the list: entry 1 is in line 1 already");
        assert!(read_use_list("0;").is_err());
        assert!(read_use_list("-4;").is_err());
    }

    #[test]
    fn the_listing_tells_the_size_of_data_where_the_archive_does() {
        let listing = listing(&head(), file("shop.dump"), |id| (id == 3401).then_some(300));
        let sizes: Vec<Option<u64>> =
            listing.entries.iter().map(|entry| entry.data_bytes).collect();
        assert_eq!(sizes, [None, Some(300)]);
        assert_eq!(
            (listing.version.as_str(), listing.created.as_str()),
            ("1.14", "2026-02-11 09:00:00")
        );
    }
}
