//! The screen of a console as a value: its text, its roles, its colours.

use dbbackup::app::App;
use dbbackup::ui::glyphs::Glyphs;
use dbbackup::ui::painter::Skin;
use dbbackup::ui::theme::{Role, Theme};
use dbbackup::ui::{self, Drawn};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// A drawn screen.
pub(crate) struct Screen {
    pub(crate) buffer: Buffer,
    pub(crate) drawn: Drawn,
}

impl Screen {
    /// Draws with these looks.
    pub(crate) fn with(app: &App, theme: Theme, glyphs: &'static Glyphs) -> Self {
        Self::sized(app, (app.size.width, app.size.height), Skin { theme, glyphs })
    }

    /// Draws into a buffer of any size.
    pub(crate) fn sized(app: &App, (width, height): (u16, u16), skin: Skin) -> Self {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let drawn = ui::draw_with(app, &mut buffer, skin);
        Self { buffer, drawn }
    }

    pub(crate) fn unicode(app: &App) -> Self {
        Self::with(app, Theme::dark(), Glyphs::unicode())
    }

    pub(crate) fn ascii(app: &App) -> Self {
        Self::with(app, Theme::dark(), Glyphs::ascii())
    }

    /// Draws so that each cell tells its role.
    pub(crate) fn roles(app: &App) -> Self {
        Self::with(app, Theme::roles(), Glyphs::unicode())
    }

    /// One line of text a row, without the blanks at its end; a wide character counts once.
    pub(crate) fn text(&self) -> String {
        self.lines(|cell| cell.symbol().to_owned())
    }

    /// One letter a cell: [`letter`].
    pub(crate) fn role_letters(&self) -> String {
        self.lines(|cell| letter(cell).to_string().repeat(cell.symbol().width().max(1)))
    }

    /// One letter a cell for its modifiers: reversed, underlined, bold, dim.
    pub(crate) fn modifiers(&self) -> String {
        let letters = [
            (Modifier::REVERSED, 'R'),
            (Modifier::UNDERLINED, 'U'),
            (Modifier::BOLD, 'B'),
            (Modifier::DIM, 'd'),
        ];
        self.lines(|cell| {
            let found = letters.iter().find(|(modifier, _)| cell.modifier.contains(*modifier));
            found.map_or(' ', |(_, letter)| *letter).to_string()
        })
    }

    fn lines(&self, show: impl Fn(&Cell) -> String) -> String {
        let width = usize::from(self.buffer.area.width).max(1);
        let line = |cells: &[Cell]| {
            let mut line = String::new();
            let mut hidden = 0;
            for cell in cells {
                if hidden == 0 {
                    line.push_str(&show(cell));
                    hidden = cell.symbol().width().max(1);
                }
                hidden -= 1;
            }
            line.trim_end().to_owned()
        };
        self.buffer.content().chunks(width).map(line).collect::<Vec<_>>().join("\n")
    }

    /// Whether any cell has the role.
    pub(crate) fn shows(&self, role: Role) -> bool {
        let colour = Some(indexed(role));
        self.buffer.content().iter().any(|cell| Some(cell.fg) == colour || Some(cell.bg) == colour)
    }
}

fn indexed(role: Role) -> Color {
    let style = Theme::roles().style(role);
    style.bg.or(style.fg).unwrap()
}

/// The letter of a cell drawn by [`Theme::roles`]: that of its role; in a selected row the capital
/// one, in a selected row without the focus `=`; nothing for an empty cell.
fn letter(cell: &Cell) -> char {
    let role = Role::ALL.into_iter().find(|role| indexed(*role) == cell.fg);
    let blank = cell.symbol().trim().is_empty();
    let plain = match role {
        _ if blank => ' ',
        None => '?',
        Some(role) => role_letter(role),
    };
    match cell.bg {
        bg if bg == indexed(Role::Selected) && blank => '#',
        bg if bg == indexed(Role::Selected) => plain.to_ascii_uppercase(),
        bg if bg == indexed(Role::SelectedIdle) => '=',
        _ => plain,
    }
}

fn role_letter(role: Role) -> char {
    match role {
        Role::Text => 't',
        Role::Strong => 's',
        Role::Dim => 'd',
        Role::Accent => 'a',
        Role::Ok => 'o',
        Role::Warn => 'w',
        Role::Danger => 'x',
        Role::Selected | Role::SelectedIdle => '?',
        Role::Border => 'b',
        Role::BorderFocused => 'f',
        Role::BorderDanger => 'r',
        Role::Title => 'n',
        Role::TitleFocused => 'h',
        Role::Key => 'k',
        Role::Chart => 'c',
        Role::Limit => 'l',
        Role::Stall => 'z',
        Role::Gap => 'g',
        Role::Badge => 'e',
        Role::Match => 'm',
        Role::Input => 'i',
    }
}
