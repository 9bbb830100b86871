//! What went well and what did not. Pure.

use crate::error::Error;
use crate::postgres::restore::Ledger;

/// The account of a run.
#[derive(Debug, Default)]
pub(super) struct Account {
    ledger: Ledger,
    /// Statements that were carried out.
    pub(super) statements: u64,
    /// Tables whose rows were loaded.
    pub(super) tables: u64,
    /// Failures so far.
    pub(super) failures: u64,
}

impl Account {
    /// Notes a failure; returns its line for the log.
    pub(super) fn fail(&mut self, error: &Error) -> String {
        self.failures += 1;
        self.ledger.fail(error)
    }

    /// Why the run is not complete; empty if it is.
    pub(super) fn reasons(&self) -> Vec<String> {
        self.ledger.reasons()
    }

    /// What there is after an early end.
    pub(super) fn state(&self, database: &str) -> String {
        if self.statements == 0 && self.tables == 0 {
            return format!("nothing was run in database {database}");
        }
        format!(
            "what had run by then stays in database {database}: {} statements, and the rows of {} \
             tables; to run the script again, use a new database",
            self.statements, self.tables
        )
    }
}
