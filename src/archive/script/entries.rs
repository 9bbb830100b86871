//! Where the entries of a script come from. There may be very many: they come one by one, out of a
//! list or unpacked, and those whose turn is later are packed meanwhile.

use std::borrow::Cow;

use crate::archive::head::PackedEntries;
use crate::archive::kind::{self, Content};
use crate::archive::toc::TocEntry;
use crate::error::Result;

/// An entry and what is wanted of it.
#[derive(Debug, Clone)]
pub struct Chosen<'a> {
    /// The entry.
    pub entry: Cow<'a, TocEntry>,
    /// Which of its parts.
    pub wanted: Content,
}

impl<'a> Chosen<'a> {
    /// All that an entry carries.
    pub fn whole(entry: &'a TocEntry) -> Self {
        Self { entry: Cow::Borrowed(entry), wanted: kind::content(entry) }
    }
}

impl Chosen<'_> {
    /// All that an entry carries which nobody keeps.
    pub fn whole_of(entry: TocEntry) -> Self {
        Self { wanted: kind::content(&entry), entry: Cow::Owned(entry) }
    }
}

/// Entries that come one by one.
pub type Coming<'a> = Box<dyn Iterator<Item = Result<Chosen<'a>>> + 'a>;

/// The chosen entries, from either end, as often as they are asked for.
pub trait Entries<'a> {
    /// In their order.
    fn forward(&self) -> Coming<'a>;

    /// The last first.
    fn backward(&self) -> Coming<'a>;
}

impl<'a> Entries<'a> for &'a [Chosen<'a>] {
    fn forward(&self) -> Coming<'a> {
        Box::new(self.iter().cloned().map(Ok))
    }

    fn backward(&self) -> Coming<'a> {
        Box::new(self.iter().rev().cloned().map(Ok))
    }
}

/// Entries whose turn is later.
#[derive(Debug, Default)]
pub(super) struct Aside<'a> {
    listed: Vec<Chosen<'a>>,
    packed: PackedEntries,
    /// What is wanted of those that are packed.
    wanted: Vec<Content>,
}

impl<'a> Aside<'a> {
    /// Keeps an entry behind the others.
    pub(super) fn push(&mut self, chosen: Chosen<'a>) -> Result<()> {
        match chosen.entry {
            Cow::Borrowed(_) => self.listed.push(chosen),
            Cow::Owned(entry) => {
                self.packed.push(entry)?;
                self.wanted.push(chosen.wanted);
            }
        }
        Ok(())
    }

    /// The entries in their order.
    pub(super) fn coming(self) -> Coming<'a> {
        let whole = |(entry, wanted): (Result<TocEntry>, Content)| {
            Ok(Chosen { entry: Cow::Owned(entry?), wanted })
        };
        let packed = self.packed.into_entries().zip(self.wanted).map(whole);
        Box::new(self.listed.into_iter().map(Ok).chain(packed))
    }
}
