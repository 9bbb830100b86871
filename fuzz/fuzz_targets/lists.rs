//! Any text as an edited list of entries: no panic, and ids that are positive and never repeat.

#![no_main]

use std::collections::HashSet;

use dbbackup::archive::list::read_use_list;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(ids) = read_use_list(text) {
        let distinct: HashSet<u32> = ids.iter().copied().collect();
        assert_eq!(distinct.len(), ids.len());
        assert!(!distinct.contains(&0));
    }
});
