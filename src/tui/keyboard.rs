//! The thread that reads the terminal's events, so that the loop never does.
//!
//! A terminal that has gone is always ready to be read and never gives anything: the reading library
//! asks it again and again, inside what looks like one short question. On a thread of its own that
//! hurts nobody. The loop hears of the loss by signal or by a write that fails, and its
//! [`let_go`](super::hangup::let_go) gives this thread an input that is silent.

use std::io;
use std::thread;

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};

/// What the terminal said, or why it says no more.
pub(super) type Said = io::Result<Event>;

/// The loop's side. Dropping it ends the reading: the terminal's input belongs to others then.
#[derive(Debug)]
pub(super) struct Keyboard {
    said: mpsc::UnboundedReceiver<Said>,
    _stop: oneshot::Sender<()>,
}

impl Keyboard {
    /// Starts the thread.
    pub(super) fn spawn() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().build()?;
        let (tell, said) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel();
        thread::Builder::new()
            .name("keyboard".into())
            .spawn(move || listen(&runtime, &tell, stopped))?;
        Ok(Self { said, _stop: stop })
    }

    /// Waits for the next event; `None` when there will be none any more.
    pub(super) async fn next(&mut self) -> Option<Said> {
        self.said.recv().await
    }

    /// An event that is there already.
    pub(super) fn ready(&mut self) -> Option<Said> {
        self.said.try_recv().ok()
    }
}

fn listen(runtime: &Runtime, tell: &mpsc::UnboundedSender<Said>, stopped: oneshot::Receiver<()>) {
    let mut events = EventStream::new();
    let all = async {
        while let Some(said) = events.next().await {
            if tell.send(said).is_err() {
                return;
            }
        }
    };
    runtime.block_on(async {
        tokio::select! {
            () = all => {}
            _ = stopped => {}
        }
    });
}
