//! The relations of a database or schema, with ticks, sizes and estimates.

use ratatui::layout::Rect;

use crate::app::App;
use crate::app::action::ActionId;
use crate::app::layout::list_areas;
use crate::app::panes::tables::{Sort, TableRow, TablesPane};
use crate::model::catalog::RelationKind;
use crate::model::size::short_count;
use crate::ui::format;
use crate::ui::painter::{Painter, Pen};
use crate::ui::theme::Role;

use super::common::{self, Place};

const SIZE: u16 = 9;
const ROWS: u16 = 7;
/// Room for remarks in a column of their own.
const NOTE: u16 = 26;
const NOTE_FROM: u16 = 66;

/// Draws the pane.
pub(in crate::ui) fn draw(painter: &mut Painter<'_>, app: &App, place: Place) {
    let pane = &app.tables;
    let areas = list_areas(place.inside(), true, pane.filter.is_shown());
    common::frame(painter, place, &figures(app));
    if pane.totals.shown == 0 {
        empty(painter, app, areas.rows);
    } else {
        head(painter, common::rect(areas.head), pane);
        common::foot(painter, place, &position(pane));
    }
    let top = pane.cursor.offset();
    let rows = (areas.rows, pane.totals.shown);
    common::list(painter, place, rows, &pane.cursor, |painter, line, index| {
        if let Some(row) = index.checked_sub(top).and_then(|n| pane.window.get(n)) {
            draw_row(&mut painter.pen(line), row);
        }
    });
    common::filter(painter, areas.filter, &pane.filter);
}

fn figures(app: &App) -> Vec<(String, Role)> {
    let pane = &app.tables;
    let Some(scope) = &pane.scope else { return Vec::new() };
    let name = match &scope.schema {
        Some(schema) => format!("{}.{schema}", scope.database),
        None => scope.database.clone(),
    };
    let mut figures = vec![(name, Role::Text)];
    let entry = app.server.catalogs.get(&scope.database);
    figures.extend(entry.and_then(|entry| common::stale(&entry.catalog)));
    if pane.totals.ticked > 0 {
        figures.push((format!("{} ticked", pane.totals.ticked), Role::Accent));
        figures.push((format::size(pane.totals.ticked_bytes), Role::Accent));
    }
    figures
}

fn position(pane: &TablesPane) -> String {
    let totals = &pane.totals;
    let at = pane.cursor.index() + 1;
    if totals.shown < totals.all {
        format!("{at} of {}, {} hidden by the filter", totals.shown, totals.all - totals.shown)
    } else {
        format!("{at} of {}", totals.shown)
    }
}

fn head(painter: &mut Painter<'_>, area: Rect, pane: &TablesPane) {
    if area.is_empty() {
        return;
    }
    let columns = Columns::of(area.width);
    let glyphs = painter.glyphs();
    let sorted = |sort: Sort, word: &str| {
        // Sizes and rows begin with the largest, names with the first.
        let descends = (sort == Sort::Name) == pane.reversed;
        let mark = if descends { glyphs.down } else { glyphs.up };
        if sort == pane.sort { format!("{word} {mark}") } else { word.to_owned() }
    };
    let mut pen = painter.pen(area);
    pen.gap(4).column(&sorted(Sort::Name, "name"), columns.name, Role::Dim);
    pen.number(&sorted(Sort::Size, "size"), SIZE, Role::Dim).gap(1);
    pen.number(&sorted(Sort::Rows, "rows"), ROWS, Role::Dim);
    if columns.note > 0 {
        pen.gap(2).column("notes", columns.note, Role::Dim);
    }
}

/// Widths of the columns that depend on the pane's.
#[derive(Debug, Clone, Copy)]
struct Columns {
    name: u16,
    note: u16,
}

impl Columns {
    fn of(width: u16) -> Self {
        let note = if width >= NOTE_FROM { NOTE } else { 0 };
        let fixed = 4 + SIZE + 1 + ROWS + 1 + if note > 0 { note + 2 } else { 0 };
        Self { name: width.saturating_sub(fixed), note }
    }
}

fn draw_row(pen: &mut Pen<'_, '_>, row: &TableRow) {
    let columns = Columns::of(pen.room());
    let glyphs = pen.glyphs();
    let (tick, tick_role) = common::tick_box(row.tick, glyphs);
    pen.put(tick, tick_role).gap(1);
    let role = if row.in_range { Role::Accent } else { Role::Text };
    let indent = u16::from(row.is_partition) * 2;
    pen.gap(indent.min(columns.name));
    common::matched(pen, &row.label, &row.matched, columns.name.saturating_sub(indent), role);
    let size = if row.total_bytes > 0 { format::size(row.total_bytes) } else { String::new() };
    pen.number(&size, SIZE, Role::Text).gap(1);
    let (note, note_role) = note(row);
    if columns.note > 0 {
        pen.number(&rows(row), ROWS, Role::Dim).gap(2).column(&note, columns.note, note_role);
    } else if note.is_empty() {
        pen.number(&rows(row), ROWS, Role::Dim);
    } else {
        pen.number(&short_note(row, note), ROWS, note_role);
    }
}

/// The planner's estimate; nothing where it never counted, for nothing is not zero.
fn rows(row: &TableRow) -> String {
    match row.rows_estimate {
        Some(rows) if row.kind.has_rows() => short_count(rows),
        None if row.kind.has_rows() => "?".to_owned(),
        _ => String::new(),
    }
}

fn note(row: &TableRow) -> (String, Role) {
    if row.without_rows {
        return ("definition only, no rows".to_owned(), Role::Warn);
    }
    if let Some(predicate) = &row.predicate {
        return (format!("where {predicate}"), Role::Accent);
    }
    let text = match row.kind {
        RelationKind::Table if row.is_partition => "partition",
        RelationKind::Table => "",
        kind => kind.label(),
    };
    (text.to_owned(), Role::Dim)
}

/// The note in a column of seven cells.
fn short_note(row: &TableRow, note: String) -> String {
    if row.without_rows {
        return "no rows".to_owned();
    }
    if row.predicate.is_some() {
        return "where".to_owned();
    }
    match row.kind {
        RelationKind::Table => rows(row),
        RelationKind::Partitioned => "parts".to_owned(),
        RelationKind::MaterializedView => "matview".to_owned(),
        RelationKind::Foreign => "foreign".to_owned(),
        RelationKind::Sequence => "seq".to_owned(),
        RelationKind::View => note,
    }
}

/// Why there are no rows, and what can be done.
fn empty(painter: &mut Painter<'_>, app: &App, area: crate::app::layout::Rect) {
    let pane = &app.tables;
    let Some(scope) = &pane.scope else {
        return common::notice(painter, area, &[("choose a database on the left", Role::Dim)]);
    };
    if pane.totals.all > 0 {
        return common::notice(painter, area, &[("no table matches the filter", Role::Dim)]);
    }
    let database = app.server.catalogs.get(&scope.database);
    let Some(catalog) = database.map(|database| &database.catalog) else {
        let text =
            format!("{} in the databases reads the tables", common::key(app, ActionId::Open));
        return common::notice(painter, area, &[(text.as_str(), Role::Dim)]);
    };
    if let Some(error) = &catalog.error {
        let mut lines = vec![(error.message.as_str(), Role::Danger)];
        lines.extend(error.hint.as_deref().map(|hint| (hint, Role::Text)));
        return common::notice(painter, area, &lines);
    }
    let text = if catalog.is_loading() { "reading the tables…" } else { "no tables here" };
    common::notice(painter, area, &[(text, Role::Dim)]);
}
