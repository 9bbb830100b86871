//! A table of facts: labels in one column, values beside them, wrapped where they are long.

use ratatui::layout::Rect;

use crate::ui::painter::Painter;
use crate::ui::text;
use crate::ui::theme::Role;

/// One fact and the role of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact<'t> {
    /// What it is.
    pub label: &'t str,
    /// How it is.
    pub value: &'t str,
    /// The value's role.
    pub role: Role,
}

/// Draws the facts from the top, each value on at most `lines` lines. Answers the lines used.
pub fn draw(painter: &mut Painter<'_>, area: Rect, facts: &[Fact<'_>], lines: usize) -> u16 {
    let column = label_width(facts).min(area.width / 2);
    let mut y = area.y;
    for fact in facts {
        if y >= area.bottom() {
            break;
        }
        painter.text(Rect { y, width: column, ..area }, fact.label, Role::Dim);
        let x = area.x + (column + 2).min(area.width);
        let width = area.right().saturating_sub(x);
        let wrapped = text::wrap(fact.value, usize::from(width), painter.glyphs());
        let cut = wrapped.len() > lines;
        for (number, line) in wrapped.iter().take(lines).enumerate() {
            if y >= area.bottom() {
                break;
            }
            if cut && number + 1 == lines {
                let whole = format!("{line}{}", painter.glyphs().ellipsis);
                painter.text(Rect { x, y, width, height: 1 }, &whole, fact.role);
            } else {
                painter.text(Rect { x, y, width, height: 1 }, line, fact.role);
            }
            y += 1;
        }
    }
    y - area.y
}

fn label_width(facts: &[Fact<'_>]) -> u16 {
    let widest = facts.iter().map(|fact| text::width(fact.label)).max().unwrap_or(0);
    u16::try_from(widest).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::testing::unicode;

    #[test]
    fn values_align_and_long_ones_wrap_under_themselves() {
        let facts = [
            Fact { label: "server", value: "db1:5432", role: Role::Text },
            Fact { label: "output", value: "one two three", role: Role::Text },
        ];
        let drawn = unicode(16, 3, |p| {
            let area = p.area();
            assert_eq!(draw(p, area, &facts, 2), 3);
        });
        assert_eq!(drawn, "server  db1:5432\noutput  one two \n        three   ");
    }
}
