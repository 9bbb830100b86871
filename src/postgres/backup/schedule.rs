//! Who copies what: tables by falling size, or in archive order where they are written in it, and a
//! large one in ranges that all workers share.
//!
//! ```text
//!  waiting ─ next ─► whole table ──────────────► finish ─► copied
//!     │                                            │
//!     └─ next ─► splitting: range, range, range ───┴─► … copied (the last one to finish)
//!                   └─ fail: no further ranges
//! ```
//! Ranges are given out in the order of the rows, and before any other table: whoever ends a range
//! gets the next one, so the range whose turn it is to be written is always in somebody's hands. At
//! most one table is being split; workers that find no range of it left go on with the next table.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::postgres::schema::TableData;

use super::Tuning;
use super::chunk::{BlockRange, Ranges};
use super::layout::Order;

/// A table whose rows are being copied, shared by the workers that do it.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) table: TableData,
    rows: AtomicU64,
    bytes: AtomicU64,
    failed: AtomicBool,
    busy: AtomicBool,
}

impl Task {
    /// Counts what was copied.
    pub(super) fn add(&self, bytes: u64, rows: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
        self.rows.fetch_add(rows, Relaxed);
    }

    /// Bytes and rows copied so far.
    pub(super) fn copied(&self) -> (u64, u64) {
        (self.bytes.load(Relaxed), self.rows.load(Relaxed))
    }

    /// Notes that somebody waits to change it, and says whether that is news.
    pub(super) fn is_first_time_busy(&self) -> bool {
        !self.busy.swap(true, Relaxed)
    }

    /// Whether copying more of it is in vain.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Relaxed)
    }
}

/// A table, or a range of one, for one worker.
#[derive(Debug, Clone)]
pub(super) struct Share {
    pub(super) task: Arc<Task>,
    /// `None` is the whole table.
    pub(super) range: Option<BlockRange>,
}

/// The work of all workers of one backup.
#[derive(Debug)]
pub(super) struct Schedule {
    server_version: u32,
    workers: NonZeroUsize,
    tuning: Tuning,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    waiting: VecDeque<Arc<Task>>,
    splitting: Option<(Arc<Task>, Ranges)>,
    /// Workers at each table, by dump id.
    active: HashMap<u32, usize>,
    failures: Vec<(u32, String)>,
}

impl Schedule {
    /// Puts the tables in order.
    pub(super) fn new(
        mut tables: Vec<TableData>,
        order: Order,
        server_version: u32,
        workers: NonZeroUsize,
        tuning: &Tuning,
    ) -> Self {
        if order != Order::Listed {
            tables.sort_by_key(|table| (std::cmp::Reverse(table.data_bytes), table.dump_id));
        }
        let tasks = tables.into_iter().map(|table| {
            Arc::new(Task {
                table,
                rows: AtomicU64::new(0),
                bytes: AtomicU64::new(0),
                failed: AtomicBool::new(false),
                busy: AtomicBool::new(false),
            })
        });
        let state = State {
            waiting: tasks.collect(),
            splitting: None,
            active: HashMap::new(),
            failures: Vec::new(),
        };
        Self { server_version, workers, tuning: tuning.clone(), state: Mutex::new(state) }
    }

    /// How many workers can have something to do.
    pub(super) fn useful_workers(&self, jobs: NonZeroUsize) -> u16 {
        let split = |task: &Arc<Task>| {
            Ranges::plan(&task.table, self.server_version, self.workers, &self.tuning).is_some()
        };
        let state = self.lock();
        let useful = if state.waiting.iter().any(split) {
            jobs.get()
        } else {
            jobs.get().min(state.waiting.len())
        };
        u16::try_from(useful).unwrap_or(u16::MAX)
    }

    /// The next share, or `None` when there is nothing left to begin.
    pub(super) fn next(&self) -> Option<Share> {
        let mut state = self.lock();
        let share = next_range(&mut state).or_else(|| self.next_table(&mut state))?;
        *state.active.entry(share.task.table.dump_id).or_default() += 1;
        Some(share)
    }

    fn next_table(&self, state: &mut State) -> Option<Share> {
        let task = state.waiting.pop_front()?;
        let ranges = Ranges::plan(&task.table, self.server_version, self.workers, &self.tuning);
        let Some(mut ranges) = ranges else { return Some(Share { task, range: None }) };
        let range = ranges.next();
        state.splitting = Some((Arc::clone(&task), ranges));
        Some(Share { task, range })
    }

    /// A worker copied its share. Says whether the table is copied with it.
    pub(super) fn finish(&self, share: &Share) -> bool {
        let mut state = self.lock();
        leave(&mut state, share);
        let id = share.task.table.dump_id;
        let ranges_left = state
            .splitting
            .as_ref()
            .is_some_and(|(task, ranges)| Arc::ptr_eq(task, &share.task) && !ranges.is_empty());
        !ranges_left && !state.active.contains_key(&id) && !share.task.has_failed()
    }

    /// A worker could not copy its share: the table's other shares are not begun any more.
    pub(super) fn fail(&self, share: &Share, reason: String) {
        let mut state = self.lock();
        if !share.task.failed.swap(true, Relaxed) {
            state.failures.push((share.task.table.dump_id, reason));
        }
        if let Some((task, ranges)) = &mut state.splitting
            && Arc::ptr_eq(task, &share.task)
        {
            ranges.stop();
        }
        leave(&mut state, share);
    }

    /// Tables that failed, by dump id, each with its reason.
    pub(super) fn failures(&self) -> Vec<(u32, String)> {
        self.lock().failures.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn next_range(state: &mut State) -> Option<Share> {
    let (task, ranges) = state.splitting.as_mut()?;
    let range = ranges.next()?;
    Some(Share { task: Arc::clone(task), range: Some(range) })
}

fn leave(state: &mut State, share: &Share) {
    let id = share.task.table.dump_id;
    let others = state.active.get(&id).map_or(0, |count| count.saturating_sub(1));
    if others > 0 {
        state.active.insert(id, others);
    } else {
        state.active.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::QualifiedName;

    fn table(dump_id: u32, mib: u64) -> TableData {
        TableData {
            dump_id,
            oid: dump_id,
            name: QualifiedName::new("public", format!("t{dump_id}")),
            data_bytes: mib << 20,
            heap_blocks: mib << 7,
            chunkable: true,
            ..TableData::default()
        }
    }

    fn schedule(tables: Vec<TableData>) -> Schedule {
        let tuning = Tuning {
            split_over: 4 << 20,
            range_min: 1 << 20,
            range_max: 1 << 20,
            ..Tuning::default()
        };
        Schedule::new(tables, Order::Free, 150_000, NonZeroUsize::new(2).unwrap(), &tuning)
    }

    fn taken(schedule: &Schedule) -> Vec<(u32, bool)> {
        std::iter::from_fn(|| schedule.next())
            .map(|share| (share.task.table.dump_id, share.range.is_some()))
            .collect()
    }

    #[test]
    fn the_largest_goes_first_ties_by_dump_id_and_large_ones_in_ranges() {
        let schedule = schedule(vec![table(3, 1), table(1, 1), table(2, 4)]);
        let expected = [(2, true), (2, true), (2, true), (2, true), (1, false), (3, false)];
        assert_eq!(taken(&schedule), expected);
    }

    #[test]
    fn only_the_last_worker_to_finish_completes_a_split_table() {
        let schedule = schedule(vec![table(1, 4)]);
        let (a, b) = (schedule.next().unwrap(), schedule.next().unwrap());
        assert!(!schedule.finish(&a));
        assert!(!schedule.finish(&b), "two ranges are left");
        let (a, b) = (schedule.next().unwrap(), schedule.next().unwrap());
        assert!(schedule.next().is_none());
        assert!(!schedule.finish(&b));
        assert!(schedule.finish(&a));
    }

    #[test]
    fn a_failed_table_is_not_begun_again_and_keeps_its_first_reason() {
        let schedule = schedule(vec![table(1, 8), table(2, 1)]);
        let (a, b) = (schedule.next().unwrap(), schedule.next().unwrap());
        schedule.fail(&a, "first".into());
        assert!(b.task.has_failed());
        assert_eq!(taken(&schedule), [(2, false)]);
        schedule.fail(&b, "second".into());
        assert_eq!(schedule.failures(), [(1, "first".to_owned())]);
    }

    #[test]
    fn a_split_table_is_not_over_when_the_next_one_is_being_split() {
        let schedule = schedule(vec![table(1, 8), table(2, 7)]);
        let shares: Vec<_> = (0..9).map(|_| schedule.next().unwrap()).collect();
        assert_eq!(shares[8].task.table.dump_id, 2);
        let copied: Vec<_> = shares[..8].iter().map(|share| schedule.finish(share)).collect();
        assert_eq!(copied[6..], [false, true]);
    }
}
