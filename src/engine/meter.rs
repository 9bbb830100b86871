//! The board of job meters that the fronts sample.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::model::id::JobId;
use crate::model::meter::MeterSample;
use crate::work::Meter;

/// The meters of all jobs of this process; cheap to clone.
#[derive(Debug, Default, Clone)]
pub struct MeterBoard(Arc<RwLock<HashMap<JobId, Arc<Meter>>>>);

impl MeterBoard {
    /// The job's meter, made when it is first asked for.
    pub fn meter(&self, job: JobId) -> Arc<Meter> {
        let mut meters = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(meters.entry(job).or_default())
    }

    /// All counters now.
    pub fn sample(&self) -> Vec<(JobId, MeterSample)> {
        let meters = self.0.read().unwrap_or_else(PoisonError::into_inner);
        meters.iter().map(|(job, meter)| (*job, meter.sample())).collect()
    }
}
