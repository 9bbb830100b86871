//! The last words on a job: how it ended, how much, how fast.

use std::fs;

use serde_json::{Value, json};

use crate::model::job::{JobState, Outcome};
use crate::model::size::{Bytes, short_count};
use crate::model::spec::JobSpec;

use super::args::LogFormat;
use super::job::Report;
use super::output::{clean, error_text, say, tables};
use super::progress::{json_line, rate, seconds};

/// How many missing objects the summary names one by one.
const NAMED: usize = 50;

/// What the summary counts.
struct Figures {
    seconds: f64,
    rate: u64,
    archive_bytes: u64,
    ratio: Option<f64>,
}

/// Writes the summary to stderr.
pub(super) fn write(report: &Report, format: LogFormat) {
    let figures = figures(report);
    match format {
        LogFormat::Json => json_line(as_json(report, &figures)),
        LogFormat::Text => as_text(report, &figures).iter().for_each(say),
    }
}

fn figures(report: &Report) -> Figures {
    let Report { state, sample, .. } = report;
    let seconds = match (state.started, state.ended) {
        (Some(from), Some(to)) => seconds(from, to),
        _ => 0.0,
    };
    // A folder's own length says nothing of what is in it, and a stream has none.
    let on_disk = state.output.as_ref().and_then(|path| fs::metadata(path).ok());
    let file = on_disk.filter(fs::Metadata::is_file);
    let archive_bytes = file.map_or(sample.archive_bytes, |file| file.len());
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let ratio = (archive_bytes > 0).then(|| sample.bytes as f64 / archive_bytes as f64);
    Figures { seconds, rate: rate(sample.bytes, seconds), archive_bytes, ratio }
}

fn title(state: &JobState) -> String {
    state.spec.as_ref().map(JobSpec::title).unwrap_or_default()
}

fn as_text(report: &Report, figures: &Figures) -> Vec<String> {
    let Report { state, sample, .. } = report;
    let Some(outcome) = &state.outcome else { return Vec::new() };
    let mut lines = match outcome {
        Outcome::Failed { error } => error_text(error).lines().map(str::to_owned).collect(),
        Outcome::Panicked { message } => vec![
            format!("error: the job crashed: {}", clean(message)),
            "hint: the log file has the report; please file it as a bug".to_owned(),
        ],
        Outcome::Cancelled { left } => vec![format!("cancelled: {}", clean(left))],
        Outcome::Incomplete { reasons } => missing(reasons),
        // Damage is the result, on standard output.
        Outcome::Damaged { .. } | Outcome::Complete => Vec::new(),
    };
    let ratio = figures.ratio.map(|ratio| format!(" (ratio {ratio:.1})")).unwrap_or_default();
    lines.push(format!(
        "{}: {}; {} of {}, {} rows, {}; archive {}{ratio}; {:.1} s, {}/s",
        outcome.label(),
        clean(&title(state)),
        state.objects_done,
        tables(state.objects_total),
        short_count(sample.rows),
        Bytes(sample.bytes),
        Bytes(figures.archive_bytes),
        figures.seconds,
        Bytes(figures.rate),
    ));
    lines
}

/// Each reason names its object; beyond a screenful the log has to do.
fn missing(reasons: &[String]) -> Vec<String> {
    let shown = reasons.iter().take(NAMED).map(|reason| format!("incomplete: {}", clean(reason)));
    let more = reasons.len().saturating_sub(NAMED);
    let rest = format!(
        "incomplete: and {more} more, {} in all: the log file and --log-format json name each",
        reasons.len()
    );
    shown.chain((more > 0).then_some(rest)).collect()
}

fn as_json(report: &Report, figures: &Figures) -> Value {
    let Report { job, state, sample } = report;
    json!({
        "job": job.to_string(),
        "summary": {
            "title": title(state),
            "outcome": state.outcome.as_ref().map(Outcome::label),
            "exit_code": state.outcome.as_ref().map(Outcome::exit_code),
            "detail": state.outcome,
            "output": state.output.as_ref().map(|path| path.to_string_lossy()),
            "objects": state.objects_done,
            "rows": sample.rows,
            "bytes": sample.bytes,
            "archive_bytes": figures.archive_bytes,
            "ratio": figures.ratio,
            "seconds": figures.seconds,
            "bytes_per_second": figures.rate,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_objects_are_named_up_to_a_bound_and_then_counted() {
        let reasons: Vec<String> = (0..60).map(|n| format!("TABLE t{n} failed")).collect();
        let lines = missing(&reasons);
        assert_eq!(lines.len(), 51);
        assert_eq!(lines.first().map(String::as_str), Some("incomplete: TABLE t0 failed"));
        let last = lines.last().map(String::as_str).unwrap_or_default();
        assert!(last.starts_with("incomplete: and 10 more, 60 in all"), "{last}");
        assert_eq!(missing(&reasons[..2]).len(), 2);
    }
}
