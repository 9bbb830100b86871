//! What a job will do, before it does anything: facts, objects with their sizes, locks, warnings,
//! the same as a command line; and the confirmation by typing where rows are endangered.

use ratatui::layout::Rect;

use crate::app::action::ActionId;
use crate::app::dialog::plan::{self, PlanDialog, PlanLine, PlanState, TypedConfirm};
use crate::model::plan::{Plan, PlannedObject};
use crate::model::size::short_count;
use crate::ui::format;
use crate::ui::painter::Pen;
use crate::ui::panes::{key, text_field};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::list::{self, Window};

use super::sheet::{Front, Sheet, Stage};

/// Draws the dialog.
pub(super) fn draw(stage: &mut Stage<'_, '_>, area: Rect, dialog: &PlanDialog) {
    let (app, active) = (stage.app, stage.active);
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
                let goes_here = format!("{} goes here", key(app, ActionId::OtherHalf));
                typed(&mut sheet, confirm, active, &goes_here);
            }
            content(&mut sheet, plan, lines, dialog.scroll.offset);
        }
    }
}

/// The confirmation at the foot of the dialog: what it means, what to type, what is wrong with it.
fn typed(sheet: &mut Sheet<'_, '_>, confirm: &TypedConfirm, active: bool, empty: &str) {
    let Some(area) = sheet.take_bottom(3) else { return };
    let line = |row: u16| Rect { y: area.y + row, height: 1, ..area };
    let warning = "This writes over existing data. To allow it, type";
    sheet.painter.text(line(1), confirm.error.as_deref().unwrap_or(warning), Role::Danger);
    let pointer = sheet.painter.glyphs().pointer;
    let mut pen = sheet.painter.pen(line(2));
    // The field keeps at least half of the line.
    let cells = u16::try_from(text::width(&confirm.expected)).unwrap_or(u16::MAX);
    pen.path(&confirm.expected, cells.min(area.width / 2), Role::Strong);
    pen.gap(1).put(pointer, Role::Accent).gap(1);
    let field = Rect { x: pen.x(), width: pen.room(), ..line(2) };
    let typing = active && confirm.editing;
    text_field(sheet.painter, field, &confirm.field, typing, empty);
}

/// The plan's lines from `offset` on.
fn content(sheet: &mut Sheet<'_, '_>, plan: &Plan, lines: &[PlanLine], offset: usize) {
    let area = Rect { width: sheet.area.width.saturating_sub(2), ..sheet.area };
    let grid = Grid::of(plan, area.width);
    let top = offset.min(lines.len().saturating_sub(usize::from(area.height)));
    let window = Window { len: lines.len(), top, selected: None, focused: true };
    list::draw(sheet.painter, area, window, |painter, place, index| {
        if let Some(line) = lines.get(index) {
            grid.draw(&mut painter.pen(place), line);
        }
    });
    let track = Rect {
        y: area.y.saturating_sub(1),
        height: area.height + 2,
        width: area.width + 2,
        ..area
    };
    list::scrollbar(sheet.painter, track, lines.len(), top, Role::Border);
}

/// Widths of the columns of a plan.
#[derive(Debug, Clone, Copy)]
struct Grid {
    indent: u16,
    label: u16,
    name: u16,
    bytes: u16,
    rows: u16,
    because: u16,
}

const KIND: u16 = 18;

impl Grid {
    fn of(plan: &Plan, width: u16) -> Self {
        let cells = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        let label = cells(plan::label_width(plan, usize::from(width)));
        let bytes = if plan.objects.iter().any(|object| object.bytes.is_some()) { 9 } else { 0 };
        let rows = if plan.objects.iter().any(|object| object.rows.is_some()) { 12 } else { 0 };
        let reasons = plan.objects.iter().filter_map(|object| object.because.as_deref());
        let widest = reasons.map(|reason| text::width(reason) + 2).max().unwrap_or(0);
        let indent = cells(plan::INDENT);
        let rest = width.saturating_sub(indent + KIND + 1 + bytes + rows);
        // A name needs its room more than the reason why it is there.
        let because = cells(widest).min(rest.saturating_sub(20));
        Self { indent, label, name: rest - because, bytes, rows, because }
    }

    fn draw(&self, pen: &mut Pen<'_, '_>, line: &PlanLine) {
        let (text, role) = match line {
            PlanLine::Blank => return,
            PlanLine::Object(object) => return self.object(pen, object),
            PlanLine::Fact(label, value) => {
                pen.column(label, self.label, Role::Dim).gap(self.indent).put(value, Role::Text);
                return;
            }
            PlanLine::Heading(heading) => {
                pen.put(heading, Role::Strong);
                return;
            }
            PlanLine::Endangered(table) => (table, Role::Danger),
            PlanLine::Warning(warning) => (warning, Role::Warn),
            PlanLine::Lock(lock) => (lock, Role::Text),
            PlanLine::CommandLine(command) => (command, Role::Accent),
        };
        pen.gap(self.indent).put(text, role);
    }

    fn object(&self, pen: &mut Pen<'_, '_>, object: &PlannedObject) {
        let rows = object.rows.map_or(String::new(), |rows| format!("{} rows", short_count(rows)));
        let bytes = object.bytes.map_or(String::new(), format::size);
        pen.gap(self.indent).column(&object.kind, KIND, Role::Dim).gap(1);
        pen.column(&object.name, self.name, Role::Text);
        pen.number(&bytes, self.bytes, Role::Text).number(&rows, self.rows, Role::Dim);
        if self.because > 2 {
            pen.gap(2).put(object.because.as_deref().unwrap_or_default(), Role::Dim);
        }
    }
}
