//! A list of which only the visible rows are worked out, with a scrollbar on its border.

use ratatui::layout::Rect;

use crate::ui::painter::Painter;
use crate::ui::theme::Role;

/// The window of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Rows in all.
    pub len: usize,
    /// The first visible row.
    pub top: usize,
    /// The selected row, where there is one.
    pub selected: Option<usize>,
    /// Whether the list has the focus.
    pub focused: bool,
}

/// Draws the rows from `top` on, one a line, by asking `row` for each visible one only. Answers how
/// many lines were used.
pub fn draw(
    painter: &mut Painter<'_>,
    area: Rect,
    window: Window,
    mut row: impl FnMut(&mut Painter<'_>, Rect, usize),
) -> u16 {
    let rest = window.len.saturating_sub(window.top);
    let lines = u16::try_from(rest).unwrap_or(u16::MAX).min(area.height);
    for line in 0..lines {
        let index = window.top + usize::from(line);
        let place = Rect { y: area.y + line, height: 1, ..area };
        painter.count_row();
        row(painter, place, index);
        if window.selected == Some(index) {
            let role = if window.focused { Role::Selected } else { Role::SelectedIdle };
            painter.overlay(place, role);
        }
    }
    lines
}

/// Draws a scrollbar's thumb over the right border of `outer`, where not everything is visible.
pub fn scrollbar(painter: &mut Painter<'_>, outer: Rect, len: usize, top: usize, role: Role) {
    let Some((start, size)) = thumb(outer.height.saturating_sub(2), len, top) else { return };
    if outer.width == 0 {
        return;
    }
    let place = Rect { x: outer.right() - 1, y: outer.y + 1 + start, width: 1, height: size };
    painter.fill(place, painter.glyphs().thumb, role);
}

/// Offset and length of the thumb in a track of `height` cells.
fn thumb(height: u16, len: usize, top: usize) -> Option<(u16, u16)> {
    let track = usize::from(height);
    if track == 0 || len <= track {
        return None;
    }
    let size = (track * track / len).clamp(1, track);
    let last_top = len - track;
    let top = top.min(last_top);
    // Rounded so that the ends of the track mean the ends of the list and nothing else.
    let room = track - size;
    let start = match top {
        0 => 0,
        _ if top == last_top => room,
        _ => (top * room / last_top)
            .clamp(usize::from(room > 1), room.saturating_sub(usize::from(room > 1))),
    };
    Some((u16::try_from(start).ok()?, u16::try_from(size).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::testing::unicode;

    #[test]
    fn only_visible_rows_are_worked_out() {
        let mut asked = Vec::new();
        let window = Window { len: 20_000, top: 700, selected: None, focused: true };
        unicode(8, 5, |p| {
            let area = p.area();
            assert_eq!(draw(p, area, window, |_, _, index| asked.push(index)), 5);
            assert_eq!(p.rows(), 5);
        });
        assert_eq!(asked, [700, 701, 702, 703, 704]);
    }

    #[test]
    fn the_thumb_touches_the_ends_only_at_the_ends() {
        assert_eq!(thumb(10, 10, 0), None);
        assert_eq!(thumb(10, 100, 0), Some((0, 1)));
        assert_eq!(thumb(10, 100, 1), Some((1, 1)));
        assert_eq!(thumb(10, 100, 89), Some((8, 1)));
        assert_eq!(thumb(10, 100, 90), Some((9, 1)));
        assert_eq!(thumb(10, 11, 1), Some((1, 9)));
        assert_eq!(thumb(0, 11, 1), None);
    }
}
