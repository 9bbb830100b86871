//! Files and folders under construction: their names, the locks that tell that their writers live, the
//! removal of what dead runs left, and the renames that put them in their places.
//!
//! ```text
//!  .NAME.partial-PID-N   locked: its writer lives       rename_to_new ─► NAME, which was not there
//!                        not locked: a dead run's       exchange      ─► NAME, and the old one comes out
//! ```
//! Knows nothing of what is in them.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, ErrorKind::NotFound};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use rustix::io::Errno;

use crate::error::{Error, Result};

/// File names may have 255 bytes; the rest is for what is added to the name.
const NAME_BYTES: usize = 200;

/// The folder in which the output will lie.
pub(crate) fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Bytes that may still be written to the output's file system.
pub(crate) fn free_space(target: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(folder_of(target)).ok()?;
    stat.f_bavail.checked_mul(stat.f_frsize)
}

/// The beginning of the names of all that is under construction for an output.
fn partial_prefix(target: &Path) -> OsString {
    let name = target.file_name().unwrap_or_default().as_bytes();
    let name = name.get(..NAME_BYTES).unwrap_or(name);
    OsString::from_vec([b".", name, b".partial-"].concat())
}

/// A name for something under construction that no living process uses.
pub(crate) fn partial_path(target: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut name = partial_prefix(target);
    name.push(format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    folder_of(target).join(name)
}

/// Removes what is under construction and whose writer is dead, and refuses to go on beside a living
/// one.
pub(crate) fn remove_stale(target: &Path) -> Result<()> {
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

/// Removes what is under construction and whose writer is dead; living ones go on.
pub(crate) fn remove_dead(target: &Path) {
    let prefix = partial_prefix(target);
    let Ok(entries) = fs::read_dir(folder_of(target)) else { return };
    for entry in entries.flatten().filter(|entry| is_partial(&entry.file_name(), &prefix)) {
        // The only error that matters says that its writer lives.
        let _ = remove_if_dead(&entry.path(), target);
    }
}

fn is_partial(name: &OsStr, prefix: &OsStr) -> bool {
    name.as_bytes().strip_prefix(prefix.as_bytes()).is_some_and(is_number)
}

/// Whether a name is one that something under construction has.
pub(crate) fn is_partial_name(name: &OsStr) -> bool {
    const MARK: &[u8] = b".partial-";
    let name = name.as_bytes();
    let mut marks = name.windows(MARK.len()).enumerate().filter(|(_, part)| *part == MARK);
    let number = |at: usize| name.get(at + MARK.len()..).is_some_and(is_number);
    name.starts_with(b".") && marks.next_back().is_some_and(|(at, _)| number(at))
}

/// The process and its count: "4711-3".
fn is_number(rest: &[u8]) -> bool {
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let mut parts = rest.split(|byte| *byte == b'-');
    parts.next().is_some_and(digits) && parts.next().is_some_and(digits) && parts.next().is_none()
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
            "another run that writes {} is under way: {} is in use",
            target.display(),
            path.display()
        ))
        .with_hint("wait for it to end, or choose another name")),
        Err(_) => Ok(()),
    }
}

/// Takes the lock that tells that the writer lives. False when another run took it for dead before.
pub(crate) fn lock(file: &File, path: &Path) -> bool {
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

/// Renames a file without ever replacing another.
pub(crate) fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Not every file system knows the flag; a link refuses to replace on all of them.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        moved => Ok(moved?),
    }
}

/// Puts a new folder in the place of an old one; returns where the old one is afterwards.
pub(crate) fn exchange(new: &Path, target: &Path) -> io::Result<PathBuf> {
    match renameat_with(CWD, new, CWD, target, RenameFlags::EXCHANGE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => replace_in_two_steps(new, target),
        exchanged => exchanged.map(|()| new.to_owned()).map_err(io::Error::from),
    }
}

/// For file systems that cannot exchange two names: for a moment there is neither. The old folder's
/// name is none that a later run would remove.
fn replace_in_two_steps(new: &Path, target: &Path) -> io::Result<PathBuf> {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".old-{}", std::process::id()));
    let aside = folder_of(target).join(name);
    fs::rename(target, &aside)?;
    if let Err(error) = fs::rename(new, target) {
        fs::rename(&aside, target)?;
        return Err(error);
    }
    Ok(aside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_exchange_of_names_the_older_one_is_put_aside_first() {
        let around = tempfile::tempdir().unwrap();
        let (old, new) = (around.path().join("a"), around.path().join("b"));
        for (path, text) in [(&old, "old"), (&new, "new")] {
            fs::create_dir(path).unwrap();
            fs::write(path.join("toc.dat"), text).unwrap();
        }
        let aside = replace_in_two_steps(&new, &old).unwrap();
        assert_eq!(fs::read(old.join("toc.dat")).unwrap(), b"new");
        assert_eq!(fs::read(aside.join("toc.dat")).unwrap(), b"old");
        remove_stale(&old).unwrap();
        assert!(aside.exists(), "what was put aside is nothing that a dead run left");
        assert!(replace_in_two_steps(&new, &old).is_err(), "there is no new one");
        assert_eq!(fs::read(old.join("toc.dat")).unwrap(), b"new");
    }
}
