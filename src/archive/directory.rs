//! The files of a directory-format archive: their names, and what is in them.
//!
//! ```text
//! toc.dat                header and table of contents, never compressed by its writers
//! 3401.dat.gz            rows of the entry 3401; the table of contents names it 3401.dat
//! blob_16400.dat.gz      a large object
//! blobs_3405.toc         lines "16400 blob_16400.dat": the objects of the entry 3405
//! blobs.toc              the same for all of them, in archives of version 1.15 and before
//! ```
//! A file that is compressed tells so by its ending, each for itself. The members of a tar archive
//! have the same names, without endings.

use std::io::{self, BufRead, BufReader, Read};

use super::block::in_block;
use super::compress::FileDecoder;
use super::primitive::into_error;
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::Codec;

/// Name of the table of contents.
pub const TOC: &str = "toc.dat";
/// Codecs in the order in which a reader tries the endings of a file.
pub const CODECS: [Codec; 4] = [Codec::None, Codec::Gzip, Codec::Lz4, Codec::Zstd];
/// As much as is read from a file at once.
const BUFFER: usize = 128 << 10;
/// First version with a list of large objects for each entry.
const LISTS: u8 = 16;

/// What a codec adds to the name of a file.
pub fn ending(codec: Codec) -> &'static str {
    match codec {
        Codec::None => "",
        Codec::Gzip => ".gz",
        Codec::Lz4 => ".lz4",
        Codec::Zstd => ".zst",
    }
}

/// The file of an entry's rows.
pub fn rows_file(dump_id: u32) -> String {
    format!("{dump_id}.dat")
}

/// The file of a large object.
pub fn object_file(oid: u32) -> String {
    format!("blob_{oid}.dat")
}

/// The file that lists the large objects of an entry, in an archive of version 1.`minor`.
pub fn objects_file(dump_id: u32, minor: u8) -> String {
    if minor >= LISTS { format!("blobs_{dump_id}.toc") } else { "blobs.toc".to_owned() }
}

/// The line of a large object in the list.
pub fn objects_line(oid: u32) -> String {
    format!("{oid} {}\n", object_file(oid))
}

/// Whether a file in the folder of an archive is part of it, by its name.
pub fn is_archive_file(name: &str) -> bool {
    let bare = CODECS.iter().filter(|codec| **codec != Codec::None);
    let bare = bare.fold(name, |name, codec| name.strip_suffix(ending(*codec)).unwrap_or(name));
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(stem) = bare.strip_suffix(".dat") {
        return stem == "toc" || number(stem) || stem.strip_prefix("blob_").is_some_and(number);
    }
    let list = bare.strip_suffix(".toc").and_then(|stem| stem.strip_prefix("blobs"));
    list.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('_').is_some_and(number))
}

/// The large objects in a list: their oids and their files.
pub fn read_objects(list: impl BufRead) -> Result<Vec<(u32, String)>> {
    let mut objects = Vec::new();
    for (number, line) in (1..).zip(list.lines()) {
        let line = line.map_err(into_error)?;
        let object = line.split_once(' ').and_then(|(oid, file)| Some((oid.parse().ok()?, file)));
        match object {
            Some((oid, file)) if is_archive_file(file) => objects.push((oid, file.to_owned())),
            _ => {
                let text =
                    format!("line {number} of the list of large objects is damaged: {line:?}");
                return Err(Error::new(ErrorKind::Archive, text).with_hint(
                    "the file was changed after it was written: use another copy of it",
                ));
            }
        }
    }
    Ok(objects)
}

/// Reads the decompressed bytes of one file. Errors name the file and the place; take them out of the
/// `io::Error` with [`into_error`]. The end is reported only when the compressed stream is whole.
#[derive(Debug)]
pub struct FileReader<R: Read> {
    name: String,
    decoder: FileDecoder<BufReader<Counted<R>>>,
}

impl<R: Read> FileReader<R> {
    /// Reads from the beginning of the file with this name.
    pub fn open(reader: R, codec: Codec, name: &str) -> Result<Self> {
        let counted = BufReader::with_capacity(BUFFER, Counted { inner: reader, position: 0 });
        let decoder = FileDecoder::new(codec, counted)
            .map_err(|error| into_error(in_block(error, name, 0)))?;
        Ok(Self { name: name.to_owned(), decoder })
    }

    /// What is read from, wherever it stands; `None` after an error of some decoders.
    pub fn into_inner(self) -> Option<R> {
        self.decoder.into_inner().map(|buffer| buffer.into_inner().inner)
    }

    /// How much of the file has been used: for progress.
    pub fn position(&self) -> u64 {
        self.decoder.get_ref().map_or(0, |buffer| buffer.get_ref().position)
    }
}

impl<R: Read> Read for FileReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(buf);
        read.map_err(|error| in_block(error, &self.name, self.position()))
    }
}

/// Counts what was read.
#[derive(Debug)]
struct Counted<R> {
    inner: R,
    position: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buf)?;
        self.position += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::compress::{Compressor, Form};
    use crate::model::spec::Compression;

    fn file(codec: Codec, pieces: &[&[u8]]) -> Vec<u8> {
        let compression = Compression { codec, level: None };
        let mut compressor = Compressor::new(compression, Form::File).unwrap();
        pieces.iter().flat_map(|raw| compressor.piece(raw).unwrap().bytes().to_vec()).collect()
    }

    fn read(codec: Codec, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        FileReader::open(bytes, codec, "7.dat")?.read_to_end(&mut text).map_err(into_error)?;
        Ok(text)
    }

    #[test]
    fn a_file_of_pieces_is_read_as_one() {
        let rows: Vec<u8> = (0..90_000).flat_map(|n| format!("{n}\tx\n").into_bytes()).collect();
        for codec in CODECS {
            let bytes = file(codec, &[&rows, b"", b"x\n", &rows]);
            let expected = [&rows[..], b"x\n", &rows].concat();
            assert!(read(codec, &bytes).unwrap() == expected, "{codec:?}");
            assert_eq!(read(codec, &file(codec, &[b""])).unwrap(), b"", "{codec:?}");
        }
    }

    #[test]
    fn a_file_cut_anywhere_but_between_pieces_is_an_error_that_names_it() {
        for codec in CODECS.into_iter().filter(|codec| *codec != Codec::None) {
            let first = file(codec, &[b"1\tone\n2\ttwo\n"]);
            let whole = file(codec, &[b"1\tone\n2\ttwo\n", b"3\tthree\n"]);
            // An empty file is a file of nothing: the rows in it lack their end mark.
            for cut in (1..whole.len()).filter(|cut| *cut != first.len()) {
                let error = read(codec, &whole[..cut]).unwrap_err();
                assert!(error.to_string().starts_with("7.dat: damaged"), "{codec:?}: {error}");
            }
            assert!(read(codec, &[whole, b"rubbish".to_vec()].concat()).is_err(), "{codec:?}");
        }
    }

    #[test]
    fn files_of_an_archive_are_known_by_name() {
        let own = ["toc.dat", "toc.dat.gz", "3401.dat", "1.dat.zst", "blob_5.dat.lz4"];
        assert!(own.into_iter().chain(["blobs.toc", "blobs_7.toc"]).all(is_archive_file));
        let foreign = ["", "notes.txt", ".dat", "x.dat", "blob_.dat", "blobs_.toc", "blobs_x.toc"];
        assert!(!foreign.into_iter().any(is_archive_file));
    }

    #[test]
    fn the_list_of_objects_is_read_as_it_is_written() {
        let list = objects_line(5001) + &objects_line(4_000_000_000);
        let expected =
            [(5001, "blob_5001.dat".to_owned()), (4_000_000_000, "blob_4000000000.dat".to_owned())];
        assert_eq!(read_objects(list.as_bytes()).unwrap(), expected);
        for bad in ["x blob_1.dat\n", "1\n", "1 ../../etc/passwd\n", "5000000000 blob_1.dat\n"] {
            assert!(read_objects(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
