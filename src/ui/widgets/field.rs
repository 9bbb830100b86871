//! A text field: one line that scrolls so that the cursor stays in sight.

use ratatui::layout::Rect;

use crate::ui::painter::Painter;
use crate::ui::text;
use crate::ui::theme::Role;

/// What is in a field and how it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'t> {
    /// The text.
    pub value: &'t str,
    /// Characters in front of the cursor.
    pub cursor: usize,
    /// Whether it has the focus: then it shows the terminal's cursor.
    pub focused: bool,
    /// Whether its characters are hidden.
    pub secret: bool,
    /// Shown faint while it is empty.
    pub placeholder: &'t str,
}

/// Draws the field on the first line of the area.
pub fn draw(painter: &mut Painter<'_>, area: Rect, field: Field<'_>) {
    if area.is_empty() {
        return;
    }
    if field.value.is_empty() {
        painter.text(area, field.placeholder, Role::Dim);
    }
    let (visible, cursor) = window(painter, field, area.width);
    painter.text(area, &visible, Role::Input);
    if field.focused {
        painter.set_cursor(area.x + cursor, area.y);
    }
}

/// The part of the value that is visible, and the cursor's column in it. Computed over the escaped
/// text, whose width differs from the value's own.
fn window(painter: &Painter<'_>, field: Field<'_>, width: u16) -> (String, u16) {
    let glyphs = painter.glyphs();
    let before: String = field.value.chars().take(field.cursor).collect();
    let after: String = field.value.chars().skip(field.cursor).collect();
    let show = |part: &str| {
        if field.secret {
            glyphs.secret.repeat(part.chars().count())
        } else {
            text::shown(part, glyphs).into_owned()
        }
    };
    let (before, after) = (show(&before), show(&after));
    // The cursor needs a cell of its own behind the last character.
    let room = usize::from(width).saturating_sub(1);
    let head = text::tail(&before, room);
    let cursor = text::width(&head);
    let rest = text::head(&after, usize::from(width) - cursor.min(usize::from(width)));
    (head + &rest, u16::try_from(cursor).unwrap_or(width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::testing::unicode;

    fn typed(value: &str) -> Field<'_> {
        let cursor = value.chars().count();
        Field { value, cursor, focused: true, secret: false, placeholder: "name" }
    }

    fn shown(width: u16, field: Field<'_>) -> (String, Option<u16>) {
        let mut cursor = None;
        let text = unicode(width, 1, |p| {
            draw(p, p.area(), field);
            cursor = p.cursor().map(|position| position.x);
        });
        (text, cursor)
    }

    #[test]
    fn a_short_value_is_shown_whole_with_the_cursor_behind_it() {
        assert_eq!(shown(8, typed("shop")), ("shop    ".to_owned(), Some(4)));
    }

    #[test]
    fn a_long_value_scrolls_with_the_cursor() {
        let field = typed("abcdefgh");
        assert_eq!(shown(5, field), ("efgh ".to_owned(), Some(4)));
        assert_eq!(shown(5, Field { cursor: 0, ..field }), ("abcde".to_owned(), Some(0)));
    }

    #[test]
    fn control_characters_and_wide_ones_keep_the_cursor_right() {
        assert_eq!(shown(12, typed("a\x1b")), ("a\\u{1b}     ".to_owned(), Some(7)));
        assert_eq!(shown(6, typed("表表")).1, Some(4));
    }

    #[test]
    fn a_secret_shows_only_its_length() {
        assert_eq!(shown(6, Field { secret: true, ..typed("pass") }).0, "••••  ");
    }

    #[test]
    fn an_empty_field_tells_what_belongs_in_it() {
        assert_eq!(shown(6, typed("")), ("name  ".to_owned(), Some(0)));
    }
}
