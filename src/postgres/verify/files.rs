//! The files of a backup against its manifest: whether each is there, as long as it was, and byte for
//! byte what was written; and what else lies among them.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::ErrorKind::NotFound;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;

use sha2::Digest;

use crate::archive::stretches::finished;
use crate::error::{Error, Result};
use crate::model::manifest::{FileProof, MANIFEST_FILE, Manifest, Sha256, Stretch};
use crate::model::verify::Finding;

use super::desk::Desk;
use super::manifest::name_of;

/// As much as is read at once.
const BUFFER: usize = 256 << 10;

/// One stretch of one file.
struct Piece<'a> {
    proof: &'a FileProof,
    path: PathBuf,
    stretch: Stretch,
}

/// A stretch that is not what was written.
struct Wrong<'a> {
    proof: &'a FileProof,
    stretch: Stretch,
    found: Sha256,
}

/// Compares the files with the manifest; false when it is not the manifest of this backup.
pub(super) fn check(desk: &Desk, backup: &Path, manifest: &Manifest) -> Result<bool> {
    let found: Mutex<Vec<Finding>> = Mutex::default();
    let mut pieces = Vec::new();
    for proof in &manifest.files {
        let path = path_of(backup, manifest, proof);
        match fs::metadata(&path) {
            Ok(facts) if facts.is_file() => {
                if facts.len() != proof.bytes {
                    lock(&found).push(other_size(proof, facts.len()));
                }
                let there = |stretch: &Stretch| stretch.offset + stretch.bytes <= facts.len();
                let piece = |stretch| Piece { proof, path: path.clone(), stretch };
                pieces.extend(proof.proofs().into_iter().filter(there).map(piece));
            }
            Err(error) if error.kind() != NotFound => {
                return Err(Error::io(format!("looking at {}", path.display()), error));
            }
            _ => lock(&found).push(Finding::of(&proof.name, "the file is missing")),
        }
        desk.files.fetch_add(1, Relaxed);
    }
    let wrong: Mutex<Vec<Wrong>> = Mutex::default();
    desk.each(&pieces, |_, piece| {
        let hash = hash(desk, &piece.path, piece.stretch)?;
        if hash != piece.stretch.sha256 {
            let Piece { proof, stretch, .. } = *piece;
            lock(&wrong).push(Wrong { proof, stretch, found: hash });
        }
        Ok(())
    })?;
    let wrong = wrong.into_inner().unwrap_or_else(PoisonError::into_inner);
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    // A file that is only shorter may have no stretch left to tell by.
    let nothing_fits = !pieces.is_empty() && wrong.len() == pieces.len() && !found.is_empty();
    if nothing_fits {
        desk.find(of_another(backup, manifest));
        return Ok(false);
    }
    for finding in found.into_iter().chain(changed(wrong, manifest)) {
        desk.find(finding);
    }
    if backup.is_dir() {
        strangers(desk, backup, manifest)?;
    }
    Ok(true)
}

/// Where a file lies: a lone archive may have another name now.
fn path_of(backup: &Path, manifest: &Manifest, proof: &FileProof) -> PathBuf {
    match manifest.files.as_slice() {
        [_] if !backup.is_dir() => backup.to_owned(),
        _ => backup.join(&proof.name),
    }
}

fn other_size(proof: &FileProof, bytes: u64) -> Finding {
    let text = format!("the file has {bytes} bytes, and had {} when it was written", proof.bytes);
    Finding::of(&proof.name, text).at(bytes.min(proof.bytes))
}

fn of_another(backup: &Path, manifest: &Manifest) -> Finding {
    let of = manifest.database.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
    let text = format!(
        "the manifest is of another backup{of}, made at {}: nothing in {} is as it says",
        manifest.started,
        backup.display()
    );
    let file = if backup.is_dir() {
        MANIFEST_FILE.to_owned()
    } else {
        name_of(&crate::model::manifest::beside(backup))
    };
    Finding::of(file, text).at(0)
}

/// One finding for each row of stretches that follow each other.
fn changed(mut wrong: Vec<Wrong>, manifest: &Manifest) -> Vec<Finding> {
    wrong.sort_by(|a, b| (&a.proof.name, a.stretch.offset).cmp(&(&b.proof.name, b.stretch.offset)));
    let whole: BTreeMap<[u8; 32], &str> = manifest
        .files
        .iter()
        .filter_map(|file| Some((file.sha256?.0, file.name.as_str())))
        .collect();
    let mut rows: Vec<(&FileProof, u64, u64, Sha256)> = Vec::new();
    for Wrong { proof, stretch: Stretch { offset, bytes, .. }, found } in wrong {
        match rows.last_mut() {
            Some((last, _, end, _)) if last.name == proof.name && *end == offset => *end += bytes,
            _ => rows.push((proof, offset, offset + bytes, found)),
        }
    }
    let finding = |(proof, from, to, found): (&FileProof, u64, u64, Sha256)| {
        let other = whole.get(&found.0).map(|name| format!(": they are those of {name}"));
        let text = format!(
            "bytes {from} to {to} are not those that were written, by their SHA-256{}",
            other.unwrap_or_default()
        );
        Finding::of(&proof.name, text).at(from)
    };
    rows.into_iter().map(finding).collect()
}

/// Hashes a stretch of a file.
fn hash(desk: &Desk, path: &Path, stretch: Stretch) -> Result<Sha256> {
    let reading = |error| Error::io(format!("reading {}", path.display()), error);
    let file = File::open(path).map_err(reading)?;
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; BUFFER];
    let (mut at, mut left) = (stretch.offset, stretch.bytes);
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
        let part = buffer.get_mut(..most).unwrap_or_default();
        file.read_exact_at(part, at).map_err(reading)?;
        hasher.update(&*part);
        (at, left) = (at + most as u64, left - most as u64);
        desk.read(most as u64)?;
    }
    Ok(finished(hasher))
}

/// Files that the manifest does not name.
fn strangers(desk: &Desk, folder: &Path, manifest: &Manifest) -> Result<()> {
    let known: HashSet<&str> = manifest.files.iter().map(|file| file.name.as_str()).collect();
    let mut folders = vec![String::new()];
    while let Some(inner) = folders.pop() {
        let path = folder.join(&inner);
        let listing = |error| Error::io(format!("listing {}", path.display()), error);
        for entry in fs::read_dir(&path).map_err(listing)? {
            let entry = entry.map_err(listing)?;
            let name = format!("{inner}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(listing)?.is_dir() {
                folders.push(format!("{name}/"));
            } else if name != MANIFEST_FILE && !known.contains(name.as_str()) {
                desk.find(Finding::of(name, "the file is no part of the backup"));
            }
        }
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
