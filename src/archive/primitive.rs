//! The three encodings that everything else in an archive is made of.
//!
//! ```text
//! Int     sign (0 or 1) · magnitude, least significant byte first      00 0c 00 00 00 = 12
//! Str     Int length · bytes; length -1 is "none", 0 is empty          01 01 00 00 00 = none
//! Offset  flag (1 not set, 2 set, 3 no data) · position, least significant byte first
//! ```
//!
//! Reading trusts no length: memory grows only with bytes that have really come.

use std::io::{self, BufRead, Read};

use super::encoding::Encoding;
use super::toc::DataOffset;
use crate::error::{Error, ErrorKind, Result};

/// The way out where names are bytes of no known encoding.
const NO_ENCODING: &str = "the dump is in SQL_ASCII, which says nothing of its encoding: dump again \
     with pg_dump --encoding=NAME, or rename what has other than UTF-8 in its name";

/// Most bytes that a number may have.
pub(super) const MAX_WIDTH: usize = 32;

/// Widths that an archive's header announces, 1 to 32 each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Widths {
    /// Bytes of an Int's magnitude.
    pub int: u8,
    /// Bytes of an Offset's position.
    pub offset: u8,
}

impl Default for Widths {
    /// What every archive since the 1990s has, and what is written.
    fn default() -> Self {
        Self { int: 4, offset: 8 }
    }
}

/// A reader that knows how far into the archive it is and names what it could not read.
#[derive(Debug)]
pub struct Source<R> {
    inner: R,
    position: u64,
    widths: Widths,
}

impl<R: Read> Source<R> {
    /// Reads from `inner`, which stands at `position` of the archive.
    pub fn new(inner: R, position: u64, widths: Widths) -> Self {
        Self { inner, position, widths }
    }

    /// The place in the archive of the next byte.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Takes over the widths that the header announced.
    pub fn set_widths(&mut self, widths: Widths) {
        self.widths = widths;
    }

    /// Everything that follows, uncounted.
    pub(super) fn rest(&mut self) -> impl Read {
        &mut self.inner
    }

    /// Exactly `N` bytes.
    pub fn array<const N: usize>(&mut self, field: &str) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(&mut bytes, field)?;
        Ok(bytes)
    }

    /// One byte.
    pub fn byte(&mut self, field: &str) -> Result<u8> {
        self.array(field).map(|[byte]| byte)
    }

    /// An Int. Magnitudes of 2^31 and more are refused, as no writer makes them.
    pub fn int(&mut self, field: &str) -> Result<i32> {
        let at = self.position;
        let negative = self.byte(field)? != 0;
        let magnitude = self.little_endian(self.widths.int, field)?;
        let value = magnitude
            .and_then(|n| i32::try_from(n).ok())
            .ok_or_else(|| damaged(field, at, "the number is out of range"))?;
        Ok(if negative { -value } else { value })
    }

    /// A Str as it is: the encoding of names is the dump's, not ours.
    pub fn bytes(&mut self, field: &str) -> Result<Option<Vec<u8>>> {
        let Ok(length) = u64::try_from(self.int(field)?) else { return Ok(None) };
        let mut bytes = Vec::new();
        let read = (&mut self.inner).take(length).read_to_end(&mut bytes).map_err(reading)?;
        self.position += read as u64;
        if (read as u64) < length { Err(truncated(field, self.position)) } else { Ok(Some(bytes)) }
    }

    /// A Str that is text in this encoding.
    pub fn text(&mut self, field: &str, encoding: Encoding) -> Result<Option<String>> {
        let at = self.position;
        let text = self.bytes(field)?.map(|bytes| encoding.decode(bytes)).transpose();
        text.map_err(|error| {
            let error = damaged(field, at, &error.to_string());
            if encoding == Encoding::Ascii { error.with_hint(NO_ENCODING) } else { error }
        })
    }

    /// An Offset.
    pub fn offset(&mut self, field: &str) -> Result<DataOffset> {
        let at = self.position;
        let flag = self.byte(field)?;
        let place = self.little_endian(self.widths.offset, field)?;
        match (flag, place) {
            (1, _) => Ok(DataOffset::NotSet),
            (2, Some(place)) => Ok(DataOffset::At(place)),
            (3, _) => Ok(DataOffset::NoData),
            (2, None) => Err(damaged(field, at, "the position is out of range")),
            _ => Err(damaged(field, at, &format!("{flag} is not a flag of a position"))),
        }
    }

    /// `None` when the number needs more than 64 bits.
    fn little_endian(&mut self, width: u8, field: &str) -> Result<Option<u64>> {
        let mut bytes = [0; MAX_WIDTH];
        let bytes = bytes.get_mut(..usize::from(width)).unwrap_or_default();
        self.fill(bytes, field)?;
        let (low, high) = bytes.split_at(bytes.len().min(size_of::<u64>()));
        let value = low.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
        Ok(high.iter().all(|byte| *byte == 0).then_some(value))
    }

    fn fill(&mut self, bytes: &mut [u8], field: &str) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.inner.read(rest) {
                Ok(0) => return Err(truncated(field, self.position)),
                Ok(read) => {
                    self.position += read as u64;
                    rest = rest.get_mut(read..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(reading(error)),
            }
        }
        Ok(())
    }
}

impl<R: BufRead> Source<R> {
    /// Whether nothing follows.
    pub fn at_end(&mut self) -> Result<bool> {
        Ok(self.inner.fill_buf().map_err(reading)?.is_empty())
    }

    /// What is buffered, at least one byte unless the archive ends here.
    pub(super) fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    /// Marks bytes of [`Source::fill_buf`] as read.
    pub(super) fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
        self.position += amount as u64;
    }

    /// The reader itself, for what is neither of the three encodings. `moved` tells how far it will
    /// have been moved forward.
    pub(super) fn inner_mut(&mut self, moved: u64) -> &mut R {
        self.position += moved;
        &mut self.inner
    }
}

/// Appends an Int.
pub fn put_int(out: &mut Vec<u8>, value: i32) {
    out.push(u8::from(value < 0));
    out.extend_from_slice(&value.unsigned_abs().to_le_bytes());
}

/// Appends a Str.
pub fn put_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>, field: &str) -> Result<()> {
    let Some(bytes) = bytes else {
        put_int(out, -1);
        return Ok(());
    };
    put_int(out, int_of(bytes.len(), field)?);
    out.extend_from_slice(bytes);
    Ok(())
}

/// Appends an Offset: always as many bytes, whatever is in it.
pub fn put_offset(out: &mut Vec<u8>, offset: DataOffset) {
    let (flag, place) = match offset {
        DataOffset::NotSet => (1, 0),
        DataOffset::At(place) => (2, place),
        DataOffset::NoData => (3, 0),
    };
    out.push(flag);
    out.extend_from_slice(&place.to_le_bytes());
}

/// A count or an id as an Int may hold it.
pub fn int_of<N: TryInto<i32>>(number: N, field: &str) -> Result<i32> {
    number.try_into().map_err(|_| {
        Error::new(ErrorKind::Internal, format!("{field} is too large for the archive format"))
    })
}

/// The archive ends where something was still to come.
pub(super) fn truncated(field: &str, position: u64) -> Error {
    Error::new(ErrorKind::Archive, format!("the archive ends inside {field}, at byte {position}"))
        .with_hint("the file is incomplete: fetch it again from where it came, or back up again")
}

/// Something is there, but not what should be.
pub(super) fn damaged(field: &str, position: u64, why: &str) -> Error {
    Error::new(ErrorKind::Archive, format!("{field} at byte {position} is damaged: {why}"))
        .with_hint("the file was changed after it was written: use another copy of it")
}

/// The error inside an I/O error that one of this room's readers gave; a plain one otherwise.
pub fn into_error(error: io::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(reading)
}

fn reading(error: io::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(|error| Error::io("reading the archive", error))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn source(bytes: &[u8]) -> Source<&[u8]> {
        Source::new(bytes, 0, Widths::default())
    }

    #[test]
    fn real_bytes_are_read() {
        assert_eq!(source(&[1, 1, 0, 0, 0]).int("level").unwrap(), -1);
        assert_eq!(source(&[0, 0x16, 0, 0, 0]).int("second").unwrap(), 22);
        assert_eq!(source(&[1, 1, 0, 0, 0]).text("tag", Encoding::Utf8).unwrap(), None);
        assert_eq!(
            source(&[0, 0, 0, 0, 0]).text("tag", Encoding::Utf8).unwrap().as_deref(),
            Some("")
        );
        assert_eq!(
            source(&[0, 1, 0, 0, 0, b'x']).text("tag", Encoding::Utf8).unwrap().as_deref(),
            Some("x")
        );
    }

    #[test]
    fn a_wider_int_must_be_zero_beyond_what_fits() {
        let widths = Widths { int: 12, offset: 8 };
        let mut bytes = vec![0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(Source::new(&bytes[..], 0, widths).int("n").unwrap(), 7);
        bytes[12] = 1;
        assert!(Source::new(&bytes[..], 0, widths).int("n").is_err());
    }

    #[test]
    fn an_error_names_the_field_and_the_place() {
        let error =
            source(&[0, 5, 0, 0, 0, b'a', b'b']).text("the tag", Encoding::Utf8).unwrap_err();
        assert_eq!(error.to_string(), "the archive ends inside the tag, at byte 7");
        let error = source(&[9, 0, 0, 0, 0, 0, 0, 0, 0]).offset("the position").unwrap_err();
        assert!(error.to_string().contains("at byte 0 is damaged: 9 is not a flag"), "{error}");
        let error = source(&[0, 255, 255, 255, 255]).int("the count").unwrap_err();
        assert!(error.to_string().contains("out of range"), "{error}");
    }

    #[test]
    fn a_huge_length_allocates_only_what_comes() {
        let error = source(&[0, 255, 255, 255, 127, 1, 2]).bytes("the text").unwrap_err();
        assert_eq!(error.to_string(), "the archive ends inside the text, at byte 7");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            number in -i32::MAX..=i32::MAX,
            text in proptest::option::of(".{0,40}"),
            place in any::<u64>(),
        ) {
            let mut bytes = Vec::new();
            put_int(&mut bytes, number);
            put_bytes(&mut bytes, text.as_deref().map(str::as_bytes), "text").unwrap();
            put_offset(&mut bytes, DataOffset::At(place));
            put_offset(&mut bytes, DataOffset::NotSet);
            let mut source = source(&bytes);
            prop_assert_eq!(source.int("n").unwrap(), number);
            prop_assert_eq!(source.text("t", Encoding::Utf8).unwrap(), text);
            prop_assert_eq!(source.offset("o").unwrap(), DataOffset::At(place));
            prop_assert_eq!(source.offset("o").unwrap(), DataOffset::NotSet);
            prop_assert!(source.at_end().unwrap());
            prop_assert_eq!(source.position(), bytes.len() as u64);
        }
    }
}
