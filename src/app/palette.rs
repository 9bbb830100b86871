//! The palette: every action that a pane has, best match first, with its keys and the reason if it
//! cannot run now.

use super::App;
use super::dialog::Dialog;
use super::picker::{Picker, is_for_panes};

impl App {
    /// Opens it.
    pub(super) fn open_palette(&mut self) {
        let rows = self.picker_rows(is_for_panes);
        self.dialogs.push(Dialog::Palette(Picker::new(rows)));
    }
}
