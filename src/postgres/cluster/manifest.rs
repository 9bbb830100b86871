//! The manifest of a cluster's backup: what the manifests of its databases say, in one, and the files
//! around their archives.

use std::fs;
use std::path::Path;

use crate::archive::stretches::sha256;
use crate::error::{Error, ErrorKind, Result};
use crate::model::cluster::{
    CATALOGUE_FILE, ClusterCatalogue, ClusterDatabase, ClusterServer, GLOBALS_FILE,
};
use crate::model::command_line;
use crate::model::job::Outcome;
use crate::model::manifest::{
    ArchiveShape, BackupKind, DataObject, FileProof, MANIFEST_FILE, Manifest, Recorded, Server,
    beside,
};
use crate::model::spec::{ArchiveFormat, ClusterBackupSpec, JobSpec, ManifestPlace};

/// What the manifest is made of, besides the catalogue.
pub(super) struct Wish<'a> {
    pub(super) spec: &'a ClusterBackupSpec,
    /// The globals' script.
    pub(super) globals: Option<&'a String>,
}

impl Wish<'_> {
    /// The manifest's text, where one is wanted, of what lies in the folder.
    pub(super) fn manifest(
        &self,
        folder: &Path,
        (catalogue, text): (&ClusterCatalogue, &[u8]),
    ) -> Result<Option<Vec<u8>>> {
        if self.spec.options.manifest == ManifestPlace::None {
            return Ok(None);
        }
        let asked = JobSpec::BackupCluster(self.spec.clone());
        let shape = ArchiveShape { format: self.spec.format, codec: self.spec.compression.codec };
        let server = server(&catalogue.server);
        let mut manifest = Manifest {
            ended: catalogue.ended,
            outcome: outcome(catalogue),
            archive: Some(shape),
            command: command_line::render(&asked),
            spec: Some(Recorded::Known(Box::new(asked))),
            ..Manifest::new(BackupKind::Cluster, server, catalogue.started)
        };
        manifest.files.push(proof(CATALOGUE_FILE.to_owned(), text));
        manifest
            .files
            .extend(self.globals.map(|text| proof(GLOBALS_FILE.to_owned(), text.as_bytes())));
        for database in &catalogue.databases {
            add(&mut manifest, folder, database)?;
        }
        manifest.files.sort_by(|a, b| a.name.cmp(&b.name));
        let writing = |error| {
            Error::new(ErrorKind::Internal, "writing the manifest failed").with_source(error)
        };
        manifest.to_text().map(Some).map_err(writing)
    }
}

fn server(server: &ClusterServer) -> Server {
    Server {
        product: "PostgreSQL".to_owned(),
        version: server.version.clone(),
        version_num: server.version_num,
        address: server.address.clone(),
        identity: server.system_identifier.clone(),
        is_replica: server.in_recovery,
    }
}

fn outcome(catalogue: &ClusterCatalogue) -> Outcome {
    if catalogue.missing.is_empty() {
        Outcome::Complete
    } else {
        Outcome::Incomplete { reasons: catalogue.missing.clone() }
    }
}

fn proof(name: String, bytes: &[u8]) -> FileProof {
    let sha256 = Some(sha256(bytes));
    FileProof { name, bytes: bytes.len() as u64, sha256, stretches: Vec::new() }
}

/// The name of a database's manifest, relative to the folder, and of the folder it speaks of.
pub(super) fn manifest_of(archive: &str, format: ArchiveFormat) -> (String, String) {
    if format == ArchiveFormat::Directory {
        return (format!("{archive}/{MANIFEST_FILE}"), format!("{archive}/"));
    }
    let around = archive.rfind('/').and_then(|at| archive.get(..=at)).unwrap_or_default();
    (beside(Path::new(archive)).to_string_lossy().into_owned(), around.to_owned())
}

/// Adds what the manifest of a database says.
fn add(manifest: &mut Manifest, folder: &Path, database: &ClusterDatabase) -> Result<()> {
    let Some(archive) = &database.archive else { return Ok(()) };
    let (name, around) = manifest_of(archive, database.format);
    let path = folder.join(&name);
    let text = fs::read(&path).map_err(|e| Error::io(format!("reading {}", path.display()), e))?;
    let part = Manifest::parse(&text).map_err(|error| {
        Error::new(ErrorKind::Internal, format!("reading {}", path.display())).with_source(error)
    })?;
    manifest.files.push(proof(name, &text));
    let file = |file: FileProof| FileProof { name: format!("{around}{}", file.name), ..file };
    manifest.files.extend(part.files.into_iter().map(file));
    let object =
        |object: DataObject| DataObject { database: Some(database.name.clone()), ..object };
    manifest.objects.extend(part.objects.into_iter().map(object));
    for (kind, count) in part.definitions {
        *manifest.definitions.entry(kind).or_default() += count;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_has_its_manifest_beside_its_file_or_in_its_folder() {
        let of = |format| manifest_of("databases/shop", format);
        let (name, around) = of(ArchiveFormat::Directory);
        assert_eq!(
            (name.as_str(), around.as_str()),
            ("databases/shop/manifest.json", "databases/shop/")
        );
        let (name, around) = manifest_of("databases/shop.dump", ArchiveFormat::Custom);
        assert_eq!(name, "databases/shop.dump.manifest.json");
        assert_eq!(around, "databases/");
    }
}
