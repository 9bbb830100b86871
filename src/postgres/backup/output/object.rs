//! One object in object storage under construction: its parts are sent as they fill, and it appears
//! with the last of them. A part that the head is in is sent last.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::Wish;
use super::check::{bucket_of, exists};
use crate::error::{Error, Result};
use crate::model::location::Location;
use crate::storage::{Key, Layout, Link, Mode, Output, Put};

/// Zeros written at once.
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];

/// The object under construction.
#[derive(Debug)]
pub(in crate::postgres::backup) struct PartialObject {
    output: Output,
    pub(super) wish: Wish,
}

/// The store around an object, and its name there.
fn place_of(path: &Path, stop: CancellationToken) -> Result<(Link, Key)> {
    let bucket = bucket_of(path)?;
    let (around, name) = bucket.split_last().ok_or_else(|| {
        Error::usage(format!("{bucket} is a whole bucket"))
            .with_hint(format!("name an object in it: {bucket}/NAME"))
    })?;
    Ok((Link::open(&Location::Bucket(around), stop)?, Key::new(name)?))
}

impl PartialObject {
    /// Begins the object, unless there is one of its name.
    pub(super) fn create(wish: Wish, stop: CancellationToken) -> Result<Self> {
        let (link, key) = place_of(&wish.path, stop)?;
        let looked = key.clone();
        let found = link.call(move |store| async move { store.head(&looked).await })?;
        if found.is_some() && !wish.overwrite {
            return Err(exists(&wish.path));
        }
        let mode = if wish.overwrite { Mode::Replace } else { Mode::New };
        Ok(Self { output: link.output(key, mode, Layout::for_size(None)), wish })
    }

    /// Says how much will come, about.
    pub(super) fn expect(&mut self, bytes: u64) -> Result<()> {
        self.output.expect(bytes)
    }

    /// Leaves room at the beginning for what will be known at the end.
    pub(super) fn reserve(&mut self, bytes: u64) -> Result<()> {
        self.output.hold(bytes)?;
        let mut left = bytes;
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(ZEROS.len()).min(ZEROS.len());
            self.output.write(ZEROS.get(..most).unwrap_or_default())?;
            left -= most as u64;
        }
        Ok(())
    }

    /// Writes at the end.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.output.write(bytes)
    }

    /// Writes into the room at the beginning.
    pub(super) fn patch(&mut self, bytes: &[u8], at: u64) -> Result<()> {
        self.output.patch(bytes, at)
    }

    /// Makes the object appear.
    pub(super) fn publish(&mut self) -> Result<()> {
        match self.output.finish()? {
            Put::Done => Ok(()),
            Put::Exists => {
                Err(exists(&self.wish.path).while_doing("an object appeared during the backup"))
            }
        }
    }

    /// Gives it up, unless it was published.
    pub(super) fn remove(&mut self) {
        self.output.abort();
    }
}
