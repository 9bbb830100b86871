//! The crate's public error: what went wrong with which object, whether trying again may help, and
//! what the user can do.
//!
//! Rules of use: messages are lower case without a final stop and name the object and the operation
//! ("copying public.orders failed"); the hint says what to do next; causes stay in `source` and are
//! joined only when shown. Rooms may keep private error enums, but what leaves a room is this type.

use std::error::Error as StdError;
use std::fmt;

use crate::model::job::ErrorReport;

pub use crate::model::error_kind::ErrorKind;

/// A result with the crate's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn StdError + Send + Sync + 'static>;

/// The error that leaves a room.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    transient: bool,
    sqlstate: Option<String>,
    source: Option<Source>,
}

impl Error {
    /// An error of this kind with this message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            hint: None,
            transient: matches!(kind, ErrorKind::Connection),
            sqlstate: None,
            source: None,
        }))
    }

    /// A wrong request.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// A right request that what is there already forbids.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, message)
    }

    /// An I/O failure: `operation` reads like "writing /b/shop.dump".
    pub fn io(operation: impl fmt::Display, source: std::io::Error) -> Self {
        let hint = match source.kind() {
            std::io::ErrorKind::StorageFull => Some("free some space or choose another place"),
            std::io::ErrorKind::PermissionDenied => Some("check the owner and mode of the path"),
            std::io::ErrorKind::NotFound => Some("check that the path exists"),
            _ => None,
        };
        let error = Self::new(ErrorKind::Io, format!("{operation} failed")).with_source(source);
        match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }

    /// The job was cancelled.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "cancelled")
    }

    /// Adds what the user can do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds one more thing behind the hint there is, such as what was left behind.
    #[must_use]
    pub fn with_more_hint(self, more: &str) -> Self {
        let hint = self.hint().map_or_else(|| more.to_owned(), |hint| format!("{hint}; {more}"));
        self.with_hint(hint)
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds the server's SQLSTATE.
    #[must_use]
    pub fn with_sqlstate(mut self, code: impl Into<String>) -> Self {
        self.0.sqlstate = Some(code.into());
        self
    }

    /// Says whether trying again may help.
    #[must_use]
    pub fn with_transient(mut self, transient: bool) -> Self {
        self.0.transient = transient;
        self
    }

    /// Puts what was being done in front of the message: "restoring INDEX a: relation …".
    #[must_use]
    pub fn while_doing(mut self, what: impl fmt::Display) -> Self {
        self.0.message = format!("{what}: {}", self.0.message);
        self
    }

    /// What sort of thing went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Whether trying again may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.0.transient
    }

    /// The server's SQLSTATE.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.0.sqlstate.as_deref()
    }

    /// The message followed by its causes, in one line.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = StdError::source(self);
        while let Some(error) = cause {
            let part = error.to_string();
            // Many libraries repeat their cause in their own message.
            if !text.contains(&part) {
                text.push_str(": ");
                text.push_str(&part);
            }
            cause = error.source();
        }
        text.replace('\n', " ")
    }

    /// The error that a report was made from, as far as the report tells.
    #[must_use]
    pub fn from_report(report: ErrorReport) -> Self {
        let ErrorReport { kind, message, hint, transient, sqlstate } = report;
        Self(Box::new(Inner { kind, message, hint, transient, sqlstate, source: None }))
    }

    /// The error as data.
    #[must_use]
    pub fn report(&self) -> ErrorReport {
        ErrorReport {
            kind: self.0.kind,
            message: self.chain(),
            hint: self.0.hint.clone(),
            transient: self.0.transient,
            sqlstate: self.0.sqlstate.clone(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_io_error_names_the_operation_the_cause_and_the_way_out() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let error = Error::io("writing /b/shop.dump", full);
        assert_eq!(error.chain(), "writing /b/shop.dump failed: no storage space");
        assert_eq!(error.hint(), Some("free some space or choose another place"));
        assert_eq!(error.kind(), ErrorKind::Io);
    }

    #[test]
    fn an_error_comes_back_from_its_report() {
        let error = Error::usage("no such table").with_hint("list them").with_sqlstate("42P01");
        let report = error.report();
        let back = Error::from_report(report.clone());
        assert_eq!(back.kind(), ErrorKind::Usage);
        assert_eq!(back.report(), report);
    }

    #[test]
    fn only_connection_trouble_is_transient_unless_said_otherwise() {
        assert!(Error::new(ErrorKind::Connection, "x").is_transient());
        assert!(!Error::usage("x").is_transient());
        assert!(Error::usage("x").with_transient(true).report().transient);
    }
}
