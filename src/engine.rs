//! The engine: takes [`command::Command`]s, runs one task a job, reports [`event::Event`]s.
//!
//! ```text
//!  Command ─► supervisor ─┬─► browser      one browsing connection, retried for ever
//!                         ├─► questions    plans, listings, history: a short task each
//!                         └─► job::run     one task a job ── JobEvent ─► recorder ─► Event
//!                                                              │
//!                                                  log and result file in the state folder
//! ```
//! It knows no front: the console and the headless verbs hold the same [`Handle`]. A job does not
//! need a front to finish: when the front has gone, the recorder still drains its events.

pub mod command;
pub mod event;
pub mod history;
pub mod hooks;
pub mod meter;

mod browser;
mod disk;
mod governor;
mod job;
mod recorder;
mod sampler;
mod supervisor;

use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::verify::Stamp;
use crate::postgres;

use command::Command;
use event::Event;
use meter::MeterBoard;

/// Commands that may wait for the supervisor.
const COMMAND_QUEUE: usize = 64;
/// Events that may wait for the front.
const EVENT_QUEUE: usize = 1024;

/// A front's side of the engine.
///
/// Dropping `commands` tells the engine that no more will come: it ends after its last job. Dropping
/// `events` tells it that nobody watches: jobs go on, into their logs and result files.
#[derive(Debug)]
pub struct Handle {
    /// Where commands go.
    pub commands: mpsc::Sender<Command>,
    /// Where events come from. Drain it promptly: it is bounded and lossless.
    pub events: mpsc::Receiver<Event>,
    /// The numbers that change all the time.
    pub meters: MeterBoard,
    /// Ends when the engine has.
    pub finished: JoinHandle<()>,
}

impl Handle {
    /// Sends a command, waiting for room in the queue.
    pub async fn send(&self, command: Command) -> Result<()> {
        self.commands.send(command).await.map_err(|_| gone())
    }

    /// Stops watching and commanding, and waits until every running job has ended.
    pub async fn close(self) -> Result<()> {
        drop(self.commands);
        drop(self.events);
        self.finished.await.map_err(|_| gone())
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::Internal, "the engine has stopped")
        .with_hint("look into the log file for what it said last")
}

/// Starts the engine on the current runtime.
pub fn start(config: Arc<Config>) -> Handle {
    let (commands, command_queue) = mpsc::channel(COMMAND_QUEUE);
    let (event_queue, events) = mpsc::channel(EVENT_QUEUE);
    let meters = MeterBoard::default();
    let supervisor = supervisor::Supervisor::new(config, event_queue, meters.clone());
    let finished = tokio::spawn(supervisor.run(command_queue));
    Handle { commands, events, meters, finished }
}

/// What tells whether a backup is still the one that was verified.
#[must_use]
pub fn stamp(backup: &Path) -> Stamp {
    postgres::verify::stamp(backup)
}
