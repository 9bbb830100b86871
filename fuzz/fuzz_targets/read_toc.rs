//! Any bytes as the `toc.dat` of a directory or tar archive, as a list of large objects, and as a file
//! in every codec: no panic, no allocation beyond what the input can fill; what is read can be
//! written, and read again as the same.

#![no_main]

use std::io::{self, Read};

use dbbackup::archive::directory::{CODECS, FileReader, read_objects};
use dbbackup::archive::head::{encode_toc, read_toc};
use libfuzzer_sys::fuzz_target;

/// A small input may decompress to very much, which is right but slow.
const ENOUGH: u64 = 4 << 20;

fuzz_target!(|bytes: &[u8]| {
    let _ = read_objects(bytes);
    for codec in CODECS {
        if let Ok(reader) = FileReader::open(bytes, codec, "1.dat") {
            let _ = io::copy(&mut reader.take(ENOUGH), &mut io::sink());
        }
    }
    for bytes in [bytes.to_vec(), [b"PGDMP\x01\x10\x00\x04\x08\x03", bytes].concat()] {
        let Ok(head) = read_toc(&mut &bytes[..]) else { continue };
        // Refused where the entries contradict themselves, which reading lets pass.
        let Ok(written) = encode_toc(&head.header, &head.entries) else { continue };
        let again = read_toc(&mut &written[..]).expect("what was written is readable");
        assert_eq!((again.header, again.entries), (head.header, head.entries));
    }
});
