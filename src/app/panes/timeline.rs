//! The timeline: today only what it will show and what it lacks, never invented data.

/// The pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimelinePane;

impl TimelinePane {
    /// Why there is nothing on it.
    #[must_use]
    pub fn missing(self) -> &'static [&'static str] {
        &[
            "No WAL archive is configured: this version of dbbackup does not keep one yet,",
            "so there is no point in time to recover to. Logical backups are in the Jobs pane.",
        ]
    }

    /// What it is for, line by line.
    #[must_use]
    pub fn purpose(self) -> &'static [&'static str] {
        &[
            "commits   how busy the server was, from its write-ahead log",
            "base      physical base backups",
            "events    named restore points and dropped tables",
            "cover     which moments can be recovered, and where the log has gaps",
        ]
    }
}
