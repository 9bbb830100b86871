//! One of the sessions that copy rows: a thread with a runtime of its own, so that a stream's reader
//! and its connection never wake each other across cores.
//!
//! ```text
//!  share ─► enter snapshot + lock ─► COPY ─► piece ─► pace ─► compress ─► block
//!                 │ somebody waits for the table         └─ until the share is through
//!                 └─► COPY in the leader's session, which has the lock already
//! ```
//! Trouble with one table ends that table; trouble with the connection or the file ends the job.

mod delivery;
mod objects;
mod rows;

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::job::{JobEvent, Level};
use crate::model::spec::{Compression, DumpOptions};
use crate::postgres::connect::{ConnParams, Session, database_error};
use crate::postgres::schema::TextEncoding;
use crate::postgres::session::{self, SnapshotId};
use crate::postgres::tap::Part;
use crate::work::WorkContext;

use super::Tuning;
use super::blocks::{Blocks, Stretch};
use super::leader::Leader;
use super::press::{Press, UnderWay};
use super::rows::Source;
use super::schedule::{Schedule, Share, Subject};
use super::trouble::Trouble;

/// How long a worker that has to stop waits for its server.
const FAREWELL: Duration = Duration::from_secs(3);

/// What the workers of one backup share.
pub(super) struct Shared {
    /// Its cancel token also fires when another worker failed.
    pub(super) work: WorkContext,
    pub(super) params: ConnParams,
    pub(super) snapshot: SnapshotId,
    pub(super) options: DumpOptions,
    pub(super) encoding: TextEncoding,
    pub(super) leader: Leader,
    pub(super) schedule: Schedule,
    pub(super) blocks: Arc<Blocks>,
    pub(super) compression: Compression,
    /// Whether there are processors for reading and compressing at the same time.
    pub(super) compress_beside: bool,
    pub(super) tuning: Tuning,
}

/// Copies shares until none is left. Runs on a thread of its own.
pub(super) fn run(shared: &Shared, index: u16) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::io("starting a worker", error))?;
    let result = runtime.block_on(work_until_stopped(shared, index));
    runtime.shutdown_background();
    result
}

async fn work_until_stopped(shared: &Shared, index: u16) -> Result<()> {
    let stop = shared.work.cancel.clone();
    let source = tokio::select! {
        biased;
        () = stop.cancelled() => return Err(Error::cancelled()),
        source = Source::open(&shared.params, shared.tuning.piece_bytes) => source?,
    };
    let result = tokio::select! {
        biased;
        () = stop.cancelled() => Err(Error::cancelled()),
        result = copy_shares(shared, index, &source) => result,
    };
    let session = source.session;
    if result.is_err() && !session.client.is_closed() {
        // Without it the server would go on until it next tries to send something.
        let _ = tokio::time::timeout(FAREWELL, session.canceller.cancel()).await;
    }
    let result = result.map_err(|error| explain_closed(error, &session));
    leave(session).await;
    result
}

/// Says why the connection ended, where it did.
fn explain_closed(error: Error, session: &Session) -> Error {
    match session.why_closed() {
        Some(why) if !error.chain().contains(why) => {
            error.while_doing(format!("connection lost ({why})"))
        }
        _ => error,
    }
}

/// Closes the session in good order: its task says goodbye to the server.
async fn leave(session: Session) {
    drop(session);
    let tasks = tokio::runtime::Handle::current();
    let gone = async {
        while tasks.metrics().num_alive_tasks() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let _ = tokio::time::timeout(FAREWELL, gone).await;
}

async fn copy_shares(shared: &Shared, index: u16, source: &Source) -> Result<()> {
    session::prepare(&source.session, &shared.options).await?;
    let mut worker = Worker {
        shared,
        index,
        source,
        press: Press::new(shared.compression, shared.blocks.form(), shared.compress_beside)?,
        under_way: None,
        spare: None,
        in_transaction: false,
        current: None,
    };
    while let Some(share) = shared.schedule.next() {
        worker.work_on(&share).await?;
    }
    Ok(())
}

struct Worker<'a> {
    shared: &'a Shared,
    index: u16,
    source: &'a Source,
    press: Press,
    /// A part that is being compressed.
    under_way: Option<UnderWay>,
    /// Memory for a part.
    spare: Option<Part>,
    in_transaction: bool,
    /// Dump id of what that was last announced.
    current: Option<u32>,
}

impl Worker<'_> {
    async fn work_on(&mut self, share: &Share) -> Result<()> {
        self.announce(share).await;
        match self.copy(share).await {
            Ok(()) if self.shared.schedule.finish(share) => self.report_done(share).await,
            Ok(()) => {}
            Err(Trouble::Table(error) | Trouble::Busy(error)) => {
                self.give_up(share, &error).await?;
            }
            Err(Trouble::Job(error)) => return Err(error),
        }
        Ok(())
    }

    async fn announce(&mut self, share: &Share) {
        let task = &share.task;
        if self.current.replace(task.id) != Some(task.id) {
            let object = task.name.clone();
            let event = JobEvent::ObjectStarted { worker: self.index, object, bytes: task.bytes };
            self.shared.work.emit(event).await;
        }
    }

    async fn give_up(&self, share: &Share, error: &Error) -> Result<()> {
        let first = !share.task.has_failed();
        let what = share.task.what();
        let reason = format!("{what} are missing: {}", error.chain());
        self.shared.schedule.fail(share, reason.clone());
        let abandoned = self.shared.blocks.abandon(share.task.id);
        abandoned.map_err(|error| error.while_doing(&reason))?;
        if first {
            self.shared.work.message(Level::Error, reason).await;
        }
        Ok(())
    }

    async fn report_done(&self, share: &Share) {
        let (bytes, rows) = share.task.copied();
        let object = share.task.name.clone();
        let event = JobEvent::ObjectDone { worker: self.index, object, rows, bytes, data: true };
        self.shared.work.emit(event).await;
    }

    async fn copy(&mut self, share: &Share) -> Result<(), Trouble> {
        let mut before = self.enter(share);
        if self.in_transaction {
            before.insert(0, "ROLLBACK".to_owned());
        }
        self.in_transaction = true;
        match self.copy_from(self.source, &before, share).await {
            Err(Trouble::Busy(_)) => self.copy_by_leader(share).await,
            result => result,
        }
    }

    /// The statements that come before the rows.
    fn enter(&self, share: &Share) -> Vec<String> {
        let mut before = session::enter_snapshot(&self.shared.snapshot);
        if share.by_blocks() {
            before.push(session::scan_by_range(true));
        }
        match &share.task.subject {
            Subject::Objects(_) => {}
            Subject::Table(table) if table.foreign => {
                before.push(session::allow_foreign_tables());
            }
            Subject::Table(table) => before.push(session::lock_at_once(&table.name)),
        }
        before
    }

    /// Somebody waits to change the table, and would wait for the leader, who holds a lock on it: only
    /// the leader can read it without waiting in turn.
    async fn copy_by_leader(&mut self, share: &Share) -> Result<(), Trouble> {
        let shared = self.shared;
        let table = &share.task.name;
        if share.task.is_first_time_busy() {
            let text = format!("somebody waits to change {table}: it is read first");
            shared.work.message(Level::Info, text).await;
        }
        let doing = format!("copying {table} in the first session");
        // Whoever had the turn and waited for the leader would wait for one that waits for the turn.
        shared.blocks.claim(self.stretch(share)).await?;
        let lead = shared.leader.borrow(share.by_blocks()).await;
        let lead = lead.map_err(|error| Trouble::of(&doing, error))?;
        let result = self.copy_from(lead.source(), &[], share).await;
        lead.give_back().await.map_err(|error| Trouble::Job(database_error(&doing, error)))?;
        result
    }

    async fn copy_from(
        &mut self,
        source: &Source,
        before: &[String],
        share: &Share,
    ) -> Result<(), Trouble> {
        self.forget();
        match &share.task.subject {
            Subject::Table(table) => self.copy_rows((source, before), share, table).await,
            Subject::Objects(group) => self.copy_objects((source, before), share, group).await,
        }
    }

    /// Whether the share was read to its end; a table that failed elsewhere is read no further.
    fn end(&self, share: &Share) -> Result<()> {
        self.shared.blocks.end(self.stretch(share))
    }

    /// What the share is of the entry's data.
    fn stretch(&self, share: &Share) -> Stretch {
        Stretch {
            id: share.task.id,
            turn: share.turn(),
            last: share.is_last(),
            worker: self.index,
            eager: share.range.is_some() || self.shared.blocks.is_heavy(share.task.bytes),
        }
    }
}
