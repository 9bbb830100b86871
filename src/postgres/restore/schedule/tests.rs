use proptest::prelude::*;

use super::*;

fn node(entry: usize, after: &[usize], size: u64) -> Node {
    Node {
        entry,
        wanted: true,
        stage: Stage::Main,
        after: after.to_vec(),
        needs: after.to_vec(),
        locks: Vec::new(),
        size,
    }
}

fn scheduler(nodes: Vec<Node>) -> Scheduler {
    Scheduler::new(nodes, HashSet::new())
}

/// Starts as much as possible.
fn start_all(scheduler: &mut Scheduler) -> Vec<usize> {
    let mut started = Vec::new();
    while let Next::Run(at) = scheduler.next() {
        started.push(at);
    }
    started
}

#[test]
fn the_largest_goes_first_and_dependents_wait() {
    let mut s = scheduler(vec![node(0, &[], 1), node(1, &[], 9), node(2, &[0, 1], 100)]);
    assert_eq!(start_all(&mut s), [1, 0]);
    assert_eq!(s.next(), Next::Wait);
    s.finish(0, Verdict::Done);
    assert_eq!(s.next(), Next::Wait);
    s.finish(1, Verdict::Done);
    assert_eq!(s.next(), Next::Run(2));
    s.finish(2, Verdict::Done);
    assert_eq!(s.next(), Next::Over);
}

#[test]
fn exclusive_work_runs_alone_on_its_table_and_shared_work_together() {
    let with = |at, lock| Node { locks: vec![(7, lock)], ..node(at, &[], 10 - at as u64) };
    let mut s = scheduler(vec![
        with(0, Lock::Shared),
        with(1, Lock::Exclusive),
        with(2, Lock::Shared),
        Node { locks: vec![(8, Lock::Exclusive)], ..node(3, &[], 0) },
    ]);
    assert_eq!(start_all(&mut s), [0, 2, 3]);
    s.finish(0, Verdict::Done);
    assert_eq!(s.next(), Next::Wait);
    s.finish(2, Verdict::Done);
    assert_eq!(start_all(&mut s), [1]);
}

#[test]
fn a_stage_begins_when_the_one_before_is_over() {
    let in_stage = |at, stage| Node { stage, ..node(at, &[], 0) };
    let mut s = scheduler(vec![in_stage(0, Stage::Last), in_stage(1, Stage::Before)]);
    assert_eq!(start_all(&mut s), [1]);
    assert_eq!(s.stage(), Some(Stage::Before));
    s.finish(1, Verdict::Done);
    assert_eq!(start_all(&mut s), [0]);
    assert_eq!(s.stage(), Some(Stage::Last));
}

#[test]
fn what_needs_something_missing_is_skipped_through_all_levels() {
    let mut s = scheduler(vec![node(0, &[], 0), node(1, &[0], 0), node(2, &[1], 0)]);
    assert_eq!(s.next(), Next::Run(0));
    let mut skipped = s.finish(0, Verdict::Missing);
    skipped.sort_by_key(|skipped| skipped.entry);
    assert_eq!(skipped, [Skipped { entry: 1, because_of: 0 }, Skipped { entry: 2, because_of: 0 }]);
    assert_eq!(s.next(), Next::Over);
}

#[test]
fn what_must_not_be_tried_is_skipped_with_what_needs_it() {
    let nodes = vec![node(0, &[], 0), node(1, &[0], 0), node(2, &[], 0)];
    let mut s = Scheduler::new(nodes, HashSet::from([0]));
    assert_eq!(s.take_skipped().len(), 2);
    assert_eq!(start_all(&mut s), [2]);
}

#[test]
fn what_is_not_wanted_is_passed_over_but_keeps_the_order() {
    let passed = Node { wanted: false, ..node(1, &[0], 0) };
    let mut s = scheduler(vec![node(0, &[], 0), passed, node(2, &[1], 0)]);
    assert_eq!(start_all(&mut s), [0]);
    s.finish(0, Verdict::Done);
    assert_eq!(start_all(&mut s), [2]);
    s.finish(2, Verdict::Done);
    assert_eq!(s.next(), Next::Over);
}

#[test]
fn a_circle_is_broken_at_its_first_entry() {
    let mut s = scheduler(vec![node(0, &[2], 0), node(1, &[0], 0), node(2, &[1], 0)]);
    assert_eq!(start_all(&mut s), [0]);
    s.finish(0, Verdict::Done);
    assert_eq!(start_all(&mut s), [1]);
    s.finish(1, Verdict::Done);
    assert_eq!(start_all(&mut s), [2]);
    s.finish(2, Verdict::Done);
    assert_eq!(s.next(), Next::Over);
}

#[test]
fn nothing_to_do_is_over_at_once() {
    assert_eq!(scheduler(Vec::new()).next(), Next::Over);
    let passed = Node { wanted: false, ..node(0, &[], 0) };
    assert_eq!(scheduler(vec![passed]).next(), Next::Over);
}

fn any_nodes() -> impl Strategy<Value = Vec<Node>> {
    let one = (
        proptest::collection::vec(0_usize..30, 0..4),
        0_u64..5,
        any::<bool>(),
        0_usize..4,
        proptest::collection::vec((0_u32..4, any::<bool>()), 0..2),
    );
    proptest::collection::vec(one, 0..30).prop_map(|list| {
        let count = list.len();
        let node = |(at, (after, size, wanted, stage, locks)): (usize, _)| {
            let after: Vec<usize> =
                Vec::into_iter(after).filter(|other| *other < count && *other != at).collect();
            let lock =
                |(table, shared)| (table, if shared { Lock::Shared } else { Lock::Exclusive });
            let mut locks: Vec<(u32, Lock)> = Vec::into_iter(locks).map(lock).collect();
            locks.sort_unstable();
            locks.dedup_by_key(|(table, _)| *table);
            let stage = Stage::ALL[stage];
            Node { wanted, stage, locks, ..node(at, &after, size) }
        };
        list.into_iter().enumerate().map(node).collect()
    })
}

proptest! {
    /// Whatever the graph, circles included: everything wanted is run or skipped exactly once, and
    /// no two conflicting pieces run at the same time.
    #[test]
    fn every_wanted_entry_ends_once(
        nodes in any_nodes(),
        workers in 1_usize..4,
        failures in proptest::collection::vec(any::<bool>(), 30),
    ) {
        let mut s = scheduler(nodes.clone());
        let mut ended: Vec<usize> = s.take_skipped().iter().map(|s| s.entry).collect();
        let mut running: Vec<usize> = Vec::new();
        loop {
            let next = if running.len() < workers { s.next() } else { Next::Wait };
            match next {
                Next::Run(at) => {
                    for other in &running {
                        for (table, lock) in &nodes[at].locks {
                            let conflict = nodes[*other].locks.iter().any(|(t, l)| {
                                t == table && (*l == Lock::Exclusive || *lock == Lock::Exclusive)
                            });
                            prop_assert!(!conflict);
                        }
                    }
                    running.push(at);
                }
                Next::Wait => {
                    let at = running.remove(0);
                    let verdict = if failures[at] { Verdict::Missing } else { Verdict::Done };
                    ended.push(at);
                    ended.extend(s.finish(at, verdict).iter().map(|s| s.entry));
                }
                Next::Over => break,
            }
        }
        prop_assert!(running.is_empty());
        ended.extend(s.take_skipped().iter().map(|s| s.entry));
        ended.sort_unstable();
        let wanted: Vec<usize> =
            nodes.iter().filter(|node| node.wanted).map(|node| node.entry).collect();
        prop_assert_eq!(ended, wanted);
    }
}

/// A chain with something beside it, which locks a table.
fn chain() -> Scheduler {
    let locking = Node { locks: vec![(7, Lock::Exclusive)], ..node(3, &[], 0) };
    scheduler(vec![node(0, &[], 0), node(1, &[0], 0), node(2, &[1], 0), locking, node(4, &[2], 0)])
}

#[test]
fn what_waits_only_for_the_last_one_may_go_with_it() {
    let mut s = chain();
    assert_eq!(s.next(), Next::Run(0));
    assert_eq!(s.companion(0, |node| node.entry != 2), Some(1));
    assert_eq!(s.companion(1, |node| node.entry != 2), Some(3));
    assert_eq!(s.companion(3, |node| node.entry != 2), None);
    assert_eq!(s.next(), Next::Wait);
    for at in [0, 1, 3] {
        s.finish(at, Verdict::Done);
    }
    assert_eq!(start_all(&mut s), [2]);
}

#[test]
fn what_did_nothing_together_goes_again_one_by_one() {
    let mut s = chain();
    assert_eq!(s.next(), Next::Run(0));
    let batch = [0, s.companion(0, |_| true).unwrap(), s.companion(1, |_| true).unwrap()];
    assert_eq!(batch, [0, 1, 2]);
    assert_eq!(start_all(&mut s), [3]);
    s.put_back(&batch);
    assert_eq!(start_all(&mut s), [0]);
    s.finish(3, Verdict::Done);
    s.finish(0, Verdict::Done);
    assert_eq!(start_all(&mut s), [1]);
    // What fails now counts.
    let skipped = s.finish(1, Verdict::Missing);
    assert_eq!(skipped.iter().map(|skipped| skipped.entry).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(s.next(), Next::Over);
}

#[test]
fn what_fails_without_something_missing_is_no_companion() {
    let mut s = scheduler(vec![
        node(0, &[], 0),
        Node { needs: vec![0], ..node(1, &[], 0) },
        Node { needs: vec![0], ..node(2, &[1], 0) },
    ]);
    assert_eq!(start_all(&mut s), [0, 1]);
    s.finish(0, Verdict::Missing);
    assert_eq!(s.companion(1, |_| true), None);
}
