//! Runs one job and keeps all that it reported.

use std::future::Future;
use std::sync::Arc;

use dbbackup::error::Result;
use dbbackup::model::job::{JobEvent, Level, Outcome};
use dbbackup::model::meter::MeterSample;
use dbbackup::model::size::RateLimit;
use dbbackup::throttle::Throttle;
use dbbackup::work::{Meter, WorkContext};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What came of a job.
pub(crate) struct Done {
    pub(crate) result: Result<Outcome>,
    pub(crate) events: Vec<JobEvent>,
    pub(crate) meter: MeterSample,
}

impl Done {
    /// Messages of at least this level.
    pub(crate) fn messages(&self, least: Level) -> Vec<&str> {
        let message = |event| match event {
            &JobEvent::Message { level, ref text } if level >= least => Some(text.as_str()),
            _ => None,
        };
        self.events.iter().filter_map(message).collect()
    }

    pub(crate) fn assert_complete(&self) {
        let outcome = self.result.as_ref().unwrap_or_else(|e| panic!("failed: {}", e.chain()));
        assert_eq!(outcome, &Outcome::Complete, "{:#?}", self.messages(Level::Warning));
    }

    pub(crate) fn reasons(&self) -> &[String] {
        match &self.result {
            Ok(Outcome::Incomplete { reasons }) => reasons,
            other => panic!("not incomplete: {other:?}"),
        }
    }
}

/// Runs a job to its end; `watch` sees every event, and may cancel.
pub(crate) fn run_watched<F>(
    RateLimit(limit): RateLimit,
    mut watch: impl FnMut(&JobEvent, &WorkContext),
    job: impl FnOnce(WorkContext) -> F,
) -> Done
where
    F: Future<Output = Result<Outcome>> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (sender, mut queue) = mpsc::channel(64);
    let work = WorkContext {
        events: sender,
        meter: Arc::new(Meter::default()),
        cancel: CancellationToken::new(),
        throttle: Arc::new(Throttle::new(limit)),
        around: None,
    };
    let meter = Arc::clone(&work.meter);
    // The queue ends when the job's own sender is gone.
    let hands = WorkContext { events: mpsc::channel(1).0, ..work.clone() };
    let task = runtime.spawn(job(work));
    let mut events = Vec::new();
    while let Some(event) = queue.blocking_recv() {
        watch(&event, &hands);
        events.push(event);
    }
    let result = runtime.block_on(task).unwrap();
    Done { result, events, meter: meter.sample() }
}

/// Fails with the first line that differs: whole dumps are too long to look at.
pub(crate) fn assert_same_text(expected: &str, found: &str) {
    if expected == found {
        return;
    }
    let (mut left, mut right) = (expected.lines(), found.lines());
    let mut line = 0;
    loop {
        line += 1;
        let (a, b) = (left.next(), right.next());
        assert!(a == b, "texts differ in line {line}:\n expected {a:?}\n found    {b:?}");
        assert!(a.is_some(), "texts differ in how they end");
    }
}

/// Where two dumps differ first, with a few lines around: whole dumps are too long to look at.
pub(crate) fn first_difference(expected: &str, found: &str) -> Option<String> {
    if expected == found {
        return None;
    }
    let (left, right): (Vec<&str>, Vec<&str>) =
        (expected.lines().collect(), found.lines().collect());
    let same = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let part = |lines: &[&str]| {
        let part = lines.iter().skip(same.saturating_sub(3)).take(9);
        let cut = |line: &&str| line.chars().take(200).collect::<String>();
        part.map(cut).collect::<Vec<_>>().join("\n    ")
    };
    Some(format!(
        "dumps differ in line {} ({} and {} lines)\n  expected\n    {}\n  found\n    {}",
        same + 1,
        left.len(),
        right.len(),
        part(&left),
        part(&right)
    ))
}
