//! The `:` line, in place of the hints, with what tab offers above it.

use ratatui::layout::Rect;

use crate::app::command::CommandLine;
use crate::ui::panes::{rect, text_field};
use crate::ui::text;
use crate::ui::theme::Role;

use super::sheet::Stage;

/// Draws the line, its completions and what is wrong with it.
pub(super) fn draw(stage: &mut Stage<'_, '_>, line: &CommandLine) {
    let area = rect(stage.app.layout().hints);
    let painter = &mut *stage.painter;
    painter.clear(area);
    painter.text(area, ":", Role::Key);
    let field = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    text_field(painter, field, &line.field, stage.active, "a command; tab completes, esc leaves");
    let Some(above) = area.y.checked_sub(1) else { return };
    let above = Rect { y: above, ..area };
    if let Some(error) = &line.error {
        painter.clear(above);
        painter.text(above, error, Role::Danger);
    } else if !line.completions.is_empty() {
        painter.clear(above);
        completions(stage, line, above);
    }
}

/// The completions on one line, from one before the chosen one on.
fn completions(stage: &mut Stage<'_, '_>, line: &CommandLine, area: Rect) {
    let first = line.chosen.unwrap_or(0).saturating_sub(1);
    let mut pen = stage.painter.pen(area);
    for (number, completion) in line.completions.iter().enumerate().skip(first) {
        if text::width(completion) + 2 > usize::from(pen.room()) {
            break;
        }
        let from = pen.x();
        pen.put(&format!(" {completion} "), Role::Text);
        if line.chosen == Some(number) {
            let cells = pen.x() - from;
            pen.overlay(from, cells, Role::Selected);
        }
    }
}
