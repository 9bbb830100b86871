//! A question with two answers; the harmless one is chosen.

use crate::app::dialog::confirm::Confirm;
use crate::ui::theme::Role;

use super::sheet::{self, Front, Stage};

const WIDTH: u16 = 64;

/// Draws the dialog.
pub(super) fn draw(stage: &mut Stage<'_, '_>, confirm: &Confirm) {
    let text: u16 = confirm.lines.iter().map(|line| sheet::lines(stage, line, WIDTH - 4)).sum();
    let front = Front { title: &confirm.title, danger: true };
    let mut sheet = stage.open(front, WIDTH, text + 6);
    for line in &confirm.lines {
        sheet.paragraph(line, Role::Text);
    }
    sheet.gap();
    let Some(line) = sheet.take(1) else { return };
    let no = format!(" {} ", "no");
    let yes = format!(" {} ", confirm.yes);
    let pointer = sheet.painter.glyphs().pointer;
    let mut pen = sheet.painter.pen(line);
    for (word, chosen, role) in
        [(no, !confirm.yes_chosen, Role::Text), (yes, confirm.yes_chosen, Role::Danger)]
    {
        pen.put(if chosen { pointer } else { " " }, Role::Accent);
        let from = pen.x();
        pen.put(&word, role);
        let cells = pen.x() - from;
        if chosen {
            pen.overlay(from, cells, Role::Selected);
        }
        pen.gap(2);
    }
}
