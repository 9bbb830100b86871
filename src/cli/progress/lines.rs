//! Plain lines for logs and cron: phases, warnings, and how far it is every few seconds.

use std::time::Duration;

use crate::model::job::{JobEvent, Level, Phase};
use crate::model::size::{Bytes, short_count};
use crate::model::throttle::LimitReason;

use super::super::output::{clean, say, tables};
use super::{Moment, Progress, RecentRate, clock, hook_text, limit};

/// Time between two lines about how far it is.
const INTERVAL: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(super) struct Lines {
    recent: RecentRate,
}

impl Progress for Lines {
    fn interval(&self) -> Duration {
        INTERVAL
    }

    fn event(&mut self, moment: &Moment<'_>, event: &JobEvent) {
        match event {
            // The end has its summary; and it is not known yet whose rows are to come, or none are.
            JobEvent::Phase(Phase::Finished) | JobEvent::Totals { objects: 0, .. } => {}
            JobEvent::Phase(phase) => say(phase.label()),
            JobEvent::Totals { objects, bytes, .. } => {
                say(format_args!("{} with rows, about {}", tables(*objects), Bytes(*bytes)));
            }
            JobEvent::Throttle { limit, reason, .. }
                if limit.is_some() || *reason != LimitReason::Off =>
            {
                say(format_args!("limit {}", clean(&moment.state.limit_text())));
            }
            JobEvent::Message { level: Level::Warning, text } => {
                say(format_args!("warning: {}", clean(text)));
            }
            JobEvent::Message { level: Level::Error, text } => {
                say(format_args!("error: {}", clean(text)));
            }
            event => hook_text(event).iter().for_each(say),
        }
    }

    fn sample(&mut self, moment: &Moment<'_>) {
        let Moment { course, sample, .. } = moment;
        self.recent.add(moment.at, sample.bytes);
        if sample.bytes == 0 {
            return;
        }
        let rate = self.recent.bytes_a_second();
        let percent = course.percent(sample.bytes).map(|n| format!("{n} %, ")).unwrap_or_default();
        let rest =
            course.time_left(sample.bytes, rate).map(|time| format!(", {} left", clock(time)));
        say(format_args!(
            "{percent}{}, {} rows, {}/s{}{}",
            Bytes(sample.bytes),
            short_count(sample.rows),
            Bytes(rate),
            limit(moment),
            rest.unwrap_or_default()
        ));
    }

    fn note(&mut self, text: &str) {
        say(clean(text));
    }

    fn finish(&mut self) {}
}
