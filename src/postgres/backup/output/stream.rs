//! Standard output as the place of a backup. Nothing that was written can be taken back.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::size::Bytes;
use crate::work::Meter;

/// Standard output.
#[derive(Debug)]
pub(in crate::postgres::backup) struct Stream {
    file: File,
    pub(super) meter: Arc<Meter>,
}

impl Stream {
    /// Takes standard output.
    pub(super) fn open(meter: Arc<Meter>) -> Result<Self> {
        let file = rustix::io::dup(rustix::stdio::stdout())
            .map_err(|error| Error::io("opening standard output", io::Error::from(error)))?;
        Ok(Self { file: file.into(), meter })
    }

    /// Writes all bytes behind the others, of which there are so many.
    pub(super) fn write(&mut self, bytes: &[u8], after: u64) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| {
            let after = Bytes(after);
            if error.kind() == io::ErrorKind::BrokenPipe {
                let text = format!("whoever read standard output went away after {after}");
                return Error::io(text, error).with_hint("look for the error of the other program");
            }
            Error::io(format!("writing to standard output (after {after})"), error)
        })
    }
}
