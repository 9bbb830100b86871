//! The files of a folder in the order in which object storage lists names: by their bytes, slashes
//! included.

use std::fs;
use std::io;
use std::path::Path;

use super::super::partial::is_partial_name;
use super::super::{Key, Listing, Meta};
use super::{doing, found};
use crate::error::Result;

/// At most so many files.
pub(super) fn objects(root: &Path, listing: &Listing, most: usize) -> Result<Vec<Meta>> {
    let mut objects = Vec::new();
    let (path, prefix) = match &listing.under {
        Some(key) => (root.join(key.as_str()), format!("{key}/")),
        None => (root.to_owned(), String::new()),
    };
    let after = listing.after.as_ref().map_or("", Key::as_str);
    walk(&path, &prefix, after, (&mut objects, most))?;
    Ok(objects)
}

fn walk(
    path: &Path,
    prefix: &str,
    after: &str,
    (objects, most): (&mut Vec<Meta>, usize),
) -> Result<()> {
    for name in names(path)? {
        if objects.len() >= most {
            break;
        }
        let full = format!("{prefix}{name}");
        if let Some(folder) = name.strip_suffix('/') {
            // All that is inside begins with its name.
            if after <= full.as_str() || after.starts_with(&full) {
                walk(&path.join(folder), &full, after, (objects, most))?;
            }
        } else if full.as_str() > after
            && let Some(size) = size(&path.join(&name))?
            && let Ok(key) = Key::new(full)
        {
            objects.push(Meta { key, size });
        }
    }
    Ok(())
}

/// The names in a folder, in order; those of folders with a slash.
fn names(path: &Path) -> Result<Vec<String>> {
    let listing = doing("listing", path);
    let mut names = Vec::new();
    let Some(entries) = found(fs::read_dir(path)).map_err(&listing)? else { return Ok(names) };
    for entry in entries {
        let entry = entry.map_err(&listing)?;
        // A name that is no text cannot be the name of an object.
        let Ok(name) = entry.file_name().into_string() else { continue };
        if is_partial_name(name.as_ref()) {
            continue;
        }
        // Links to files are followed, links to folders could lead around in a circle.
        let is_folder = entry.file_type().map_err(&listing)?.is_dir();
        names.push(if is_folder { format!("{name}/") } else { name });
    }
    names.sort_unstable();
    Ok(names)
}

fn size(path: &Path) -> Result<Option<u64>> {
    let facts: io::Result<Option<fs::Metadata>> = found(fs::metadata(path));
    let facts = facts.map_err(doing("looking at", path))?;
    Ok(facts.filter(fs::Metadata::is_file).map(|facts| facts.len()))
}

/// The folders in a folder that hold anything.
pub(super) fn folders(path: &Path) -> Result<Vec<String>> {
    let mut folders = Vec::new();
    for name in names(path)? {
        if let Some(folder) = name.strip_suffix('/') {
            folders.push(folder.to_owned());
        }
    }
    Ok(folders)
}
