//! The manifest of what is verified: where it lies, and what is wrong with it.

use std::fs;
use std::io::ErrorKind::NotFound;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::job::Outcome;
use crate::model::manifest::{MANIFEST_FILE, Manifest, ManifestError, beside};
use crate::model::verify::Finding;

use super::desk::Desk;

/// What is said where there is none.
pub(super) const ABSENT: &str =
    "there is no manifest: what is read cannot be compared with what was written, only with itself";

/// Where a manifest of the backup lies, if one is there.
pub(super) fn path_of(backup: &Path) -> Option<PathBuf> {
    let path = if backup.is_dir() { backup.join(MANIFEST_FILE) } else { beside(backup) };
    path.exists().then_some(path)
}

/// The name of a file for people.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Reads the manifest of a backup. One that cannot be used is a damage, or, where a newer program
/// wrote it, an error.
pub(super) fn of(desk: &Desk, backup: &Path) -> Result<Option<Manifest>> {
    let path = if backup.is_dir() { backup.join(MANIFEST_FILE) } else { beside(backup) };
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == NotFound => {
            desk.note(ABSENT);
            return Ok(None);
        }
        Err(error) => return Err(Error::io(format!("reading {}", path.display()), error)),
    };
    match Manifest::parse(&text) {
        Ok(manifest) => Ok(Some(manifest)),
        Err(error @ ManifestError::Newer(_)) => {
            let text = format!("the manifest {} cannot be used: {error}", path.display());
            Err(Error::usage(text).with_hint(error.hint()))
        }
        Err(error) => {
            let offset = match &error {
                ManifestError::Damaged(cause) => offset_of(&text, cause.line(), cause.column()),
                _ => 0,
            };
            let text = format!("the manifest cannot be used: {error}");
            desk.find(Finding::of(name_of(&path), text).at(offset));
            Ok(None)
        }
    }
}

/// The byte at a line and a column, both from 1.
fn offset_of(text: &[u8], line: usize, column: usize) -> u64 {
    let before = text.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1));
    let lines: usize = before.map(<[u8]>::len).sum();
    (lines + column.saturating_sub(1)).min(text.len()) as u64
}

/// What the manifest says is missing, a line for each object and reason.
pub(super) fn missing(manifest: &Manifest) -> Vec<String> {
    let mut lines = match &manifest.outcome {
        Outcome::Complete => Vec::new(),
        Outcome::Incomplete { reasons } => reasons.clone(),
        other => vec![format!("the backup ended as {}", other.label())],
    };
    for object in &manifest.objects {
        // In a cluster the reason of a run has the database before it.
        if let Some(reason) = &object.missing
            && !lines.iter().any(|line| line.ends_with(reason))
        {
            lines.push(format!("{}: {reason}", object.title()));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_text_is_told_by_its_byte() {
        assert_eq!(offset_of(b"ab\ncd\nef", 1, 1), 0);
        assert_eq!(offset_of(b"ab\ncd\nef", 3, 2), 7);
        assert_eq!(offset_of(b"ab", 9, 9), 2);
    }
}
