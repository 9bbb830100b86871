//! Layouts that take data in archive order, and those that take each entry's for itself. Time is
//! virtual: a deadlock shows at once.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const WORKERS: u16 = 3;

/// Keeps what it is given, and in which order it was completed.
#[derive(Debug)]
struct Shelves {
    order: Order,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    open: HashSet<u32>,
    most_open: usize,
    done: Vec<(u32, String)>,
    skipped: Vec<u32>,
    /// A write to this entry fails.
    fails: Option<u32>,
}

#[derive(Debug)]
struct Shelf {
    id: u32,
    text: String,
    kept: Arc<Mutex<Kept>>,
}

impl Layout for Shelves {
    fn order(&self) -> Order {
        self.order
    }

    fn begin(&self, id: u32) -> Result<Box<dyn Part>> {
        let mut kept = self.kept.lock().unwrap();
        assert!(kept.open.insert(id), "entry {id} was begun twice");
        kept.most_open = kept.most_open.max(kept.open.len());
        Ok(Box::new(Shelf { id, text: String::new(), kept: Arc::clone(&self.kept) }))
    }

    fn skip(&self, id: u32) -> Result<()> {
        self.kept.lock().unwrap().skipped.push(id);
        Ok(())
    }

    fn finish(&self, _left_out: &HashSet<u32>) -> Result<u64> {
        Ok(self.kept.lock().unwrap().done.len() as u64)
    }

    fn remove(&self) {}
}

impl Part for Shelf {
    fn object(&mut self, oid: u32) -> Result<()> {
        self.text.extend(["<", &oid.to_string(), ">"]);
        Ok(())
    }

    fn add(&mut self, piece: &Piece) -> Result<()> {
        if self.kept.lock().unwrap().fails == Some(self.id) {
            return Err(Error::new(ErrorKind::Io, "the disk is full"));
        }
        self.text.push_str(std::str::from_utf8(piece.bytes()).unwrap());
        Ok(())
    }

    fn end(self: Box<Self>) -> Result<()> {
        let mut kept = self.kept.lock().unwrap();
        kept.open.remove(&self.id);
        kept.done.push((self.id, self.text));
        Ok(())
    }

    fn cut(self: Box<Self>) -> Result<()> {
        self.kept.lock().unwrap().open.remove(&self.id);
        Ok(())
    }
}

fn shelves(order: Order, entries: Vec<u32>) -> (Arc<Blocks>, Arc<Mutex<Kept>>) {
    let kept = Arc::new(Mutex::new(Kept::default()));
    let layout = Shelves { order, kept: Arc::clone(&kept) };
    (Arc::new(Blocks::new(Arc::new(layout), entries, HELD)), kept)
}

async fn put_all(blocks: &Blocks, to: Stretch, texts: &[&str]) {
    for text in texts {
        at_once(blocks.add(to, piece(text))).await;
    }
    blocks.end(to).unwrap();
}

fn done(kept: &Mutex<Kept>) -> Vec<u32> {
    kept.lock().unwrap().done.iter().map(|(id, _)| *id).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_listed_comes_in_its_order_whoever_ends_first() {
    let (blocks, kept) = shelves(Order::Listed, vec![7, 3, 5]);
    put_all(&blocks, whole(5, 1), &["c"]).await;
    put_all(&blocks, whole(3, 2), &["b"]).await;
    assert_eq!(done(&kept), Vec::<u32>::new());
    assert!(blocks.finish().is_err(), "the first is missing");
    put_all(&blocks, range(7, 0), &["a"]).await;
    put_all(&blocks, last_range(7, 1), &["aa"]).await;
    assert_eq!(done(&kept), [7, 3, 5]);
    assert_eq!(kept.lock().unwrap().done[0].1, "aaa");
    assert_eq!(kept.lock().unwrap().most_open, 1);
    blocks.finish().unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_listed_and_given_up_is_passed_over_in_its_turn() {
    let (blocks, kept) = shelves(Order::Listed, vec![1, 2, 3, 4]);
    blocks.abandon(2).unwrap();
    blocks.abandon(4).unwrap();
    assert_eq!(kept.lock().unwrap().skipped, Vec::<u32>::new());
    put_all(&blocks, whole(3, 0), &["c"]).await;
    put_all(&blocks, whole(1, 1), &["a"]).await;
    assert_eq!(done(&kept), [1, 3]);
    assert_eq!(kept.lock().unwrap().skipped, [2, 4]);
    blocks.finish().unwrap();
}

#[tokio::test(start_paused = true)]
async fn entries_with_files_of_their_own_wait_for_nobody() {
    let (blocks, kept) = shelves(Order::Apart, vec![1, 2]);
    let long = "x".repeat(2 * HELD);
    at_once(blocks.add(range(1, 0), piece(&long))).await;
    at_once(blocks.claim(whole(2, 1))).await;
    put_all(&blocks, whole(2, 1), &[&long, &long]).await;
    assert_eq!(done(&kept), [2]);
    put_all(&blocks, last_range(1, 1), &["b"]).await;
    assert!(blocks.finish().is_err(), "the first range has not ended");
    blocks.end(range(1, 0)).unwrap();
    assert_eq!(done(&kept), [2, 1]);
    assert_eq!(kept.lock().unwrap().most_open, 2);
    blocks.finish().unwrap();
}

#[tokio::test(start_paused = true)]
async fn large_objects_are_announced_in_the_order_of_their_bytes() {
    let (blocks, kept) = shelves(Order::Apart, vec![9]);
    for (turn, oid) in [(1, 11), (0, 10)] {
        let to = Stretch { last: turn == 1, ..range(9, turn) };
        blocks.begin_object(to, oid).unwrap();
        put_all(&blocks, to, &["a", "b"]).await;
    }
    assert_eq!(kept.lock().unwrap().done, [(9, "<10>ab<11>ab".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_write_is_told_once_and_nobody_waits_for_it() {
    let (blocks, kept) = shelves(Order::Listed, vec![1, 2]);
    kept.lock().unwrap().fails = Some(1);
    let long = "x".repeat(2 * HELD);
    let waiting = tokio::spawn({
        let (blocks, long) = (Arc::clone(&blocks), piece(&long));
        async move { blocks.add(whole(2, 1), long).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!waiting.is_finished());
    let error = blocks.add(whole(1, 0), piece("a")).await.unwrap_err();
    assert_eq!(error.to_string(), "the disk is full");
    at_once(async { waiting.await.unwrap() }).await;
    put_all(&blocks, whole(1, 0), &["a"]).await;
    assert!(blocks.finish().is_err());
}

/// An entry: whether it fails, and the pieces of each of its stretches.
type Entry = (bool, Vec<Vec<u16>>);

/// Shares as a schedule gives them out: the entries in order, each one's stretches in order.
fn shares(entries: &[Entry]) -> Vec<(u32, u64, bool)> {
    let stretches = |(id, (_, stretches)): (u32, &Entry)| {
        let count = stretches.len() as u64;
        (0..count).map(move |turn| (id, turn, turn + 1 == count)).collect::<Vec<_>>()
    };
    (1..).zip(entries).flat_map(stretches).collect()
}

fn text_of(id: u32, turn: u64, length: u16) -> String {
    format!("{id}.{turn};").repeat(1 + usize::from(length % 90))
}

async fn work(
    worker: u16,
    blocks: &Blocks,
    queue: &Mutex<std::vec::IntoIter<(u32, u64, bool)>>,
    entries: &[Entry],
) {
    loop {
        let Some((id, turn, last)) = queue.lock().unwrap().next() else { return };
        let to = Stretch { id, turn, last, worker, eager: false };
        let (fails, stretches) = &entries[usize::try_from(id).unwrap() - 1];
        for (number, length) in stretches[usize::try_from(turn).unwrap()].iter().enumerate() {
            tokio::time::sleep(Duration::from_millis(u64::from(*length % 19))).await;
            blocks.add(to, piece(&text_of(id, turn, *length))).await.unwrap();
            let state = blocks.lock();
            assert!(state.parcels.weight(worker) <= HELD || state.has_turn(to) || *fails);
            drop(state);
            if *fails && number == 1 {
                blocks.abandon(id).unwrap();
            }
        }
        if *fails {
            blocks.abandon(id).unwrap();
        } else {
            blocks.end(to).unwrap();
        }
    }
}

async fn run(order: Order, entries: Vec<Entry>) {
    let ids: Vec<u32> = (1..).zip(&entries).map(|(id, _)| id).collect();
    let (blocks, kept) = shelves(order, ids);
    let queue = Mutex::new(shares(&entries).into_iter());
    let workers = (0..WORKERS).map(|worker| work(worker, &blocks, &queue, &entries));
    let all = futures_util::future::join_all(workers);
    tokio::time::timeout(Duration::from_hours(1), all).await.expect("they wait for each other");
    blocks.finish().unwrap();
    let kept = kept.lock().unwrap();
    let mut expected = BTreeMap::new();
    for (id, (fails, stretches)) in (1..).zip(&entries) {
        let text: String = (0..)
            .zip(stretches)
            .flat_map(|(turn, pieces)| pieces.iter().map(move |length| text_of(id, turn, *length)))
            .collect();
        if !fails {
            expected.insert(id, text);
        }
    }
    assert_eq!(kept.done.iter().cloned().collect::<BTreeMap<_, _>>(), expected);
    if order == Order::Listed {
        assert!(kept.done.iter().map(|(id, _)| id).is_sorted(), "archive order");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn workers_that_share_entries_never_wait_for_each_other_for_ever(
        entries in proptest::collection::vec(
            (
                proptest::bool::weighted(0.2),
                proptest::collection::vec(proptest::collection::vec(any::<u16>(), 0..5), 1..6),
            ),
            1..8,
        ),
        apart in any::<bool>(),
    ) {
        let order = if apart { Order::Apart } else { Order::Listed };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(run(order, entries));
    }
}
