//! Databases and their schemas.

use crate::app::App;
use crate::app::layout::list_areas;
use crate::app::panes::browser::{BrowserRow, Node};
use crate::app::selection::Tick;
use crate::model::conn::ConnState;
use crate::ui::format;
use crate::ui::painter::{Painter, Pen};
use crate::ui::theme::Role;

use super::common::{self, Place};

/// Draws the pane.
pub(in crate::ui) fn draw(painter: &mut Painter<'_>, app: &App, place: Place) {
    let pane = &app.browser;
    let areas = list_areas(place.inside(), false, pane.filter.is_shown());
    let figures: Vec<_> = common::stale(&app.server.databases).into_iter().collect();
    common::frame(painter, place, &figures);
    if pane.rows.is_empty() {
        empty(painter, app, areas.rows);
    }
    let rows = (areas.rows, pane.rows.len());
    common::list(painter, place, rows, &pane.cursor, |painter, line, index| {
        if let Some(row) = pane.rows.get(index) {
            draw_row(&mut painter.pen(line), row);
        }
    });
    common::filter(painter, areas.filter, &pane.filter);
}

fn draw_row(pen: &mut Pen<'_, '_>, row: &BrowserRow) {
    let glyphs = pen.glyphs();
    let tick = match row.tick {
        Tick::On => "x",
        Tick::Partial => "~",
        Tick::Off => " ",
    };
    let branch = match row.expanded {
        Some(true) => glyphs.open,
        Some(false) => glyphs.closed,
        None => " ",
    };
    pen.put(tick, Role::Accent);
    if matches!(row.node, Node::Schema(..)) {
        pen.gap(2);
    }
    pen.put(branch, Role::Dim).gap(1);
    let (figure, figure_role) = figure(row);
    pen.right(&figure, figure_role);
    pen.right_gap(1);
    let role = match (row.problem.is_some() || row.stale, row.tick) {
        (true, _) => Role::Dim,
        (false, Tick::Off) => Role::Text,
        (false, _) => Role::Strong,
    };
    let room = pen.room();
    common::matched(pen, &row.label, &row.matched, room, role);
}

/// What stands at the row's end.
fn figure(row: &BrowserRow) -> (String, Role) {
    if row.loading {
        return ("reading…".to_owned(), Role::Dim);
    }
    if row.problem.is_some() {
        return ("no access".to_owned(), Role::Warn);
    }
    let text = match (row.bytes, row.relations) {
        (Some(bytes), _) => format::size(bytes),
        (None, Some(relations)) => relations.to_string(),
        (None, None) => String::new(),
    };
    (text, Role::Dim)
}

/// Why there are no rows, and what can be done.
fn empty(painter: &mut Painter<'_>, app: &App, area: crate::app::layout::Rect) {
    if app.browser.filter.is_active() {
        return common::notice(painter, area, &[("no database or schema matches", Role::Dim)]);
    }
    if let Some(error) = &app.server.databases.error {
        let mut lines = vec![(error.message.as_str(), Role::Danger)];
        lines.extend(error.hint.as_deref().map(|hint| (hint, Role::Text)));
        return common::notice(painter, area, &lines);
    }
    let line;
    let lines: &[(&str, Role)] = match &app.server.state {
        ConnState::Idle => &[("not connected", Role::Dim)],
        ConnState::Connecting { address } => {
            line = format!("connecting to {address}…");
            &[(line.as_str(), Role::Dim)]
        }
        ConnState::Connected { .. } => &[("reading the databases…", Role::Dim)],
        ConnState::Retrying { reason, .. } => {
            &[("no connection", Role::Warn), (reason, Role::Text)]
        }
        ConnState::Failed { reason, hint, .. } => &[
            ("no connection", Role::Danger),
            (reason, Role::Text),
            (hint.as_deref().unwrap_or_default(), Role::Text),
        ],
    };
    common::notice(painter, area, lines);
}
