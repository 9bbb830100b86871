//! The manifest on its way to its place: filled in when all rows are copied, completed with what the
//! files turned out to be, and named just before the backup itself is.
//!
//! ```text
//!  fill ─► files known ─► .NAME.partial-PID-N ─► NAME.manifest.json     then ─► NAME
//!                    └──► manifest.json in the folder under construction
//! ```
//! What lay there before, of the backup that is replaced, is put aside until the new backup has its
//! name, and put back when it does not get it; also where the new manifest goes elsewhere, or nowhere.
//! A run that is killed between the two names leaves the new manifest without its backup: alone, or,
//! where a backup was to be replaced, beside the old one, of which `verify` then says that the manifest
//! is another's; the next run replaces it. Never is there a new backup with an old manifest.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::model::location::Location;
use crate::model::manifest::{FileProof, MANIFEST_FILE, Manifest, beside};
use crate::model::spec::{ArchiveFormat, BackupSpec, ManifestPlace, is_standard_stream};
use crate::storage::partial::{
    exchange, folder_of, lock, partial_path, remove_stale, rename_to_new,
};

use super::check::exists;

/// As much of a file as tells whether it is a manifest.
const BEGINNING: u64 = 4096;

/// A backup's manifest until it has its place.
#[derive(Debug, Default)]
pub(in crate::postgres::backup) struct Seal {
    place: Place,
    /// Where an older backup's manifest would lie that this one does not replace.
    stale: Option<PathBuf>,
    manifest: Mutex<Option<Manifest>>,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
enum Place {
    /// It is not written.
    #[default]
    Nowhere,
    /// It is all that is wanted: the backup is not written.
    Alone,
    /// It is one of the folder's files.
    Inside,
    /// It is a file by itself.
    At(PathBuf),
}

impl Seal {
    /// The seal of what a spec asks for.
    pub(in crate::postgres::backup) fn of(spec: &BackupSpec) -> Self {
        let stream = is_standard_stream(&spec.output);
        let place = match &spec.options.manifest {
            ManifestPlace::None => Place::Nowhere,
            // What lies in object storage has none yet.
            _ if Location::is_url(&spec.output) => Place::Nowhere,
            ManifestPlace::At(path) => Place::At(path.clone()),
            ManifestPlace::Beside if stream => Place::Nowhere,
            ManifestPlace::Beside if spec.format == ArchiveFormat::Directory => Place::Inside,
            ManifestPlace::Beside => Place::At(beside(&spec.output)),
        };
        let lone_file =
            !stream && spec.format != ArchiveFormat::Directory && !Location::is_url(&spec.output);
        let stale =
            lone_file.then(|| beside(&spec.output)).filter(|path| place != Place::At(path.clone()));
        Self { place, stale, manifest: Mutex::default() }
    }

    /// The seal of a backup that is not written: only what its manifest would say is wanted.
    pub(in crate::postgres::backup) fn alone() -> Self {
        Self { place: Place::Alone, ..Self::default() }
    }

    /// Whether the backup itself is not wanted.
    pub(super) fn is_alone(&self) -> bool {
        self.place == Place::Alone
    }

    /// Whether hashes of the files are wanted.
    pub(super) fn is_wanted(&self) -> bool {
        matches!(self.place, Place::Inside | Place::At(_))
    }

    /// Refuses a place that cannot be written to, and removes what dead runs left there.
    pub(super) fn check(&self, overwrite: bool) -> Result<()> {
        let Place::At(path) = &self.place else { return Ok(()) };
        let looking = |error: io::Error| {
            Error::io(format!("looking at {}", path.display()), error)
                .with_hint("choose another place with --manifest, or go without by --no-manifest")
        };
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(looking(error)),
            Ok(found) if !found.is_file() => {
                return Err(Error::conflict(format!("{} is not a file", path.display()))
                    .with_hint("choose another place for the manifest with --manifest"));
            }
            // One without its backup was left by a run that was killed, or by somebody who removed
            // the backup alone: it is of no use.
            Ok(_) if is_manifest(path).map_err(looking)? => {}
            Ok(_) if overwrite => {
                let text = format!("{} is no manifest and is not replaced", path.display());
                return Err(Error::conflict(text)
                    .with_hint("choose another place for the manifest with --manifest"));
            }
            Ok(_) => return Err(exists(path)),
        }
        remove_stale(path)
    }

    /// Says what the backup is, all but its files.
    pub(in crate::postgres::backup) fn fill(&self, manifest: Manifest) {
        *self.lock() = Some(manifest);
    }

    /// What was filled in.
    pub(in crate::postgres::backup) fn take(&self) -> Option<Manifest> {
        self.lock().take()
    }

    /// The manifest of a folder's files as one more of them.
    pub(super) fn inside(&self, files: Vec<FileProof>) -> Result<Option<(&'static str, Vec<u8>)>> {
        if self.place != Place::Inside {
            return Ok(None);
        }
        Ok(self.text(files)?.map(|text| (MANIFEST_FILE, text)))
    }

    /// Writes the manifest under a name that nobody looks for.
    pub(super) fn write(&self, files: Vec<FileProof>, sync: bool) -> Result<Option<Laid>> {
        let Place::At(path) = &self.place else { return Ok(None) };
        let Some(text) = self.text(files)? else { return Ok(None) };
        Laid::write(path, &text, sync).map(Some)
    }

    /// Puts the manifest of the backup that is replaced aside, where no other takes its place.
    pub(super) fn unseal(&self) -> Result<Published> {
        let nothing = Published { target: PathBuf::new(), aside: None, is_new: false };
        let Some(path) = self.stale.as_ref().filter(|path| is_old(path)) else {
            return Ok(nothing);
        };
        let aside = partial_path(path);
        let doing = |error| Error::io(format!("putting {} aside", path.display()), error);
        rename_to_new(path, &aside).map_err(doing)?;
        Ok(Published { target: path.clone(), aside: Some(aside), is_new: false })
    }

    fn text(&self, files: Vec<FileProof>) -> Result<Option<Vec<u8>>> {
        let Some(mut manifest) = self.take() else { return Ok(None) };
        manifest.files = files;
        manifest.ended = jiff::Timestamp::now();
        let text = manifest.to_text().map_err(|error| {
            Error::new(ErrorKind::Internal, "writing the manifest failed").with_source(error)
        });
        text.map(Some)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Manifest>> {
        self.manifest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a file begins as a manifest does.
fn is_manifest(path: &Path) -> io::Result<bool> {
    let mut text = Vec::new();
    File::open(path)?.take(BEGINNING).read_to_end(&mut text)?;
    let compact: Vec<u8> = text.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
    Ok(compact.is_empty() || compact.starts_with(br#"{"manifest":"dbbackup","#))
}

/// Whether there is a manifest of an older backup.
fn is_old(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.len() > 0)
        && is_manifest(path).unwrap_or(false)
}

/// A manifest that is written but has not its name yet. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Laid {
    partial: PathBuf,
    target: PathBuf,
    sync: bool,
    /// Keeps the lock.
    file: File,
}

impl Laid {
    fn write(target: &Path, text: &[u8], sync: bool) -> Result<Self> {
        let partial = partial_path(target);
        let writing = |error| Error::io(format!("writing {}", target.display()), error);
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(&partial);
        let file = file.map_err(writing)?;
        lock(&file, &partial);
        let mut laid = Self { partial, target: target.to_owned(), sync, file };
        laid.file.write_all(text).map_err(writing)?;
        if sync {
            laid.file.sync_all().map_err(writing)?;
        }
        Ok(laid)
    }

    /// Gives it its name. What was there comes back unless the result is kept.
    pub(super) fn publish(mut self) -> Result<Published> {
        let naming = |error| Error::io(format!("naming {}", self.target.display()), error);
        let aside = if fs::symlink_metadata(&self.target).is_ok() {
            Some(exchange(&self.partial, &self.target).map_err(naming)?)
        } else {
            fs::rename(&self.partial, &self.target).map_err(naming)?;
            None
        };
        // The older one may have this name now.
        self.partial = PathBuf::new();
        let published = Published { target: self.target.clone(), aside, is_new: true };
        if self.sync {
            File::open(folder_of(&self.target))
                .and_then(|folder| folder.sync_all())
                .map_err(naming)?;
        }
        Ok(published)
    }
}

/// A manifest in its place, or out of it, until the backup has its name too. Dropping it puts back
/// what was there before.
#[derive(Debug)]
pub(super) struct Published {
    target: PathBuf,
    /// The older one.
    aside: Option<PathBuf>,
    /// Whether a new one has its place.
    is_new: bool,
}

impl Published {
    /// The backup has its name: the older manifest is of no use any more.
    pub(super) fn keep(mut self) {
        self.is_new = false;
        if let Some(aside) = self.aside.take()
            && let Err(error) = fs::remove_file(&aside)
        {
            tracing::warn!(path = %aside.display(), %error, "an old manifest could not be removed");
        }
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        let undone = match (self.aside.take(), self.is_new) {
            (Some(aside), true) => fs::rename(aside, &self.target),
            (Some(aside), false) => rename_to_new(&aside, &self.target),
            (None, true) => fs::remove_file(&self.target),
            (None, false) => Ok(()),
        };
        if let Err(error) = undone {
            let path = self.target.display();
            tracing::error!(%path, %error, "the older manifest could not be put back");
        }
    }
}

impl Drop for Laid {
    fn drop(&mut self) {
        // Not there any more once it was named.
        let _ = fs::remove_file(&self.partial);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_manifest_comes_back_unless_the_new_one_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.manifest.json");
        let names = || fs::read_dir(folder.path()).unwrap().count();
        let publish = |text: &[u8]| Laid::write(&target, text, false).unwrap().publish().unwrap();
        drop(publish(b"first"));
        assert_eq!(names(), 0, "there was none before");
        publish(b"first").keep();
        drop(publish(b"second"));
        assert_eq!((fs::read(&target).unwrap(), names()), (b"first".to_vec(), 1));
        publish(b"second").keep();
        assert_eq!((fs::read(&target).unwrap(), names()), (b"second".to_vec(), 1));
    }

    #[test]
    fn a_manifest_that_is_put_aside_comes_back_unless_the_backup_was_named() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.manifest.json");
        let text = br#"{"manifest": "dbbackup", "version": 1}"#;
        fs::write(&target, text).unwrap();
        let seal = Seal { stale: Some(target.clone()), ..Seal::default() };
        let aside = seal.unseal().unwrap();
        assert!(!target.exists());
        drop(aside);
        assert_eq!(fs::read(&target).unwrap(), text);
        seal.unseal().unwrap().keep();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
