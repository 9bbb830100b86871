//! What sort of thing went wrong: decides the exit code and whether a retry makes sense.

use serde::{Deserialize, Serialize};

/// The sort of an error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrorKind {
    /// The request itself is wrong: bad flag, bad pattern, unknown profile.
    Usage,
    /// What is there already forbids it: a file, a database, rows, a running job.
    Conflict,
    /// The server cannot be reached or the connection broke.
    Connection,
    /// The server refused who we are.
    Authentication,
    /// The server refused what we asked.
    Database,
    /// Reading or writing a file failed.
    Io,
    /// An archive is damaged or of an unknown kind.
    Archive,
    /// A hook failed that the job was not to go on without.
    Hook,
    /// The job was cancelled.
    Cancelled,
    /// A promise of our own code was broken; also what is read from a record that tells no kind.
    #[default]
    Internal,
}

impl ErrorKind {
    /// The process exit code: 1 failed, 2 a wrong request, 130 interrupted.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::Cancelled => 130,
            Self::Conflict
            | Self::Connection
            | Self::Authentication
            | Self::Database
            | Self::Io
            | Self::Archive
            | Self::Hook
            | Self::Internal => 1,
        }
    }
}
