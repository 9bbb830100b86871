//! The timeline: an honest empty state. Nothing is drawn that is not known.

use ratatui::layout::Rect;

use crate::app::App;
use crate::ui::painter::Painter;
use crate::ui::theme::Role;

use super::common::{self, Place};

/// Draws the pane.
pub(in crate::ui) fn draw(painter: &mut Painter<'_>, app: &App, place: Place) {
    common::frame(painter, place, &[("no data".to_owned(), Role::Dim)]);
    let inside = common::rect(place.inside());
    let lines = app.timeline.missing().iter().map(|line| (*line, Role::Text));
    let purpose = app.timeline.purpose().iter().map(|line| (*line, Role::Dim));
    let all: Vec<(&str, Role)> = lines.chain([("", Role::Dim)]).chain(purpose).collect();
    for ((text, role), y) in all.into_iter().zip(inside.top()..inside.bottom()) {
        let line = Rect { y, height: 1, x: inside.x + 1, width: inside.width.saturating_sub(2) };
        painter.text(line, text, role);
    }
}
