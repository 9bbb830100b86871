//! Where a backup goes: a file or a folder under construction, or standard output.
//!
//! ```text
//!  create ─► .NAME.partial-PID-N   (only for its owner, flock held)
//!     │                            its table of contents is written last: until then nothing takes it
//!     │                            for an archive
//!     ├─ publish: fsync ─► rename ─► fsync the folder around ─► NAME
//!     └─ drop or remove: gone
//! ```
//! In object storage an object appears when its last part is there, and a folder's objects are an
//! archive once its table of contents is.
//!
//! What a killed process left is found by its name, known to be dead by its free lock, and removed by
//! the next run for the same output.

mod check;
mod file;
mod folder;
mod mark;
mod object;
mod objects;
mod placed;
mod seal;
mod stream;
mod target;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::model::location::Location;
use crate::model::spec::{ArchiveFormat, BackupSpec, is_standard_stream};
use crate::storage::partial::{folder_of, partial_path};
use crate::work::{Meter, WorkContext};

pub(super) use check::check;
pub(super) use placed::{Folder, PlacedFile};
pub(super) use seal::Seal;
pub(super) use target::Target;

use file::PartialFile;
use folder::PartialFolder;
use object::PartialObject;
use objects::PartialObjects;
use stream::Stream;

/// An output that was begun.
#[derive(Debug)]
pub(super) enum Place {
    File(PartialFile),
    Folder(PartialFolder),
    Object(PartialObject),
    Objects(PartialObjects),
    Stream(Stream),
    /// Everything is counted and thrown away.
    Nowhere(Arc<Meter>),
}

/// What is to be made.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) path: PathBuf,
    /// Replace what is there.
    pub(super) overwrite: bool,
    /// Wait until everything is on the disk.
    pub(super) sync: bool,
    pub(super) meter: Arc<Meter>,
    /// The manifest that goes with it.
    pub(super) seal: Arc<Seal>,
}

#[cfg(test)]
impl Wish {
    /// A wish for tests.
    fn of(path: &Path, overwrite: bool) -> Self {
        let (meter, seal) = (Arc::default(), Arc::default());
        Self { path: path.to_owned(), overwrite, sync: true, meter, seal }
    }
}

impl Place {
    /// Begins the output of a backup, after removing what dead runs for the same output left.
    pub(super) fn prepare(spec: &BackupSpec, work: &WorkContext, seal: &Arc<Seal>) -> Result<Self> {
        if seal.is_alone() {
            return Ok(Self::Nowhere(Arc::clone(&work.meter)));
        }
        check(spec)?;
        seal.check(spec.overwrite)?;
        let wish = Wish {
            path: spec.output.clone(),
            overwrite: spec.overwrite,
            sync: !spec.options.no_sync,
            meter: Arc::clone(&work.meter),
            seal: Arc::clone(seal),
        };
        if is_standard_stream(&spec.output) {
            return Stream::open(wish, work.cancel.clone()).map(Self::Stream);
        }
        let is_folder = spec.format == ArchiveFormat::Directory;
        let stop = work.cancel.clone();
        match (Location::is_url(&spec.output), is_folder) {
            (false, true) => PartialFolder::create(wish).map(Self::Folder),
            (false, false) => PartialFile::create(wish).map(Self::File),
            (true, true) => PartialObjects::create(wish, stop).map(Self::Objects),
            (true, false) => PartialObject::create(wish, stop).map(Self::Object),
        }
    }

    /// What one file after another, or one block after another, is written to.
    pub(super) fn into_target(self) -> Result<Target> {
        match self {
            Self::File(file) => Ok(Target::file(file)),
            Self::Object(object) => Ok(Target::object(object)),
            Self::Stream(stream) => Ok(Target::stream(stream)),
            Self::Nowhere(meter) => Ok(Target::nowhere(meter)),
            Self::Folder(_) | Self::Objects(_) => Err(misplaced()),
        }
    }

    /// What many files are written to.
    pub(super) fn into_folder(self) -> Result<Folder> {
        match self {
            Self::Folder(folder) => Ok(Folder::Files(folder)),
            Self::Objects(objects) => Ok(Folder::Objects(objects)),
            Self::File(_) | Self::Object(_) | Self::Stream(_) | Self::Nowhere(_) => {
                Err(misplaced())
            }
        }
    }
}

fn misplaced() -> Error {
    Error::new(ErrorKind::Internal, "the output is not what its layout needs")
}

/// The error for a write that failed after so many bytes.
fn write_error(target: &Path, after: u64, error: std::io::Error) -> Error {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};

    let after = crate::model::size::Bytes(after);
    let full = matches!(error.kind(), StorageFull | QuotaExceeded);
    let error = Error::io(format!("writing {} (after {after})", target.display()), error);
    if full {
        let folder = folder_of(target).display();
        error.with_hint(format!("free some space in {folder} or choose another place"))
    } else {
        error
    }
}

/// A file without a name in the folder for temporary files.
pub(super) fn temporary_file() -> Result<std::fs::File> {
    use rustix::fs::{Mode, OFlags, open};

    let folder = std::env::temp_dir();
    let making = |error| {
        Error::io(format!("making a temporary file in {}", folder.display()), error)
            .with_hint("name a folder that can be written to in TMPDIR")
    };
    let private = Mode::RUSR | Mode::WUSR;
    let unnamed = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    if let Ok(file) = open(&folder, unnamed, private) {
        return Ok(file.into());
    }
    // Not every file system can; a name that is taken away at once does the same.
    let path = partial_path(&folder.join("dbbackup"));
    let mut options = std::fs::OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.read(true).write(true).create_new(true).open(&path).map_err(making)?;
    std::fs::remove_file(&path).map_err(making)?;
    Ok(file)
}

/// A file under construction, for tests.
#[cfg(test)]
pub(super) fn target(path: &Path) -> Target {
    let wish = Wish::of(path, false);
    Target::file(PartialFile::create(wish).expect("a file can be made"))
}
