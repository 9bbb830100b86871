//! A file under construction.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::Digest;

use super::check::{check_file, exists};
use super::seal::Published;
use super::{Wish, write_error};
use crate::archive::stretches::{Stretches, sha256};
use crate::error::{Error, Result};
use crate::model::manifest::{FileProof, Stretch};
use crate::storage::partial::{folder_of, lock, partial_path, remove_stale, rename_to_new};

/// As much as is read at once.
const BUFFER: usize = 256 << 10;

/// The file under construction.
#[derive(Debug)]
pub(in crate::postgres::backup) struct PartialFile {
    file: File,
    path: PathBuf,
    pub(super) wish: Wish,
    gone: AtomicBool,
}

impl PartialFile {
    /// Makes the file, after removing what dead runs for the same output left.
    pub(super) fn create(wish: Wish) -> Result<Self> {
        check_file(&wish.path, wish.overwrite)?;
        remove_stale(&wish.path)?;
        loop {
            let path = partial_path(&wish.path);
            let file =
                OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
            let file =
                file.map_err(|error| Error::io(format!("creating {}", path.display()), error))?;
            if lock(&file, &path) {
                return Ok(Self { file, path, wish, gone: AtomicBool::new(false) });
            }
        }
    }

    /// Writes all bytes at a place in the file.
    pub(super) fn write_at(&self, bytes: &[u8], at: u64) -> Result<()> {
        self.file.write_all_at(bytes, at).map_err(|error| write_error(&self.wish.path, at, error))
    }

    /// Cuts the file.
    pub(super) fn truncate(&self, length: u64) -> Result<()> {
        self.file.set_len(length).map_err(|error| write_error(&self.wish.path, length, error))
    }

    /// The proof of the finished file; what its hashes do not tell yet is read again.
    pub(super) fn prove(&self, bytes: u64, stretches: Stretches) -> Result<FileProof> {
        let path = &self.wish.path;
        let proved = stretches.finish(|offset, bytes, hasher| {
            let mut from = (offset, bytes);
            let mut buffer = vec![0; BUFFER];
            while from.1 > 0 {
                let most = usize::try_from(from.1).unwrap_or(BUFFER).min(BUFFER);
                let part = buffer.get_mut(..most).unwrap_or_default();
                self.file.read_exact_at(part, from.0)?;
                hasher.update(&*part);
                from = (from.0 + most as u64, from.1 - most as u64);
            }
            Ok(())
        });
        let stretches = proved.map_err(|error: io::Error| {
            Error::io(format!("reading {} for its manifest", path.display()), error)
        })?;
        Ok(proof(path, bytes, stretches))
    }

    /// Puts the finished file in its place, on the disk and whole, and its manifest before it.
    pub(super) fn publish(&self, proof: Option<FileProof>) -> Result<()> {
        let target = &self.wish.path;
        let manifest = match proof {
            Some(proof) => self.wish.seal.write(vec![proof], self.wish.sync)?,
            None => None,
        };
        let syncing = |error| Error::io(format!("syncing {}", target.display()), error);
        if self.wish.sync {
            self.file.sync_all().map_err(syncing)?;
        }
        let unsealed = self.wish.seal.unseal()?;
        let mut published = None;
        if let Some(manifest) = manifest {
            // Else what is there keeps the manifest that it has.
            if !self.wish.overwrite && fs::symlink_metadata(target).is_ok() {
                return Err(exists(target).while_doing("a file appeared during the backup"));
            }
            published = Some(manifest.publish()?);
        }
        let moved = if self.wish.overwrite {
            fs::rename(&self.path, target)
        } else {
            rename_to_new(&self.path, target)
        };
        match moved {
            Ok(()) => {
                self.gone.store(true, Ordering::Release);
                published.into_iter().chain([unsealed]).for_each(Published::keep);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(exists(target).while_doing("a file appeared during the backup"));
            }
            Err(error) => return Err(Error::io(format!("naming {}", target.display()), error)),
        }
        if self.wish.sync {
            // The name itself is on the disk only once the folder is.
            File::open(folder_of(target)).and_then(|folder| folder.sync_all()).map_err(syncing)?;
        }
        Ok(())
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

/// The proof of a file with this path.
pub(super) fn proof(path: &Path, bytes: u64, stretches: Vec<Stretch>) -> FileProof {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match stretches.as_slice() {
        [Stretch { sha256, .. }] => {
            FileProof { name, bytes, sha256: Some(*sha256), stretches: Vec::new() }
        }
        [] => FileProof { name, bytes, sha256: Some(sha256(b"")), stretches },
        _ => FileProof { name, bytes, sha256: None, stretches },
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        self.remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

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

    #[test]
    fn the_output_appears_at_once_and_only_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.dump");
        let partial = PartialFile::create(wish(&target, false)).unwrap();
        partial.write_at(b"tail", 4).unwrap();
        partial.write_at(b"head", 0).unwrap();
        assert!(!target.exists());
        partial.publish(None).unwrap();
        drop(partial);
        assert_eq!(names(folder.path()), ["a.dump"]);
        assert_eq!(fs::read(&target).unwrap(), b"headtail");
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_device_and_a_link_are_refused_even_where_a_file_may_be_replaced() {
        let device = check_file(Path::new("/dev/null"), true).unwrap_err();
        assert_eq!(device.to_string(), "/dev/null is not an ordinary file");
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("latest.dump");
        std::os::unix::fs::symlink("elsewhere.dump", &link).unwrap();
        let refused = check_file(&link, true).unwrap_err();
        assert!(refused.to_string().ends_with("latest.dump is a symbolic link"), "{refused}");
    }

    #[test]
    fn a_dropped_or_removed_partial_file_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.dump");
        drop(PartialFile::create(wish(&target, false)).unwrap());
        assert!(names(folder.path()).is_empty());
        let partial = PartialFile::create(wish(&target, false)).unwrap();
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
        let error = PartialFile::create(wish(&target, false)).unwrap_err();
        assert!(error.to_string().ends_with("a.dump exists already"), "{error}");
        let partial = PartialFile::create(wish(&target, true)).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"old");
        partial.write_at(b"new", 0).unwrap();
        partial.publish(None).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
    }

    #[test]
    fn a_file_that_appeared_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.dump");
        let partial = PartialFile::create(wish(&target, false)).unwrap();
        fs::write(&target, "theirs").unwrap();
        let error = partial.publish(None).unwrap_err();
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
        drop(PartialFile::create(wish(&folder.path().join("a.dump"), false)).unwrap());
        assert_eq!(names(folder.path()), others);
    }

    #[test]
    fn a_living_run_for_the_same_output_is_not_disturbed() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.dump");
        let living = PartialFile::create(wish(&target, false)).unwrap();
        let error = PartialFile::create(wish(&target, false)).unwrap_err();
        assert!(error.to_string().contains("another run"), "{error}");
        assert!(living.path.exists());
    }

    #[test]
    fn a_folder_or_a_missing_folder_is_refused_before_anything_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let error = check_file(folder.path(), true).unwrap_err();
        assert!(error.to_string().ends_with("is a folder"), "{error}");
        let error = check_file(&folder.path().join("no/a.dump"), false).unwrap_err();
        assert!(error.chain().contains("opening the output's folder"), "{}", error.chain());
        assert_eq!(error.hint(), Some("check that the path exists"));
    }

    #[test]
    fn a_write_to_a_full_device_says_how_far_it_came() {
        let full = OpenOptions::new().read(true).write(true).open("/dev/full").unwrap();
        let partial = PartialFile {
            file: full,
            path: PathBuf::from("/nowhere/.a.dump.partial-1-1"),
            wish: wish(Path::new("/nowhere/a.dump"), false),
            gone: AtomicBool::new(true),
        };
        let error = partial.write_at(b"x", 5 << 20).unwrap_err();
        assert!(error.chain().contains("/nowhere/a.dump (after 5.0 MiB)"), "{}", error.chain());
        assert_eq!(error.hint(), Some("free some space in /nowhere or choose another place"));
    }
}
