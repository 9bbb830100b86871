//! The files of a directory-format archive, wherever they are.

use super::folder::{FolderFile, PartialFolder};
use super::objects::{PartialObjects, PlacedObject};
use crate::error::Result;

/// A folder under construction.
#[derive(Debug)]
pub(in crate::postgres::backup) enum Folder {
    /// On a file system.
    Files(PartialFolder),
    /// In object storage.
    Objects(PartialObjects),
}

/// A file of it, written from its beginning to its end.
#[derive(Debug)]
pub(in crate::postgres::backup) enum PlacedFile {
    /// On a file system.
    File(FolderFile),
    /// In object storage. Without an end it never appears.
    Object(PlacedObject),
}

impl Folder {
    /// Makes a file.
    pub(in crate::postgres::backup) fn create_file(&self, name: &str) -> Result<PlacedFile> {
        match self {
            Self::Files(folder) => folder.create_file(name).map(PlacedFile::File),
            Self::Objects(objects) => objects.create_file(name).map(PlacedFile::Object),
        }
    }

    /// Removes a file.
    pub(in crate::postgres::backup) fn remove_file(&self, name: &str) -> Result<()> {
        match self {
            Self::Files(folder) => folder.remove_file(name),
            Self::Objects(objects) => objects.remove_file(name),
        }
    }

    /// Puts the finished folder in its place. Returns the size of its files.
    pub(in crate::postgres::backup) fn publish(&self) -> Result<u64> {
        match self {
            Self::Files(folder) => folder.publish(),
            Self::Objects(objects) => objects.publish(),
        }
    }

    /// Removes the folder; does nothing once it was published or removed.
    pub(in crate::postgres::backup) fn remove(&self) {
        match self {
            Self::Files(folder) => folder.remove(),
            Self::Objects(objects) => objects.remove(),
        }
    }
}

impl PlacedFile {
    pub(in crate::postgres::backup) fn name(&self) -> &str {
        match self {
            Self::File(file) => file.name(),
            Self::Object(object) => object.name(),
        }
    }

    /// Whether nothing was written to it.
    pub(in crate::postgres::backup) fn is_empty(&self) -> bool {
        match self {
            Self::File(file) => file.is_empty(),
            Self::Object(object) => object.is_empty(),
        }
    }

    /// Says how much will come, about, before anything does.
    pub(in crate::postgres::backup) fn expect(&mut self, bytes: u64) -> Result<()> {
        match self {
            Self::File(_) => Ok(()),
            Self::Object(object) => object.expect(bytes),
        }
    }

    /// Writes at the end.
    pub(in crate::postgres::backup) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::File(file) => file.append(bytes),
            Self::Object(object) => object.append(bytes),
        }
    }

    /// Nothing more will come.
    pub(in crate::postgres::backup) fn end(self) -> Result<()> {
        match self {
            Self::File(_) => Ok(()),
            Self::Object(object) => object.end(),
        }
    }
}
