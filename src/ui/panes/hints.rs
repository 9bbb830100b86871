//! The line at the bottom: what the keys do here.

use ratatui::layout::Rect;

use crate::app::App;
use crate::app::action::ActionId;
use crate::ui::painter::Painter;
use crate::ui::widgets::hints::{self, Hint};

use super::common;

/// Draws the line.
pub(in crate::ui) fn draw(painter: &mut Painter<'_>, app: &App, area: Rect) {
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let all: Vec<Hint> = app
        .hints()
        .into_iter()
        .filter(|hint| hint.enabled)
        .map(|hint| Hint::new(hint.key, hint.title))
        .collect();
    let more = Hint::new(common::key(app, ActionId::Help), "more");
    hints::draw(painter, area, &all, Some(&more));
}
