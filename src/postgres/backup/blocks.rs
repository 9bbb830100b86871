//! What the workers hand over, put into order and written by one of them.
//!
//! ```text
//!  worker ─ add ─► parcels ─┐                        ┌─► Part (a block, a file, a member)
//!  worker ─ add ─► parcels ─┴─ whoever comes first ──┴─► Part of another table, where each has its own
//! ```
//! Workers that share a table make its part in the order of its rows: one of them has the turn, the
//! pieces of the others wait in memory until the turn comes to them. A worker that ended its share
//! early leaves it here and takes up the next, until its pieces weigh too much: then it waits. The one
//! that has the turn waits for nobody but the disk, so the turn always moves on.
//!
//! Nothing is known here of how a part is written, and a worker knows nothing of the layout.

mod due;
mod parcels;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::archive::compress::{Form, Piece};
use crate::error::{Error, ErrorKind, Result};

use super::layout::{Layout, ObjectForm, Order, Part};
use due::Due;
pub(super) use parcels::Stretch;
use parcels::{Item, Load, Parcel, Parcels, Place};

/// The growing archive; all workers share it.
#[derive(Debug)]
pub(super) struct Blocks {
    layout: Arc<dyn Layout>,
    /// Bytes that one worker may hold back.
    held_bytes: usize,
    state: Mutex<State>,
    moved: Notify,
}

#[derive(Debug)]
struct State {
    due: Due,
    parcels: Parcels,
    /// Parts that are begun, by the dump id of what they are of.
    open: HashMap<u32, Open>,
    /// What nothing is taken for any more.
    abandoned: HashSet<u32>,
    /// A write failed: whoever met it tells, the others do nothing more.
    broken: bool,
}

#[derive(Debug)]
struct Open {
    place: Place,
    /// `None` while somebody writes to it.
    part: Option<Box<dyn Part>>,
}

/// Something to be written.
enum Work {
    Begin(Parcel),
    Go(Box<dyn Part>, Parcel),
    Cut(Box<dyn Part>),
    Skip(u32),
}

impl Work {
    fn load(&self) -> Option<Load> {
        match self {
            Self::Begin(parcel) | Self::Go(_, parcel) => Some(parcel.load()),
            Self::Cut(_) | Self::Skip(_) => None,
        }
    }
}

/// What is left of a part after a write.
enum Rest {
    Open(Place, Box<dyn Part>),
    Ended(u32),
}

impl State {
    fn has_turn(&self, of: Stretch) -> bool {
        self.open.get(&of.id).is_some_and(|open| open.place == of.place())
    }

    /// Whether somebody writes to the part, and would take up what comes for it.
    fn is_busy(&self, id: u32) -> bool {
        self.open.get(&id).is_some_and(|open| open.part.is_none())
    }

    fn is_abandoned(&self, of: Stretch) -> bool {
        self.broken || self.abandoned.contains(&of.id)
    }

    /// What can be written now, taken out.
    fn next(&mut self) -> Option<Work> {
        if self.broken {
            return None;
        }
        self.next_to_cut().or_else(|| self.next_to_go_on()).or_else(|| self.next_to_begin())
    }

    fn next_to_cut(&mut self) -> Option<Work> {
        let cut = |id: &u32, open: &Open| self.abandoned.contains(id) && open.part.is_some();
        let id = self.open.iter().find(|(id, open)| cut(id, open)).map(|(id, _)| *id)?;
        self.due.done(id);
        self.open.remove(&id)?.part.map(Work::Cut)
    }

    fn next_to_go_on(&mut self) -> Option<Work> {
        let Self { open, parcels, .. } = self;
        let mut idle = open.values_mut().filter(|open| open.part.is_some());
        let next = idle.find(|open| parcels.has(open.place))?;
        let parcel = parcels.take(next.place)?;
        Some(Work::Go(next.part.take()?, parcel))
    }

    fn next_to_begin(&mut self) -> Option<Work> {
        let Self { due, open, parcels, abandoned, .. } = self;
        let next = match due.order {
            Order::Apart => parcels.next_apart(|id| open.contains_key(&id)),
            _ if !open.is_empty() => None,
            Order::Free => parcels.next_of_any(),
            Order::Listed => {
                let id = due.first()?;
                if abandoned.contains(&id) {
                    due.done(id);
                    return Some(Work::Skip(id));
                }
                Some(Place { id, turn: 0 })
            }
        };
        let place = next?;
        let parcel = parcels.take(place)?;
        open.insert(place.id, Open { place, part: None });
        Some(Work::Begin(parcel))
    }

    fn put_back(&mut self, load: Option<Load>, rest: Option<Rest>) {
        if let Some(load) = load {
            self.parcels.lighten(load);
        }
        let Some(rest) = rest else { return };
        match rest {
            Rest::Open(place, part) => {
                self.open.insert(place.id, Open { place, part: Some(part) });
            }
            Rest::Ended(id) => {
                self.open.remove(&id);
                self.due.done(id);
            }
        }
    }
}

impl Blocks {
    /// For the data of these entries, in archive order; each worker may hold back so many bytes.
    pub(super) fn new(layout: Arc<dyn Layout>, entries: Vec<u32>, held_bytes: usize) -> Self {
        let state = State {
            due: Due::new(layout.order(), entries),
            parcels: Parcels::default(),
            open: HashMap::new(),
            abandoned: HashSet::new(),
            broken: false,
        };
        Self { layout, held_bytes, state: Mutex::new(state), moved: Notify::new() }
    }

    /// The form that pieces must have.
    pub(super) fn form(&self) -> Form {
        self.layout.form()
    }

    /// How large objects are handed over.
    pub(super) fn object_form(&self) -> ObjectForm {
        self.layout.object_form()
    }

    /// Whether a table's pieces may weigh more than a worker may hold.
    pub(super) fn is_heavy(&self, bytes: u64) -> bool {
        bytes > self.held_bytes as u64
    }

    /// Begins a large object in a stretch of large objects; the pieces that follow are its bytes,
    /// until the next one begins or the stretch ends. Never waits.
    pub(super) fn begin_object(&self, to: Stretch, oid: u32) -> Result<()> {
        self.take(to, |parcels| parcels.add(to, Item::Object(oid)))
    }

    /// Adds a piece to a stretch. Waits while the worker holds too much, unless it has the turn.
    pub(super) async fn add(&self, to: Stretch, piece: Piece) -> Result<()> {
        self.take(to, |parcels| {
            parcels.add(to, Item::Piece(piece));
            if parcels.weight(to.worker) > self.held_bytes {
                parcels.urge(to);
            }
        })?;
        let light = |state: &State| state.parcels.weight(to.worker) <= self.held_bytes;
        self.wait(to, |state| light(state) || (state.has_turn(to) && !state.is_busy(to.id))).await;
        Ok(())
    }

    /// Waits for the stretch's turn, which then is its own until its end.
    pub(super) async fn claim(&self, to: Stretch) -> Result<()> {
        self.take(to, |parcels| parcels.urge(to))?;
        self.wait(to, |state| state.has_turn(to)).await;
        Ok(())
    }

    /// Nothing follows in this stretch. Never waits.
    pub(super) fn end(&self, of: Stretch) -> Result<()> {
        self.take(of, |parcels| parcels.end(of))
    }

    /// Undoes what there is of an entry's data, and takes what still comes for nothing: nobody may
    /// wait for the turn of a stretch that never ends. An error where the layout cannot leave it out.
    pub(super) fn abandon(&self, id: u32) -> Result<()> {
        {
            let mut state = self.lock();
            state.abandoned.insert(id);
            state.parcels.drop_table(id);
        }
        self.moved.notify_waiters();
        self.advance()
    }

    /// Changes what there is of a stretch, then writes what can be written.
    fn take(&self, of: Stretch, change: impl FnOnce(&mut Parcels)) -> Result<()> {
        {
            let mut state = self.lock();
            if state.is_abandoned(of) {
                return Ok(());
            }
            change(&mut state.parcels);
        }
        self.advance()
    }

    async fn wait(&self, of: Stretch, enough: impl Fn(&State) -> bool) {
        loop {
            // Asked for before the look, or the turn could move between the two unnoticed.
            let mut moved = std::pin::pin!(self.moved.notified());
            moved.as_mut().enable();
            {
                let state = self.lock();
                if enough(&state) || state.is_abandoned(of) {
                    return;
                }
            }
            moved.await;
        }
    }

    /// Writes whatever is next until nothing is. Others only add meanwhile: the lock is not held
    /// while anything is written.
    fn advance(&self) -> Result<()> {
        loop {
            let Some(work) = self.lock().next() else { return Ok(()) };
            let load = work.load();
            match self.write(work) {
                Ok(rest) => self.lock().put_back(load, rest),
                Err(error) => {
                    self.lock().broken = true;
                    self.moved.notify_waiters();
                    return Err(error);
                }
            }
            self.moved.notify_waiters();
        }
    }

    fn write(&self, work: Work) -> Result<Option<Rest>> {
        match work {
            Work::Begin(parcel) => {
                let part = self.layout.begin(parcel.of.id)?;
                put(part, &parcel).map(Some)
            }
            Work::Go(part, parcel) => put(part, &parcel).map(Some),
            Work::Cut(part) => part.cut().map(|()| None),
            Work::Skip(id) => self.layout.skip(id).map(|()| None),
        }
    }

    /// Completes the archive without what was abandoned, and puts it in its place. Returns its size.
    pub(super) fn finish(&self) -> Result<u64> {
        let (done, left_out) = {
            let state = self.lock();
            let done = !state.broken && state.open.is_empty() && state.parcels.is_empty();
            (done && state.due.is_done(&state.abandoned), state.abandoned.clone())
        };
        if !done {
            return Err(Error::new(ErrorKind::Internal, "the archive's parts do not fit together"));
        }
        self.layout.finish(&left_out)
    }

    /// Undoes everything, unless the archive was finished.
    pub(super) fn remove(&self) {
        self.layout.remove();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn put(mut part: Box<dyn Part>, parcel: &Parcel) -> Result<Rest> {
    for item in &parcel.items {
        match item {
            Item::Object(oid) => part.object(*oid)?,
            Item::Piece(piece) => part.add(piece)?,
        }
    }
    let mut place = parcel.of.place();
    if parcel.ended && parcel.of.last {
        return part.end().map(|()| Rest::Ended(place.id));
    }
    place.turn += u64::from(parcel.ended);
    Ok(Rest::Open(place, part))
}
