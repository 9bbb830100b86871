//! One of the sessions that copy rows: a thread with a runtime of its own, so that a stream's reader
//! and its connection never wake each other across cores.
//!
//! ```text
//!  share ─► enter snapshot + lock ─► COPY ─► piece ─► pace ─► compress ─► block
//!                 │ somebody waits for the table         └─ until the share is through
//!                 └─► COPY in the leader's session, which has the lock already
//! ```
//! Trouble with one table ends that table; trouble with the connection or the file ends the job.

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::error::{Severity, SqlState};

use crate::error::{Error, ErrorKind, Result};
use crate::model::job::{JobEvent, Level};
use crate::model::spec::{Compression, DumpOptions};
use crate::postgres::connect::{ConnParams, Session, database_error};
use crate::postgres::schema::TextEncoding;
use crate::postgres::session::{self, SnapshotId};
use crate::work::WorkContext;

use super::Tuning;
use super::blocks::{Blocks, Stretch};
use super::leader::Leader;
use super::press::{Packed, Packing, Press, UnderWay};
use super::rows::{Rows, RowsError, Source, copy_statement};
use super::schedule::{Schedule, Share};

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

/// Whom trouble concerns.
pub(super) enum Trouble {
    /// The table at hand: the others go on.
    Table(Error),
    /// The table at hand, as somebody waits to change it.
    Busy(Error),
    /// Everybody.
    Job(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Job(error)
    }
}

impl Trouble {
    /// Sorts an error of the server or the driver.
    fn of(doing: &str, error: tokio_postgres::Error) -> Self {
        let ends_session = error.as_db_error().is_none_or(|db| {
            matches!(db.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
                || db.code().code().starts_with("57P")
        });
        let error = database_error(doing, error);
        if ends_session { Self::Job(error) } else { Self::Table(error) }
    }

    /// Sorts an error of the statements before the rows: whatever does not speak of the table, such as
    /// a snapshot that is not to be had, meets every table.
    fn of_entering(doing: &str, error: tokio_postgres::Error) -> Self {
        const OF_A_TABLE: [SqlState; 4] = [
            SqlState::UNDEFINED_TABLE,
            SqlState::INSUFFICIENT_PRIVILEGE,
            SqlState::INVALID_SCHEMA_NAME,
            SqlState::WRONG_OBJECT_TYPE,
        ];
        match error.code() {
            Some(&SqlState::LOCK_NOT_AVAILABLE) => Self::Busy(database_error(doing, error)),
            Some(code) if OF_A_TABLE.contains(code) => Self::of(doing, error),
            _ => Self::Job(database_error(&format!("entering the snapshot for {doing}"), error)),
        }
    }

    fn of_rows(doing: &str, error: RowsError) -> Self {
        match error {
            RowsError::Before(error) => Self::of_entering(doing, error),
            RowsError::Rows(error) => Self::of(doing, error),
            RowsError::Lost { sent, came } => {
                let sent =
                    sent.map_or_else(|| "an unknown number of".to_owned(), |n| n.to_string());
                let text = format!("{doing} failed: the server sent {sent} rows, and {came} came");
                Self::Job(Error::new(ErrorKind::Internal, text))
            }
        }
    }
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
    in_transaction: bool,
    /// Dump id of the table that was last announced.
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
        let table = &share.task.table;
        if self.current.replace(table.dump_id) != Some(table.dump_id) {
            let object = table.name.to_string();
            let event =
                JobEvent::ObjectStarted { worker: self.index, object, bytes: table.data_bytes };
            self.shared.work.emit(event).await;
        }
    }

    async fn give_up(&self, share: &Share, error: &Error) -> Result<()> {
        let first = !share.task.has_failed();
        let table = &share.task.table;
        let reason = format!("the rows of {} are missing: {}", table.name, error.chain());
        self.shared.schedule.fail(share, reason.clone());
        let abandoned = self.shared.blocks.abandon(table.dump_id);
        abandoned.map_err(|error| error.while_doing(&reason))?;
        if first {
            self.shared.work.message(Level::Error, reason).await;
        }
        Ok(())
    }

    async fn report_done(&self, share: &Share) {
        let table = &share.task.table;
        let (bytes, rows) = share.task.copied();
        let object = table.name.to_string();
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
        let table = &share.task.table;
        let mut before = session::enter_snapshot(&self.shared.snapshot);
        if share.range.is_some() {
            before.push(session::scan_by_range(true));
        }
        if table.foreign {
            before.push(session::allow_foreign_tables());
        } else {
            before.push(session::lock_at_once(&table.name));
        }
        before
    }

    /// Somebody waits to change the table, and would wait for the leader, who holds a lock on it: only
    /// the leader can read it without waiting in turn.
    async fn copy_by_leader(&mut self, share: &Share) -> Result<(), Trouble> {
        let shared = self.shared;
        let table = &share.task.table.name;
        if share.task.is_first_time_busy() {
            let text = format!("somebody waits to change {table}: it is read first");
            shared.work.message(Level::Info, text).await;
        }
        let doing = format!("copying {table} in the first session");
        // Whoever had the turn and waited for the leader would wait for one that waits for the turn.
        shared.blocks.claim(self.stretch(share)).await?;
        let lead = shared.leader.borrow(share.range.is_some()).await;
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
        let table = &share.task.table;
        let sql = copy_statement(table, share.range, self.shared.encoding.of_rows());
        // Somebody else's text, or somebody else's server, may be what is wrong.
        let others = table.foreign || table.predicate.is_some();
        let by = if others { format!(" by {sql}") } else { String::new() };
        let doing = || format!("copying {}{by}", table.name);
        let rows = source.copy(before, &sql).await;
        let mut rows = rows.map_err(|error| Trouble::Job(database_error(&doing(), error)))?;
        let mut under_way: Option<UnderWay> = None;
        while !share.task.has_failed() {
            let next = rows.next().await.map_err(|error| Trouble::of_rows(&doing(), error))?;
            if let Some(packing) = under_way.take() {
                let packed = self.press.finish(packing).await?;
                self.deliver(share, &rows, packed).await?;
            }
            let Some(part) = next else {
                return Ok(self.shared.blocks.end(self.stretch(share))?);
            };
            self.shared.work.pace(part.bytes.len() as u64).await?;
            match self.press.begin(part)? {
                Packing::Done(packed) => self.deliver(share, &rows, packed).await?,
                Packing::UnderWay(packing) => under_way = Some(packing),
            }
        }
        Ok(())
    }

    async fn deliver(&self, share: &Share, rows: &Rows<'_>, packed: Packed) -> Result<()> {
        if let Some(spare) = packed.spare {
            rows.recycle(spare);
        }
        self.shared.blocks.add(self.stretch(share), packed.piece).await?;
        share.task.add(packed.bytes, packed.rows);
        self.shared.work.meter.add_data(packed.bytes, packed.rows);
        Ok(())
    }

    /// What the share is of the table's block.
    fn stretch(&self, share: &Share) -> Stretch {
        let table = &share.task.table;
        Stretch {
            id: table.dump_id,
            turn: share.range.map_or(0, |range| range.turn),
            last: share.range.is_none_or(|range| range.to.is_none()),
            worker: self.index,
            eager: share.range.is_some() || self.shared.blocks.is_heavy(table.data_bytes),
        }
    }
}
