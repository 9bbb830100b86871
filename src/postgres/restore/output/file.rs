//! Where a script goes: a file that appears when it is whole, or standard output.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Stdout, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::location::Location;
use crate::model::spec::is_standard_stream;
use crate::storage::partial::{folder_of, lock, partial_path, remove_stale, rename_to_new};

const BUFFER: usize = 256 << 10;

/// An output under construction.
pub(super) enum Out {
    Stream(BufWriter<Stdout>),
    File(Partial),
}

impl Out {
    /// Makes the file, which must not be there yet unless it may be replaced.
    pub(super) fn create(path: &Path, replace: bool) -> Result<Self> {
        if is_standard_stream(path) {
            return Ok(Self::Stream(BufWriter::with_capacity(BUFFER, io::stdout())));
        }
        Partial::create(path, replace).map(Self::File)
    }

    /// Ends the output.
    pub(super) fn publish(&mut self) -> Result<()> {
        match self {
            Self::Stream(out) => out.flush().map_err(|e| Error::io("writing standard output", e)),
            Self::File(partial) => partial.publish(),
        }
    }

    /// What there is of an output that was not published.
    pub(super) fn left(&self) -> String {
        match self {
            Self::Stream(_) => "what was written to standard output is not whole".to_owned(),
            Self::File(partial) => format!("{} was not written", partial.path.display()),
        }
    }
}

impl Write for Out {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stream(out) => out.write(buf),
            Self::File(partial) => partial.out.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stream(out) => out.flush(),
            Self::File(partial) => partial.out.flush(),
        }
    }
}

/// A file beside its name.
pub(super) struct Partial {
    out: BufWriter<File>,
    path: PathBuf,
    hidden: PathBuf,
    replace: bool,
    published: bool,
}

impl Partial {
    fn create(path: &Path, replace: bool) -> Result<Self> {
        let io = |error| Error::io(format_args!("creating {}", path.display()), error);
        if Location::is_url(path) {
            return Err(Error::usage("SQL is not written into object storage")
                .with_hint("name a file, or - for standard output"));
        }
        match fs::symlink_metadata(path) {
            Ok(facts) if !facts.is_file() => {
                let text = format!("{} is not an ordinary file", path.display());
                return Err(
                    Error::conflict(text).with_hint("name a file, or - for standard output")
                );
            }
            Ok(_) if !replace => return Err(exists(path)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(io(error)),
        }
        remove_stale(path)?;
        loop {
            let hidden = partial_path(path);
            let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&hidden);
            let file = file.map_err(io)?;
            // Another run may have taken it for dead before it was locked.
            if lock(&file, &hidden) {
                let out = BufWriter::with_capacity(BUFFER, file);
                let path = path.to_owned();
                return Ok(Self { out, path, hidden, replace, published: false });
            }
        }
    }

    fn publish(&mut self) -> Result<()> {
        let path = &self.path;
        let io = |error| Error::io(format_args!("writing {}", path.display()), error);
        self.out.flush().map_err(io)?;
        self.out.get_ref().sync_all().map_err(io)?;
        if self.replace {
            fs::rename(&self.hidden, path).map_err(io)?;
        } else {
            rename_to_new(&self.hidden, path).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => exists(path),
                _ => io(error),
            })?;
        }
        self.published = true;
        let folder = File::open(folder_of(path)).map_err(io)?;
        folder.sync_all().map_err(io)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.published
            && let Err(error) = fs::remove_file(&self.hidden)
        {
            let path = self.hidden.display();
            tracing::warn!(%path, %error, "the partial file could not be removed");
        }
    }
}

fn exists(path: &Path) -> Error {
    Error::conflict(format!("{} exists already", path.display()))
        .with_hint("choose another name, or agree to replace it with --over-existing")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_when_it_is_whole_and_never_replaces_another_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.sql");
        let mut out = Out::create(&path, false).unwrap();
        out.write_all(b"SELECT 1;\n").unwrap();
        assert!(!path.exists());
        out.publish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"SELECT 1;\n");
        assert!(Out::create(&path, false).is_err());
        let mut out = Out::create(&path, true).unwrap();
        out.write_all(b"SELECT 2;\n").unwrap();
        drop(out);
        assert_eq!(fs::read(&path).unwrap(), b"SELECT 1;\n", "given up");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let mut out = Out::create(&path, true).unwrap();
        out.publish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
        assert!(Out::create(folder.path(), true).is_err(), "a folder");
    }
}
