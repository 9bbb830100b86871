//! The file under construction: a hidden neighbour of the output, locked while its writer lives,
//! and put in its place in one step once everything in it is on the disk.
//!
//! ```text
//!  create ─► .NAME.partial-PID-N   (mode 0600, flock held)   its head is written last: until then
//!     │                                                       nothing takes it for an archive
//!     ├─ publish: fsync ─► rename ─► fsync folder ─► NAME
//!     └─ drop or remove: unlinked
//! ```
//! What a killed process left is found by its name, known to be dead by its free lock, and removed by
//! the next run for the same output.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind::NotFound};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use rustix::io::Errno;

use crate::error::{Error, Result};
use crate::model::size::Bytes;

/// File names may have 255 bytes; the rest is for what is added to the name.
const NAME_BYTES: usize = 200;

/// The file under construction.
#[derive(Debug)]
pub(super) struct PartialFile {
    file: File,
    path: PathBuf,
    target: PathBuf,
    overwrite: bool,
    gone: AtomicBool,
}

/// Refuses an output that could not be put in its place: an existing file without `overwrite`, a
/// folder, a missing folder, and whatever a rename would replace by a file: a device, a pipe, a
/// symbolic link.
pub(super) fn check_target(target: &Path, overwrite: bool) -> Result<()> {
    let folder = folder_of(target);
    let there = fs::metadata(folder).map_err(|error| {
        Error::io(format!("opening the output's folder {}", folder.display()), error)
    })?;
    let Some(_) = target.file_name().filter(|_| there.is_dir()) else {
        return Err(Error::usage(format!("{} does not name a file", target.display())));
    };
    match fs::symlink_metadata(target) {
        Ok(found) if found.is_dir() => {
            Err(Error::usage(format!("{} is a folder", target.display()))
                .with_hint("name a file for the output"))
        }
        Ok(found) if found.is_symlink() => {
            Err(Error::usage(format!("{} is a symbolic link", target.display()))
                .with_hint("name the file that it leads to, or another"))
        }
        Ok(found) if !found.is_file() => {
            Err(Error::usage(format!("{} is not an ordinary file", target.display())).with_hint(
                "an archive is put in its place whole, so it cannot go to a device or a pipe; \
                 name a file",
            ))
        }
        Ok(_) if !overwrite => Err(exists(target)),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == NotFound => Ok(()),
        Err(error) => Err(Error::io(format!("looking at {}", target.display()), error)),
    }
}

fn exists(target: &Path) -> Error {
    Error::conflict(format!("{} exists already", target.display()))
        .with_hint("choose another name, or allow to overwrite it")
}

/// The folder in which the output will lie.
pub(super) fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Bytes that may still be written to the output's file system.
pub(super) fn free_space(target: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(folder_of(target)).ok()?;
    stat.f_bavail.checked_mul(stat.f_frsize)
}

impl PartialFile {
    /// Makes the file, after removing what dead runs for the same output left.
    pub(super) fn create(target: &Path, overwrite: bool) -> Result<Self> {
        check_target(target, overwrite)?;
        remove_stale(target)?;
        loop {
            let path = partial_path(target);
            let file =
                OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
            let file =
                file.map_err(|error| Error::io(format!("creating {}", path.display()), error))?;
            // Where locks are not supported nobody can take it for dead either.
            let _ = flock(&file, FlockOperation::NonBlockingLockExclusive);
            // Another run may have taken it for dead before it was locked.
            if is_at(&file, &path) {
                let target = target.to_owned();
                return Ok(Self { file, path, target, overwrite, gone: AtomicBool::new(false) });
            }
        }
    }

    /// Writes all bytes at a place in the file.
    pub(super) fn write_at(&self, bytes: &[u8], at: u64) -> Result<()> {
        self.file.write_all_at(bytes, at).map_err(|error| self.write_error(at, error))
    }

    /// The error for a write that failed at this place.
    fn write_error(&self, at: u64, error: io::Error) -> Error {
        let what = format!("writing {} (after {})", self.target.display(), Bytes(at));
        let full =
            matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        let error = Error::io(what, error);
        if full {
            let folder = folder_of(&self.target).display();
            error.with_hint(format!("free some space in {folder} or choose another place"))
        } else {
            error
        }
    }

    /// Cuts the file.
    pub(super) fn truncate(&self, length: u64) -> Result<()> {
        self.file.set_len(length).map_err(|error| self.write_error(length, error))
    }

    /// Puts the finished file in its place, on the disk and whole.
    pub(super) fn publish(&self) -> Result<()> {
        let syncing = |error| Error::io(format!("syncing {}", self.target.display()), error);
        self.file.sync_all().map_err(syncing)?;
        let moved = if self.overwrite {
            fs::rename(&self.path, &self.target)
        } else {
            rename_to_new(&self.path, &self.target)
        };
        match moved {
            Ok(()) => self.gone.store(true, Ordering::Release),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(exists(&self.target).while_doing("a file appeared during the backup"));
            }
            Err(error) => {
                return Err(Error::io(format!("naming {}", self.target.display()), error));
            }
        }
        // The name itself is on the disk only once the folder is.
        File::open(folder_of(&self.target)).and_then(|folder| folder.sync_all()).map_err(syncing)
    }

    /// Removes the file; does nothing once it was published or removed.
    pub(super) fn remove(&self) {
        if !self.gone.swap(true, Ordering::AcqRel)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "the partial file could not be removed");
        }
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Renames without ever replacing a file.
fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Not every file system knows the flag; a link refuses to replace on all of them.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        moved => Ok(moved?),
    }
}

/// The beginning of the names of all partial files of an output.
fn partial_prefix(target: &Path) -> OsString {
    let name = target.file_name().unwrap_or_default().as_bytes();
    let name = name.get(..NAME_BYTES).unwrap_or(name);
    OsString::from_vec([b".", name, b".partial-"].concat())
}

fn partial_path(target: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut name = partial_prefix(target);
    name.push(format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    folder_of(target).join(name)
}

/// Removes partial files whose writer is dead, and refuses to go on beside a living one.
fn remove_stale(target: &Path) -> Result<()> {
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
    let Ok(file) = OpenOptions::new().read(true).write(true).open(path) else { return Ok(()) };
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => match fs::remove_file(path) {
            Err(error) if error.kind() != NotFound => {
                Err(Error::io(format!("removing {}, left by a dead run,", path.display()), error))
            }
            _ => Ok(()),
        },
        Err(Errno::WOULDBLOCK) => Err(Error::conflict(format!(
            "another backup to {} is running: {} is in use",
            target.display(),
            path.display()
        ))
        .with_hint("wait for it to end, or choose another name")),
        Err(_) => Ok(()),
    }
}

/// Whether the open file is still the one at this path.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => open.dev() == named.dev() && open.ino() == named.ino(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_output_appears_at_once_and_only_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.dump");
        let partial = PartialFile::create(&target, false).unwrap();
        partial.write_at(b"tail", 4).unwrap();
        partial.write_at(b"head", 0).unwrap();
        assert!(!target.exists());
        partial.publish().unwrap();
        drop(partial);
        assert_eq!(names(folder.path()), ["a.dump"]);
        assert_eq!(fs::read(&target).unwrap(), b"headtail");
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_device_and_a_link_are_refused_even_where_a_file_may_be_replaced() {
        let device = check_target(Path::new("/dev/null"), true).unwrap_err();
        assert_eq!(device.to_string(), "/dev/null is not an ordinary file");
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("latest.dump");
        std::os::unix::fs::symlink("elsewhere.dump", &link).unwrap();
        let refused = check_target(&link, true).unwrap_err();
        assert!(refused.to_string().ends_with("latest.dump is a symbolic link"), "{refused}");
    }

    #[test]
    fn a_dropped_or_removed_partial_file_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.dump");
        drop(PartialFile::create(&target, false).unwrap());
        assert!(names(folder.path()).is_empty());
        let partial = PartialFile::create(&target, false).unwrap();
        partial.remove();
        // Late writes of workers that are being stopped do no harm.
        partial.write_at(b"late", 0).unwrap();
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn an_existing_file_is_kept_unless_overwriting_was_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.dump");
        fs::write(&target, "old").unwrap();
        let error = PartialFile::create(&target, false).unwrap_err();
        assert!(error.to_string().ends_with("a.dump exists already"), "{error}");
        let partial = PartialFile::create(&target, true).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"old");
        partial.write_at(b"new", 0).unwrap();
        partial.publish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
    }

    #[test]
    fn a_file_that_appeared_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.dump");
        let partial = PartialFile::create(&target, false).unwrap();
        fs::write(&target, "theirs").unwrap();
        let error = partial.publish().unwrap_err();
        assert!(error.to_string().contains("appeared during the backup"), "{error}");
        drop(partial);
        assert_eq!(names(folder.path()), ["a.dump"]);
        assert_eq!(fs::read(&target).unwrap(), b"theirs");
    }

    #[test]
    fn the_next_run_removes_what_a_dead_one_left_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let others = [".a.dump.partial-x-1", ".b.dump.partial-1-1", "a.dump.partial-1-1"];
        for name in others.iter().chain(&[".a.dump.partial-4000000-7"]) {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        drop(PartialFile::create(&folder.path().join("a.dump"), false).unwrap());
        assert_eq!(names(folder.path()), others);
    }

    #[test]
    fn a_living_run_for_the_same_output_is_not_disturbed() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.dump");
        let living = PartialFile::create(&target, false).unwrap();
        let error = PartialFile::create(&target, false).unwrap_err();
        assert!(error.to_string().contains("another backup"), "{error}");
        assert!(living.path.exists());
    }

    #[test]
    fn a_folder_or_a_missing_folder_is_refused_before_anything_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let error = check_target(folder.path(), true).unwrap_err();
        assert!(error.to_string().ends_with("is a folder"), "{error}");
        let error = check_target(&folder.path().join("no/a.dump"), false).unwrap_err();
        assert!(error.chain().contains("opening the output's folder"), "{}", error.chain());
        assert_eq!(error.hint(), Some("check that the path exists"));
    }

    #[test]
    fn a_write_to_a_full_device_says_how_far_it_came() {
        let full = OpenOptions::new().read(true).write(true).open("/dev/full").unwrap();
        let partial = PartialFile {
            file: full,
            path: PathBuf::from("/nowhere/.a.dump.partial-1-1"),
            target: PathBuf::from("/nowhere/a.dump"),
            overwrite: false,
            gone: AtomicBool::new(true),
        };
        let error = partial.write_at(b"x", 5 << 20).unwrap_err();
        assert!(error.chain().contains("/nowhere/a.dump (after 5.0 MiB)"), "{}", error.chain());
        assert_eq!(error.hint(), Some("free some space in /nowhere or choose another place"));
    }
}
