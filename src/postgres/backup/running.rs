//! One run: the leader, its workers, and what their ends mean.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::{JobEvent, Level, Outcome, Phase};
use crate::model::manifest::{Manifest, Position};
use crate::model::spec::{BackupSpec, RowFormat};
use crate::postgres::connect::{ConnParams, Session};
use crate::postgres::facts;
use crate::postgres::schema::{self, LargeObjectGroup, SchemaDump, SchemaRequest, TableData};
use crate::postgres::session::{self, SnapshotId};
use crate::work::WorkContext;

use super::Tuning;
use super::blocks::Blocks;
use super::bounds::{self, Bounds, Counting};
use super::contents::{Contents, Origin};
use super::helper::Helper;
use super::layout;
use super::leader::Leader;
use super::manifest;
use super::output::{Place, Seal};
use super::rows::Source;
use super::schedule::{Schedule, Task};
use super::waiting;
use super::worker::{self, Shared};

/// How long a cancel request may take.
const CANCEL: Duration = Duration::from_secs(3);
/// How long the loss of the leader may take to show.
const LEADER_NEWS: Duration = Duration::from_millis(300);
/// How long the end of a failed or cancelled backup waits for its workers.
const LAST_WORKER: Duration = Duration::from_secs(10);

/// The definitions that a spec asks for.
fn request_of(spec: &BackupSpec) -> Result<SchemaRequest> {
    let (_, minor, _) = layout::version(spec)?;
    Ok(SchemaRequest {
        selection: spec.selection.clone(),
        parts: spec.parts.clone(),
        no_owner: spec.no_owner,
        no_privileges: spec.no_privileges,
        options: spec.options.clone(),
        archive_minor: minor,
    })
}

/// Where a spec's sessions go.
pub(super) fn params_of(spec: &BackupSpec, config: &Config) -> Result<ConnParams> {
    ConnParams::resolve(&spec.target.with_database(&spec.database), config)
}

/// As [`super::run_with`], but a cancel is an error.
pub(super) async fn run(
    spec: &BackupSpec,
    config: &Config,
    work: &WorkContext,
    tuning: &Tuning,
    seal: Arc<Seal>,
) -> Result<Outcome> {
    let started = Timestamp::now();
    work.phase(Phase::Connecting).await;
    let params = params_of(spec, config)?;
    layout::check(spec)?;
    let version = layout::version(spec)?;
    // It also fires when a worker failed.
    let crew_work = WorkContext { cancel: work.cancel.child_token(), ..work.clone() };
    let place = prepare(spec, &crew_work, &seal).await?;
    let source = tokio::select! {
        biased;
        () = work.cancel.cancelled() => return Err(Error::cancelled()),
        source = Source::open(&params, tuning.piece_bytes) => Arc::new(source?),
    };
    let session = &source.session;
    let (position, snapshot, dump) = tokio::select! {
        biased;
        () = work.cancel.cancelled() => {
            let _ = tokio::time::timeout(CANCEL, session.canceller.cancel()).await;
            return Err(Error::cancelled());
        }
        read = read(spec, (&params, session), work) => read?,
    };
    announce(&dump, work).await;

    let SchemaDump { entries, tables, large_objects, missing, encoding, .. } = dump;
    let origin = Origin {
        version,
        codec: spec.compression.codec,
        database: &spec.database,
        server_version: &session.server.version,
    };
    let contents = Contents::new(&origin, entries)?;
    let expected = tables.iter().map(|table| (table.dump_id, table.data_bytes)).collect();
    let with_data = contents.with_data();
    let definitions = contents.kinds();
    let about = manifest::of(spec, session, started).await;
    let manifest = Manifest { position, definitions, ..about };
    let tasks = tasks(tables, large_objects, &with_data, spec);
    let layout = layout::make(spec, place, (contents, expected))?;
    let order = layout.order();
    let blocks = Blocks::new(layout, with_data, tuning.held_bytes / spec.jobs.get());
    let server_version = session.server.version_num;
    let shared = Shared {
        work: crew_work,
        // A snapshot is known only to the server it is of.
        params: params.pinned_to(session),
        snapshot,
        options: spec.options.clone(),
        encoding,
        leader: Leader::new(Arc::clone(&source)),
        schedule: Schedule::new(tasks, order, server_version, spec.jobs, tuning),
        blocks: Arc::new(blocks),
        compression: spec.compression,
        // Each worker keeps a session of the server busy, which often runs on the same machine.
        compress_beside: available_parallelism()
            .is_ok_and(|processors| processors.get() / 2 >= spec.jobs.get()),
        tuning: tuning.clone(),
    };
    let crew = Crew::new(shared);
    crew.copy(spec.jobs).await?;
    work.check()?;
    // Nothing reads from the snapshot any more, and nobody should wait for its locks any longer.
    session::rollback(&session.client).await?;
    work.phase(Phase::Finishing).await;
    crew.finish(missing, (seal, manifest), work).await
}

/// Begins the output where a wait for a disk or a storage holds up nothing else.
async fn prepare(spec: &BackupSpec, work: &WorkContext, seal: &Arc<Seal>) -> Result<Place> {
    let (spec, work, seal) = (spec.clone(), work.clone(), Arc::clone(seal));
    let prepared = tokio::task::spawn_blocking(move || Place::prepare(&spec, &work, &seal)).await;
    prepared.map_err(|error| {
        Error::new(ErrorKind::Internal, "preparing the output crashed").with_source(error)
    })?
}

/// What the workers have to copy, in the order of the archive's entries.
fn tasks(
    tables: Vec<TableData>,
    large_objects: Vec<LargeObjectGroup>,
    entries: &[u32],
    spec: &BackupSpec,
) -> Vec<Task> {
    // A statement of several rows goes over the end of a range.
    let whole = matches!(spec.options.rows,
        RowFormat::Inserts { rows_per_insert, .. } if rows_per_insert.get() > 1);
    let table = |table: TableData| TableData { chunkable: table.chunkable && !whole, ..table };
    let tables = tables.into_iter().map(table).map(Task::table);
    let objects = large_objects.into_iter().map(|group| Task::objects(group, 0));
    let places: HashMap<u32, usize> = entries.iter().copied().zip(0..).collect();
    let mut tasks: Vec<Task> = tables.chain(objects).collect();
    tasks.sort_by_key(|task| places.get(&task.id).copied());
    tasks
}

/// Opens the snapshot and reads the definitions in it.
async fn read(
    spec: &BackupSpec,
    (params, session): (&ConnParams, &Session),
    work: &WorkContext,
) -> Result<(Position, SnapshotId, SchemaDump)> {
    session::prepare(session, &spec.options).await?;
    work.phase(Phase::Reading).await;
    let pid = waiting::pid_of(session).await?;
    tokio::select! {
        biased;
        read = read_snapshot(spec, params, session) => read,
        never = waiting::tell(params, pid, work) => match never {},
    }
}

/// Reads in a new snapshot.
async fn read_snapshot(
    spec: &BackupSpec,
    params: &ConnParams,
    session: &Session,
) -> Result<(Position, SnapshotId, SchemaDump)> {
    let bounds = Bounds::of(&spec.selection)?;
    // A snapshot of somebody else is older than now.
    let lsn = match spec.options.session.snapshot {
        None => facts::wal_position(session).await,
        Some(_) => None,
    };
    session::begin(&session.client, &spec.options.session).await?;
    let snapshot = session::export_snapshot(&session.client).await?;
    let helper = Helper::open(spec, params, (session, &snapshot)).await;
    let dump = read_definitions(spec, session, helper.as_ref()).await?;
    if let Some(helper) = helper {
        helper.close();
    }
    let dump = within(bounds, dump, spec, (params, session, &snapshot)).await?;
    let name = Some(snapshot.name().to_owned());
    let position = Position { snapshot: name, lsn, ..Position::default() };
    Ok((position, snapshot, dump))
}

/// Reads the definitions in the session's transaction.
pub(super) async fn read_definitions(
    spec: &BackupSpec,
    session: &Session,
    helper: Option<&Helper>,
) -> Result<SchemaDump> {
    let request = request_of(spec)?;
    let helper = helper.map(Helper::client);
    schema::dump_beside(&session.client, helper, session.server.version_num, &request).await
}

/// The dump without the rows of tables out of bounds.
pub(super) async fn within(
    bounds: Option<Bounds>,
    mut dump: SchemaDump,
    spec: &BackupSpec,
    (params, leader, snapshot): (&ConnParams, &Session, &SnapshotId),
) -> Result<SchemaDump> {
    if let Some(bounds) = bounds {
        let options = &spec.options;
        let counting = Counting { leader, params, options, snapshot, jobs: spec.jobs };
        bounds::apply(bounds, &mut dump, &counting).await?;
    }
    Ok(dump)
}

async fn announce(dump: &SchemaDump, work: &WorkContext) {
    for reason in &dump.missing {
        work.message(Level::Warning, format!("left out: {reason}")).await;
    }
    for note in &dump.notes {
        work.message(Level::Warning, note).await;
    }
    let totals = JobEvent::Totals {
        objects: (dump.tables.len() + dump.large_objects.len()) as u64,
        bytes: dump.tables.iter().map(|table| table.data_bytes).sum(),
        rows: dump.tables.iter().map(|table| table.rows_estimate).sum(),
    };
    work.emit(totals).await;
    work.phase(Phase::Copying).await;
}

/// The workers of one run. Dropping it stops them and removes what is not finished, however the run
/// ends.
struct Crew {
    shared: Arc<Shared>,
    stop: CancellationToken,
}

impl Crew {
    fn new(shared: Shared) -> Self {
        let stop = shared.work.cancel.clone();
        Self { shared: Arc::new(shared), stop }
    }

    /// Copies all rows. When this fails, no worker is left.
    async fn copy(&self, jobs: NonZeroUsize) -> Result<()> {
        let (ended, mut ends) = mpsc::channel(jobs.get());
        let workers = self.shared.schedule.useful_workers(jobs);
        let started = (0..workers).try_for_each(|index| self.spawn(index, ended.clone()));
        drop(ended);
        self.wait(&mut ends, started).await
    }

    fn spawn(&self, index: u16, ended: mpsc::Sender<Result<()>>) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name(format!("backup-{index}"));
        let body = move || {
            let result = catch_unwind(AssertUnwindSafe(|| worker::run(&shared, index)));
            // Before the end is told, so that nothing is shared with a worker that has ended.
            drop(shared);
            let _ = ended.blocking_send(result.unwrap_or_else(|_| Err(crashed())));
        };
        let started = thread.spawn(body);
        started.map(drop).map_err(|error| Error::io("starting a worker", error))
    }

    /// Waits for all workers; the first failure, or the loss of the leader, stops the others.
    async fn wait(
        &self,
        ends: &mut mpsc::Receiver<Result<()>>,
        mut first: Result<()>,
    ) -> Result<()> {
        let lost = self.shared.leader.lost();
        tokio::pin!(lost);
        while first.is_ok() {
            tokio::select! {
                end = ends.recv() => match end {
                    None => return Ok(()),
                    Some(result) => first = result,
                },
                error = &mut lost => first = Err(error),
                () = self.stop.cancelled() => first = Err(Error::cancelled()),
            }
        }
        // Without the leader nobody enters the snapshot: that a worker could not is not the reason.
        if first.as_ref().is_err_and(|error| error.kind() == ErrorKind::Database)
            && let Ok(reason) = tokio::time::timeout(LEADER_NEWS, &mut lost).await
        {
            first = Err(reason);
        }
        self.stop.cancel();
        let rest = async { while ends.recv().await.is_some() {} };
        if tokio::time::timeout(LAST_WORKER, rest).await.is_err() {
            tracing::warn!("a worker did not stop in time");
        }
        first
    }

    /// Completes the output and puts it in its place.
    async fn finish(
        self,
        mut missing: Vec<String>,
        (seal, manifest): (Arc<Seal>, Manifest),
        work: &WorkContext,
    ) -> Result<Outcome> {
        let schedule = &self.shared.schedule;
        let failures = schedule.failures();
        let objects = manifest::objects(schedule.tasks(), &failures);
        missing.extend(failures.into_iter().map(|(_, reason)| reason));
        let outcome = if missing.is_empty() {
            Outcome::Complete
        } else {
            Outcome::Incomplete { reasons: missing }
        };
        seal.fill(Manifest { objects, outcome: outcome.clone(), ..manifest });
        let blocks = Arc::clone(&self.shared.blocks);
        let written = tokio::task::spawn_blocking(move || blocks.finish()).await;
        let bytes = written.map_err(|error| {
            Error::new(ErrorKind::Internal, "writing the archive crashed").with_source(error)
        })??;
        let size = crate::model::size::Bytes(bytes);
        work.message(Level::Info, format!("the archive has {size}")).await;
        Ok(outcome)
    }
}

/// The error of a worker that panicked; the panic itself is in the log.
fn crashed() -> Error {
    Error::new(ErrorKind::Internal, "a worker crashed")
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.stop.cancel();
        self.shared.blocks.remove();
    }
}
