//! Errors that every store has in the same words.

use std::ops::Range;

use super::Key;
use crate::error::{Error, ErrorKind};

/// The error for an object that is not there.
pub(super) fn missing(place: &str, key: &Key) -> Error {
    Error::new(ErrorKind::Io, format!("{place}/{key} is not there"))
        .with_hint("check the name, and whether it was removed meanwhile")
}

/// The error for an object that ends too early.
pub(super) fn too_short(place: &str, key: &Key, range: &Range<u64>) -> Error {
    let text = format!("{place}/{key} has no bytes {} to {}", range.start, range.end);
    Error::new(ErrorKind::Archive, text)
        .with_hint("it is truncated or was replaced meanwhile: take another backup, or try again")
}

/// The error for an object that was expected to be small.
pub(super) fn too_large(place: &str, key: &Key, limit: u64) -> Error {
    Error::new(ErrorKind::Archive, format!("{place}/{key} has more than {limit} bytes"))
        .with_hint("it is not what its name says: look what put it there")
}
