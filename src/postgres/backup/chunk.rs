//! Cuts a large table into ranges of blocks that workers read apart, and a large group of large objects
//! into ranges of objects.
//!
//! Disjoint ranges of `ctid` under one snapshot return every visible row exactly once, whatever other
//! sessions write meanwhile. The last range has no upper end: blocks that are added later hold no
//! row that the snapshot sees, and a size that was read too small must lose nothing.

use std::num::NonZeroUsize;

use crate::postgres::schema::TableData;

use super::Tuning;

/// Blocks `from..to` of a table's heap; without `to` all that follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockRange {
    /// How many ranges come before it.
    pub(super) turn: u64,
    pub(super) from: u64,
    pub(super) to: Option<u64>,
}

impl BlockRange {
    /// The range as a condition.
    pub(super) fn condition(self) -> String {
        let Self { from, to, .. } = self;
        match to {
            None => format!("ctid >= '({from},0)'"),
            Some(to) => format!("ctid >= '({from},0)' AND ctid < '({to},0)'"),
        }
    }
}

/// Large objects of a group, by their places in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ObjectRange {
    turn: u64,
    from: usize,
    to: Option<usize>,
}

impl ObjectRange {
    /// The objects of the range.
    pub(super) fn of(self, oids: &[u32]) -> &[u32] {
        oids.get(self.from..self.to.unwrap_or(oids.len())).unwrap_or_default()
    }
}

/// A part of an entry's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    Blocks(BlockRange),
    Objects(ObjectRange),
}

impl Range {
    /// How many ranges come before it.
    pub(super) fn turn(self) -> u64 {
        match self {
            Self::Blocks(range) => range.turn,
            Self::Objects(range) => range.turn,
        }
    }

    /// Whether none follows.
    pub(super) fn is_last(self) -> bool {
        match self {
            Self::Blocks(range) => range.to.is_none(),
            Self::Objects(range) => range.to.is_none(),
        }
    }
}

/// Large objects that are asked for in one statement.
const OBJECTS: u64 = 1000;

/// What ranges are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Blocks,
    Objects,
}

/// The ranges of one entry's data, made one by one: a huge table has very many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ranges {
    unit: Unit,
    next: Option<u64>,
    turn: u64,
    step: u64,
    count: u64,
}

/// First server that scans a range of `ctid` without reading the rest.
const TID_RANGE_SCAN: u32 = 140_000;

impl Ranges {
    /// The ranges of a table, or `None` when it is to be read whole.
    ///
    /// The cut goes by heap and TOAST together: a small heap can have huge values.
    pub(super) fn plan(
        table: &TableData,
        server_version: u32,
        workers: NonZeroUsize,
        tuning: &Tuning,
    ) -> Option<Self> {
        let splittable = table.chunkable && server_version >= TID_RANGE_SCAN && workers.get() > 1;
        if !splittable || table.data_bytes < tuning.split_over || table.heap_blocks < 2 {
            return None;
        }
        // Many for each worker, so that all end at nearly the same time; and none so large that a
        // worker could not hold what it gives until the turn comes to it.
        let workers = workers.get() as u64;
        let bytes = (table.data_bytes / workers.saturating_mul(16))
            .clamp(tuning.range_min, tuning.range_max)
            .min(tuning.held_bytes as u64 / workers)
            .max(1);
        let count = table.data_bytes.div_ceil(bytes).clamp(2, table.heap_blocks);
        let step = table.heap_blocks.div_ceil(count);
        Some(Self { unit: Unit::Blocks, next: Some(0), turn: 0, step, count: table.heap_blocks })
    }

    /// The ranges of so many large objects, or `None` where one statement will do.
    pub(super) fn of_objects(objects: usize) -> Option<Self> {
        let count = objects as u64;
        (count > OBJECTS).then_some(Self {
            unit: Unit::Objects,
            next: Some(0),
            turn: 0,
            step: OBJECTS,
            count,
        })
    }

    /// No further ranges.
    pub(super) fn stop(&mut self) {
        self.next = None;
    }

    /// Whether all ranges were handed out.
    pub(super) fn is_empty(&self) -> bool {
        self.next.is_none()
    }
}

impl Iterator for Ranges {
    type Item = Range;

    fn next(&mut self) -> Option<Range> {
        let from = self.next?;
        let end = from.saturating_add(self.step);
        let to = (end < self.count).then_some(end);
        let turn = self.turn;
        self.turn += 1;
        self.next = to;
        Some(match self.unit {
            Unit::Blocks => Range::Blocks(BlockRange { turn, from, to }),
            // A count of what is in memory.
            Unit::Objects => Range::Objects(ObjectRange {
                turn,
                from: usize::try_from(from).unwrap_or(usize::MAX),
                to: to.map(|to| usize::try_from(to).unwrap_or(usize::MAX)),
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::QualifiedName;
    use proptest::prelude::*;

    fn table(heap_blocks: u64, data_bytes: u64) -> TableData {
        TableData {
            dump_id: 1,
            oid: 1,
            name: QualifiedName::new("public", "t"),
            data_bytes,
            heap_blocks,
            chunkable: true,
            ..TableData::default()
        }
    }

    fn plan(table: &TableData, workers: usize) -> Option<Ranges> {
        Ranges::plan(table, 150_000, NonZeroUsize::new(workers).unwrap(), &Tuning::default())
    }

    fn of_blocks(ranges: Ranges) -> impl Iterator<Item = BlockRange> {
        ranges.map(|range| match range {
            Range::Blocks(blocks) => blocks,
            Range::Objects(_) => panic!("a range of large objects"),
        })
    }

    #[test]
    fn small_tables_single_workers_old_servers_and_other_storages_read_whole() {
        let big = table(1 << 20, 8 << 30);
        assert!(plan(&big, 4).is_some());
        assert_eq!(plan(&table(100, 100 * 8192), 4), None);
        assert_eq!(plan(&big, 1), None);
        assert_eq!(plan(&TableData { chunkable: false, ..big.clone() }, 4), None);
        let four = NonZeroUsize::new(4).unwrap();
        assert_eq!(Ranges::plan(&big, 130_000, four, &Tuning::default()), None);
    }

    #[test]
    fn a_small_heap_with_huge_values_is_still_cut() {
        let ranges: Vec<_> = of_blocks(plan(&table(10, 4 << 30), 4).unwrap()).collect();
        assert_eq!(ranges.len(), 10);
        assert_eq!(ranges[9], BlockRange { turn: 9, from: 9, to: None });
        assert_eq!(ranges[9].condition(), "ctid >= '(9,0)'");
        assert_eq!(ranges[0].condition(), "ctid >= '(0,0)' AND ctid < '(1,0)'");
    }

    proptest! {
        #[test]
        fn ranges_follow_each_other_without_gap_to_an_open_end(
            blocks in 2_u64..5_000_000, toast in 0_u64..1 << 40, workers in 2_usize..64,
        ) {
            let table = table(blocks, blocks * 8192 + toast);
            if let Some(ranges) = plan(&table, workers) {
                let mut expected = Some(0);
                for (turn, range) in (0..).zip(of_blocks(ranges).take(100_000)) {
                    prop_assert_eq!(range.turn, turn);
                    prop_assert_eq!(Some(range.from), expected);
                    prop_assert!(range.from < blocks);
                    prop_assert!(range.to.is_none_or(|to| to > range.from && to < blocks));
                    expected = range.to;
                }
            }
        }
    }
}
