//! Help and palette: every action with its keys, searched by typing, greyed with the reason where
//! it cannot be run now.

use ratatui::layout::Rect;

use crate::app::picker::{Picker, PickerRow};
use crate::ui::painter::Painter;
use crate::ui::panes::{matched, text_field};
use crate::ui::theme::Role;
use crate::ui::widgets::list::{self, Window};

use super::sheet::{Front, Stage};

/// Draws the dialog.
pub(super) fn draw(stage: &mut Stage<'_, '_>, area: Rect, picker: &Picker, title: &str) {
    let active = stage.active;
    let mut sheet = stage.open_at(Front { title, danger: false }, area);
    if let Some(line) = sheet.take(1) {
        sheet.painter.text(line, "/", Role::Key);
        let field = Rect { x: line.x + 2, width: line.width.saturating_sub(2), ..line };
        text_field(sheet.painter, field, &picker.field, active, "type to search");
    }
    // The chosen action in a whole sentence: rows are cut where the screen is narrow.
    let sentence = sheet.take_bottom(1);
    if picker.rows.is_empty() {
        sheet.line("no action matches", Role::Dim);
    }
    let window = Window {
        len: picker.rows.len(),
        top: picker.cursor.offset(),
        selected: Some(picker.cursor.index()),
        focused: active,
    };
    let area = Rect { width: sheet.area.width.saturating_sub(1), ..sheet.area };
    list::draw(sheet.painter, area, window, |painter, line, index| {
        if let Some(row) = picker.rows.get(index) {
            let first = index.checked_sub(1).and_then(|n| picker.rows.get(n));
            let repeats = index > window.top && first.is_some_and(|above| above.group == row.group);
            draw_row(painter, line, row, repeats);
        }
    });
    let track = Rect {
        y: area.y.saturating_sub(1),
        height: area.height + 2,
        width: area.width + 1,
        ..area
    };
    list::scrollbar(sheet.painter, track, picker.rows.len(), picker.cursor.offset(), Role::Border);
    if let (Some(row), Some(area)) = (picker.rows.get(picker.cursor.index()), sentence) {
        match &row.disabled {
            Some(reason) => sheet.painter.text(area, &format!("not now: {reason}"), Role::Warn),
            None => sheet.painter.text(area, row.doc, Role::Text),
        };
    }
}

fn draw_row(painter: &mut Painter<'_>, line: Rect, row: &PickerRow, repeats: bool) {
    let (group, keys, title) = if line.width >= 76 { (17, 17, 16) } else { (0, 14, 16) };
    let mut pen = painter.pen(line);
    if group > 0 {
        pen.column(if repeats { "" } else { row.group }, group - 1, Role::Dim).gap(1);
    }
    let (key_role, role) = match row.disabled {
        Some(_) => (Role::Dim, Role::Dim),
        None => (Role::Key, Role::Text),
    };
    pen.column(&row.keys, keys - 1, key_role).gap(1);
    matched(&mut pen, row.title, &row.matched, title - 1, role);
    pen.gap(1).put(row.doc, Role::Dim);
}
