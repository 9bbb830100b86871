//! Progress on stderr: a bar on a terminal, plain lines elsewhere, JSON lines for programs.

mod bar;
mod hooks;
mod jsonl;
mod lines;

use std::io::IsTerminal;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::course::Course;
use crate::model::id::JobId;
use crate::model::job::{JobEvent, JobState};
use crate::model::meter::MeterSample;
use crate::model::throttle::LimitReason;

use super::args::LogFormat;

pub(super) use hooks::hook_text;
pub(super) use jsonl::line as json_line;

/// What is known at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    /// When.
    pub(super) at: Timestamp,
    /// The job.
    pub(super) job: JobId,
    /// The fold of its events.
    pub(super) state: &'a JobState,
    /// How far it is.
    pub(super) course: &'a Course,
    /// Its counters.
    pub(super) sample: MeterSample,
}

/// A way of showing progress.
pub(super) trait Progress {
    /// How often [`Progress::sample`] is wanted.
    fn interval(&self) -> Duration;
    /// Something happened.
    fn event(&mut self, moment: &Moment<'_>, event: &JobEvent);
    /// Time passed.
    fn sample(&mut self, moment: &Moment<'_>);
    /// A line of our own, such as what a signal did.
    fn note(&mut self, text: &str);
    /// Nothing more comes: the summary follows.
    fn finish(&mut self);
}

/// The way that fits the format and what stderr is.
pub(super) fn choose(format: LogFormat) -> Box<dyn Progress> {
    match format {
        LogFormat::Json => Box::new(jsonl::JsonLines),
        LogFormat::Text if std::io::stderr().is_terminal() => Box::new(bar::Bar::new()),
        LogFormat::Text => Box::new(lines::Lines::default()),
    }
}

/// Bytes a second over the last few samples, so that a bar shows what happens now.
#[derive(Debug, Default)]
struct RecentRate(std::collections::VecDeque<(Timestamp, u64)>);

impl RecentRate {
    /// How far back it looks.
    const WINDOW: f64 = 5.0;

    fn add(&mut self, at: Timestamp, bytes: u64) {
        self.0.push_back((at, bytes));
        while self.0.len() > 2
            && self.0.front().is_some_and(|(from, _)| seconds(*from, at) > Self::WINDOW)
        {
            self.0.pop_front();
        }
    }

    fn bytes_a_second(&self) -> u64 {
        match (self.0.front(), self.0.back()) {
            (Some((from, first)), Some((to, last))) => {
                rate(last.saturating_sub(*first), seconds(*from, *to))
            }
            _ => 0,
        }
    }
}

/// Seconds between two moments, never negative.
pub(super) fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}

/// Bytes a second; 0 while no time has passed.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate for people, not negative"
)]
pub(super) fn rate(bytes: u64, seconds: f64) -> u64 {
    if seconds > 0.0 { (bytes as f64 / seconds) as u64 } else { 0 }
}

/// ", limit 40 MB/s: replica lag 14 s over 10 s"; nothing where there is none.
fn limit(moment: &Moment<'_>) -> String {
    if moment.state.limit.is_none() && moment.state.limit_reason == LimitReason::Off {
        return String::new();
    }
    format!(", limit {}", moment.state.limit_text())
}

/// "1:02:03", "4:05".
fn clock(time: Duration) -> String {
    let total = time.as_secs();
    let (hours, minutes, seconds) = (total / 3600, total / 60 % 60, total % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recent_rate_forgets() {
        let mut recent = RecentRate::default();
        for (second, bytes) in [(0, 0), (1, 1000), (10, 1000), (11, 1000)] {
            recent.add(Timestamp::from_second(second).unwrap(), bytes);
        }
        assert_eq!(recent.bytes_a_second(), 0);
        recent.add(Timestamp::from_second(12).unwrap(), 1200);
        assert_eq!(recent.bytes_a_second(), 100);
    }

    #[test]
    fn a_clock_shows_hours_only_when_there_are_any() {
        assert_eq!(clock(Duration::from_secs(65)), "1:05");
        assert_eq!(clock(Duration::from_secs(3723)), "1:02:03");
    }
}
