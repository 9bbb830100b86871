//! The folder under construction: a hidden neighbour of the output, locked while its writer lives,
//! and put in its place in one step once everything in it is on the disk.
//!
//! ```text
//!  create ─► .NAME.partial-PID-N/   (mode 0700, flock held)   the catalogue is written last
//!     ├─ publish: fsync ─► rename, or exchange with the one that is replaced ─► fsync parent
//!     └─ drop: removed
//! ```
//! What a killed process left is found by its name, known to be dead by its free lock, and removed by
//! the next run for the same output.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind::NotFound, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use rustix::io::Errno;

use crate::error::{Error, Result};
use crate::model::cluster::{CATALOGUE_FILE, DATABASES_FOLDER};

/// File names may have 255 bytes; the rest is for what is added to the name.
const NAME_BYTES: usize = 200;

/// The folder under construction. Dropping it removes it.
#[derive(Debug)]
pub(super) struct PartialFolder {
    path: PathBuf,
    target: PathBuf,
    overwrite: bool,
    /// Holds the lock.
    _lock: File,
}

/// The folder in which the output will lie.
pub(super) fn parent_of(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Refuses an output that could not be put in its place, and one that would replace anything but an
/// earlier backup of a cluster.
pub(super) fn check_target(target: &Path, overwrite: bool) -> Result<()> {
    let parent = parent_of(target);
    let opening =
        |error| Error::io(format!("opening the output's folder {}", parent.display()), error);
    let there = fs::metadata(parent).map_err(opening)?;
    if target.file_name().is_none() || !there.is_dir() {
        return Err(Error::usage(format!("{} does not name a folder", target.display())));
    }
    let shown = target.display();
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == NotFound => Ok(()),
        Err(error) => Err(Error::io(format!("looking at {shown}"), error)),
        Ok(found) if !found.is_dir() => Err(Error::usage(format!("{shown} is not a folder"))
            .with_hint("a cluster is backed up into a folder of its own: name a new one")),
        Ok(_) if !overwrite => Err(exists(target)),
        Ok(_) if target.join(CATALOGUE_FILE).is_file() => Ok(()),
        Ok(_) => {
            Err(Error::usage(format!("{shown} is no backup of a cluster: it is not replaced"))
                .with_hint("name another folder, or remove it yourself"))
        }
    }
}

fn exists(target: &Path) -> Error {
    Error::usage(format!("{} exists already", target.display()))
        .with_hint("choose another name, or allow to overwrite it")
}

impl PartialFolder {
    /// Makes the folder, after removing what dead runs for the same output left.
    pub(super) fn create(target: &Path, overwrite: bool) -> Result<Self> {
        check_target(target, overwrite)?;
        remove_stale(target)?;
        let path = partial_path(target);
        let making = |error| Error::io(format!("making {}", path.display()), error);
        DirBuilder::new().mode(0o700).create(&path).map_err(making)?;
        let lock = File::open(&path).map_err(making)?;
        // Where locks are not supported nobody can take it for dead either.
        let _ = flock(&lock, FlockOperation::NonBlockingLockExclusive);
        let folder = Self { path, target: target.to_owned(), overwrite, _lock: lock };
        let databases = folder.path.join(DATABASES_FOLDER);
        let made = DirBuilder::new().mode(0o700).create(&databases);
        made.map_err(|error| Error::io(format!("making {}", databases.display()), error))?;
        Ok(folder)
    }

    /// Where it lies for now.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file that only its owner may read: it may hold password hashes.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path.join(name);
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
        written.map_err(|error| Error::io(format!("writing {}", path.display()), error))
    }

    /// Puts the finished folder in its place; waits for the disk unless that is not wanted.
    pub(super) fn publish(self, durable: bool) -> Result<()> {
        let sync = |folder: &Path| {
            if durable { sync(folder) } else { Ok(()) }
        };
        let syncing = |error| Error::io(format!("syncing {}", self.target.display()), error);
        sync(&self.path.join(DATABASES_FOLDER)).map_err(syncing)?;
        sync(&self.path).map_err(syncing)?;
        self.put_in_place().map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                exists(&self.target).while_doing("a folder appeared during the backup")
            }
            _ => Error::io(format!("naming {}", self.target.display()), error),
        })?;
        // The name itself is on the disk only once its folder is. What is left under the hidden name
        // after an exchange is the backup that was replaced; dropping removes it.
        sync(parent_of(&self.target)).map_err(syncing)
    }

    fn put_in_place(&self) -> io::Result<()> {
        let (from, to) = (&self.path, &self.target);
        let replaces = self.overwrite && fs::symlink_metadata(to).is_ok();
        let flags = if replaces { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE };
        match renameat_with(CWD, from, CWD, to, flags) {
            // Not every file system knows the flags.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) if replaces => {
                let aside = partial_path(to);
                fs::rename(to, &aside)?;
                fs::rename(from, to)?;
                fs::rename(&aside, from)
            }
            // A folder never replaces one that has anything in it.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => fs::rename(from, to),
            moved => Ok(moved?),
        }
    }
}

impl Drop for PartialFolder {
    fn drop(&mut self) {
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != NotFound => {
                tracing::warn!(path = %self.path.display(), %error, "the partial folder could not be removed");
            }
            _ => {}
        }
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The beginning of the names of all partial folders of an output.
fn partial_prefix(target: &Path) -> OsString {
    let name = target.file_name().unwrap_or_default().as_bytes();
    let name = name.get(..NAME_BYTES).unwrap_or(name);
    OsString::from_vec([b".", name, b".partial-"].concat())
}

fn partial_path(target: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut name = partial_prefix(target);
    name.push(format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    parent_of(target).join(name)
}

/// Removes partial folders whose writer is dead, and refuses to go on beside a living one.
fn remove_stale(target: &Path) -> Result<()> {
    let prefix = partial_prefix(target);
    let parent = parent_of(target);
    let listing = |error| Error::io(format!("listing {}", parent.display()), error);
    for entry in fs::read_dir(parent).map_err(listing)? {
        let entry = entry.map_err(listing)?;
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && is_partial(&entry.file_name(), &prefix) {
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
    let Ok(folder) = File::open(path) else { return Ok(()) };
    match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => match fs::remove_dir_all(path) {
            Err(error) if error.kind() != NotFound => {
                Err(Error::io(format!("removing {}, left by a dead run,", path.display()), error))
            }
            _ => Ok(()),
        },
        Err(Errno::WOULDBLOCK) => Err(Error::usage(format!(
            "another backup to {} is running: {} is in use",
            target.display(),
            path.display()
        ))
        .with_hint("wait for it to end, or choose another name")),
        Err(_) => Ok(()),
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
    fn the_folder_appears_at_once_and_only_for_its_owner() {
        let base = tempfile::tempdir().unwrap();
        let target = base.path().join("c");
        let partial = PartialFolder::create(&target, false).unwrap();
        partial.write(CATALOGUE_FILE, b"{}").unwrap();
        assert!(!target.exists());
        partial.publish(true).unwrap();
        assert_eq!(names(base.path()), ["c"]);
        assert_eq!(names(&target), [CATALOGUE_FILE, DATABASES_FOLDER]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&target), mode(&target.join(CATALOGUE_FILE))), (0o700, 0o600));
    }

    #[test]
    fn a_folder_that_is_not_finished_leaves_nothing() {
        let base = tempfile::tempdir().unwrap();
        let partial = PartialFolder::create(&base.path().join("c"), false).unwrap();
        partial.write("x", b"y").unwrap();
        drop(partial);
        assert_eq!(names(base.path()), Vec::<String>::new());
    }

    #[test]
    fn only_an_earlier_backup_is_replaced_and_only_when_that_was_allowed() {
        let base = tempfile::tempdir().unwrap();
        let target = base.path().join("c");
        fs::create_dir(&target).unwrap();
        let error = PartialFolder::create(&target, true).unwrap_err();
        assert!(error.to_string().ends_with("is not replaced"), "{error}");
        fs::write(target.join(CATALOGUE_FILE), "old").unwrap();
        let error = PartialFolder::create(&target, false).unwrap_err();
        assert!(error.to_string().ends_with("exists already"), "{error}");
        let partial = PartialFolder::create(&target, true).unwrap();
        partial.write(CATALOGUE_FILE, b"new").unwrap();
        assert_eq!(fs::read(target.join(CATALOGUE_FILE)).unwrap(), b"old");
        partial.publish(true).unwrap();
        assert_eq!(fs::read(target.join(CATALOGUE_FILE)).unwrap(), b"new");
        assert_eq!(names(base.path()), ["c"]);
    }

    #[test]
    fn a_folder_that_appeared_meanwhile_is_not_replaced() {
        let base = tempfile::tempdir().unwrap();
        let target = base.path().join("c");
        let partial = PartialFolder::create(&target, false).unwrap();
        fs::create_dir(&target).unwrap();
        fs::write(target.join("theirs"), "x").unwrap();
        let error = partial.publish(true).unwrap_err();
        assert!(error.to_string().contains("appeared during the backup"), "{error}");
        assert_eq!(names(&target), ["theirs"]);
        assert_eq!(names(base.path()), ["c"]);
    }

    #[test]
    fn the_next_run_removes_what_a_dead_one_left_and_leaves_a_living_one_alone() {
        let base = tempfile::tempdir().unwrap();
        let target = base.path().join("c");
        fs::create_dir(base.path().join(".c.partial-4000000-7")).unwrap();
        fs::create_dir(base.path().join(".c.partial-x-7")).unwrap();
        let living = PartialFolder::create(&target, false).unwrap();
        let error = PartialFolder::create(&target, false).unwrap_err();
        assert!(error.to_string().contains("another backup"), "{error}");
        drop(living);
        assert_eq!(names(base.path()), [".c.partial-x-7"]);
    }
}
