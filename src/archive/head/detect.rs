//! What a file is that is not a custom-format archive: the error says it, and what to do.

use std::io::Read;

use crate::error::{Error, ErrorKind};

const TAR_HEADER: usize = 512;

/// The error for a file that begins with `start` and goes on in `rest`.
pub(super) fn not_an_archive(start: &[u8], rest: impl Read) -> Error {
    let mut bytes = start.to_vec();
    // Whatever cannot be read does not help to tell what it is.
    let _ = rest.take((TAR_HEADER - start.len()) as u64).read_to_end(&mut bytes);
    let (what, hint) = describe(&bytes);
    Error::new(ErrorKind::Archive, format!("this is not a custom-format archive: {what}"))
        .with_hint(hint)
}

fn describe(bytes: &[u8]) -> (&'static str, &'static str) {
    const CUSTOM_ONLY: &str = "this version reads custom-format archives only (pg_dump -Fc)";
    if bytes.is_empty() {
        ("the file is empty", "the backup that should have written it failed: take another copy")
    } else if is_sql_dump(bytes) {
        ("it is a dump in plain SQL", "run it with psql -f FILE DATABASE")
    } else if is_tar(bytes) {
        ("it is a tar archive", CUSTOM_ONLY)
    } else if let Some(tool) = compressed_by(bytes) {
        (tool, "decompress the file first")
    } else {
        ("it does not begin with PGDMP", "check that the right file was named")
    }
}

fn is_sql_dump(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.trim_start().starts_with("--\n-- PostgreSQL database")
        || text.trim_start().starts_with("--\r\n-- PostgreSQL database")
}

fn compressed_by(bytes: &[u8]) -> Option<&'static str> {
    let begins = |magic: &[u8]| bytes.starts_with(magic);
    if begins(&[0x1f, 0x8b]) {
        Some("the whole file is compressed with gzip")
    } else if begins(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Some("the whole file is compressed with zstd")
    } else if begins(&[0x04, 0x22, 0x4d, 0x18]) {
        Some("the whole file is compressed with lz4")
    } else if begins(&[0xfd, b'7', b'z', b'X', b'Z']) {
        Some("the whole file is compressed with xz")
    } else {
        None
    }
}

/// Whether the checksum of a tar header is right: old tar files have no magic.
fn is_tar(bytes: &[u8]) -> bool {
    let (Some(header), Some(stored)) = (bytes.get(..TAR_HEADER), bytes.get(148..156)) else {
        return false;
    };
    let digits: String = stored.iter().map(|byte| char::from(*byte)).collect();
    let Ok(stored) = u32::from_str_radix(digits.trim_matches([' ', '\0']), 8) else { return false };
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    let field: u32 = header.iter().skip(148).take(8).map(|byte| u32::from(*byte)).sum();
    // The checksum is taken with its own field as eight blanks.
    sum - field + 8 * 32 == stored
}
