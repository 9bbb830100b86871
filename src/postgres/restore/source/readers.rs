//! Readers of one entry's data, the same for every layout.

use std::io::{self, Read};

use super::Bytes;
use super::forward::Lent;
use crate::archive::block::{BlobsReader, BlockReader};
use crate::archive::directory::FileReader;
use crate::error::Result;

/// The decompressed rows of one entry.
#[derive(Debug)]
pub(in crate::postgres) struct Rows(From);

#[derive(Debug)]
enum From {
    Block { reader: BlockReader<Bytes>, at: u64 },
    File(FileReader<Bytes>),
    Passing(Lent),
}

impl Rows {
    pub(super) fn of_block(reader: BlockReader<Bytes>, at: u64) -> Self {
        Self(From::Block { reader, at })
    }

    pub(super) fn of_file(reader: FileReader<Bytes>) -> Self {
        Self(From::File(reader))
    }

    pub(super) fn passing(lent: Lent) -> Self {
        Self(From::Passing(lent))
    }

    /// How many of the entry's bytes in the archive have been used.
    pub(in crate::postgres) fn used(&self) -> u64 {
        match &self.0 {
            From::Block { reader, at } => reader.position().saturating_sub(*at),
            From::File(reader) => reader.position(),
            From::Passing(lent) => lent.used(),
        }
    }
}

impl Read for Rows {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            From::Block { reader, .. } => reader.read(buf),
            From::File(reader) => reader.read(buf),
            From::Passing(lent) => lent.read(buf),
        }
    }
}

type Open = Box<dyn Fn(&str) -> Result<FileReader<Bytes>> + Send>;

/// The large objects of one entry: [`Objects::next_object`] gives the oid, then the reader itself
/// gives that object's bytes.
pub(in crate::postgres) struct Objects(Of);

enum Of {
    Block(Box<BlobsReader<Bytes>>),
    Files {
        list: std::vec::IntoIter<(u32, String)>,
        open: Open,
        current: Option<FileReader<Bytes>>,
    },
    Passing(Lent),
}

impl Objects {
    pub(super) fn of_block(reader: BlobsReader<Bytes>) -> Self {
        Self(Of::Block(Box::new(reader)))
    }

    pub(super) fn of_files(
        list: Vec<(u32, String)>,
        open: impl Fn(&str) -> Result<FileReader<Bytes>> + Send + 'static,
    ) -> Self {
        Self(Of::Files { list: list.into_iter(), open: Box::new(open), current: None })
    }

    pub(super) fn passing(lent: Lent) -> Self {
        Self(Of::Passing(lent))
    }

    /// The next object's oid; what is left of the current one is passed over.
    pub(in crate::postgres) fn next_object(&mut self) -> Result<Option<u32>> {
        match &mut self.0 {
            Of::Block(reader) => reader.next_object(),
            Of::Passing(lent) => lent.next_object(),
            Of::Files { list, open, current } => {
                let Some((oid, name)) = list.next() else {
                    *current = None;
                    return Ok(None);
                };
                let reader = open(&name);
                *current =
                    Some(reader.map_err(|e| e.while_doing(format_args!("large object {oid}")))?);
                Ok(Some(oid))
            }
        }
    }
}

impl Read for Objects {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Of::Block(reader) => reader.read(buf),
            Of::Passing(lent) => lent.read(buf),
            Of::Files { current: Some(reader), .. } => reader.read(buf),
            Of::Files { current: None, .. } => Ok(0),
        }
    }
}
