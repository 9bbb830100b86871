//! The numbered tabs, where only one pane is seen.

use crate::app::App;
use crate::app::layout::{self, Layout};
use crate::ui::painter::Painter;
use crate::ui::theme::Role;

use super::common::rect;

/// Draws the tabs where the layout has them.
pub(in crate::ui) fn draw(painter: &mut Painter<'_>, app: &App, layout: &Layout) {
    for (pane, area) in layout.tab_labels() {
        let focused = pane == app.focus;
        let role = if focused { Role::TitleFocused } else { Role::Dim };
        let area = rect(area);
        painter.text(area, &layout::tab_label(pane), role);
        if focused {
            painter.overlay(area, Role::Selected);
        }
    }
}
