//! The help overlay: every action by group, those of dialogs too.

use super::App;
use super::action::ActionId;
use super::dialog::Dialog;
use super::focus::Pane;
use super::picker::Picker;

impl App {
    /// Opens it at the focused pane's group.
    pub(super) fn open_help(&mut self) {
        let rows = self.picker_rows(|_| true);
        let first = match self.focus {
            Pane::Browser => ActionId::Open,
            Pane::Tables => ActionId::Range,
            Pane::Jobs => ActionId::Cancel,
            Pane::Timeline | Pane::Log => ActionId::Help,
        };
        let mut picker = Picker::new(rows);
        picker.cursor.want(first);
        self.dialogs.push(Dialog::Help(picker));
    }
}
