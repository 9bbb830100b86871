//! All messages, newest at the bottom.

use ratatui::layout::Rect;

use crate::app::App;
use crate::app::layout::list_areas;
use crate::app::notify::Message;
use crate::model::job::Level;
use crate::ui::format;
use crate::ui::painter::Painter;
use crate::ui::theme::Role;

use super::common::{self, Place};

/// Draws the pane.
pub(in crate::ui) fn draw(painter: &mut Painter<'_>, app: &App, place: Place) {
    let pane = &app.log;
    let areas = list_areas(place.inside(), false, pane.filter.is_shown());
    let all = app.notes.messages().len();
    let figure = if all == 0 { Vec::new() } else { vec![(all.to_string(), Role::Dim)] };
    common::frame(painter, place, &figure);
    if pane.shown.is_empty() {
        let text =
            if all == 0 { "nothing was reported yet" } else { "no message matches the filter" };
        common::notice(painter, areas.rows, &[(text, Role::Dim)]);
    }
    let rows = (areas.rows, pane.shown.len());
    common::list(painter, place, rows, &pane.cursor, |painter, line, index| {
        let message = pane.shown.get(index).and_then(|number| app.notes.message(*number));
        if let Some(message) = message {
            draw_row(painter, line, message);
        }
    });
    common::filter(painter, areas.filter, &pane.filter);
}

fn draw_row(painter: &mut Painter<'_>, line: Rect, message: &Message) {
    let word = match message.level {
        Level::Info => "",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    let role = common::level_role(message.level);
    let mut pen = painter.pen(line);
    pen.put(&format::clock(message.at), Role::Dim).gap(1).column(word, 8, role);
    pen.put(&message.text, role);
    if let Some(hint) = &message.hint {
        pen.put(": ", Role::Dim).put(hint, Role::Text);
    }
}
