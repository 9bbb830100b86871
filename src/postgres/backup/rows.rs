//! The rows of a table, or of a range of it, as the server sends them, gathered into pieces.
//!
//! The server sends a message for each row; what goes on from here has hundreds of kilobytes. A
//! piece ends with a row. A row that is larger than a piece is a piece of its own.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::StreamExt;
use tokio_postgres::{Client, CopyOutStream};

use crate::model::name::quote_always;
use crate::postgres::schema::TableData;

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

/// Rows on their way.
pub(super) struct Rows {
    stream: Pin<Box<CopyOutStream>>,
    /// The row that did not fit into the last piece.
    left: Option<Bytes>,
    ended: bool,
}

/// Whole rows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Gathered {
    /// This many, in the buffer.
    Buffer(u64),
    /// One that is larger than the buffer.
    Row(Bytes),
}

impl Rows {
    /// Starts the statement.
    pub(super) async fn begin(client: &Client, sql: &str) -> Result<Self, tokio_postgres::Error> {
        let stream = client.copy_out(sql).await?;
        Ok(Self { stream: Box::pin(stream), left: None, ended: false })
    }

    /// The next piece; `None` after the last. The buffer is emptied first and never grows beyond
    /// `limit`.
    pub(super) async fn next(
        &mut self,
        buffer: &mut Vec<u8>,
        limit: usize,
    ) -> Result<Option<Gathered>, tokio_postgres::Error> {
        buffer.clear();
        let mut rows = 0;
        while let Some(row) = self.next_row().await? {
            if buffer.len() + row.len() <= limit {
                buffer.extend_from_slice(&row);
                rows += 1;
            } else if buffer.is_empty() {
                return Ok(Some(Gathered::Row(row)));
            } else {
                self.left = Some(row);
                break;
            }
        }
        Ok((rows > 0).then_some(Gathered::Buffer(rows)))
    }

    async fn next_row(&mut self) -> Result<Option<Bytes>, tokio_postgres::Error> {
        if let Some(row) = self.left.take() {
            return Ok(Some(row));
        }
        if self.ended {
            return Ok(None);
        }
        let row = self.stream.next().await.transpose()?;
        self.ended = row.is_none();
        Ok(row)
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
