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

use crate::archive::compress::{Compressor, Piece};
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::{JobEvent, Level};
use crate::model::spec::{Codec, Compression};
use crate::postgres::connect::{ConnParams, Session, database_error};
use crate::postgres::session::{self, SnapshotId};
use crate::postgres::tap::Part;
use crate::work::WorkContext;

use super::Tuning;
use super::blocks::{Blocks, By, Then};
use super::leader::Leader;
use super::rows::{Rows, RowsError, Source, copy_statement};
use super::schedule::{Schedule, Share, Standing};

/// How long a worker that has to stop waits for its server.
const FAREWELL: Duration = Duration::from_secs(3);

/// What the workers of one backup share.
pub(super) struct Shared {
    /// Its cancel token also fires when another worker failed.
    pub(super) work: WorkContext,
    pub(super) params: ConnParams,
    pub(super) snapshot: SnapshotId,
    pub(super) leader: Leader,
    pub(super) schedule: Schedule,
    pub(super) blocks: Arc<Blocks>,
    pub(super) compression: Compression,
    pub(super) tuning: Tuning,
    /// Bytes that one worker may hold back while another table owns the end of the file.
    pub(super) held_bytes: usize,
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
    session::prepare_for_rows(&source.session).await?;
    let mut worker = Worker {
        shared,
        index,
        source,
        compressor: Compressor::new(shared.compression)?,
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
    compressor: Compressor,
    in_transaction: bool,
    /// Dump id of the table that was last announced.
    current: Option<u32>,
}

impl Worker<'_> {
    async fn work_on(&mut self, share: &Share) -> Result<()> {
        self.announce(share).await;
        let standing = match self.copy(share).await {
            Ok(()) => self.shared.schedule.finish(share),
            Err(Trouble::Table(error) | Trouble::Busy(error)) => self.give_up(share, &error).await,
            Err(Trouble::Job(error)) => return Err(error),
        };
        match standing {
            Standing::Open => Ok(()),
            Standing::Failed => self.shared.blocks.abandon(share.task.table.dump_id),
            Standing::Complete => self.complete(share).await,
        }
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

    async fn give_up(&self, share: &Share, error: &Error) -> Standing {
        let first = !share.task.has_failed();
        let reason =
            format!("the rows of {} are missing: {}", share.task.table.name, error.chain());
        let standing = self.shared.schedule.fail(share, reason.clone());
        self.shared.blocks.spoil(share.task.table.dump_id);
        if first {
            self.shared.work.message(Level::Error, reason).await;
        }
        standing
    }

    async fn complete(&self, share: &Share) -> Result<()> {
        let table = &share.task.table;
        // A whole table's block was closed with its last piece.
        if share.range.is_some() {
            let by = By { id: table.dump_id, worker: self.index };
            self.shared.blocks.put(by, &mut Vec::new(), Then::Close).await?;
        }
        let (bytes, rows) = share.task.copied();
        let object = table.name.to_string();
        let event = JobEvent::ObjectDone { worker: self.index, object, rows, bytes, data: true };
        self.shared.work.emit(event).await;
        Ok(())
    }

    async fn copy(&mut self, share: &Share) -> Result<(), Trouble> {
        let (table, by_ctid) = (&share.task.table.name, share.range.is_some());
        let mut before = session::enter_snapshot(&self.shared.snapshot, table, by_ctid);
        if self.in_transaction {
            before.insert(0, "ROLLBACK".to_owned());
        }
        self.in_transaction = true;
        match self.copy_from(self.source, &before, share).await {
            Err(Trouble::Busy(_)) => self.copy_by_leader(share).await,
            result => result,
        }
    }

    /// Somebody waits to change the table, and would wait for the leader, who holds a lock on it: only
    /// the leader can read it without waiting in turn.
    async fn copy_by_leader(&mut self, share: &Share) -> Result<(), Trouble> {
        let shared = self.shared;
        let table = &share.task.table.name;
        let text = format!("somebody waits to change {table}: it is read first");
        shared.work.message(Level::Info, text).await;
        let doing = format!("copying {table} in the first session");
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
        let doing = || format!("copying {}", share.task.table.name);
        let sql = copy_statement(&share.task.table, share.range);
        let rows = source.copy(before, &sql).await;
        let mut rows = rows.map_err(|error| Trouble::Job(database_error(&doing(), error)))?;
        let mut held = Held::new(share, self.shared, self.index);
        while !share.task.has_failed() {
            let next = rows.next().await.map_err(|error| Trouble::of_rows(&doing(), error))?;
            let Some(part) = next else {
                let then = if share.range.is_none() { Then::Close } else { Then::Continue };
                return Ok(held.flush(then).await?);
            };
            let (bytes, count) = (part.bytes.len() as u64, part.rows);
            self.shared.work.pace(bytes).await?;
            let in_row = part.open;
            let piece = self.pack(&rows, part)?;
            held.add(piece, in_row).await?;
            share.task.add(bytes, count);
            self.shared.work.meter.add_data(bytes, count);
        }
        Ok(())
    }

    /// Compresses a part and gives its memory back, or stores it as it is.
    fn pack(&mut self, rows: &Rows<'_>, part: Part) -> Result<Piece> {
        if self.shared.compression.codec == Codec::None {
            return Ok(Piece::stored(part.bytes));
        }
        let piece = self.compressor.piece(&part.bytes);
        rows.recycle(part);
        piece
    }
}

/// Pieces of a table that is not, or not yet, at the end of the file.
struct Held<'a> {
    blocks: &'a Blocks,
    by: By,
    pieces: Vec<Piece>,
    bytes: usize,
    limit: usize,
    /// Whether the last piece ends within a row.
    in_row: bool,
    /// Whether the table is large: it takes the end of the file as soon as it can.
    eager: bool,
}

impl<'a> Held<'a> {
    fn new(share: &Share, shared: &'a Shared, worker: u16) -> Self {
        let limit = shared.held_bytes;
        let table = &share.task.table;
        Self {
            blocks: &shared.blocks,
            by: By { id: table.dump_id, worker },
            pieces: Vec::new(),
            bytes: 0,
            limit,
            in_row: false,
            eager: share.range.is_some() || table.data_bytes > limit as u64,
        }
    }

    async fn add(&mut self, piece: Piece, in_row: bool) -> Result<()> {
        self.bytes += piece.compressed_len();
        self.pieces.push(piece);
        self.in_row = in_row;
        let then = self.then();
        if self.bytes > self.limit {
            self.eager = true;
            self.flush(then).await?;
        } else if self.eager && self.blocks.try_put(self.by, &mut self.pieces, then)? {
            self.bytes = 0;
        }
        Ok(())
    }

    fn then(&self) -> Then {
        if self.in_row { Then::InRow } else { Then::Continue }
    }

    async fn flush(&mut self, then: Then) -> Result<()> {
        let then = if then == Then::Close { then } else { self.then() };
        if then == Then::Close || !self.pieces.is_empty() {
            self.blocks.put(self.by, &mut self.pieces, then).await?;
        }
        self.bytes = 0;
        Ok(())
    }
}
