//! Decides what runs next. A pure state machine over the graph of [`super::graph`].
//!
//! ```text
//!  waiting(n) ──last dependency done──► ready ──free lock, free worker──► running ──► done
//!      │                                  ▲                                            ╱
//!      └── nothing runs, nothing ready ───┘ (a circle: first in order)     failed ◄───┘
//!                                                                            └► needs it: skipped
//! ```
//! Among the ready ones the largest goes first, so that the long ones do not end up alone at the
//! end. A stage begins when the one before it is over.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::graph::{Lock, Node, Stage};

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Run this entry.
    Run(usize),
    /// Nothing can start before something that runs has ended.
    Wait,
    /// Everything is done.
    Over,
}

/// How an entry ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is there, or what went wrong hinders nothing else.
    Done,
    /// It is not there: what needs it is pointless.
    Missing,
}

/// An entry that is not tried, and the entry whose failure is the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Skipped {
    /// The entry.
    pub(super) entry: usize,
    /// What failed.
    pub(super) because_of: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting(usize),
    Ready,
    Running,
    Done,
    /// Not there, and the entry that is to blame.
    Missing(usize),
}

#[derive(Debug, Default)]
struct Held {
    shared: usize,
    exclusive: bool,
}

/// The state of all work. Entries are known by their position in the archive.
#[derive(Debug)]
pub(super) struct Scheduler {
    nodes: Vec<Node>,
    states: Vec<State>,
    /// Who waits for whom, within a stage.
    dependents: Vec<Vec<usize>>,
    ready: BTreeSet<(Reverse<u64>, usize)>,
    held: HashMap<u32, Held>,
    running: usize,
    /// Entries of each stage that are not over.
    left: [usize; 4],
    stage: usize,
    spoiled: HashSet<usize>,
    skipped: Vec<Skipped>,
}

impl Scheduler {
    /// Takes one node an entry, in the archive's order. `spoiled` are entries that must not be
    /// tried: they and what needs them are skipped.
    pub(super) fn new(nodes: Vec<Node>, spoiled: HashSet<usize>) -> Self {
        let mut scheduler = Self {
            states: vec![State::Waiting(0); nodes.len()],
            dependents: vec![Vec::new(); nodes.len()],
            nodes,
            ready: BTreeSet::new(),
            held: HashMap::new(),
            running: 0,
            left: [0; 4],
            stage: 0,
            spoiled,
            skipped: Vec::new(),
        };
        scheduler.link();
        scheduler.enter_stage();
        scheduler
    }

    fn link(&mut self) {
        for at in 0..self.nodes.len() {
            let Some(node) = self.nodes.get(at) else { continue };
            let stage = node.stage;
            let same_stage: Vec<usize> = node
                .after
                .iter()
                .copied()
                .filter(|other| self.nodes.get(*other).is_some_and(|node| node.stage == stage))
                .collect();
            if let Some(left) = self.left.get_mut(stage as usize) {
                *left += 1;
            }
            if let Some(state) = self.states.get_mut(at) {
                *state = State::Waiting(same_stage.len());
            }
            for other in same_stage {
                if let Some(list) = self.dependents.get_mut(other) {
                    list.push(at);
                }
            }
        }
    }

    /// The stage that runs now; `None` when all are over.
    pub(super) fn stage(&self) -> Option<Stage> {
        Stage::ALL.get(self.stage).copied()
    }

    /// Chooses the next entry and books its tables.
    pub(super) fn next(&mut self) -> Next {
        loop {
            let free = self.ready.iter().find(|(_, at)| self.is_free(*at)).copied();
            if let Some(key @ (_, at)) = free {
                self.ready.remove(&key);
                self.start(at);
                return Next::Run(at);
            }
            if self.running > 0 {
                return Next::Wait;
            }
            if self.stage().is_none() {
                return Next::Over;
            }
            self.break_circle();
        }
    }

    /// Chooses an entry that `fits` and can follow `last` on the same connection, which runs it or is
    /// about to: what waits for nothing but `last`, else whatever is ready.
    pub(super) fn companion(&mut self, last: usize, fits: impl Fn(&Node) -> bool) -> Option<usize> {
        let may = |at: &usize| self.nodes.get(*at).is_some_and(&fits) && self.is_free(*at);
        let waits = |at: &&usize| {
            self.states.get(**at) == Some(&State::Waiting(1))
                && self.nodes.get(**at).is_some_and(|node| node.wanted)
                && self.blame(**at).is_none()
        };
        let behind =
            self.dependents.get(last).into_iter().flatten().find(|at| waits(at) && may(at));
        let next = match behind {
            Some(at) => *at,
            None => self.ready.iter().map(|(_, at)| *at).find(may)?,
        };
        let size = self.nodes.get(next).map_or(0, |node| node.size);
        self.ready.remove(&(Reverse(size), next));
        self.start(next);
        Some(next)
    }

    /// The work of an entry.
    pub(super) fn node(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }

    /// Takes back entries that were started together and did nothing.
    pub(super) fn put_back(&mut self, batch: &[usize]) {
        for at in batch {
            self.running = self.running.saturating_sub(1);
            self.release(*at);
            if let Some(state) = self.states.get_mut(*at) {
                *state = State::Waiting(0);
            }
        }
        for at in batch {
            let open = self.open_before(*at);
            let size = self.nodes.get(*at).map_or(0, |node| node.size);
            if open == 0 {
                self.ready.insert((Reverse(size), *at));
            }
            if let Some(state) = self.states.get_mut(*at) {
                *state = if open == 0 { State::Ready } else { State::Waiting(open) };
            }
        }
    }

    /// How many entries of its stage an entry still has to wait for.
    fn open_before(&self, at: usize) -> usize {
        let Some(node) = self.nodes.get(at) else { return 0 };
        let is_open = |other: &&usize| {
            let state = self.states.get(**other);
            self.nodes.get(**other).is_some_and(|other| other.stage == node.stage)
                && !matches!(state, Some(State::Done | State::Missing(_)))
        };
        node.after.iter().filter(is_open).count()
    }

    /// Notes an end; returns what is not tried because of it.
    pub(super) fn finish(&mut self, at: usize, verdict: Verdict) -> Vec<Skipped> {
        self.running = self.running.saturating_sub(1);
        self.release(at);
        let state = match verdict {
            Verdict::Done => State::Done,
            Verdict::Missing => State::Missing(at),
        };
        self.settle(vec![(at, state)]);
        std::mem::take(&mut self.skipped)
    }

    /// What turned out to be pointless since this was asked last; [`Scheduler::finish`] gives it too.
    pub(super) fn take_skipped(&mut self) -> Vec<Skipped> {
        std::mem::take(&mut self.skipped)
    }

    fn start(&mut self, at: usize) {
        self.running += 1;
        if let Some(state) = self.states.get_mut(at) {
            *state = State::Running;
        }
        for (table, lock) in self.nodes.get(at).map(|node| &node.locks).into_iter().flatten() {
            let held = self.held.entry(*table).or_default();
            match lock {
                Lock::Shared => held.shared += 1,
                Lock::Exclusive => held.exclusive = true,
            }
        }
    }

    fn release(&mut self, at: usize) {
        for (table, lock) in self.nodes.get(at).map(|node| &node.locks).into_iter().flatten() {
            let Some(held) = self.held.get_mut(table) else { continue };
            match lock {
                Lock::Shared => held.shared = held.shared.saturating_sub(1),
                Lock::Exclusive => held.exclusive = false,
            }
        }
    }

    fn is_free(&self, at: usize) -> bool {
        let Some(node) = self.nodes.get(at) else { return false };
        node.locks.iter().all(|(table, lock)| match self.held.get(table) {
            None => true,
            Some(held) => !held.exclusive && (held.shared == 0 || *lock == Lock::Shared),
        })
    }

    /// Carries ends through everything that becomes possible, or pointless, by them.
    fn settle(&mut self, mut ended: Vec<(usize, State)>) {
        while let Some((at, state)) = ended.pop() {
            if let Some(slot) = self.states.get_mut(at) {
                *slot = state;
            }
            if let Some(node) = self.nodes.get(at)
                && let Some(left) = self.left.get_mut(node.stage as usize)
            {
                *left = left.saturating_sub(1);
            }
            for other in self.dependents.get(at).cloned().unwrap_or_default() {
                if let Some(State::Waiting(count)) = self.states.get_mut(other) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        ended.extend(self.admit(other));
                    }
                }
            }
            if ended.is_empty() {
                ended.extend(self.leave_stages());
            }
        }
    }

    /// Makes an entry ready, or gives its end at once: it is not wanted, or what it needs is not
    /// there.
    fn admit(&mut self, at: usize) -> Option<(usize, State)> {
        let node = self.nodes.get(at)?;
        if !node.wanted {
            return Some((at, State::Done));
        }
        if let Some(because_of) = self.blame(at) {
            self.skipped.push(Skipped { entry: at, because_of });
            return Some((at, State::Missing(because_of)));
        }
        self.ready.insert((Reverse(node.size), at));
        if let Some(state) = self.states.get_mut(at) {
            *state = State::Ready;
        }
        None
    }

    /// The failure that makes an entry pointless.
    fn blame(&self, at: usize) -> Option<usize> {
        if self.spoiled.contains(&at) {
            return Some(at);
        }
        let needs = self.nodes.get(at).map(|node| &node.needs)?;
        needs.iter().find_map(|other| match self.states.get(*other) {
            Some(State::Missing(blamed)) => Some(*blamed),
            _ => None,
        })
    }

    fn enter_stage(&mut self) {
        let ended = self.admit_free();
        let more = if ended.is_empty() { self.leave_stages() } else { ended };
        self.settle(more);
    }

    /// Goes on to the first stage that has something left; returns what ends there at once.
    fn leave_stages(&mut self) -> Vec<(usize, State)> {
        while self.left.get(self.stage) == Some(&0) {
            self.stage += 1;
            let ended = self.admit_free();
            if !ended.is_empty() {
                return ended;
            }
        }
        Vec::new()
    }

    /// Admits what waits for nothing in the current stage.
    fn admit_free(&mut self) -> Vec<(usize, State)> {
        let Some(stage) = self.stage() else { return Vec::new() };
        let free: Vec<usize> = (0..self.nodes.len())
            .filter(|at| {
                self.nodes.get(*at).is_some_and(|node| node.stage == stage)
                    && self.states.get(*at) == Some(&State::Waiting(0))
            })
            .collect();
        free.into_iter().filter_map(|at| self.admit(at)).collect()
    }

    /// Lets the first waiting entry of the stage go: what waits now waits in a circle.
    fn break_circle(&mut self) {
        let stage = self.stage();
        let stuck = (0..self.nodes.len()).find(|at| {
            self.nodes.get(*at).map(|node| node.stage) == stage
                && matches!(self.states.get(*at), Some(State::Waiting(_)))
        });
        match stuck {
            Some(at) => {
                let ended = self.admit(at);
                self.settle(ended.into_iter().collect());
            }
            // Cannot be: a stage with nothing left is left at once.
            None => self.stage += 1,
        }
    }
}

#[cfg(test)]
mod tests;
