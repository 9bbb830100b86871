//! Crews of workers that share tables as the real ones do, in all speeds, with failures and with a
//! leader. Time is virtual: a deadlock shows at once.

use std::num::NonZeroUsize;

use proptest::prelude::*;
use tokio::sync::Mutex as AsyncMutex;

use super::*;
use crate::model::name::QualifiedName;
use crate::postgres::backup::Tuning;
use crate::postgres::backup::schedule::{Schedule, Share, Task};
use crate::postgres::schema::TableData;

const WORKERS: u16 = 4;

/// What the case is made of, by table and range.
#[derive(Debug, Clone)]
struct Case {
    /// Heap blocks, and whether the table can be split.
    tables: Vec<(u64, bool)>,
    noise: Vec<u16>,
}

impl Case {
    fn noise(&self, share: &Share, salt: usize) -> usize {
        let turn = share.turn();
        let index = usize::try_from(u64::from(share.task.id) * 31 + turn).unwrap();
        usize::from(self.noise[(index * 7 + salt) % self.noise.len()])
    }

    fn fails(&self, share: &Share) -> bool {
        self.noise(share, 1).is_multiple_of(23)
    }

    fn needs_leader(&self, share: &Share) -> bool {
        self.noise(share, 2).is_multiple_of(5)
    }

    /// The pieces of a share, some larger than a worker may hold.
    fn texts(&self, share: &Share) -> Vec<String> {
        let turn = share.turn();
        let text = |piece| format!("{turn}.{piece};").repeat(1 + self.noise(share, piece) % 90);
        (0..self.noise(share, 3) % 6).map(text).collect()
    }

    fn schedule(&self) -> Schedule {
        let tables = (1..).zip(&self.tables).map(|(dump_id, (heap_blocks, chunkable))| TableData {
            dump_id,
            oid: dump_id,
            name: QualifiedName::new("public", format!("t{dump_id}")),
            data_bytes: heap_blocks * 8192,
            heap_blocks: *heap_blocks,
            chunkable: *chunkable,
            ..TableData::default()
        });
        let tuning =
            Tuning { split_over: 16 << 10, range_min: 8192, range_max: 8192, ..Tuning::default() };
        let workers = NonZeroUsize::new(WORKERS.into()).unwrap();
        Schedule::new(tables.map(Task::table).collect(), Order::Free, 150_000, workers, &tuning)
    }
}

struct Crew {
    case: Case,
    schedule: Schedule,
    blocks: Rig,
    leader: AsyncMutex<()>,
    failed: Mutex<HashSet<u32>>,
}

impl Crew {
    async fn work(&self, worker: u16) {
        while let Some(share) = self.schedule.next() {
            let to = Stretch {
                id: share.task.id,
                turn: share.turn(),
                last: share.is_last(),
                worker,
                eager: share.range.is_some(),
            };
            if self.case.needs_leader(&share) {
                self.blocks.claim(to).await.unwrap();
                let _leader = self.leader.lock().await;
                self.copy(&share, to).await;
            } else {
                self.copy(&share, to).await;
            }
        }
    }

    async fn copy(&self, share: &Share, to: Stretch) {
        for (index, text) in self.case.texts(share).iter().enumerate() {
            let pause = self.case.noise(share, 10 + index) % 20;
            tokio::time::sleep(Duration::from_millis(pause.try_into().unwrap())).await;
            if share.task.has_failed() {
                return;
            }
            self.blocks.add(to, piece(text)).await.unwrap();
            let state = self.blocks.lock();
            assert!(state.parcels.weight(to.worker) <= HELD || state.has_turn(to));
        }
        if self.case.fails(share) {
            self.schedule.fail(share, "as the case wants".into());
            self.blocks.abandon(to.id).unwrap();
            self.failed.lock().unwrap().insert(to.id);
        } else {
            self.blocks.end(to).unwrap();
            self.schedule.finish(share);
        }
    }
}

async fn run(case: Case) {
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks(folder.path(), 0);
    let (schedule, leader, failed) = (case.schedule(), AsyncMutex::default(), Mutex::default());
    let crew = Crew { case, schedule, blocks, leader, failed };
    let (a, b, c, d) = (crew.work(0), crew.work(1), crew.work(2), crew.work(3));
    let all = async { tokio::join!(a, b, c, d) };
    tokio::time::timeout(Duration::from_hours(1), all).await.expect("they wait for each other");
    let file = published(folder.path(), &crew.blocks);

    let mut length = 0;
    let shares = crew.case.schedule();
    let mut expected: HashMap<u32, Vec<String>> = HashMap::new();
    while let Some(share) = shares.next() {
        expected.entry(share.task.id).or_default().extend(crew.case.texts(&share));
    }
    let failed = crew.failed.lock().unwrap();
    for (id, texts) in expected {
        let start = crew.blocks.file.start_of(id);
        assert_eq!(start.is_none(), failed.contains(&id), "table {id}");
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let block = block(id.try_into().unwrap(), &texts);
        if let Some(start) = start {
            length += block.len();
            let there = &file[start.try_into().unwrap()..];
            assert!(there.starts_with(&block), "the block of table {id} is another");
        }
    }
    assert_eq!(file.len(), length);
}

proptest! {
    #[test]
    fn whoever_is_slow_or_fails_every_block_has_its_rows_in_their_order(
        tables in proptest::collection::vec((0_u64..20, any::<bool>()), 1..8),
        noise in proptest::collection::vec(any::<u16>(), 997),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_time().start_paused(true).build().unwrap();
        runtime.block_on(run(Case { tables, noise }));
    }
}
