//! What the engine reports. Discrete facts only, lossless and bounded; see [`super::meter`] for the
//! numbers that change all the time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::archive::{ArchiveListing, Preview};
use crate::model::catalog::{Catalog, DatabaseInfo};
use crate::model::cluster::ClusterListing;
use crate::model::conn::ConnState;
use crate::model::id::{JobId, RequestId};
use crate::model::job::{ErrorReport, JobEvent, Level};
use crate::model::plan::Plan;
use crate::model::record::JobRecord;
use crate::model::size::RateLimit;

/// A report of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The browsing connection's state changed.
    Connection(Box<ConnState>),
    /// Answer to `LoadDatabases`.
    Databases {
        /// The question.
        request: RequestId,
        /// The list sorted by name, or why there is none.
        result: Result<Vec<DatabaseInfo>, ErrorReport>,
    },
    /// Answer to `LoadCatalog`.
    Catalog {
        /// The question.
        request: RequestId,
        /// The database asked for.
        database: String,
        /// Its relations, or why there are none.
        result: Result<Box<Catalog>, ErrorReport>,
    },
    /// Answer to `ListArchive`.
    Archive {
        /// The question.
        request: RequestId,
        /// The table of contents, or why there is none.
        result: Result<Box<ArchiveListing>, ErrorReport>,
    },
    /// Answer to `LookInto`.
    Look {
        /// The question.
        request: RequestId,
        /// What the entry holds, or why it cannot be read.
        result: Result<Box<Preview>, ErrorReport>,
    },
    /// Answer to `ListCluster`, and to `ListArchive` of a folder that holds a cluster's backup.
    Cluster {
        /// The question.
        request: RequestId,
        /// The catalogue, or why there is none.
        result: Result<Box<ClusterListing>, ErrorReport>,
    },
    /// Answer to `Plan`.
    Planned {
        /// The job.
        job: JobId,
        /// The plan, or why there is none.
        result: Result<Box<Plan>, ErrorReport>,
    },
    /// Answer to `LoadHistory`: newest first.
    History {
        /// The question.
        request: RequestId,
        /// The records.
        records: Vec<JobRecord>,
        /// Files that could not be read, with the reason.
        unreadable: Vec<String>,
    },
    /// Answer to `LoadJobLog`.
    JobLog {
        /// The job.
        job: JobId,
        /// Its newest lines, or why there are none.
        result: Result<Vec<(Timestamp, Level, String)>, ErrorReport>,
    },
    /// The limit of the whole process changed.
    ProcessRate {
        /// The limit in force.
        limit: RateLimit,
    },
    /// Something happened to a job.
    Job {
        /// The job.
        job: JobId,
        /// When.
        at: Timestamp,
        /// What.
        event: JobEvent,
    },
}
