//! A question answered by one line of text.

use ratatui::layout::Rect;

use crate::app::dialog::prompt::Prompt;
use crate::ui::panes::text_field;
use crate::ui::theme::Role;

use super::sheet::{self, Front, Stage};

const WIDTH: u16 = 72;

/// Draws the dialog.
pub(super) fn draw(stage: &mut Stage<'_, '_>, prompt: &Prompt) {
    let active = stage.active;
    let text = sheet::lines(stage, &prompt.help, WIDTH - 4);
    let error = prompt.error.as_ref().map_or(0, |error| sheet::lines(stage, error, WIDTH - 4));
    let front = Front { title: &prompt.title, danger: false };
    let mut sheet = stage.open(front, WIDTH, text + error + 6);
    let pointer = sheet.painter.glyphs().pointer;
    if let Some(line) = sheet.take(1) {
        sheet.painter.text(line, pointer, Role::Accent);
        let field = Rect { x: line.x + 2, width: line.width.saturating_sub(2), ..line };
        text_field(sheet.painter, field, &prompt.field, active, "");
    }
    if let Some(error) = &prompt.error {
        sheet.paragraph(error, Role::Danger);
    }
    sheet.gap();
    sheet.paragraph(&prompt.help, Role::Dim);
}
