//! A look into one object of an archive: definition, first rows, or what comes along with it.

use ratatui::layout::Rect;

use crate::app::dialog::look::{LookDialog, Page};
use crate::model::archive::{Preview, PreviewRows};
use crate::ui::format;
use crate::ui::painter::{Painter, Pen};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::list::{self, Window};

use super::sheet::{Front, Sheet, Stage};

/// Widest column of rows.
const WIDEST: usize = 40;

/// Draws the dialog.
pub(super) fn draw(stage: &mut Stage<'_, '_>, area: Rect, dialog: &LookDialog) {
    let mut sheet = stage.open_at(Front { title: &dialog.title, danger: false }, area);
    if let Some(line) = sheet.take(1) {
        pages(&mut sheet.painter.pen(line), dialog.page);
    }
    match (&dialog.preview.value, &dialog.preview.error) {
        (Some(preview), _) => page(&mut sheet, dialog, preview),
        (None, Some(error)) => {
            sheet.paragraph(&error.message, Role::Danger);
            if let Some(hint) = &error.hint {
                sheet.paragraph(hint, Role::Text);
            }
        }
        (None, None) => sheet.line("reading the archive…", Role::Dim),
    }
}

fn pages(pen: &mut Pen<'_, '_>, current: Page) {
    for page in Page::ALL {
        let role = if page == current { Role::TitleFocused } else { Role::Dim };
        pen.put(page.title(), role).gap(2);
    }
}

fn page(sheet: &mut Sheet<'_, '_>, dialog: &LookDialog, preview: &Preview) {
    match dialog.page {
        Page::Definition => definition(sheet, dialog, preview),
        Page::Rows => rows(sheet, dialog, preview),
        Page::Along => along(sheet, dialog),
    }
}

fn definition(sheet: &mut Sheet<'_, '_>, dialog: &LookDialog, preview: &Preview) {
    if preview.definition.is_empty() {
        return sheet.line("no SQL of its own makes it", Role::Dim);
    }
    if preview.definition_cut
        && let Some(line) = sheet.take_bottom(1)
    {
        sheet.painter.text(line, "there is more of it", Role::Warn);
    }
    let lines: Vec<&str> = preview.definition.lines().collect();
    scrolled(sheet, dialog, |pen, at| {
        if let Some(line) = lines.get(at) {
            pen.put(line, Role::Text);
        }
    });
}

fn along(sheet: &mut Sheet<'_, '_>, dialog: &LookDialog) {
    if dialog.along.is_empty() {
        return sheet.line("nothing: it stands by itself", Role::Dim);
    }
    scrolled(sheet, dialog, |pen, at| {
        let Some((label, reason)) = dialog.along.get(at) else { return };
        pen.put(label, Role::Text);
        if let Some(reason) = reason {
            pen.gap(2).put(reason, Role::Dim);
        }
    });
}

fn rows(sheet: &mut Sheet<'_, '_>, dialog: &LookDialog, preview: &Preview) {
    match &preview.rows {
        PreviewRows::None => sheet.line("it is nothing that has rows", Role::Dim),
        PreviewRows::NotStored => sheet.line("its rows are not in the archive", Role::Dim),
        PreviewRows::Unreadable(reason) => sheet.paragraph(reason, Role::Danger),
        PreviewRows::Rows { columns, rows, more } => {
            more_line(sheet, *more, rows.len(), "rows");
            if rows.is_empty() {
                return sheet.line("no rows", Role::Dim);
            }
            table(sheet, dialog, columns, rows);
        }
        PreviewRows::Statements { text, more } => {
            more_line(sheet, *more, text.lines().count(), "lines");
            let lines: Vec<&str> = text.lines().collect();
            scrolled(sheet, dialog, |pen, at| {
                if let Some(line) = lines.get(at) {
                    pen.put(line, Role::Text);
                }
            });
        }
        PreviewRows::LargeObjects { objects, more } => {
            more_line(sheet, *more, objects.len(), "large objects");
            scrolled(sheet, dialog, |pen, at| {
                let Some((oid, bytes)) = objects.get(at) else { return };
                pen.column(&oid.to_string(), 12, Role::Text).put(&format::size(*bytes), Role::Dim);
            });
        }
    }
}

fn more_line(sheet: &mut Sheet<'_, '_>, more: bool, count: usize, what: &str) {
    if more && let Some(line) = sheet.take_bottom(1) {
        let text = format!("the first {count} {what}; there are more");
        sheet.painter.text(line, &text, Role::Dim);
    }
}

fn table(
    sheet: &mut Sheet<'_, '_>,
    dialog: &LookDialog,
    columns: &[String],
    rows: &[Vec<Option<String>>],
) {
    let widths = widths(columns, rows);
    let from = dialog.column;
    if !columns.is_empty()
        && let Some(line) = sheet.take(1)
    {
        let mut pen = sheet.painter.pen(line);
        for (name, width) in columns.iter().zip(&widths).skip(from) {
            pen.column(name, *width, Role::Title).gap(2);
        }
    }
    scrolled(sheet, dialog, |pen, at| {
        let Some(row) = rows.get(at) else { return };
        for (cell, width) in row.iter().zip(&widths).skip(from) {
            match cell {
                Some(text) => pen.column(text, *width, Role::Text),
                None => pen.column("null", *width, Role::Dim),
            }
            .gap(2);
        }
    });
}

fn widths(columns: &[String], rows: &[Vec<Option<String>>]) -> Vec<u16> {
    let count = columns.len().max(rows.first().map_or(0, Vec::len));
    (0..count)
        .map(|at| {
            let head = columns.get(at).map_or(0, |name| text::width(name));
            let cells = rows.iter().filter_map(|row| row.get(at));
            let widest = cells.map(|cell| cell.as_deref().map_or(4, text::width)).max();
            u16::try_from(head.max(widest.unwrap_or(0)).min(WIDEST)).unwrap_or(1)
        })
        .collect()
}

fn scrolled(
    sheet: &mut Sheet<'_, '_>,
    dialog: &LookDialog,
    draw: impl Fn(&mut Pen<'_, '_>, usize),
) {
    let (len, top) = (dialog.len(), dialog.scroll.offset);
    let window = Window { len, top, selected: None, focused: true };
    let area = Rect { width: sheet.area.width.saturating_sub(1), ..sheet.area };
    list::draw(sheet.painter, area, window, |painter: &mut Painter<'_>, line, at| {
        draw(&mut painter.pen(line), at);
    });
}
