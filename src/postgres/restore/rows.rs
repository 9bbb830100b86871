//! Loads the rows of one table: each table in a transaction of its own, so that it is loaded whole
//! or not at all.

use std::future::Future;

use bytes::Bytes;
use futures_util::SinkExt;

use crate::archive::copy_text::CopyText;
use crate::archive::kind;
use crate::archive::statement::{self, Quoting};
use crate::archive::toc::{DataOffset, TocEntry};
use crate::error::{Error, ErrorKind, Result};
use crate::model::name::quote_always;
use crate::postgres::connect::database_error;

use super::large_object::read_full;
use super::statements;
use super::worker::Worker;

/// Bytes sent with one message.
const CHUNK: usize = 256 << 10;

/// What was moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) rows: u64,
    pub(super) bytes: u64,
    /// Whether the rows lacked the mark that ends them.
    pub(super) unmarked: bool,
}

/// Loads one `TABLE DATA` entry. `fresh`: the table was made by this run and nothing else writes to
/// it, so that the server need not log the rows one by one where its settings allow that.
pub(super) async fn load(worker: &Worker, entry: &TocEntry, fresh: bool) -> Result<Moved> {
    let name = statement::qualified(entry, Quoting::Always);
    let quiet = worker.job.spec.disable_triggers && worker.job.spec.parts.data_only;
    let steps = async {
        if fresh && !kind::loads_via_root(entry) {
            worker.execute("emptying it", &format!("TRUNCATE TABLE ONLY {name}")).await?;
        }
        if quiet {
            let sql = format!("ALTER TABLE {name} DISABLE TRIGGER ALL");
            worker.execute("disabling its triggers", &sql).await?;
        }
        let moved = match &entry.copy_stmt {
            Some(copy) => copy_in(worker, entry, copy).await?,
            None => statements::run(worker, entry).await?,
        };
        if quiet {
            let sql = format!("ALTER TABLE {name} ENABLE TRIGGER ALL");
            worker.execute("enabling its triggers", &sql).await?;
        }
        Ok(moved)
    };
    in_transaction(worker, with_encoding(worker, steps)).await
}

/// Puts the steps into a transaction, unless the whole restore is one.
pub(super) async fn in_transaction<T>(
    worker: &Worker,
    steps: impl Future<Output = Result<T>>,
) -> Result<T> {
    if worker.job.spec.single_transaction {
        return steps.await;
    }
    worker.execute("beginning a transaction", "BEGIN").await?;
    match steps.await {
        Ok(value) => {
            worker.execute("committing", "COMMIT").await?;
            Ok(value)
        }
        Err(error) => {
            // If this fails too, the connection is gone, and with it the transaction.
            let _ = worker.session.client.batch_execute("ROLLBACK").await;
            Err(error)
        }
    }
}

/// Rows are in the archive's encoding; all else is spoken in UTF-8.
async fn with_encoding<T>(worker: &Worker, steps: impl Future<Output = Result<T>>) -> Result<T> {
    let encoding = worker.job.source.head.client_encoding().unwrap_or("UTF8");
    if encoding.eq_ignore_ascii_case("UTF8") {
        return steps.await;
    }
    let sql = format!("SET client_encoding = {}", quote_always(encoding));
    worker.execute("setting the encoding", &sql).await?;
    let value = steps.await?;
    // After an error the rollback takes the setting back.
    worker.execute("setting the encoding", "SET client_encoding = 'UTF8'").await?;
    Ok(value)
}

async fn copy_in(worker: &Worker, entry: &TocEntry, copy: &str) -> Result<Moved> {
    let job = &worker.job;
    let mut text = CopyText::new(job.source.rows(entry)?);
    let sink = worker.session.client.copy_in::<_, Bytes>(copy.trim_end()).await;
    let sink = sink.map_err(|error| database_error("COPY", error))?;
    let mut sink = std::pin::pin!(sink);
    let mut progress = Progress::new(entry);
    loop {
        worker.check()?;
        let mut chunk = vec![0; CHUNK];
        let length = read_full(&mut text, &mut chunk)?;
        if length == 0 {
            break;
        }
        chunk.truncate(length);
        job.work.pace(length as u64).await?;
        let sent = sink.send(Bytes::from(chunk)).await;
        sent.map_err(|error| database_error("sending rows", error))?;
        progress.note(worker, length as u64, text.rows(), text.get_ref().position());
    }
    let taken = sink.finish().await.map_err(|error| database_error("COPY", error))?;
    progress.note(worker, 0, text.rows(), text.get_ref().position());
    if taken != text.rows() {
        let text = format!("the server took {taken} of {} rows", text.rows());
        return Err(Error::new(ErrorKind::Database, text)
            .with_hint("a trigger or a rule of the table suppresses rows: --disable-triggers"));
    }
    Ok(Moved { rows: taken, bytes: progress.bytes, unmarked: !text.was_marked() })
}

/// What was already counted of a table.
pub(super) struct Progress {
    bytes: u64,
    rows: u64,
    position: u64,
}

impl Progress {
    pub(super) fn new(entry: &TocEntry) -> Self {
        let position = match entry.offset {
            DataOffset::At(at) => at,
            DataOffset::NotSet | DataOffset::NoData => 0,
        };
        Self { bytes: 0, rows: 0, position }
    }

    /// Adds to the job's meter: bytes just sent, rows so far, how far the archive was read.
    pub(super) fn note(&mut self, worker: &Worker, bytes: u64, rows: u64, position: u64) {
        let meter = &worker.job.work.meter;
        meter.add_data(bytes, rows.saturating_sub(self.rows));
        meter.add_archive(position.saturating_sub(self.position));
        self.bytes += bytes;
        self.rows = self.rows.max(rows);
        self.position = self.position.max(position);
    }

    /// Bytes counted so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}
