//! Options of a backup.

use crate::app::dialog::backup::BackupDialog;

use super::form;
use super::sheet::{Front, Stage};

/// Draws the dialog.
pub(super) fn draw(stage: &mut Stage<'_, '_>, dialog: &BackupDialog) {
    let active = stage.active;
    let title = format!("Back up {}", dialog.database);
    let fields = u16::try_from(dialog.form.fields.len()).unwrap_or(u16::MAX);
    let height = fields.saturating_add(7);
    let mut sheet = stage.open(Front { title: &title, danger: false }, 84, height);
    form::draw(&mut sheet, &dialog.form, active);
}
