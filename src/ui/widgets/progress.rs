//! A progress line in eighths of a cell.

use ratatui::layout::Rect;

use crate::ui::painter::Painter;
use crate::ui::theme::Role;

/// Draws `done` of `total` along the first line of the area. Without a total the track stays empty:
/// a moving mark would promise a knowledge that is not there.
pub fn draw(painter: &mut Painter<'_>, area: Rect, done: u64, total: Option<u64>, role: Role) {
    let glyphs = painter.glyphs();
    let mut track = Rect { height: area.height.min(1), ..area };
    if let Some((open, close)) = glyphs.bar_ends
        && track.width > 2
    {
        painter.mark(track.x, track.y, open, Role::Dim);
        painter.mark(track.right() - 1, track.y, close, Role::Dim);
        track = Rect { x: track.x + 1, width: track.width - 2, ..track };
    }
    let filled = eighths(done, total, track.width);
    for column in 0..track.width {
        let level = filled.saturating_sub(u64::from(column) * 8).min(8);
        let glyph = usize::try_from(level).ok().and_then(|level| glyphs.bar.get(level));
        let role = if level == 0 { Role::Dim } else { role };
        painter.fill(Rect { x: track.x + column, width: 1, ..track }, glyph.unwrap_or(&" "), role);
    }
}

/// Eighths of cells that are filled. Only what is whole is full, and what has begun shows.
fn eighths(done: u64, total: Option<u64>, cells: u16) -> u64 {
    let all = u64::from(cells) * 8;
    let Some(total) = total else { return 0 };
    if done >= total {
        return all;
    }
    let part = u128::from(done) * u128::from(all) / u128::from(total);
    u64::try_from(part).unwrap_or(all).clamp(u64::from(done > 0), all.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::testing::{ascii, unicode};

    #[test]
    fn the_line_grows_in_eighths_of_a_cell() {
        let shown = |done| unicode(10, 1, |p| draw(p, p.area(), done, Some(1000), Role::Chart));
        assert_eq!(shown(0), "··········");
        assert_eq!(shown(1), "▏·········");
        assert_eq!(shown(520), "█████▏····");
        assert_eq!(shown(999), "█████████▉");
        assert_eq!(shown(1000), "██████████");
        assert_eq!(shown(5000), "██████████");
    }

    #[test]
    fn without_a_total_nothing_is_promised() {
        assert_eq!(unicode(6, 1, |p| draw(p, p.area(), 7, None, Role::Chart)), "······");
    }

    #[test]
    fn an_empty_job_is_whole() {
        assert_eq!(unicode(3, 1, |p| draw(p, p.area(), 0, Some(0), Role::Chart)), "███");
    }

    #[test]
    fn ascii_has_brackets() {
        assert_eq!(ascii(10, 1, |p| draw(p, p.area(), 1, Some(2), Role::Chart)), "[####....]");
        assert_eq!(ascii(2, 1, |p| draw(p, p.area(), 1, Some(2), Role::Chart)), "#.");
    }
}
