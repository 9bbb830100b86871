//! A verification as a wish.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::conn::Target;
use crate::model::size::RateLimit;
use crate::model::throttle::Pacing;

/// A verification of one backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifySpec {
    /// The archive, or the folder.
    #[serde(with = "crate::model::path")]
    pub backup: PathBuf,
    /// The server for the restore.
    pub target: Target,
    /// `--restore`: also restore it into a scratch database of the server, compare, and drop that.
    pub restore: bool,
    /// Threads that read, and connections of the restore.
    pub jobs: NonZeroUsize,
    /// Limit on bytes read.
    pub rate: RateLimit,
    /// What bends that limit while the job runs.
    #[serde(default)]
    pub pacing: Pacing,
}

impl VerifySpec {
    /// Verifies a backup by reading it.
    pub fn new(backup: impl Into<PathBuf>) -> Self {
        Self {
            backup: backup.into(),
            target: Target::default(),
            restore: false,
            jobs: NonZeroUsize::MIN,
            rate: RateLimit::default(),
            pacing: Pacing::default(),
        }
    }
}
