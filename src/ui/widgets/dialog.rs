//! The frame of a dialog in the middle of the screen.

use ratatui::layout::Rect;

use crate::ui::painter::Painter;
use crate::ui::theme::Role;

/// Draws an empty dialog at `area` and answers the area for its content, one cell inside the
/// border.
pub fn draw(painter: &mut Painter<'_>, area: Rect, title: &str, danger: bool) -> Rect {
    painter.clear(area);
    let role = if danger { Role::BorderDanger } else { Role::BorderFocused };
    let inner = painter.frame(area, role, true);
    let role = if danger { Role::Danger } else { Role::TitleFocused };
    self::title(painter, area, title, role);
    Rect { x: inner.x.saturating_add(1), width: inner.width.saturating_sub(2), ..inner }
}

/// Writes a title into the upper border of an area, with a space on both sides.
pub fn title(painter: &mut Painter<'_>, area: Rect, title: &str, role: Role) -> u16 {
    let Some(room) = area.width.checked_sub(4).filter(|room| *room > 0) else { return 0 };
    let place = Rect { x: area.x + 2, width: room, ..area };
    let used = painter.text(place, title, role);
    painter.mark(place.x - 1, place.y, " ", role);
    painter.mark(place.x + used, place.y, " ", role);
    used + 2
}
