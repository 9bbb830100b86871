//! Puts text and marks into the buffer: the only way by which anything gets there, so cleaning,
//! clipping and roles cannot be forgotten.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::{Block, Borders, Widget};

use super::glyphs::Glyphs;
use super::text;
use super::theme::{Role, Theme};

/// How everything looks: the theme and the glyphs.
#[derive(Debug, Clone, Copy)]
pub struct Skin {
    /// Styles by role.
    pub theme: Theme,
    /// The marks.
    pub glyphs: &'static Glyphs,
}

/// Draws into one frame's buffer.
#[derive(Debug)]
pub struct Painter<'b> {
    buffer: &'b mut Buffer,
    skin: Skin,
    cursor: Option<Position>,
    rows: usize,
}

impl<'b> Painter<'b> {
    /// A painter over a whole buffer.
    pub fn new(buffer: &'b mut Buffer, skin: Skin) -> Self {
        Self { buffer, skin, cursor: None, rows: 0 }
    }

    /// The area that can be drawn on.
    pub fn area(&self) -> Rect {
        self.buffer.area
    }

    /// The marks.
    pub fn glyphs(&self) -> &'static Glyphs {
        self.skin.glyphs
    }

    /// A role's style, with nothing left of what was drawn there before.
    fn style(&self, role: Role) -> Style {
        Style::reset().patch(self.skin.theme.style(role))
    }

    /// Where the terminal's cursor goes; `None` hides it.
    pub fn cursor(&self) -> Option<Position> {
        self.cursor
    }

    /// Places the terminal's cursor.
    pub fn set_cursor(&mut self, x: u16, y: u16) {
        if self.area().contains(Position { x, y }) {
            self.cursor = Some(Position { x, y });
        }
    }

    /// How many list rows were worked out for this frame.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Counts a list row that was worked out.
    pub fn count_row(&mut self) {
        self.rows += 1;
    }

    /// Writes one line at the top of an area, cut with an ellipsis; answers the cells used.
    pub fn text(&mut self, area: Rect, content: &str, role: Role) -> u16 {
        let cut = text::fit(content, usize::from(area.width), self.skin.glyphs);
        self.raw(area, &cut, role)
    }

    /// Writes what is known to be clean, cut hard at the area's end.
    fn raw(&mut self, area: Rect, content: &str, role: Role) -> u16 {
        let area = area.intersection(self.area());
        if area.is_empty() {
            return 0;
        }
        let style = self.style(role);
        let (end, _) =
            self.buffer.set_stringn(area.x, area.y, content, usize::from(area.width), style);
        end.saturating_sub(area.x)
    }

    /// Fills an area with one mark.
    pub fn fill(&mut self, area: Rect, glyph: &str, role: Role) {
        let style = self.style(role);
        for position in area.intersection(self.area()).positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.set_symbol(glyph).set_style(style);
            }
        }
    }

    /// Puts one mark.
    pub fn mark(&mut self, x: u16, y: u16, glyph: &str, role: Role) {
        self.fill(Rect { x, y, width: 1, height: 1 }, glyph, role);
    }

    /// Lays a role over what is drawn: for selected rows.
    pub fn overlay(&mut self, area: Rect, role: Role) {
        let style = self.skin.theme.style(role);
        for position in area.intersection(self.area()).positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                if style.bg.is_none() {
                    // The row's own colours would make a patchwork of a reversed line.
                    cell.set_style(Style::reset());
                }
                cell.set_style(style);
            }
        }
    }

    /// Empties an area, and mends wide characters that it cuts in half.
    pub fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.area());
        for position in area.positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
            }
        }
        let Some(left) = area.x.checked_sub(1) else { return };
        for y in area.top()..area.bottom() {
            if let Some(cell) = self.buffer.cell_mut(Position { x: left, y })
                && text::width(cell.symbol()) > 1
            {
                cell.set_symbol(" ");
            }
        }
    }

    /// Draws a border and answers the area inside.
    pub fn frame(&mut self, area: Rect, role: Role, dialog: bool) -> Rect {
        let area = area.intersection(self.area());
        let glyphs = self.skin.glyphs;
        let set = if dialog { glyphs.dialog } else { glyphs.border };
        let block = Block::new()
            .borders(Borders::ALL)
            .border_set(set)
            .border_style(self.skin.theme.style(role));
        let inner = block.inner(area);
        block.render(area, self.buffer);
        inner
    }

    /// A pen that writes along one line of the area.
    pub fn pen(&mut self, area: Rect) -> Pen<'_, 'b> {
        let area = area.intersection(self.area());
        let right = if area.height == 0 { area.x } else { area.right() };
        Pen { painter: self, left: area.x, x: area.x, y: area.y, right }
    }
}

/// Writes pieces one after the other on a line: from the left, and from the right inwards.
#[derive(Debug)]
pub struct Pen<'p, 'b> {
    painter: &'p mut Painter<'b>,
    left: u16,
    x: u16,
    y: u16,
    right: u16,
}

impl Pen<'_, '_> {
    /// Cells that are still free between the left and the right pieces.
    pub fn room(&self) -> u16 {
        self.right.saturating_sub(self.x)
    }

    /// The column where the next left piece goes.
    pub fn x(&self) -> u16 {
        self.x
    }

    /// The marks.
    pub fn glyphs(&self) -> &'static Glyphs {
        self.painter.skin.glyphs
    }

    fn place(&self, x: u16, width: u16) -> Rect {
        Rect { x, y: self.y, width, height: 1 }
    }

    /// Writes a piece on the left, cut with an ellipsis where it does not fit.
    pub fn put(&mut self, content: &str, role: Role) -> &mut Self {
        let place = self.place(self.x, self.room());
        self.x += self.painter.text(place, content, role);
        self
    }

    /// Writes a piece on the left in a column of its own: cut or padded to `width`.
    pub fn column(&mut self, content: &str, width: u16, role: Role) -> &mut Self {
        let width = width.min(self.room());
        let place = self.place(self.x, width);
        self.painter.text(place, content, role);
        self.x += width;
        self
    }

    /// As [`Pen::column`], cut in the middle: for paths.
    pub fn path(&mut self, content: &str, width: u16, role: Role) -> &mut Self {
        let width = width.min(self.room());
        let cut = text::fit_middle(content, usize::from(width), self.painter.skin.glyphs);
        let place = self.place(self.x, width);
        self.painter.raw(place, &cut, role);
        self.x += width;
        self
    }

    /// As [`Pen::column`], aligned to the column's right end: for numbers.
    pub fn number(&mut self, content: &str, width: u16, role: Role) -> &mut Self {
        let width = width.min(self.room());
        let used = u16::try_from(text::width(content)).unwrap_or(u16::MAX).min(width);
        let place = self.place(self.x + width - used, used);
        self.painter.text(place, content, role);
        self.x += width;
        self
    }

    /// Lays a role over cells of this line that are drawn already.
    pub fn overlay(&mut self, x: u16, cells: u16, role: Role) {
        let place = self.place(x, cells);
        self.painter.overlay(place, role);
    }

    /// Leaves cells empty.
    pub fn gap(&mut self, cells: u16) -> &mut Self {
        self.x = self.x.saturating_add(cells).min(self.right);
        self
    }

    /// Writes a piece at the right end if the whole of it fits with a gap to what stands on the
    /// left; says whether it did.
    pub fn right(&mut self, content: &str, role: Role) -> bool {
        let content = text::shown(content, self.painter.skin.glyphs);
        let Ok(width) = u16::try_from(text::width(&content)) else { return false };
        let gap = if self.x > self.left { 2 } else { 0 };
        if width.saturating_add(gap) > self.room() {
            return false;
        }
        self.right -= width;
        let place = self.place(self.right, width);
        self.painter.raw(place, &content, role);
        true
    }

    /// Leaves cells empty at the right end.
    pub fn right_gap(&mut self, cells: u16) -> &mut Self {
        self.right = self.right.saturating_sub(cells).max(self.x);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skin() -> Skin {
        Skin { theme: Theme::dark(), glyphs: Glyphs::unicode() }
    }

    fn line(width: u16, draw: impl FnOnce(&mut Pen<'_, '_>)) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
        let mut painter = Painter::new(&mut buffer, skin());
        let area = painter.area();
        draw(&mut painter.pen(area));
        buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn pieces_stand_beside_each_other_and_numbers_align_right() {
        let text = line(20, |pen| {
            pen.column("orders", 8, Role::Text).number("21", 4, Role::Text);
            assert!(pen.right("rows", Role::Dim));
        });
        assert_eq!(text, "orders    21    rows");
    }

    #[test]
    fn a_right_piece_that_does_not_fit_whole_is_left_out() {
        let text = line(8, |pen| {
            pen.put("orders", Role::Text);
            assert!(!pen.right("212 GiB", Role::Dim));
        });
        assert_eq!(text, "orders  ");
    }

    #[test]
    fn drawing_outside_the_buffer_does_nothing() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 2));
        let mut painter = Painter::new(&mut buffer, skin());
        painter.text(Rect::new(9, 9, 5, 1), "x", Role::Text);
        painter.text(Rect::new(2, 1, 50, 1), "long text", Role::Text);
        painter.fill(Rect::new(3, 0, 9, 9), "#", Role::Text);
        painter.frame(Rect::new(2, 1, 40, 40), Role::Border, false);
        painter.set_cursor(7, 7);
        assert_eq!(painter.cursor(), None);
    }

    #[test]
    fn a_dialog_over_half_a_wide_character_leaves_no_hidden_border() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        let mut painter = Painter::new(&mut buffer, skin());
        painter.text(Rect::new(0, 0, 4, 1), "表表", Role::Text);
        painter.clear(Rect::new(1, 0, 1, 1));
        assert_eq!(buffer[(0, 0)].symbol(), " ");
    }
}
