//! Loads the rows of one table: each table in a transaction of its own, so that it is loaded whole
//! or not at all.

use std::future::Future;

use bytes::Bytes;
use futures_util::SinkExt;
use futures_util::future::join;

use crate::archive::copy_text::CopyText;
use crate::archive::kind;
use crate::archive::statement::{self, Quoting};
use crate::archive::toc::TocEntry;
use crate::error::{Error, ErrorKind, Result};
use crate::model::name::{quote_always, quote_literal};
use crate::postgres::connect::database_error;

use super::large_object::read_full;
use super::source::Rows;
use super::statements;
use super::worker::{Step, Worker};

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

/// Loads one `TABLE DATA` entry. `fresh`: the table was made by this run, nothing else writes to it,
/// and it may be emptied in the same transaction.
pub(super) async fn load(worker: &Worker, entry: &TocEntry, fresh: bool) -> Result<Moved> {
    let mut rows = match &entry.copy_stmt {
        Some(copy) => Some((copy, FirstRead::open(worker, entry)?)),
        None => None,
    };
    if let Some((_, first)) = &rows
        && first.chunk.is_empty()
        && fresh
    {
        // A table of this run without rows is what it has to be.
        let text = &first.text;
        Progress::default().note(worker, 0, 0, text.get_ref().used());
        return Ok(Moved { unmarked: !text.was_marked(), ..Moved::default() });
    }
    let (opening, closing) = around(worker, entry, fresh);
    let steps = async {
        let moved = if let Some((copy, first)) = &mut rows {
            copy_in(worker, first, copy, &opening).await?
        } else {
            worker.execute_all(&opening).await?;
            statements::run(worker, entry).await?
        };
        worker.execute_all(&closing).await?;
        Ok(moved)
    };
    let result = steps.await;
    if result.is_err() && !worker.job.is_in_transaction() {
        // If this fails too, the connection is gone, and with it the transaction.
        let _ = worker.session.client.batch_execute("ROLLBACK").await;
    }
    result
}

/// Statements before the rows and behind them, with what each does.
fn around(worker: &Worker, entry: &TocEntry, fresh: bool) -> (Vec<Step>, Vec<Step>) {
    let name = statement::qualified(entry, Quoting::Always);
    let (mut opening, mut closing) = (Vec::new(), Vec::new());
    let own_transaction = !worker.job.is_in_transaction();
    if own_transaction {
        opening.push(Step::new("beginning a transaction", "BEGIN"));
    }
    if fresh && !kind::loads_via_root(entry) {
        opening.push(Step::new("emptying it", format!("TRUNCATE TABLE ONLY {name}")));
    }
    if worker.job.spec.disable_triggers && worker.job.choice.is_data_only() {
        let sql = |verb| as_superuser(worker, &format!("ALTER TABLE {name} {verb} TRIGGER ALL"));
        opening.push(Step::new("disabling its triggers", sql("DISABLE")));
        closing.push(Step::new("enabling its triggers", sql("ENABLE")));
    }
    if own_transaction {
        closing.push(Step::new("committing", "COMMIT"));
    }
    (opening, closing)
}

/// The statement, run by the superuser that was named; afterwards the session is whose it was.
fn as_superuser(worker: &Worker, sql: &str) -> String {
    let spec = &worker.job.spec;
    let Some(superuser) = &spec.options.superuser else { return sql.to_owned() };
    let before = match worker.current.user.as_deref() {
        Some("") | None => String::new(),
        Some(user) => format!("; SET SESSION AUTHORIZATION {}", quote_always(user)),
    };
    let role = match &spec.role {
        Some(role) if before.is_empty() => format!("; SET ROLE {}", quote_always(role)),
        _ => String::new(),
    };
    let superuser = quote_always(superuser);
    format!(
        "RESET SESSION AUTHORIZATION; SET SESSION AUTHORIZATION {superuser}; {sql}; \
         RESET SESSION AUTHORIZATION{before}{role}"
    )
}

/// Puts the steps into a transaction, unless the whole restore is one.
pub(super) async fn in_transaction<T>(
    worker: &Worker,
    steps: impl Future<Output = Result<T>>,
) -> Result<T> {
    if worker.job.is_in_transaction() {
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

/// The statement that takes rows in the archive's encoding; all else is spoken in UTF-8.
fn copy_statement(copy: &str, encoding: &str) -> String {
    let copy = copy.trim_end().trim_end_matches(';');
    if encoding.eq_ignore_ascii_case("UTF8") {
        return copy.to_owned();
    }
    format!("{copy} WITH (ENCODING {})", quote_literal(encoding))
}

async fn copy_in(
    worker: &Worker,
    rows: &mut FirstRead,
    copy: &str,
    opening: &[Step],
) -> Result<Moved> {
    let job = &worker.job;
    let text = &mut rows.text;
    let copy = copy_statement(copy, job.source.head.client_encoding().unwrap_or("UTF8"));
    // Sent together; what fails first is the cause of what fails behind it.
    let begin = worker.session.client.copy_in::<_, Bytes>(&copy);
    let (opened, sink) = join(worker.execute_all(opening), begin).await;
    opened?;
    let sink = sink.map_err(|error| database_error("COPY", error))?;
    let mut sink = std::pin::pin!(sink);
    let mut progress = Progress::default();
    let mut chunk = std::mem::take(&mut rows.chunk);
    while !chunk.is_empty() {
        worker.check()?;
        let length = chunk.len() as u64;
        job.work.pace(length).await?;
        let sent = sink.send(Bytes::from(chunk)).await;
        sent.map_err(|error| database_error("sending rows", error))?;
        progress.note(worker, length, text.rows(), text.get_ref().used());
        chunk = read_chunk(text)?;
    }
    let taken = sink.finish().await.map_err(|error| database_error("COPY", error))?;
    progress.note(worker, 0, text.rows(), text.get_ref().used());
    if taken != text.rows() {
        let text = format!("the server took {taken} of {} rows", text.rows());
        return Err(Error::new(ErrorKind::Database, text)
            .with_hint("a trigger or a rule of the table suppresses rows: --disable-triggers"));
    }
    Ok(Moved { rows: taken, bytes: progress.bytes, unmarked: !text.was_marked() })
}

/// Rows of which the first were read.
struct FirstRead {
    text: CopyText<Rows>,
    chunk: Vec<u8>,
}

impl FirstRead {
    fn open(worker: &Worker, entry: &TocEntry) -> Result<Self> {
        let mut text = CopyText::new(worker.job.source.rows(entry)?);
        let chunk = read_chunk(&mut text)?;
        Ok(Self { text, chunk })
    }
}

/// The next rows; empty at their end.
fn read_chunk(text: &mut CopyText<Rows>) -> Result<Vec<u8>> {
    let mut chunk = vec![0; CHUNK];
    let length = read_full(text, &mut chunk)?;
    chunk.truncate(length);
    Ok(chunk)
}

/// What was already counted of a table.
#[derive(Debug, Default)]
pub(super) struct Progress {
    bytes: u64,
    rows: u64,
    used: u64,
}

impl Progress {
    /// Adds to the job's meter: bytes just sent, rows so far, how many of the entry's bytes in the
    /// archive were used.
    pub(super) fn note(&mut self, worker: &Worker, bytes: u64, rows: u64, used: u64) {
        let meter = &worker.job.work.meter;
        meter.add_data(bytes, rows.saturating_sub(self.rows));
        meter.add_archive(used.saturating_sub(self.used));
        self.bytes += bytes;
        self.rows = self.rows.max(rows);
        self.used = self.used.max(used);
    }

    /// Bytes counted so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_their_encoding_where_it_is_not_ours() {
        let copy = "COPY s.\"é\" (a) FROM stdin;\n";
        assert_eq!(copy_statement(copy, "UTF8"), "COPY s.\"é\" (a) FROM stdin");
        let latin = "COPY s.\"é\" (a) FROM stdin WITH (ENCODING 'LATIN1')";
        assert_eq!(copy_statement(copy, "LATIN1"), latin);
    }
}
