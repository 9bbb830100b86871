//! The rows of a table, or of a range of it, as the server sends them: the statement that asks for
//! them, and their parts as they come off the connection.

use std::pin::Pin;

use futures_util::StreamExt;
use tokio_postgres::{Client, CopyOutStream};

use crate::error::Result;
use crate::model::name::quote_always;
use crate::postgres::connect::{self, ConnParams, Session};
use crate::postgres::schema::TableData;
use crate::postgres::tap::{Part, Tap};

use super::chunk::BlockRange;

/// The statement that sends the rows.
///
/// A relation that is named is read without its children, as is `ONLY` in a query; columns in the
/// order and with the names that the archive's COPY has.
pub(super) fn copy_statement(table: &TableData, range: Option<BlockRange>) -> String {
    let columns: Vec<String> = table.columns.iter().map(|name| quote_always(name)).collect();
    let columns = columns.join(", ");
    let name = table.name.sql();
    let predicate = table.predicate.as_ref().map(|text| format!("(\n{text}\n)"));
    let range = range.map(BlockRange::condition);
    let conditions: Vec<String> = range.into_iter().chain(predicate).collect();
    if !conditions.is_empty() {
        let conditions = conditions.join(" AND ");
        return format!("COPY (SELECT {columns} FROM ONLY {name} WHERE {conditions}) TO STDOUT");
    }
    if columns.is_empty() {
        format!("COPY {name} TO STDOUT")
    } else {
        format!("COPY {name} ({columns}) TO STDOUT")
    }
}

/// A session that can send rows.
pub(super) struct Source {
    pub(super) session: Session,
    tap: Tap,
}

impl Source {
    /// Opens it; parts of rows will have at most `limit` bytes.
    pub(super) async fn open(params: &ConnParams, limit: usize) -> Result<Self> {
        let tap = Tap::new(limit);
        let session = connect::open_with_tap(params, &tap).await?;
        Ok(Self { session, tap })
    }

    pub(super) fn client(&self) -> &Client {
        &self.session.client
    }

    /// Starts a statement that sends rows; no other one may be under way.
    pub(super) async fn copy(&self, sql: &str) -> Result<Rows<'_>, tokio_postgres::Error> {
        self.tap.begin();
        let stream = self.session.client.copy_out(sql).await?;
        Ok(Rows { tap: &self.tap, stream: Box::pin(stream), ended: false })
    }
}

/// Rows on their way. Dropping it drops what has not come yet.
pub(super) struct Rows<'a> {
    tap: &'a Tap,
    stream: Pin<Box<CopyOutStream>>,
    ended: bool,
}

impl Rows<'_> {
    /// The next part; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Part>, tokio_postgres::Error> {
        while !self.ended {
            tokio::select! {
                biased;
                part = self.tap.next() => return Ok(Some(part)),
                end = self.stream.next() => self.ended = end.transpose()?.is_none(),
            }
        }
        Ok(self.tap.rest())
    }

    /// Gives a part's memory back.
    pub(super) fn recycle(&self, part: Part) {
        self.tap.recycle(part);
    }
}

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        self.tap.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::QualifiedName;

    fn table(columns: &[&str], predicate: Option<&str>) -> TableData {
        TableData {
            dump_id: 1,
            oid: 1,
            name: QualifiedName::new("public", "Order"),
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            data_bytes: 0,
            heap_blocks: 0,
            rows_estimate: None,
            chunkable: true,
            predicate: predicate.map(str::to_owned),
        }
    }

    #[test]
    fn a_whole_table_is_copied_by_name_and_a_part_by_query() {
        let whole = table(&["id", "a\"b"], None);
        assert_eq!(
            copy_statement(&whole, None),
            r#"COPY "public"."Order" ("id", "a""b") TO STDOUT"#
        );
        assert_eq!(copy_statement(&table(&[], None), None), r#"COPY "public"."Order" TO STDOUT"#);
        let range = BlockRange { from: 5, to: Some(9) };
        assert_eq!(
            copy_statement(&whole, Some(range)),
            "COPY (SELECT \"id\", \"a\"\"b\" FROM ONLY \"public\".\"Order\" \
             WHERE ctid >= '(5,0)' AND ctid < '(9,0)') TO STDOUT"
        );
    }

    #[test]
    fn a_predicate_stays_apart_whatever_it_is_made_of() {
        let filtered = table(&["id"], Some("a OR b -- really"));
        let range = BlockRange { from: 5, to: None };
        assert_eq!(
            copy_statement(&filtered, Some(range)),
            "COPY (SELECT \"id\" FROM ONLY \"public\".\"Order\" \
             WHERE ctid >= '(5,0)' AND (\na OR b -- really\n)) TO STDOUT"
        );
    }
}
