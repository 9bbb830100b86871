use std::io::{self, BufReader, Read};

use proptest::prelude::*;

use super::*;
use crate::archive::block::{BlobsReader, BlockReader, TERMINATOR};
use crate::archive::head::DataFormat;
use crate::archive::primitive::into_error;

const CODECS: [Codec; 4] = [Codec::None, Codec::Gzip, Codec::Lz4, Codec::Zstd];

fn rows(count: usize) -> Vec<u8> {
    (0..count).flat_map(|n| format!("{n}\tcustomer {}\t{}\n", n % 7, n * 31).into_bytes()).collect()
}

/// A block made of these pieces, in this order.
fn block(codec: Codec, pieces: &[&[u8]]) -> Vec<u8> {
    let mut compressor = compressor(codec);
    let mut assembler = BlockAssembler::new(codec, 9);
    let mut out = Vec::new();
    assembler.start(&mut out).unwrap();
    for piece in pieces {
        assembler.add(&compressor.piece(piece).unwrap(), &mut out).unwrap();
    }
    assembler.add(&compressor.piece(TERMINATOR).unwrap(), &mut out).unwrap();
    assembler.finish(&mut out).unwrap();
    out
}

fn compressor(codec: Codec) -> Compressor {
    Compressor::new(Compression { codec, level: None }, Form::Block).unwrap()
}

fn read_block(codec: Codec, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut reader = BlockReader::open(bytes, 0, DataFormat::new(codec), 9)?;
    let mut text = Vec::new();
    reader.read_to_end(&mut text).map_err(into_error)?;
    Ok(text)
}

#[test]
fn pieces_of_every_codec_are_read_back_with_the_terminator() {
    let (first, second) = (rows(4000), rows(90_000));
    for codec in CODECS {
        let bytes = block(codec, &[&first, b"", &second, b"x\n"]);
        let expected = [&first[..], &second, b"x\n", b"\\.\n\n\n"].concat();
        assert!(read_block(codec, &bytes).unwrap() == expected, "{codec:?}");
        assert_eq!(read_block(codec, &block(codec, &[])).unwrap(), b"\\.\n\n\n", "{codec:?}");
    }
}

#[test]
fn random_bytes_of_any_length_pass_every_compressor() {
    // Incompressible bytes make deflate's output larger than its input.
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    })
    .take(3_000_000)
    .collect();
    for codec in CODECS {
        let bytes = block(codec, &[&noise, &noise[..1], &noise[..65_536]]);
        let expected = [&noise[..], &noise[..1], &noise[..65_536], b"\\.\n\n\n"].concat();
        assert!(read_block(codec, &bytes).unwrap() == expected, "{codec:?}");
    }
}

#[test]
fn no_flipped_bit_in_compressed_rows_gives_other_rows() {
    // Hexadecimal digits are mostly literals, where a flip leaves a stream that decodes.
    let rows: Vec<u8> = (0_u32..20)
        .flat_map(|n| format!("{n}\t{:08x}\n", n.wrapping_mul(2_654_435_761)).into_bytes())
        .collect();
    for codec in [Codec::Gzip, Codec::Lz4, Codec::Zstd] {
        let bytes = block(codec, &[&rows, &rows]);
        let expected = [&rows[..], &rows, b"\\.\n\n\n"].concat();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            // A block cut at a chunk lacks the mark that every reader of rows looks for.
            if let Ok(read) = read_block(codec, &damaged)
                && read.ends_with(b"\\.\n\n\n")
            {
                assert!(read == expected, "{codec:?}: a flip in byte {at} gives other rows");
            }
        }
    }
}

#[test]
fn levels_change_the_size() {
    let rows = rows(50_000);
    for (codec, low, high) in [(Codec::Gzip, 1, 9), (Codec::Zstd, 1, 15)] {
        let size = |level| {
            let compression = Compression { codec, level: Some(level) };
            Compressor::new(compression, Form::Block)
                .unwrap()
                .piece(&rows)
                .unwrap()
                .compressed_len()
        };
        assert!(size(high) < size(low), "{codec:?}");
    }
}

#[test]
fn a_piece_of_another_codec_is_refused() {
    let piece = Piece::stored(b"1\n".to_vec(), Form::Block);
    let mut out = Vec::new();
    let error = BlockAssembler::new(Codec::Zstd, 9).add(&piece, &mut out).unwrap_err();
    assert_eq!(error.to_string(), "None rows for a Block cannot be put into a Zstd block");
    let piece = Piece::stored(b"1\n".to_vec(), Form::File);
    assert!(BlockAssembler::new(Codec::None, 9).add(&piece, &mut out).is_err());
    assert!(out.is_empty());
}

fn decode(codec: Codec, stream: &[u8]) -> io::Result<Vec<u8>> {
    // A small buffer makes every decoder meet its input in many parts.
    let mut decoder = Decoder::new(codec, BufReader::with_capacity(7, stream))?;
    let mut text = Vec::new();
    decoder.read_to_end(&mut text)?;
    Ok(text)
}

fn stream(codec: Codec, raw: &[u8]) -> Vec<u8> {
    match codec {
        Codec::None => raw.to_vec(),
        Codec::Gzip => {
            let mut encoder =
                flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(raw).unwrap();
            encoder.finish().unwrap()
        }
        Codec::Lz4 => {
            // As PostgreSQL writes it: linked blocks of 64 KiB.
            let info =
                FrameInfo::new().block_mode(BlockMode::Linked).block_size(BlockSize::Max64KB);
            let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
            encoder.write_all(raw).unwrap();
            encoder.finish().unwrap()
        }
        Codec::Zstd => zstd::encode_all(raw, 3).unwrap(),
    }
}

#[test]
fn a_stream_cut_anywhere_is_an_error() {
    let raw = rows(60);
    for codec in [Codec::Gzip, Codec::Lz4, Codec::Zstd] {
        let whole = stream(codec, &raw);
        assert_eq!(decode(codec, &whole).unwrap(), raw, "{codec:?}");
        for cut in 1..whole.len() {
            assert!(decode(codec, &whole[..cut]).is_err(), "{codec:?} cut at {cut}");
        }
        assert_eq!(decode(codec, b"").unwrap(), b"", "{codec:?}: an empty object has no stream");
    }
}

#[test]
fn bytes_after_a_stream_are_an_error() {
    for codec in [Codec::Gzip, Codec::Lz4, Codec::Zstd] {
        for tail in [&b"x"[..], b"rubbish that is long enough to be a header"] {
            let bytes = [stream(codec, &rows(60)), tail.to_vec()].concat();
            assert!(decode(codec, &bytes).is_err(), "{codec:?}");
        }
    }
    let two = [stream(Codec::Gzip, b"a\n"), stream(Codec::Gzip, b"b\n")].concat();
    assert!(decode(Codec::Gzip, &two).is_err(), "a second zlib stream is not part of the first");
}

#[test]
fn frames_of_different_kinds_may_follow_each_other() {
    let big = rows(20_000);
    for codec in [Codec::Lz4, Codec::Zstd] {
        let mut compressor = compressor(codec);
        let bytes = [
            stream(codec, b"small\n"),
            compressor.piece(&big).unwrap().bytes,
            stream(codec, &big),
            stream(codec, b""),
            compressor.piece(b"last\n").unwrap().bytes,
        ]
        .concat();
        let expected = [b"small\n", &big[..], &big, b"last\n"].concat();
        assert!(decode(codec, &bytes).unwrap() == expected, "{codec:?}");
    }
}

#[test]
fn damage_in_a_zlib_stream_is_found() {
    let raw = rows(500);
    let whole = block(Codec::Gzip, &[&raw]);
    let mut wrong_sum = whole.clone();
    let last = wrong_sum.len() - 6;
    wrong_sum[last] ^= 1;
    let error = read_block(Codec::Gzip, &wrong_sum).unwrap_err();
    assert!(error.to_string().starts_with("data block of entry 9: damaged before byte"), "{error}");
    assert!(read_block(Codec::Gzip, &whole).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_in_any_pieces_come_back(
        pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..3000), 0..6),
        codec in proptest::sample::select(&CODECS),
    ) {
        let slices: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        let mut expected = pieces.concat();
        expected.extend_from_slice(b"\\.\n\n\n");
        prop_assert_eq!(read_block(codec, &block(codec, &slices)).unwrap(), expected);
    }

    #[test]
    fn random_streams_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..2000),
        codec in proptest::sample::select(&CODECS),
        magic in any::<bool>(),
    ) {
        let start: &[u8] = match (magic, codec) {
            (true, Codec::Gzip) => &[0x78, 0x9c],
            (true, Codec::Lz4) => &[0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82],
            (true, Codec::Zstd) => &[0x28, 0xb5, 0x2f, 0xfd],
            _ => &[],
        };
        let _ = decode(codec, &[start, &bytes].concat());
    }

    #[test]
    fn changed_streams_never_panic(
        codec in proptest::sample::select(&CODECS),
        place in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = stream(codec, &rows(3000));
        let at = place.index(bytes.len());
        bytes[at] = byte;
        let _ = decode(codec, &bytes);
    }
}

#[test]
fn large_objects_of_one_block_come_back_with_their_oids() {
    let long = rows(90_000);
    for codec in CODECS {
        let mut compressor = compressor(codec);
        let mut assembler = ObjectsAssembler::new(codec, 9);
        let mut out = Vec::new();
        assembler.start(&mut out).unwrap();
        for (oid, pieces) in
            [(5001, vec![&long[..], b"x"]), (4_000_000_000, vec![]), (5003, vec![b"abc"])]
        {
            assembler.begin(oid, &mut out).unwrap();
            for piece in pieces {
                assembler.add(&compressor.piece(piece).unwrap(), &mut out).unwrap();
            }
        }
        assembler.finish(&mut out).unwrap();
        let mut reader = BlobsReader::open(&out[..], 0, DataFormat::new(codec), 9).unwrap();
        let mut found = Vec::new();
        while let Some(oid) = reader.next_object().unwrap() {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).unwrap();
            found.push((oid, bytes));
        }
        let first = [&long[..], b"x"].concat();
        assert!(
            found == [(5001, first), (4_000_000_000, vec![]), (5003, b"abc".to_vec())],
            "{codec:?}"
        );
    }
}

#[test]
fn bytes_without_a_large_object_are_refused() {
    let piece = Piece::stored(b"1".to_vec(), Form::Block);
    assert!(ObjectsAssembler::new(Codec::None, 9).add(&piece, &mut Vec::new()).is_err());
}
