//! A bar for a terminal, drawn at most four times a second.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::model::job::{JobEvent, Level};
use crate::model::size::{Bytes, short_count};

use super::super::output::clean;
use super::{Moment, Progress, RecentRate, clock, hook_text, limit};

/// Drawings a second.
const HERTZ: u8 = 4;

pub(super) struct Bar {
    bar: ProgressBar,
    recent: RecentRate,
}

impl Bar {
    pub(super) fn new() -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(HERTZ);
        let bar = ProgressBar::with_draw_target(Some(100), target);
        // Plain characters: the terminal's font is not ours to know.
        if let Ok(style) = ProgressStyle::with_template("[{bar:20}] {wide_msg}") {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar, recent: RecentRate::default() }
    }

    fn message(&self, moment: &Moment<'_>) -> String {
        let Moment { state, course, sample, .. } = moment;
        let mut parts = Vec::new();
        match course.percent(sample.bytes) {
            Some(percent) => parts.push(format!("{percent:>2} %")),
            None => parts.push(state.phase.label().to_owned()),
        }
        if sample.bytes > 0 {
            let rate = self.recent.bytes_a_second();
            parts.push(Bytes(sample.bytes).to_string());
            parts.push(format!("{} rows", short_count(sample.rows)));
            parts.push(format!("{}/s", Bytes(rate)));
            if let Some(rest) = course.time_left(sample.bytes, rate) {
                parts.push(format!("ETA {}", clock(rest)));
            }
        }
        let limit = limit(moment);
        if !limit.is_empty() {
            parts.push(limit.trim_start_matches(", ").to_owned());
        }
        if let Some((_, object)) = state.current.first() {
            parts.push(object.clone());
        }
        clean(&parts.join("  "))
    }
}

impl Progress for Bar {
    fn interval(&self) -> Duration {
        Duration::from_millis(1000 / u64::from(HERTZ))
    }

    fn event(&mut self, moment: &Moment<'_>, event: &JobEvent) {
        if let JobEvent::Message { level: level @ (Level::Warning | Level::Error), text } = event {
            let word = if *level == Level::Error { "error" } else { "warning" };
            self.bar.println(format!("{word}: {}", clean(text)));
        }
        if let Some(text) = hook_text(event) {
            self.bar.println(text);
        }
        self.bar.set_message(self.message(moment));
    }

    fn sample(&mut self, moment: &Moment<'_>) {
        self.recent.add(moment.at, moment.sample.bytes);
        let percent = moment.course.percent(moment.sample.bytes);
        self.bar.set_position(u64::from(percent.unwrap_or(0)));
        self.bar.set_message(self.message(moment));
    }

    fn note(&mut self, text: &str) {
        self.bar.println(clean(text));
    }

    fn finish(&mut self) {
        self.bar.finish_and_clear();
    }
}
