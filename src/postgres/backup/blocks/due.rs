//! Which entries still lack their data, and which of them may come next.

use std::collections::{HashSet, VecDeque};

use super::super::layout::Order;

/// The entries whose data is still to come.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) order: Order,
    /// In archive order; those that came out of order are still in it.
    list: VecDeque<u32>,
    left: HashSet<u32>,
}

impl Due {
    /// These entries, in archive order.
    pub(super) fn new(order: Order, entries: Vec<u32>) -> Self {
        Self { order, left: entries.iter().copied().collect(), list: entries.into() }
    }

    /// The first entry in archive order.
    pub(super) fn first(&mut self) -> Option<u32> {
        while let Some(id) = self.list.front() {
            if self.left.contains(id) {
                return Some(*id);
            }
            self.list.pop_front();
        }
        None
    }

    /// The entry's data came, or never will.
    pub(super) fn done(&mut self, id: u32) {
        self.left.remove(&id);
    }

    /// Whether nothing is missing but these.
    pub(super) fn is_done(&self, but: &HashSet<u32>) -> bool {
        self.left.is_subset(but)
    }
}
