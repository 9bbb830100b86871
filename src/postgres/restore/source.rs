//! The archive file of a restore: its head, the place and size of every data block, and readers for
//! them. Blocking I/O on a file; call it off the runtime.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::archive::block::{self, BlockReader};
use crate::archive::head::{Head, read_head};
use crate::archive::toc::{DataOffset, TocEntry};
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::Codec;

/// Bytes read from the file at once.
const BUFFER: usize = 256 << 10;
/// How many blocks are looked into to learn how well the archive is compressed.
const SAMPLES: usize = 4;
/// How much of each, decompressed.
const SAMPLE_BYTES: u64 = 512 << 10;

/// An archive, read up to its data.
#[derive(Debug)]
pub(super) struct Source {
    /// The file.
    pub(super) path: PathBuf,
    /// Header and table of contents; every entry with data knows its place.
    pub(super) head: Head,
    /// Bytes of the file.
    pub(super) length: u64,
    /// Bytes of each entry's data block, by position in the table of contents.
    pub(super) sizes: Vec<u64>,
}

impl Source {
    /// Reads the head of an archive and finds its data blocks.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let of_file = |error: Error| error.while_doing(format_args!("reading {}", path.display()));
        let io = |error| Error::io(format_args!("opening {}", path.display()), error);
        let mut reader = BufReader::with_capacity(BUFFER, File::open(path).map_err(io)?);
        let length = reader.get_ref().metadata().map_err(io)?.len();
        let mut head = read_head(&mut reader).map_err(of_file)?;
        if head.entries.iter().any(|entry| entry.offset == DataOffset::NotSet) {
            let file = File::open(path).map_err(io)?;
            let places = block::locate_blocks(file, &head).map_err(of_file)?;
            block::place_entries(&mut head.entries, &places).map_err(of_file)?;
        }
        let sizes = block::data_bytes(&head.entries, length);
        let size = |entry: &TocEntry| sizes.get(&entry.id).copied().unwrap_or(0);
        let sizes = head.entries.iter().map(size).collect();
        Ok(Self { path: path.to_owned(), head, length, sizes })
    }

    /// Opens the file at the block of an entry; `None` when the entry has no data.
    pub(super) fn at_block(&self, entry: &TocEntry) -> Result<Option<(BufReader<File>, u64)>> {
        let DataOffset::At(at) = entry.offset else { return Ok(None) };
        if at >= self.length {
            let text = format!("the data block should be at byte {at}, after the file's end");
            return Err(Error::new(ErrorKind::Archive, text)
                .with_hint("the archive is truncated: copy it again, or take another backup"));
        }
        let open = || {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(at))?;
            Ok(BufReader::with_capacity(BUFFER, file))
        };
        let reader = open()
            .map_err(|error| Error::io(format_args!("reading {}", self.path.display()), error))?;
        Ok(Some((reader, at)))
    }

    /// Opens the rows of an entry.
    pub(super) fn rows(&self, entry: &TocEntry) -> Result<BlockReader<BufReader<File>>> {
        match self.at_block(entry)? {
            Some((reader, at)) => BlockReader::open(reader, at, self.head.format, entry.id),
            None => Err(Error::new(ErrorKind::Archive, "the entry has no data block")),
        }
    }

    /// How many bytes of rows a byte of the file holds, from a look into the largest blocks. What
    /// cannot be read does not count here: loading it will tell.
    pub(super) fn expansion(&self) -> f64 {
        if self.head.header.codec == Codec::None {
            return 1.0;
        }
        let mut largest: Vec<(u64, &TocEntry)> = self
            .sizes
            .iter()
            .copied()
            .zip(&self.head.entries)
            .filter(|(size, entry)| *size > 0 && entry.desc == "TABLE DATA")
            .collect();
        largest.sort_by_key(|(size, entry)| (std::cmp::Reverse(*size), entry.id));
        let samples = largest.iter().take(SAMPLES).filter_map(|(_, entry)| self.sample(entry));
        let (stored, raw) = samples.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        if stored > 0 { raw as f64 / stored as f64 } else { 1.0 }
    }

    fn sample(&self, entry: &TocEntry) -> Option<(u64, u64)> {
        let DataOffset::At(at) = entry.offset else { return None };
        let mut rows = self.rows(entry).ok()?;
        let raw = std::io::copy(&mut Read::take(&mut rows, SAMPLE_BYTES), &mut std::io::sink());
        Some((rows.position().saturating_sub(at), raw.ok()?))
    }
}
