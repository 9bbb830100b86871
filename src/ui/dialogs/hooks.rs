//! The hooks of a job: each with its state, and its lines below it.

use ratatui::layout::Rect;

use crate::app::dialog::hooks::HooksDialog;
use crate::app::panes::jobs::{HookRow, HookRun, HookText, JobRow};
use crate::model::hook::HookStream;
use crate::ui::format;
use crate::ui::painter::Pen;
use crate::ui::panes::hook_state;
use crate::ui::theme::Role;
use crate::ui::widgets::list::{self, Window};

use super::sheet::{Front, Stage};

/// Draws the dialog.
pub(super) fn draw(stage: &mut Stage<'_, '_>, area: Rect, dialog: &HooksDialog) {
    let app = stage.app;
    let job = app.shown_jobs().iter().find(|job| job.id == dialog.job);
    let title = job.map_or_else(|| "Hooks".to_owned(), |job| format!("Hooks: {}", job.title()));
    let mut sheet = stage.open_at(Front { title: &title, danger: false }, area);
    let Some(job) = job.filter(|job| !job.hooks.is_empty()) else {
        let runs = job.is_some_and(JobRow::is_running);
        let text = if runs { "no hook has begun yet" } else { "no hook ran in this job" };
        return sheet.line(text, Role::Dim);
    };
    let len = job.hooks.len();
    let newest = len.saturating_sub(usize::from(sheet.area.height));
    let top = if dialog.follow { newest } else { dialog.scroll.offset.min(newest) };
    let rows = Rect { width: sheet.area.width.saturating_sub(1), ..sheet.area };
    let window = Window { len, top, selected: None, focused: true };
    list::draw(sheet.painter, rows, window, |painter, line, index| {
        let pen = &mut painter.pen(line);
        match job.hooks.row(index) {
            Some(HookRow::Head(run)) => head(pen, run),
            Some(HookRow::Earlier(count)) => {
                let lines = format::count(count, "line", "lines");
                pen.gap(10).put(&format!("{lines} more in the job's log"), Role::Dim);
            }
            Some(HookRow::Line(text)) => said(pen, text),
            None => {}
        }
    });
    list::scrollbar(sheet.painter, area, len, top, Role::Border);
}

/// Mark, point, name, and at the right how it went.
fn head(pen: &mut Pen<'_, '_>, run: &HookRun) {
    let (mark, role, state) = hook_state(run, pen.glyphs());
    pen.put(mark, role).gap(1).column(run.point.word(), 14, Role::Dim);
    pen.right(&state, role);
    pen.put(&run.name, Role::Strong);
    if let Some(database) = &run.database {
        pen.gap(1).put(database, Role::Dim);
    }
}

fn said(pen: &mut Pen<'_, '_>, line: &HookText) {
    let role = match line.stream {
        HookStream::Stdout => Role::Text,
        HookStream::Stderr => Role::Warn,
        HookStream::Note => Role::Dim,
    };
    pen.put(&format::clock(line.at), Role::Dim).gap(1);
    pen.column(line.stream.tag(), 4, Role::Dim).put(&line.text, role);
}
