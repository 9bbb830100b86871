//! Rows of a script: sent on as they are, in the encoding that the script declares.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::SinkExt;
use tokio_postgres::CopyInSink;

use crate::error::{Error, ErrorKind, Result};
use crate::model::name::quote_literal;

use super::overview::cut_off;
use super::pipeline::Sent;
use super::run::{Runner, problem};

/// What becomes of the rows that are being read.
pub(super) enum Loading {
    /// They are sent.
    Sending(Pin<Box<CopyInSink<Bytes>>>, Sent),
    /// Their COPY failed.
    Passed,
    /// They are not wanted.
    PassedOver,
}

impl Runner<'_> {
    /// Starts the COPY whose rows follow.
    pub(super) async fn begin_rows(&mut self, sent: Sent) -> Result<()> {
        if self.object.is_none() {
            let text = sent.sql.split('(').next().unwrap_or_default().trim();
            self.begin_object(Arc::from(text.trim_end_matches(';'))).await;
            self.is_nameless = true;
        }
        self.has_rows = true;
        let sql = match self.copy_statement(&sent) {
            Ok(sql) => sql,
            Err(error) => {
                self.loading = Some(Loading::Passed);
                return self.fail(error).await;
            }
        };
        let session = Arc::clone(&self.target.session);
        match session.client.copy_in::<_, Bytes>(sql.as_str()).await {
            Ok(sink) => self.loading = Some(Loading::Sending(Box::pin(sink), sent)),
            Err(error) => {
                self.loading = Some(Loading::Passed);
                self.fail(problem(&sent, error)).await?;
            }
        }
        Ok(())
    }

    /// Sends rows on.
    pub(super) async fn load(&mut self, bytes: Vec<u8>) -> Result<()> {
        if matches!(self.loading, Some(Loading::PassedOver)) {
            return Ok(());
        }
        let length = bytes.len() as u64;
        self.work.pace(length).await?;
        self.work.meter.add_data(length, 0);
        let Some(Loading::Sending(sink, _)) = &mut self.loading else { return Ok(()) };
        if sink.send(Bytes::from(bytes)).await.is_err() {
            // The end tells why.
            return self.finish_rows().await;
        }
        self.moved.1 += length;
        Ok(())
    }

    /// The end of the rows, or of the script.
    pub(super) async fn end_rows(&mut self, line: u64, marked: bool) -> Result<()> {
        if !marked {
            // Without its end the COPY is undone.
            self.loading = None;
            return Err(cut_off(line));
        }
        self.finish_rows().await?;
        self.loading = None;
        if std::mem::take(&mut self.is_nameless) {
            self.end_object().await;
        }
        Ok(())
    }

    async fn finish_rows(&mut self) -> Result<()> {
        let loading = self.loading.replace(Loading::Passed);
        let Some(Loading::Sending(mut sink, sent)) = loading else { return Ok(()) };
        let result = sink.as_mut().finish().await;
        match result {
            Ok(rows) => {
                self.account.tables += 1;
                self.moved.0 += rows;
                self.work.meter.add_data(0, rows);
                Ok(())
            }
            Err(error) => self.fail(problem(&sent, error)).await,
        }
    }

    /// The COPY, which takes rows in the script's encoding while all else is spoken in UTF-8.
    fn copy_statement(&self, sent: &Sent) -> Result<String> {
        let sql = sent.sql.trim_end_matches(';').trim_end();
        let encoding = &self.target.encoding;
        if encoding.is_utf8() {
            return Ok(sql.to_owned());
        }
        if !sql.to_ascii_lowercase().ends_with("from stdin") {
            let text = format!(
                "line {}: the COPY failed: it has options, and its rows are in {}",
                sent.line, encoding.name
            );
            return Err(Error::new(ErrorKind::Archive, text)
                .with_hint("make the script in UTF8, or with a plain COPY"));
        }
        Ok(format!("{sql} WITH (ENCODING {})", quote_literal(&encoding.name)))
    }
}
