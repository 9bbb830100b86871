//! A buffer as an SVG picture: for the README and for people who want to show a screen.
//!
//! Equal buffers give equal bytes. Lines and blocks are drawn as shapes, so that they meet whatever
//! font the reader has; text is stretched to the grid.

mod shapes;

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::text;

/// Pixels of one cell.
const CELL: (u32, u32) = (9, 19);
/// Pixels around the screen.
const PADDING: u32 = 14;
/// Pixels of the window's title bar.
const BAR: u32 = 34;
const FONT: &str =
    "ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";

/// The colours of the terminal in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    background: &'static str,
    foreground: &'static str,
    bar: &'static str,
    ansi: [&'static str; 16],
}

impl Palette {
    /// A dark terminal.
    #[must_use]
    pub fn dark() -> Self {
        Self {
            background: "#16191f",
            foreground: "#d3d7de",
            bar: "#21252d",
            ansi: [
                "#2b303a", "#e0616b", "#8fc379", "#e3b96b", "#61a5e8", "#c183d8", "#62bfcf",
                "#c5cad3", "#6b7484", "#f2777f", "#a5d68f", "#f0cd87", "#80bbf5", "#d49ee8",
                "#7fd6e4", "#eef1f5",
            ],
        }
    }

    /// A light terminal.
    #[must_use]
    pub fn light() -> Self {
        Self {
            background: "#fbfbfa",
            foreground: "#2c313a",
            bar: "#ececea",
            ansi: [
                "#2c313a", "#c5303c", "#3f7f2f", "#9a6a00", "#1f5fbf", "#9030a8", "#0f7380",
                "#c9ccd1", "#6d7480", "#d8414d", "#4e953c", "#b57f0a", "#3575d6", "#a847c0",
                "#1d8a98", "#ffffff",
            ],
        }
    }

    fn colour(&self, colour: Color, reset: &'static str) -> String {
        let named = match colour {
            Color::Reset => return reset.to_owned(),
            Color::Rgb(r, g, b) => return format!("#{r:02x}{g:02x}{b:02x}"),
            Color::Indexed(n) if n >= 16 => return indexed(n),
            Color::Indexed(n) => usize::from(n),
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::DarkGray => 8,
            Color::LightRed => 9,
            Color::LightGreen => 10,
            Color::LightYellow => 11,
            Color::LightBlue => 12,
            Color::LightMagenta => 13,
            Color::LightCyan => 14,
            Color::White => 15,
        };
        self.ansi.get(named).copied().unwrap_or(reset).to_owned()
    }
}

/// A colour of the 256-colour cube or its grey ramp.
fn indexed(n: u8) -> String {
    if n >= 232 {
        let grey = 8 + 10 * (n - 232);
        return format!("#{grey:02x}{grey:02x}{grey:02x}");
    }
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    let cube = n - 16;
    format!("#{:02x}{:02x}{:02x}", level(cube / 36), level(cube / 6 % 6), level(cube % 6))
}

/// How a run of cells looks once reversal is resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Look {
    fore: String,
    /// `None` shows the terminal's background.
    back: Option<String>,
    bold: bool,
    dim: bool,
    underlined: bool,
}

impl Look {
    fn of(cell: &Cell, palette: &Palette) -> Self {
        let fore = palette.colour(cell.fg, palette.foreground);
        let back = palette.colour(cell.bg, palette.background);
        let (fore, back) =
            if cell.modifier.contains(Modifier::REVERSED) { (back, fore) } else { (fore, back) };
        Self {
            fore,
            back: Some(back).filter(|back| back != palette.background),
            bold: cell.modifier.contains(Modifier::BOLD),
            dim: cell.modifier.contains(Modifier::DIM),
            underlined: cell.modifier.contains(Modifier::UNDERLINED),
        }
    }

    fn opacity(&self) -> &'static str {
        if self.dim { " opacity=\"0.58\"" } else { "" }
    }
}

/// Cells side by side that look alike and are drawn by the same means.
#[derive(Debug)]
struct Run {
    column: u32,
    row: u32,
    cells: u32,
    text: String,
    look: Look,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Drawn by [`shapes`].
    Shape,
    /// Plain text, stretched to the grid.
    Text,
    /// A character that fonts disagree about: placed alone in the middle of its cells.
    Alone,
}

impl Kind {
    fn of(symbol: &str) -> Self {
        match symbol.chars().next() {
            Some(c) if shapes::is_shape(c) => Self::Shape,
            Some(c)
                if symbol.chars().nth(1).is_none()
                    && (c.is_ascii() || c.is_alphabetic())
                    && text::width(symbol) == 1 =>
            {
                Self::Text
            }
            _ => Self::Alone,
        }
    }
}

/// The buffer as a picture of a terminal window with this title.
#[must_use]
pub fn render(buffer: &Buffer, palette: &Palette, title: &str) -> String {
    let (columns, rows) = (u32::from(buffer.area.width), u32::from(buffer.area.height));
    let width = columns * CELL.0 + 2 * PADDING;
    let height = rows * CELL.1 + PADDING + BAR;
    let mut out = String::new();
    window(&mut out, palette, (width, height), title);
    for run in runs(buffer, palette) {
        draw(&mut out, &run);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

fn window(out: &mut String, palette: &Palette, (width, height): (u32, u32), title: &str) {
    let (back, fore, bar) = (palette.background, palette.foreground, palette.bar);
    let (middle, line) = (width / 2, BAR - 8);
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">\n\
         <title>{title}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"9\" fill=\"{back}\"/>\n\
         <path d=\"M0 9a9 9 0 0 1 9-9H{}a9 9 0 0 1 9 9V{line}H0z\" fill=\"{bar}\"/>\n\
         <circle cx=\"17\" cy=\"13\" r=\"5.5\" fill=\"#e0616b\"/>\
         <circle cx=\"35\" cy=\"13\" r=\"5.5\" fill=\"#e3b96b\"/>\
         <circle cx=\"53\" cy=\"13\" r=\"5.5\" fill=\"#8fc379\"/>\n\
         <g font-family=\"{FONT}\" font-size=\"15\" fill=\"{fore}\">\n\
         <text x=\"{middle}\" y=\"18\" font-size=\"13\" text-anchor=\"middle\" opacity=\"0.7\">{title}</text>\n",
        width - 9,
        title = escape(title),
    );
}

fn runs(buffer: &Buffer, palette: &Palette) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut x = buffer.area.left();
        while let Some(cell) = buffer.cell((x, y)) {
            let cells = u16::try_from(text::width(cell.symbol())).unwrap_or(1).max(1);
            push(&mut runs, palette, cell, (x - buffer.area.left(), y - buffer.area.top(), cells));
            x += cells;
        }
    }
    runs.retain(|run| !run.text.trim().is_empty() || run.look.back.is_some());
    runs
}

fn push(runs: &mut Vec<Run>, palette: &Palette, cell: &Cell, (x, y, cells): (u16, u16, u16)) {
    let look = Look::of(cell, palette);
    let kind = Kind::of(cell.symbol());
    let (column, row, cells) = (u32::from(x), u32::from(y), u32::from(cells));
    if let Some(last) = runs.last_mut()
        && (last.row, last.column + last.cells) == (row, column)
        && last.look == look
        && last.kind == kind
        && kind != Kind::Alone
    {
        last.cells += cells;
        last.text.push_str(cell.symbol());
        return;
    }
    runs.push(Run { column, row, cells, text: cell.symbol().to_owned(), look, kind });
}

fn draw(out: &mut String, run: &Run) {
    let (x, y) = (PADDING + run.column * CELL.0, BAR + run.row * CELL.1);
    let width = run.cells * CELL.0;
    if let Some(back) = &run.look.back {
        let height = CELL.1;
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{back}\"/>"
        );
    }
    match run.kind {
        Kind::Shape => shapes::draw(out, run, (x, y)),
        Kind::Alone => {
            let middle = x + width / 2;
            write_text(
                out,
                run,
                run.text.trim(),
                &format!("x=\"{middle}\" text-anchor=\"middle\""),
                y,
            );
        }
        Kind::Text => words(out, run, (x, y)),
    }
}

/// Writes a run's text without the blanks around it.
fn words(out: &mut String, run: &Run, (x, y): (u32, u32)) {
    let text = run.text.trim_end();
    let start = text.len() - text.trim_start().len();
    let Ok(before) = u32::try_from(start) else { return };
    let text = text.trim_start();
    let Ok(cells) = u32::try_from(text.chars().count()) else { return };
    if cells == 0 {
        return;
    }
    let place = format!("x=\"{}\" textLength=\"{}\"", x + before * CELL.0, cells * CELL.0);
    write_text(out, run, text, &place, y);
}

fn write_text(out: &mut String, run: &Run, text: &str, place: &str, y: u32) {
    if text.is_empty() {
        return;
    }
    let look = &run.look;
    let weight = if look.bold { " font-weight=\"700\"" } else { "" };
    let line = if look.underlined { " text-decoration=\"underline\"" } else { "" };
    let _ = writeln!(
        out,
        "<text {place} y=\"{}\" fill=\"{}\"{weight}{line}{} xml:space=\"preserve\">{}</text>",
        y + 14,
        look.fore,
        look.opacity(),
        escape(text),
    );
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn picture(text: &str, style: Style) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, text, style);
        render(&buffer, &Palette::dark(), "t")
    }

    #[test]
    fn text_is_escaped_and_placed_on_the_grid() {
        let svg = picture("  a<b & c", Style::new());
        assert!(svg.contains("x=\"32\" textLength=\"63\""), "{svg}");
        assert!(svg.contains(">a&lt;b &amp; c</text>"), "{svg}");
    }

    #[test]
    fn a_reversed_run_swaps_its_colours() {
        let style = Style::new().fg(Color::Cyan).add_modifier(Modifier::REVERSED);
        let svg = picture("row", style);
        assert!(svg.contains("width=\"27\" height=\"19\" fill=\"#62bfcf\""), "{svg}");
        assert!(svg.contains("fill=\"#16191f\""), "{svg}");
    }

    #[test]
    fn lines_are_shapes_and_wide_characters_take_two_cells() {
        let svg = picture("──表x", Style::new());
        assert!(svg.contains("<path"), "{svg}");
        assert!(!svg.contains('─'), "{svg}");
        // Two cells of line, two of the wide character, then the next letter.
        assert!(svg.contains("x=\"50\" textLength=\"9\""), "{svg}");
    }

    #[test]
    fn the_colour_cube_and_the_grey_ramp_are_the_usual_ones() {
        assert_eq!(indexed(16), "#000000");
        assert_eq!(indexed(231), "#ffffff");
        assert_eq!(indexed(232), "#080808");
        assert_eq!(indexed(255), "#eeeeee");
    }
}
