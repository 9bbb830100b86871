//! Running and past jobs, two lines each, and the chosen one's details below.

use std::path::Path;

use ratatui::layout::Rect;

use crate::app::App;
use crate::app::action::ActionId;
use crate::app::layout::{JOB_ROWS, job_areas};
use crate::app::panes::jobs::JobRow;
use crate::model::job::{Outcome, Phase};
use crate::model::spec::JobSpec;
use crate::ui::format;
use crate::ui::glyphs::Glyphs;
use crate::ui::painter::{Painter, Pen};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::{list, progress};

use super::common::{self, Place};
use super::job_detail::{self, is_abandoned, time_left};

/// Draws the pane.
pub(in crate::ui) fn draw(painter: &mut Painter<'_>, app: &App, place: Place) {
    let pane = &app.jobs;
    let areas = job_areas(place.inside(), pane.shown.len(), pane.filter.is_shown());
    common::frame(painter, place, &figures(app));
    if pane.shown.is_empty() {
        empty(painter, app, place.inside());
    }
    let list_area = common::rect(areas.list);
    let visible = usize::from(list_area.height / JOB_ROWS);
    let jobs = pane.shown.iter().skip(pane.cursor.offset()).take(visible);
    let mut y = list_area.y;
    for id in jobs {
        let line = Rect { y, height: JOB_ROWS, ..list_area };
        y += JOB_ROWS;
        if let Some(job) = app.shown_jobs().iter().find(|job| job.id == *id) {
            painter.count_row();
            draw_job(painter, job, line);
        }
        if pane.cursor.key() == Some(id) {
            let role = if place.focused { Role::Selected } else { Role::SelectedIdle };
            painter.overlay(Rect { height: 1, ..line }, role);
        }
    }
    let track =
        Rect { y: list_area.y - 1, height: list_area.height + 2, ..common::rect(place.area) };
    let lines = usize::from(JOB_ROWS);
    let (len, top) = (pane.shown.len() * lines, pane.cursor.offset() * lines);
    list::scrollbar(painter, track, len, top, Role::Border);
    common::filter(painter, areas.filter, &pane.filter);
    let chosen = pane.cursor.key().and_then(|id| app.shown_jobs().iter().find(|j| j.id == *id));
    if let Some(job) = chosen {
        job_detail::draw(painter, app, job, common::rect(areas.detail));
    }
}

fn figures(app: &App) -> Vec<(String, Role)> {
    let running = app.shown_jobs().iter().filter(|job| job.is_running()).count();
    if running == 0 { Vec::new() } else { vec![(format!("{running} running"), Role::Accent)] }
}

fn empty(painter: &mut Painter<'_>, app: &App, area: crate::app::layout::Rect) {
    let text = if app.jobs.filter.is_active() {
        "no job matches the filter".to_owned()
    } else {
        let key = common::key(app, ActionId::Backup);
        format!("no jobs yet: tick tables and press {key} to back them up")
    };
    common::notice(painter, area, &[(text.as_str(), Role::Dim)]);
}

/// Mark, word and role of a job's state.
pub(super) fn state(job: &JobRow, glyphs: &Glyphs) -> (&'static str, &'static str, Role) {
    if let Some(outcome) = &job.state.outcome {
        let (mark, role) = match outcome {
            Outcome::Complete => (glyphs.done, Role::Ok),
            Outcome::Incomplete { .. } => (glyphs.incomplete, Role::Warn),
            Outcome::Damaged { .. } | Outcome::Failed { .. } | Outcome::Panicked { .. } => {
                (glyphs.failed, Role::Danger)
            }
            Outcome::Cancelled { .. } => (glyphs.cancelled, Role::Dim),
        };
        return (mark, outcome.label(), role);
    }
    if is_abandoned(job) {
        return (glyphs.failed, "process gone", Role::Danger);
    }
    if job.state.phase == Phase::Cancelling {
        return (glyphs.cancelled, Phase::Cancelling.label(), Role::Warn);
    }
    if job.state.paused {
        return (glyphs.paused, "paused", Role::Warn);
    }
    let mark = match job.state.phase {
        Phase::Queued | Phase::Connecting => glyphs.waiting,
        _ => glyphs.running,
    };
    let word = match job.state.phase {
        // The list has no room for all of its words.
        Phase::PostData => "indexes",
        phase => phase.label(),
    };
    (mark, word, Role::Accent)
}

fn draw_job(painter: &mut Painter<'_>, job: &JobRow, area: Rect) {
    let glyphs = painter.glyphs();
    let (mark, word, role) = state(job, glyphs);
    let mut pen = painter.pen(area);
    pen.put(mark, role).gap(1);
    pen.right(word, role);
    pen.right_gap(1);
    title(&mut pen, job);
    let below =
        Rect { x: area.x + 2, y: area.y + 1, height: 1, width: area.width.saturating_sub(2) };
    if job.state.outcome.is_some() || !job.is_running() {
        ended(&mut painter.pen(below), job);
    } else {
        running(painter, job, below);
    }
}

/// What the job does, with the file's name alone (its folder stands in the details); where room is
/// short, the file's name is cut and not the databases'.
fn title(pen: &mut Pen<'_, '_>, job: &JobRow) {
    let arrow = pen.glyphs().arrow;
    let name =
        |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let (before, file, after) = match &job.spec {
        Some(JobSpec::Backup(spec)) => {
            (format!("backup {} {arrow} ", spec.database), name(&spec.output), String::new())
        }
        Some(JobSpec::Restore(spec)) => {
            ("restore ".to_owned(), name(&spec.archive), format!(" {arrow} {}", spec.database))
        }
        Some(JobSpec::BackupCluster(spec)) => {
            (format!("backup cluster {arrow} "), name(&spec.output), String::new())
        }
        Some(JobSpec::RestoreCluster(spec)) => {
            ("restore cluster ".to_owned(), name(&spec.backup), String::new())
        }
        Some(JobSpec::Verify(spec)) => ("verify ".to_owned(), name(&spec.backup), String::new()),
        None => (job.title(), String::new(), String::new()),
    };
    pen.put(&before, Role::Text);
    let cells = |text: &str| u16::try_from(text::width(text)).unwrap_or(u16::MAX);
    // Some of the file's name stays, whatever comes after it.
    let room = pen.room().saturating_sub(cells(&after)).max(10).min(cells(&file));
    pen.path(&file, room, Role::Text).put(&after, Role::Text);
}

/// Progress line, percent, rate and time left.
fn running(painter: &mut Painter<'_>, job: &JobRow, area: Rect) {
    let bar = (area.width / 4).clamp(8, 30).min(area.width);
    let figures = job.progress();
    let (done, total) = match job.state.phase {
        // All rows are there, whatever the estimate said.
        Phase::PostData | Phase::Finishing => (1, Some(1)),
        // An estimate that was exceeded is no total any more.
        _ => {
            let total = figures.bytes_total.filter(|total| figures.bytes <= *total);
            (total.map_or(0, |total| figures.bytes.min(total.saturating_sub(1))), total)
        }
    };
    progress::draw(painter, Rect { width: bar, ..area }, done, total, Role::Chart);
    let rest = Rect { x: area.x + bar, width: area.width - bar, ..area };
    let mut pen = painter.pen(rest);
    let copying = job.state.phase == Phase::Copying;
    let percent = figures.percent.filter(|_| copying);
    let percent = percent.map_or(String::new(), |percent| format!("{percent} %"));
    pen.number(&percent, 6, Role::Strong).gap(2);
    if let Some(now) = figures.now.filter(|_| copying) {
        pen.put(&format::rate(now), Role::Text);
    }
    pen.right(&time_left(&figures), Role::Dim);
}

/// What a job that is over moved, how long it took, and when that was.
fn ended(pen: &mut Pen<'_, '_>, job: &JobRow) {
    pen.column(&format::size(job.meter.bytes), 10, Role::Dim);
    if let (Some(started), Some(ended)) = (job.state.started, job.state.ended) {
        let seconds = format::seconds_between(started, ended);
        pen.put(&format!("in {}", format::span(seconds)), Role::Dim);
    }
    if let Some(at) = job.state.ended.or(job.state.started) {
        pen.right(&format::date(at), Role::Dim);
    }
}
