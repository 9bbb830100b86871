use std::io::{Cursor, Read, Write};

use proptest::prelude::*;

use super::*;
use crate::archive::compress::{BlockAssembler, Compressor, Form};
use crate::archive::head::{DataFormat, Head, encode_head, read_head};
use crate::archive::primitive::{into_error, put_int};
use crate::archive::toc::{CivilTime, DataOffset, Header, TocEntry};
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::{Codec, Compression};

const CODECS: [Codec; 4] = [Codec::None, Codec::Gzip, Codec::Lz4, Codec::Zstd];

fn rows_block(codec: Codec, dump_id: u32, rows: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(Compression { codec, level: None }, Form::Block).unwrap();
    let mut assembler = BlockAssembler::new(codec, dump_id);
    let mut out = Vec::new();
    assembler.start(&mut out).unwrap();
    for piece in rows.chunks(100) {
        assembler.add(&compressor.piece(piece).unwrap(), &mut out).unwrap();
    }
    assembler.add(&compressor.piece(TERMINATOR).unwrap(), &mut out).unwrap();
    assembler.finish(&mut out).unwrap();
    out
}

fn compressed(codec: Codec, raw: &[u8]) -> Vec<u8> {
    match codec {
        Codec::Gzip => {
            let mut encoder =
                flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(raw).unwrap();
            encoder.finish().unwrap()
        }
        Codec::Zstd => zstd::encode_all(raw, 1).unwrap(),
        Codec::None | Codec::Lz4 => raw.to_vec(),
    }
}

fn blobs_block(codec: Codec, dump_id: i32, objects: &[(i32, &[u8])]) -> Vec<u8> {
    let mut out = vec![BLOBS_BLOCK];
    put_int(&mut out, dump_id);
    for (oid, data) in objects {
        put_int(&mut out, *oid);
        let stream = if data.is_empty() { Vec::new() } else { compressed(codec, data) };
        // Small chunks: a stream is cut anywhere.
        for chunk in stream.chunks(5) {
            put_int(&mut out, i32::try_from(chunk.len()).unwrap());
            out.extend_from_slice(chunk);
        }
        put_int(&mut out, 0);
    }
    put_int(&mut out, 0);
    out
}

fn read_rows(codec: Codec, bytes: &[u8], dump_id: u32) -> Result<Vec<u8>> {
    let mut reader = BlockReader::open(bytes, 1000, DataFormat::new(codec), dump_id)?;
    let mut rows = Vec::new();
    reader.read_to_end(&mut rows).map_err(into_error)?;
    Ok(rows)
}

fn read_blobs(codec: Codec, bytes: &[u8]) -> Result<Vec<(u32, Vec<u8>)>> {
    let mut reader = BlobsReader::open(bytes, 1000, DataFormat::new(codec), 12)?;
    let mut objects = Vec::new();
    while let Some(oid) = reader.next_object()? {
        let mut data = Vec::new();
        reader.read_to_end(&mut data).map_err(into_error)?;
        objects.push((oid, data));
    }
    Ok(objects)
}

#[test]
fn a_block_of_rows_has_the_bytes_of_the_format() {
    let block = rows_block(Codec::None, 9, b"1\n");
    let start = b"\x01\0\x09\0\0\0";
    let chunks = [&b"\0\x02\0\0\0"[..], b"1\n", b"\0\x05\0\0\0", b"\\.\n\n\n"].concat();
    assert_eq!(block, [&start[..], &chunks, b"\0\0\0\0\0"].concat());
}

#[test]
fn a_block_cut_anywhere_is_an_error_that_names_entry_and_place() {
    for codec in CODECS {
        let block = rows_block(codec, 9, &b"some\trow\n".repeat(40));
        for cut in 0..block.len() {
            let error = read_rows(codec, &block[..cut], 9).unwrap_err();
            let text = error.to_string();
            assert_eq!(error.kind(), ErrorKind::Archive, "{codec:?} cut at {cut}: {text}");
            assert!(text.starts_with("data block of entry 9: the archive ends inside"), "{text}");
            assert!(text.ends_with(&format!("at byte {}", 1000 + cut)), "cut at {cut}: {text}");
        }
        let rubbish = [&block[..], b"\x07 what follows a block is not read"].concat();
        assert!(read_rows(codec, &rubbish, 9).is_ok());
    }
}

#[test]
fn a_block_of_another_entry_or_kind_is_refused() {
    let rows = rows_block(Codec::Zstd, 9, b"1\n");
    let message = |error: Error| error.to_string();
    assert_eq!(
        read_rows(Codec::Zstd, &rows, 8).map_err(message),
        Err("data block of entry 8: the block at byte 1000 is damaged: it belongs to entry 9"
            .into())
    );
    let blobs = blobs_block(Codec::Zstd, 9, &[]);
    let error = read_rows(Codec::Zstd, &blobs, 9).map_err(message).unwrap_err();
    assert!(error.ends_with("holds large objects where rows were expected"), "{error}");
    let error = read_rows(Codec::Zstd, b"\x02\0\x09\0\0\0", 9).map_err(message).unwrap_err();
    assert!(error.contains("kind at byte 1000 is damaged: 2 is not known"), "{error}");
}

#[test]
fn a_negative_chunk_length_is_damage() {
    let mut block = rows_block(Codec::None, 9, b"1\n");
    block[6] = 1;
    let error = read_rows(Codec::None, &block, 9).unwrap_err().to_string();
    assert!(error.contains("a chunk's length at byte 1006 is damaged: it is negative"), "{error}");
}

#[test]
fn large_objects_come_as_oid_and_bytes() {
    let large = b"binary \0\xff".repeat(5000);
    let objects: [(i32, &[u8]); 4] =
        [(16_401, b"first"), (16_402, b""), (16_403, &large), (7, b"x")];
    for codec in [Codec::None, Codec::Gzip, Codec::Zstd] {
        let block = blobs_block(codec, 12, &objects);
        let read = read_blobs(codec, &block).unwrap();
        let expected: Vec<(u32, Vec<u8>)> =
            objects.iter().map(|(oid, data)| (oid.unsigned_abs(), data.to_vec())).collect();
        assert!(read == expected, "{codec:?}");
    }
}

#[test]
fn large_objects_that_are_not_read_are_passed_over_and_still_checked() {
    let block = blobs_block(Codec::Zstd, 12, &[(5, &[7; 900]), (6, b"y")]);
    let oids = |bytes: &[u8]| -> Result<Vec<u32>> {
        let mut reader = BlobsReader::open(bytes, 0, DataFormat::new(Codec::Zstd), 12)?;
        std::iter::from_fn(|| reader.next_object().transpose()).take(10).collect()
    };
    assert_eq!(oids(&block).unwrap(), [5, 6]);
    let mut damaged = block;
    damaged[16] ^= 0xff;
    let error = oids(&damaged).unwrap_err().to_string();
    assert!(error.starts_with("large object 5 in the block of entry 12: damaged"), "{error}");
}

#[test]
fn large_objects_cut_anywhere_are_an_error() {
    for codec in [Codec::None, Codec::Gzip, Codec::Zstd] {
        let block = blobs_block(codec, 12, &[(5, b"0123456789"), (6, b""), (7, b"z")]);
        for cut in 0..block.len() {
            assert!(read_blobs(codec, &block[..cut]).is_err(), "{codec:?} cut at {cut}");
        }
    }
}

fn entry(id: u32, offset: DataOffset) -> TocEntry {
    TocEntry {
        id,
        has_data: offset != DataOffset::NoData,
        desc: "TABLE DATA".into(),
        tag: format!("t{id}"),
        offset,
        ..TocEntry::default()
    }
}

/// An archive as it is written to a pipe.
fn piped(blocks: &[Vec<u8>], entries: &[TocEntry]) -> (Head, Vec<u8>) {
    let header = Header {
        version: (1, 16, 0),
        codec: Codec::Zstd,
        created: CivilTime { year: 2026, month: 1, day: 1, ..CivilTime::default() },
        database: "shop".into(),
        server_version: "17.2".into(),
        dumper_version: "dbbackup".into(),
    };
    let mut bytes = encode_head(&header, entries).unwrap();
    let head = read_head(&mut &bytes[..]).unwrap();
    bytes.extend(blocks.concat());
    (head, bytes)
}

#[test]
fn blocks_are_found_where_the_entries_do_not_tell() {
    let blocks = [
        rows_block(Codec::Zstd, 21, &b"abc\n".repeat(50_000)),
        blobs_block(Codec::Zstd, 22, &[(5, b"0123456789"), (6, b"")]),
        rows_block(Codec::Zstd, 20, b""),
    ];
    let mut entries = vec![
        entry(20, DataOffset::NotSet),
        entry(21, DataOffset::NotSet),
        entry(22, DataOffset::NotSet),
        entry(23, DataOffset::NoData),
    ];
    let (head, bytes) = piped(&blocks, &entries);
    let places = locate_blocks(Cursor::new(&bytes), &head).unwrap();
    let found: Vec<(u32, bool)> = places.iter().map(|at| (at.dump_id, at.is_blobs)).collect();
    assert_eq!(found, [(21, false), (22, true), (20, false)]);
    assert_eq!(places[0].start, head.data_start);
    assert_eq!(places[2].end, bytes.len() as u64);

    place_entries(&mut entries, &places).unwrap();
    assert_eq!(entries[1].offset, DataOffset::At(head.data_start));
    assert_eq!(entries[3].offset, DataOffset::NoData);
    let sizes = data_bytes(&entries, bytes.len() as u64);
    assert_eq!(sizes[&21], blocks[0].len() as u64);
    assert_eq!(sizes[&22], blocks[1].len() as u64);
    assert_eq!(sizes[&20], blocks[2].len() as u64);
    assert!(!sizes.contains_key(&23));
}

#[test]
fn a_missing_or_cut_block_is_not_passed_over() {
    let mut entries = vec![entry(20, DataOffset::NotSet), entry(21, DataOffset::NotSet)];
    let blocks = [rows_block(Codec::Zstd, 20, b"1\n"), rows_block(Codec::Zstd, 21, b"2\n")];
    let (head, bytes) = piped(&blocks, &entries);
    let between = usize::try_from(head.data_start).unwrap() + blocks[0].len();
    for cut in usize::try_from(head.data_start).unwrap()..bytes.len() {
        let result = locate_blocks(Cursor::new(&bytes[..cut]), &head)
            .and_then(|places| place_entries(&mut entries.clone(), &places));
        assert!(result.is_err(), "cut at {cut}");
    }
    let places = locate_blocks(Cursor::new(&bytes[..between]), &head).unwrap();
    let error = place_entries(&mut entries, &places).unwrap_err();
    assert_eq!(error.to_string(), "the data of TABLE DATA t21 (21) is not there");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn random_blocks_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        codec in proptest::sample::select(&CODECS),
        kind in proptest::sample::select(&[ROWS_BLOCK, BLOBS_BLOCK]),
    ) {
        let mut block = vec![kind];
        put_int(&mut block, 12);
        block.extend(&bytes);
        let _ = read_rows(codec, &block, 12);
        let _ = read_blobs(codec, &block);
        let (head, mut archive) = piped(&[block], &[]);
        let _ = locate_blocks(Cursor::new(&archive), &head);
        archive.truncate(archive.len() - 1);
        let _ = locate_blocks(Cursor::new(&archive), &head);
    }

    #[test]
    fn a_changed_byte_never_panics(
        codec in proptest::sample::select(&CODECS),
        place in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut block = rows_block(codec, 9, &b"some\trow\n".repeat(200));
        let at = place.index(block.len());
        block[at] = byte;
        let _ = read_rows(codec, &block, 9);
    }
}
