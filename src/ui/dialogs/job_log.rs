//! The lines of a job's log.

use ratatui::layout::Rect;

use crate::app::dialog::job_log::JobLogDialog;
use crate::app::panes::jobs::JobRow;
use crate::model::job::Level;
use crate::ui::format;
use crate::ui::panes::level_role;
use crate::ui::theme::Role;
use crate::ui::widgets::list::{self, Window};

use super::sheet::{Front, Stage};

/// Draws the dialog.
pub(super) fn draw(stage: &mut Stage<'_, '_>, area: Rect, dialog: &JobLogDialog) {
    let app = stage.app;
    let job = app.shown_jobs().iter().find(|job| job.id == dialog.job);
    let title = job.map_or_else(|| "Log".to_owned(), |job| format!("Log: {}", job.title()));
    let front = Front { title: &title, danger: false };
    let mut sheet = stage.open_at(front, area);
    let Some(job) = job.filter(|job| !job.log.is_empty()) else {
        let runs = job.is_some_and(JobRow::is_running);
        let text = if runs { "no lines yet" } else { "no lines are kept of this job" };
        return sheet.line(text, Role::Dim);
    };
    let page = usize::from(sheet.area.height);
    let newest = job.log.len().saturating_sub(page);
    let top = if dialog.follow { newest } else { dialog.scroll.offset.min(newest) };
    let window = Window { len: job.log.len(), top, selected: None, focused: true };
    list::draw(sheet.painter, sheet.area, window, |painter, line, index| {
        let Some(entry) = job.log.get(index) else { return };
        let word = match entry.level {
            Level::Info => "",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        let role = level_role(entry.level);
        let mut pen = painter.pen(line);
        pen.put(&format::clock(entry.at), Role::Dim).gap(1).column(word, 8, role);
        pen.put(&entry.text, role);
    });
}
