//! Drawing pieces that know nothing of the application: values in, cells out.

pub mod dialog;
pub mod field;
pub mod hints;
pub mod list;
pub mod progress;
pub mod spark;
pub mod toast;

#[cfg(test)]
mod testing {
    //! A widget's picture as text.

    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    use crate::ui::glyphs::Glyphs;
    use crate::ui::painter::{Painter, Skin};
    use crate::ui::theme::Theme;

    pub(crate) fn unicode(width: u16, height: u16, draw: impl FnOnce(&mut Painter<'_>)) -> String {
        picture(width, height, Glyphs::unicode(), draw)
    }

    pub(crate) fn ascii(width: u16, height: u16, draw: impl FnOnce(&mut Painter<'_>)) -> String {
        picture(width, height, Glyphs::ascii(), draw)
    }

    fn picture(
        width: u16,
        height: u16,
        glyphs: &'static Glyphs,
        draw: impl FnOnce(&mut Painter<'_>),
    ) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        draw(&mut Painter::new(&mut buffer, Skin { theme: Theme::dark(), glyphs }));
        let cells = buffer.content().chunks(usize::from(width));
        cells
            .map(|line| line.iter().map(ratatui::buffer::Cell::symbol).collect::<String>())
            .collect::<Vec<_>>()
            .join("\n")
    }
}
