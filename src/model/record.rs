//! The record of a job as it is kept on disk: what the history shows after a restart.

use serde::{Deserialize, Serialize};

use super::id::JobId;
use super::job::JobState;
use super::meter::MeterSample;

/// One job's result file. It is written when the job starts and again when it ends, so a process
/// that was killed leaves a record without an outcome, and its process id tells that it is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRecord {
    /// Layout of this file; 1 today.
    pub version: u32,
    /// The job.
    pub id: JobId,
    /// Process that ran it.
    pub pid: u32,
    /// The fold of its events.
    pub state: JobState,
    /// Its meter at the end.
    pub meter: MeterSample,
    /// The process is gone although the job never ended; set when the record is read.
    #[serde(default)]
    pub abandoned: bool,
}
