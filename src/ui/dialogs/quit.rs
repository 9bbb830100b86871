//! Leaving while jobs run: what becomes of them.

use crate::app::dialog::quit::{QuitChoice, QuitDialog};
use crate::ui::format;
use crate::ui::theme::Role;

use super::sheet::{Front, Stage};

/// Draws the dialog.
pub(super) fn draw(stage: &mut Stage<'_, '_>, quit: QuitDialog) {
    let running = format::count(stage.app.jobs.running(), "job is", "jobs are");
    let title = format!("{running} running");
    let mut sheet = stage.open(Front { title: &title, danger: false }, 66, 10);
    sheet.line("What becomes of the work?", Role::Text);
    sheet.gap();
    let pointer = sheet.painter.glyphs().pointer;
    for (number, choice) in QuitChoice::ALL.into_iter().enumerate() {
        let Some(line) = sheet.take(1) else { return };
        let chosen = number == quit.index;
        let role = if choice == QuitChoice::Cancel { Role::Danger } else { Role::Text };
        let mut pen = sheet.painter.pen(line);
        pen.put(if chosen { pointer } else { " " }, Role::Accent).gap(1);
        pen.put(choice.label(), role);
        if chosen {
            sheet.painter.overlay(line, Role::Selected);
        }
    }
}
