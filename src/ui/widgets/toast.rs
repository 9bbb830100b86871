//! Messages that have just come, stacked in a corner.

use ratatui::layout::Rect;

use crate::ui::painter::Painter;
use crate::ui::text;
use crate::ui::theme::Role;

/// A message as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Toast<'t> {
    /// The text.
    pub text: &'t str,
    /// What the user can do.
    pub hint: Option<&'t str>,
    /// Its role: text, warning, danger.
    pub role: Role,
    /// Its level as a word; empty for a plain message.
    pub word: &'t str,
}

const WIDTH: u16 = 56;
/// Lines of one message's text.
const LINES: usize = 4;

/// Draws the toasts upwards from the lower right corner, the newest lowest; those that find no room
/// are not drawn. Answers how many were.
pub fn draw(painter: &mut Painter<'_>, area: Rect, toasts: &[Toast<'_>]) -> usize {
    let width = WIDTH.min(area.width);
    let mut bottom = area.bottom();
    for (drawn, toast) in toasts.iter().rev().enumerate() {
        let lines = lines(painter, toast, width.saturating_sub(4));
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
        let Some(y) = bottom.checked_sub(height).filter(|y| *y >= area.y && width > 8) else {
            return drawn;
        };
        let place = Rect { x: area.right() - width, y, width, height };
        painter.clear(place);
        let role = if toast.role == Role::Text { Role::BorderFocused } else { toast.role };
        let inner = painter.frame(place, role, true);
        if !toast.word.is_empty() {
            super::dialog::title(painter, place, toast.word, toast.role);
        }
        for (y, (line, role)) in (inner.top()..inner.bottom()).zip(&lines) {
            let line_area =
                Rect { x: inner.x + 1, y, width: inner.width.saturating_sub(2), height: 1 };
            painter.text(line_area, line, *role);
        }
        bottom = y;
    }
    toasts.len()
}

fn lines(painter: &Painter<'_>, toast: &Toast<'_>, width: u16) -> Vec<(String, Role)> {
    let glyphs = painter.glyphs();
    let wrapped = text::wrap(toast.text, usize::from(width), glyphs);
    let cut = wrapped.len() > LINES;
    let mut lines: Vec<(String, Role)> =
        wrapped.into_iter().take(LINES).map(|line| (line, Role::Text)).collect();
    if cut && let Some((last, _)) = lines.last_mut() {
        last.push_str(glyphs.ellipsis);
    }
    let hint = toast.hint.map(|hint| text::wrap(hint, usize::from(width), glyphs));
    lines.extend(hint.into_iter().flatten().take(2).map(|line| (line, Role::Dim)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::testing::unicode;

    const FAILED: Toast<'static> =
        Toast { text: "disk is full", hint: Some("free some"), role: Role::Danger, word: "error" };

    #[test]
    fn a_toast_says_its_level_what_happened_and_what_to_do() {
        let drawn = unicode(18, 5, |p| {
            assert_eq!(draw(p, p.area(), &[FAILED]), 1);
        });
        let expected = "                  \n╭ error ─────────╮\n│ disk is full   │\n│ free some      │\n╰────────────────╯";
        assert_eq!(drawn, expected);
    }

    #[test]
    fn toasts_without_room_are_left_out() {
        unicode(18, 5, |p| assert_eq!(draw(p, p.area(), &[FAILED, FAILED]), 1));
        unicode(3, 1, |p| assert_eq!(draw(p, p.area(), &[FAILED]), 0));
    }
}
