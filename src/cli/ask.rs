//! One question to the engine, one answer.

use std::sync::Arc;

use jiff::Timestamp;

use crate::config::Config;
use crate::engine::command::Command;
use crate::engine::event::Event;
use crate::engine::{self};
use crate::error::{Error, ErrorKind, Result};
use crate::model::id::IdSource;
use crate::model::job::ErrorReport;

use super::signals::Signals;

/// Ids of this run.
pub(super) fn ids() -> IdSource {
    IdSource::new(u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default())
}

/// Sends a command and waits for the event that answers it; a signal ends the wait.
pub(super) async fn ask<T>(
    config: Arc<Config>,
    command: Command,
    mut answer: impl FnMut(Event) -> Option<Result<T, ErrorReport>>,
) -> Result<T> {
    let mut signals = Signals::catch()?;
    let mut engine = engine::start(config);
    engine.send(command).await?;
    loop {
        tokio::select! {
            event = engine.events.recv() => {
                let event = event.ok_or_else(gone)?;
                if let Some(result) = answer(event) {
                    return result.map_err(Error::from_report);
                }
            }
            () = signals.stop() => return Err(Error::cancelled()),
        }
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::Internal, "the engine ended without an answer")
        .with_hint("look into the log file for what it said last")
}
