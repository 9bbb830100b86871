//! A folder under construction, and the files in it.
//!
//! ```text
//!  publish: sync every file ─► sync the folder ─► rename ─► sync the folder around
//!                                                  └─ over an older backup: the two change places,
//!                                                     then the older one is removed
//! ```

use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::syncfs;
use sha2::Digest;

use super::check::{Contents, check_folder, contents_of, exists};
use super::{Wish, write_error};
use crate::archive::stretches::finished;
use crate::error::{Error, Result};
use crate::model::manifest::FileProof;
use crate::storage::partial::{exchange, folder_of, lock, partial_path, remove_stale};

/// Threads that wait for the disk at the same time.
const SYNCERS: usize = 8;
/// More files than this are first sent to the disk together, which is one wait instead of many.
const MANY: usize = 64;
/// How often the removal of a folder is tried in which somebody still makes files.
const REMOVALS: usize = 10;

/// The folder under construction.
#[derive(Debug)]
pub(in crate::postgres::backup) struct PartialFolder {
    /// Keeps the lock.
    folder: File,
    path: PathBuf,
    shared: Arc<Shared>,
    gone: AtomicBool,
}

#[derive(Debug)]
struct Shared {
    wish: Wish,
    size: AtomicU64,
    /// Of the files that were written to their end, by name.
    proofs: Mutex<BTreeMap<String, FileProof>>,
}

/// A file in the folder, written from its beginning to its end.
#[derive(Debug)]
pub(in crate::postgres::backup) struct FolderFile {
    file: File,
    name: String,
    length: u64,
    /// Where a hash is wanted.
    hasher: Option<sha2::Sha256>,
    shared: Arc<Shared>,
}

impl PartialFolder {
    /// Makes the folder, after removing what dead runs for the same output left.
    pub(super) fn create(wish: Wish) -> Result<Self> {
        check_folder(&wish.path, wish.overwrite)?;
        remove_stale(&wish.path)?;
        loop {
            let path = partial_path(&wish.path);
            let creating = |error| Error::io(format!("creating {}", path.display()), error);
            DirBuilder::new().mode(0o700).create(&path).map_err(creating)?;
            // Another run may have taken it for dead before it was locked.
            let Ok(folder) = File::open(&path) else { continue };
            if lock(&folder, &path) {
                let shared =
                    Arc::new(Shared { wish, size: AtomicU64::default(), proofs: Mutex::default() });
                return Ok(Self { folder, path, shared, gone: AtomicBool::new(false) });
            }
        }
    }

    /// Makes a file.
    pub(in crate::postgres::backup) fn create_file(&self, name: &str) -> Result<FolderFile> {
        let path = self.path.join(name);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = file.map_err(|error| self.write_error(name, error))?;
        let hasher = self.shared.wish.seal.is_wanted().then(sha2::Sha256::new);
        let shared = Arc::clone(&self.shared);
        Ok(FolderFile { file, name: name.to_owned(), length: 0, hasher, shared })
    }

    /// Removes a file.
    pub(in crate::postgres::backup) fn remove_file(&self, name: &str) -> Result<()> {
        match fs::remove_file(self.path.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                let path = self.shared.wish.path.join(name);
                Err(Error::io(format!("removing {}", path.display()), error))
            }
            _ => Ok(()),
        }
    }

    /// Puts the finished folder in its place, on the disk and whole. Returns the size of its files.
    pub(in crate::postgres::backup) fn publish(&self) -> Result<u64> {
        let Wish { path: target, sync, .. } = &self.shared.wish;
        let syncing = |error| Error::io(format!("syncing {}", target.display()), error);
        let mut names = self.names().map_err(syncing)?;
        let size = self.size_of(&names).map_err(syncing)?;
        if let Some(manifest) = self.write_manifest(&names)? {
            names.push(manifest);
        }
        if *sync {
            self.sync_files(&names).and_then(|()| self.folder.sync_all()).map_err(syncing)?;
        }
        let old = self.rename()?;
        self.gone.store(true, Ordering::Release);
        if *sync {
            File::open(folder_of(target)).and_then(|around| around.sync_all()).map_err(syncing)?;
        }
        if let Some(old) = old
            && let Err(error) = fs::remove_dir_all(&old)
        {
            tracing::warn!(path = %old.display(), %error, "the overwritten backup could not be removed");
        }
        Ok(size)
    }

    /// The manifest as a file beside the others, where it is wanted in the folder; else it is written
    /// where it is wanted.
    fn write_manifest(&self, names: &[OsString]) -> Result<Option<OsString>> {
        let wish = &self.shared.wish;
        let mut files = self.shared.proofs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // What was removed again is no part of the backup.
        let there: HashSet<&OsStr> = names.iter().map(OsString::as_os_str).collect();
        files.retain(|name, _| there.contains(OsStr::new(name)));
        if wish.seal.is_wanted() && files.len() != names.len() {
            let text = "the manifest would not name every file of the backup";
            return Err(Error::new(crate::error::ErrorKind::Internal, text));
        }
        let files: Vec<FileProof> = files.into_values().collect();
        if let Some((name, text)) = wish.seal.inside(files.clone())? {
            let path = self.path.join(name);
            let mut options = OpenOptions::new();
            let made = options.write(true).create_new(true).mode(0o600).open(path);
            let written = made.and_then(|mut file| file.write_all(&text));
            written.map_err(|error| self.write_error(name, error))?;
            return Ok(Some(name.into()));
        }
        if let Some(manifest) = wish.seal.write(files, wish.sync)? {
            manifest.publish()?.keep();
        }
        Ok(None)
    }

    fn names(&self) -> io::Result<Vec<OsString>> {
        fs::read_dir(&self.path)?.map(|entry| entry.map(|entry| entry.file_name())).collect()
    }

    fn size_of(&self, names: &[OsString]) -> io::Result<u64> {
        let size = |name| fs::metadata(self.path.join(name)).map(|found| found.len());
        names.iter().map(size).sum()
    }

    fn sync_files(&self, names: &[OsString]) -> io::Result<()> {
        if names.len() > MANY {
            // What it meets is met again below, by file.
            let _ = syncfs(&self.folder);
        }
        let next = AtomicUsize::new(0);
        let sync = || -> io::Result<()> {
            while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                File::open(self.path.join(name))?.sync_all()?;
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let syncers: Vec<_> =
                (0..SYNCERS.min(names.len())).map(|_| scope.spawn(sync)).collect();
            let crashed = |_| Err(io::Error::other("a thread crashed"));
            syncers.into_iter().try_for_each(|syncer| syncer.join().unwrap_or_else(crashed))
        })
    }

    /// Renames the folder; what it replaced lies at the returned path.
    fn rename(&self) -> Result<Option<PathBuf>> {
        let Wish { path: target, overwrite, .. } = &self.shared.wish;
        let naming = |error| Error::io(format!("naming {}", target.display()), error);
        // Replaces an empty folder, and nothing else.
        match fs::rename(&self.path, target) {
            Ok(()) => return Ok(None),
            Err(error) if !is_in_the_way(&error) => return Err(naming(error)),
            Err(_) if *overwrite => {}
            Err(_) => {
                return Err(exists(target).while_doing("a folder appeared during the backup"));
            }
        }
        // It was looked at hours ago.
        if !matches!(contents_of(target)?, Contents::Archive) {
            let text =
                format!("{} changed during the backup and is not replaced", target.display());
            return Err(Error::conflict(text).with_hint("choose another name"));
        }
        exchange(&self.path, target).map(Some).map_err(naming)
    }

    /// Removes the folder; does nothing once it was published or removed.
    pub(in crate::postgres::backup) fn remove(&self) {
        if self.gone.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut removed = Ok(());
        for _ in 0..REMOVALS {
            removed = fs::remove_dir_all(&self.path);
            // A worker that is being stopped may just have made a file.
            if !matches!(&removed, Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty) {
                break;
            }
        }
        if let Err(error) = removed {
            tracing::warn!(path = %self.path.display(), %error, "the partial folder could not be removed");
        }
    }

    fn write_error(&self, name: &str, error: io::Error) -> Error {
        let after = self.shared.size.load(Ordering::Relaxed);
        write_error(&self.shared.wish.path.join(name), after, error)
    }
}

impl Drop for PartialFolder {
    fn drop(&mut self) {
        self.remove();
    }
}

fn is_in_the_way(error: &io::Error) -> bool {
    use ErrorKind::{AlreadyExists, DirectoryNotEmpty, NotADirectory};
    matches!(error.kind(), AlreadyExists | DirectoryNotEmpty | NotADirectory)
}

impl FolderFile {
    pub(in crate::postgres::backup) fn name(&self) -> &str {
        &self.name
    }

    /// Whether nothing was written to it.
    pub(in crate::postgres::backup) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Writes at the end.
    pub(in crate::postgres::backup) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let shared = &self.shared;
        self.file.write_all(bytes).map_err(|error| {
            let after = shared.size.load(Ordering::Relaxed);
            write_error(&shared.wish.path.join(&self.name), after, error)
        })?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        self.length += bytes.len() as u64;
        shared.size.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        shared.wish.meter.add_archive(bytes.len() as u64);
        Ok(())
    }
}

impl Drop for FolderFile {
    fn drop(&mut self) {
        let Some(hasher) = self.hasher.take() else { return };
        let name = std::mem::take(&mut self.name);
        let sha256 = Some(finished(hasher));
        let proof =
            FileProof { name: name.clone(), bytes: self.length, sha256, stretches: Vec::new() };
        let mut proofs = self.shared.proofs.lock().unwrap_or_else(PoisonError::into_inner);
        proofs.insert(name, proof);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    fn wish(path: &Path, overwrite: bool) -> Wish {
        Wish::of(path, overwrite)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn archive(target: &Path, overwrite: bool, rows: &[u8]) -> PartialFolder {
        let folder = PartialFolder::create(wish(target, overwrite)).unwrap();
        for number in 0..100 {
            folder.create_file(&format!("{number}.dat")).unwrap().append(rows).unwrap();
        }
        folder.create_file("toc.dat").unwrap().append(b"PGDMP").unwrap();
        folder
    }

    #[test]
    fn the_folder_appears_at_once_and_only_for_its_owner() {
        let around = tempfile::tempdir().unwrap();
        let target = around.path().join("a");
        let folder = archive(&target, false, b"1\n");
        assert!(!target.exists());
        assert_eq!(folder.publish().unwrap(), 100 * 2 + 5);
        drop(folder);
        assert_eq!(names(around.path()), ["a"]);
        assert_eq!(names(&target).len(), 101);
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(target.join("7.dat")).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn an_empty_folder_is_replaced_and_a_full_one_kept() {
        let around = tempfile::tempdir().unwrap();
        let target = around.path().join("a");
        fs::create_dir(&target).unwrap();
        archive(&target, false, b"1\n").publish().unwrap();
        let error = PartialFolder::create(wish(&target, false)).unwrap_err();
        assert!(error.to_string().ends_with("exists already"), "{error}");
        assert_eq!(names(around.path()), ["a"]);
    }

    #[test]
    fn an_older_backup_is_replaced_only_when_the_new_one_is_whole() {
        let around = tempfile::tempdir().unwrap();
        let target = around.path().join("a");
        archive(&target, false, b"old\n").publish().unwrap();
        drop(archive(&target, true, b"given up\n"));
        assert_eq!(fs::read(target.join("7.dat")).unwrap(), b"old\n");
        let folder = archive(&target, true, b"new\n");
        assert_eq!(fs::read(target.join("7.dat")).unwrap(), b"old\n");
        folder.publish().unwrap();
        assert_eq!(fs::read(target.join("7.dat")).unwrap(), b"new\n");
        assert_eq!(names(around.path()), ["a"]);
    }

    #[test]
    fn a_folder_that_is_no_backup_is_never_overwritten() {
        let around = tempfile::tempdir().unwrap();
        let target = around.path().join("home");
        fs::create_dir(&target).unwrap();
        for (name, is_file) in [("letters.txt", true), ("photos", false), ("5.dat", true)] {
            let path = target.join(name);
            if is_file {
                fs::write(&path, "x").unwrap();
            } else {
                fs::create_dir(&path).unwrap();
            }
            let error = PartialFolder::create(wish(&target, true)).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
            if is_file { fs::remove_file(&path).unwrap() } else { fs::remove_dir(&path).unwrap() }
        }
        // Nor one to which something came meanwhile.
        archive(&target, true, b"1\n").publish().unwrap();
        let folder = archive(&target, true, b"2\n");
        fs::write(target.join("letters.txt"), "x").unwrap();
        assert!(folder.publish().unwrap_err().to_string().contains("changed during the backup"));
        drop(folder);
        assert_eq!(fs::read(target.join("7.dat")).unwrap(), b"1\n");
        assert_eq!(names(around.path()), ["home"]);
    }

    #[test]
    fn a_folder_that_appeared_meanwhile_is_not_replaced() {
        let around = tempfile::tempdir().unwrap();
        let target = around.path().join("a");
        let folder = archive(&target, false, b"1\n");
        archive(&around.path().join("b"), false, b"theirs\n").publish().unwrap();
        fs::rename(around.path().join("b"), &target).unwrap();
        let error = folder.publish().unwrap_err();
        assert!(error.to_string().contains("appeared during the backup"), "{error}");
        drop(folder);
        assert_eq!(names(around.path()), ["a"]);
        assert_eq!(fs::read(target.join("7.dat")).unwrap(), b"theirs\n");
    }

    #[test]
    fn what_dead_runs_left_is_removed_and_living_ones_are_not_disturbed() {
        let around = tempfile::tempdir().unwrap();
        let target = around.path().join("a");
        let stale = around.path().join(".a.partial-4000000-7");
        fs::create_dir(&stale).unwrap();
        fs::write(stale.join("toc.dat"), "x").unwrap();
        fs::write(around.path().join(".a.partial-4000000-8"), "x").unwrap();
        let living = PartialFolder::create(wish(&target, false)).unwrap();
        assert_eq!(names(around.path()).len(), 1);
        let error = PartialFolder::create(wish(&target, false)).unwrap_err();
        assert!(error.to_string().contains("another run"), "{error}");
        living.remove();
        assert!(living.create_file("late.dat").is_err());
        assert!(names(around.path()).is_empty());
    }
}
