//! Any bytes as the beginning of an archive: no panic, no allocation beyond what the input can fill,
//! and what is read can be written, and read again as the same.

#![no_main]

use std::io::Cursor;

use dbbackup::archive::block::locate_blocks;
use dbbackup::archive::head::{encode_head, read_head};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for bytes in [bytes.to_vec(), [b"PGDMP\x01\x10\x00\x04\x08\x01", bytes].concat()] {
        let Ok(head) = read_head(&mut &bytes[..]) else { continue };
        let _ = locate_blocks(Cursor::new(&bytes), &head);
        // Refused where the entries contradict themselves, which reading lets pass.
        let Ok(written) = encode_head(&head.header, &head.entries) else { continue };
        let again = read_head(&mut &written[..]).expect("what was written is readable");
        assert_eq!((again.header, again.entries), (head.header, head.entries));
    }
});
