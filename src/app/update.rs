//! The update itself: takes a message apart and brings everything derived up to date after it.

mod engine;
mod keys;
mod mouse;
mod run;

use jiff::Timestamp;

use crate::engine::command::Command;
use crate::model::conn::Target;
use crate::model::id::JobId;

use super::action::Availability;
use super::dialog::Dialog;
use super::filter::Filter;
use super::focus::Pane;
use super::layout::{JOB_ROWS, Layout, Size, job_areas, list_areas};
use super::msg::{Effect, Msg};
use super::notify::{Level, Message};
use super::{App, Frozen, Hint};

impl App {
    /// What to do first: connect, read the history, take the mouse.
    pub fn start(&mut self, target: Target) -> Vec<Effect> {
        self.browse_server(target);
        let request = self.ids.request();
        self.history_request = Some(request);
        self.send(Command::LoadHistory { request });
        self.effects.push(Effect::CaptureMouse(self.settings.mouse));
        self.settle();
        std::mem::take(&mut self.effects)
    }

    /// Takes in what happened; gives back what is to be done, in order.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Key(key) => self.key(key),
            Msg::Mouse(mouse) => self.mouse(mouse),
            Msg::Paste(text) => self.paste(&text),
            Msg::Resize { width, height } => self.size = Size { width, height },
            Msg::Tick(now) => self.tick(now),
            Msg::Engine(event) => self.engine_event(event),
            Msg::Samples { at, samples } => self.take_samples(at, &samples),
            Msg::Resumed => self.effects.push(Effect::Redraw),
            Msg::SlowLink(slow) => self.slow_link = slow,
            Msg::Copied(Ok(bytes)) => {
                self.info(format!("copied {bytes} bytes to the terminal's clipboard"));
            }
            Msg::Copied(Err(reason)) => self.warn(format!("not copied: {reason}")),
        }
        self.settle();
        std::mem::take(&mut self.effects)
    }

    fn tick(&mut self, now: Timestamp) {
        // A clock that was set back must not make countdowns run for ever.
        self.now = now;
        self.notes.expire(now);
    }

    /// Brings rows, cursors and figures up to date with everything they depend on.
    fn settle(&mut self) {
        self.settle_browser();
        self.settle_tables();
        self.settle_jobs();
        self.settle_log();
        let screen = self.layout().screen;
        if let Some(top) = self.dialogs.last_mut() {
            let page = top.page(screen);
            let width = top.text_width(screen);
            match top {
                Dialog::Plan(plan) => plan.settle(width),
                Dialog::Help(picker) => picker.settle(page, false),
                Dialog::Palette(picker) => picker.settle(page, true),
                Dialog::Look(look) => look.step(super::list::Step::By(0), page),
                Dialog::JobLog(dialog) => {
                    let lines = self.jobs.job(dialog.job).map_or(0, |job| job.log.len());
                    dialog.settle(lines, page);
                }
                Dialog::Hooks(dialog) => {
                    let rows = self.jobs.job(dialog.job).map_or(0, |job| job.hooks.len());
                    dialog.settle(rows, page);
                }
                other => {
                    if let Some(list) = other.ticks_mut() {
                        list.settle(page);
                    }
                }
            }
        }
    }

    /// Where everything is on the screen.
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout::new(self.size, self.focus, self.zoomed, self.bottom)
    }

    /// How many rows of a pane's list are in sight.
    pub(super) fn page(&self, pane: Pane) -> usize {
        let layout = self.layout();
        // A pane that is not seen has the page that it will have.
        let area = layout.pane(pane).or_else(|| layout.panes.first().map(|(_, rect)| *rect));
        let inside = area.unwrap_or_default().inside();
        let filtered = self.filter(pane).is_some_and(Filter::is_shown);
        let rows = match pane {
            Pane::Jobs => job_areas(inside, self.jobs.shown.len(), filtered).list.height / JOB_ROWS,
            pane => list_areas(inside, pane == Pane::Tables, filtered).rows.height,
        };
        usize::from(rows.max(1))
    }

    /// A pane's filter.
    #[must_use]
    pub fn filter(&self, pane: Pane) -> Option<&Filter> {
        match pane {
            Pane::Browser => Some(&self.browser.filter),
            Pane::Tables => Some(&self.tables.filter),
            Pane::Jobs => Some(&self.jobs.filter),
            Pane::Log => Some(&self.log.filter),
            Pane::Timeline => None,
        }
    }

    pub(super) fn filter_mut(&mut self, pane: Pane) -> Option<&mut Filter> {
        match pane {
            Pane::Browser => Some(&mut self.browser.filter),
            Pane::Tables => Some(&mut self.tables.filter),
            Pane::Jobs => Some(&mut self.jobs.filter),
            Pane::Log => Some(&mut self.log.filter),
            Pane::Timeline => None,
        }
    }

    /// Gives a pane the keys.
    pub(super) fn focus_pane(&mut self, pane: Pane) {
        if let Some(filter) = self.filter_mut(self.focus) {
            filter.editing = false;
        }
        self.focus = pane;
        if pane.is_bottom() {
            self.bottom = pane;
        }
        if pane == Pane::Log {
            // The messages are in front of the user now.
            self.notes.dismiss();
        }
    }

    pub(super) fn send(&mut self, command: Command) {
        self.effects.push(Effect::Send(command));
    }

    /// Shows and logs a message.
    pub(super) fn note(&mut self, level: Level, text: impl Into<String>, hint: Option<String>) {
        let message = self.message(level, text.into(), hint, None);
        self.notes.toast(message);
    }

    pub(super) fn info(&mut self, text: impl Into<String>) {
        self.note(Level::Info, text, None);
    }

    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.note(Level::Warning, text, None);
    }

    fn message(
        &self,
        level: Level,
        text: String,
        hint: Option<String>,
        job: Option<JobId>,
    ) -> Message {
        Message { number: 0, at: self.now, level, job, text, hint }
    }

    /// Stops the display, or lets it go on.
    fn toggle_freeze(&mut self) {
        self.frozen = match self.frozen.take() {
            Some(_) => None,
            None => Some(Frozen { since: self.now, jobs: self.jobs.jobs.clone() }),
        };
    }

    /// The line at the bottom: what the keys do here, the most important first. Actions that cannot
    /// be run now are dimmed, those that text fields swallow are left out.
    #[must_use]
    pub fn hints(&self) -> Vec<Hint> {
        let contexts = self.contexts();
        let typing = self.is_typing();
        let place = |spec: &super::action::ActionSpec| {
            let context = contexts.iter().position(|context| spec.contexts.contains(context))?;
            (spec.hint > 0).then_some((context, spec.hint))
        };
        let mut found: Vec<((usize, u8), Hint)> = Vec::new();
        for spec in super::action::ACTIONS {
            let Some(place) = place(spec) else { continue };
            // It closes a dialog as the key for going back does, which is named already.
            if spec.id == super::action::ActionId::Quit && !self.dialogs.is_empty() {
                continue;
            }
            let keys = self.keymap.keys(spec.id).iter();
            let mut free = keys.filter(|key| !(typing && super::text::is_text_key(**key)));
            let Some(key) = free.next() else { continue };
            let enabled = (spec.enabled)(self) == Availability::Enabled;
            found.push((place, Hint { key: key.to_string(), title: spec.title, enabled }));
        }
        found.sort_by_key(|(place, hint)| (!hint.enabled, *place));
        found.into_iter().map(|(_, hint)| hint).collect()
    }
}
