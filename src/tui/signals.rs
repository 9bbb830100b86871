//! Signals as values. `SIGHUP` has to have a handler before the terminal is touched: its default
//! would end the process, and the backup with it.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What the process was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// The terminal is gone.
    HangUp,
    /// Stop in good order.
    Terminate,
    /// Give the terminal back and stop until continued.
    Suspend,
    /// Continued by somebody after a stop.
    Continue,
}

/// All handlers.
#[derive(Debug)]
pub(super) struct Signals {
    hang_up: Signal,
    terminate: Signal,
    interrupt: Signal,
    stop: Signal,
    resume: Signal,
}

impl Signals {
    /// Installs the handlers on the current runtime.
    pub(super) fn install() -> io::Result<Self> {
        Ok(Self {
            hang_up: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
            resume: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    /// The next signal.
    pub(super) async fn next(&mut self) -> Told {
        tokio::select! {
            Some(()) = self.hang_up.recv() => Told::HangUp,
            Some(()) = self.terminate.recv() => Told::Terminate,
            Some(()) = self.interrupt.recv() => Told::Terminate,
            Some(()) = self.stop.recv() => Told::Suspend,
            Some(()) = self.resume.recv() => Told::Continue,
            else => std::future::pending().await,
        }
    }
}
