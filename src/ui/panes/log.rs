//! All messages, newest at the bottom.

use ratatui::layout::Rect;

use crate::app::App;
use crate::app::layout::list_areas;
use crate::app::notify::Message;
use crate::model::job::Level;
use crate::ui::format;
use crate::ui::painter::Painter;
use crate::ui::text;
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
    let chosen = pane.cursor.key().and_then(|number| app.notes.message(*number));
    if let Some(message) = chosen.filter(|_| place.focused) {
        let row = pane.cursor.index().saturating_sub(pane.cursor.offset());
        whole(painter, common::rect(areas.rows), message, row);
    }
}

/// Columns of the time and the level.
const BEFORE: u16 = 18;

/// The chosen message in full where its row cuts it: over the lowest rows, or over the uppermost
/// where the chosen row is one of the lowest.
fn whole(painter: &mut Painter<'_>, area: Rect, message: &Message, row: usize) {
    let hint = message.hint.as_deref().map_or(String::new(), |hint| format!(": {hint}"));
    let all = format!("{}{hint}", message.text);
    let glyphs = painter.glyphs();
    if text::width(&text::shown(&all, glyphs)) <= usize::from(area.width.saturating_sub(BEFORE)) {
        return;
    }
    let lines = text::wrap(&all, usize::from(area.width), glyphs);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(1);
    if height.saturating_mul(2) > area.height {
        return;
    }
    let is_low = row + usize::from(height) >= usize::from(area.height);
    let y = if is_low { area.y } else { area.bottom() - height };
    let place = Rect { y, height, ..area };
    painter.clear(place);
    let rule = if is_low { place.bottom() - 1 } else { y };
    painter.fill(Rect { y: rule, height: 1, ..place }, glyphs.border.horizontal_top, Role::Border);
    let first = if is_low { y } else { y + 1 };
    for (y, line) in (first..place.bottom()).zip(&lines) {
        painter.text(Rect { y, height: 1, ..place }, line, Role::Text);
    }
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
