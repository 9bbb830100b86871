//! Takes commands one by one and starts what they ask for. Never waits for a database or a disk
//! itself: everything that can take time is a task of its own.

use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::archive::PreviewLimits;
use crate::model::id::{JobId, RequestId};
use crate::model::job::ErrorReport;
use crate::model::plan::Plan;
use crate::model::spec::{JobSpec, RestoreSpec};
use crate::postgres;
use crate::throttle::Throttle;

use super::browser::{Browser, Request};
use super::command::{CancelMode, Command};
use super::event::Event;
use super::governor::Steer;
use super::history;
use super::job::{self, JobControl};
use super::meter::MeterBoard;

/// The engine's hub.
pub(super) struct Supervisor {
    config: Arc<Config>,
    events: mpsc::Sender<Event>,
    meters: MeterBoard,
    browser: mpsc::Sender<Request>,
    /// The limit of the whole process.
    process: Arc<Throttle>,
    jobs: HashMap<JobId, JobControl>,
    running: JoinSet<JobId>,
}

impl Supervisor {
    pub(super) fn new(
        config: Arc<Config>,
        events: mpsc::Sender<Event>,
        meters: MeterBoard,
    ) -> Self {
        let browser = Browser::spawn(Arc::clone(&config), events.clone());
        let process = Arc::new(Throttle::new(config.throttle.process_rate.0));
        let (jobs, running) = (HashMap::new(), JoinSet::new());
        Self { config, events, meters, browser, process, jobs, running }
    }

    /// Runs until no front is left and the last job has ended.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.handle(command).await,
                    None => break,
                },
                Some(ended) = self.running.join_next() => self.forget(ended),
            }
        }
        while let Some(ended) = self.running.join_next().await {
            self.forget(ended);
        }
    }

    fn forget(&mut self, ended: Result<JobId, tokio::task::JoinError>) {
        match ended {
            Ok(job) => {
                self.jobs.remove(&job);
            }
            Err(error) => tracing::error!(%error, "a job's keeper ended abnormally"),
        }
    }

    async fn handle(&mut self, command: Command) {
        match command {
            Command::Connect { target } => self.browse(Request::Connect(target)).await,
            Command::RetryNow => self.browse(Request::RetryNow).await,
            Command::LoadDatabases { request } => self.browse(Request::Databases(request)).await,
            Command::LoadCatalog { request, database } => {
                self.browse(Request::Catalog(request, database)).await;
            }
            Command::ListArchive { request, path, choice } => {
                self.answer(list_archive(request, path, choice));
            }
            Command::LookInto { request, path, id } => self.answer(async move {
                let limits = PreviewLimits::default();
                let look = move || postgres::restore::preview(&path, id, limits);
                let result = in_background(look).await;
                Event::Look { request, result: report(result.map(Box::new)) }
            }),
            Command::ListCluster { request, path } => self.answer(list_cluster(request, path)),
            Command::LoadJobLog { job } => {
                let folder = jobs_folder(&self.config);
                self.answer(async move {
                    let result = in_background(move || history::read_log(&folder, job)).await;
                    Event::JobLog { job, result: report(result) }
                });
            }
            Command::LoadHistory { request } => self.load_history(request),
            Command::Plan { job, spec } => {
                let config = Arc::clone(&self.config);
                self.answer(async move {
                    let result = plan(&spec, &config).await;
                    Event::Planned { job, result: report(result.map(Box::new)) }
                });
            }
            Command::Start { job, spec } => self.start(job, spec),
            Command::Cancel { job, mode } => self.cancel(job, mode).await,
            Command::Pause { job, paused } => self.steer(job, Steer::Paused(paused)).await,
            Command::SetRate { job, limit } => self.steer(job, Steer::Rate(limit)).await,
            Command::AutoRate { job } => self.steer(job, Steer::Auto).await,
            Command::SetAdapt { job, adapt } => self.steer(job, Steer::Adapt(adapt)).await,
            Command::SetProcessRate { limit } => {
                self.process.set_limit(limit.0);
                self.answer(std::future::ready(Event::ProcessRate { limit }));
            }
        }
    }

    async fn browse(&self, request: Request) {
        // The browser lives as long as the supervisor holds its sender.
        let _ = self.browser.send(request).await;
    }

    /// Runs a short task that ends in one event.
    fn answer(&self, answer: impl Future<Output = Event> + Send + 'static) {
        let events = self.events.clone();
        tokio::spawn(async move {
            // A front that has gone does not want the answer any more.
            let _ = events.send(answer.await).await;
        });
    }

    fn load_history(&self, request: crate::model::id::RequestId) {
        let folder = jobs_folder(&self.config);
        let live: Vec<JobId> = self.jobs.keys().copied().collect();
        self.answer(async move {
            let listing = in_background(move || Ok(history::read(&folder, &live))).await;
            let (records, unreadable) = match listing {
                Ok(listing) => (listing.records, listing.unreadable),
                Err(error) => (Vec::new(), vec![error.chain()]),
            };
            Event::History { request, records, unreadable }
        });
    }

    fn start(&mut self, id: JobId, spec: Box<JobSpec>) {
        if self.jobs.contains_key(&id) {
            tracing::error!(%id, "a job with this id runs already");
            return;
        }
        let setup = job::Setup {
            id,
            spec,
            config: Arc::clone(&self.config),
            meter: self.meters.meter(id),
            events: self.events.clone(),
            folder: jobs_folder(&self.config),
            process: Arc::clone(&self.process),
        };
        let (control, keeper) = job::prepare(setup);
        self.jobs.insert(id, control);
        self.running.spawn(keeper);
    }

    async fn cancel(&self, job: JobId, mode: CancelMode) {
        if let Some(control) = self.jobs.get(&job) {
            control.cancel(mode).await;
        }
    }

    async fn steer(&self, job: JobId, steer: Steer) {
        if let Some(control) = self.jobs.get(&job) {
            control.steer(steer).await;
        }
    }
}

/// Where records and logs of jobs are kept.
fn jobs_folder(config: &Config) -> PathBuf {
    config.paths.state_dir.join("jobs")
}

/// An archive's table of contents; without a restore to ask about the folder of a cluster's backup
/// has its catalogue instead.
async fn list_archive(
    request: RequestId,
    path: PathBuf,
    choice: Option<Box<RestoreSpec>>,
) -> Event {
    let Some(spec) = choice else {
        let folder = path.clone();
        let looked = in_background(move || Ok(postgres::cluster::is_backup(&folder))).await;
        if matches!(looked, Ok(true)) {
            return list_cluster(request, path).await;
        }
        let result = in_background(move || postgres::restore::list(&path)).await;
        return Event::Archive { request, result: report(result.map(Box::new)) };
    };
    let result = in_background(move || postgres::restore::list_for(&spec)).await;
    Event::Archive { request, result: report(result.map(Box::new)) }
}

async fn list_cluster(request: RequestId, path: PathBuf) -> Event {
    let result = in_background(move || postgres::cluster::list(&path)).await;
    Event::Cluster { request, result: report(result.map(Box::new)) }
}

async fn plan(spec: &JobSpec, config: &Config) -> Result<Plan> {
    let mut plan = plan_body(spec, config).await?;
    let (spec, config) = (spec.clone(), config.clone());
    let hooks = in_background(move || Ok(super::hooks::planned(&spec, &config))).await?;
    plan.facts.extend(hooks.0);
    plan.warnings.extend(hooks.1);
    Ok(plan)
}

async fn plan_body(spec: &JobSpec, config: &Config) -> Result<Plan> {
    match spec {
        JobSpec::Backup(spec) => postgres::backup::plan(spec, config).await,
        JobSpec::Restore(spec) => postgres::restore::plan(spec, config).await,
        JobSpec::BackupCluster(spec) => postgres::cluster::plan_backup(spec, config).await,
        JobSpec::RestoreCluster(spec) => postgres::cluster::plan_restore(spec, config).await,
        JobSpec::Verify(spec) => postgres::verify::plan(spec).await,
    }
}

fn report<T>(result: Result<T>) -> Result<T, ErrorReport> {
    result.map_err(|error| error.report())
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Error::new(ErrorKind::Internal, "a background task crashed").with_source(error))
    })
}
