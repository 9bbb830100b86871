//! A job's meter over time: rates for the sparkline, the average, and an honest estimate of the
//! time left.
//!
//! One slot a second. A second in which no sample came takes its share of what the next one shows;
//! a second without progress is a stall, and is kept as such.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::model::meter::MeterSample;

/// Slots kept: ten minutes.
pub const SLOTS: usize = 600;

/// One second of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slot {
    /// Bytes moved in it.
    pub bytes: u64,
    /// Rows moved in it.
    pub rows: u64,
    /// The job was paused.
    pub paused: bool,
}

impl Slot {
    /// Nothing moved although nobody paused it.
    #[must_use]
    pub fn is_stall(self) -> bool {
        self.bytes == 0 && !self.paused
    }
}

/// The time left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eta {
    /// Nothing can be said, and why.
    Unknown(&'static str),
    /// Between so many seconds.
    Between {
        /// At the fast recent rates.
        low: u64,
        /// At the slow recent rates.
        high: u64,
    },
    /// At least so many seconds: lately it stood still for a part of the time.
    AtLeast(u64),
}

/// The history of a job's meter.
#[derive(Debug, Clone, Default)]
pub struct SampleHistory {
    slots: VecDeque<Slot>,
    last: Option<(Timestamp, MeterSample)>,
    first: Option<Timestamp>,
    paused_seconds: u64,
    seconds: u64,
}

impl SampleHistory {
    /// The slots, oldest first.
    #[must_use]
    pub fn slots(&self) -> &VecDeque<Slot> {
        &self.slots
    }

    /// The last counters.
    #[must_use]
    pub fn latest(&self) -> MeterSample {
        self.last.map(|(_, sample)| sample).unwrap_or_default()
    }
}
