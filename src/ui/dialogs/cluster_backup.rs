//! Options of a cluster's backup.

use crate::app::dialog::cluster::backup::ClusterBackupDialog;

use super::form;
use super::sheet::{Front, Stage};

/// Draws the dialog.
pub(super) fn draw(stage: &mut Stage<'_, '_>, dialog: &ClusterBackupDialog) {
    let active = stage.active;
    let fields = u16::try_from(dialog.form.fields.len()).unwrap_or(u16::MAX);
    let front = Front { title: "Back up the cluster", danger: false };
    let mut sheet = stage.open(front, 84, fields.saturating_add(7));
    form::draw(&mut sheet, &dialog.form, active);
}
