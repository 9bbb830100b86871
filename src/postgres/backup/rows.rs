//! The rows of a table, or of a range of it, as the server sends them: the statement that asks for
//! them, and their parts as they come off the connection.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use futures_util::{Stream, StreamExt, TryFutureExt};
use tokio_postgres::SimpleQueryMessage;

use crate::error::Result;
use crate::model::name::{quote_always, quote_literal};
use crate::postgres::connect::{self, ConnParams, Session};
use crate::postgres::schema::TableData;
use crate::postgres::tap::{Part, Tap};

use super::chunk::BlockRange;

/// The statement that sends the rows.
///
/// A relation that is named is read without its children, as is `ONLY` in a query; columns in the
/// order and with the names that the archive's COPY has.
pub(super) fn copy_statement(
    table: &TableData,
    range: Option<BlockRange>,
    encoding: Option<&str>,
) -> String {
    let columns: Vec<String> = table.copied().map(quote_always).collect();
    let columns = columns.join(", ");
    let options = encoding
        .map_or_else(String::new, |name| format!(" WITH (ENCODING {})", quote_literal(name)));
    let name = table.name.sql();
    let predicate = table.predicate.as_ref().map(|text| format!("(\n{text}\n)"));
    let range = range.map(BlockRange::condition);
    let conditions: Vec<String> = range.into_iter().chain(predicate).collect();
    if conditions.is_empty() && !table.foreign {
        let columns = if columns.is_empty() { columns } else { format!(" ({columns})") };
        return format!("COPY {name}{columns} TO STDOUT{options}");
    }
    let filter = match conditions.join(" AND ") {
        none if none.is_empty() => none,
        conditions => format!(" WHERE {conditions}"),
    };
    format!("COPY (SELECT {columns} FROM ONLY {name}{filter}) TO STDOUT{options}")
}

/// A session that can send rows.
pub(super) struct Source {
    pub(super) session: Session,
    tap: Tap,
    /// Rows of a statement that was given up may still come.
    unfinished: AtomicBool,
}

impl Source {
    /// Opens it; parts of rows will have at most `limit` bytes.
    pub(super) async fn open(params: &ConnParams, limit: usize) -> Result<Self> {
        let tap = Tap::new(limit);
        let session = connect::open_with_tap(params, &tap).await?;
        Ok(Self { session, tap, unfinished: AtomicBool::new(false) })
    }

    /// Starts a statement that sends rows as text, after others, all in one message.
    pub(super) async fn copy<'a>(
        &'a self,
        before: &[String],
        copy: &str,
    ) -> Result<Rows<'a>, tokio_postgres::Error> {
        self.start(before, copy, 0).await
    }

    /// As [`Source::copy`], for rows in binary form.
    pub(super) async fn copy_binary<'a>(
        &'a self,
        before: &[String],
        copy: &str,
    ) -> Result<Rows<'a>, tokio_postgres::Error> {
        // What ends them looks like a row.
        self.start(before, copy, 1).await
    }

    async fn start<'a>(
        &'a self,
        before: &[String],
        copy: &str,
        more: u64,
    ) -> Result<Rows<'a>, tokio_postgres::Error> {
        if self.unfinished.swap(false, Relaxed) {
            // Its answer comes behind those rows, which must not be taken for the new ones.
            self.session.client.batch_execute("").await?;
        }
        self.tap.begin();
        let mut sql = before.join(";\n");
        if !before.is_empty() {
            sql.push_str(";\n");
        }
        sql.push_str(copy);
        let client = &self.session.client;
        let stream = async move { client.simple_query_raw(&sql).await }.try_flatten_stream();
        let before = before.len();
        let stream = Box::pin(stream);
        Ok(Rows { source: self, stream, before, more, came: 0, sent: None, ended: false })
    }
}

/// Why no rows come.
#[derive(Debug)]
pub(super) enum RowsError {
    /// A statement before them failed.
    Before(tokio_postgres::Error),
    /// They, or the connection, failed.
    Rows(tokio_postgres::Error),
    /// Not as many came as the server sent.
    Lost { sent: Option<u64>, came: u64 },
}

/// Rows on their way. Dropping it drops what has not come yet.
pub(super) struct Rows<'a> {
    source: &'a Source,
    stream: Pin<Box<dyn Stream<Item = Reply> + Send + 'a>>,
    /// Statements before the rows that are still to end.
    before: usize,
    /// Messages that are none, but look like rows.
    more: u64,
    came: u64,
    sent: Option<u64>,
    ended: bool,
}

type Reply = Result<SimpleQueryMessage, tokio_postgres::Error>;

impl Rows<'_> {
    /// The next part; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Part>, RowsError> {
        while !self.ended {
            tokio::select! {
                biased;
                part = self.source.tap.next() => return Ok(Some(self.count(part))),
                reply = self.stream.next() => self.heed(reply)?,
            }
        }
        if let Some(part) = self.source.tap.rest() {
            return Ok(Some(self.count(part)));
        }
        if self.sent.map(|sent| sent + self.more) == Some(self.came) {
            Ok(None)
        } else {
            Err(RowsError::Lost { sent: self.sent, came: self.came })
        }
    }

    fn count(&mut self, part: Part) -> Part {
        self.came += part.rows;
        part
    }

    fn heed(&mut self, reply: Option<Reply>) -> Result<(), RowsError> {
        match reply {
            None => self.ended = true,
            Some(Err(error)) if self.before > 0 => return Err(RowsError::Before(error)),
            Some(Err(error)) => return Err(RowsError::Rows(error)),
            Some(Ok(SimpleQueryMessage::CommandComplete(rows))) if self.before == 0 => {
                self.sent = Some(rows);
            }
            Some(Ok(SimpleQueryMessage::CommandComplete(_))) => self.before -= 1,
            Some(Ok(_)) => {}
        }
        Ok(())
    }

    /// Gives a part's memory back.
    pub(super) fn recycle(&self, part: Part) {
        self.source.tap.recycle(part);
    }
}

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        self.source.tap.end();
        self.source.unfinished.store(!self.ended, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::QualifiedName;
    use crate::postgres::schema::TableColumn;

    fn column(name: &str) -> TableColumn {
        TableColumn { name: name.to_owned(), ..TableColumn::default() }
    }

    fn table(columns: &[&str], predicate: Option<&str>) -> TableData {
        TableData {
            dump_id: 1,
            oid: 1,
            name: QualifiedName::new("public", "Order"),
            columns: columns.iter().map(|name| column(name)).collect(),
            chunkable: true,
            predicate: predicate.map(str::to_owned),
            ..TableData::default()
        }
    }

    #[test]
    fn a_whole_table_is_copied_by_name_and_a_part_by_query() {
        let whole = table(&["id", "a\"b"], None);
        assert_eq!(
            copy_statement(&whole, None, None),
            r#"COPY "public"."Order" ("id", "a""b") TO STDOUT"#
        );
        assert_eq!(
            copy_statement(&table(&[], None), None, None),
            r#"COPY "public"."Order" TO STDOUT"#
        );
        let range = BlockRange { turn: 1, from: 5, to: Some(9) };
        assert_eq!(
            copy_statement(&whole, Some(range), None),
            "COPY (SELECT \"id\", \"a\"\"b\" FROM ONLY \"public\".\"Order\" \
             WHERE ctid >= '(5,0)' AND ctid < '(9,0)') TO STDOUT"
        );
    }

    #[test]
    fn a_foreign_table_is_read_by_query_and_generated_columns_are_not() {
        let mut foreign = table(&["id", "twice"], None);
        foreign.foreign = true;
        foreign.columns[1].generated = true;
        assert_eq!(
            copy_statement(&foreign, None, Some("LATIN1")),
            "COPY (SELECT \"id\" FROM ONLY \"public\".\"Order\") TO STDOUT \
             WITH (ENCODING 'LATIN1')"
        );
    }

    #[test]
    fn a_predicate_stays_apart_whatever_it_is_made_of() {
        let filtered = table(&["id"], Some("a OR b -- really"));
        let range = BlockRange { turn: 1, from: 5, to: None };
        assert_eq!(
            copy_statement(&filtered, Some(range), None),
            "COPY (SELECT \"id\" FROM ONLY \"public\".\"Order\" \
             WHERE ctid >= '(5,0)' AND (\na OR b -- really\n)) TO STDOUT"
        );
    }
}
