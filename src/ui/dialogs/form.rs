//! The fields of a form: labels in a column, the field that has the keys marked and explained.

use ratatui::layout::Rect;

use crate::app::form::{Field, Form, Value};
use crate::ui::painter::Painter;
use crate::ui::panes::text_field;
use crate::ui::text;
use crate::ui::theme::Role;

use super::sheet::Sheet;

/// Rows kept for what the focused field means, with a blank one above.
const EXPLANATION: u16 = 2;

/// Draws the form; `active` says whether its focused field has the keys.
pub(super) fn draw(sheet: &mut Sheet<'_, '_>, form: &Form, active: bool) {
    let rows = usize::from(sheet.area.height.saturating_sub(EXPLANATION));
    let shown = form.shown();
    let labels = shown.iter().filter_map(|at| form.fields.get(*at));
    let labels = labels.map(|field| text::width(field.label)).max().unwrap_or(0);
    let labels = u16::try_from(labels).unwrap_or(0).min(sheet.area.width / 2);
    // The focused field stays in sight, with the ones around it.
    let focused = shown.iter().position(|at| *at == form.focus).unwrap_or(0);
    let top = (focused + 1).saturating_sub(rows);
    for at in shown.into_iter().skip(top).take(rows) {
        let (Some(line), Some(field)) = (sheet.take(1), form.fields.get(at)) else { break };
        draw_field(sheet.painter, (line, labels), field, active && at == form.focus);
    }
    if sheet.area.height > 2 {
        sheet.gap();
    }
    if let Some(field) = form.fields.get(form.focus).filter(|_| active) {
        explain(sheet, field);
    }
}

fn draw_field(
    painter: &mut Painter<'_>,
    (line, labels): (Rect, u16),
    field: &Field,
    focused: bool,
) {
    let glyphs = painter.glyphs();
    let mut pen = painter.pen(line);
    pen.put(if focused { glyphs.pointer } else { " " }, Role::Accent).gap(1);
    let role = if focused { Role::Strong } else { Role::Dim };
    pen.column(field.label, labels, role).gap(2);
    let (x, width) = (pen.x(), pen.room());
    match &field.value {
        Value::Toggle(on) => {
            let role = if *on { Role::Accent } else { Role::Text };
            pen.put(if *on { glyphs.tick_all } else { glyphs.tick_none }, role);
            if focused {
                pen.overlay(x, 3, Role::Selected);
            }
        }
        Value::Choice { options, index } => choice(&mut pen, options, *index, focused),
        Value::Text(text) => {
            text_field(painter, Rect { x, width, ..line }, text, focused, field.empty);
        }
    }
    if field.error.is_some() {
        let mark = Rect { x: line.x, width: 1, ..line };
        painter.text(mark, glyphs.incomplete, Role::Danger);
    }
}

/// All options where they fit, the chosen one marked; else the chosen one between arrows.
fn choice(
    pen: &mut crate::ui::painter::Pen<'_, '_>,
    options: &[String],
    index: usize,
    focused: bool,
) {
    let all: usize = options.iter().map(|option| text::width(option) + 2).sum();
    if all > usize::from(pen.room()) {
        let option = options.get(index).map_or("", String::as_str);
        pen.put("< ", Role::Dim);
        let from = pen.x();
        let cells = u16::try_from(text::width(option)).unwrap_or(u16::MAX);
        pen.column(option, cells.min(pen.room().saturating_sub(2)), Role::Accent);
        if focused {
            let cells = pen.x() - from;
            pen.overlay(from, cells, Role::Selected);
        }
        pen.put(" >", Role::Dim);
        return;
    }
    for (number, option) in options.iter().enumerate() {
        let from = pen.x();
        let chosen = number == index;
        pen.put(option, if chosen { Role::Accent } else { Role::Dim });
        if chosen {
            let cells = pen.x() - from;
            pen.overlay(from, cells, if focused { Role::Selected } else { Role::SelectedIdle });
        }
        pen.gap(2);
    }
}

fn explain(sheet: &mut Sheet<'_, '_>, field: &Field) {
    match &field.error {
        Some(error) => sheet.paragraph(error, Role::Danger),
        None => sheet.paragraph(field.help, Role::Dim),
    }
}
