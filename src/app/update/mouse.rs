//! The mouse: a click focuses a pane and chooses a row, a click on a tick or a twist turns it, the
//! wheel scrolls what is under it.
//!
//! A row begins with its tick box (`[x] `) in the tables, with its tick and its twist (`x▸ `) in the
//! browser.

use crate::app::App;
use crate::app::dialog::Dialog;
use crate::app::filter::Filter;
use crate::app::focus::Pane;
use crate::app::layout::{Breakpoint, JOB_ROWS, Rect, job_areas, list_areas};
use crate::app::list::Step;
use crate::app::msg::{Mouse, MouseKind};

/// Rows that one notch of the wheel scrolls.
const NOTCH: isize = 3;
/// Columns of a tick box and the blank after it.
const TICK_COLUMNS: u16 = 4;
/// Columns of the browser's tick, its twist, and the blank after it.
const TWIST_COLUMNS: u16 = 3;

impl App {
    pub(super) fn mouse(&mut self, mouse: Mouse) {
        if self.size.breakpoint() == Breakpoint::TooSmall {
            return;
        }
        match mouse.kind {
            MouseKind::WheelUp => self.wheel(mouse, -NOTCH),
            MouseKind::WheelDown => self.wheel(mouse, NOTCH),
            MouseKind::Press => self.press(mouse),
        }
    }

    fn wheel(&mut self, mouse: Mouse, rows: isize) {
        if !self.dialogs.is_empty() {
            self.step(Step::By(rows));
        } else if let Some(pane) = self.layout().pane_at(mouse.column, mouse.row) {
            self.step_pane(pane, Step::By(rows));
        }
    }

    fn press(&mut self, mouse: Mouse) {
        // Under a dialog nothing is clicked by accident.
        if !self.dialogs.is_empty() {
            return;
        }
        let layout = self.layout();
        let tabs = layout.tab_labels();
        let tab = tabs.iter().find(|(_, rect)| rect.contains(mouse.column, mouse.row));
        if let Some((pane, _)) = tab {
            self.focus_pane(*pane);
            return;
        }
        let Some(pane) = layout.pane_at(mouse.column, mouse.row) else { return };
        self.focus_pane(pane);
        let rows = self.rows_area(pane, layout.pane(pane).unwrap_or_default());
        if rows.contains(mouse.column, mouse.row) {
            self.press_row(pane, mouse.column - rows.x, mouse.row - rows.y);
        }
    }

    /// Where a pane's rows are.
    fn rows_area(&self, pane: Pane, area: Rect) -> Rect {
        let filtered = self.filter(pane).is_some_and(Filter::is_shown);
        match pane {
            Pane::Jobs => job_areas(area.inside(), self.jobs.shown.len(), filtered).list,
            Pane::Timeline => Rect::default(),
            pane => list_areas(area.inside(), pane == Pane::Tables, filtered).rows,
        }
    }

    fn press_row(&mut self, pane: Pane, column: u16, row: u16) {
        let row = usize::from(if pane == Pane::Jobs { row / JOB_ROWS } else { row });
        let (offset, len) = match pane {
            Pane::Browser => (self.browser.cursor.offset(), self.browser.rows.len()),
            Pane::Tables => (self.tables.cursor.offset(), self.tables.shown().len()),
            Pane::Jobs => (self.jobs.cursor.offset(), self.jobs.shown.len()),
            Pane::Log => (self.log.cursor.offset(), self.log.shown.len()),
            Pane::Timeline => return,
        };
        let index = offset + row;
        if index >= len {
            return;
        }
        self.step_pane(pane, Step::To(index));
        match pane {
            Pane::Tables if column < TICK_COLUMNS => self.toggle_rows(),
            Pane::Browser if column == 0 => self.toggle_node(),
            Pane::Browser if column < TWIST_COLUMNS => self.twist(),
            _ => {}
        }
    }

    /// Shows or hides the schemas of the database under the cursor.
    fn twist(&mut self) {
        match self.browser.current().and_then(|row| row.expanded) {
            Some(true) => self.collapse_row(),
            Some(false) => self.expand_row(),
            None => {}
        }
    }

    /// Moves in what has the keys.
    pub(super) fn step(&mut self, step: Step) {
        let screen = self.layout().screen;
        let Some(top) = self.dialogs.last_mut() else {
            self.step_pane(self.focus, step);
            return;
        };
        let page = top.page(screen);
        match top {
            Dialog::Help(picker) | Dialog::Palette(picker) => {
                let rows = &picker.rows;
                picker.cursor.step(step, rows.len(), page, |i| rows.get(i).map(|r| r.action));
            }
            Dialog::Plan(plan) => {
                let lines = plan.lines().len();
                plan.scroll.step(step, lines, page);
            }
            Dialog::JobLog(dialog) => {
                let lines = self.jobs.job(dialog.job).map_or(0, |job| job.log.len());
                dialog.step(step, lines, page);
            }
            Dialog::Hooks(dialog) => {
                let rows = self.jobs.job(dialog.job).map_or(0, |job| job.hooks.len());
                dialog.step(step, rows, page);
            }
            Dialog::Look(look) => look.step(step, page),
            Dialog::Quit(quit) => quit.step(step),
            other => {
                if let Some(list) = other.list_mut() {
                    list.step(step, page);
                }
            }
        }
    }

    fn step_pane(&mut self, pane: Pane, step: Step) {
        let height = self.page(pane);
        match pane {
            Pane::Browser => {
                let rows = &self.browser.rows;
                let key = |i: usize| rows.get(i).map(|row| row.node.clone());
                self.browser.cursor.step(step, rows.len(), height, key);
            }
            Pane::Tables => self.step_tables(step, height),
            Pane::Jobs => {
                let shown = &self.jobs.shown;
                let key = |i: usize| shown.get(i).copied();
                self.jobs.cursor.step(step, shown.len(), height, key);
            }
            Pane::Log => {
                let shown = &self.log.shown;
                self.log.cursor.step(step, shown.len(), height, |i| shown.get(i).copied());
                self.log.follow = self.log.cursor.index() + 1 >= shown.len();
            }
            Pane::Timeline => {}
        }
    }
}
