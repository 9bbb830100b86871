//! What a cluster's backup holds, with ticks, on the left, the restore's options on the right.

use ratatui::layout::Rect;

use crate::app::dialog::cluster::contents::{Part, PartRow};
use crate::app::dialog::cluster::restore::ClusterRestoreDialog;
use crate::app::dialog::restore::Half;
use crate::app::selection::Tick;
use crate::model::cluster::ClusterListing;
use crate::model::size::short_count;
use crate::ui::format;
use crate::ui::painter::{Painter, Pen};
use crate::ui::panes::{matched, tick_box};
use crate::ui::theme::Role;

use super::form;
use super::restore::{filter_line, halves, heading, rows, separated};
use super::sheet::{Front, Sheet, Stage};

/// Draws the dialog.
pub(super) fn draw(stage: &mut Stage<'_, '_>, area: Rect, dialog: &ClusterRestoreDialog) {
    let active = stage.active;
    let title = format!("Restore the cluster from {}", dialog.listing.path.display());
    let mut sheet = stage.open_at(Front { title: &title, danger: false }, area);
    if let Some(line) = sheet.take(1) {
        separated(&mut sheet.painter.pen(line), &facts(&dialog.listing));
    }
    if let Some(line) = sheet.take(1) {
        state(sheet.painter, line, &dialog.listing);
    }
    let (parts, options) = halves(sheet.area, dialog.half);
    if let Some(area) = parts {
        parts_half(sheet.painter, area, dialog, active && dialog.half == Half::Tables);
    }
    if let Some(area) = options {
        let focused = active && dialog.half == Half::Options;
        let mut sheet = Sheet { painter: sheet.painter, area };
        heading(&mut sheet, "options", dialog.half == Half::Options);
        form::draw(&mut sheet, &dialog.form, focused);
    }
}

fn facts(listing: &ClusterListing) -> Vec<String> {
    let catalogue = &listing.catalogue;
    let bytes = catalogue.databases.iter().map(|database| database.archive_bytes).sum();
    vec![
        format!(
            "PostgreSQL {} at {}",
            format::version(&catalogue.server.version),
            catalogue.server.address
        ),
        format!("made {}", format::date(catalogue.started)),
        format::size(bytes),
    ]
}

/// Whether the backup is whole; what is missing or damaged is named first.
fn state(painter: &mut Painter<'_>, line: Rect, listing: &ClusterListing) {
    let missing = &listing.catalogue.missing;
    let mut problems = listing.damage.iter().chain(missing);
    let Some(first) = problems.next() else {
        painter.text(line, "complete", Role::Ok);
        return;
    };
    let word = if listing.damage.is_empty() { "incomplete" } else { "damaged" };
    let more = match problems.count() {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    painter.text(line, &format!("{word}: {first}{more}"), Role::Danger);
}

fn parts_half(painter: &mut Painter<'_>, area: Rect, dialog: &ClusterRestoreDialog, focused: bool) {
    let mut sheet = Sheet { painter, area };
    let contents = &dialog.contents;
    let (ticked, all) = contents.count();
    let title = format!("parts: {ticked} of {all} ticked");
    heading(&mut sheet, &title, dialog.half == Half::Tables);
    filter_line(&mut sheet, &contents.filter);
    let count = contents.rows.len();
    rows(&mut sheet, (count, &contents.cursor), focused, |pen, index| {
        if let Some(row) = contents.rows.get(index) {
            draw_row(pen, row);
        }
    });
}

/// Cells of the column of sizes, and of rows.
const BYTES: u16 = 9;
const ROWS: u16 = 12;

fn draw_row(pen: &mut Pen<'_, '_>, row: &PartRow) {
    let glyphs = pen.glyphs();
    match row.ticked {
        Some(on) => {
            let (tick, role) = tick_box(Tick::of([on]), glyphs);
            pen.put(tick, role).gap(1);
        }
        None => {
            pen.gap(4);
        }
    }
    let role = match (&row.part, row.ticked) {
        (_, None) => Role::Dim,
        (Part::Database(_), _) => Role::Text,
        _ => Role::Strong,
    };
    let room = pen.room().saturating_sub(BYTES + ROWS);
    name(pen, row, (room, role));
    if let Some(problem) = row.problem {
        pen.number("", 2, Role::Dim).put(problem, Role::Danger);
        return;
    }
    let count = row.count.map(|count| count.to_string());
    let bytes = row.bytes.map(format::size);
    let rows = row.rows.map(|rows| format!("{} rows", short_count(rows)));
    pen.number(&count.or(bytes).unwrap_or_default(), BYTES, Role::Text);
    pen.number(&rows.unwrap_or_default(), ROWS, Role::Dim);
}

/// The part's name, and the one that it gets.
fn name(pen: &mut Pen<'_, '_>, row: &PartRow, (room, role): (u16, Role)) {
    let Some(to) = &row.to else {
        matched(pen, &row.label, &row.matched, room, role);
        return;
    };
    let arrow = pen.glyphs().arrow;
    let end = pen.x() + room;
    let half = room.saturating_sub(3) / 2;
    let own = u16::try_from(crate::ui::text::width(&row.label)).unwrap_or(half).min(half);
    matched(pen, &row.label, &row.matched, own, role);
    pen.gap(1).put(arrow, Role::Dim).gap(1);
    let rest = end.saturating_sub(pen.x());
    pen.column(to, rest, Role::Accent);
}
