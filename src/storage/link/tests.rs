use std::io::{Read, Seek, SeekFrom};

use super::*;
use crate::storage::{Counted, Fault, Faulty, Memory, Put, Timed};

fn key() -> Key {
    Key::new("x").unwrap()
}

fn link(store: impl Store + 'static) -> Link {
    Link::new(Arc::new(store), CancellationToken::new()).unwrap()
}

const SMALL: Layout = Layout { part_bytes: 100_000, parallel: 3, held_bytes: 1000 };

fn bytes(length: u32) -> Vec<u8> {
    (0..length / 4).flat_map(u32::to_le_bytes).collect()
}

#[test]
fn a_thread_writes_and_reads_and_jumps() {
    let link = link(Memory::new("t"));
    let mut expected = bytes(10_000_000);
    let mut output = link.output(key(), Mode::New, SMALL);
    for piece in expected.chunks(77_777) {
        output.write(piece).unwrap();
    }
    output.patch(&[7; 500], 100).unwrap();
    expected[100..600].fill(7);
    assert_eq!(output.length(), expected.len() as u64);
    assert_eq!(output.finish().unwrap(), Put::Done);

    let mut input = link.input(key(), expected.len() as u64);
    let mut all = Vec::new();
    input.read_to_end(&mut all).unwrap();
    assert!(all == expected);
    for at in [9_999_990, 0, 5_000_000, 5_000_010, 4_999_000] {
        input.seek(SeekFrom::Start(at)).unwrap();
        let mut some = [0; 10];
        input.read_exact(&mut some).unwrap();
        let at = usize::try_from(at).unwrap();
        assert_eq!(some, expected[at..at + 10]);
    }
}

#[test]
fn no_more_is_fetched_than_the_range_that_was_asked_for() {
    let memory = Memory::new("t");
    let store = Counted::new(memory.clone());
    let counts = store.counts();
    let link = link(store);
    let mut output = link.output(key(), Mode::New, SMALL);
    output.write(&bytes(20_000_000)).unwrap();
    output.finish().unwrap();
    let mut all = Vec::new();
    link.input(key(), 20_000_000).within(1_000_000..13_000_000).read_to_end(&mut all).unwrap();
    assert!(all == bytes(20_000_000)[1_000_000..13_000_000]);
    assert_eq!(counts.read(), 12_000_000);
}

#[test]
fn an_object_that_shrank_or_answers_by_half_is_an_error() {
    let memory = Memory::new("t");
    let link = link(Faulty::new(memory.clone(), Fault::Truncate, 2));
    let mut output = link.output(key(), Mode::New, SMALL);
    output.write(&bytes(1000)).unwrap();
    output.finish().unwrap();
    let mut all = Vec::new();
    let error = link.input(key(), 1000).read_to_end(&mut all).unwrap_err();
    assert!(error.to_string().contains("no bytes 0 to 1000"), "{error}");
    let error = link.input(key(), 2000).read_to_end(&mut all).unwrap_err();
    assert!(error.to_string().contains("no bytes 0 to 2000"), "{error}");
}

#[test]
fn a_storage_that_takes_half_of_a_part_is_found_out() {
    for length in [1000, 1_000_000] {
        let link = link(Faulty::new(Memory::new("t"), Fault::Truncate, length / 1_000_000));
        let mut output = link.output(key(), Mode::New, SMALL);
        output.write(&bytes(u32::try_from(length).unwrap())).unwrap();
        output.finish().unwrap_err();
    }
}

#[test]
fn nobody_waits_for_a_storage_that_does_not_answer() {
    let timed =
        Timed::new(Faulty::new(Memory::new("t"), Fault::Stall, 0), Duration::from_millis(50));
    let mut output = link(timed).output(key(), Mode::New, SMALL);
    output.write(b"x").unwrap();
    let error = output.finish().unwrap_err();
    assert!(error.to_string().contains("got no answer"), "{error}");
}

#[test]
fn the_token_ends_a_wait_and_leaves_nothing() {
    let memory = Memory::new("t");
    let stop = CancellationToken::new();
    let store = Faulty::new(memory.clone(), Fault::Stall, 1);
    let link = Link::new(Arc::new(store), stop.clone()).unwrap();
    let mut output = link.output(key(), Mode::New, Layout { parallel: 1, ..SMALL });
    let writer = std::thread::spawn(move || {
        let written = output.write(&bytes(1_000_000));
        (written, output)
    });
    stop.cancel();
    let (written, output) = writer.join().unwrap();
    assert_eq!(written.unwrap_err().kind(), ErrorKind::Cancelled);
    drop(output);
    let runtime = Builder::new_current_thread().build().unwrap();
    let left = runtime.block_on(crate::storage::list_all(&memory, None)).unwrap();
    assert!(left.is_empty(), "{left:?}");
}
