//! Pieces that cannot be written yet, and who is next.
//!
//! A *stretch* is what one worker makes of a block: all of it, or what one range of the table gives.
//! A block's stretches have turns, 0 first; a *parcel* is what has come of a stretch so far.
//!
//! ```text
//!  no block is open:  the first parcel with turn 0 that has ended, or else is eager
//!  a block is open:   the parcel of its turn, and after the parcel's end that of the next turn
//! ```
//! Nothing is known here of files, of codecs and of waiting.

use std::collections::{BTreeMap, HashMap};

use crate::archive::compress::Piece;

/// What a piece in memory costs beside its bytes.
const OVERHEAD: usize = 256;

/// The part of a table's block that one worker makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::postgres::backup) struct Stretch {
    /// Dump id of the table's rows.
    pub(in crate::postgres::backup) id: u32,
    /// Its place among the stretches of the block.
    pub(in crate::postgres::backup) turn: u64,
    /// Whether the block ends with it.
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

/// What has come of a stretch.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) of: Stretch,
    pub(super) pieces: Vec<Piece>,
    /// Whether nothing follows.
    pub(super) ended: bool,
    weight: usize,
}

/// Everything that waits.
#[derive(Debug, Default)]
pub(super) struct Parcels {
    waiting: BTreeMap<Place, Parcel>,
    weights: HashMap<u16, usize>,
}

impl Parcels {
    /// Bytes that a worker's pieces hold.
    pub(super) fn weight(&self, worker: u16) -> usize {
        self.weights.get(&worker).copied().unwrap_or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn add(&mut self, to: Stretch, piece: Piece) {
        let weight = piece.compressed_len() + OVERHEAD;
        let parcel = self.parcel(to);
        parcel.pieces.push(piece);
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
        let empty = || Parcel { of, pieces: Vec::new(), ended: false, weight: 0 };
        self.waiting.entry(of.place()).or_insert_with(empty)
    }

    /// Takes what may be written next.
    pub(super) fn take_next(&mut self, open: Option<Place>) -> Option<Parcel> {
        let place = open.or_else(|| self.next_to_open())?;
        let parcel = self.waiting.remove(&place)?;
        self.lighten(&parcel);
        Some(parcel)
    }

    fn next_to_open(&self) -> Option<Place> {
        let mut first = self.waiting.iter().filter(|(place, _)| place.turn == 0);
        // What has ended goes first: it only takes up memory.
        let ended = first.clone().find(|(_, parcel)| parcel.ended);
        ended.or_else(|| first.find(|(_, parcel)| parcel.of.eager)).map(|(place, _)| *place)
    }

    /// Drops what has come of a table.
    pub(super) fn drop_table(&mut self, id: u32) {
        let of_table = Place { id, turn: 0 }..=Place { id, turn: u64::MAX };
        let places: Vec<Place> = self.waiting.range(of_table).map(|(place, _)| *place).collect();
        for place in places {
            if let Some(parcel) = self.waiting.remove(&place) {
                self.lighten(&parcel);
            }
        }
    }

    fn lighten(&mut self, parcel: &Parcel) {
        if let Some(weight) = self.weights.get_mut(&parcel.of.worker) {
            *weight = weight.saturating_sub(parcel.weight);
        }
    }
}
