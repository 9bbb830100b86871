//! The names of what is under construction, and the removal of what dead runs left.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::ErrorKind::NotFound;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::folder_of;
use crate::error::{Error, Result};

/// File names may have 255 bytes; the rest is for what is added to the name.
const NAME_BYTES: usize = 200;

/// The beginning of the names of all that is under construction for an output.
fn partial_prefix(target: &Path) -> OsString {
    let name = target.file_name().unwrap_or_default().as_bytes();
    let name = name.get(..NAME_BYTES).unwrap_or(name);
    OsString::from_vec([b".", name, b".partial-"].concat())
}

/// A name for something under construction that no living process uses.
pub(super) fn partial_path(target: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut name = partial_prefix(target);
    name.push(format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    folder_of(target).join(name)
}

/// Removes what is under construction and whose writer is dead, and refuses to go on beside a living
/// one.
pub(super) fn remove_stale(target: &Path) -> Result<()> {
    let prefix = partial_prefix(target);
    let folder = folder_of(target);
    let listing = |error| Error::io(format!("listing {}", folder.display()), error);
    for entry in fs::read_dir(folder).map_err(listing)? {
        let entry = entry.map_err(listing)?;
        if is_partial(&entry.file_name(), &prefix) {
            remove_if_dead(&entry.path(), target)?;
        }
    }
    Ok(())
}

fn is_partial(name: &OsStr, prefix: &OsStr) -> bool {
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    name.as_bytes().strip_prefix(prefix.as_bytes()).is_some_and(|rest| {
        let mut parts = rest.split(|byte| *byte == b'-');
        parts.next().is_some_and(digits)
            && parts.next().is_some_and(digits)
            && parts.next().is_none()
    })
}

fn remove_if_dead(path: &Path, target: &Path) -> Result<()> {
    // Unreadable or gone meanwhile: not ours to judge.
    let Ok(file) = File::open(path) else { return Ok(()) };
    let is_folder = file.metadata().is_ok_and(|found| found.is_dir());
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {
            let removed = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
            match removed {
                Err(error) if error.kind() != NotFound => {
                    let what = format!("removing {}, left by a dead run,", path.display());
                    Err(Error::io(what, error))
                }
                _ => Ok(()),
            }
        }
        Err(Errno::WOULDBLOCK) => Err(Error::conflict(format!(
            "another backup to {} is running: {} is in use",
            target.display(),
            path.display()
        ))
        .with_hint("wait for it to end, or choose another name")),
        Err(_) => Ok(()),
    }
}

/// Takes the lock that tells that the writer lives. False when another run took it for dead before.
pub(super) fn lock(file: &File, path: &Path) -> bool {
    // Where locks are not supported nobody can take it for dead either.
    let _ = flock(file, FlockOperation::NonBlockingLockExclusive);
    is_at(file, path)
}

/// Whether the open file is still the one at this path.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => open.dev() == named.dev() && open.ino() == named.ino(),
        _ => false,
    }
}
