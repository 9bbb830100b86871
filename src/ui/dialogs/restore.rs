//! An archive's tables with ticks on the left, the restore's options on the right; one above the
//! other where there is no room beside.

use ratatui::layout::Rect;

use crate::app::dialog::restore::contents::{ArchiveNode, ArchiveRow};
use crate::app::dialog::restore::{Half, RestoreDialog};
use crate::app::filter::Filter;
use crate::app::list::Cursor;
use crate::model::spec::ArchiveFormat;
use crate::ui::format;
use crate::ui::painter::{Painter, Pen};
use crate::ui::panes::{matched, text_field, tick_box};
use crate::ui::theme::Role;
use crate::ui::widgets::list::{self, Window};

use super::form;
use super::sheet::{Front, Sheet, Stage};

/// Draws the dialog.
pub(super) fn draw(stage: &mut Stage<'_, '_>, area: Rect, dialog: &RestoreDialog) {
    let active = stage.active;
    let title = format!("Restore from {}", dialog.path.display());
    let mut sheet = stage.open_at(Front { title: &title, danger: false }, area);
    if let Some(line) = sheet.take(1) {
        facts(&mut sheet.painter.pen(line), dialog);
    }
    if dialog.listing.value.is_none() {
        return waiting(&mut sheet, dialog);
    }
    let (tables, options) = halves(sheet.area, dialog.half);
    if let Some(area) = tables {
        tables_half(sheet.painter, area, dialog, active && dialog.half == Half::Tables);
    }
    if let Some(area) = options {
        let focused = active && dialog.half == Half::Options;
        let mut sheet = Sheet { painter: sheet.painter, area };
        heading(&mut sheet, "options", dialog.half == Half::Options);
        form::draw(&mut sheet, &dialog.form, focused);
    }
}

/// Both halves beside each other, or the one that has the keys alone.
pub(super) fn halves(area: Rect, half: Half) -> (Option<Rect>, Option<Rect>) {
    if area.width < 90 {
        return match half {
            Half::Tables => (Some(area), None),
            Half::Options => (None, Some(area)),
        };
    }
    let left = area.width / 2 - 1;
    let x = area.x + left + 3;
    let right = Rect { x, width: area.right().saturating_sub(x), ..area };
    (Some(Rect { width: left, ..area }), Some(right))
}

fn facts(pen: &mut Pen<'_, '_>, dialog: &RestoreDialog) {
    let Some(listing) = &dialog.listing.value else { return };
    let told = |what: &str, value: &str| (!value.is_empty()).then(|| format!("{what}{value}"));
    let script = listing.format == ArchiveFormat::Plain;
    let facts = [
        script.then(|| "a script in plain SQL".to_owned()),
        told("database ", &listing.database),
        told("PostgreSQL ", format::version(&listing.server_version)),
        told("made ", &listing.created),
        Some(format::size(listing.bytes)),
    ];
    separated(pen, &facts.into_iter().flatten().collect::<Vec<_>>());
}

/// Facts in one line, with dots between.
pub(super) fn separated(pen: &mut Pen<'_, '_>, facts: &[String]) {
    for (number, fact) in facts.iter().enumerate() {
        if number > 0 {
            let dot = pen.glyphs().dot;
            pen.gap(1).put(dot, Role::Dim).gap(1);
        }
        pen.put(fact, Role::Dim);
    }
}

fn waiting(sheet: &mut Sheet<'_, '_>, dialog: &RestoreDialog) {
    match &dialog.listing.error {
        Some(error) => {
            sheet.paragraph(&error.message, Role::Danger);
            if let Some(hint) = &error.hint {
                sheet.paragraph(hint, Role::Text);
            }
        }
        None => sheet.line("reading the archive's table of contents…", Role::Dim),
    }
}

/// The heading of a half.
pub(super) fn heading(sheet: &mut Sheet<'_, '_>, text: &str, focused: bool) {
    sheet.line(text, if focused { Role::TitleFocused } else { Role::Title });
}

fn tables_half(painter: &mut Painter<'_>, area: Rect, dialog: &RestoreDialog, focused: bool) {
    let mut sheet = Sheet { painter, area };
    if let Some(why) = dialog.listing.value.as_ref().and_then(|listing| listing.opaque.as_ref()) {
        heading(&mut sheet, "a script to be run whole", dialog.half == Half::Tables);
        let text =
            format!("It {why}: its entries are not known, and nothing can be picked from it.");
        return sheet.paragraph(&text, Role::Text);
    }
    let contents = &dialog.contents;
    let (ticked, all) = contents.count();
    let what = if contents.all_kinds { "objects" } else { "tables" };
    let title = format!("{what}: {ticked} of {all} ticked");
    heading(&mut sheet, &title, dialog.half == Half::Tables);
    filter_line(&mut sheet, &contents.filter);
    let count = contents.rows.len();
    rows(&mut sheet, (count, &contents.cursor), focused, |pen, index| {
        if let Some(row) = contents.rows.get(index) {
            draw_row(pen, row);
        }
    });
}

/// The filter at the foot of a list, while there is one.
pub(super) fn filter_line(sheet: &mut Sheet<'_, '_>, filter: &Filter) {
    if filter.is_shown()
        && let Some(line) = sheet.take_bottom(1)
    {
        sheet.painter.text(line, "/", Role::Key);
        let field = Rect { x: line.x + 2, width: line.width.saturating_sub(2), ..line };
        text_field(sheet.painter, field, &filter.field, filter.editing, "type to filter");
    }
}

/// The rows of a list in what is left of a half, with a scrollbar beside them.
pub(super) fn rows<K: PartialEq + Clone>(
    sheet: &mut Sheet<'_, '_>,
    (len, cursor): (usize, &Cursor<K>),
    focused: bool,
    mut row: impl FnMut(&mut Pen<'_, '_>, usize),
) {
    let window = Window { len, top: cursor.offset(), selected: Some(cursor.index()), focused };
    let area = Rect { width: sheet.area.width.saturating_sub(1), ..sheet.area };
    list::draw(sheet.painter, area, window, |painter, line, index| {
        row(&mut painter.pen(line), index);
    });
    let track = Rect {
        y: area.y.saturating_sub(1),
        height: area.height + 2,
        width: area.width + 1,
        ..area
    };
    list::scrollbar(sheet.painter, track, len, cursor.offset(), Role::Border);
}

/// Whether its rows could be in the archive.
fn is_table(row: &ArchiveRow) -> bool {
    matches!(row.kind.as_str(), "TABLE" | "FOREIGN TABLE" | "MATERIALIZED VIEW")
}

fn draw_row(pen: &mut Pen<'_, '_>, row: &ArchiveRow) {
    let is_schema = matches!(row.node, ArchiveNode::Schema(_));
    if !is_schema {
        pen.gap(2);
    }
    let (tick, role) = tick_box(row.tick, pen.glyphs());
    pen.put(tick, role).gap(1);
    let figure = match row.bytes {
        _ if row.folded => "folded".to_owned(),
        Some(0) if is_schema => String::new(),
        Some(bytes) => format::size(bytes),
        None if !is_schema && !is_table(row) => row.kind.to_lowercase(),
        None if !row.has_data && !is_schema => "no rows".to_owned(),
        None => String::new(),
    };
    pen.right(&figure, Role::Dim);
    pen.right_gap(1);
    let room = pen.room();
    matched(pen, &row.label, &row.matched, room, if is_schema { Role::Strong } else { Role::Text });
}
