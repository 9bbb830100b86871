//! How far a job is, in the figures that the panes show; [`crate::model::course`] works them out.

use super::{JobRow, Origin};
use crate::app::samples::Eta;
use crate::model::job::{Outcome, Phase};

/// How far a job is, in the figures that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of row data moved.
    pub bytes: u64,
    /// What they will be in all, as far as known; corrected by what was done so far.
    pub bytes_total: Option<u64>,
    /// Rows moved.
    pub rows: u64,
    /// What they will be in all, where estimates exist.
    pub rows_total: Option<u64>,
    /// 0 to 100; `None` while the total is unknown or was exceeded.
    pub percent: Option<u8>,
    /// Bytes a second over the last three seconds, while it runs.
    pub now: Option<u64>,
    /// Bytes a second from its start, without pauses.
    pub average: Option<u64>,
    /// The time left.
    pub eta: Eta,
}

impl JobRow {
    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let running = self.is_running();
        let bytes = self.meter.bytes;
        let rest = self.course.rest(bytes);
        let total = match self.state.bytes_total {
            0 => None,
            _ if running => rest.map(|rest| bytes.saturating_add(rest)),
            total => Some(total),
        };
        Progress {
            bytes,
            bytes_total: total,
            rows: self.meter.rows,
            rows_total: self.state.rows_total,
            percent: self.percent(total),
            now: self.history.now_rate().filter(|_| running),
            average: self.average(),
            eta: self.eta(rest),
        }
    }

    fn percent(&self, total: Option<u64>) -> Option<u8> {
        if self.state.outcome == Some(Outcome::Complete) {
            return Some(100);
        }
        if self.is_running() {
            return self.course.percent(self.meter.bytes);
        }
        let total = total.filter(|total| self.meter.bytes <= *total)?;
        let percent = u128::from(self.meter.bytes) * 100 / u128::from(total.max(1));
        // Not done before it is done.
        u8::try_from(percent).ok().map(|percent| percent.min(99))
    }

    fn average(&self) -> Option<u64> {
        if let Some(average) = self.history.average() {
            return Some(average);
        }
        let seconds = self.state.ended?.duration_since(self.state.started?).as_secs();
        self.meter.bytes.checked_div(u64::try_from(seconds).ok()?)
    }

    fn eta(&self, rest: Option<u64>) -> Eta {
        if !self.is_running() {
            let elsewhere = self.origin != Origin::Here && self.state.is_running();
            return Eta::Unknown(if elsewhere { "not run by this console" } else { "over" });
        }
        if self.state.paused {
            return Eta::Unknown("paused");
        }
        match (self.state.phase, self.state.bytes_total, rest) {
            (Phase::Copying, 0, _) => Eta::Unknown("the total is not known"),
            (Phase::Copying, _, None) => Eta::Unknown("more than was estimated"),
            (Phase::Copying, _, Some(rest)) => self.history.eta(rest),
            (phase, _, _) => Eta::Unknown(phase.label()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::JobId;
    use crate::model::job::JobEvent;
    use crate::model::meter::MeterSample;
    use crate::model::record::JobRecord;
    use jiff::Timestamp;

    fn job(events: &[JobEvent], bytes: u64) -> JobRow {
        let record = JobRecord {
            version: 1,
            id: JobId(1),
            pid: 1,
            state: crate::model::job::JobState::default(),
            meter: MeterSample { bytes, ..MeterSample::default() },
            abandoned: false,
        };
        let mut job = JobRow::from_record(record);
        job.origin = Origin::Here;
        for event in events {
            job.apply(Timestamp::UNIX_EPOCH, event);
        }
        job
    }

    fn totals(bytes: u64) -> JobEvent {
        JobEvent::Totals { objects: 2, bytes, rows: None }
    }

    fn whole(object: &str, estimated: u64, actual: u64) -> [JobEvent; 2] {
        let object = object.to_owned();
        [
            JobEvent::ObjectStarted { worker: 0, object: object.clone(), bytes: estimated },
            JobEvent::ObjectDone { worker: 0, object, rows: 1, bytes: actual, data: true },
        ]
    }

    #[test]
    fn a_finished_object_corrects_the_rest() {
        let [start, done] = whole("a", 400, 200);
        let [next, _] = whole("b", 600, 300);
        let events = [totals(1_000), JobEvent::Phase(Phase::Copying), start, done, next];
        let progress = job(&events, 250).progress();
        assert_eq!(progress.bytes_total, Some(500));
        assert_eq!(progress.percent, Some(50));
    }

    #[test]
    fn what_is_not_known_is_not_shown() {
        let copying = JobEvent::Phase(Phase::Copying);
        let unknown = job(std::slice::from_ref(&copying), 5).progress();
        assert_eq!((unknown.percent, unknown.bytes_total), (None, None));
        assert_eq!(unknown.eta, Eta::Unknown("the total is not known"));
        let [start, _] = whole("a", 4, 5);
        let over = job(&[totals(4), copying, start], 5).progress();
        assert_eq!((over.percent, over.bytes_total), (Some(99), None));
        assert_eq!(over.eta, Eta::Unknown("more than was estimated"));
    }

    #[test]
    fn a_hundred_percent_is_shown_only_at_the_end() {
        let copying = JobEvent::Phase(Phase::Copying);
        let end = JobEvent::Finished { outcome: Outcome::Complete, output: None };
        let [start, _] = whole("a", 5, 5);
        assert_eq!(job(&[totals(5), copying.clone(), start], 5).progress().percent, Some(99));
        assert_eq!(job(&[totals(5), copying, end], 4).progress().percent, Some(100));
    }
}
