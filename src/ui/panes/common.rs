//! What several panes share: frame, filter line, matched names, messages in place of rows.

use ratatui::layout::Rect;

use crate::app::App;
use crate::app::action::ActionId;
use crate::app::filter::Filter;
use crate::app::focus::Pane;
use crate::app::layout;
use crate::app::list::Cursor;
use crate::app::remote::Remote;
use crate::app::selection::Tick;
use crate::app::text::TextField;
use crate::model::job::Level;
use crate::ui::format;
use crate::ui::glyphs::Glyphs;
use crate::ui::painter::{Painter, Pen};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::field::{self, Field};
use crate::ui::widgets::list::{self, Window};

/// The application's rectangle as the drawing library's.
pub(in crate::ui) fn rect(rect: layout::Rect) -> Rect {
    Rect { x: rect.x, y: rect.y, width: rect.width, height: rect.height }
}

/// A pane's place: which pane, its area with the border, and whether it has the focus.
#[derive(Debug, Clone, Copy)]
pub(in crate::ui) struct Place {
    /// Which pane.
    pub(in crate::ui) pane: Pane,
    /// Its area with the border.
    pub(in crate::ui) area: layout::Rect,
    /// Whether it has the focus.
    pub(in crate::ui) focused: bool,
}

impl Place {
    /// The area inside the border.
    pub(super) fn inside(self) -> layout::Rect {
        self.area.inside()
    }

    fn border(self) -> Role {
        if self.focused { Role::BorderFocused } else { Role::Border }
    }
}

/// Draws a pane's border with its number, its name and figures about its content.
pub(super) fn frame(painter: &mut Painter<'_>, place: Place, figures: &[(String, Role)]) {
    let area = rect(place.area);
    painter.frame(area, place.border(), false);
    let line = Rect { x: area.x + 1, width: area.width.saturating_sub(2), height: 1, ..area };
    let (name, role) = (format!(" {} {} ", place.pane.number(), place.pane.title()), title(place));
    let mut pen = painter.pen(line);
    pen.put(&name, role);
    for (figure, role) in figures {
        let dot = pen.glyphs().dot;
        if text::width(figure) + 3 <= usize::from(pen.room()) {
            pen.put(dot, Role::Border).put(&format!(" {figure} "), *role);
        }
    }
}

fn title(place: Place) -> Role {
    if place.focused { Role::TitleFocused } else { Role::Title }
}

/// The key that runs an action, as people read it; its name where it has no key.
pub(in crate::ui) fn key(app: &App, action: ActionId) -> String {
    let name = || action.spec().map_or("?", |spec| spec.name).to_owned();
    app.keymap.keys(action).first().map_or_else(name, ToString::to_string)
}

/// A figure that says that the data is from before the connection was lost.
pub(super) fn stale<T>(remote: &Remote<T>) -> Option<(String, Role)> {
    let at = remote.at.filter(|_| remote.stale)?;
    Some((format!("as of {}", format::clock(at)), Role::Warn))
}

/// Writes a remark into the lower border, at its right end.
pub(super) fn foot(painter: &mut Painter<'_>, place: Place, remark: &str) {
    let area = rect(place.area);
    if area.height < 2 || remark.is_empty() {
        return;
    }
    let line = Rect {
        x: area.x + 1,
        y: area.bottom() - 1,
        width: area.width.saturating_sub(2),
        height: 1,
    };
    let mut pen = painter.pen(line);
    pen.right_gap(1).right(&format!(" {remark} "), Role::Dim);
}

/// Draws a pane's list and its scrollbar; `row` is asked for visible rows only.
pub(super) fn list<K: PartialEq + Clone>(
    painter: &mut Painter<'_>,
    place: Place,
    (rows, len): (layout::Rect, usize),
    cursor: &Cursor<K>,
    row: impl FnMut(&mut Painter<'_>, Rect, usize),
) {
    let window = Window {
        len,
        top: cursor.offset(),
        selected: Some(cursor.index()),
        focused: place.focused,
    };
    list::draw(painter, rect(rows), window, row);
    // The scrollbar lies on the border beside the rows.
    let track = Rect {
        y: rows.y.saturating_sub(1),
        height: rows.height.saturating_add(2),
        ..rect(place.area)
    };
    list::scrollbar(painter, track, len, cursor.offset(), place.border());
}

/// Draws the line of a list's filter.
pub(super) fn filter(painter: &mut Painter<'_>, area: layout::Rect, filter: &Filter) {
    let area = rect(area);
    if area.is_empty() {
        return;
    }
    painter.text(area, "/", Role::Key);
    let rest = Rect { x: area.x + 2, width: area.width.saturating_sub(2), ..area };
    text_field(painter, rest, &filter.field, filter.editing, "type to filter");
}

/// Draws an edited text.
pub(in crate::ui) fn text_field(
    painter: &mut Painter<'_>,
    area: Rect,
    field: &TextField,
    focused: bool,
    placeholder: &str,
) {
    let (value, cursor) = (field.value(), field.cursor());
    field::draw(painter, area, Field { value, cursor, focused, secret: false, placeholder });
}

/// Writes a name, the characters that a filter matched in their own role, cut or padded to `width`.
pub(in crate::ui) fn matched(
    pen: &mut Pen<'_, '_>,
    name: &str,
    hits: &[u32],
    width: u16,
    role: Role,
) {
    let glyphs = pen.glyphs();
    if hits.is_empty() {
        pen.column(name, width, role);
        return;
    }
    let whole = text::width(&text::shown(name, glyphs)) <= usize::from(width);
    let end = pen.x() + width.min(pen.room());
    let mut room = width - u16::from(!whole && width > 0);
    for (piece, hit) in pieces(name, hits) {
        let piece = text::head(&text::shown(&piece, glyphs), usize::from(room));
        let used = u16::try_from(text::width(&piece)).unwrap_or(room);
        pen.column(&piece, used, if hit { Role::Match } else { role });
        room -= used.min(room);
        if used == 0 {
            break;
        }
    }
    if !whole {
        pen.column(glyphs.ellipsis, 1, role);
    }
    pen.gap(end.saturating_sub(pen.x()));
}

/// The name in pieces that are matched or not; marks stay with the letter they belong to.
fn pieces(name: &str, hits: &[u32]) -> Vec<(String, bool)> {
    let mut pieces: Vec<(String, bool)> = Vec::new();
    for (number, c) in (0u32..).zip(name.chars()) {
        let hit = hits.contains(&number);
        match pieces.last_mut() {
            Some((piece, last)) if *last == hit || text::is_mark(c) => piece.push(c),
            _ => pieces.push((c.to_string(), hit)),
        }
    }
    pieces
}

/// Writes lines in the middle of an area that has nothing else to show.
pub(super) fn notice(painter: &mut Painter<'_>, area: layout::Rect, lines: &[(&str, Role)]) {
    let area = rect(area);
    let width = usize::from(area.width.saturating_sub(2));
    let mut wrapped: Vec<(String, Role)> = Vec::new();
    for (line, role) in lines {
        let parts = text::wrap(line, width, painter.glyphs());
        wrapped.extend(parts.into_iter().map(|part| (part, *role)));
    }
    let height = u16::try_from(wrapped.len()).unwrap_or(area.height).min(area.height);
    // A third from the top reads calmer than the exact middle.
    let first = area.y + (area.height - height) / 3;
    for (y, (line, role)) in (first..area.bottom()).zip(&wrapped) {
        let used = u16::try_from(text::width(line)).unwrap_or(area.width).min(area.width);
        let x = area.x + (area.width - used) / 2;
        painter.text(Rect { x, y, width: used, height: 1 }, line, *role);
    }
}

/// The box of a tick.
pub(in crate::ui) fn tick_box(tick: Tick, glyphs: &Glyphs) -> (&'static str, Role) {
    match tick {
        Tick::On => (glyphs.tick_all, Role::Accent),
        Tick::Partial => (glyphs.tick_some, Role::Accent),
        Tick::Off => (glyphs.tick_none, Role::Dim),
    }
}

/// The role of a message of this level.
pub(in crate::ui) fn level_role(level: Level) -> Role {
    match level {
        Level::Info => Role::Text,
        Level::Warning => Role::Warn,
        Level::Error => Role::Danger,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_falls_into_matched_and_other_pieces() {
        let expected = [("or", true), ("der_", false), ("i", true)];
        let expected = expected.map(|(piece, hit)| (piece.to_owned(), hit));
        assert_eq!(pieces("order_i", &[0, 1, 6]), expected);
        assert_eq!(pieces("e\u{301}x", &[0]).len(), 2);
    }
}
