//! Everything that is known of one job: how far it is, how fast and why not faster, what its
//! workers do, what went wrong, how it ended.

use std::path::Path;

use ratatui::layout::Rect;

use crate::app::App;
use crate::app::panes::jobs::{JobRow, Origin, Progress};
use crate::app::samples::Eta;
use crate::model::job::{Level, Outcome, Phase};
use crate::model::size::short_count;
use crate::model::spec::JobSpec;
use crate::ui::format;
use crate::ui::painter::Painter;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::spark::{self, Chart, Sample};

use super::common;
use super::job_hooks;
use super::jobs::state;

/// Columns of a fact's label.
const LABEL: u16 = 9;

/// Draws the details from the top down, the most important first, as far as there is room.
pub(super) fn draw(painter: &mut Painter<'_>, app: &App, job: &JobRow, area: Rect) {
    if area.height == 0 {
        return;
    }
    let mut sheet = Sheet { painter, area };
    sheet.rule(job);
    match &job.state.outcome {
        Some(outcome) => ended(&mut sheet, job, outcome),
        None if is_abandoned(job) => abandoned(&mut sheet),
        None => {
            figures(&mut sheet, job);
            chart(&mut sheet, app, job);
            workers(&mut sheet, job);
        }
    }
    hooks(&mut sheet, job);
    problems(&mut sheet, job);
    log(&mut sheet, job);
}

/// An area that is filled from the top.
struct Sheet<'p, 'b> {
    painter: &'p mut Painter<'b>,
    area: Rect,
}

impl Sheet<'_, '_> {
    /// Takes rows off the top; none where not all of them are there.
    fn take(&mut self, rows: u16) -> Option<Rect> {
        let top = Rect { height: rows, ..self.area };
        let rest = self.area.height.checked_sub(rows)?;
        self.area = Rect { y: self.area.y + rows, height: rest, ..self.area };
        Some(top)
    }

    /// A line with a label in front.
    fn fact(&mut self, label: &str, value: &str, role: Role) {
        if let Some(line) = self.take(1) {
            self.painter.pen(line).column(label, LABEL, Role::Dim).put(value, role);
        }
    }

    /// A text over as many lines as it needs, at most `lines`.
    fn paragraph(&mut self, text: &str, role: Role, lines: usize) {
        let width = usize::from(self.area.width);
        let wrapped = text::wrap(text, width, self.painter.glyphs());
        let cut = wrapped.len() > lines;
        for (number, part) in wrapped.iter().take(lines).enumerate() {
            let Some(line) = self.take(1) else { return };
            if cut && number + 1 == lines {
                let part = format!("{part}{}", self.painter.glyphs().ellipsis.repeat(2));
                self.painter.text(line, &part, role);
            } else {
                self.painter.text(line, part, role);
            }
        }
    }

    /// The line between the list and the details.
    fn rule(&mut self, job: &JobRow) {
        let Some(line) = self.take(1) else { return };
        let glyphs = self.painter.glyphs();
        self.painter.fill(line, glyphs.border.horizontal_top, Role::Border);
        let (_, word, role) = state(job, glyphs);
        let mut pen = self.painter.pen(line);
        pen.gap(1).put(&format!(" {word} "), role);
        let objects = (job.state.objects_done, job.state.objects_total);
        if objects.1 > 0 {
            let text = format!(" {} of {} tables ", objects.0, objects.1);
            pen.right_gap(1).right(&text, Role::Dim);
        }
    }
}

fn figures(sheet: &mut Sheet<'_, '_>, job: &JobRow) {
    let progress = job.progress();
    let of = |done: String, total: Option<String>| match total {
        Some(total) => format!("{done} of about {total}"),
        None => done,
    };
    // Once all rows are there, what was estimated tells nothing.
    let open = !matches!(job.state.phase, Phase::PostData | Phase::Finishing);
    let total = progress.bytes_total.filter(|_| open).map(format::size);
    sheet.fact("data", &of(format::size(progress.bytes), total), Role::Text);
    let total = progress.rows_total.filter(|_| open).map(short_count);
    sheet.fact("rows", &of(short_count(progress.rows), total), Role::Text);
    let now = format::rate(progress.now.unwrap_or(0));
    let rate = match progress.average {
        Some(average) => format!("{now} now, {} on average", format::rate(average)),
        None => format!("{now} now"),
    };
    sheet.fact("rate", &rate, Role::Text);
    limit(sheet, job);
    sheet.fact("time", &time_left(&progress), Role::Text);
    file(sheet, job);
}

/// The limit and why it is that, over as many lines as the reason needs.
fn limit(sheet: &mut Sheet<'_, '_>, job: &JobRow) {
    let width = usize::from(sheet.area.width.saturating_sub(LABEL));
    let text = job.state.limit_text();
    let lines = text::wrap(&text, width, sheet.painter.glyphs());
    for (label, line) in std::iter::once("limit").chain(std::iter::repeat("")).zip(lines).take(3) {
        sheet.fact(label, &line, Role::Text);
    }
}

/// The file that is written or read.
fn file(sheet: &mut Sheet<'_, '_>, job: &JobRow) {
    let of_spec = |spec: &JobSpec| spec.output().or_else(|| spec.source()).map(Path::to_owned);
    let path = job.state.output.clone().or_else(|| job.spec.as_ref().and_then(of_spec));
    let Some(path) = path else { return };
    let width = usize::from(sheet.area.width.saturating_sub(LABEL));
    let path = path.display().to_string();
    let path = text::fit_middle(&path, width, sheet.painter.glyphs()).into_owned();
    sheet.fact("file", &path, Role::Text);
}

/// The time that is left in words.
pub(super) fn time_left(progress: &Progress) -> String {
    match progress.eta {
        Eta::Unknown(why) => why.to_owned(),
        Eta::Between { low, high } => format!("{} left", format::range(low, high)),
        Eta::AtLeast(seconds) => format!("at least {} left", format::range(seconds, seconds)),
    }
}

/// Whether the process that ran the job is gone.
pub(super) fn is_abandoned(job: &JobRow) -> bool {
    matches!(job.origin, Origin::History { abandoned: true, .. })
}

fn chart(sheet: &mut Sheet<'_, '_>, app: &App, job: &JobRow) {
    if app.settings.low_bandwidth || job.history.slots().is_empty() {
        return;
    }
    let spare = sheet.area.height.saturating_sub(3);
    let height = (spare / 2).clamp(1, 5);
    sheet.take(u16::from(spare > 4));
    let Some(area) = sheet.take(height) else { return };
    let slots = job.history.slots().iter();
    let samples: Vec<Sample> =
        slots.map(|slot| Sample { value: slot.bytes, stall: slot.is_stall() }).collect();
    let chart = Chart { samples: &samples, limit: job.state.limit };
    let scale = area.width.min(11);
    let plot = Rect { width: area.width - scale, ..area };
    spark::draw(sheet.painter, plot, &chart);
    let top = Rect { x: plot.right(), width: scale, height: 1, ..area };
    let text = format::rate(chart.top(plot.width));
    sheet.painter.pen(top).number(&text, scale, Role::Dim);
    if height > 1 {
        let bottom = Rect { y: area.bottom() - 1, ..top };
        let seconds = samples.len().min(usize::from(plot.width));
        let text = format::span(u64::try_from(seconds).unwrap_or(0));
        sheet.painter.pen(bottom).number(&text, scale, Role::Dim);
    }
}

fn workers(sheet: &mut Sheet<'_, '_>, job: &JobRow) {
    if sheet.area.height > 3 && !job.state.current.is_empty() {
        sheet.take(1);
    }
    for (worker, object) in &job.state.current {
        sheet.fact(&format!("worker {}", worker + 1), object, Role::Accent);
    }
}

/// What is wrong comes first, then the figures.
fn ended(sheet: &mut Sheet<'_, '_>, job: &JobRow, outcome: &Outcome) {
    match outcome {
        Outcome::Complete => {}
        Outcome::Incomplete { reasons } => {
            for reason in reasons {
                sheet.paragraph(&format!("missing: {reason}"), Role::Warn, 2);
            }
        }
        Outcome::Damaged { findings } => {
            for finding in findings {
                sheet.paragraph(finding, Role::Danger, 2);
            }
        }
        Outcome::Failed { error } => {
            sheet.paragraph(&error.message, Role::Danger, 5);
            sheet.paragraph(error.hint.as_deref().unwrap_or_default(), Role::Text, 3);
        }
        Outcome::Cancelled { left } => sheet.paragraph(left, Role::Text, 3),
        Outcome::Panicked { message } => {
            sheet.paragraph(&format!("a defect of dbbackup: {message}"), Role::Danger, 5);
        }
    }
    if *outcome != Outcome::Complete && sheet.area.height > 6 {
        sheet.take(1);
    }
    if let Some(report) = &job.state.verified {
        sheet.fact("verified", &report.summary(), Role::Text);
    }
    file(sheet, job);
    summary(sheet, job);
}

fn summary(sheet: &mut Sheet<'_, '_>, job: &JobRow) {
    let meter = &job.meter;
    sheet.fact("data", &format::size(meter.bytes), Role::Text);
    if meter.archive_bytes > 0 {
        sheet.fact("archive", &format::size(meter.archive_bytes), Role::Text);
    }
    sheet.fact("rows", &short_count(meter.rows), Role::Text);
    limits(sheet, job);
    let (Some(started), Some(ended)) = (job.state.started, job.state.ended) else { return };
    let seconds = format::seconds_between(started, ended);
    let average = meter.bytes.checked_div(seconds).unwrap_or(meter.bytes);
    let took = format!("{}, {} on average", format::span(seconds), format::rate(average));
    sheet.fact("took", &took, Role::Text);
    sheet.fact("ended", &format::date(ended), Role::Text);
}

/// What limits cost, where there were any.
fn limits(sheet: &mut Sheet<'_, '_>, job: &JobRow) {
    let seconds = |micros: u64| format::span(micros / 1_000_000);
    let mut parts = Vec::new();
    if job.meter.throttle_wait_micros >= 1_000_000 {
        parts.push(format!("waited {} for it", seconds(job.meter.throttle_wait_micros)));
    }
    if job.meter.paused_micros >= 1_000_000 {
        parts.push(format!("paused {}", seconds(job.meter.paused_micros)));
    }
    // The first is the one that it began with.
    let changes = job.state.adjustments.count.saturating_sub(1);
    if changes > 0 {
        parts.push(format!("changed {changes} times"));
    }
    if !parts.is_empty() {
        sheet.fact("limit", &parts.join(", "), Role::Text);
    }
}

fn abandoned(sheet: &mut Sheet<'_, '_>) {
    let text = "The process that ran this job is gone and wrote no result: it was killed, or the machine went down. What it was writing is not a backup.";
    sheet.paragraph(text, Role::Danger, 5);
}

fn hooks(sheet: &mut Sheet<'_, '_>, job: &JobRow) {
    let lines = job_hooks::lines(job, sheet.painter.glyphs());
    if lines.is_empty() || sheet.area.height < 3 {
        return;
    }
    sheet.take(1);
    for (line, role) in lines {
        sheet.paragraph(&line, role, 1);
    }
}

fn problems(sheet: &mut Sheet<'_, '_>, job: &JobRow) {
    // A failed job's error stands above already.
    if job.state.problems.is_empty() || sheet.area.height < 2 {
        return;
    }
    sheet.take(1);
    let count = format::count(job.state.problems.len(), "problem", "problems");
    sheet.paragraph(&count, Role::Warn, 1);
    for problem in job.state.problems.iter().rev().take(3) {
        sheet.paragraph(problem, Role::Warn, 2);
    }
}

/// The newest lines of the job's log in what is left, wrapped beside their times.
fn log(sheet: &mut Sheet<'_, '_>, job: &JobRow) {
    if sheet.area.height < 3 || job.log.is_empty() {
        return;
    }
    sheet.take(1);
    let room = usize::from(sheet.area.height);
    let width = usize::from(sheet.area.width).saturating_sub(TIME);
    let mut rows = Vec::new();
    for entry in job.log.iter().rev() {
        let lines = text::wrap(&entry.text, width, sheet.painter.glyphs());
        if rows.len() + lines.len() > room {
            break;
        }
        let role = match entry.level {
            Level::Info => Role::Dim,
            level => common::level_role(level),
        };
        let time = std::iter::once(format::clock(entry.at)).chain(std::iter::repeat(String::new()));
        let mut whole: Vec<_> = time.zip(lines).map(|(time, line)| (time, line, role)).collect();
        whole.append(&mut rows);
        rows = whole;
    }
    for (time, line, role) in rows {
        let Some(place) = sheet.take(1) else { return };
        sheet.painter.pen(place).column(&time, 10, Role::Dim).put(&line, role);
    }
}

/// Columns of a time of day and the blank after it.
const TIME: usize = 10;
