//! The custom format: one file of blocks behind a head.
//!
//! ```text
//!  file    ┌ place of the head ┐┌ block ┐┌ block ┐┌ block still open …     the head is written last,
//!          └ 0                 └ head_len                                  with the blocks' positions
//!  stream  ┌ head ┐┌ block ┐┌ block ┐┌ block still open …                  positions not set: blocks
//!                                                                          come in archive order
//! ```
//! An entry that cannot be completed leaves the file at once: nothing lies behind its open block. In
//! an object its block stays, ended and unnamed, and the parts with the head are sent last.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Ending, Layout, Order, Part, lock, missing_from_stream};
use crate::archive::compress::{BlockAssembler, Form, ObjectsAssembler, Piece};
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::backup::contents::{Contents, Data};
use crate::postgres::backup::output::Target;

/// A custom-format archive.
#[derive(Debug)]
pub(in crate::postgres::backup) struct Custom {
    contents: Mutex<Contents>,
    is_stream: bool,
    file: Arc<BlockFile>,
}

impl Custom {
    pub(super) fn new(target: Target, contents: Contents, ending: Ending) -> Result<Self> {
        let is_stream = target.is_stream();
        // With nothing behind it the head needs no room: it is written at the end.
        let room = if is_stream || contents.with_data().is_empty() {
            0
        } else {
            contents.head_length()?
        };
        let file = BlockFile::new(target, room, ending)?;
        if is_stream {
            let mut tail = file.tail();
            contents.write_head(|bytes| tail.target.append(bytes))?;
        }
        Ok(Self { contents: Mutex::new(contents), is_stream, file: Arc::new(file) })
    }
}

impl Layout for Custom {
    fn order(&self) -> Order {
        if self.is_stream { Order::Listed } else { Order::Free }
    }

    fn form(&self) -> Form {
        Form::Block
    }

    fn begin(&self, id: u32) -> Result<Box<dyn Part>> {
        BlockFile::begin(&self.file, id, lock(&self.contents).data_of(id)?)
    }

    fn skip(&self, id: u32) -> Result<()> {
        self.file.skip(&lock(&self.contents).name_of(id))
    }

    fn finish(&self, left_out: &HashSet<u32>) -> Result<u64> {
        if self.is_stream {
            return self.file.tail().target.publish();
        }
        let mut contents = lock(&self.contents);
        contents.place(left_out, |id| self.file.start_of(id))?;
        self.file.finish(|out| contents.write_head(out))
    }

    fn remove(&self) {
        if !self.is_stream {
            self.file.tail().target.remove();
        }
    }
}

/// The file, without knowledge of what the head says.
#[derive(Debug)]
pub(in crate::postgres::backup) struct BlockFile {
    head_len: u64,
    ending: Ending,
    tail: Mutex<Tail>,
}

#[derive(Debug)]
struct Tail {
    target: Target,
    /// Where the finished blocks begin, by dump id.
    placed: HashMap<u32, u64>,
}

impl BlockFile {
    /// Blocks will follow a head of this length.
    pub(in crate::postgres::backup) fn new(
        mut target: Target,
        head_len: u64,
        ending: Ending,
    ) -> Result<Self> {
        target.reserve(head_len)?;
        Ok(Self { head_len, ending, tail: Mutex::new(Tail { target, placed: HashMap::new() }) })
    }

    fn is_stream(&self) -> bool {
        self.tail().target.is_stream()
    }

    pub(in crate::postgres::backup) fn begin(
        this: &Arc<Self>,
        id: u32,
        data: Data,
    ) -> Result<Box<dyn Part>> {
        let codec = this.ending.codec;
        let mut tail = this.tail();
        let start = tail.target.end();
        let out = &mut tail.target;
        let block = match data {
            Data::Rows => {
                let block = BlockAssembler::new(codec, id);
                out.write_with(|out| block.start(out))?;
                Block::Rows(block)
            }
            Data::Objects => {
                let block = ObjectsAssembler::new(codec, id);
                out.write_with(|out| block.start(out))?;
                Block::Objects(block)
            }
        };
        drop(tail);
        Ok(Box::new(OpenBlock { file: Arc::clone(this), id, start, block }))
    }

    pub(in crate::postgres::backup) fn skip(&self, what: &str) -> Result<()> {
        if self.is_stream() { Err(missing_from_stream(what)) } else { Ok(()) }
    }

    /// Where the entry's finished block begins.
    pub(in crate::postgres::backup) fn start_of(&self, id: u32) -> Option<u64> {
        self.tail().placed.get(&id).copied()
    }

    /// Writes the head into the place that was left for it, and publishes the file.
    pub(in crate::postgres::backup) fn finish(
        &self,
        write: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>,
    ) -> Result<u64> {
        let mut tail = self.tail();
        let target = &mut tail.target;
        if self.head_len == 0 && target.end() == 0 {
            write(&mut |bytes| target.append(bytes))?;
            return target.publish();
        }
        let mut at = 0;
        write(&mut |bytes| {
            let end = at + bytes.len() as u64;
            if end > self.head_len {
                return Err(Error::new(ErrorKind::Internal, "the archive's head became too long"));
            }
            target.patch(bytes, std::mem::replace(&mut at, end))
        })?;
        target.publish()
    }

    fn tail(&self) -> MutexGuard<'_, Tail> {
        lock(&self.tail)
    }
}

#[derive(Debug)]
enum Block {
    Rows(BlockAssembler),
    Objects(ObjectsAssembler),
}

impl Block {
    fn add(&mut self, piece: &Piece, out: &mut impl Write) -> Result<()> {
        match self {
            Self::Rows(block) => block.add(piece, out),
            Self::Objects(block) => block.add(piece, out),
        }
    }

    fn finish(self, out: &mut impl Write) -> Result<()> {
        match self {
            Self::Rows(block) => block.finish(out),
            Self::Objects(block) => block.finish(out),
        }
    }
}

#[derive(Debug)]
struct OpenBlock {
    file: Arc<BlockFile>,
    id: u32,
    start: u64,
    block: Block,
}

impl Part for OpenBlock {
    fn object(&mut self, oid: u32) -> Result<()> {
        match &mut self.block {
            Block::Objects(block) => {
                self.file.tail().target.write_with(|out| block.begin(oid, out))
            }
            Block::Rows(_) => Err(Error::new(ErrorKind::Internal, "a large object among rows")),
        }
    }

    fn add(&mut self, piece: &Piece) -> Result<()> {
        let block = &mut self.block;
        self.file.tail().target.write_with(|out| block.add(piece, out))
    }

    fn end(self: Box<Self>) -> Result<()> {
        let Self { file, id, start, block } = *self;
        let ending = Arc::clone(&file.ending.piece);
        let mut tail = file.tail();
        tail.target.write_with(|out| match block {
            Block::Rows(mut block) => {
                block.add(&ending, out)?;
                block.finish(out)
            }
            Block::Objects(block) => block.finish(out),
        })?;
        tail.placed.insert(id, start);
        Ok(())
    }

    fn cut(self: Box<Self>) -> Result<()> {
        let Self { file, start, block, .. } = *self;
        let mut tail = file.tail();
        if tail.target.is_stream() {
            return Err(missing_from_stream("what was being copied"));
        }
        if !tail.target.is_rigid() {
            return tail.target.cut(start);
        }
        // What was sent stays: a block that is whole for who passes over it, and that the head does not
        // name.
        tail.target.write_with(|out| block.finish(out))
    }
}
