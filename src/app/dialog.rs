//! What lies over the panes. The top one has the keys; Esc closes it and gives them back.

pub mod backup;
pub mod cluster;
pub mod confirm;
pub mod hooks;
pub mod job_log;
pub mod look;
mod options;
pub mod plan;
pub mod prompt;
pub mod quit;
pub mod restore;
pub(super) mod ticks;

use super::command::CommandLine;
use super::form::Form;
use super::layout::Rect;
use super::picker::Picker;
use super::text::TextField;
use restore::Half;
use ticks::TickList;

/// A dialog.
#[derive(Debug, Clone)]
pub enum Dialog {
    /// All actions, grouped.
    Help(Picker),
    /// All actions, by how well they match.
    Palette(Picker),
    /// The `:` line.
    Command(CommandLine),
    /// Yes or no.
    Confirm(confirm::Confirm),
    /// One line of text.
    Prompt(prompt::Prompt),
    /// Options of a backup.
    Backup(backup::BackupDialog),
    /// Contents of an archive and options of a restore.
    Restore(Box<restore::RestoreDialog>),
    /// Options of a cluster's backup.
    ClusterBackup(cluster::backup::ClusterBackupDialog),
    /// Contents of a cluster's backup and options of a restore.
    ClusterRestore(Box<cluster::restore::ClusterRestoreDialog>),
    /// A look into one object of an archive.
    Look(Box<look::LookDialog>),
    /// What a job will do.
    Plan(Box<plan::PlanDialog>),
    /// A job's log.
    JobLog(job_log::JobLogDialog),
    /// A job's hooks.
    Hooks(hooks::HooksDialog),
    /// Jobs run: what becomes of them.
    Quit(quit::QuitDialog),
}

impl Dialog {
    /// Where it is drawn. Each has a border of one cell; the last row inside shows its keys.
    #[must_use]
    pub fn area(&self, screen: Rect) -> Rect {
        let rows = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        let tall = screen.height.saturating_sub(4);
        match self {
            Self::Help(_) | Self::Palette(_) => screen.centered(96, tall.min(32)),
            Self::Command(_) => screen.take_bottom(1).1,
            Self::Confirm(confirm) => screen.centered(70, rows(confirm.lines.len()) + 5),
            Self::Prompt(_) => screen.centered(76, 7),
            Self::Backup(backup) => screen.centered(84, rows(backup.form.shown().len()) + 5),
            Self::ClusterBackup(dialog) => screen.centered(84, rows(dialog.form.shown().len()) + 5),
            Self::Restore(_) | Self::ClusterRestore(_) => {
                screen.centered(110, screen.height.saturating_sub(2))
            }
            Self::Plan(_) | Self::JobLog(_) | Self::Hooks(_) => screen.centered(100, tall),
            Self::Look(_) => screen.centered(116, screen.height.saturating_sub(2)),
            Self::Quit(_) => screen.centered(70, rows(quit::QuitChoice::ALL.len()) + 5),
        }
    }

    /// How many cells wide its text may be: blanks on both sides, and the scrollbar.
    #[must_use]
    pub fn text_width(&self, screen: Rect) -> usize {
        usize::from(self.area(screen).inside().width.saturating_sub(4))
    }

    /// How many rows of its list are in sight.
    #[must_use]
    pub fn page(&self, screen: Rect) -> usize {
        let inside = self.area(screen).inside().height;
        // The keys' row, and what else stands above or below the list.
        let other = match self {
            Self::Help(_) | Self::Palette(_) => 3,
            // A look has also the pages' names, the columns' names, and that there is more.
            Self::Restore(_) | Self::Look(_) => 4,
            // A cluster's backup has also a line that says whether it is whole.
            Self::ClusterRestore(_) => 5,
            Self::Plan(plan) if plan.confirm.is_some() => 4,
            _ => 1,
        };
        usize::from(inside.saturating_sub(other).max(1))
    }

    /// Which half has the keys, where there are two.
    #[must_use]
    pub fn half(&self) -> Option<Half> {
        match self {
            Self::Restore(dialog) => Some(dialog.half),
            Self::ClusterRestore(dialog) => Some(dialog.half),
            _ => None,
        }
    }

    /// Gives one of the two halves the keys; the options from their first field on.
    pub(super) fn choose_half(&mut self, to: Half) {
        let (half, form) = match self {
            Self::Restore(dialog) => (&mut dialog.half, &mut dialog.form),
            Self::ClusterRestore(dialog) => (&mut dialog.half, &mut dialog.form),
            _ => return,
        };
        if to == Half::Options {
            form.focus = 0;
        }
        *half = to;
    }

    /// The form that has the keys.
    #[must_use]
    pub fn form(&self) -> Option<&Form> {
        match self {
            Self::Backup(dialog) => Some(&dialog.form),
            Self::ClusterBackup(dialog) => Some(&dialog.form),
            Self::Restore(dialog) if dialog.half == Half::Options => Some(&dialog.form),
            Self::ClusterRestore(dialog) if dialog.half == Half::Options => Some(&dialog.form),
            _ => None,
        }
    }

    /// The form that has the keys, to be changed.
    pub(super) fn form_mut(&mut self) -> Option<&mut Form> {
        match self {
            Self::Backup(dialog) => Some(&mut dialog.form),
            Self::ClusterBackup(dialog) => Some(&mut dialog.form),
            Self::Restore(dialog) if dialog.half == Half::Options => Some(&mut dialog.form),
            Self::ClusterRestore(dialog) if dialog.half == Half::Options => Some(&mut dialog.form),
            _ => None,
        }
    }

    /// The list with ticks, whether or not it has the keys.
    pub(super) fn ticks(&self) -> Option<&dyn TickList> {
        match self {
            Self::Restore(dialog) => Some(&dialog.contents),
            Self::ClusterRestore(dialog) => Some(&dialog.contents),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub(super) fn ticks_mut(&mut self) -> Option<&mut dyn TickList> {
        match self {
            Self::Restore(dialog) => Some(&mut dialog.contents),
            Self::ClusterRestore(dialog) => Some(&mut dialog.contents),
            _ => None,
        }
    }

    /// The list with ticks that has the keys.
    pub(super) fn list_mut(&mut self) -> Option<&mut dyn TickList> {
        if self.half() == Some(Half::Tables) { self.ticks_mut() } else { None }
    }

    /// The text field that has the keys.
    pub(super) fn text_mut(&mut self) -> Option<&mut TextField> {
        if self.half() == Some(Half::Tables) {
            let filter = self.ticks_mut()?.filter_mut();
            return filter.editing.then_some(&mut filter.field);
        }
        match self {
            Self::Help(picker) | Self::Palette(picker) => Some(&mut picker.field),
            Self::Command(line) => Some(&mut line.field),
            Self::Prompt(prompt) => Some(&mut prompt.field),
            Self::Plan(plan) => {
                plan.confirm.as_mut().filter(|c| c.editing).map(|confirm| &mut confirm.field)
            }
            other => other.form_mut()?.text_mut(),
        }
    }
}
