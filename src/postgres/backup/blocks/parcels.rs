//! Pieces that cannot be written yet, and who is next.
//!
//! A *stretch* is what one worker makes of an entry's data: all of it, or what one range of the table
//! gives. An entry's stretches have turns, 0 first; a *parcel* is what has come of a stretch so far.
//! Nothing is known here of files, of codecs and of waiting.

use std::collections::{BTreeMap, HashMap};

use crate::archive::compress::Piece;

/// What a piece in memory costs beside its bytes.
const OVERHEAD: usize = 256;

/// The part of an entry's data that one worker makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::postgres::backup) struct Stretch {
    /// Dump id of the entry.
    pub(in crate::postgres::backup) id: u32,
    /// Its place among the stretches of the entry.
    pub(in crate::postgres::backup) turn: u64,
    /// Whether the data ends with it.
    pub(in crate::postgres::backup) last: bool,
    /// The worker's number.
    pub(in crate::postgres::backup) worker: u16,
    /// Whether it takes the end of the file as soon as it can, or only with all its pieces.
    pub(in crate::postgres::backup) eager: bool,
}

impl Stretch {
    pub(super) fn place(self) -> Place {
        Place { id: self.id, turn: self.turn }
    }
}

/// Whose turn it is in which block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) id: u32,
    pub(super) turn: u64,
}

/// What is handed over.
#[derive(Debug)]
pub(super) enum Item {
    /// A large object begins.
    Object(u32),
    Piece(Piece),
}

/// What has come of a stretch.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) of: Stretch,
    pub(super) items: Vec<Item>,
    /// Whether nothing follows.
    pub(super) ended: bool,
    weight: usize,
}

/// What a parcel weighs on its worker until it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    worker: u16,
    weight: usize,
}

impl Parcel {
    pub(super) fn load(&self) -> Load {
        Load { worker: self.of.worker, weight: self.weight }
    }
}

/// Everything that waits.
#[derive(Debug, Default)]
pub(super) struct Parcels {
    waiting: BTreeMap<Place, Parcel>,
    weights: HashMap<u16, usize>,
}

impl Parcels {
    /// Bytes that a worker's pieces hold: those that wait, and those that are being written.
    pub(super) fn weight(&self, worker: u16) -> usize {
        self.weights.get(&worker).copied().unwrap_or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn add(&mut self, to: Stretch, item: Item) {
        let weight = OVERHEAD
            + match &item {
                Item::Object(_) => 0,
                Item::Piece(piece) => piece.compressed_len(),
            };
        let parcel = self.parcel(to);
        parcel.items.push(item);
        parcel.weight += weight;
        *self.weights.entry(to.worker).or_default() += weight;
    }

    /// No longer lets the end of the file to others.
    pub(super) fn urge(&mut self, to: Stretch) {
        self.parcel(to).of.eager = true;
    }

    pub(super) fn end(&mut self, to: Stretch) {
        self.parcel(to).ended = true;
    }

    fn parcel(&mut self, of: Stretch) -> &mut Parcel {
        let empty = || Parcel { of, items: Vec::new(), ended: false, weight: 0 };
        self.waiting.entry(of.place()).or_insert_with(empty)
    }

    /// Whether anything waits for this turn.
    pub(super) fn has(&self, place: Place) -> bool {
        self.waiting.contains_key(&place)
    }

    /// Takes what waits for this turn. It weighs on until [`Parcels::lighten`].
    pub(super) fn take(&mut self, place: Place) -> Option<Parcel> {
        self.waiting.remove(&place)
    }

    /// What to begin with where any entry may come next: the first that has ended, or else is eager.
    pub(super) fn next_of_any(&self) -> Option<Place> {
        let mut first = self.waiting.iter().filter(|(place, _)| place.turn == 0);
        // What has ended goes first: it only takes up memory.
        let ended = first.clone().find(|(_, parcel)| parcel.ended);
        ended.or_else(|| first.find(|(_, parcel)| parcel.of.eager)).map(|(place, _)| *place)
    }

    /// What to begin with where every entry has a file of its own.
    pub(super) fn next_apart(&self, is_open: impl Fn(u32) -> bool) -> Option<Place> {
        let first = |place: &&Place| place.turn == 0 && !is_open(place.id);
        self.waiting.keys().find(first).copied()
    }

    /// Drops what has come of an entry.
    pub(super) fn drop_table(&mut self, id: u32) {
        let of_table = Place { id, turn: 0 }..=Place { id, turn: u64::MAX };
        let places: Vec<Place> = self.waiting.range(of_table).map(|(place, _)| *place).collect();
        for place in places {
            if let Some(parcel) = self.waiting.remove(&place) {
                self.lighten(parcel.load());
            }
        }
    }

    /// What was taken is written.
    pub(super) fn lighten(&mut self, load: Load) {
        if let Some(weight) = self.weights.get_mut(&load.worker) {
            *weight = weight.saturating_sub(load.weight);
        }
    }
}
