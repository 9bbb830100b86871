//! Where the lines of one run go: into the job's events, one by one, so that a hook that writes
//! faster than anybody reads has to wait. Beyond a bound lines are counted and no longer kept: a
//! flood must not fill the disk that the backup needs.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::sync::mpsc;

use crate::model::hook::HookStream;
use crate::model::job::JobEvent;

use super::lines;

/// Lines of one run that are kept.
const MOST_LINES: u64 = 10_000;

/// Takes the lines of one run.
#[derive(Debug)]
pub struct Reporter {
    events: mpsc::Sender<JobEvent>,
    run: u32,
    name: String,
    lines: AtomicU64,
}

impl Reporter {
    pub(super) fn new(events: mpsc::Sender<JobEvent>, run: u32, name: String) -> Self {
        Self { events, run, name, lines: AtomicU64::new(0) }
    }

    /// Passes a line on.
    pub async fn line(&self, stream: HookStream, text: &str) {
        let before = self.lines.fetch_add(1, Relaxed);
        if before < MOST_LINES {
            self.send(stream, text).await;
        } else if before == MOST_LINES {
            let text = format!("more than {MOST_LINES} lines: the rest is only counted");
            self.send(HookStream::Note, &text).await;
        }
    }

    /// Says something of our own.
    pub(super) async fn note(&self, text: &str) {
        self.send(HookStream::Note, text).await;
    }

    async fn send(&self, stream: HookStream, text: &str) {
        let (name, text) = (self.name.clone(), lines::clean(text));
        // Nobody listens only when the whole engine is gone.
        let _ = self.events.send(JobEvent::HookLine { run: self.run, name, stream, text }).await;
    }

    /// How many lines came, and how many of them were not kept.
    pub(super) fn counts(&self) -> (u64, u64) {
        let lines = self.lines.load(Relaxed);
        (lines, lines.saturating_sub(MOST_LINES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_flood_is_counted_and_not_kept() {
        let (events, mut queue) = mpsc::channel(16);
        let reporter = Reporter::new(events, 1, "x".into());
        let reading = tokio::spawn(async move {
            let mut got = Vec::new();
            while let Some(JobEvent::HookLine { text, .. }) = queue.recv().await {
                got.push(text);
            }
            got
        });
        for _ in 0..MOST_LINES + 500 {
            reporter.line(HookStream::Stdout, "y").await;
        }
        assert_eq!(reporter.counts(), (MOST_LINES + 500, 500));
        drop(reporter);
        let got = reading.await.unwrap();
        assert_eq!(got.len() as u64, MOST_LINES + 1);
        assert!(got.last().unwrap().starts_with("more than 10000 lines"));
    }
}
