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
    while let Some(event) = queue.blocking_recv() {
        let at = Timestamp::now();
        state.apply(at, &event);
        let written = files.as_mut().map_or(Ok(()), |files| {
            files.log(at, &event)?;
            if is_milestone(&event) { files.save(&snapshot(recording, &state)) } else { Ok(()) }
        });
        if let Err(error) = written {
            files = None;
            complain(recording, &mut state, &error.chain());
        }
        forward(recording, at, event);
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
