//! The tar file around the members of a tar-format archive: ustar headers, without any extension.
//!
//! ```text
//! header (512) · bytes · zeros to 512 │ header · bytes · zeros │ … │ 1024 zeros
//!
//! 0 name · 100 mode · 108 uid · 116 gid · 124 size · 136 mtime · 148 checksum · 156 type
//! 257 "ustar" 0 "00" · 265 user · 297 group
//! ```
//! Numbers are octal; a size of 8 GiB or more is binary, most significant byte first, marked by the
//! highest bit (what GNU tar, star and PostgreSQL do).

mod index;

use std::io::{self, Read};

use super::primitive::into_error;
use crate::error::{Error, ErrorKind, Result};

pub use index::index;

/// Headers and contents begin at multiples of this.
pub const BLOCK: u64 = 512;
/// What stands after the last member.
pub const END: [u8; 1024] = [0; 1024];

const BLOCK_LEN: usize = 512;
const NAME: Field = (0, 100);
const MODE: Field = (100, 8);
const UID: Field = (108, 8);
const GID: Field = (116, 8);
const SIZE: Field = (124, 12);
const MTIME: Field = (136, 12);
const CHECKSUM: Field = (148, 8);
const KIND: usize = 156;
const MAGIC: Field = (257, 8);
const USER: Field = (265, 32);
const GROUP: Field = (297, 32);

/// Where a field begins, and how many bytes it has.
type Field = (usize, usize);

/// A member of a tar file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Bytes of its contents.
    pub size: u64,
    /// Where its contents begin.
    pub at: u64,
}

/// Zeros that follow contents of this length.
pub fn padding(size: u64) -> &'static [u8] {
    let over = usize::try_from(size % BLOCK).unwrap_or_default();
    END.get(over..BLOCK_LEN).filter(|_| over > 0).unwrap_or_default()
}

/// The header of a member; the time is in seconds since 1970.
pub fn encode_header(name: &str, size: u64, modified: u64) -> Result<[u8; BLOCK_LEN]> {
    let mut header = [0; BLOCK_LEN];
    if name.len() >= NAME.1 {
        let text = format!("{name} is too long for the name of a member of a tar file");
        return Err(Error::new(ErrorKind::Internal, text));
    }
    put(&mut header, NAME, name.as_bytes());
    put(&mut header, MODE, b"0000600\0");
    put(&mut header, UID, b"0004000\0");
    put(&mut header, GID, b"0002000\0");
    put_number(&mut header, SIZE, size);
    put_number(&mut header, MTIME, modified);
    put(&mut header, MAGIC, b"ustar\x0000");
    put(&mut header, USER, b"postgres");
    put(&mut header, GROUP, b"postgres");
    put(&mut header, (KIND, 1), b"0");
    let sum = format!("{:06o}\0 ", checksum(&header));
    put(&mut header, CHECKSUM, sum.as_bytes());
    Ok(header)
}

fn put(header: &mut [u8; BLOCK_LEN], (at, length): Field, bytes: &[u8]) {
    for (place, byte) in header.iter_mut().skip(at).take(length).zip(bytes) {
        *place = *byte;
    }
}

fn put_number(header: &mut [u8; BLOCK_LEN], field: Field, number: u64) {
    let octal = format!("{number:011o}\0");
    if octal.len() == field.1 {
        put(header, field, octal.as_bytes());
    } else {
        let binary = [&[0x80, 0, 0, 0], &number.to_be_bytes()[..]].concat();
        put(header, field, &binary);
    }
}

/// The sum of all bytes, the checksum's own taken for blanks.
fn checksum(header: &[u8; BLOCK_LEN]) -> u32 {
    let own = CHECKSUM.0..CHECKSUM.0 + CHECKSUM.1;
    let bytes = header.iter().enumerate();
    bytes.map(|(at, byte)| u32::from(if own.contains(&at) { b' ' } else { *byte })).sum()
}

fn field(header: &[u8; BLOCK_LEN], (at, length): Field) -> &[u8] {
    header.get(at..at + length).unwrap_or_default()
}

fn number(header: &[u8; BLOCK_LEN], place: Field) -> Option<u64> {
    let bytes = field(header, place);
    if let [0x80, rest @ ..] = bytes {
        let (high, low) = rest.split_at_checked(rest.len().checked_sub(size_of::<u64>())?)?;
        let low: [u8; 8] = low.try_into().ok()?;
        return high.iter().all(|byte| *byte == 0).then_some(u64::from_be_bytes(low));
    }
    let digits = std::str::from_utf8(bytes).ok()?.trim_matches([' ', '\0']);
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

/// Whether these bytes are the header of a member: an old tar file has no magic, only a checksum.
pub fn is_header(bytes: &[u8]) -> bool {
    let Some(header) = bytes.first_chunk::<BLOCK_LEN>() else { return false };
    number(header, CHECKSUM).is_some_and(|sum| sum == u64::from(checksum(header)) && sum > 256)
}

/// Name, size and type.
fn decode_header(header: &[u8; BLOCK_LEN], at: u64) -> Result<(String, u64, u8)> {
    let damaged = |why: &str| {
        Error::new(ErrorKind::Archive, format!("the tar header at byte {at} is damaged: {why}"))
            .with_hint("the file was changed after it was written: use another copy of it")
    };
    if !is_header(header) {
        return Err(damaged("its checksum is wrong"));
    }
    let name = field(header, NAME).split(|byte| *byte == 0).next().unwrap_or_default();
    let name = std::str::from_utf8(name).map_err(|_| damaged("its name is not UTF-8"))?;
    let size = number(header, SIZE).filter(|size| i64::try_from(*size).is_ok());
    let size = size.ok_or_else(|| damaged("its size is not a number"))?;
    let kind = header.get(KIND).copied().unwrap_or_default();
    Ok((name.to_owned(), size, kind))
}

/// Goes through a tar file from its beginning, without seeking. Read the contents of a member from
/// it; what is not read of them is passed over by [`TarReader::next_member`].
#[derive(Debug)]
pub struct TarReader<R> {
    inner: R,
    position: u64,
    /// Bytes of the member's contents still to come.
    left: u64,
    padding: u64,
}

impl<R: Read> TarReader<R> {
    /// Reads from the beginning of a tar file.
    pub fn new(inner: R) -> Self {
        Self { inner, position: 0, left: 0, padding: 0 }
    }

    /// The next ordinary file; `None` at the end of the archive.
    pub fn next_member(&mut self) -> Result<Option<Member>> {
        loop {
            self.pass_rest()?;
            let at = self.position;
            let mut header = [0; BLOCK_LEN];
            self.read_whole(&mut header)?;
            if header.iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            let (name, size, kind) = decode_header(&header, at)?;
            self.left = size;
            self.padding = padding(size).len() as u64;
            if matches!(kind, b'0' | 0) {
                return Ok(Some(Member { name, size, at: self.position }));
            }
        }
    }

    /// How far the file was read.
    pub fn position(&self) -> u64 {
        self.position
    }

    fn pass_rest(&mut self) -> Result<()> {
        let rest = self.left + self.padding;
        let passed = io::copy(&mut (&mut self.inner).take(rest), &mut io::sink());
        let passed = passed.map_err(into_error)?;
        self.position += passed;
        (self.left, self.padding) = (0, 0);
        if passed < rest { Err(self.truncated()) } else { Ok(()) }
    }

    fn read_whole(&mut self, bytes: &mut [u8]) -> Result<()> {
        let length = bytes.len() as u64;
        match self.inner.read_exact(bytes) {
            Ok(()) => {
                self.position += length;
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(self.truncated()),
            Err(error) => Err(into_error(error)),
        }
    }

    fn truncated(&self) -> Error {
        let text = format!("the tar file ends early, after byte {}", self.position);
        Error::new(ErrorKind::Archive, text).with_hint(
            "the file is incomplete: fetch it again from where it came, or back up again",
        )
    }
}

impl<R: Read> Read for TarReader<R> {
    /// Reads from the contents of the member.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        let read = self.inner.read(buf.get_mut(..most).unwrap_or_default())?;
        if read == 0 && most > 0 {
            return Err(super::block::wrap(self.truncated()));
        }
        self.position += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, contents) in members {
            let size = contents.len() as u64;
            bytes.extend_from_slice(&encode_header(name, size, 1_790_000_000).unwrap());
            bytes.extend_from_slice(contents);
            bytes.extend_from_slice(padding(size));
        }
        [bytes, END.to_vec()].concat()
    }

    #[test]
    fn members_come_back_read_or_passed_over() {
        let (long, block) = (vec![b'x'; 1500], vec![b'y'; 512]);
        let members: [(&str, &[u8]); 4] =
            [("toc.dat", b"PGDMP"), ("1.dat", &long), ("2.dat", b""), ("3.dat", &block)];
        let bytes = tar(&members);
        assert_eq!(bytes.len() % 512, 0);
        let mut reader = TarReader::new(&bytes[..]);
        for (number, (name, contents)) in members.iter().enumerate() {
            let member = reader.next_member().unwrap().unwrap();
            assert_eq!((member.name.as_str(), member.size), (*name, contents.len() as u64));
            let at = usize::try_from(member.at).unwrap();
            assert_eq!(&bytes[at..at + contents.len()], *contents);
            if number % 2 == 1 {
                let mut read = Vec::new();
                reader.read_to_end(&mut read).unwrap();
                assert_eq!(read, *contents);
            }
        }
        assert_eq!(reader.next_member().unwrap(), None);
    }

    #[test]
    fn numbers_that_do_not_fit_into_digits_are_binary() {
        for size in [0, 0o77_777_777_777, 8 << 30, 1 << 42] {
            let header = encode_header("1.dat", size, u64::from(u32::MAX) << 2).unwrap();
            assert_eq!(decode_header(&header, 0).unwrap(), ("1.dat".to_owned(), size, b'0'));
        }
        let header = encode_header("1.dat", 8 << 30, 0).unwrap();
        assert_eq!(header[124..136], [0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]);
        assert!(encode_header(&"x".repeat(100), 0, 0).is_err());
    }

    #[test]
    fn a_file_cut_anywhere_is_an_error() {
        let bytes = tar(&[("toc.dat", b"PGDMP"), ("1.dat", b"1\n")]);
        for cut in 0..bytes.len() - 1024 {
            let mut reader = TarReader::new(&bytes[..cut]);
            let end = loop {
                match reader.next_member() {
                    Ok(Some(_)) => {}
                    end => break end,
                }
            };
            assert!(end.unwrap_err().to_string().contains("ends early"), "cut at {cut}");
        }
    }

    #[test]
    fn any_flipped_bit_of_a_header_is_found() {
        let bytes = tar(&[("toc.dat", b"PGDMP")]);
        // A digit of the checksum can become a blank, which says the same.
        for at in (0..512).filter(|at| !(148..156).contains(at)) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            let error = TarReader::new(&damaged[..]).next_member().unwrap_err();
            assert!(error.to_string().contains("header at byte 0 is damaged"), "{at}: {error}");
        }
    }
}
