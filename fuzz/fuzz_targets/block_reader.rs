//! Any bytes as a data block, in every codec: no panic, and memory that does not follow the lengths
//! in the block. The first byte chooses the codec and the kind of block.

#![no_main]

use std::io::{self, Read};

use dbbackup::archive::block::{BlobsReader, BlockReader};
use dbbackup::archive::copy_text::CopyText;
use dbbackup::archive::head::DataFormat;
use dbbackup::model::spec::Codec;
use libfuzzer_sys::fuzz_target;

const CODECS: [Codec; 4] = [Codec::None, Codec::Gzip, Codec::Lz4, Codec::Zstd];
/// A small input may decompress to very much, which is right but slow.
const ENOUGH: u64 = 4 << 20;

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, payload)) = bytes.split_first() else { return };
    let format = DataFormat::new(CODECS[usize::from(choice & 3)]);
    let as_chunk = choice & 4 != 0;
    let rows = block(1, payload, as_chunk);
    if let Ok(reader) = BlockReader::open(&rows[..], 0, format, 7) {
        let mut text = CopyText::new(reader).take(ENOUGH);
        let _ = io::copy(&mut text, &mut io::sink());
    }
    let objects = block(3, payload, as_chunk);
    if let Ok(mut reader) = BlobsReader::open(&objects[..], 0, format, 7) {
        // What is left of an object is passed over by `next_object`.
        while let Ok(Some(_)) = reader.next_object() {
            let _ = io::copy(&mut (&mut reader).take(ENOUGH), &mut io::sink());
        }
    }
});

/// The payload as the block's own chunks, or as one whole chunk that reaches the decoder.
fn block(kind: u8, payload: &[u8], as_chunk: bool) -> Vec<u8> {
    let mut block = vec![kind, 0, 7, 0, 0, 0];
    if !as_chunk {
        block.extend_from_slice(payload);
        return block;
    }
    if kind == 3 {
        block.extend_from_slice(&[0, 9, 0, 0, 0]);
    }
    block.push(0);
    block.extend_from_slice(&u32::try_from(payload.len()).unwrap_or(0).to_le_bytes());
    block.extend_from_slice(payload);
    block.extend_from_slice(&[0; 10]);
    block
}
