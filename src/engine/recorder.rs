//! A job's memory: folds its events, writes its log and its result file, and passes the events on
//! to the front while there is one.
//!
//! It runs on a thread of its own, because it writes files, and it ends when the last sender of the
//! job's events has gone. A log that cannot be written does not stop the job, but is reported.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::model::id::JobId;
use crate::model::job::{JobEvent, JobState, Level};
use crate::model::record::JobRecord;
use crate::work::Meter;

use super::event::Event;
use super::history::{self, JobFiles};

/// Events that are written to the log together, as far as they wait already.
const AT_ONCE: usize = 256;

/// What to record, and where to.
pub(super) struct Recording {
    pub(super) id: JobId,
    pub(super) folder: PathBuf,
    pub(super) meter: Arc<Meter>,
    pub(super) front: mpsc::Sender<Event>,
}

/// Records until the job's events end.
pub(super) fn record(recording: &Recording, mut queue: mpsc::Receiver<JobEvent>) {
    let mut state = JobState::default();
    let mut files = match JobFiles::create(&recording.folder, recording.id) {
        Ok(files) => Some(files),
        Err(error) => {
            complain(recording, &mut state, &error.chain());
            None
        }
    };
    let mut events = Vec::with_capacity(AT_ONCE);
    while queue.blocking_recv_many(&mut events, AT_ONCE) > 0 {
        let at = Timestamp::now();
        for event in &events {
            state.apply(at, event);
        }
        let written = files.as_mut().map_or(Ok(()), |files| {
            for event in &events {
                files.log(at, event);
            }
            files.flush()?;
            let is_due = events.iter().any(is_milestone);
            if is_due { files.save(&snapshot(recording, &state)) } else { Ok(()) }
        });
        if let Err(error) = written {
            files = None;
            complain(recording, &mut state, &error.chain());
        }
        for event in events.drain(..) {
            forward(recording, at, event);
        }
    }
}

/// Facts after which the result file is brought up to date.
fn is_milestone(event: &JobEvent) -> bool {
    matches!(
        event,
        JobEvent::Accepted { .. }
            | JobEvent::Phase(_)
            | JobEvent::Totals { .. }
            | JobEvent::Finished { .. }
    )
}

fn snapshot(recording: &Recording, state: &JobState) -> JobRecord {
    JobRecord {
        version: history::VERSION,
        id: recording.id,
        pid: std::process::id(),
        state: state.clone(),
        meter: recording.meter.sample(),
        abandoned: false,
    }
}

fn complain(recording: &Recording, state: &mut JobState, reason: &str) {
    tracing::error!(job = %recording.id, reason, "the job's log or result file cannot be written");
    let text = format!("this job will not be in the history: {reason}");
    let event = JobEvent::Message { level: Level::Warning, text };
    let at = Timestamp::now();
    state.apply(at, &event);
    forward(recording, at, event);
}

fn forward(recording: &Recording, at: Timestamp, event: JobEvent) {
    // Without a front the job goes on; its log has the event.
    let _ = recording.front.blocking_send(Event::Job { job: recording.id, at, event });
}
