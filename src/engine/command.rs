//! What a front can ask of the engine. Plain data: today it crosses a channel, later a socket.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::conn::Target;
use crate::model::id::{JobId, RequestId};
use crate::model::size::RateLimit;
use crate::model::spec::{JobSpec, RestoreSpec};
use crate::model::throttle::AdaptSpec;

/// How to stop a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CancelMode {
    /// Cancel the server's statements, remove temporary files, report what was left.
    Graceful,
    /// Drop the job's task and connections at once; temporary files are still removed.
    Forced,
}

/// A request to the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Keep a browsing connection to this server; answered by `Event::Connection` again and again.
    /// Replaces the connection there was.
    Connect {
        /// The server.
        target: Target,
    },
    /// Try now instead of waiting for the next attempt.
    RetryNow,
    /// Read the list of databases over the browsing connection.
    LoadDatabases {
        /// Comes back in the answer.
        request: RequestId,
    },
    /// Read one database's schemas and relations.
    LoadCatalog {
        /// Comes back in the answer.
        request: RequestId,
        /// The database.
        database: String,
    },
    /// Read an archive's table of contents. Where the path is the folder of a cluster's backup, and
    /// no restore of a single archive is asked about, the answer is `Event::Cluster`.
    ListArchive {
        /// Comes back in the answer.
        request: RequestId,
        /// The file.
        #[serde(with = "crate::model::path")]
        path: PathBuf,
        /// Say also what this restore would take of it.
        choice: Option<Box<RestoreSpec>>,
    },
    /// Read the definition and the first rows of one entry of an archive.
    LookInto {
        /// Comes back in the answer.
        request: RequestId,
        /// The archive.
        #[serde(with = "crate::model::path")]
        path: PathBuf,
        /// The entry's dump id.
        id: u32,
    },
    /// Read the catalogue of a cluster's backup; answered by `Event::Cluster`.
    ListCluster {
        /// Comes back in the answer.
        request: RequestId,
        /// The folder.
        #[serde(with = "crate::model::path")]
        path: PathBuf,
    },
    /// Work out what a job would do; answered by `Event::Planned`.
    Plan {
        /// The job that may follow.
        job: JobId,
        /// What it would do.
        spec: Box<JobSpec>,
    },
    /// Run a job.
    Start {
        /// The caller's id for it.
        job: JobId,
        /// What to do.
        spec: Box<JobSpec>,
    },
    /// Stop a job.
    Cancel {
        /// The job.
        job: JobId,
        /// How.
        mode: CancelMode,
    },
    /// Hold a job's workers, or let them go on.
    Pause {
        /// The job.
        job: JobId,
        /// Hold or go on.
        paused: bool,
    },
    /// Change a job's limit by hand while it runs: it holds until `AutoRate`, whatever windows and
    /// signals say.
    SetRate {
        /// The job.
        job: JobId,
        /// The new limit.
        limit: RateLimit,
    },
    /// Give a job's limit back to windows, `--rate` and signals.
    AutoRate {
        /// The job.
        job: JobId,
    },
    /// Choose other signals for a job's limit while it runs.
    SetAdapt {
        /// The job.
        job: JobId,
        /// The signals; without bounds none.
        adapt: AdaptSpec,
    },
    /// Change the limit of the whole process; answered by `Event::ProcessRate`.
    SetProcessRate {
        /// The new limit.
        limit: RateLimit,
    },
    /// Read the newest lines of an earlier job's log; answered by `Event::JobLog`.
    LoadJobLog {
        /// The job.
        job: JobId,
    },
    /// Read the records of earlier jobs.
    LoadHistory {
        /// Comes back in the answer.
        request: RequestId,
    },
}
