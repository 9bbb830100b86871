use proptest::prelude::*;

use super::*;
use crate::archive::toc::{CivilTime, DataOffset};
use crate::error::ErrorKind;
use crate::model::spec::Section;

fn header(version: (u8, u8, u8), codec: Codec) -> Header {
    Header {
        version,
        codec,
        created: CivilTime {
            year: 2026,
            month: 2,
            day: 11,
            hour: 14,
            minute: 2,
            second: 22,
            is_dst: -1,
        },
        database: "shop".into(),
        server_version: "15.18 (Debian)".into(),
        dumper_version: "dbbackup 0.1.0".into(),
    }
}

fn special(id: u32, desc: &str, defn: &str) -> TocEntry {
    TocEntry {
        id,
        desc: desc.into(),
        tag: desc.into(),
        section: Some(Section::PreData),
        defn: Some(defn.into()),
        ..TocEntry::default()
    }
}

fn entries() -> Vec<TocEntry> {
    let table = TocEntry {
        table_oid: 1259,
        oid: 16_390,
        drop_stmt: Some("DROP TABLE public.t;\n".into()),
        namespace: Some("public".into()),
        tablespace: Some(String::new()),
        table_am: Some("heap".into()),
        relkind: Some('r'),
        owner: Some("ann".into()),
        dependencies: vec![7, 7, 4_000_000],
        ..special(215, "TABLE", "CREATE TABLE public.t (a integer);\n")
    };
    let data = TocEntry {
        id: 3401,
        has_data: true,
        oid: 16_390,
        desc: "TABLE DATA".into(),
        tag: "t".into(),
        section: Some(Section::Data),
        defn: None,
        copy_stmt: Some("COPY public.t (a) FROM stdin;\n".into()),
        dependencies: vec![215],
        offset: DataOffset::At(u64::MAX),
        ..table.clone()
    };
    let comment = TocEntry { section: None, ..special(3402, "COMMENT", "COMMENT ON …;\n") };
    vec![
        special(1, "ENCODING", "SET client_encoding = 'UTF8';\n"),
        special(2, "STDSTRINGS", "SET standard_conforming_strings = 'off';\n"),
        special(3, "SEARCHPATH", "SELECT pg_catalog.set_config('search_path', '', false);\n"),
        table,
        data,
        comment,
    ]
}

fn read(mut bytes: &[u8]) -> crate::error::Result<Head> {
    read_head(&mut bytes)
}

#[test]
fn the_first_bytes_are_those_that_pg_dump_writes() {
    let old = encode_head(&header((1, 14, 0), Codec::Gzip), &[]).unwrap();
    assert_eq!(
        old[..21],
        [0x50, 0x47, 0x44, 0x4d, 0x50, 1, 0x0e, 0, 4, 8, 1, 1, 1, 0, 0, 0, 0, 0x16, 0, 0, 0]
    );
    let new = encode_head(&header((1, 16, 0), Codec::Zstd), &[]).unwrap();
    assert_eq!(new[5..14], [1, 0x10, 0, 4, 8, 1, 3, 0, 0x16]);
}

#[test]
fn every_version_keeps_all_that_it_can_hold() {
    for minor in 11..=16 {
        let header = header((1, minor, 0), Codec::Gzip);
        let bytes = encode_head(&header, &entries()).unwrap();
        let head = read(&[&bytes[..], b"data"].concat()).unwrap();
        let mut expected = entries();
        for entry in &mut expected {
            entry.table_am = entry.table_am.take().filter(|_| minor >= 14);
            entry.relkind = entry.relkind.take().filter(|_| minor >= 16);
        }
        assert_eq!((head.header, head.entries), (header, expected));
        assert_eq!(head.data_start, bytes.len() as u64);
        assert_eq!(head.format, DataFormat::new(Codec::Gzip));
    }
}

#[test]
fn the_length_does_not_depend_on_the_places() {
    let header = header((1, 16, 0), Codec::Zstd);
    let mut entries = entries();
    let last = encode_head(&header, &entries).unwrap();
    entries[4].offset = DataOffset::NotSet;
    let first = encode_head(&header, &entries).unwrap();
    assert_eq!(first.len(), last.len());
    assert_ne!(first, last);
}

#[test]
fn the_special_entries_are_understood() {
    let bytes = encode_head(&header((1, 16, 0), Codec::Lz4), &entries()).unwrap();
    let head = read(&bytes).unwrap();
    assert_eq!(head.client_encoding(), Some("UTF8"));
    assert!(!head.standard_conforming_strings());
    assert!(head.search_path_statement().unwrap().contains("set_config('search_path'"));
    assert_eq!(head.entries.iter().filter(|entry| is_special(entry)).count(), 3);
    assert_eq!(head.entry(3401).unwrap().tag, "t");
}

#[test]
fn what_cannot_be_written_is_refused() {
    let new = header((1, 16, 0), Codec::Zstd);
    let refused = |header: &Header, entries: &[TocEntry]| {
        let error = encode_head(header, entries).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        error.to_string()
    };
    assert_eq!(
        refused(&header((1, 14, 0), Codec::Zstd), &[]),
        "an archive of version 1.14 cannot hold Zstd data"
    );
    let data = entries().remove(4);
    assert!(refused(&new, &[data.clone(), data.clone()]).contains("dump id of another entry"));
    let lost = TocEntry { offset: DataOffset::NoData, ..data.clone() };
    assert!(refused(&new, &[lost]).contains("does not tell the same of its data twice"));
    assert!(refused(&new, &[TocEntry { id: 0, ..data }]).contains("has no dump id"));
}

#[test]
fn what_is_not_an_archive_is_named() {
    let mut tar = vec![0_u8; 1024];
    tar[..7].copy_from_slice(b"toc.dat");
    tar[148..156].copy_from_slice(b"        ");
    let sum: u32 = tar.iter().map(|byte| u32::from(*byte)).sum();
    tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let plain = b"--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n";
    let cluster = b"--\n-- PostgreSQL database cluster dump\n--\n";
    for (bytes, what) in [
        (&b""[..], "the file is empty"),
        (b"PGD", "it does not begin with PGDMP"),
        (b"hello world", "it does not begin with PGDMP"),
        (plain, "it is a dump in plain SQL"),
        (cluster, "it is a dump in plain SQL"),
        (&tar, "it is a tar archive"),
        (&[0x1f, 0x8b, 8, 0, 0, 0], "the whole file is compressed with gzip"),
    ] {
        let error = read(bytes).unwrap_err();
        assert_eq!(error.to_string(), format!("this is not an archive: {what}"));
        assert!(error.hint().is_some());
    }
}

#[test]
fn unknown_versions_and_layouts_are_named() {
    let message = |bytes: &[u8]| read(bytes).unwrap_err();
    let newer = message(b"PGDMP\x01\x11\x00\x04\x08\x01");
    assert_eq!(newer.to_string(), "archive version 1.17 is not supported (1.11 to 1.16 are)");
    assert!(newer.hint().unwrap().contains("update dbbackup"));
    assert!(message(b"PGDMP\x01\x0a\x00\x04\x08\x01").hint().unwrap().contains("older"));
    assert!(message(b"PGDMP\x01\x10\x00\x04\x08\x03").to_string().contains("a directory archive"));
    assert!(message(b"PGDMP\x01\x10\x00\x04\x08\x09").to_string().contains("layout 9"));
    assert!(message(b"PGDMP\x01\x10\x00\x00\x08\x01").to_string().contains("impossible"));
}

#[test]
fn a_head_cut_anywhere_is_an_error_that_says_where() {
    let bytes = encode_head(&header((1, 16, 0), Codec::Zstd), &entries()).unwrap();
    for cut in 0..bytes.len() {
        let error = read(&bytes[..cut]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Archive, "cut at {cut}: {error}");
        if cut > 5 {
            assert!(error.to_string().contains("the archive ends inside"), "cut at {cut}: {error}");
        }
    }
    let error = read(&bytes[..bytes.len() - 3]).unwrap_err();
    assert!(error.to_string().starts_with("table of contents, entry 6 of 6: "), "{error}");
}

#[test]
fn a_folder_is_named_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let error = read_head(&mut std::fs::File::open(folder.path()).unwrap()).unwrap_err();
    assert!(error.to_string().starts_with("this is a folder"), "{error}");
}

#[test]
fn a_dump_id_twice_is_damage() {
    let bytes = encode_head(&header((1, 14, 0), Codec::None), &entries()).unwrap();
    // The dump id of STDSTRINGS, its data flag, and the catalog's oid, "0".
    let start = b"\0\x02\0\0\0\0\0\0\0\0\0\x01\0\0\x000";
    let at = bytes.windows(start.len()).position(|window| window == start).unwrap();
    let mut damaged = bytes;
    damaged[at + 1] = 1;
    let error = read(&damaged).unwrap_err();
    assert!(error.to_string().contains("1 is there twice"), "{error}");
}

#[test]
fn names_that_are_not_in_the_encoding_of_the_dump_are_damage() {
    let mut bytes = encode_head(&header((1, 14, 0), Codec::None), &entries()).unwrap();
    let at = bytes.windows(4).position(|window| window == b"heap").unwrap();
    bytes[at] = 0xe9;
    let error = read(&bytes).unwrap_err();
    assert!(error.to_string().contains("the access method at byte"), "{error}");
    assert!(error.to_string().contains("it is not UTF-8"), "{error}");
}

/// The same entries with another encoding announced.
fn in_encoding(name: &str) -> Vec<TocEntry> {
    let mut all = entries();
    all.retain(|entry| entry.desc != "COMMENT");
    all[0] = special(1, "ENCODING", &format!("SET client_encoding = '{name}';\n"));
    all
}

#[test]
fn names_are_written_and_read_in_the_encoding_that_the_first_entry_tells() {
    let mut all = in_encoding("LATIN1");
    all[3].owner = Some("J\u{e4}ger".into());
    let bytes = encode_head(&header((1, 14, 0), Codec::None), &all).unwrap();
    assert!(bytes.windows(5).any(|window| window == b"J\xe4ger"), "a byte a character");
    let head = read(&bytes).unwrap();
    assert_eq!(head.client_encoding(), Some("LATIN1"));
    assert_eq!(head.entries[3].owner.as_deref(), Some("J\u{e4}ger"));
    all[3].owner = Some("\u{2603}".into());
    let error = encode_head(&header((1, 14, 0), Codec::None), &all).unwrap_err();
    assert!(error.to_string().contains("cannot hold it"), "{error}");
    assert!(error.hint().unwrap().contains("--encoding"));
}

#[test]
fn encodings_that_cannot_be_read_and_names_of_none_are_refused_with_a_way_out() {
    let bytes = encode_head(&header((1, 14, 0), Codec::None), &in_encoding("EUC_TW")).unwrap();
    let error = read(&bytes).unwrap_err();
    assert!(error.to_string().contains("definitions in EUC_TW cannot be read"), "{error}");
    assert!(error.hint().unwrap().contains("--encoding=UTF8"));
    let mut bytes =
        encode_head(&header((1, 14, 0), Codec::None), &in_encoding("SQL_ASCII")).unwrap();
    let at = bytes.windows(4).position(|window| window == b"heap").unwrap();
    bytes[at] = 0xe9;
    assert!(read(&bytes).unwrap_err().hint().unwrap().contains("--encoding"));
}

fn any_entry() -> impl Strategy<Value = TocEntry> {
    let text = || proptest::option::of("\\PC{0,20}");
    let section = proptest::sample::select(vec![
        None,
        Some(Section::PreData),
        Some(Section::Data),
        Some(Section::PostData),
    ]);
    let offset = proptest::option::of(proptest::option::of(any::<u64>()));
    let texts = (text(), text(), text(), text(), text());
    let ids = (any::<u32>(), any::<u32>(), proptest::collection::vec(any::<u32>(), 0..5));
    (texts, ids, section, offset, proptest::option::of(proptest::char::range('a', 'z'))).prop_map(
        |(texts, (table_oid, oid, dependencies), section, offset, relkind)| TocEntry {
            id: 0,
            has_data: offset.is_some(),
            table_oid,
            oid,
            tag: texts.0.clone().unwrap_or_default(),
            desc: texts.1.clone().unwrap_or_default(),
            section,
            defn: texts.0,
            drop_stmt: texts.1.clone(),
            copy_stmt: texts.2.clone(),
            namespace: texts.3.clone(),
            tablespace: texts.2,
            table_am: texts.3,
            relkind,
            owner: texts.4,
            dependencies,
            file: None,
            offset: match offset {
                None => DataOffset::NoData,
                Some(None) => DataOffset::NotSet,
                Some(Some(at)) => DataOffset::At(at),
            },
        },
    )
}

proptest! {
    #[test]
    fn any_table_of_contents_comes_back(
        mut entries in proptest::collection::vec(any_entry(), 0..8),
    ) {
        for (entry, id) in entries.iter_mut().zip(1..) {
            entry.id = id;
        }
        let header = header((1, 16, 0), Codec::Lz4);
        let bytes = encode_head(&header, &entries).unwrap();
        let head = read(&bytes).unwrap();
        prop_assert_eq!(head.header, header);
        prop_assert_eq!(head.entries, entries);
    }

    #[test]
    fn random_bytes_never_panic(
        minor in 11_u8..17,
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let _ = read(&bytes);
        let _ = read(&[b"PGDMP\x01", &[minor, 0, 4, 8, 1][..], &bytes].concat());
    }

    #[test]
    fn a_changed_byte_never_panics(place in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = encode_head(&header((1, 16, 0), Codec::Zstd), &entries()).unwrap();
        let at = place.index(bytes.len());
        bytes[at] = byte;
        let _ = read(&bytes);
    }
}

#[test]
fn a_table_of_contents_of_files_keeps_their_names() {
    let mut expected = entries();
    for entry in expected.iter_mut().filter(|entry| entry.has_data) {
        entry.offset = DataOffset::NoData;
        entry.file = Some(format!("{}.dat", entry.id));
    }
    let header = header((1, 16, 0), Codec::Gzip);
    let bytes = encode_toc(&header, &expected).unwrap();
    assert_eq!(bytes[10], 3);
    let head = read_toc(&mut &[&bytes[..], &[0; 9]].concat()[..]).unwrap();
    assert_eq!((head.header, &head.entries), (header.clone(), &expected));
    // Each of the two is told from the other.
    assert!(read(&bytes).unwrap_err().to_string().contains("a directory archive"));
    let custom = encode_head(&header, &entries()).unwrap();
    assert!(read_toc(&mut &custom[..]).unwrap_err().to_string().contains("custom-format archive"));
    assert!(encode_head(&header, &expected).is_err());
    for name in ["../1.dat", "/etc/passwd", ".hidden"] {
        expected.last_mut().unwrap().file = Some(name.into());
        expected.last_mut().unwrap().has_data = true;
        let bytes = encode_toc(&header, &expected).unwrap();
        let error = read_toc(&mut &bytes[..]).unwrap_err();
        assert!(error.chain().contains("is not the name of a file"), "{}", error.chain());
    }
}

#[test]
fn a_version_is_forced_only_where_it_can_hold_the_codec() {
    assert_eq!(check_version(Codec::Gzip, None).unwrap(), (1, 14, 0));
    assert_eq!(check_version(Codec::None, Some(12)).unwrap(), (1, 12, 0));
    assert_eq!(check_version(Codec::Zstd, Some(15)).unwrap(), (1, 15, 0));
    for (codec, minor) in
        [(Codec::Lz4, 14), (Codec::Zstd, 12), (Codec::None, 11), (Codec::Gzip, 17)]
    {
        let error = check_version(codec, Some(minor)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    }
}
