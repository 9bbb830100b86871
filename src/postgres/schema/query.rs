//! Bulk catalog queries: one statement, all rows, each turned into a typed struct.

use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::types::{FromSql, FromSqlOwned, ToSql};
use tokio_postgres::{Client, Row};

use super::body::Letter;
use crate::error::Result;
use crate::postgres::connect::database_error;

/// A parameter of a query.
pub(in crate::postgres) type Param<'a> = &'a (dyn ToSql + Sync);

/// Reads the catalog of one server.
pub(in crate::postgres) struct Reader<'a> {
    client: &'a Client,
    /// `server_version_num`.
    pub(in crate::postgres) version: u32,
}

impl<'a> Reader<'a> {
    pub(in crate::postgres) fn new(client: &'a Client, version: u32) -> Self {
        Self { client, version }
    }

    /// Whether the server is of this major version or later.
    pub(in crate::postgres) fn since(&self, major: u32) -> bool {
        self.version >= major * 10_000
    }

    /// The text that fits the server: `new` from this major version on, `old` before.
    pub(in crate::postgres) fn pick<'t>(&self, major: u32, new: &'t str, old: &'t str) -> &'t str {
        if self.since(major) { new } else { old }
    }

    /// Runs a query and makes a value of each row; `what` reads like "functions".
    pub(in crate::postgres) async fn read<T>(
        &self,
        what: &str,
        sql: &str,
        params: &[Param<'_>],
        make: impl Fn(&mut Fields<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut values = Vec::new();
        let keep = |f: &mut Fields<'_>| {
            values.push(make(f)?);
            Ok(())
        };
        self.each(what, sql, params, keep).await?;
        Ok(values)
    }

    /// Runs a query and hands over each row as it comes: nothing is kept.
    pub(in crate::postgres) async fn each(
        &self,
        what: &str,
        sql: &str,
        params: &[Param<'_>],
        mut take: impl FnMut(&mut Fields<'_>) -> Result<()>,
    ) -> Result<()> {
        let failed = |e| database_error(&format!("reading {what} from the catalog"), e);
        let rows = self.client.query_raw(sql, params.iter().copied()).await.map_err(failed)?;
        let mut rows = pin!(rows);
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            take(&mut Fields { row: &row, next: 0, what })?;
        }
        Ok(())
    }

    /// As [`Reader::read`], for the objects with these oids: `$1` of the query.
    pub(in crate::postgres) async fn read_of<T>(
        &self,
        what: &str,
        sql: &str,
        oids: &[u32],
        make: impl Fn(&mut Fields<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.read(what, sql, &[&oids], make).await
    }

    /// The only column of a query's rows.
    pub(in crate::postgres) async fn column<T: FromSqlOwned>(
        &self,
        what: &str,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<T>> {
        let value = |f: &mut Fields<'_>| -> Result<T> {
            let value: T = f.take()?;
            Ok(value)
        };
        self.read(what, sql, params, value).await
    }

    /// Runs statements that return nothing of interest.
    pub(in crate::postgres) async fn execute(&self, doing: &str, sql: &str) -> Result<()> {
        self.client.batch_execute(sql).await.map_err(|e| database_error(doing, e))
    }

    /// The client, for statements whose failure needs a story of its own.
    pub(in crate::postgres) fn client(&self) -> &'a Client {
        self.client
    }
}

/// The columns of a row, taken from left to right.
pub(in crate::postgres) struct Fields<'a> {
    row: &'a Row,
    next: usize,
    what: &'a str,
}

impl<'a> Fields<'a> {
    /// The next column.
    pub(in crate::postgres) fn take<T: FromSql<'a>>(&mut self) -> Result<T> {
        let value = self.row.try_get(self.next);
        self.next += 1;
        value.map_err(|e| database_error(&format!("reading {} from the catalog", self.what), e))
    }

    /// The next column, a one-character code; a blank where it is empty or null.
    pub(in crate::postgres) fn code(&mut self) -> Result<char> {
        let text: Option<&str> = self.take()?;
        Ok(text.and_then(|t| t.chars().next()).unwrap_or(' '))
    }

    /// The next column, of type `"char"`; a blank where it is empty or null.
    pub(super) fn letter(&mut self) -> Result<Letter> {
        let byte = self.take::<Option<i8>>()?.and_then(|code| u8::try_from(code).ok());
        Ok(byte.filter(|&byte| byte != 0).map(Letter).unwrap_or_default())
    }

    /// The next column, a text array; empty where it is null.
    pub(in crate::postgres) fn list(&mut self) -> Result<Vec<String>> {
        Ok(self.take::<Option<Vec<String>>>()?.unwrap_or_default())
    }
}
