//! The members of a tar file that can be read at random: header by header, past the contents.

use std::io::{self, Read, Seek, SeekFrom};

use super::{BLOCK, BLOCK_LEN, Member, decode_header, padding};
use crate::archive::primitive::into_error;
use crate::error::{Error, ErrorKind, Result};

/// Finds all ordinary files in a tar file.
pub fn index<F: Read + Seek>(mut file: F) -> Result<Vec<Member>> {
    let length = file.seek(SeekFrom::End(0)).map_err(into_error)?;
    let mut members = Vec::new();
    let mut at = 0;
    loop {
        file.seek(SeekFrom::Start(at)).map_err(into_error)?;
        let mut header = [0; BLOCK_LEN];
        match file.read_exact(&mut header) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(ends_early(length, "where a header should be"));
            }
            Err(error) => return Err(into_error(error)),
        }
        if header.iter().all(|byte| *byte == 0) {
            return Ok(members);
        }
        let (name, size, kind) = decode_header(&header, at)?;
        let start = at + BLOCK;
        // A size is less than 2^63.
        let end = start.saturating_add(size);
        if end > length {
            return Err(ends_early(length, &format!("inside member {name}")));
        }
        at = end + padding(size).len() as u64;
        if matches!(kind, b'0' | 0) {
            members.push(Member { name, size, at: start });
        }
    }
}

fn ends_early(length: u64, where_: &str) -> Error {
    Error::new(ErrorKind::Archive, format!("the tar file ends at byte {length}, {where_}"))
        .with_hint("the file is incomplete: fetch it again from where it came, or back up again")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::{END, encode_header};
    use super::*;

    fn tar() -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, content) in [("toc.dat", &[1; 3][..]), ("12.dat", &[7; 600]), ("13.dat", &[])] {
            let size = content.len() as u64;
            bytes.extend(encode_header(name, size, 0).unwrap());
            bytes.extend(content);
            bytes.extend(padding(size));
        }
        bytes.extend(END);
        bytes
    }

    #[test]
    fn members_are_found_without_their_contents_being_read() {
        let found = index(Cursor::new(tar())).unwrap();
        let at = |member: &Member| (member.name.clone(), member.at, member.size);
        let expected =
            [("toc.dat".into(), 512, 3), ("12.dat".into(), 1536, 600), ("13.dat".into(), 3072, 0)];
        assert_eq!(found.iter().map(at).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_file_cut_anywhere_before_its_end_is_an_error() {
        let bytes = tar();
        for cut in (0..bytes.len() - 1024).step_by(37) {
            let error = index(Cursor::new(&bytes[..cut])).unwrap_err();
            assert!(error.to_string().contains("the tar file ends at byte"), "{cut}: {error}");
        }
    }

    #[test]
    fn a_member_longer_than_the_file_is_named() {
        let mut bytes = tar();
        bytes.splice(1024..1536, encode_header("12.dat", 60_000, 0).unwrap());
        let error = index(Cursor::new(&bytes)).unwrap_err().to_string();
        assert!(
            error.contains(&format!("ends at byte {}, inside member 12.dat", bytes.len())),
            "{error}"
        );
        bytes.splice(1024..1536, encode_header("12.dat", u64::MAX >> 1, 0).unwrap());
        assert!(index(Cursor::new(&bytes)).is_err());
    }

    #[test]
    fn a_flipped_bit_of_any_header_is_found() {
        for at in [0, 130, 1024, 1024 + 148, 2560 + 156] {
            let mut bytes = tar();
            bytes[at] ^= 4;
            let error = index(Cursor::new(&bytes)).unwrap_err();
            assert!(error.to_string().contains("tar header at byte"), "{at}: {error}");
        }
    }
}
