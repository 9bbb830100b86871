//! One job from start to end: its task, its cancel tokens, and what its end means.
//!
//! ```text
//!  keeper ─┬─ task: postgres::backup::run / restore::run      (may panic: a failed job, no more)
//!          ├─ graceful token ─► the task stops by itself, within GRACE or it is dropped
//!          └─ forced token   ─► the task is dropped at once
//! ```

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::error::{ErrorKind, Result};
use crate::model::id::JobId;
use crate::model::job::{JobEvent, Level, Outcome, Phase};
use crate::model::size::RateLimit;
use crate::model::spec::JobSpec;
use crate::postgres;
use crate::throttle::Throttle;
use crate::throttle::policy::Policy;
use crate::work::{Meter, WorkContext};

use super::command::CancelMode;
use super::event::Event;
use super::governor::{self, Governor, Inputs, Steer};
use super::hooks::JobHooks;
use super::recorder::{self, Recording};
use super::sampler;

/// How long a job may take to stop by itself after a graceful cancel.
const GRACE: Duration = Duration::from_secs(30);
/// Events of one job that may wait for its recorder.
const JOB_QUEUE: usize = 256;
/// Changes by hand that may wait for a job's governor.
const STEER_QUEUE: usize = 16;

/// What a job is made from.
pub(super) struct Setup {
    pub(super) id: JobId,
    pub(super) spec: Box<JobSpec>,
    pub(super) config: Arc<Config>,
    pub(super) meter: Arc<Meter>,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) folder: PathBuf,
    /// The limit of the whole process.
    pub(super) process: Arc<Throttle>,
}

/// The supervisor's hold on a running job.
pub(super) struct JobControl {
    throttle: Arc<Throttle>,
    steer: mpsc::Sender<Steer>,
    graceful: CancellationToken,
    forced: CancellationToken,
    events: mpsc::WeakSender<JobEvent>,
}

impl JobControl {
    /// Asks the job to stop.
    pub(super) async fn cancel(&self, mode: CancelMode) {
        self.report(JobEvent::Phase(Phase::Cancelling)).await;
        // A paused worker has to wake up to see the cancel.
        self.throttle.set_paused(false);
        self.graceful.cancel();
        if mode == CancelMode::Forced {
            self.forced.cancel();
        }
    }

    /// Changes limit or pause.
    pub(super) async fn steer(&self, steer: Steer) {
        if let Steer::Paused(paused) = &steer {
            // Felt at once, whatever the governor is at.
            self.throttle.set_paused(*paused);
        }
        // A job that just ended has no governor any more.
        let _ = self.steer.send(steer).await;
    }

    /// Puts a fact into the job's own stream.
    async fn report(&self, event: JobEvent) {
        if let Some(events) = self.events.upgrade() {
            let _ = events.send(event).await;
        }
    }
}

/// Makes a job's control and the future that runs it.
pub(super) fn prepare(setup: Setup) -> (JobControl, impl Future<Output = JobId> + Send) {
    let (events, queue) = mpsc::channel(JOB_QUEUE);
    let (steer, orders) = mpsc::channel(STEER_QUEUE);
    let RateLimit(limit) = setup.spec.rate();
    let process = Arc::clone(&setup.process);
    let throttle = Throttle::within(process, limit, setup.meter.throttled());
    let control = JobControl {
        throttle: Arc::new(throttle),
        steer,
        graceful: CancellationToken::new(),
        forced: CancellationToken::new(),
        events: events.downgrade(),
    };
    let work = WorkContext {
        events,
        meter: Arc::clone(&setup.meter),
        cancel: control.graceful.clone(),
        throttle: Arc::clone(&control.throttle),
        around: None,
    };
    let forced = control.forced.clone();
    (control, keep(setup, work, forced, Queues { events: queue, orders }))
}

/// What comes to a job's keeper.
struct Queues {
    events: mpsc::Receiver<JobEvent>,
    orders: mpsc::Receiver<Steer>,
}

/// Runs the job to its end and its recorder with it.
async fn keep(setup: Setup, work: WorkContext, forced: CancellationToken, queues: Queues) -> JobId {
    let recording = Recording {
        id: setup.id,
        folder: setup.folder,
        meter: Arc::clone(&work.meter),
        front: setup.events,
    };
    let recorder = tokio::task::spawn_blocking(move || recorder::record(&recording, queues.events));
    work.emit(JobEvent::Accepted { spec: setup.spec.clone() }).await;
    let governor = govern(&setup.spec, &setup.config, &setup.process, (&work, queues.orders)).await;

    let output = setup.spec.output().map(PathBuf::from);
    let hooks = JobHooks::load((setup.id, &setup.spec), &setup.config, &work, &forced).await;
    let inside = WorkContext { around: Some(hooks.clone()), ..work.clone() };
    let task = tokio::spawn(run(setup.spec, setup.config, Arc::clone(&hooks), inside));
    let outcome = finish(task, &work, &forced).await;
    let outcome = after(hooks, outcome, &work).await;
    // Nothing is reported of the limit once the job has ended.
    governor.abort();
    let _ = governor.await;
    let output =
        output.filter(|_| matches!(outcome, Outcome::Complete | Outcome::Incomplete { .. }));
    work.emit(JobEvent::Finished { outcome, output }).await;
    drop(work);
    if let Err(error) = recorder.await {
        tracing::error!(%error, job = %setup.id, "the recorder of a job crashed");
    }
    setup.id
}

/// Starts what decides about the job's limit. Its first decision is in force when this returns.
async fn govern(
    spec: &JobSpec,
    config: &Arc<Config>,
    process: &Throttle,
    (work, steer): (&WorkContext, mpsc::Receiver<Steer>),
) -> JoinHandle<()> {
    let pacing = config.pacing(spec.pacing(), spec.target().profile.as_deref());
    let adapt = pacing.adapt.unwrap_or_default();
    let windows = pacing.windows.unwrap_or_default();
    let zone = config.zone.name(jiff::Timestamp::now());
    for line in governor::describe(&windows, &zone, &adapt) {
        work.message(Level::Info, line).await;
    }
    let policy = Policy::new(spec.rate(), windows, zone);
    let (job, sampled) = (spec.clone(), Arc::clone(config));
    let inputs = Inputs {
        steer,
        process: process.watch(),
        sampler: Box::new(move |adapt| sampler::start(adapt, &job, &sampled)),
        clock: governor::wall_clock(config),
    };
    let mut governor = Governor::new(work.clone(), policy, inputs);
    governor.begin(adapt).await;
    tokio::spawn(governor.run())
}

/// What the hooks after it make of an outcome; they cannot take the job's end with them.
async fn after(hooks: Arc<JobHooks>, outcome: Outcome, work: &WorkContext) -> Outcome {
    let before = outcome.clone();
    let ended = tokio::spawn(async move { hooks.after(outcome).await }).await;
    match ended {
        Ok(outcome) => outcome,
        Err(error) => {
            let text = format!("what runs the hooks crashed: {}", panic_message(error));
            work.message(Level::Error, text.clone()).await;
            before.less_complete(vec![text])
        }
    }
}

async fn run(
    spec: Box<JobSpec>,
    config: Arc<Config>,
    hooks: Arc<JobHooks>,
    work: WorkContext,
) -> Result<Outcome> {
    hooks.before().await?;
    match &*spec {
        JobSpec::Backup(spec) => postgres::backup::run(spec, &config, &work).await,
        JobSpec::Restore(spec) => postgres::restore::run(spec, &config, &work).await,
        JobSpec::BackupCluster(spec) => postgres::cluster::backup(spec, &config, &work).await,
        JobSpec::RestoreCluster(spec) => postgres::cluster::restore(spec, &config, &work).await,
        JobSpec::Verify(spec) => postgres::verify::run(spec, &config, &work).await,
    }
}

/// Waits for the task, or drops it when it was told to stop and does not.
async fn finish(
    mut task: JoinHandle<Result<Outcome>>,
    work: &WorkContext,
    forced: &CancellationToken,
) -> Outcome {
    let overdue = async {
        work.cancel.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = &mut task => return conclude(ended, work).await,
        () = forced.cancelled() => {}
        () = overdue => {}
    }
    task.abort();
    match task.await {
        Err(error) if error.is_cancelled() => {
            Outcome::Cancelled { left: "the job was dropped without waiting for the server".into() }
        }
        ended => conclude(ended, work).await,
    }
}

async fn conclude(ended: Result<Result<Outcome>, JoinError>, work: &WorkContext) -> Outcome {
    match ended {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) if error.kind() == ErrorKind::Cancelled => {
            Outcome::Cancelled { left: "nothing was left behind".into() }
        }
        Ok(Err(error)) => Outcome::Failed { error: error.report() },
        Err(error) => {
            let message = panic_message(error);
            let text = format!("the job's task crashed: {message}");
            work.message(Level::Error, text).await;
            Outcome::Panicked { message }
        }
    }
}

fn panic_message(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(payload) => payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned()),
        Err(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work() -> (WorkContext, mpsc::Receiver<JobEvent>) {
        let (events, queue) = mpsc::channel(16);
        let work = WorkContext {
            events,
            meter: Arc::default(),
            cancel: CancellationToken::new(),
            throttle: Arc::new(Throttle::new(None)),
            around: None,
        };
        (work, queue)
    }

    #[tokio::test]
    async fn a_panic_is_a_crashed_job_with_its_message() {
        let (work, mut queue) = work();
        let task = tokio::spawn(async { panic!("index {} of 3", 7) });
        let outcome = finish(task, &work, &CancellationToken::new()).await;
        assert_eq!(outcome, Outcome::Panicked { message: "index 7 of 3".into() });
        assert!(matches!(queue.recv().await, Some(JobEvent::Message { level: Level::Error, .. })));
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_ignores_a_cancel_is_dropped_after_the_grace() {
        let (work, _queue) = work();
        work.cancel.cancel();
        let task = tokio::spawn(std::future::pending());
        let begun = tokio::time::Instant::now();
        let outcome = finish(task, &work, &CancellationToken::new()).await;
        assert!(matches!(outcome, Outcome::Cancelled { .. }));
        assert_eq!(begun.elapsed().as_secs(), GRACE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_forced_cancel_does_not_wait() {
        let (work, _queue) = work();
        let forced = CancellationToken::new();
        forced.cancel();
        let begun = tokio::time::Instant::now();
        let outcome = finish(tokio::spawn(std::future::pending()), &work, &forced).await;
        assert!(matches!(outcome, Outcome::Cancelled { .. }));
        assert!(begun.elapsed().is_zero());
    }

    #[tokio::test]
    async fn a_cancelled_error_is_a_cancelled_job_and_other_errors_fail() {
        let (work, _queue) = work();
        let end = |error| async { conclude(Ok(Err(error)), &work).await };
        let cancelled = end(crate::error::Error::cancelled()).await;
        assert!(matches!(cancelled, Outcome::Cancelled { .. }));
        let failed = end(crate::error::Error::usage("x")).await;
        assert!(matches!(failed, Outcome::Failed { error } if error.message == "x"));
    }
}
