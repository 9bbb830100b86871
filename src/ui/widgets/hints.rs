//! A line of keys and what they do.

use ratatui::layout::Rect;

use crate::ui::painter::Painter;
use crate::ui::text;
use crate::ui::theme::Role;

/// One key and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The key as people read it.
    pub key: String,
    /// What it does, a word or two.
    pub label: String,
    /// Whether it destroys something.
    pub danger: bool,
}

impl Hint {
    /// A harmless hint.
    pub fn new(key: impl Into<String>, label: impl Into<String>) -> Self {
        Self { key: key.into(), label: label.into(), danger: false }
    }
}

const GAP: u16 = 2;

/// Draws as many whole hints as fit, in their order. Where not all fit, `more` (the way to see the
/// rest) keeps its place at the end. Answers how many of the hints were drawn.
pub fn draw(painter: &mut Painter<'_>, area: Rect, hints: &[Hint], more: Option<&Hint>) -> usize {
    let all: u16 = hints.iter().map(cells).sum();
    let fits = all <= area.width.saturating_add(GAP);
    let reserved = more.filter(|_| !fits).map_or(0, cells);
    let mut pen = painter.pen(area);
    let mut drawn = 0;
    for hint in hints {
        if cells(hint).saturating_add(reserved) > pen.room().saturating_add(GAP) {
            break;
        }
        put(&mut pen, hint);
        drawn += 1;
    }
    if let Some(more) = more.filter(|_| !fits)
        && cells(more) <= pen.room().saturating_add(GAP)
    {
        put(&mut pen, more);
    }
    drawn
}

fn put(pen: &mut crate::ui::painter::Pen<'_, '_>, hint: &Hint) {
    pen.put(&hint.key, Role::Key).gap(1);
    pen.put(&hint.label, if hint.danger { Role::Danger } else { Role::Text }).gap(GAP);
}

fn cells(hint: &Hint) -> u16 {
    let width = text::width(&hint.key) + 1 + text::width(&hint.label);
    u16::try_from(width).unwrap_or(u16::MAX).saturating_add(GAP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::testing::unicode;

    #[test]
    fn hints_that_do_not_fit_give_way_to_the_way_to_see_them() {
        let hints = [Hint::new("b", "backup"), Hint::new("r", "restore"), Hint::new("p", "pause")];
        let more = Hint::new("?", "help");
        let shown = |width| {
            unicode(width, 1, |p| {
                let area = p.area();
                draw(p, area, &hints, Some(&more));
            })
        };
        assert_eq!(shown(28), "b backup  r restore  p pause");
        assert_eq!(shown(27), "b backup  r restore  ? help");
        assert_eq!(shown(26), "b backup  ? help          ");
        assert_eq!(shown(4), "    ");
    }
}
