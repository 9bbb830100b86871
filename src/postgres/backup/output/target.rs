//! What is written from its beginning to its end: a file, where what was written can be changed, or a
//! stream, where it cannot.

use std::io::{self, Write};
use std::sync::Arc;

use super::file::PartialFile;
use super::object::PartialObject;
use super::stream::Stream;
use crate::archive::stretches::Stretches;
use crate::error::{Error, ErrorKind, Result};
use crate::work::Meter;

/// The output, written at its end.
#[derive(Debug)]
pub(in crate::postgres::backup) struct Target {
    to: To,
    end: u64,
    /// Bytes that the job's meter knows of.
    counted: u64,
    /// Hashes, where they are wanted.
    stretches: Option<Stretches>,
}

#[derive(Debug)]
enum To {
    File(PartialFile),
    Object(PartialObject),
    Stream(Stream),
    Nowhere(Arc<Meter>),
}

impl Target {
    pub(in crate::postgres::backup) fn file(file: PartialFile) -> Self {
        let hashed = file.wish.seal.is_wanted();
        Self::to(To::File(file), hashed)
    }

    pub(in crate::postgres::backup) fn stream(stream: Stream) -> Self {
        let hashed = stream.seal.is_wanted();
        Self::to(To::Stream(stream), hashed)
    }

    /// What is written is thrown away.
    pub(in crate::postgres::backup) fn nowhere(meter: Arc<Meter>) -> Self {
        Self::to(To::Nowhere(meter), false)
    }

    fn to(to: To, hashed: bool) -> Self {
        Self { to, end: 0, counted: 0, stretches: hashed.then(Stretches::default) }
    }

    pub(in crate::postgres::backup) fn object(object: PartialObject) -> Self {
        Self::to(To::Object(object), false)
    }

    /// Whether nothing can be taken back.
    pub(in crate::postgres::backup) fn is_stream(&self) -> bool {
        matches!(self.to, To::Stream(_))
    }

    /// Whether nothing can be changed afterwards but what was reserved at the beginning.
    pub(in crate::postgres::backup) fn is_rigid(&self) -> bool {
        matches!(self.to, To::Stream(_) | To::Object(_))
    }

    /// Says how much will come, about.
    pub(in crate::postgres::backup) fn expect(&mut self, bytes: u64) -> Result<()> {
        match &mut self.to {
            To::Object(object) => object.expect(bytes),
            To::File(_) | To::Stream(_) | To::Nowhere(_) => Ok(()),
        }
    }

    /// Bytes so far.
    pub(in crate::postgres::backup) fn end(&self) -> u64 {
        self.end
    }

    /// Leaves room for what [`Target::patch`] will bring. In a stream there is none.
    pub(in crate::postgres::backup) fn reserve(&mut self, bytes: u64) -> Result<()> {
        match &mut self.to {
            To::Stream(_) => return Ok(()),
            To::Object(object) => object.reserve(bytes)?,
            To::File(_) | To::Nowhere(_) => {}
        }
        if let Some(stretches) = &mut self.stretches {
            stretches.reserve(bytes);
        }
        self.end += bytes;
        Ok(())
    }

    /// Writes at the end.
    pub(in crate::postgres::backup) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.to {
            To::File(file) => file.write_at(bytes, self.end)?,
            To::Object(object) => object.append(bytes)?,
            To::Stream(stream) => stream.write(bytes, self.end)?,
            To::Nowhere(_) => {}
        }
        if let Some(stretches) = &mut self.stretches {
            stretches.append(bytes);
        }
        self.end += bytes.len() as u64;
        self.count(bytes.len() as u64);
        Ok(())
    }

    /// Lets somebody write at the end; a failure says which file it was.
    pub(in crate::postgres::backup) fn write_with(
        &mut self,
        write: impl FnOnce(&mut Append<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut append = Append { target: self, failure: None };
        let written = write(&mut append);
        written.map_err(|error| append.failure.take().unwrap_or(error))
    }

    /// Writes over what is there.
    pub(in crate::postgres::backup) fn patch(&mut self, bytes: &[u8], at: u64) -> Result<()> {
        match &mut self.to {
            To::File(file) => file.write_at(bytes, at)?,
            To::Object(object) => object.patch(bytes, at)?,
            To::Stream(_) => return Err(rigid()),
            To::Nowhere(_) => {}
        }
        if let Some(stretches) = &mut self.stretches {
            stretches.patch(at, bytes.len() as u64);
        }
        Ok(())
    }

    /// Takes off what is behind this place.
    pub(in crate::postgres::backup) fn cut(&mut self, to: u64) -> Result<()> {
        match &self.to {
            To::File(file) => file.truncate(to)?,
            To::Object(_) | To::Stream(_) => return Err(rigid()),
            To::Nowhere(_) => {}
        }
        self.end = to;
        if let Some(stretches) = &mut self.stretches {
            stretches.cut(to);
        }
        Ok(())
    }

    /// Completes the output. Returns its size.
    pub(in crate::postgres::backup) fn publish(&mut self) -> Result<u64> {
        let stretches = self.stretches.take();
        match &mut self.to {
            To::File(file) => {
                // Room that was left, with nothing behind it, is no part of the file yet.
                file.truncate(self.end)?;
                let proof = stretches.map(|stretches| file.prove(self.end, stretches));
                file.publish(proof.transpose()?)?;
            }
            To::Object(object) => object.publish()?,
            To::Stream(stream) => {
                if let Some(stretches) = stretches {
                    stream.seal(self.end, stretches)?;
                }
            }
            To::Nowhere(_) => {}
        }
        self.count(self.end.saturating_sub(self.counted));
        Ok(self.end)
    }

    /// Removes what can be removed, unless it was published.
    pub(in crate::postgres::backup) fn remove(&mut self) {
        match &mut self.to {
            To::File(file) => file.remove(),
            To::Object(object) => object.remove(),
            To::Stream(_) | To::Nowhere(_) => {}
        }
    }

    fn count(&mut self, bytes: u64) {
        self.counted += bytes;
        match &self.to {
            To::File(file) => file.wish.meter.add_archive(bytes),
            To::Object(object) => object.wish.meter.add_archive(bytes),
            To::Stream(stream) => stream.meter.add_archive(bytes),
            To::Nowhere(meter) => meter.add_archive(bytes),
        }
    }
}

fn rigid() -> Error {
    Error::new(ErrorKind::Internal, "what was written already cannot be changed")
}

/// Writes at the end of the output and keeps the error that says which output it was.
#[derive(Debug)]
pub(in crate::postgres::backup) struct Append<'a> {
    target: &'a mut Target,
    failure: Option<Error>,
}

impl Write for Append<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.target.append(bytes) {
            self.failure = Some(error);
            return Err(io::ErrorKind::Other.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
