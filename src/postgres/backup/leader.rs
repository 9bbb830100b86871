//! The session that exported the snapshot. Its transaction stays open until all rows are copied; when
//! its connection ends, nobody can enter the snapshot any more and the backup is over.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;

use crate::error::{Error, ErrorKind};

use super::rows::Source;
use crate::postgres::session;

/// How often the connection is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// How often an idle leader says something, so that nothing on the way forgets the connection.
const PING: Duration = Duration::from_secs(30);

/// The leader, shared with the workers that may have to read through it.
#[derive(Clone)]
pub(super) struct Leader {
    source: Arc<Source>,
    /// One statement at a time.
    turn: Arc<Mutex<()>>,
}

/// The leader's session in a worker's hands.
pub(super) struct Borrowed {
    source: Arc<Source>,
    _turn: OwnedMutexGuard<()>,
}

impl Leader {
    pub(super) fn new(source: Arc<Source>) -> Self {
        Self { source, turn: Arc::new(Mutex::new(())) }
    }

    /// Waits for a turn and opens a subtransaction: a failure must not end the snapshot.
    pub(super) async fn borrow(&self, by_ctid: bool) -> Result<Borrowed, tokio_postgres::Error> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let enter = format!("SAVEPOINT rows;\n{}", session::scan_by_range(by_ctid));
        self.source.session.client.batch_execute(&enter).await?;
        Ok(Borrowed { source: Arc::clone(&self.source), _turn: turn })
    }

    /// Ends only when the connection has ended, with the reason.
    pub(super) async fn lost(&self) -> Error {
        let mut next_ping = Instant::now() + PING;
        while !self.source.session.client.is_closed() {
            tokio::time::sleep(LOOK).await;
            if Instant::now() >= next_ping {
                next_ping = Instant::now() + PING;
                self.ping().await;
            }
        }
        let why = self.source.session.why_closed().unwrap_or("the connection ended");
        Error::new(ErrorKind::Connection, format!("the snapshot is lost: {why}")).with_hint(
            "run the backup again: the rows of one snapshot cannot be joined with another's",
        )
    }

    async fn ping(&self) {
        if let Ok(_turn) = self.turn.try_lock() {
            // Its failure shows as a closed connection.
            let _ = self.source.session.client.batch_execute("").await;
        }
    }
}

impl Borrowed {
    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Leaves the subtransaction.
    pub(super) async fn give_back(self) -> Result<(), tokio_postgres::Error> {
        let leave = "ROLLBACK TO SAVEPOINT rows; RELEASE SAVEPOINT rows";
        self.source.session.client.batch_execute(leave).await
    }
}
