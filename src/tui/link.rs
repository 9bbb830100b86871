//! The loop's line to the engine: commands go out without waiting, events are always taken in.
//!
//! The engine's event channel is bounded, and a job waits when it is full. A loop that is held up by
//! its terminal must never hold up a job, so a task of its own empties the channel into a queue.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use crate::engine::Handle;
use crate::engine::command::{CancelMode, Command};
use crate::engine::event::Event;
use crate::engine::meter::MeterBoard;
use crate::model::id::JobId;
use crate::model::job::JobEvent;

/// Events that have come in, and the jobs that have not ended.
#[derive(Debug, Default)]
struct Inbox {
    events: Mutex<VecDeque<Event>>,
    running: Mutex<BTreeSet<JobId>>,
    arrived: Notify,
}

/// The line.
#[derive(Debug)]
pub(super) struct Link {
    // As many as a person types: no bound is needed to protect the engine, whose own queue has one.
    commands: mpsc::UnboundedSender<Command>,
    inbox: Arc<Inbox>,
    /// The engine's meters.
    pub(super) meters: MeterBoard,
    finished: JoinHandle<()>,
}

impl Link {
    /// Takes over an engine's handle.
    pub(super) fn new(handle: Handle) -> Self {
        let Handle { commands, events, meters, finished } = handle;
        let (sender, queue) = mpsc::unbounded_channel();
        let inbox = Arc::new(Inbox::default());
        tokio::spawn(pass_on(queue, commands));
        tokio::spawn(take_in(events, Arc::clone(&inbox)));
        Self { commands: sender, inbox, meters, finished }
    }

    /// Sends a command.
    pub(super) fn send(&self, command: Command) {
        if let Command::Start { job, .. } = &command {
            lock(&self.inbox.running).insert(*job);
        }
        // Fails only when the engine has ended, and then every job has as well.
        let _ = self.commands.send(command);
    }

    /// Waits until an event is there.
    pub(super) async fn arrived(&self) {
        self.inbox.arrived.notified().await;
    }

    /// Takes all events that are there.
    pub(super) fn take(&self) -> VecDeque<Event> {
        std::mem::take(&mut *lock(&self.inbox.events))
    }

    /// Jobs that were started and have not ended.
    pub(super) fn running(&self) -> Vec<JobId> {
        lock(&self.inbox.running).iter().copied().collect()
    }

    /// Asks every running job to stop.
    pub(super) fn cancel_all(&self, mode: CancelMode) {
        for job in self.running() {
            self.send(Command::Cancel { job, mode });
        }
    }

    /// Says that no more commands will come, and waits for the engine's end.
    pub(super) async fn close(self) {
        drop(self.commands);
        if let Err(error) = self.finished.await {
            tracing::error!(%error, "the engine ended abnormally");
        }
    }
}

async fn pass_on(mut queue: mpsc::UnboundedReceiver<Command>, engine: mpsc::Sender<Command>) {
    while let Some(command) = queue.recv().await {
        if engine.send(command).await.is_err() {
            return;
        }
    }
}

async fn take_in(mut events: mpsc::Receiver<Event>, inbox: Arc<Inbox>) {
    while let Some(event) = events.recv().await {
        if let Event::Job { job, event: JobEvent::Finished { .. }, .. } = &event {
            lock(&inbox.running).remove(job);
        }
        lock(&inbox.events).push_back(event);
        inbox.arrived.notify_one();
    }
    inbox.arrived.notify_one();
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
