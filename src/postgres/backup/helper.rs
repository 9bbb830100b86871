//! A second session that reads definitions in the leader's snapshot, beside it, and is closed before
//! rows are copied. Only where several workers are allowed: with one, one session reads at a time.

use tokio_postgres::Client;

use crate::error::Result;
use crate::model::spec::BackupSpec;
use crate::postgres::connect::{self, Canceller, ConnParams, Session, database_error};
use crate::postgres::session::{self, SnapshotId};

/// It has no locks on tables. Whoever waits for a table waits for the leader too, so that waiting for
/// them would never end: it gives up.
const NO_LONG_WAIT: &str = "SET lock_timeout = '200ms'";

/// The session, whose statement is cancelled when nobody wants its answer any more.
pub(super) struct Helper {
    session: Session,
    canceller: Option<Canceller>,
}

impl Helper {
    /// Opens it, where that is wanted and the server allows it. The leader can do without.
    pub(super) async fn open(
        spec: &BackupSpec,
        params: &ConnParams,
        (leader, snapshot): (&Session, &SnapshotId),
    ) -> Option<Self> {
        if spec.jobs.get() < 2 {
            return None;
        }
        match open(spec, &params.pinned_to(leader), snapshot).await {
            Ok(session) => {
                let canceller = Some(session.canceller.clone());
                Some(Self { session, canceller })
            }
            Err(error) => {
                tracing::info!(error = error.chain(), "definitions are read by one session");
                None
            }
        }
    }

    pub(super) fn client(&self) -> &Client {
        &self.session.client
    }

    /// It has answered everything.
    pub(super) fn close(mut self) {
        self.canceller = None;
    }
}

async fn open(spec: &BackupSpec, params: &ConnParams, snapshot: &SnapshotId) -> Result<Session> {
    let session = connect::open(params).await?;
    session::prepare(&session, &spec.options).await?;
    let mut statements = session::enter_snapshot(snapshot);
    statements.push(NO_LONG_WAIT.to_owned());
    let entered = session.client.batch_execute(&statements.join(";\n")).await;
    entered.map_err(|error| database_error("entering the snapshot", error))?;
    Ok(session)
}

impl Drop for Helper {
    fn drop(&mut self) {
        let Some(canceller) = self.canceller.take() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = canceller.cancel().await {
                    tracing::info!(error = error.chain(), "a statement runs on to its end");
                }
            });
        }
    }
}
