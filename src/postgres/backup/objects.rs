//! Large objects as the server sends them: many in one statement, whatever their sizes, each in pieces
//! that are small, and by the rights that everybody has.
//!
//! ```text
//! COPY … (FORMAT binary):  head · row · row · … · end
//! row:                     fields (3) · 4 oid · 8 number of the piece · length piece
//!
//! 16400 0 ▒▒▒▒▒▒   16400 1 ▒▒▒   16401 0 (empty)   16402 0 ▒▒
//! └── an object in two pieces    └── an empty one
//! ```
//! The parser takes the bytes however they are cut, and checks that every object comes whole and in
//! its place.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use crate::error::{Error, ErrorKind, Result};

/// Bytes of an object in a row.
const PIECE: usize = 256 << 10;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// The signature, flags, and the length of what could follow.
const HEAD: usize = SIGNATURE.len() + 8;
/// Count of fields, the oid and the number with their lengths, and the length of the piece.
const ROW: usize = 2 + (4 + 4) + (4 + 8) + 4;
/// What stands in place of the count of fields at the end.
const END: [u8; 2] = (-1_i16).to_be_bytes();

/// The statement that sends the objects in this order. `lo_get` beyond the end of an object would not
/// tell where that is, so each is measured first.
pub(super) fn objects_statement(oids: &[u32]) -> String {
    let oids: Vec<String> = oids.iter().map(u32::to_string).collect();
    let oids = oids.join(",");
    format!(
        "COPY (SELECT s.loid, g.n, pg_catalog.lo_get(s.loid, g.n * {PIECE}, {PIECE})
  FROM (SELECT f.loid, pg_catalog.lo_lseek64(f.fd, 0, 2) AS size, pg_catalog.lo_close(f.fd)
          FROM (SELECT o.loid, pg_catalog.lo_open(o.loid, 262144) AS fd
                  FROM unnest('{{{oids}}}'::oid[]) WITH ORDINALITY AS o (loid, place)
                 ORDER BY o.place OFFSET 0) AS f OFFSET 0) AS s,
       LATERAL pg_catalog.generate_series(0, greatest(s.size - 1, 0) / {PIECE}) AS g (n)
) TO STDOUT (FORMAT binary)"
    )
}

/// What the next bytes are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// An object begins; the one before is over.
    Object(u32),
    /// The object's next bytes.
    Bytes(&'a [u8]),
}

/// Where the parser stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Head,
    Row,
    /// In a piece of which so much is left.
    Piece(usize),
    End,
}

/// What begins with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    /// It is not there yet.
    Nothing,
    Object(u32),
    Piece,
    End,
}

/// Finds the objects in the rows.
#[derive(Debug)]
pub(super) struct ObjectRows {
    expected: VecDeque<u32>,
    current: Option<u32>,
    next_piece: u64,
    /// Whether the object may go on: its last piece was full.
    full: bool,
    at: At,
    /// The beginning of something that is not there whole yet.
    held: Vec<u8>,
}

impl ObjectRows {
    /// For these objects.
    pub(super) fn new(oids: &[u32]) -> Self {
        Self {
            expected: oids.iter().copied().collect(),
            current: None,
            next_piece: 0,
            full: false,
            at: At::Head,
            held: Vec::new(),
        }
    }

    /// Takes what comes next off the input; `None` where more input is needed.
    pub(super) fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Found<'a>>> {
        loop {
            match self.at {
                At::Piece(0) => self.at = At::Row,
                At::Piece(left) => {
                    let (bytes, rest) = input.split_at(left.min(input.len()));
                    *input = rest;
                    self.at = At::Piece(left - bytes.len());
                    return Ok((!bytes.is_empty()).then_some(Found::Bytes(bytes)));
                }
                At::Head => {
                    let Some(head) = self.hold::<HEAD>(input) else { return Ok(None) };
                    if !head.starts_with(SIGNATURE) || !head.ends_with(&[0; 8]) {
                        return Err(self.broken("they do not begin as they should"));
                    }
                    self.at = At::Row;
                }
                At::Row => match self.row(input)? {
                    Begun::Nothing => return Ok(None),
                    Begun::Object(oid) => return Ok(Some(Found::Object(oid))),
                    Begun::Piece | Begun::End => {}
                },
                At::End if input.is_empty() => return Ok(None),
                At::End => return Err(self.broken("something follows the last")),
            }
        }
    }

    /// Makes sure that all came.
    pub(super) fn finish(&self) -> Result<()> {
        match self.expected.front() {
            _ if self.at != At::End => Err(self.broken("they end in the middle")),
            Some(oid) => Err(self.broken(&format!("{oid} did not come"))),
            None => Ok(()),
        }
    }

    /// Takes the beginning of a row, or the end.
    fn row(&mut self, input: &mut &[u8]) -> Result<Begun> {
        let Some(begin) = self.peek::<2>(input) else { return Ok(Begun::Nothing) };
        if begin == END {
            self.held.clear();
            self.at = At::End;
            return Ok(Begun::End);
        }
        let Some(row) = self.hold::<ROW>(input) else { return Ok(Begun::Nothing) };
        let (oid, piece, length) = read_row(&row).ok_or_else(|| self.broken("a row is strange"))?;
        self.at = At::Piece(length);
        let first = piece == 0;
        if first && self.expected.pop_front() == Some(oid) {
            (self.current, self.next_piece) = (Some(oid), 0);
        } else if self.current != Some(oid) || self.next_piece != piece || !self.full || length == 0
        {
            return Err(self.broken(&format!("piece {piece} of {oid} is out of place")));
        }
        self.next_piece += 1;
        self.full = length == PIECE;
        Ok(if first { Begun::Object(oid) } else { Begun::Piece })
    }

    /// The next bytes, once so many are there; they stay.
    fn peek<const N: usize>(&mut self, input: &mut &[u8]) -> Option<[u8; N]> {
        let missing = N.saturating_sub(self.held.len()).min(input.len());
        let (bytes, rest) = input.split_at(missing);
        self.held.extend_from_slice(bytes);
        *input = rest;
        self.held.first_chunk::<N>().copied()
    }

    /// As [`Self::peek`], and takes them.
    fn hold<const N: usize>(&mut self, input: &mut &[u8]) -> Option<[u8; N]> {
        let bytes = self.peek::<N>(input)?;
        self.held.clear();
        Some(bytes)
    }

    fn broken(&self, how: &str) -> Error {
        let after = self.current.map_or_else(String::new, |oid| format!(", after {oid}"));
        let text = format!("the large objects are not as asked for{after}: {how}");
        Error::new(ErrorKind::Internal, text)
    }
}

/// Oid, number of the piece, and its length.
fn read_row(row: &[u8; ROW]) -> Option<(u32, u64, usize)> {
    let (count, rest) = row.split_first_chunk()?;
    let (oid_length, rest) = rest.split_first_chunk()?;
    let (oid, rest) = rest.split_first_chunk()?;
    let (piece_length, rest) = rest.split_first_chunk()?;
    let (piece, rest) = rest.split_first_chunk()?;
    let length = u32::from_be_bytes(*rest.first_chunk()?);
    let lengths = (i16::from_be_bytes(*count), u32::from_be_bytes(*oid_length));
    if (lengths, u32::from_be_bytes(*piece_length)) != ((3, 4), 8) {
        return None;
    }
    let length = usize::try_from(length).ok().filter(|length| *length <= PIECE)?;
    Some((u32::from_be_bytes(*oid), u64::from_be_bytes(*piece), length))
}
