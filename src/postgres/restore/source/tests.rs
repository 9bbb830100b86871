use std::io::Write;

use super::*;
use crate::archive::compress::{BlockAssembler, Compressor, Form};
use crate::archive::directory::rows_file;
use crate::archive::head::{encode_head, encode_toc};
use crate::archive::tar::{END, encode_header, padding};
use crate::archive::toc::{CivilTime, Header};
use crate::model::spec::Compression;

const ROWS: usize = 300_000;

fn header(codec: Codec) -> Header {
    Header {
        version: (1, 16, 0),
        codec,
        created: CivilTime::default(),
        database: "shop".into(),
        server_version: "17".into(),
        dumper_version: "17".into(),
    }
}

fn entries() -> Vec<TocEntry> {
    let entry = |id: u32| TocEntry {
        id,
        has_data: true,
        desc: "TABLE DATA".into(),
        tag: format!("t{id}"),
        ..TocEntry::default()
    };
    (1..=4).map(entry).collect()
}

fn rows(id: u32) -> Vec<u8> {
    format!("{id}\n").repeat(ROWS).into_bytes()
}

/// The same four tables in every layout, uncompressed.
pub(super) fn archives(folder: &Path) -> [PathBuf; 3] {
    let header = header(Codec::None);
    let custom = folder.join("custom");
    let mut blocks = Vec::new();
    let mut entries = entries();
    let head = encode_head(&header, &with_places(&entries, |_| 0)).unwrap().len() as u64;
    let mut starts = Vec::new();
    for entry in &entries {
        starts.push(head + blocks.len() as u64);
        let mut compressor =
            Compressor::new(Compression { codec: Codec::None, level: None }, Form::Block).unwrap();
        let mut assembler = BlockAssembler::new(Codec::None, entry.id);
        assembler.start(&mut blocks).unwrap();
        assembler.add(&compressor.piece(&rows(entry.id)).unwrap(), &mut blocks).unwrap();
        assembler.finish(&mut blocks).unwrap();
    }
    let placed = with_places(&entries, |at| starts[at]);
    let bytes = [encode_head(&header, &placed).unwrap(), blocks].concat();
    std::fs::write(&custom, bytes).unwrap();

    for entry in &mut entries {
        entry.file = Some(rows_file(entry.id));
    }
    let directory = folder.join("directory");
    std::fs::create_dir(&directory).unwrap();
    let toc = encode_toc(&header, &entries).unwrap();
    std::fs::write(directory.join("toc.dat"), &toc).unwrap();
    let tar = folder.join("tar");
    let mut file = std::fs::File::create(&tar).unwrap();
    let mut put = |name: &str, bytes: &[u8]| {
        let size = bytes.len() as u64;
        file.write_all(&encode_header(name, size, 0).unwrap()).unwrap();
        file.write_all(bytes).unwrap();
        file.write_all(padding(size)).unwrap();
    };
    put("toc.dat", &toc);
    for entry in &entries {
        put(&rows_file(entry.id), &rows(entry.id));
        std::fs::write(directory.join(rows_file(entry.id)), rows(entry.id)).unwrap();
    }
    file.write_all(&END).unwrap();
    [custom, directory, tar]
}

fn with_places(entries: &[TocEntry], place: impl Fn(usize) -> u64) -> Vec<TocEntry> {
    let placed = |(at, entry): (usize, &TocEntry)| TocEntry {
        offset: DataOffset::At(place(at)),
        ..entry.clone()
    };
    entries.iter().enumerate().map(placed).collect()
}

#[test]
fn one_table_is_read_without_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    for archive in archives(folder.path()) {
        let source = Source::open(&archive).unwrap();
        let before = source.bytes_read();
        assert!(before < 300 << 10, "{archive:?}: {before}");
        let entry = &source.head.entries[2];
        let mut found = Vec::new();
        source.rows(entry).unwrap().read_to_end(&mut found).unwrap();
        assert!(found == rows(3), "{archive:?}");
        let read = source.bytes_read() - before;
        let own = rows(3).len() as u64;
        assert!(read >= own && read < own + (600 << 10), "{archive:?}: {read} for {own}");
    }
}

#[test]
fn a_pipe_gives_each_entry_in_its_turn_and_keeps_what_comes_too_early() {
    let folder = tempfile::tempdir().unwrap();
    let [custom, _, tar] = archives(folder.path());
    for (kind, path) in [(Kind::Custom, custom), (Kind::Tar, tar)] {
        let bytes = Bytes::new(std::fs::File::open(&path).unwrap());
        let source = Source::of_pipe(&path, kind, bytes).unwrap();
        source.expect(&HashSet::from([1, 3, 4]));
        let read = |at: usize| {
            let mut found = Vec::new();
            source.rows(&source.head.entries[at]).unwrap().read_to_end(&mut found).unwrap();
            found
        };
        // The second is not expected: it is forgotten. The first is kept while the third is read.
        assert!(read(2) == rows(3));
        assert_eq!(source.take_notices().len(), 1);
        assert!(read(0) == rows(1));
        assert!(read(3) == rows(4));
        assert!(source.take_notices().is_empty());
        assert!(source.rows(&source.head.entries[1]).is_err());
    }
}

#[test]
fn a_reader_dropped_in_the_middle_leaves_the_next_entry_readable() {
    let folder = tempfile::tempdir().unwrap();
    let [custom, _, tar] = archives(folder.path());
    for (kind, path) in [(Kind::Custom, custom), (Kind::Tar, tar)] {
        let bytes = Bytes::new(std::fs::File::open(&path).unwrap());
        let source = Source::of_pipe(&path, kind, bytes).unwrap();
        let mut first = source.rows(&source.head.entries[0]).unwrap();
        first.read_exact(&mut [0; 1000]).unwrap();
        assert!(source.rows(&source.head.entries[1]).is_err(), "lent to somebody else");
        drop(first);
        let mut found = Vec::new();
        source.rows(&source.head.entries[1]).unwrap().read_to_end(&mut found).unwrap();
        assert!(found == rows(2));
    }
}

#[test]
fn waiting_for_a_pipe_ends_when_nobody_waits_for_it_any_more() {
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    let give_up = CancellationToken::new();
    give_up.cancel();
    let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&reader));
    let error = Opened::open(Path::new(&path), &give_up).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    drop(writer);
}
