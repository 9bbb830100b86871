//! The directory format: `toc.dat`, and a file for the data of each entry.
//!
//! ```text
//!  .NAME.partial-PID-N/   3401.dat.zst  3402.dat.zst  blob_16400.dat.zst  blobs_3405.toc
//!                         toc.dat: written last; then everything is synced, then the folder renamed
//! ```

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use super::{Ending, Layout, Order, Part, lock, piece_of};
use crate::archive::compress::{Form, Piece};
use crate::archive::directory::{TOC, ending, object_file, objects_file, objects_line, rows_file};
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::Codec;
use crate::postgres::backup::contents::{Contents, Data};
use crate::postgres::backup::output::{Folder, PlacedFile};

/// Lines of a list of large objects that are written at once.
const LINES: usize = 1000;

/// A directory-format archive.
#[derive(Debug)]
pub(super) struct Directory {
    folder: Arc<Folder>,
    codec: Codec,
    minor: u8,
    contents: Mutex<Contents>,
    /// About so many bytes of rows, by entry.
    expected: HashMap<u32, u64>,
    ending: Ending,
}

impl Directory {
    pub(super) fn new(
        folder: Folder,
        (mut contents, expected): (Contents, HashMap<u32, u64>),
        ending: Ending,
    ) -> Self {
        let minor = contents.minor();
        contents.name_files(|entry, data| match data {
            Data::Rows => rows_file(entry.id),
            Data::Objects => objects_file(entry.id, minor),
        });
        let codec = ending.codec;
        let contents = Mutex::new(contents);
        Self { folder: Arc::new(folder), codec, minor, contents, expected, ending }
    }

    /// Makes the file of an entry's rows.
    fn create(&self, id: u32) -> Result<PlacedFile> {
        let mut file =
            self.folder.create_file(&format!("{}{}", rows_file(id), ending(self.codec)))?;
        file.expect(self.expected.get(&id).copied().unwrap_or(0))?;
        Ok(file)
    }
}

impl Layout for Directory {
    fn order(&self) -> Order {
        Order::Apart
    }

    fn begin(&self, id: u32) -> Result<Box<dyn Part>> {
        let folder = Arc::clone(&self.folder);
        let data = lock(&self.contents).data_of(id)?;
        Ok(match data {
            Data::Rows => {
                let file = self.create(id)?;
                Box::new(Rows { folder, file, ending: self.ending.clone() })
            }
            Data::Objects => {
                let list = objects_file(id, self.minor);
                let codec = self.codec;
                Box::new(Objects { folder, codec, list, oids: Vec::new(), file: None })
            }
        })
    }

    fn skip(&self, _id: u32) -> Result<()> {
        Ok(())
    }

    fn finish(&self, left_out: &HashSet<u32>) -> Result<u64> {
        let mut contents = lock(&self.contents);
        contents.leave_out(left_out);
        let mut toc = self.folder.create_file(TOC)?;
        contents.write_toc(|bytes| toc.append(bytes))?;
        // Its hash is known once it is closed.
        toc.end()?;
        self.folder.publish()
    }

    fn remove(&self) {
        self.folder.remove();
    }
}

#[derive(Debug)]
struct Rows {
    folder: Arc<Folder>,
    file: PlacedFile,
    ending: Ending,
}

impl Part for Rows {
    fn object(&mut self, _oid: u32) -> Result<()> {
        Err(Error::new(ErrorKind::Internal, "a large object among rows"))
    }

    fn add(&mut self, piece: &Piece) -> Result<()> {
        self.file.append(piece.bytes())
    }

    fn end(mut self: Box<Self>) -> Result<()> {
        self.file.append(self.ending.piece.bytes())?;
        self.file.end()
    }

    fn cut(self: Box<Self>) -> Result<()> {
        let Self { folder, file, .. } = *self;
        let name = file.name().to_owned();
        drop(file);
        folder.remove_file(&name)
    }
}

/// The large objects of one entry: a file for each, and the list of them.
#[derive(Debug)]
struct Objects {
    folder: Arc<Folder>,
    codec: Codec,
    list: String,
    oids: Vec<u32>,
    file: Option<PlacedFile>,
}

impl Objects {
    fn name_of(&self, oid: u32) -> String {
        format!("{}{}", object_file(oid), ending(self.codec))
    }

    fn close(&mut self) -> Result<()> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        if file.is_empty() {
            // A compressed file of nothing still has a beginning and an end.
            file.append(piece_of(self.codec, Form::File, b"")?.bytes())?;
        }
        file.end()
    }
}

impl Part for Objects {
    fn object(&mut self, oid: u32) -> Result<()> {
        self.close()?;
        self.file = Some(self.folder.create_file(&self.name_of(oid))?);
        self.oids.push(oid);
        Ok(())
    }

    fn add(&mut self, piece: &Piece) -> Result<()> {
        match &mut self.file {
            Some(file) => file.append(piece.bytes()),
            None => Err(Error::new(ErrorKind::Internal, "bytes came before their large object")),
        }
    }

    fn end(mut self: Box<Self>) -> Result<()> {
        self.close()?;
        let mut list = self.folder.create_file(&self.list)?;
        for oids in self.oids.chunks(LINES) {
            let lines: String = oids.iter().copied().map(objects_line).collect();
            list.append(lines.as_bytes())?;
        }
        list.end()
    }

    fn cut(mut self: Box<Self>) -> Result<()> {
        self.file = None;
        self.oids.iter().try_for_each(|oid| self.folder.remove_file(&self.name_of(*oid)))
    }
}
