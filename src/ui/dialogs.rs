//! What lies over the panes: one file a dialog, each with its keys on its last line.

mod backup;
mod cluster_backup;
mod cluster_restore;
mod command;
mod confirm;
mod form;
mod hooks;
mod job_log;
mod look;
mod picker;
mod plan;
mod prompt;
mod quit;
mod restore;
mod sheet;

use crate::app::App;
use crate::app::dialog::Dialog;

use super::painter::Painter;
use super::panes::rect;
use sheet::Stage;

/// Draws all dialogs, the top one last; only that one has the cursor and shows its keys.
pub(super) fn draw(painter: &mut Painter<'_>, app: &App) {
    let top = app.dialogs.len().saturating_sub(1);
    for (level, dialog) in app.dialogs.iter().enumerate() {
        let mut stage = Stage { painter, app, active: level == top };
        one(&mut stage, dialog);
    }
}

fn one(stage: &mut Stage<'_, '_>, dialog: &Dialog) {
    let area = rect(dialog.area(stage.screen()));
    match dialog {
        Dialog::Help(picker) => picker::draw(stage, area, picker, "Help: what every key does"),
        Dialog::Palette(picker) => picker::draw(stage, area, picker, "Find and run an action"),
        Dialog::Command(line) => command::draw(stage, line),
        Dialog::Confirm(confirm) => confirm::draw(stage, confirm),
        Dialog::Prompt(prompt) => prompt::draw(stage, prompt),
        Dialog::Backup(backup) => backup::draw(stage, backup),
        Dialog::Restore(restore) => restore::draw(stage, area, restore),
        Dialog::ClusterBackup(backup) => cluster_backup::draw(stage, backup),
        Dialog::ClusterRestore(restore) => cluster_restore::draw(stage, area, restore),
        Dialog::Look(look) => look::draw(stage, area, look),
        Dialog::Plan(plan) => plan::draw(stage, area, plan),
        Dialog::JobLog(log) => job_log::draw(stage, area, log),
        Dialog::Hooks(dialog) => hooks::draw(stage, area, dialog),
        Dialog::Quit(quit) => quit::draw(stage, *quit),
    }
}
