//! What follows the screen: waiting for jobs that go on without it, or that are being cancelled.

use std::io::{self, Write};

use crate::engine::command::CancelMode;
use crate::engine::event::Event;
use crate::model::job::{JobEvent, Outcome};

use super::link::Link;
use super::signals::{Signals, Told};

/// How the screen ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Nothing runs.
    Quit,
    /// Running jobs are to be cancelled.
    Cancelling,
    /// Running jobs are to finish without the screen; the terminal is still there.
    Detached,
    /// The terminal is gone; running jobs finish.
    HungUp,
}

/// Waits until no job runs any more, then for the engine's end.
pub(super) async fn wait(exit: Exit, link: Link, signals: &mut Signals) {
    announce(exit, &link);
    let mut cancelling = exit == Exit::Cancelling;
    while !link.running().is_empty() {
        tokio::select! {
            () = link.arrived() => report(&link),
            told = signals.next() => {
                if told == Told::Terminate {
                    say(if cancelling { "stopping at once" } else { "cancelling" });
                    link.cancel_all(mode(cancelling));
                    cancelling = true;
                }
            }
        }
    }
    report(&link);
    link.close().await;
}

fn mode(cancelling: bool) -> CancelMode {
    if cancelling { CancelMode::Forced } else { CancelMode::Graceful }
}

fn announce(exit: Exit, link: &Link) {
    let running = link.running().len();
    let jobs = if running == 1 { "1 job".to_owned() } else { format!("{running} jobs") };
    match exit {
        Exit::Cancelling => {
            link.cancel_all(CancelMode::Graceful);
            if running > 0 {
                say(&format!("cancelling {jobs}; press ctrl-c to stop at once"));
            }
        }
        Exit::Detached if running > 0 => say(&format!(
            "{jobs} still running in process {}; this terminal may be closed, ctrl-c cancels. \
             `dbbackup list` shows how they end.",
            std::process::id()
        )),
        Exit::HungUp => tracing::info!(running, "the terminal is gone, running jobs go on"),
        Exit::Quit | Exit::Detached => {}
    }
}

/// Tells of every job that has ended.
fn report(link: &Link) {
    for event in link.take() {
        let Event::Job { job, event: JobEvent::Finished { outcome, output }, .. } = event else {
            continue;
        };
        let made = output.map(|path| format!(": {}", path.display())).unwrap_or_default();
        say(&format!("job {job} {}{made}{}", outcome.label(), why(&outcome)));
    }
}

fn why(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Complete => String::new(),
        Outcome::Incomplete { reasons } => format!("; missing: {}", reasons.join("; ")),
        Outcome::Damaged { findings } => format!(": {}", findings.join("; ")),
        Outcome::Failed { error } => format!(": {}", error.message),
        Outcome::Cancelled { left } => format!("; {left}"),
        Outcome::Panicked { message } => format!(": {message}"),
    }
}

fn say(text: &str) {
    // The terminal may have gone meanwhile; the log and the result files have it all.
    let _ = writeln!(io::stdout(), "{text}");
}
