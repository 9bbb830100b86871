//! Data that came through a pipe before its turn: kept in a temporary file that has no name.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::sync::Arc;

use super::Bytes;
use crate::error::{Error, Result};

/// A temporary file, made when it is needed.
#[derive(Debug, Default)]
pub(super) struct Spool {
    file: Option<Arc<File>>,
    length: u64,
    /// Where the data under a name is.
    kept: HashMap<String, (u64, u64)>,
}

impl Spool {
    /// Keeps what `write` writes, under a name.
    pub(super) fn keep(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut Writer) -> Result<()>,
    ) -> Result<()> {
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => Arc::clone(self.file.insert(Arc::new(nameless()?))),
        };
        let start = self.length;
        let mut writer = Writer { file, at: start };
        let written = write(&mut writer);
        self.length = writer.at;
        written?;
        self.kept.insert(name.to_owned(), (start, self.length - start));
        Ok(())
    }

    /// Whether anything was kept so far.
    pub(super) fn is_used(&self) -> bool {
        self.file.is_some()
    }

    /// Whether there is something under this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.kept.contains_key(name)
    }

    /// Reads what was kept under a name.
    pub(super) fn open(&self, name: &str) -> Option<Bytes> {
        let (at, left) = *self.kept.get(name)?;
        Some(Bytes::new(Section { file: Arc::clone(self.file.as_ref()?), at, left }))
    }
}

fn nameless() -> Result<File> {
    let folder = std::env::temp_dir();
    let doing = format!("making a temporary file in {}", folder.display());
    let io = |error| Error::io(&doing, error);
    for number in 0..u32::MAX {
        let path = folder.join(format!(".dbbackup-{}-{number}", std::process::id()));
        match OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => {
                fs::remove_file(&path).map_err(io)?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(io(error)),
        }
    }
    Err(io(io::Error::from(io::ErrorKind::AlreadyExists)))
}

/// Appends to the file.
#[derive(Debug)]
pub(super) struct Writer {
    file: Arc<File>,
    at: u64,
}

impl Write for Writer {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.file.write_at(buf, self.at)?;
        self.at += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Section {
    file: Arc<File>,
    at: u64,
    left: u64,
}

impl Read for Section {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        let read = self.file.read_at(buf.get_mut(..most).unwrap_or_default(), self.at)?;
        self.at += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}
