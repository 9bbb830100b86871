//! Rows that were dumped as `INSERT` statements: splits them and runs them in batches.

use tokio_postgres::SimpleQueryMessage;

use crate::archive::toc::TocEntry;
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::connect::database_error;

use super::large_object::read_full;
use super::rows::{Moved, Progress};
use super::worker::Worker;

/// Bytes read at once; a batch of statements is about as large.
const CHUNK: usize = 256 << 10;

/// Runs the statements of an entry inside the caller's transaction.
pub(super) async fn run(worker: &Worker, entry: &TocEntry) -> Result<Moved> {
    let encoding = worker.job.source.head.encoding();
    let mut reader = worker.job.source.rows(entry)?;
    let mut progress = Progress::default();
    let mut splitter = Splitter::default();
    let mut chunk = vec![0; CHUNK];
    let mut rows = 0;
    loop {
        worker.check()?;
        let length = read_full(&mut reader, &mut chunk)?;
        splitter.push(chunk.get(..length).unwrap_or_default());
        let batch = if length == 0 { splitter.rest()? } else { splitter.take() };
        if !batch.is_empty() {
            let length = batch.len() as u64;
            let sql = encoding.decode(batch).map_err(|error| {
                Error::new(ErrorKind::Archive, format!("the text of the statements: {error}"))
                    .with_hint(
                        "dump the rows as COPY text, whose bytes the server takes as they are",
                    )
            })?;
            worker.job.work.pace(length).await?;
            rows += insert(worker, &sql).await?;
            progress.note(worker, length, rows, reader.used());
        }
        if length == 0 {
            return Ok(Moved { rows, bytes: progress.bytes(), unmarked: false });
        }
    }
}

/// Runs a batch; returns the rows that came of it.
async fn insert(worker: &Worker, sql: &str) -> Result<u64> {
    worker.check()?;
    let results = worker.session.client.simple_query(sql).await;
    let results = results.map_err(|error| database_error("inserting rows", error))?;
    let rows = |result: &SimpleQueryMessage| match result {
        SimpleQueryMessage::CommandComplete(rows) => *rows,
        _ => 0,
    };
    Ok(results.iter().map(rows).sum())
}

/// Finds the ends of statements: semicolons outside quotes. Literals in such dumps have no escapes
/// other than doubled quotes.
#[derive(Debug, Default)]
struct Splitter {
    buffer: Vec<u8>,
    /// Bytes of the buffer that were looked at.
    seen: usize,
    /// End of the last whole statement in the buffer.
    end: usize,
    quote: Option<u8>,
}

impl Splitter {
    fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        for (at, byte) in self.buffer.iter().enumerate().skip(self.seen) {
            match (self.quote, byte) {
                (Some(quote), byte) if *byte == quote => self.quote = None,
                (None, b'\'' | b'"') => self.quote = Some(*byte),
                (None, b';') => self.end = at + 1,
                _ => {}
            }
        }
        self.seen = self.buffer.len();
    }

    /// The whole statements so far.
    fn take(&mut self) -> Vec<u8> {
        let rest = self.buffer.split_off(self.end);
        let batch = std::mem::replace(&mut self.buffer, rest);
        self.seen = self.buffer.len();
        self.end = 0;
        batch
    }

    /// At the end: only line ends may be left.
    fn rest(&mut self) -> Result<Vec<u8>> {
        let taken = self.take();
        if self.quote.is_none() && self.buffer.iter().all(u8::is_ascii_whitespace) {
            return Ok(taken);
        }
        Err(Error::new(ErrorKind::Archive, "the last statement is cut off"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_cut_at_semicolons_outside_quotes_wherever_the_input_is_cut() {
        let text = b"INSERT INTO \"a;b\" VALUES ('x;''y');\nINSERT INTO t VALUES (1);\n\n\n";
        for step in 1..text.len() {
            let mut splitter = Splitter::default();
            let mut out = Vec::new();
            for piece in text.chunks(step) {
                splitter.push(piece);
                let batch = splitter.take();
                assert!(batch.is_empty() || batch.ends_with(b";"), "{batch:?}");
                out.extend(batch);
            }
            splitter.rest().unwrap();
            assert_eq!(out, text[..text.len() - 3].to_vec());
        }
    }

    #[test]
    fn a_statement_that_is_cut_off_is_an_error() {
        let mut splitter = Splitter::default();
        splitter.push(b"INSERT INTO t VALUES (1); INSERT INTO t VALUES ('");
        assert!(splitter.rest().is_err());
    }
}
