//! What a job will do, before it does anything: facts, objects with their sizes, locks, warnings,
//! the same as a command line; and the confirmation by typing where rows are endangered.

use ratatui::layout::Rect;

use crate::app::dialog::plan::{PlanDialog, PlanLine, PlanState, TypedConfirm};
use crate::model::plan::{Plan, PlannedObject};
use crate::model::size::short_count;
use crate::ui::format;
use crate::ui::glyphs::Glyphs;
use crate::ui::painter::Pen;
use crate::ui::panes::text_field;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::list::{self, Window};

use super::sheet::{Front, Sheet, Stage};

/// Draws the dialog.
pub(super) fn draw(stage: &mut Stage<'_, '_>, area: Rect, dialog: &PlanDialog) {
    let active = stage.active;
    let title = format!("Plan: {}", dialog.spec.title());
    let danger = dialog.confirm.is_some() || matches!(dialog.state, PlanState::Failed(_));
    let mut sheet = stage.open_at(Front { title: &title, danger }, area);
    match &dialog.state {
        PlanState::Waiting { .. } => sheet.line("working out what this would do…", Role::Dim),
        PlanState::Failed(error) => {
            sheet.line("This cannot be done:", Role::Text);
            sheet.gap();
            sheet.paragraph(&error.message, Role::Danger);
            sheet.gap();
            sheet.paragraph(error.hint.as_deref().unwrap_or_default(), Role::Text);
        }
        PlanState::Ready { plan, lines } => {
            if let Some(confirm) = &dialog.confirm {
                typed(&mut sheet, confirm, active);
            }
            content(&mut sheet, plan, lines, dialog.scroll.offset);
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
    text_field(
        sheet.painter,
        field,
        &confirm.field,
        active && confirm.editing,
        "tab goes to this field",
    );
    if let Some(error) = &confirm.error {
        sheet.painter.text(line(2), error, Role::Danger);
    }
}

/// The plan's lines from `offset` on, long ones wrapped. At the end of the scroll the last rows are
/// in sight, however many the wrapping made of them.
fn content(sheet: &mut Sheet<'_, '_>, plan: &Plan, lines: &[PlanLine], offset: usize) {
    let area = Rect { width: sheet.area.width.saturating_sub(1), ..sheet.area };
    let grid = Grid::of(plan, lines, area.width);
    let glyphs = sheet.painter.glyphs();
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut top = 0;
    for (number, line) in lines.iter().enumerate() {
        if number == offset {
            top = rows.len();
        }
        rows.extend(grid.rows(line, usize::from(area.width), &glyphs));
    }
    let page = usize::from(area.height);
    let last = rows.len().saturating_sub(page);
    let top = if offset + page >= lines.len() { last } else { top.min(last) };
    let window = Window { len: rows.len(), top, selected: None, focused: true };
    list::draw(sheet.painter, area, window, |painter, place, index| {
        if let Some(row) = rows.get(index) {
            grid.draw(&mut painter.pen(place), row);
        }
    });
    let track = Rect {
        y: area.y.saturating_sub(1),
        height: area.height + 2,
        width: area.width + 1,
        ..area
    };
    list::scrollbar(sheet.painter, track, rows.len(), top, Role::Border);
}

/// A row of the screen.
enum Row<'p> {
    Text(u16, String, Role),
    Fact(&'p str, String),
    Object(&'p PlannedObject),
}

/// Widths of the columns of a plan.
#[derive(Debug, Clone, Copy)]
struct Grid {
    label: u16,
    name: u16,
    bytes: u16,
    rows: u16,
    because: u16,
}

const KIND: u16 = 18;

impl Grid {
    fn of(plan: &Plan, lines: &[PlanLine], width: u16) -> Self {
        let labels = lines.iter().filter_map(|line| match line {
            PlanLine::Fact(label, _) => Some(text::width(label)),
            _ => None,
        });
        let label = u16::try_from(labels.max().unwrap_or(0)).unwrap_or(width).min(width / 3);
        let bytes = if plan.objects.iter().any(|object| object.bytes.is_some()) { 9 } else { 0 };
        let rows = if plan.objects.iter().any(|object| object.rows.is_some()) { 12 } else { 0 };
        let reasons = plan.objects.iter().filter_map(|object| object.because.as_deref());
        let widest = reasons.map(|reason| text::width(reason) + 2).max().unwrap_or(0);
        let rest = width.saturating_sub(2 + KIND + 1 + bytes + rows);
        // A name needs its room more than the reason why it is there.
        let because = u16::try_from(widest).unwrap_or(u16::MAX).min(rest.saturating_sub(20));
        Self { label, name: rest - because, bytes, rows, because }
    }

    /// The rows of one line.
    fn rows<'p>(&self, line: &'p PlanLine, width: usize, glyphs: &Glyphs) -> Vec<Row<'p>> {
        let wrapped = |content: &str, indent: u16, role: Role| {
            let room = width.saturating_sub(usize::from(indent));
            let parts = text::wrap(content, room, glyphs).into_iter();
            parts.map(|part| Row::Text(indent, part, role)).collect()
        };
        match line {
            PlanLine::Blank => vec![Row::Text(0, String::new(), Role::Text)],
            PlanLine::Heading(heading) => wrapped(heading, 0, Role::Strong),
            PlanLine::Endangered(table) => wrapped(table, 2, Role::Danger),
            PlanLine::Warning(warning) => wrapped(warning, 2, Role::Warn),
            PlanLine::Lock(lock) => wrapped(lock, 2, Role::Text),
            PlanLine::CommandLine(command) => wrapped(command, 2, Role::Accent),
            PlanLine::Object(object) => vec![Row::Object(object)],
            PlanLine::Fact(label, value) => {
                let indent = self.label + 2;
                let room = width.saturating_sub(usize::from(indent));
                let mut parts = text::wrap(value, room, glyphs).into_iter();
                let first = Row::Fact(label, parts.next().unwrap_or_default());
                let rest = parts.map(|part| Row::Text(indent, part, Role::Text));
                [first].into_iter().chain(rest).collect()
            }
        }
    }

    fn draw(&self, pen: &mut Pen<'_, '_>, row: &Row<'_>) {
        match row {
            Row::Text(indent, text, role) => {
                pen.gap(*indent).put(text, *role);
            }
            Row::Fact(label, value) => {
                pen.column(label, self.label, Role::Dim).gap(2).put(value, Role::Text);
            }
            Row::Object(object) => self.object(pen, object),
        }
    }

    fn object(&self, pen: &mut Pen<'_, '_>, object: &PlannedObject) {
        let rows = object.rows.map_or(String::new(), |rows| format!("{} rows", short_count(rows)));
        let bytes = object.bytes.map_or(String::new(), format::size);
        pen.gap(2).column(&object.kind, KIND, Role::Dim).gap(1);
        pen.column(&object.name, self.name, Role::Text);
        pen.number(&bytes, self.bytes, Role::Text).number(&rows, self.rows, Role::Dim);
        if self.because > 2 {
            pen.gap(2).put(object.because.as_deref().unwrap_or_default(), Role::Dim);
        }
    }
}
