//! JSON lines for programs: one object an event, one a second with the counters.

use std::time::Duration;

use serde_json::{Value, json};

use crate::model::job::JobEvent;

use super::super::output::say;
use super::{Moment, Progress};

pub(super) struct JsonLines;

/// Writes one object; every line has its time.
pub(in crate::cli) fn line(mut object: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.entry("at").or_insert_with(|| json!(jiff::Timestamp::now()));
    }
    say(object);
}

fn of_job(moment: &Moment<'_>, name: &str, value: &Value) -> Value {
    json!({ "at": moment.at, "job": moment.job.to_string(), name: value })
}

impl Progress for JsonLines {
    fn interval(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn event(&mut self, moment: &Moment<'_>, event: &JobEvent) {
        let value = serde_json::to_value(event)
            .unwrap_or_else(|error| json!({ "unreadable": error.to_string() }));
        line(of_job(moment, "event", &value));
    }

    fn sample(&mut self, moment: &Moment<'_>) {
        let mut object = of_job(moment, "sample", &json!(moment.sample));
        if let Some(fields) = object.as_object_mut() {
            fields.insert("limit".to_owned(), json!(moment.state.limit_text()));
        }
        line(object);
    }

    fn note(&mut self, text: &str) {
        line(json!({ "note": text }));
    }

    fn finish(&mut self) {}
}
