//! One database of a cluster between what the whole job does before and after it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;
use crate::model::job::Outcome;
use crate::work::{AroundDatabase, DatabaseEnd, WorkContext};

use super::relay::Tally;

/// What goes around one database; nothing where the job has nothing of the kind.
pub(super) struct Around<'a> {
    whole: Option<Arc<dyn AroundDatabase>>,
    database: &'a str,
    archive: &'a Path,
}

impl<'a> Around<'a> {
    pub(super) fn new(work: &WorkContext, database: &'a str, archive: &'a Path) -> Self {
        Self { whole: work.around.clone(), database, archive }
    }

    /// An error keeps the database from beginning.
    pub(super) async fn before(&self) -> Result<()> {
        match &self.whole {
            Some(around) => around.before(self.database, self.archive).await,
            None => Ok(()),
        }
    }

    /// The outcome with what went wrong afterwards.
    pub(super) async fn after(
        &self,
        outcome: Outcome,
        tally: Tally,
        (archive_bytes, took): (u64, Duration),
    ) -> Outcome {
        let Some(around) = &self.whole else { return outcome };
        let end = DatabaseEnd {
            database: self.database,
            archive: self.archive,
            outcome: &outcome,
            bytes: tally.bytes,
            rows: tally.rows,
            archive_bytes,
            millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        };
        let reasons = around.after(end).await;
        outcome.less_complete(reasons)
    }
}
