//! What the operating system's signals mean to a headless job: INT and TERM cancel it, HUP does
//! not, because a job outlives its terminal.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{Error, Result};

/// The signals that are caught from the moment this is made.
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    /// Catches the signals.
    pub(super) fn catch() -> Result<Self> {
        let catch = |kind| signal(kind).map_err(|e| Error::io("catching signals", e));
        Ok(Self {
            interrupt: catch(SignalKind::interrupt())?,
            terminate: catch(SignalKind::terminate())?,
            hangup: catch(SignalKind::hangup())?,
        })
    }

    /// Waits until the user wants an end.
    pub(super) async fn stop(&mut self) {
        loop {
            tokio::select! {
                Some(()) = self.interrupt.recv() => return,
                Some(()) = self.terminate.recv() => return,
                Some(()) = self.hangup.recv() => {
                    tracing::info!("the terminal has gone; the work goes on");
                }
                else => std::future::pending().await,
            }
        }
    }
}
