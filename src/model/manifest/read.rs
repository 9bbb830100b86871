//! From JSON to a manifest and back, and the words for what is none.

use std::path::Component;

use serde::Deserialize;

use super::{MARK, Manifest, VERSION};

/// Why a text is no manifest that can be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is something else.
    #[error("it is not a manifest of dbbackup")]
    Other,
    /// A newer program wrote it.
    #[error("it has layout {0}, and this program reads layouts up to {VERSION}")]
    Newer(u32),
    /// It is damaged.
    #[error("it is damaged: {0}")]
    Damaged(#[from] serde_json::Error),
    /// It names a file that is not in the backup's folder.
    #[error("it names {0:?}, which is outside of the backup")]
    Outside(String),
    /// It does not cover a file.
    #[error("its hashes do not cover {0:?} from beginning to end")]
    Uncovered(String),
}

impl ManifestError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Newer(_) => "use a newer dbbackup",
            _ => "without its manifest the backup can still be read, but not be proved to be whole",
        }
    }
}

/// What every layout has.
#[derive(Deserialize)]
struct Mark {
    manifest: String,
    version: u32,
}

impl Manifest {
    /// Reads a manifest; what it says of files is safe to follow.
    ///
    /// # Errors
    /// When it is something else, of a newer layout, or damaged.
    pub fn parse(text: &[u8]) -> Result<Self, ManifestError> {
        let mark: Mark = serde_json::from_slice(text).map_err(|error| {
            // A beginning of a manifest, or something else altogether.
            let ours = text.windows(MARK.len()).take(64).any(|word| word == MARK.as_bytes());
            if ours { ManifestError::Damaged(error) } else { ManifestError::Other }
        })?;
        if mark.manifest != MARK {
            return Err(ManifestError::Other);
        }
        if mark.version > VERSION {
            return Err(ManifestError::Newer(mark.version));
        }
        let manifest: Self = serde_json::from_slice(text)?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), ManifestError> {
        for file in &self.files {
            let path = std::path::Path::new(&file.name);
            let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
            if !plain || file.name.is_empty() {
                return Err(ManifestError::Outside(file.name.clone()));
            }
            if !file.is_whole() {
                return Err(ManifestError::Uncovered(file.name.clone()));
            }
        }
        Ok(())
    }

    /// The text of the manifest's file.
    ///
    /// # Errors
    /// Never, unless a value in it cannot be written as JSON.
    pub fn to_text(&self) -> Result<Vec<u8>, ManifestError> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(text)
    }
}
