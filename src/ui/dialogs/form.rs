//! The fields of a form: labels in a column, the field that has the keys marked and explained.

use ratatui::layout::Rect;

use crate::app::form::{Field, Form, Value};
use crate::ui::painter::Painter;
use crate::ui::panes::text_field;
use crate::ui::text;
use crate::ui::theme::Role;

use super::sheet::Sheet;

/// Draws the form; `active` says whether its focused field has the keys.
pub(super) fn draw(sheet: &mut Sheet<'_, '_>, form: &Form, active: bool) {
    let explanation = sheet.take_bottom(2);
    let rows = usize::from(sheet.area.height);
    let labels = form.fields.iter().map(|field| text::width(field.label)).max().unwrap_or(0);
    let labels = u16::try_from(labels).unwrap_or(0).min(sheet.area.width / 2);
    // The focused field stays in sight, with the ones around it.
    let top = (form.focus + 1).saturating_sub(rows);
    for (number, field) in form.fields.iter().enumerate().skip(top) {
        let Some(line) = sheet.take(1) else { break };
        draw_field(sheet.painter, (line, labels), field, active && number == form.focus);
    }
    if let (Some(field), Some(area)) = (form.fields.get(form.focus), explanation) {
        explain(sheet.painter, area, field);
    }
}

/// How many rows the form takes with its explanation.
pub(super) fn height(form: &Form) -> u16 {
    u16::try_from(form.fields.len()).unwrap_or(u16::MAX).saturating_add(2)
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
        }
        Value::Choice { options, index } => choice(&mut pen, options, *index, focused),
        Value::Text(text) => {
            text_field(painter, Rect { x, width, ..line }, text, focused, "none");
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
        pen.put("< ", Role::Dim).put(option, Role::Accent).put(" >", Role::Dim);
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

fn explain(painter: &mut Painter<'_>, area: Rect, field: &Field) {
    let (content, role) = match &field.error {
        Some(error) => (error.as_str(), Role::Danger),
        None => (field.help, Role::Dim),
    };
    let wrapped = text::wrap(content, usize::from(area.width), &painter.glyphs());
    for (y, part) in (area.top()..area.bottom()).zip(&wrapped) {
        painter.text(Rect { y, height: 1, ..area }, part, role);
    }
}
