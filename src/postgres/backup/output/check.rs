//! Refuses an output that could not be put in its place, before anything is made or read.

use std::fs::{self, Metadata};
use std::io::ErrorKind::NotFound;
use std::io::{IsTerminal, stdout};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::archive::directory::{TOC, is_archive_file};
use crate::error::{Error, Result};
use crate::model::location::{BucketLocation, Location};
use crate::model::manifest::MANIFEST_FILE;
use crate::model::spec::{ArchiveFormat, BackupSpec, Codec, ManifestPlace, is_standard_stream};
use crate::storage::partial::folder_of;

/// Refuses what the layout cannot be written to.
pub(in crate::postgres::backup) fn check(spec: &BackupSpec) -> Result<()> {
    match spec.format {
        _ if is_standard_stream(&spec.output) => check_stream(spec),
        _ if Location::is_url(&spec.output) => check_bucket(spec),
        ArchiveFormat::Directory => check_folder(&spec.output, spec.overwrite),
        _ => check_file(&spec.output, spec.overwrite),
    }
}

fn check_bucket(spec: &BackupSpec) -> Result<()> {
    bucket_of(&spec.output)?;
    if matches!(spec.options.manifest, ManifestPlace::At(_)) {
        return Err(Error::usage("a backup in object storage has no manifest yet")
            .with_hint("leave out --manifest"));
    }
    Ok(())
}

/// The place in object storage that a path names.
pub(super) fn bucket_of(path: &Path) -> Result<BucketLocation> {
    match Location::parse(path) {
        Ok(Location::Bucket(bucket)) => Ok(bucket),
        Ok(Location::Folder(path)) => {
            Err(Error::usage(format!("write {} without file://", path.display())))
        }
        Err(error) => Err(Error::usage(error.to_string())),
    }
}

fn check_stream(spec: &BackupSpec) -> Result<()> {
    let text = spec.format == ArchiveFormat::Plain && spec.compression.codec == Codec::None;
    if spec.format == ArchiveFormat::Directory {
        Err(Error::usage("a folder cannot be written to standard output")
            .with_hint("name a folder with -o, or choose the custom or tar format"))
    } else if !text && stdout().is_terminal() {
        Err(Error::usage("standard output is a terminal, and the archive is not text")
            .with_hint("name a file with -o, or send the output into a file or another program"))
    } else {
        Ok(())
    }
}

/// An existing file without `overwrite`, a folder, a missing folder, and whatever a rename would
/// replace by a file: a device, a pipe, a symbolic link.
pub(super) fn check_file(target: &Path, overwrite: bool) -> Result<()> {
    let Some(found) = look_at(target, "a file")? else { return Ok(()) };
    match found {
        found if found.is_dir() => Err(Error::usage(format!("{} is a folder", target.display()))
            .with_hint("name a file for the output")),
        found if !found.is_file() => {
            Err(Error::usage(format!("{} is not an ordinary file", target.display())).with_hint(
                "an archive is put in its place whole, so it cannot go to a device or a pipe; \
                 name a file, or write to standard output",
            ))
        }
        _ if !overwrite => Err(exists(target)),
        _ => Ok(()),
    }
}

/// A folder with something in it without `overwrite`, and with it one that is not a backup; a file; a
/// folder that cannot be renamed.
pub(super) fn check_folder(target: &Path, overwrite: bool) -> Result<()> {
    let Some(found) = look_at(target, "a folder")? else { return Ok(()) };
    if !found.is_dir() {
        return Err(Error::usage(format!("{} is not a folder", target.display()))
            .with_hint("name a folder for the output: it need not exist"));
    }
    let around = fs::metadata(folder_of(target)).map_err(|error| looking(target, error))?;
    if around.dev() != found.dev() {
        let text =
            format!("{} is the root of a file system and cannot be replaced", target.display());
        return Err(Error::usage(text).with_hint("name a folder inside it"));
    }
    match contents_of(target)? {
        Contents::Nothing => Ok(()),
        _ if !overwrite => Err(exists(target)),
        Contents::Archive => Ok(()),
        Contents::Other(name) => {
            let text = format!(
                "{} is not overwritten: {name} in it is not part of a directory-format archive",
                target.display()
            );
            Err(Error::conflict(text)
                .with_hint("choose another name, or empty the folder yourself"))
        }
    }
}

/// What a folder holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Contents {
    Nothing,
    /// A directory-format archive and nothing else.
    Archive,
    /// This, which is no part of one.
    Other(String),
}

pub(super) fn contents_of(folder: &Path) -> Result<Contents> {
    let listing = |error| Error::io(format!("listing {}", folder.display()), error);
    let (mut first, mut has_toc) = (None, false);
    for entry in fs::read_dir(folder).map_err(listing)? {
        let entry = entry.map_err(listing)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_file = entry.file_type().map_err(listing)?.is_file();
        if !is_file || !(is_archive_file(&name) || name == MANIFEST_FILE) {
            return Ok(Contents::Other(name));
        }
        has_toc |= name.starts_with(TOC);
        first.get_or_insert(name);
    }
    Ok(match first {
        None => Contents::Nothing,
        Some(_) if has_toc => Contents::Archive,
        Some(name) => Contents::Other(name),
    })
}

/// What is at the output's path; its folder must be there.
fn look_at(target: &Path, what: &str) -> Result<Option<Metadata>> {
    let folder = folder_of(target);
    let there = fs::metadata(folder).map_err(|error| {
        Error::io(format!("opening the output's folder {}", folder.display()), error)
    })?;
    if target.file_name().is_none() || !there.is_dir() {
        return Err(Error::usage(format!("{} does not name {what}", target.display())));
    }
    match fs::symlink_metadata(target) {
        Ok(found) if found.is_symlink() => {
            Err(Error::usage(format!("{} is a symbolic link", target.display()))
                .with_hint(format!("name {what} that it leads to, or another")))
        }
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == NotFound => Ok(None),
        Err(error) => Err(looking(target, error)),
    }
}

fn looking(target: &Path, error: std::io::Error) -> Error {
    Error::io(format!("looking at {}", target.display()), error)
}

pub(super) fn exists(target: &Path) -> Error {
    Error::conflict(format!("{} exists already", target.display()))
        .with_hint("choose another name, or allow to overwrite it")
}
