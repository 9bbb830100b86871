//! Statements under way: sent without waiting for the answers of those before, each a message and
//! a transaction of its own. The server takes them one after another.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;

use crate::postgres::connect::Session;

/// Statements, and bytes of them, that may be under way.
const MANY: usize = 64;
const MUCH: usize = 256 << 10;

/// A statement that was sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) sql: String,
    pub(super) line: u64,
    /// What the script says it belongs to.
    pub(super) object: Option<Arc<str>>,
}

type Answer = (Sent, Result<(), tokio_postgres::Error>);

/// The statements under way.
#[derive(Default)]
pub(super) struct Pipeline {
    under_way: FuturesOrdered<Pin<Box<dyn Future<Output = Answer> + Send>>>,
    bytes: usize,
}

impl Pipeline {
    /// Whether no more may be sent before an answer has come.
    pub(super) fn is_full(&self) -> bool {
        self.under_way.len() >= MANY || self.bytes >= MUCH
    }

    /// Sends one.
    pub(super) fn send(&mut self, session: &Arc<Session>, sent: Sent) {
        let session = Arc::clone(session);
        self.bytes += sent.sql.len();
        self.under_way.push_back(Box::pin(async move {
            let result = session.client.batch_execute(&sent.sql).await;
            (sent, result)
        }));
    }

    /// The answer to the oldest; `None` when nothing is under way.
    pub(super) async fn answer(&mut self) -> Option<Answer> {
        let (sent, result) = self.under_way.next().await?;
        self.bytes = self.bytes.saturating_sub(sent.sql.len());
        Some((sent, result))
    }
}
