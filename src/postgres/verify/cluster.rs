//! The backup of a cluster: its files, its catalogue, and every archive in it.

use std::path::Path;

use crate::error::{ErrorKind, Result};
use crate::model::cluster::{CATALOGUE_FILE, within};
use crate::model::manifest::{DataObject, Manifest};
use crate::model::spec::ArchiveFormat;
use crate::model::verify::Finding;
use crate::postgres::cluster as whole;

use super::desk::{Desk, place_in};
use super::{archive, files, manifest};

/// Reads all of it; returns the manifest, where it is of this backup.
pub(super) fn check(desk: &Desk, path: &Path) -> Result<Option<Manifest>> {
    let manifest = match manifest::of(desk, path)? {
        Some(manifest) => files::check(desk, path, &manifest)?.then_some(manifest),
        None => None,
    };
    desk.lack(manifest.iter().flat_map(manifest::missing));
    let listing = match whole::list(path) {
        Ok(listing) => listing,
        Err(error) if error.kind() == ErrorKind::Archive => {
            let what = error.chain();
            let at = place_in(&what).unwrap_or(0);
            desk.find(Finding::of(CATALOGUE_FILE, what).at(at));
            return Ok(manifest);
        }
        Err(error) => return Err(error),
    };
    desk.lack(listing.catalogue.missing.iter().cloned());
    // With a manifest each file was looked at.
    if manifest.is_none() {
        for damage in &listing.damage {
            desk.find(Finding::of(CATALOGUE_FILE, damage.as_str()).at(0));
        }
    }
    for database in &listing.catalogue.databases {
        let Some(name) = &database.archive else { continue };
        let Some(file) = within(path, name) else {
            let text = format!("it names {name:?}, which is outside of the backup");
            desk.find(Finding::of(CATALOGUE_FILE, text).at(0).about(&database.name));
            continue;
        };
        let part = manifest.as_ref().map(|manifest| of_database(manifest, &database.name));
        let around = match database.format {
            ArchiveFormat::Directory => format!("{name}/"),
            _ => name.rfind('/').and_then(|at| name.get(..=at)).unwrap_or_default().to_owned(),
        };
        if let Err(error) = archive::check(desk, &file, part.as_ref(), &around) {
            if error.kind() == ErrorKind::Cancelled {
                return Err(error);
            }
            desk.find(Finding::of(name, error.chain()).at(0).about(&database.name));
        }
    }
    Ok(manifest)
}

/// What the manifest says of one database. How many definitions it has is said of all together.
fn of_database(manifest: &Manifest, name: &str) -> Manifest {
    let own = |object: &&DataObject| object.database.as_deref() == Some(name);
    let objects = manifest.objects.iter().filter(own).cloned().collect();
    Manifest { objects, definitions: std::collections::BTreeMap::new(), ..manifest.clone() }
}
