//! The tar format: the files of a directory-format archive, uncompressed, one after another.
//!
//! ```text
//!  file    ┌ room for toc.dat ┐┌ member ┐┌ header without a size, bytes …    the size is patched in at
//!                                                                            the member's end, toc.dat
//!                                                                            at the end of all
//!  stream  ┌ toc.dat ┐┌ member ┐┌ …   a member is gathered first, in memory or a temporary file
//! ```
//! Readers go forward only, so the members are in archive order.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex};

use super::{Ending, Layout, Order, Part, lock, missing_from_stream};
use crate::archive::compress::Piece;
use crate::archive::directory::{TOC, object_file, objects_file, objects_line, rows_file};
use crate::archive::head::TextWriter;
use crate::archive::script::{ScriptOptions, restore_sql};
use crate::archive::tar::{BLOCK, END, encode_header, padding};
use crate::archive::toc::TocEntry;
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::BackupSpec;
use crate::postgres::backup::contents::{Contents, Data};
use crate::postgres::backup::output::{Target, temporary_file};

/// Name of the script for people who unpack the archive themselves.
const SCRIPT: &str = "restore.sql";
/// Bytes of a member that are gathered in memory, and copied at once.
const MEMORY: usize = 1 << 20;

/// A tar-format archive.
#[derive(Debug)]
pub(super) struct Tar {
    contents: Mutex<Contents>,
    minor: u8,
    /// Nothing can be changed afterwards.
    is_stream: bool,
    can_be_removed: bool,
    /// Bytes that the table of contents has room for.
    toc_room: u64,
    ending: Ending,
    options: ScriptOptions,
    out: Arc<Mutex<Out>>,
}

impl Tar {
    pub(super) fn new(
        target: Target,
        mut contents: Contents,
        ending: Ending,
        spec: &BackupSpec,
    ) -> Result<Self> {
        let minor = contents.minor();
        contents.name_files(|entry, data| match data {
            Data::Rows => rows_file(entry.id),
            Data::Objects => objects_file(entry.id, minor),
        });
        let toc_room = contents.toc_length()?;
        let modified = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default();
        let mut out = Out { target, modified };
        let is_stream = out.target.is_rigid();
        let can_be_removed = !out.target.is_stream();
        if is_stream {
            out.put_toc(&contents, toc_room)?;
        } else {
            out.target.reserve(BLOCK + toc_room + padding(toc_room).len() as u64)?;
        }
        let (contents, out) = (Mutex::new(contents), Arc::new(Mutex::new(out)));
        let options = ScriptOptions::of_tar(spec);
        Ok(Self { contents, minor, is_stream, can_be_removed, toc_room, ending, options, out })
    }
}

impl Layout for Tar {
    fn order(&self) -> Order {
        Order::Listed
    }

    fn begin(&self, id: u32) -> Result<Box<dyn Part>> {
        let out = Arc::clone(&self.out);
        let start = lock(&out).target.end();
        Ok(match lock(&self.contents).data_of(id)? {
            Data::Rows => {
                let member = lock(&out).begin(rows_file(id))?;
                Box::new(Rows { out, start, member, ending: self.ending.clone() })
            }
            Data::Objects => {
                let list = objects_file(id, self.minor);
                Box::new(Objects { out, start, list, oids: Vec::new(), member: None })
            }
        })
    }

    fn skip(&self, id: u32) -> Result<()> {
        if self.is_stream {
            Err(missing_from_stream(&lock(&self.contents).name_of(id)))
        } else {
            Ok(())
        }
    }

    fn finish(&self, left_out: &HashSet<u32>) -> Result<u64> {
        let mut contents = lock(&self.contents);
        contents.leave_out(left_out);
        let mut out = lock(&self.out);
        if !self.is_stream {
            out.patch_toc(&contents, self.toc_room)?;
        }
        out.put_script(&contents, &self.options)?;
        out.target.append(&END)?;
        out.target.publish()
    }

    fn remove(&self) {
        if self.can_be_removed {
            lock(&self.out).target.remove();
        }
    }
}

/// The tar file.
#[derive(Debug)]
struct Out {
    target: Target,
    modified: u64,
}

/// A member under way.
#[derive(Debug)]
struct Member {
    name: String,
    size: u64,
    bytes: Bytes,
}

#[derive(Debug)]
enum Bytes {
    /// In the tar file, behind the header at this place.
    There(u64),
    /// Gathered: in memory, and in a file once they are many.
    Gathered(Vec<u8>, Option<File>),
}

impl Out {
    fn begin(&mut self, name: String) -> Result<Member> {
        let bytes = if self.target.is_rigid() {
            Bytes::Gathered(Vec::new(), None)
        } else {
            let at = self.target.end();
            self.target.append(&encode_header(&name, 0, self.modified)?)?;
            Bytes::There(at)
        };
        Ok(Member { name, size: 0, bytes })
    }

    fn add(&mut self, member: &mut Member, bytes: &[u8]) -> Result<()> {
        member.size += bytes.len() as u64;
        match &mut member.bytes {
            Bytes::There(_) => self.target.append(bytes),
            Bytes::Gathered(memory, file) => gather(memory, file, bytes),
        }
    }

    fn end(&mut self, member: Member) -> Result<()> {
        let Member { name, size, bytes } = member;
        let header = encode_header(&name, size, self.modified)?;
        match bytes {
            Bytes::There(at) => self.target.patch(&header, at)?,
            Bytes::Gathered(memory, file) => {
                self.target.append(&header)?;
                if let Some(file) = file {
                    self.copy(file)?;
                }
                self.target.append(&memory)?;
            }
        }
        self.target.append(padding(size))
    }

    fn put_script(&mut self, contents: &Contents, options: &ScriptOptions) -> Result<()> {
        let mut member = self.begin(SCRIPT.to_owned())?;
        let head = contents.head();
        let encoding = TextWriter::of(&head.entries);
        let entries = contents.of_script(true);
        let file = |entry: &TocEntry| entry.file.clone().unwrap_or_default();
        for text in restore_sql(&head, entries, options, file) {
            self.add(&mut member, &encoding.encode(&text?)?)?;
        }
        self.end(member)
    }

    fn copy(&mut self, mut file: File) -> Result<()> {
        file.seek(SeekFrom::Start(0)).map_err(spooling)?;
        let mut buffer = vec![0; MEMORY];
        loop {
            let read = file.read(&mut buffer).map_err(spooling)?;
            let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
                return Ok(());
            };
            self.target.append(bytes)?;
        }
    }

    /// The table of contents may have become shorter; readers do not look at what follows it.
    fn patch_toc(&mut self, contents: &Contents, room: u64) -> Result<()> {
        self.target.patch(&encode_header(TOC, room, self.modified)?, 0)?;
        let (mut at, end) = (BLOCK, BLOCK + room);
        contents.write_toc(|bytes| {
            let next = at + bytes.len() as u64;
            if next > end {
                return Err(Error::new(
                    ErrorKind::Internal,
                    "the table of contents became too long",
                ));
            }
            self.target.patch(bytes, std::mem::replace(&mut at, next))
        })?;
        // What was never written reads as zeros; the last byte makes the file that long.
        let end = end + padding(room).len() as u64;
        if at < end { self.target.patch(&[0], end - 1) } else { Ok(()) }
    }

    /// The table of contents in a stream, where its length is known before.
    fn put_toc(&mut self, contents: &Contents, length: u64) -> Result<()> {
        self.target.append(&encode_header(TOC, length, self.modified)?)?;
        contents.write_toc(|bytes| self.target.append(bytes))?;
        self.target.append(padding(length))
    }

    fn cut(&mut self, to: u64) -> Result<()> {
        if self.target.is_rigid() {
            Err(missing_from_stream("what was being copied"))
        } else {
            self.target.cut(to)
        }
    }
}

fn gather(memory: &mut Vec<u8>, file: &mut Option<File>, bytes: &[u8]) -> Result<()> {
    if memory.len() + bytes.len() <= MEMORY {
        memory.extend_from_slice(bytes);
        return Ok(());
    }
    let file = match file {
        Some(file) => file,
        None => file.insert(temporary_file()?),
    };
    file.write_all(memory).and_then(|()| file.write_all(bytes)).map_err(spooling)?;
    memory.clear();
    Ok(())
}

fn spooling(error: std::io::Error) -> Error {
    let folder = std::env::temp_dir();
    Error::io(format!("gathering a member of the tar file in {}", folder.display()), error)
        .with_hint("free some space there, or name another folder in TMPDIR")
}

#[derive(Debug)]
struct Rows {
    out: Arc<Mutex<Out>>,
    start: u64,
    member: Member,
    ending: Ending,
}

impl Part for Rows {
    fn object(&mut self, _oid: u32) -> Result<()> {
        Err(Error::new(ErrorKind::Internal, "a large object among rows"))
    }

    fn add(&mut self, piece: &Piece) -> Result<()> {
        lock(&self.out).add(&mut self.member, piece.bytes())
    }

    fn end(mut self: Box<Self>) -> Result<()> {
        let mut out = lock(&self.out);
        out.add(&mut self.member, self.ending.piece.bytes())?;
        out.end(self.member)
    }

    fn cut(self: Box<Self>) -> Result<()> {
        lock(&self.out).cut(self.start)
    }
}

/// The large objects of one entry: a member for each, then the list of them.
#[derive(Debug)]
struct Objects {
    out: Arc<Mutex<Out>>,
    start: u64,
    list: String,
    oids: Vec<u32>,
    member: Option<Member>,
}

impl Part for Objects {
    fn object(&mut self, oid: u32) -> Result<()> {
        let mut out = lock(&self.out);
        if let Some(member) = self.member.take() {
            out.end(member)?;
        }
        self.member = Some(out.begin(object_file(oid))?);
        self.oids.push(oid);
        Ok(())
    }

    fn add(&mut self, piece: &Piece) -> Result<()> {
        match &mut self.member {
            Some(member) => lock(&self.out).add(member, piece.bytes()),
            None => Err(Error::new(ErrorKind::Internal, "bytes came before their large object")),
        }
    }

    fn end(self: Box<Self>) -> Result<()> {
        let Self { out, list, oids, member, .. } = *self;
        let mut out = lock(&out);
        if let Some(member) = member {
            out.end(member)?;
        }
        let mut list = out.begin(list)?;
        for oid in oids {
            out.add(&mut list, objects_line(oid).as_bytes())?;
        }
        out.end(list)
    }

    fn cut(self: Box<Self>) -> Result<()> {
        lock(&self.out).cut(self.start)
    }
}
