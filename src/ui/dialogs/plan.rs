//! What a job will do, before it does anything: facts, objects with their sizes, locks, warnings,
//! the same as a command line; and the confirmation by typing where rows are endangered.

use ratatui::layout::Rect;

use crate::app::dialog::plan::{PlanDialog, PlanState, TypedConfirm};
use crate::model::plan::{Plan, PlannedObject};
use crate::model::size::short_count;
use crate::ui::format;
use crate::ui::painter::Pen;
use crate::ui::panes::text_field;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::list::{self, Window};

use super::sheet::{Front, Sheet, Stage};

const WIDTH: u16 = 100;

/// Draws the dialog.
pub(super) fn draw(stage: &mut Stage<'_, '_>, dialog: &PlanDialog) {
    let active = stage.active;
    let danger = dialog.confirm.is_some();
    let name = dialog.spec.title();
    let title = format!("Plan: {name}");
    let height = stage.screen().height.saturating_sub(2).min(34);
    match &dialog.state {
        PlanState::Waiting { .. } => {
            let mut sheet = stage.open(Front { title: &title, danger }, WIDTH, 7);
            sheet.line("working out what this would do…", Role::Dim);
        }
        PlanState::Failed(error) => {
            let mut sheet = stage.open(Front { title: &title, danger: true }, WIDTH, 12);
            sheet.line("This cannot be done:", Role::Text);
            sheet.paragraph(&error.message, Role::Danger);
            sheet.gap();
            if let Some(hint) = &error.hint {
                sheet.paragraph(hint, Role::Text);
            }
        }
        PlanState::Ready { plan, .. } => {
            let mut sheet = stage.open(Front { title: &title, danger }, WIDTH, height);
            if let Some(confirm) = &dialog.confirm {
                typed(&mut sheet, confirm, active);
            }
            content(&mut sheet, plan, dialog.scroll.offset);
        }
    }
}

/// The confirmation at the foot of the dialog.
fn typed(sheet: &mut Sheet<'_, '_>, confirm: &TypedConfirm, active: bool) {
    let Some(area) = sheet.take_bottom(3) else { return };
    let line = |row: u16| Rect { y: area.y + row, height: 1, ..area };
    let mut pen = sheet.painter.pen(line(1));
    pen.put("This writes over existing data. Type ", Role::Danger);
    pen.put(&confirm.expected, Role::Strong).put(" to allow it: ", Role::Danger);
    let field = Rect { x: pen.x(), width: pen.room(), ..line(1) };
    text_field(sheet.painter, field, &confirm.field, active && confirm.editing, "");
    if let Some(error) = &confirm.error {
        sheet.painter.text(line(2), error, Role::Danger);
    }
}

/// A line of the plan.
enum Line<'p> {
    Blank,
    Heading(&'static str, Role),
    Fact(&'p str, String),
    More(String),
    Object(&'p PlannedObject),
    Text(String, Role),
}

fn content(sheet: &mut Sheet<'_, '_>, plan: &Plan, offset: usize) {
    let area = Rect { width: sheet.area.width.saturating_sub(1), ..sheet.area };
    let labels = plan.facts.iter().map(|(label, _)| text::width(label)).max().unwrap_or(0);
    let labels = u16::try_from(labels).unwrap_or(0).min(area.width / 3);
    let lines = lines(plan, usize::from(area.width), usize::from(labels), sheet);
    let columns = Columns::of(plan, area.width);
    let top = offset.min(lines.len().saturating_sub(usize::from(area.height)));
    let window = Window { len: lines.len(), top, selected: None, focused: true };
    list::draw(sheet.painter, area, window, |painter, place, index| {
        let mut pen = painter.pen(place);
        match lines.get(index) {
            None | Some(Line::Blank) => {}
            Some(Line::Heading(text, role)) => {
                pen.put(text, *role);
            }
            Some(Line::Fact(label, value)) => {
                pen.column(label, labels, Role::Dim).gap(2).put(value, Role::Text);
            }
            Some(Line::More(value)) => {
                pen.gap(labels + 2).put(value, Role::Text);
            }
            Some(Line::Text(text, role)) => {
                pen.put(text, *role);
            }
            Some(Line::Object(object)) => draw_object(&mut pen, object, columns),
        }
    });
    let track = Rect {
        y: area.y.saturating_sub(1),
        height: area.height + 2,
        width: area.width + 1,
        ..area
    };
    list::scrollbar(sheet.painter, track, lines.len(), top, Role::Border);
}

fn lines<'p>(plan: &'p Plan, width: usize, labels: usize, sheet: &Sheet<'_, '_>) -> Vec<Line<'p>> {
    let glyphs = sheet.painter.glyphs();
    let wrap = |content: &str, width: usize| text::wrap(content, width, &glyphs);
    let mut lines = Vec::new();
    let mut section = |heading: &'static str, items: &[String], role: Role| {
        if items.is_empty() {
            return;
        }
        lines.push(Line::Heading(heading, role));
        for item in items {
            let parts = wrap(item, width.saturating_sub(2));
            lines.extend(parts.into_iter().map(|part| Line::Text(format!("  {part}"), role)));
        }
        lines.push(Line::Blank);
    };
    section("Existing rows that would be written over or into", &plan.endangers, Role::Danger);
    section("Warnings", &plan.warnings, Role::Warn);
    for (label, value) in &plan.facts {
        let mut parts = wrap(value, width.saturating_sub(labels + 2)).into_iter();
        lines.push(Line::Fact(label, parts.next().unwrap_or_default()));
        lines.extend(parts.map(Line::More));
    }
    lines.push(Line::Blank);
    lines.push(Line::Text(summary(plan), Role::Strong));
    lines.extend(plan.objects.iter().map(Line::Object));
    lines.push(Line::Blank);
    if !plan.locks.is_empty() {
        lines.push(Line::Heading("Locks", Role::Dim));
        let locks = plan.locks.iter().flat_map(|lock| wrap(lock, width.saturating_sub(2)));
        lines.extend(locks.map(|part| Line::Text(format!("  {part}"), Role::Text)));
        lines.push(Line::Blank);
    }
    lines.push(Line::Heading("The same on the command line", Role::Dim));
    let command = wrap(&plan.command_line, width.saturating_sub(2));
    lines.extend(command.into_iter().map(|part| Line::Text(format!("  {part}"), Role::Text)));
    lines
}

fn summary(plan: &Plan) -> String {
    let objects = format::count(plan.objects.len(), "object", "objects");
    let data = format!("{} with rows", plan.data_objects);
    format!("{objects}, {data}, about {}", format::size(plan.bytes))
}

/// Widths of the columns of a plan's objects.
#[derive(Debug, Clone, Copy)]
struct Columns {
    name: u16,
    bytes: u16,
    rows: u16,
    because: u16,
}

const KIND: u16 = 18;

impl Columns {
    fn of(plan: &Plan, width: u16) -> Self {
        let bytes = if plan.objects.iter().any(|object| object.bytes.is_some()) { 9 } else { 0 };
        let rows = if plan.objects.iter().any(|object| object.rows.is_some()) { 12 } else { 0 };
        let reasons = plan.objects.iter().filter_map(|object| object.because.as_deref());
        let widest = reasons.map(|reason| text::width(reason) + 2).max().unwrap_or(0);
        let rest = width.saturating_sub(2 + KIND + 1 + bytes + rows);
        // A name needs its room more than the reason why it is there.
        let because = u16::try_from(widest).unwrap_or(u16::MAX).min(rest.saturating_sub(20));
        Self { name: rest - because, bytes, rows, because }
    }
}

fn draw_object(pen: &mut Pen<'_, '_>, object: &PlannedObject, columns: Columns) {
    let rows = object.rows.map_or(String::new(), |rows| format!("{} rows", short_count(rows)));
    let bytes = object.bytes.map_or(String::new(), format::size);
    pen.gap(2).column(&object.kind, KIND, Role::Dim).gap(1);
    pen.column(&object.name, columns.name, Role::Text);
    pen.number(&bytes, columns.bytes, Role::Text).number(&rows, columns.rows, Role::Dim);
    if columns.because > 2 {
        pen.gap(2).put(object.because.as_deref().unwrap_or_default(), Role::Dim);
    }
}
