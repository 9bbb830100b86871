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

use crate::model::manifest::RowHash;
use crate::postgres::schema::{LargeObjectGroup, TableData};

use super::Tuning;
use super::chunk::{BlockRange, Range, Ranges};
use super::layout::Order;

/// What is copied.
#[derive(Debug)]
pub(super) enum Subject {
    Table(TableData),
    Objects(LargeObjectGroup),
}

/// An entry whose data is being copied, shared by the workers that do it.
#[derive(Debug)]
pub(super) struct Task {
    /// Dump id of the entry.
    pub(super) id: u32,
    /// Its name for people.
    pub(super) name: String,
    /// About how much it is.
    pub(super) bytes: u64,
    pub(super) subject: Subject,
    rows: AtomicU64,
    bytes_copied: AtomicU64,
    failed: AtomicBool,
    busy: AtomicBool,
    /// Of the shares that were read to their end.
    proof: Mutex<RowHash>,
}

impl Task {
    fn new(id: u32, name: String, bytes: u64, subject: Subject) -> Self {
        Self {
            id,
            name,
            bytes,
            subject,
            rows: AtomicU64::new(0),
            bytes_copied: AtomicU64::new(0),
            failed: AtomicBool::new(false),
            busy: AtomicBool::new(false),
            proof: Mutex::default(),
        }
    }

    /// The rows of a table.
    pub(super) fn table(table: TableData) -> Self {
        Self::new(table.dump_id, table.name.to_string(), table.data_bytes, Subject::Table(table))
    }

    /// Large objects of about this size together.
    pub(super) fn objects(group: LargeObjectGroup, bytes: u64) -> Self {
        let name = match group.oids.as_slice() {
            [first, .., last] => format!("large objects {first} to {last}"),
            [one] => format!("large object {one}"),
            [] => "large objects".to_owned(),
        };
        Self::new(group.dump_id, name, bytes, Subject::Objects(group))
    }

    /// What would be missing, for people.
    pub(super) fn what(&self) -> String {
        match &self.subject {
            Subject::Table(_) => format!("the rows of {}", self.name),
            Subject::Objects(_) => format!("the contents of {}", self.name),
        }
    }

    /// Counts what was copied.
    pub(super) fn add(&self, bytes: u64, rows: u64) {
        self.bytes_copied.fetch_add(bytes, Relaxed);
        self.rows.fetch_add(rows, Relaxed);
    }

    /// Adds the hash of a share that was read to its end.
    pub(super) fn prove(&self, rows: RowHash) {
        self.proof.lock().unwrap_or_else(PoisonError::into_inner).merge(rows);
    }

    /// Rows, or objects, and their hash.
    pub(super) fn proof(&self) -> RowHash {
        *self.proof.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes and rows copied so far.
    pub(super) fn copied(&self) -> (u64, u64) {
        (self.bytes_copied.load(Relaxed), self.rows.load(Relaxed))
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

/// An entry's data, or a range of it, for one worker.
#[derive(Debug, Clone)]
pub(super) struct Share {
    pub(super) task: Arc<Task>,
    /// `None` is all of it.
    pub(super) range: Option<Range>,
}

impl Share {
    /// How many shares of the entry come before it.
    pub(super) fn turn(&self) -> u64 {
        self.range.map_or(0, Range::turn)
    }

    /// Whether the entry's data ends with it.
    pub(super) fn is_last(&self) -> bool {
        self.range.is_none_or(Range::is_last)
    }

    /// The blocks of the table, where it is not read whole.
    pub(super) fn blocks(&self) -> Option<BlockRange> {
        match self.range {
            Some(Range::Blocks(blocks)) => Some(blocks),
            _ => None,
        }
    }

    /// Whether blocks of the table are read apart.
    pub(super) fn by_blocks(&self) -> bool {
        self.blocks().is_some()
    }

    /// The large objects of the group.
    pub(super) fn objects<'g>(&self, group: &'g LargeObjectGroup) -> &'g [u32] {
        match self.range {
            Some(Range::Objects(range)) => range.of(&group.oids),
            _ => &group.oids,
        }
    }
}

/// The work of all workers of one backup.
#[derive(Debug)]
pub(super) struct Schedule {
    server_version: u32,
    workers: NonZeroUsize,
    tuning: Tuning,
    /// All of them, in archive order.
    tasks: Vec<Arc<Task>>,
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
    /// Puts the tasks in order, unless they are to be done in the order in which they are.
    pub(super) fn new(
        tasks: Vec<Task>,
        order: Order,
        server_version: u32,
        workers: NonZeroUsize,
        tuning: &Tuning,
    ) -> Self {
        let tasks: Vec<_> = tasks.into_iter().map(Arc::new).collect();
        let mut waiting = tasks.clone();
        if order != Order::Listed {
            waiting.sort_by_key(|task| (std::cmp::Reverse(task.bytes), task.id));
        }
        let state = State {
            waiting: waiting.into(),
            splitting: None,
            active: HashMap::new(),
            failures: Vec::new(),
        };
        let state = Mutex::new(state);
        Self { server_version, workers, tuning: tuning.clone(), tasks, state }
    }

    /// What is copied, in archive order.
    pub(super) fn tasks(&self) -> &[Arc<Task>] {
        &self.tasks
    }

    /// How many workers can have something to do.
    pub(super) fn useful_workers(&self, jobs: NonZeroUsize) -> u16 {
        let split = |task: &Arc<Task>| self.ranges(task).is_some();
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
        *state.active.entry(share.task.id).or_default() += 1;
        Some(share)
    }

    fn next_table(&self, state: &mut State) -> Option<Share> {
        let task = state.waiting.pop_front()?;
        let Some(mut ranges) = self.ranges(&task) else { return Some(Share { task, range: None }) };
        let range = ranges.next();
        state.splitting = Some((Arc::clone(&task), ranges));
        Some(Share { task, range })
    }

    /// The ranges of an entry's data, where it is not to be copied in one.
    fn ranges(&self, task: &Task) -> Option<Ranges> {
        match &task.subject {
            Subject::Table(table) => {
                Ranges::plan(table, self.server_version, self.workers, &self.tuning)
            }
            Subject::Objects(group) => Ranges::of_objects(group.oids.len()),
        }
    }

    /// A worker copied its share. Says whether the table is copied with it.
    pub(super) fn finish(&self, share: &Share) -> bool {
        let mut state = self.lock();
        leave(&mut state, share);
        let id = share.task.id;
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
            state.failures.push((share.task.id, reason));
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
    let id = share.task.id;
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
        let tasks = tables.into_iter().map(Task::table).collect();
        Schedule::new(tasks, Order::Free, 150_000, NonZeroUsize::new(2).unwrap(), &tuning)
    }

    fn taken(schedule: &Schedule) -> Vec<(u32, bool)> {
        std::iter::from_fn(|| schedule.next())
            .map(|share| (share.task.id, share.range.is_some()))
            .collect()
    }

    #[test]
    fn the_largest_goes_first_ties_by_dump_id_and_large_ones_in_ranges() {
        let schedule = schedule(vec![table(3, 1), table(1, 1), table(2, 4)]);
        let expected = [(2, true), (2, true), (2, true), (2, true), (1, false), (3, false)];
        assert_eq!(taken(&schedule), expected);
    }

    #[test]
    fn a_listed_order_is_kept() {
        let tasks = [table(3, 1), table(1, 1), table(2, 3)].map(Task::table).into();
        let two = NonZeroUsize::new(2).unwrap();
        let schedule = Schedule::new(tasks, Order::Listed, 150_000, two, &Tuning::default());
        assert_eq!(taken(&schedule), [(3, false), (1, false), (2, false)]);
    }

    #[test]
    fn many_large_objects_are_shared_by_the_workers() {
        let group = LargeObjectGroup { dump_id: 9, oids: (1..=2500).collect() };
        let tasks = vec![Task::objects(group.clone(), 0)];
        assert_eq!(tasks[0].name, "large objects 1 to 2500");
        let two = NonZeroUsize::new(2).unwrap();
        let schedule = Schedule::new(tasks, Order::Free, 150_000, two, &Tuning::default());
        assert_eq!(schedule.useful_workers(two), 2);
        let shares: Vec<_> = std::iter::from_fn(|| schedule.next()).collect();
        let all: Vec<u32> =
            shares.iter().flat_map(|share| share.objects(&group)).copied().collect();
        assert_eq!(all, group.oids);
        let ends: Vec<_> = shares.iter().map(|share| (share.turn(), share.is_last())).collect();
        assert_eq!(ends, [(0, false), (1, false), (2, true)]);
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
        assert_eq!(shares[8].task.id, 2);
        let copied: Vec<_> = shares[..8].iter().map(|share| schedule.finish(share)).collect();
        assert_eq!(copied[6..], [false, true]);
    }
}
