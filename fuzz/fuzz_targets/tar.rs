//! Any bytes as a tar file: no panic, and the index and the reader in passing find the same members.

#![no_main]

use std::io::Cursor;

use dbbackup::archive::tar::{TarReader, index};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut passing = TarReader::new(bytes);
    let mut passed = Vec::new();
    let whole = loop {
        match passing.next_member() {
            Ok(Some(member)) => passed.push(member),
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    match index(Cursor::new(bytes)) {
        Ok(found) => assert!(found == passed || !whole),
        Err(_) => assert!(!whole),
    }
});
