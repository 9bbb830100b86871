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

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind::NotFound, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::cluster::{CATALOGUE_FILE, DATABASES_FOLDER};
use crate::model::location::Location;
use crate::storage::partial::{exchange, folder_of, lock, partial_path, remove_stale};

/// The folder under construction. Dropping it removes it.
#[derive(Debug)]
pub(super) struct PartialFolder {
    path: PathBuf,
    target: PathBuf,
    overwrite: bool,
    /// Holds the lock.
    _lock: File,
}

/// Refuses an output that could not be put in its place, and one that would replace anything but an
/// earlier backup of a cluster.
pub(super) fn check_target(target: &Path, overwrite: bool) -> Result<()> {
    if Location::is_url(target) {
        return Err(Error::usage("a cluster is not backed up into object storage yet")
            .with_hint("name a folder; single databases go into a bucket"));
    }
    let parent = folder_of(target);
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
            Err(Error::conflict(format!("{shown} is no backup of a cluster: it is not replaced"))
                .with_hint("name another folder, or remove it yourself"))
        }
    }
}

fn exists(target: &Path) -> Error {
    Error::conflict(format!("{} exists already", target.display()))
        .with_hint("choose another name, or allow to overwrite it")
}

impl PartialFolder {
    /// Makes the folder, after removing what dead runs for the same output left.
    pub(super) fn create(target: &Path, overwrite: bool) -> Result<Self> {
        check_target(target, overwrite)?;
        remove_stale(target)?;
        let folder = loop {
            let path = partial_path(target);
            let making = |error| Error::io(format!("making {}", path.display()), error);
            DirBuilder::new().mode(0o700).create(&path).map_err(making)?;
            // Another run may have taken it for dead before it was locked.
            let Ok(file) = File::open(&path) else { continue };
            if lock(&file, &path) {
                break Self { path, target: target.to_owned(), overwrite, _lock: file };
            }
        };
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
        let old = self.put_in_place()?;
        // The name itself is on the disk only once its folder is.
        sync(folder_of(&self.target)).map_err(syncing)?;
        if let Some(old) = old.filter(|old| *old != self.path) {
            remove(&old);
        }
        // What has come out under the hidden name is the backup that was replaced: dropped with it.
        Ok(())
    }

    /// Renames the folder; what it replaced lies at the returned path.
    fn put_in_place(&self) -> Result<Option<PathBuf>> {
        let (from, to) = (&self.path, &self.target);
        let naming = |error| Error::io(format!("naming {}", to.display()), error);
        // Replaces an empty folder, and nothing else.
        match fs::rename(from, to) {
            Ok(()) => return Ok(None),
            Err(error) if !is_in_the_way(&error) => return Err(naming(error)),
            Err(_) if self.overwrite => {}
            Err(_) => return Err(exists(to).while_doing("a folder appeared during the backup")),
        }
        // It was looked at hours ago.
        check_target(to, true).map_err(|error| error.while_doing("replacing the older backup"))?;
        exchange(from, to).map(Some).map_err(naming)
    }
}

impl Drop for PartialFolder {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

fn remove(path: &Path) {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != NotFound => {
            tracing::warn!(path = %path.display(), %error, "a folder that is of no use any more could not be removed");
        }
        _ => {}
    }
}

fn is_in_the_way(error: &io::Error) -> bool {
    use io::ErrorKind::{AlreadyExists, DirectoryNotEmpty, NotADirectory};
    matches!(error.kind(), AlreadyExists | DirectoryNotEmpty | NotADirectory)
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
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
        assert!(error.to_string().contains("another run"), "{error}");
        drop(living);
        assert_eq!(names(base.path()), [".c.partial-x-7"]);
    }
}
