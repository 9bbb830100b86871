//! `cluster.json`: writing it, and reading a backup back with a look at what is really there.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::model::cluster::{
    CATALOGUE_FILE, CATALOGUE_VERSION, ClusterCatalogue, ClusterDatabase, ClusterListing, within,
};
use crate::model::job::Outcome;
use crate::model::manifest::MANIFEST_FILE;
use crate::model::size::Bytes;
use crate::model::spec::ArchiveFormat;

/// The catalogue as it is written.
pub(super) fn encode(catalogue: &ClusterCatalogue) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(catalogue).map_err(|error| {
        Error::new(ErrorKind::Internal, "writing the catalogue failed").with_source(error)
    })?;
    text.push(b'\n');
    Ok(text)
}

/// Reads a backup's catalogue and compares it with the folder.
pub(super) fn list(path: &Path) -> Result<ClusterListing> {
    let catalogue = read(path)?;
    let damage = damage(path, &catalogue)?;
    Ok(ClusterListing { path: path.to_owned(), catalogue, damage })
}

fn read(folder: &Path) -> Result<ClusterCatalogue> {
    let file = folder.join(CATALOGUE_FILE);
    let text = fs::read(&file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            Error::new(ErrorKind::Archive, format!("{} is no cluster backup", folder.display()))
                .with_hint(format!("a cluster backup is a folder with {CATALOGUE_FILE} in it"))
                .with_source(error)
        }
        _ => Error::io(format!("reading {}", file.display()), error),
    })?;
    let broken = |error| {
        Error::new(ErrorKind::Archive, format!("{} cannot be read", file.display()))
            .with_hint("each archive in its folder can be restored alone with restore single")
            .with_source(error)
    };
    let version: Version = serde_json::from_slice(&text).map_err(broken)?;
    if version.version > CATALOGUE_VERSION {
        let text = format!("{} is of layout {}, which is newer", file.display(), version.version);
        return Err(Error::new(ErrorKind::Archive, text).with_hint("use a newer dbbackup"));
    }
    serde_json::from_slice(&text).map_err(broken)
}

#[derive(serde::Deserialize)]
struct Version {
    version: u32,
}

/// The path of a file that the catalogue names: never outside of the folder.
pub(super) fn inside(folder: &Path, name: &str) -> Result<PathBuf> {
    within(folder, name).ok_or_else(|| {
        let text = format!("the catalogue names {name:?}, which is outside of the backup");
        Error::new(ErrorKind::Archive, text)
    })
}

/// Bytes of an archive: of the file, or of all files in the folder.
pub(super) fn size_of(path: &Path, format: ArchiveFormat) -> Result<u64> {
    let looking = |error| Error::io(format!("looking at {}", path.display()), error);
    if format != ArchiveFormat::Directory {
        return fs::metadata(path).map(|file| file.len()).map_err(looking);
    }
    let mut bytes = 0;
    for entry in fs::read_dir(path).map_err(looking)? {
        let entry = entry.map_err(looking)?;
        // What describes the archive is no part of it.
        if entry.file_name() != MANIFEST_FILE {
            bytes += entry.metadata().map_err(looking)?.len();
        }
    }
    Ok(bytes)
}

/// Files that are gone or of another size than the catalogue says.
fn damage(folder: &Path, catalogue: &ClusterCatalogue) -> Result<Vec<String>> {
    let mut damage = Vec::new();
    if let Some(globals) = &catalogue.globals {
        let path = inside(folder, &globals.file)?;
        damage.extend(differs(&path, ArchiveFormat::Plain, globals.bytes));
    }
    for database in &catalogue.databases {
        if let Some(archive) = &database.archive {
            let path = inside(folder, archive)?;
            damage.extend(differs(&path, database.format, database.archive_bytes));
        }
    }
    Ok(damage)
}

fn differs(path: &Path, format: ArchiveFormat, expected: u64) -> Option<String> {
    match size_of(path, format) {
        Ok(bytes) if bytes == expected => None,
        Ok(bytes) => Some(format!(
            "{} has {} bytes, and had {expected} when the backup was made",
            path.display(),
            bytes
        )),
        Err(error) => Some(error.chain()),
    }
}

/// One line on a database for people.
pub(super) fn summary(database: &ClusterDatabase) -> String {
    let size = Bytes(database.archive_bytes);
    match &database.outcome {
        Outcome::Complete => format!("{}: {size}", database.name),
        outcome => format!("{}: {size}, {}", database.name, outcome.label()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_catalogue_cannot_lead_out_of_its_folder() {
        let folder = Path::new("/b/c");
        assert_eq!(inside(folder, "databases/a.dump").unwrap(), Path::new("/b/c/databases/a.dump"));
        for name in ["/etc/passwd", "../x", "databases/../../x", "", "./x/.."] {
            assert!(inside(folder, name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_folder_without_a_catalogue_or_with_a_newer_one_is_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let error = list(folder.path()).unwrap_err();
        assert!(error.to_string().ends_with("is no cluster backup"), "{error}");
        fs::write(folder.path().join(CATALOGUE_FILE), "{\"version\": 99}").unwrap();
        let error = list(folder.path()).unwrap_err();
        assert!(error.to_string().ends_with("of layout 99, which is newer"), "{error}");
        fs::write(folder.path().join(CATALOGUE_FILE), "{").unwrap();
        assert!(list(folder.path()).unwrap_err().to_string().ends_with("cannot be read"));
    }
}
