//! What goes wrong while rows are copied, sorted by whom it concerns.

use tokio_postgres::error::{Severity, SqlState};

use crate::error::{Error, ErrorKind};
use crate::postgres::connect::database_error;

use super::rows::RowsError;

/// Whom trouble concerns.
pub(super) enum Trouble {
    /// The table at hand: the others go on.
    Table(Error),
    /// The table at hand, as somebody waits to change it.
    Busy(Error),
    /// Everybody.
    Job(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Job(error)
    }
}

impl Trouble {
    /// Sorts an error of the server or the driver.
    pub(super) fn of(doing: &str, error: tokio_postgres::Error) -> Self {
        let ends_session = error.as_db_error().is_none_or(|db| {
            matches!(db.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
                || db.code().code().starts_with("57P")
        });
        let error = database_error(doing, error);
        if ends_session { Self::Job(error) } else { Self::Table(error) }
    }

    /// Sorts an error of the statements before the rows: whatever does not speak of the table, such as
    /// a snapshot that is not to be had, meets every table.
    fn of_entering(doing: &str, error: tokio_postgres::Error) -> Self {
        const OF_A_TABLE: [SqlState; 4] = [
            SqlState::UNDEFINED_TABLE,
            SqlState::INSUFFICIENT_PRIVILEGE,
            SqlState::INVALID_SCHEMA_NAME,
            SqlState::WRONG_OBJECT_TYPE,
        ];
        match error.code() {
            Some(&SqlState::LOCK_NOT_AVAILABLE) => Self::Busy(database_error(doing, error)),
            Some(code) if OF_A_TABLE.contains(code) => Self::of(doing, error),
            _ => Self::Job(database_error(&format!("entering the snapshot for {doing}"), error)),
        }
    }

    /// Sorts the reason why no rows come.
    pub(super) fn of_rows(doing: &str, error: RowsError) -> Self {
        match error {
            RowsError::Before(error) => Self::of_entering(doing, error),
            RowsError::Rows(error) => Self::of(doing, error),
            RowsError::Lost { sent, came } => {
                let sent =
                    sent.map_or_else(|| "an unknown number of".to_owned(), |n| n.to_string());
                let text = format!("{doing} failed: the server sent {sent} rows, and {came} came");
                Self::Job(Error::new(ErrorKind::Internal, text))
            }
        }
    }
}
