//! What a file is, and what to do with one that is no archive.

use std::io::Read;

use crate::archive::tar;
use crate::error::{Error, ErrorKind};
use crate::model::spec::Codec;

/// Bytes that tell what a file is.
pub const START: usize = 512;

/// What a file is, from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An archive in the custom format, or the table of contents of the directory format.
    Custom,
    /// A tar archive.
    Tar,
    /// A script in plain SQL.
    Plain,
    /// A file that is compressed as a whole.
    Compressed(Codec),
    /// As before, by a program that nothing here can undo.
    Xz,
    /// Nothing is in it.
    Empty,
    /// None of these.
    Unknown,
}

/// What a file is that begins with these bytes: [`START`] of them, or the whole file.
pub fn kind_of(bytes: &[u8]) -> Kind {
    let begins = |magic: &[u8]| bytes.starts_with(magic);
    if bytes.is_empty() {
        Kind::Empty
    } else if begins(b"PGDMP") {
        Kind::Custom
    } else if is_sql(bytes) {
        Kind::Plain
    } else if tar::is_header(bytes) {
        Kind::Tar
    } else if begins(&[0x1f, 0x8b]) {
        Kind::Compressed(Codec::Gzip)
    } else if begins(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Kind::Compressed(Codec::Zstd)
    } else if begins(&[0x04, 0x22, 0x4d, 0x18]) {
        Kind::Compressed(Codec::Lz4)
    } else if begins(&[0xfd, b'7', b'z', b'X', b'Z']) {
        Kind::Xz
    } else {
        Kind::Unknown
    }
}

/// The error for a file that begins with `start` and goes on in `rest`.
pub(super) fn not_an_archive(start: &[u8], rest: impl Read) -> Error {
    let mut bytes = start.to_vec();
    // Whatever cannot be read does not help to tell what it is.
    let _ = rest.take((START - start.len()) as u64).read_to_end(&mut bytes);
    let (what, hint) = describe(kind_of(&bytes));
    Error::new(ErrorKind::Archive, format!("this is not an archive: {what}")).with_hint(hint)
}

fn describe(kind: Kind) -> (&'static str, &'static str) {
    const COMPRESSED: &str = "decompress the file first";
    match kind {
        Kind::Empty => (
            "the file is empty",
            "the backup that should have written it failed: take another copy",
        ),
        Kind::Plain => ("it is a dump in plain SQL", "run it with psql -f FILE DATABASE"),
        Kind::Tar => ("it is a tar archive", "restore the tar archive itself"),
        Kind::Compressed(Codec::Gzip) => ("the whole file is compressed with gzip", COMPRESSED),
        Kind::Compressed(Codec::Lz4) => ("the whole file is compressed with lz4", COMPRESSED),
        Kind::Compressed(_) => ("the whole file is compressed with zstd", COMPRESSED),
        Kind::Xz => ("the whole file is compressed with xz", COMPRESSED),
        Kind::Custom | Kind::Unknown => {
            ("it does not begin with PGDMP", "check that the right file was named")
        }
    }
}

/// Words that statements begin with.
const VERBS: [&str; 24] = [
    "abort", "alter", "analyze", "begin", "call", "comment", "copy", "create", "delete", "do",
    "drop", "grant", "insert", "lock", "refresh", "reset", "revoke", "select", "set", "start",
    "truncate", "update", "vacuum", "with",
];

/// Text that begins as a script does: with a comment, a command, or a statement.
fn is_sql(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let is_text = bytes.iter().all(|byte| *byte >= b' ' || byte.is_ascii_whitespace());
    let end = bytes.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(bytes.len());
    let word = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).to_ascii_lowercase();
    let begins = |text: &[u8]| bytes.starts_with(text);
    is_text && (begins(b"--") || begins(b"/*") || begins(b"\\") || VERBS.contains(&word.as_str()))
}
