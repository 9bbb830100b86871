//! All messages, newest last.

use crate::app::App;
use crate::app::filter::{Filter, Fuzzy};
use crate::app::focus::Pane;
use crate::app::list::Cursor;
use crate::app::notify::{Level, Message};

/// The pane.
#[derive(Debug, Clone, Default)]
pub struct LogPane {
    /// Numbers of the messages that pass the filter, oldest first.
    pub shown: Vec<u64>,
    /// The cursor; it follows the newest message while it stands on it.
    pub cursor: Cursor<u64>,
    /// The filter.
    pub filter: Filter,
    /// Stays on the newest message.
    pub follow: bool,
}

impl App {
    /// Computes the list again.
    pub(in crate::app) fn settle_log(&mut self) {
        let height = self.page(Pane::Log);
        let pane = &mut self.log;
        let mut fuzzy = Fuzzy::new(pane.filter.text());
        let active = pane.filter.is_active();
        let wanted = |message: &&Message| !active || fuzzy.score(&searched(message)).is_some();
        pane.shown = self.notes.messages().iter().filter(wanted).map(|m| m.number).collect();
        let shown = &pane.shown;
        if let (true, Some(newest)) = (pane.follow, shown.last()) {
            pane.cursor.want(*newest);
        }
        pane.cursor.settle(shown.len(), height, |i| shown.get(i).copied());
    }
}

/// What the filter looks at.
fn searched(message: &Message) -> String {
    format!("{} {}", level_word(message.level), message.text)
}

/// The level's word on the screen.
#[must_use]
pub fn level_word(level: Level) -> &'static str {
    match level {
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}
