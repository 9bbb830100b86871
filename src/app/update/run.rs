//! Runs an action of the table.

use crate::app::App;
use crate::app::action::ActionId as Id;
use crate::app::dialog::Dialog;
use crate::app::dialog::quit::QuitChoice;
use crate::app::dialog::restore::Half;
use crate::app::dialog::ticks::TickList;
use crate::app::filter::Filter;
use crate::app::focus::Pane;
use crate::app::form::Form;
use crate::app::list::Step;
use crate::app::msg::Effect;
use crate::app::settings::THEMES;

impl App {
    /// Runs an action, or says why it cannot be run.
    pub(in crate::app) fn run(&mut self, action: Id) {
        let Some(spec) = action.spec() else { return };
        if let Some(reason) = (spec.enabled)(self).reason() {
            let text = format!("{}: {reason}", spec.title);
            self.warn(text);
            return;
        }
        let done = self.run_program(action)
            || self.run_list(action)
            || self.run_data(action)
            || self.run_job(action)
            || self.run_dialog(action);
        debug_assert!(done, "{} does nothing", spec.name);
    }

    /// The program and its panes.
    fn run_program(&mut self, action: Id) -> bool {
        match action {
            Id::Help => self.open_help(),
            Id::Palette => self.open_palette(),
            Id::CommandLine => self.open_command(),
            Id::Back => self.back(),
            Id::Quit => self.close_or_quit(),
            Id::Interrupt => self.interrupt(),
            Id::Suspend => self.effects.push(Effect::Suspend),
            Id::Redraw => self.effects.push(Effect::Redraw),
            Id::Freeze => self.toggle_freeze(),
            Id::Mouse => self.toggle_mouse(),
            Id::Theme => self.next_theme(),
            Id::Reconnect => self.send(crate::engine::command::Command::RetryNow),
            Id::PaneNext => self.focus_pane(self.focus.next()),
            Id::PanePrevious => self.focus_pane(self.focus.previous()),
            Id::FocusBrowser => self.focus_pane(Pane::Browser),
            Id::FocusTables => self.focus_pane(Pane::Tables),
            Id::FocusJobs => self.focus_pane(Pane::Jobs),
            Id::FocusTimeline => self.focus_pane(Pane::Timeline),
            Id::FocusLog => self.focus_pane(Pane::Log),
            Id::Zoom => self.zoomed = !self.zoomed,
            _ => return false,
        }
        true
    }

    fn run_list(&mut self, action: Id) -> bool {
        match action {
            Id::Up => self.step(Step::By(-1)),
            Id::Down => self.step(Step::By(1)),
            Id::PageUp => self.step(Step::Pages(-1)),
            Id::PageDown => self.step(Step::Pages(1)),
            Id::First => self.step(Step::First),
            Id::Last => self.step(Step::Last),
            Id::FilterOpen => self.edit_filter(true),
            Id::FilterAccept => self.edit_filter(false),
            Id::FilterClear => self.clear_filter(),
            _ => return false,
        }
        true
    }

    fn run_data(&mut self, action: Id) -> bool {
        match action {
            Id::Open => self.open_row(),
            Id::Expand => match self.archive_mut() {
                Some(dialog) => dialog.contents.fold(false),
                None => self.expand_row(),
            },
            Id::Collapse => match self.archive_mut() {
                Some(dialog) => dialog.contents.fold(true),
                None => self.collapse_row(),
            },
            Id::Refresh => self.refresh(),
            Id::Toggle => self.toggle(),
            Id::Range => self.toggle_range(),
            Id::TickAll => match self.list_mut() {
                Some(list) => list.tick_shown(),
                None => self.tick_shown(),
            },
            Id::TickInvert => match self.list_mut() {
                Some(list) => list.invert_shown(),
                None => self.invert_shown(),
            },
            Id::TickNone => match self.list_mut() {
                Some(list) => list.tick_none(),
                None => self.untick_all(),
            },
            Id::TickReferenced => self.tick_referenced(),
            Id::Where => self.ask_where(),
            Id::WithoutRows => self.toggle_without_rows(),
            Id::SortNext => self.sort_next(),
            Id::SortReverse => self.tables.reversed = !self.tables.reversed,
            Id::Backup => self.open_backup(Vec::new()),
            Id::BackupCluster => self.open_cluster_backup(&[]),
            Id::Restore => self.ask_archive(),
            Id::Copy => self.copy_row(),
            _ => return false,
        }
        true
    }

    fn run_job(&mut self, action: Id) -> bool {
        match action {
            Id::Cancel => self.ask_cancel(),
            Id::Pause => self.toggle_pause(),
            Id::Faster => self.raise_limit(),
            Id::Slower => self.lower_limit(),
            Id::Throttle => self.ask_rate(),
            Id::JobLog => self.show_job_log(),
            Id::Hooks => self.show_hooks(),
            Id::Again => self.again(),
            Id::CopyCommand => self.copy_command(),
            Id::CopyPath => self.copy_path(),
            _ => return false,
        }
        true
    }

    fn run_dialog(&mut self, action: Id) -> bool {
        match action {
            Id::Accept => self.accept(),
            Id::NextField => self.next_field(),
            Id::PreviousField => self.previous_field(),
            Id::OptionLeft => self.turn(false),
            Id::OptionRight => self.turn(true),
            Id::OtherHalf => self.other_half(),
            Id::Look => match self.dialogs.last() {
                Some(Dialog::ClusterRestore(_)) => self.open_archive_of_row(),
                _ => self.look(),
            },
            Id::Rename => self.ask_database_name(),
            Id::AllKinds => {
                if let Some(dialog) = self.archive_mut() {
                    dialog.contents.all_kinds = !dialog.contents.all_kinds;
                }
            }
            Id::CopyDefinition => self.copy_definition(),
            Id::PlanStart => self.start_planned(),
            Id::ConfirmYes => self.answer_confirm(true),
            Id::ConfirmNo => self.answer_confirm(false),
            Id::Complete => self.complete_command(true),
            Id::CompleteBack => self.complete_command(false),
            Id::HistoryBack => self.recall_command(true),
            Id::HistoryForward => self.recall_command(false),
            Id::QuitDetach => self.choose_quit(QuitChoice::Detach),
            Id::QuitWait => self.choose_quit(QuitChoice::Wait),
            Id::QuitCancel => self.choose_quit(QuitChoice::Cancel),
            _ => return false,
        }
        true
    }

    /// Escape: out of one level.
    fn back(&mut self) {
        if let Some(Dialog::Plan(plan)) = self.dialogs.last_mut()
            && let Some(confirm) = plan.confirm.as_mut().filter(|confirm| confirm.editing)
        {
            confirm.editing = false;
            return;
        }
        if let Some(list) = self.list_mut()
            && list.filter().is_active()
        {
            list.filter_mut().clear();
            return;
        }
        if self.dialogs.pop().is_some() {
            return;
        }
        if self.tables.anchor.take().is_some() {
            return;
        }
        if self.filter(self.focus).is_some_and(Filter::is_active) {
            self.clear_filter();
            return;
        }
        if !self.notes.dismiss() && self.frozen.take().is_none() {
            self.zoomed = false;
            self.quit_when_idle = false;
        }
    }

    fn close_or_quit(&mut self) {
        if self.dialogs.pop().is_none() {
            self.quit();
        }
    }

    fn toggle_mouse(&mut self) {
        self.settings.mouse = !self.settings.mouse;
        self.effects.push(Effect::CaptureMouse(self.settings.mouse));
        self.info(if self.settings.mouse {
            "the mouse works here again"
        } else {
            "the mouse belongs to the terminal: mark and copy text; the same key takes it back"
        });
    }

    fn next_theme(&mut self) {
        let at = THEMES.iter().position(|theme| *theme == self.settings.theme).unwrap_or(0);
        self.settings.theme = THEMES.iter().cycle().nth(at + 1).copied().unwrap_or("dark");
    }

    fn clear_filter(&mut self) {
        if let Some(top) = self.dialogs.last_mut() {
            if let Some(list) = top.list_mut() {
                list.filter_mut().clear();
            }
        } else if let Some(filter) = self.filter_mut(self.focus) {
            filter.clear();
        }
    }

    fn edit_filter(&mut self, editing: bool) {
        if let Some(top) = self.dialogs.last_mut() {
            if let Some(list) = top.list_mut() {
                list.filter_mut().editing = editing;
            }
        } else if let Some(filter) = self.filter_mut(self.focus) {
            filter.editing = editing;
        }
    }

    /// The list with ticks of a restore, when it has the keys.
    fn list_mut(&mut self) -> Option<&mut dyn TickList> {
        self.dialogs.last_mut()?.list_mut()
    }

    /// The archive's list, when it has the keys.
    fn archive_mut(&mut self) -> Option<&mut crate::app::dialog::restore::RestoreDialog> {
        match self.dialogs.last_mut() {
            Some(Dialog::Restore(dialog)) if dialog.half == Half::Tables => Some(dialog),
            _ => None,
        }
    }

    fn toggle(&mut self) {
        if let Some(top) = self.dialogs.last_mut() {
            match top.list_mut() {
                Some(list) => list.toggle(),
                None => self.turn_option(true),
            }
            return;
        }
        match self.focus {
            Pane::Browser => self.toggle_node(),
            Pane::Tables => self.toggle_rows(),
            _ => {}
        }
    }

    fn copy_row(&mut self) {
        let text = match self.focus {
            Pane::Browser => self.browser.current().map(|row| row.label.clone()),
            Pane::Tables => self.current_relation().map(|relation| relation.name.to_string()),
            Pane::Log => {
                let message = self.log.cursor.key().and_then(|number| self.notes.message(*number));
                message.map(|message| message.text.clone())
            }
            Pane::Jobs | Pane::Timeline => None,
        };
        if let Some(text) = text {
            self.effects.push(Effect::Copy(text));
        }
    }

    /// Enter in a dialog.
    fn accept(&mut self) {
        match self.dialogs.last() {
            Some(Dialog::Help(_) | Dialog::Palette(_)) => self.accept_picker(),
            Some(Dialog::Command(_)) => self.accept_command(),
            Some(Dialog::Confirm(confirm)) => self.answer_confirm(confirm.yes_chosen),
            Some(Dialog::Prompt(_)) => self.answer_prompt(),
            Some(Dialog::Backup(_)) => self.accept_backup(),
            Some(Dialog::Restore(_)) => self.accept_restore(),
            Some(Dialog::ClusterBackup(_)) => self.accept_cluster_backup(),
            Some(Dialog::ClusterRestore(_)) => self.accept_cluster_restore(),
            Some(Dialog::Plan(_)) => self.start_planned(),
            Some(Dialog::Quit(_)) => self.answer_quit(),
            Some(Dialog::JobLog(_) | Dialog::Hooks(_) | Dialog::Look(_)) | None => {}
        }
    }

    fn next_field(&mut self) {
        let Some(top) = self.dialogs.last_mut() else { return };
        if !top.form_mut().is_some_and(Form::forward) {
            top.choose_half(Half::Tables);
        }
    }

    fn previous_field(&mut self) {
        let Some(top) = self.dialogs.last_mut() else { return };
        if !top.form_mut().is_some_and(Form::backward) {
            top.choose_half(Half::Tables);
        }
    }

    /// A side step: the other answer, or the next option.
    fn turn(&mut self, forward: bool) {
        match self.dialogs.last_mut() {
            Some(Dialog::Confirm(confirm)) => confirm.yes_chosen = !confirm.yes_chosen,
            Some(Dialog::Look(look)) => look.sideways(forward),
            Some(_) => self.turn_option(forward),
            None => {}
        }
    }

    /// The next option, or the one before, of the field that has the keys; others may follow it.
    fn turn_option(&mut self, forward: bool) {
        if let Some(form) = self.dialogs.last_mut().and_then(Dialog::form_mut) {
            form.turn(forward);
        }
        self.format_chosen();
        if let Some(Dialog::ClusterBackup(dialog)) = self.dialogs.last_mut() {
            dialog.turned();
        }
    }

    /// Tab: from the archive's tables to the options, from the plan to the confirmation.
    fn other_half(&mut self) {
        match self.dialogs.last_mut() {
            Some(Dialog::Look(look)) => look.turn_page(),
            Some(Dialog::Plan(plan)) => {
                if let Some(confirm) = &mut plan.confirm {
                    confirm.editing = true;
                }
            }
            Some(other) => other.choose_half(Half::Options),
            None => {}
        }
    }

    /// The harmless answers are carried out at once; to cancel the jobs takes an Enter more.
    fn choose_quit(&mut self, choice: QuitChoice) {
        if let Some(Dialog::Quit(dialog)) = self.dialogs.last_mut() {
            dialog.choose(choice);
            if choice != QuitChoice::Cancel {
                self.answer_quit();
            }
        }
    }
}
