//! What lies over the panes. The top one has the keys; Esc closes it and gives them back.

pub mod backup;
pub mod confirm;
pub mod job_log;
pub mod look;
mod options;
pub mod plan;
pub mod prompt;
pub mod quit;
pub mod restore;

use super::command::CommandLine;
use super::filter::Filter;
use super::form::Form;
use super::layout::Rect;
use super::picker::Picker;
use super::text::TextField;

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
    /// A look into one object of an archive.
    Look(Box<look::LookDialog>),
    /// What a job will do.
    Plan(Box<plan::PlanDialog>),
    /// A job's log.
    JobLog(job_log::JobLogDialog),
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
            Self::Restore(_) => screen.centered(110, screen.height.saturating_sub(2)),
            Self::Plan(_) | Self::JobLog(_) => screen.centered(100, tall),
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
            Self::Plan(plan) if plan.confirm.is_some() => 4,
            _ => 1,
        };
        usize::from(inside.saturating_sub(other).max(1))
    }

    /// The form that has the keys.
    pub(super) fn form_mut(&mut self) -> Option<&mut Form> {
        match self {
            Self::Backup(dialog) => Some(&mut dialog.form),
            Self::Restore(dialog) if dialog.half == restore::Half::Options => {
                Some(&mut dialog.form)
            }
            _ => None,
        }
    }

    /// The filter of its list.
    pub(super) fn filter_mut(&mut self) -> Option<&mut Filter> {
        match self {
            Self::Restore(dialog) => Some(&mut dialog.contents.filter),
            _ => None,
        }
    }

    /// The text field that has the keys.
    pub(super) fn text_mut(&mut self) -> Option<&mut TextField> {
        match self {
            Self::Help(picker) | Self::Palette(picker) => Some(&mut picker.field),
            Self::Command(line) => Some(&mut line.field),
            Self::Prompt(prompt) => Some(&mut prompt.field),
            Self::Plan(plan) => {
                plan.confirm.as_mut().filter(|c| c.editing).map(|confirm| &mut confirm.field)
            }
            Self::Backup(dialog) => dialog.form.text_mut(),
            Self::Restore(dialog) => match dialog.half {
                restore::Half::Tables => {
                    let filter = &mut dialog.contents.filter;
                    filter.editing.then_some(&mut filter.field)
                }
                restore::Half::Options => dialog.form.text_mut(),
            },
            Self::Confirm(_) | Self::JobLog(_) | Self::Look(_) | Self::Quit(_) => None,
        }
    }
}
