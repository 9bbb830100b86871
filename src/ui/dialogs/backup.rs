//! Options of a backup.

use crate::app::dialog::backup::BackupDialog;

use super::form;
use super::sheet::{Front, Stage};

/// Draws the dialog.
pub(super) fn draw(stage: &mut Stage<'_, '_>, dialog: &BackupDialog) {
    let active = stage.active;
    let title = format!("Back up {}", dialog.database);
    let height = form::height(&dialog.form).saturating_add(5);
    let mut sheet = stage.open(Front { title: &title, danger: false }, 78, height);
    form::draw(&mut sheet, &dialog.form, active);
}
