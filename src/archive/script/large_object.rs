//! Large objects as statements.

use std::io::{self, Read, Write};

/// Bytes that one statement writes.
pub const PIECE: usize = 16 << 10;
/// `INV_WRITE` of the server's interface.
const FOR_WRITING: u32 = 131_072;

/// The statement that closes a large object.
pub const CLOSING: &[u8] = b"SELECT pg_catalog.lo_close(0);\n\n";

/// How a large object is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether backslashes in literals stand for themselves.
    pub standard_conforming_strings: bool,
    /// Whether the object is made here: archives before 1.12 have no entry that makes it.
    pub makes: bool,
}

impl Style {
    /// The style for data of this archive.
    pub fn of(head: &crate::archive::head::Head) -> Self {
        Self {
            standard_conforming_strings: head.standard_conforming_strings(),
            makes: head.header.version < (1, 12, 0),
        }
    }
}

/// Writes the statements that fill one large object with what the reader gives.
pub fn write(oid: u32, data: &mut impl Read, style: Style, out: &mut impl Write) -> io::Result<()> {
    out.write_all(opening(oid, style).as_bytes())?;
    let mut buffer = vec![0; PIECE];
    let mut line = Vec::with_capacity(2 * PIECE + 64);
    loop {
        let length = read_full(data, &mut buffer)?;
        let piece = buffer.get(..length).unwrap_or_default();
        if piece.is_empty() {
            return out.write_all(CLOSING);
        }
        line.clear();
        write_piece(piece, style, &mut line);
        out.write_all(&line)?;
    }
}

/// The statement that opens a large object.
pub fn opening(oid: u32, style: Style) -> String {
    let number =
        if style.makes { format!("pg_catalog.lo_create('{oid}')") } else { format!("'{oid}'") };
    format!("SELECT pg_catalog.lo_open({number}, {FOR_WRITING});\n")
}

/// Appends the statement that writes the next bytes, [`PIECE`] of them but for an object's last.
pub fn write_piece(piece: &[u8], style: Style, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let escape: &[u8] = if style.standard_conforming_strings { b"\\x" } else { b"\\\\x" };
    out.extend_from_slice(b"SELECT pg_catalog.lowrite(0, '");
    out.extend_from_slice(escape);
    let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or_default();
    out.extend(piece.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
    out.extend_from_slice(b"');\n");
}

fn read_full(data: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match data.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(data: &[u8], style: Style) -> String {
        let mut out = Vec::new();
        write(7, &mut &*data, style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_object_is_opened_written_in_pieces_and_closed() {
        let style = Style { standard_conforming_strings: true, makes: false };
        assert_eq!(
            text(b"", style),
            "SELECT pg_catalog.lo_open('7', 131072);\nSELECT pg_catalog.lo_close(0);\n\n"
        );
        assert!(text(b"\x00\xff", style).contains("\nSELECT pg_catalog.lowrite(0, '\\x00ff');\n"));
        assert_eq!(text(&vec![1; 2 * PIECE], style).matches("lowrite").count(), 2);
        assert_eq!(text(&vec![1; 2 * PIECE + 1], style).matches("lowrite").count(), 3);
    }

    #[test]
    fn old_archives_make_the_object_here_and_old_strings_double_the_backslash() {
        let style = Style { standard_conforming_strings: false, makes: true };
        let text = text(b"a", style);
        assert!(text.starts_with(
            "SELECT pg_catalog.lo_open(pg_catalog.lo_create('7'), 131072);\n\
             SELECT pg_catalog.lowrite(0, '\\\\x61');\n"
        ));
    }
}
