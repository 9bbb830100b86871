//! What lies over the panes. The top one has the keys; Esc closes it and gives them back.

pub mod backup;
pub mod confirm;
pub mod job_log;
pub mod plan;
pub mod prompt;
pub mod quit;
pub mod restore;

use super::command::CommandLine;
use super::picker::Picker;

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
    /// What a job will do.
    Plan(Box<plan::PlanDialog>),
    /// A job's log.
    JobLog(job_log::JobLogDialog),
    /// Jobs run: what becomes of them.
    Quit(quit::QuitDialog),
}
