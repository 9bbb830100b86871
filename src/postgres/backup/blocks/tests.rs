mod crew;
mod orders;

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::super::contents::Data;
use super::super::layout::{BlockFile, Ending};
use super::super::output::target;
use super::*;
use crate::archive::compress::Compressor;
use crate::model::spec::{Codec, RowFormat};

/// Each worker may hold a few short pieces.
const HELD: usize = 1024;

/// Blocks in a file of the custom format, without contents.
#[derive(Debug)]
struct Bare(Arc<BlockFile>);

impl Layout for Bare {
    fn order(&self) -> Order {
        Order::Free
    }

    fn form(&self) -> Form {
        Form::Block
    }

    fn begin(&self, id: u32) -> Result<Box<dyn Part>> {
        BlockFile::begin(&self.0, id, Data::Rows)
    }

    fn skip(&self, _id: u32) -> Result<()> {
        panic!("nothing is skipped where any order will do")
    }

    fn finish(&self, _left_out: &HashSet<u32>) -> Result<u64> {
        self.0.finish(|out| out(b""))
    }

    fn remove(&self) {}
}

/// The blocks, and the file that they go to.
#[derive(Clone)]
struct Rig {
    blocks: Arc<Blocks>,
    file: Arc<BlockFile>,
}

impl std::ops::Deref for Rig {
    type Target = Blocks;

    fn deref(&self) -> &Blocks {
        &self.blocks
    }
}

/// For the tables 1 to 9.
fn blocks(folder: &Path, head_len: u64) -> Rig {
    blocks_of(folder, head_len, Vec::new())
}

fn blocks_of(folder: &Path, head_len: u64, expected: Vec<u32>) -> Rig {
    let ending = Ending::new(RowFormat::Copy, Codec::None, Form::Block).unwrap();
    let file = Arc::new(BlockFile::new(target(&folder.join("a.dump")), head_len, ending).unwrap());
    let blocks = Arc::new(Blocks::new(Arc::new(Bare(Arc::clone(&file))), expected, HELD));
    Rig { blocks, file }
}

/// A worker's whole table.
fn whole(id: u32, worker: u16) -> Stretch {
    Stretch { id, turn: 0, last: true, worker, eager: false }
}

/// A range of a table, read by the worker of the same number.
fn range(id: u32, turn: u16) -> Stretch {
    Stretch { id, turn: turn.into(), last: false, worker: turn, eager: true }
}

fn last_range(id: u32, turn: u16) -> Stretch {
    Stretch { last: true, ..range(id, turn) }
}

fn piece(text: &str) -> Piece {
    let mut compressor = Compressor::new("none".parse().unwrap(), Form::Block).unwrap();
    compressor.piece(text.as_bytes()).unwrap()
}

/// A block without compression: type, dump id, chunks, end.
fn block(id: u8, texts: &[&str]) -> Vec<u8> {
    let mut bytes = vec![1, 0, id, 0, 0, 0];
    for text in texts.iter().chain(&["\\.\n\n\n"]) {
        bytes.push(0);
        bytes.extend_from_slice(&u32::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes.extend_from_slice(&[0; 5]);
    bytes
}

/// What must not wait.
async fn at_once<T>(future: impl Future<Output = Result<T>>) -> T {
    let done = tokio::time::timeout(Duration::from_secs(1), future).await;
    done.expect("it waits").unwrap()
}

impl Rig {
    async fn put(&self, to: Stretch, texts: &[&str]) {
        for text in texts {
            at_once(self.add(to, piece(text))).await;
        }
    }

    async fn put_all(&self, to: Stretch, texts: &[&str]) {
        self.put(to, texts).await;
        self.end(to).unwrap();
    }
}

fn published(folder: &Path, blocks: &Rig) -> Vec<u8> {
    blocks.finish().unwrap();
    fs::read(folder.join("a.dump")).unwrap()
}

#[tokio::test(start_paused = true)]
async fn blocks_follow_the_head_and_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks(folder.path(), 4);
    blocks.put_all(whole(7, 0), &["a\n", "b\n"]).await;
    blocks.put_all(whole(9, 0), &[]).await;
    let first = block(7, &["a\n", "b\n"]);
    assert_eq!(blocks.file.start_of(7), Some(4));
    assert_eq!(blocks.file.start_of(9), Some(4 + first.len() as u64));
    let size = blocks.file.finish(|out| out(b"head")).unwrap();
    let expected = [b"head".to_vec(), first, block(9, &[])].concat();
    assert_eq!(fs::read(folder.path().join("a.dump")).unwrap(), expected);
    assert_eq!(size, expected.len() as u64);
}

#[tokio::test(start_paused = true)]
async fn ranges_are_written_by_turn_in_whatever_order_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks(folder.path(), 0);
    blocks.put(range(1, 1), &["b1\n"]).await;
    blocks.put_all(last_range(1, 3), &["d\n"]).await;
    blocks.put(range(1, 0), &["a1\n", "a2\n"]).await;
    blocks.put_all(range(1, 2), &[]).await;
    blocks.put(range(1, 1), &["b2\n"]).await;
    blocks.end(range(1, 0)).unwrap();
    assert_eq!(blocks.file.start_of(1), None, "the second range has not ended");
    blocks.put_all(range(1, 1), &["b3\n"]).await;
    assert_eq!(blocks.file.start_of(1), Some(0));
    let expected = block(1, &["a1\n", "a2\n", "b1\n", "b2\n", "b3\n", "d\n"]);
    assert_eq!(published(folder.path(), &blocks), expected);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_holds_too_much_waits_for_its_turn_and_the_one_that_has_it_never() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks(folder.path(), 0);
    let long = "x".repeat(HELD);
    let second = tokio::spawn({
        let (blocks, long) = (blocks.clone(), piece(&long));
        async move { blocks.add(last_range(1, 1), long).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!second.is_finished());
    blocks.put(range(1, 0), &[&long, &long, &long]).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!second.is_finished());
    blocks.end(range(1, 0)).unwrap();
    at_once(async { second.await.unwrap() }).await;
    blocks.end(last_range(1, 1)).unwrap();
    assert_eq!(published(folder.path(), &blocks), block(1, &[&long, &long, &long, &long]));
}

#[tokio::test(start_paused = true)]
async fn what_a_worker_left_behind_weighs_until_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks(folder.path(), 0);
    let half = "x".repeat(HELD / 2);
    let by_second = |turn| Stretch { worker: 1, ..range(1, turn) };
    blocks.put_all(by_second(1), &[&half]).await;
    let third = tokio::spawn({
        let (blocks, half) = (blocks.clone(), piece(&half));
        async move { blocks.add(Stretch { last: true, ..by_second(2) }, half).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!third.is_finished());
    blocks.put_all(range(1, 0), &["a\n"]).await;
    at_once(async { third.await.unwrap() }).await;
    blocks.end(Stretch { last: true, ..by_second(2) }).unwrap();
    assert_eq!(published(folder.path(), &blocks), block(1, &["a\n", &half, &half]));
}

#[tokio::test(start_paused = true)]
async fn tables_wait_for_the_open_block_without_holding_their_workers_up() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks(folder.path(), 0);
    blocks.put(range(1, 0), &["a\n"]).await;
    blocks.put(range(4, 0), &["d1\n"]).await;
    blocks.put(whole(2, 2), &["b\n"]).await;
    blocks.put_all(whole(5, 3), &["e\n"]).await;
    assert!(blocks.finish().is_err(), "three parcels wait");
    blocks.put_all(last_range(1, 1), &[]).await;
    blocks.end(range(1, 0)).unwrap();
    // What had ended went first, then the table that is too large to be held.
    let first = block(1, &["a\n"]);
    assert_eq!(blocks.file.start_of(5), Some(first.len() as u64));
    blocks.end(whole(2, 2)).unwrap();
    blocks.put_all(last_range(4, 1), &[]).await;
    blocks.put_all(range(4, 0), &["d2\n"]).await;
    let expected =
        [first, block(5, &["e\n"]), block(4, &["d1\n", "d2\n"]), block(2, &["b\n"])].concat();
    assert_eq!(published(folder.path(), &blocks), expected);
}

#[tokio::test(start_paused = true)]
async fn a_small_table_takes_the_end_of_the_file_only_when_it_has_ended_or_weighs_too_much() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks(folder.path(), 0);
    let half = "x".repeat(HELD / 2);
    blocks.put(whole(1, 0), &[&half]).await;
    blocks.put_all(whole(2, 1), &["b\n"]).await;
    assert_eq!(blocks.file.start_of(2), Some(0), "nobody waits for a slow small table");
    blocks.put(whole(1, 0), &[&half]).await;
    blocks.put_all(whole(3, 1), &["c\n"]).await;
    assert_eq!(blocks.file.start_of(3), None, "it was more than a little");
    blocks.end(whole(1, 0)).unwrap();
    let expected = [block(2, &["b\n"]), block(1, &[&half, &half]), block(3, &["c\n"])].concat();
    assert_eq!(published(folder.path(), &blocks), expected);
}

#[tokio::test(start_paused = true)]
async fn a_claim_waits_for_the_turn_and_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks(folder.path(), 0);
    at_once(blocks.claim(whole(1, 0))).await;
    let second = tokio::spawn({
        let blocks = blocks.clone();
        async move { blocks.claim(whole(2, 1)).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!second.is_finished());
    blocks.put_all(whole(1, 0), &["a\n"]).await;
    at_once(async { second.await.unwrap() }).await;
    blocks.put_all(whole(3, 0), &["c\n"]).await;
    blocks.put_all(whole(2, 1), &["b\n"]).await;
    let expected = [block(1, &["a\n"]), block(2, &["b\n"]), block(3, &["c\n"])].concat();
    assert_eq!(published(folder.path(), &blocks), expected);
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_block_is_cut_off_and_the_next_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks(folder.path(), 0);
    blocks.put_all(whole(1, 0), &["keep\n"]).await;
    blocks.put(range(2, 0), &["half of something long\n"]).await;
    blocks.put_all(whole(4, 3), &["x\n"]).await;
    blocks.abandon(3).unwrap();
    assert_eq!(blocks.file.start_of(4), None, "3 was not the open one");
    blocks.abandon(2).unwrap();
    blocks.put_all(range(2, 1), &["too late\n"]).await;
    assert_eq!(blocks.file.start_of(2), None);
    let expected = [block(1, &["keep\n"]), block(4, &["x\n"])].concat();
    assert_eq!(published(folder.path(), &blocks), expected);
}

#[tokio::test(start_paused = true)]
async fn a_range_that_never_ends_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks(folder.path(), 0);
    let long = "x".repeat(HELD);
    blocks.put(range(1, 0), &["half"]).await;
    let waiting = [range(1, 1), range(2, 0)].map(|stretch| {
        let (blocks, long) = (blocks.clone(), piece(&long));
        tokio::spawn(async move { blocks.add(stretch, long).await })
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(waiting.iter().all(|task| !task.is_finished()));
    blocks.abandon(1).unwrap();
    for task in waiting {
        at_once(async { task.await.unwrap() }).await;
    }
    blocks.abandon(2).unwrap();
    assert_eq!(published(folder.path(), &blocks), b"");
}

#[tokio::test(start_paused = true)]
async fn a_file_with_an_open_block_or_too_long_a_head_is_never_published() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks(folder.path(), 1);
    assert!(blocks.file.finish(|out| out(b"two")).is_err());
    blocks.put(range(1, 0), &["a\n"]).await;
    assert!(blocks.finish().is_err());
    assert!(!folder.path().join("a.dump").exists());
}
