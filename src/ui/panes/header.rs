//! The line on top: where we are connected, what limits what can be done, what moves, what time it
//! is. It changes once a second at most.

use ratatui::layout::Rect;

use crate::app::App;
use crate::app::panes::jobs::JobRow;
use crate::model::conn::ConnState;
use crate::model::size::RateLimit;
use crate::model::spec::JobSpec;
use crate::ui::format;
use crate::ui::painter::{Painter, Pen};
use crate::ui::text;
use crate::ui::theme::Role;

/// Draws the line.
pub(in crate::ui) fn draw(painter: &mut Painter<'_>, app: &App, area: Rect) {
    let mut pen = painter.pen(area);
    let roomy = area.width >= 100;
    // Where room is short, what moves matters more than the program's name.
    pen.gap(1).put(if area.width >= 70 { "dbbackup  " } else { "" }, Role::Strong);
    server(&mut pen, app, roomy);
    badges(&mut pen, app);
    figures(&mut pen, app);
    reason(&mut pen, app);
}

fn server(pen: &mut Pen<'_, '_>, app: &App, roomy: bool) {
    let server = &app.server;
    if !server.name.is_empty() {
        let width = if roomy { 32 } else { 18 };
        let name = text::fit_middle(&server.name, width, pen.glyphs()).into_owned();
        pen.put(&name, Role::Accent).gap(2);
    }
    if let Some(info) = server.info.as_ref().filter(|_| roomy) {
        pen.put(&format!("{} {}", info.product, format::version(&info.version)), Role::Text).gap(2);
    }
    let glyphs = pen.glyphs();
    let (mark, word, role) = match &server.state {
        ConnState::Idle => (glyphs.waiting, "not connected".to_owned(), Role::Dim),
        ConnState::Connecting { .. } => (glyphs.waiting, "connecting".to_owned(), Role::Warn),
        ConnState::Connected { .. } => (glyphs.connected, "connected".to_owned(), Role::Ok),
        ConnState::Retrying { .. } => {
            let seconds = server.retry_in(app.now).unwrap_or(0);
            (glyphs.waiting, format!("retry in {seconds} s"), Role::Warn)
        }
        ConnState::Failed { .. } => (glyphs.failed, "no connection".to_owned(), Role::Danger),
    };
    pen.put(mark, role).gap(1).put(&word, role);
}

/// States of the whole console that the user must not forget.
fn badges(pen: &mut Pen<'_, '_>, app: &App) {
    let mut badges = Vec::new();
    if app.server.read_only {
        badges.push(" READ-ONLY ".to_owned());
    }
    if let Some(frozen) = &app.frozen {
        let seconds = format::seconds_between(frozen.since, app.now);
        badges.push(format!(" FROZEN {} ", format::span(seconds)));
    }
    if app.slow_link {
        badges.push(" SLOW LINK ".to_owned());
    }
    if app.quit_when_idle {
        badges.push(" LEAVING AFTER THE LAST JOB ".to_owned());
    }
    for badge in badges {
        pen.gap(2).put(&badge, Role::Badge);
    }
}

/// From the right end inwards: clock, jobs, limit, rates. What does not fit is left out.
fn figures(pen: &mut Pen<'_, '_>, app: &App) {
    pen.right_gap(1);
    if !pen.right(&format::clock(app.now), Role::Dim) {
        return;
    }
    let running: Vec<&JobRow> = app.shown_jobs().iter().filter(|job| job.is_running()).collect();
    if running.is_empty() {
        return;
    }
    pen.right_gap(3);
    pen.right(&format::count(running.len(), "job", "jobs"), Role::Text);
    let rates = rates(pen, &running);
    // The limit stands behind the rate, but the rate comes first where room is short.
    let both =
        |limit: &String| text::width(limit) + text::width(&rates) + 5 < usize::from(pen.room());
    if let Some(limit) = limit(&running, app.process_rate).filter(both) {
        pen.right_gap(2).right(&limit, Role::Dim);
    }
    pen.right_gap(2).right(&rates, Role::Strong);
}

/// The limit, where it is one job's, or that of all of them.
fn limit(running: &[&JobRow], all: RateLimit) -> Option<String> {
    let [job] = running else { return all.0.map(|_| format!("limit of all {all}")) };
    job.state.limit.map(|limit| format!("limit {}", RateLimit(Some(limit))))
}

/// What comes from servers and what goes to them.
fn rates(pen: &Pen<'_, '_>, running: &[&JobRow]) -> String {
    let glyphs = pen.glyphs();
    let (mut down, mut up) = (None, None);
    for job in running {
        let now = job.progress().now.unwrap_or(0);
        let restores = job.spec.as_ref().is_some_and(JobSpec::is_restore);
        let sum = if restores { &mut up } else { &mut down };
        *sum = Some(sum.unwrap_or(0) + now);
    }
    let both = [(glyphs.down, down), (glyphs.up, up)].into_iter();
    let shown = both.filter_map(|(mark, rate)| Some(format!("{mark} {}", format::rate(rate?))));
    shown.collect::<Vec<_>>().join("  ")
}

/// Why there is no connection, in the room that is left.
fn reason(pen: &mut Pen<'_, '_>, app: &App) {
    if let ConnState::Retrying { reason, .. } | ConnState::Failed { reason, .. } = &app.server.state
    {
        pen.right_gap(2);
        pen.put(": ", Role::Text).put(reason, Role::Text);
    }
}
