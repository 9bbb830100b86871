//! A key: first the text field that has the keys, then the keymap.

use crate::app::App;
use crate::app::action::Context;
use crate::app::dialog::Dialog;
use crate::app::dialog::restore::Half;
use crate::app::focus::Pane;
use crate::app::keymap::situation;
use crate::app::layout::Breakpoint;
use crate::app::list::Cursor;
use crate::app::msg::Key;
use crate::app::text::TextField;

impl App {
    pub(super) fn key(&mut self, key: Key) {
        if self.size.breakpoint() == Breakpoint::TooSmall {
            self.key_without_screen(key);
            return;
        }
        if let Some(field) = self.text_field_mut()
            && field.handle(key)
        {
            self.typed();
            return;
        }
        if let Some(action) = self.keymap.action(self.contexts(), key) {
            self.run(action);
        }
    }

    /// On a screen too small to show anything, nothing but leaving works.
    fn key_without_screen(&mut self, key: Key) {
        use crate::app::action::ActionId as Id;
        let contexts = [Context::Always, Context::Global];
        let action = self.keymap.action(&contexts, key);
        if let Some(action @ (Id::Quit | Id::Interrupt | Id::Suspend | Id::Redraw)) = action {
            self.run(action);
        }
    }

    /// Pasted text goes into a text field, and nowhere else.
    pub(super) fn paste(&mut self, text: &str) {
        match self.text_field_mut() {
            Some(field) => {
                field.paste(text);
                self.typed();
            }
            None => self.info("pasted text was ignored: no text field has the keys"),
        }
    }

    /// What is active now, narrowest first.
    #[must_use]
    pub fn contexts(&self) -> &'static [Context] {
        situation(self.narrowest())
    }

    fn narrowest(&self) -> Context {
        match self.dialogs.last() {
            Some(Dialog::Help(_) | Dialog::Palette(_)) => Context::Picker,
            Some(Dialog::Command(_)) => Context::Command,
            Some(Dialog::Confirm(_)) => Context::Confirm,
            Some(Dialog::Prompt(_)) => Context::Prompt,
            Some(Dialog::Backup(_) | Dialog::ClusterBackup(_)) => Context::Form,
            Some(dialog @ (Dialog::Restore(_) | Dialog::ClusterRestore(_))) => {
                match (dialog.half(), dialog.ticks()) {
                    (Some(Half::Options), _) => Context::Form,
                    (_, Some(list)) if list.filter().editing => Context::Filter,
                    _ => Context::Archive,
                }
            }
            Some(Dialog::Plan(plan)) if plan.is_typing() => Context::Prompt,
            Some(Dialog::Plan(_)) => Context::Plan,
            Some(Dialog::JobLog(_) | Dialog::Hooks(_)) => Context::JobLog,
            Some(Dialog::Look(_)) => Context::Look,
            Some(Dialog::Quit(_)) => Context::Quit,
            None if self.filter(self.focus).is_some_and(|filter| filter.editing) => Context::Filter,
            None => match self.focus {
                Pane::Browser => Context::Browser,
                Pane::Tables => Context::Tables,
                Pane::Jobs => Context::Jobs,
                Pane::Timeline => Context::Timeline,
                Pane::Log => Context::Log,
            },
        }
    }

    /// The text field that has the keys.
    fn text_field_mut(&mut self) -> Option<&mut TextField> {
        if self.dialogs.is_empty() {
            let filter = self.filter_mut(self.focus)?;
            return filter.editing.then_some(&mut filter.field);
        }
        self.dialogs.last_mut()?.text_mut()
    }

    /// Whether a text field has the keys.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        use crate::app::form::Value;
        let form_types = |form: &crate::app::form::Form| {
            matches!(form.focused().map(|field| &field.value), Some(Value::Text(_)))
        };
        match self.dialogs.last().and_then(Dialog::form) {
            Some(form) => form_types(form),
            None => matches!(
                self.narrowest(),
                Context::Picker | Context::Command | Context::Prompt | Context::Filter
            ),
        }
    }

    /// After a pane's filter changed: the cursor goes to the best match.
    fn filter_typed(&mut self) {
        match self.focus {
            Pane::Browser => self.browser.cursor = Cursor::default(),
            Pane::Tables => self.tables.cursor = Cursor::default(),
            Pane::Jobs => self.jobs.cursor = Cursor::default(),
            Pane::Log => self.log.follow = true,
            Pane::Timeline => {}
        }
    }

    /// After a text changed: complaints about it are out of date.
    fn typed(&mut self) {
        match self.dialogs.last_mut() {
            Some(Dialog::Command(line)) => line.edited(),
            Some(Dialog::Prompt(prompt)) => prompt.error = None,
            Some(Dialog::Plan(plan)) => {
                if let Some(confirm) = &mut plan.confirm {
                    confirm.error = None;
                }
            }
            Some(Dialog::Palette(picker) | Dialog::Help(picker)) => picker.restart(),
            Some(Dialog::ClusterBackup(dialog)) => dialog.typed(),
            Some(other) => {
                if let Some(form) = other.form_mut() {
                    form.typed();
                } else if let Some(list) = other.list_mut() {
                    list.restart();
                }
            }
            None => self.filter_typed(),
        }
    }
}
