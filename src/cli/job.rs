//! Runs one job through the engine and stays with it to its end.
//!
//! ```text
//!  engine events ─┐
//!  clock ─────────┼─► fold into JobState ─► progress ─► summary ─► exit code
//!  INT, TERM ─────┘        └─► Cancel: first graceful, second forced
//! ```

use std::sync::Arc;

use jiff::Timestamp;

use crate::config::Config;
use crate::engine::command::{CancelMode, Command};
use crate::engine::event::Event;
use crate::engine::{self, Handle, history};
use crate::error::{Error, ErrorKind, Result};
use crate::model::course::Course;
use crate::model::id::JobId;
use crate::model::job::{JobEvent, JobState};
use crate::model::meter::MeterSample;
use crate::model::plan::Plan;
use crate::model::record::JobRecord;
use crate::model::spec::JobSpec;

use super::ask;
use super::progress::{Moment, Progress};
use super::signals::Signals;

/// How a job went.
#[derive(Debug)]
pub(super) struct Report {
    /// The job.
    pub(super) job: JobId,
    /// The fold of its events.
    pub(super) state: JobState,
    /// Its counters at the end.
    pub(super) sample: MeterSample,
}

impl Report {
    /// The same as the history keeps it.
    pub(super) fn record(&self) -> JobRecord {
        JobRecord {
            version: history::VERSION,
            id: self.job,
            pid: std::process::id(),
            state: self.state.clone(),
            meter: self.sample,
            abandoned: false,
        }
    }
}

/// Works out what a job would do.
pub(super) async fn plan(config: Arc<Config>, spec: JobSpec) -> Result<Plan> {
    let job = ask::ids().job();
    let command = Command::Plan { job, spec: Box::new(spec) };
    ask::ask(config, command, move |event| match event {
        Event::Planned { job: of, result } if of == job => Some(result.map(|plan| *plan)),
        _ => None,
    })
    .await
}

/// Runs a job to its end.
pub(super) async fn run(
    config: Arc<Config>,
    spec: JobSpec,
    progress: &mut dyn Progress,
) -> Result<Report> {
    let signals = Signals::catch()?;
    let engine = engine::start(config);
    let job = ask::ids().job();
    engine.send(Command::Start { job, spec: Box::new(spec) }).await?;
    let mut watch =
        Watch { engine, job, state: JobState::default(), course: Course::default(), stops: 0 };
    watch.follow(signals, progress).await?;
    let sample = watch.sample();
    progress.finish();
    watch.engine.close().await?;
    Ok(Report { job, state: watch.state, sample })
}

struct Watch {
    engine: Handle,
    job: JobId,
    state: JobState,
    course: Course,
    stops: u32,
}

impl Watch {
    async fn follow(&mut self, mut signals: Signals, progress: &mut dyn Progress) -> Result<()> {
        let mut ticks = tokio::time::interval(progress.interval());
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while self.state.is_running() {
            tokio::select! {
                event = self.engine.events.recv() => match event {
                    Some(Event::Job { job, at, event }) if job == self.job => {
                        self.take(at, &event, progress);
                    }
                    Some(_) => {}
                    None => return Err(ended_without_a_word()),
                },
                _ = ticks.tick() => progress.sample(&self.moment(Timestamp::now())),
                () = signals.stop() => self.stop(progress).await?,
            }
        }
        Ok(())
    }

    fn take(&mut self, at: Timestamp, event: &JobEvent, progress: &mut dyn Progress) {
        self.state.apply(at, event);
        self.course.note(event);
        progress.event(&self.moment(at), event);
    }

    async fn stop(&mut self, progress: &mut dyn Progress) -> Result<()> {
        self.stops += 1;
        let (mode, text) = match self.stops {
            1 => (CancelMode::Graceful, "cancelling; once more to drop the job at once"),
            _ => (CancelMode::Forced, "dropping the job"),
        };
        progress.note(text);
        self.engine.send(Command::Cancel { job: self.job, mode }).await
    }

    fn moment(&self, at: Timestamp) -> Moment<'_> {
        Moment {
            at,
            job: self.job,
            state: &self.state,
            course: &self.course,
            sample: self.sample(),
        }
    }

    fn sample(&self) -> MeterSample {
        let samples = self.engine.meters.sample();
        samples.into_iter().find(|(job, _)| *job == self.job).map(|(_, s)| s).unwrap_or_default()
    }
}

fn ended_without_a_word() -> Error {
    Error::new(ErrorKind::Internal, "the engine ended before the job did")
        .with_hint("look into the log file for what it said last")
}
