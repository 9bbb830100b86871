//! What the console looks like. Reads the application's state and draws it; changes nothing, asks
//! no clock, touches no terminal.
//!
//! ```text
//!  App ─► draw ─┬─ header, tabs, panes, hints ─┐
//!               ├─ toasts                      ├─► Painter ─► Buffer ─► the terminal, or svg
//!               └─ dialogs                     ┘   (roles, clean text, clipping)
//! ```
//! Places come from `app::layout`, so that what is drawn and what a click finds are the same.

mod dialogs;
pub mod format;
pub mod glyphs;
pub mod painter;
mod panes;
pub mod svg;
pub mod text;
pub mod theme;
mod too_small;
pub mod widgets;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use crate::app::App;
use crate::app::dialog::Dialog;
use crate::app::focus::Pane;
use crate::app::layout::{Breakpoint, Layout};
use crate::app::notify::Message;
use crate::model::job::Level;

use glyphs::Glyphs;
use painter::{Painter, Skin};
use panes::{Place, rect};
use theme::{Role, Theme};
use widgets::toast::{self, Toast};

/// What a drawing tells besides its picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    /// Where the terminal's cursor belongs; `None` hides it.
    pub cursor: Option<Position>,
    /// List rows that were worked out: bounded by the screen, whatever the lists hold.
    pub rows: usize,
}

/// Draws the whole screen.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let drawn = draw_with(app, frame.buffer_mut(), skin(app));
    if let Some(cursor) = drawn.cursor {
        frame.set_cursor_position(cursor);
    }
}

/// The looks that the application's settings ask for.
#[must_use]
pub fn skin(app: &App) -> Skin {
    let theme = Theme::named(app.settings.theme).unwrap_or_else(Theme::dark);
    let glyphs = if app.settings.ascii { Glyphs::ascii() } else { Glyphs::unicode() };
    Skin { theme, glyphs }
}

/// Draws the whole screen into a buffer with other looks than the settings'.
pub fn draw_with(app: &App, buffer: &mut Buffer, skin: Skin) -> Drawn {
    let mut painter = Painter::new(buffer, skin);
    let layout = app.layout();
    if layout.breakpoint == Breakpoint::TooSmall {
        too_small::draw(&mut painter, app);
    } else {
        panes(&mut painter, app, &layout);
        toasts(&mut painter, app, &layout);
        dialogs::draw(&mut painter, app);
    }
    Drawn { cursor: painter.cursor(), rows: painter.rows() }
}

fn panes(painter: &mut Painter<'_>, app: &App, layout: &Layout) {
    panes::header::draw(painter, app, rect(layout.header));
    panes::tabs::draw(painter, app, layout);
    for (pane, area) in &layout.panes {
        let covered = app.dialogs.iter().any(|dialog| !matches!(dialog, Dialog::Command(_)));
        let focused = *pane == app.focus && !covered;
        let place = Place { pane: *pane, area: *area, focused };
        match pane {
            Pane::Browser => panes::browser::draw(painter, app, place),
            Pane::Tables => panes::tables::draw(painter, app, place),
            Pane::Jobs => panes::jobs::draw(painter, app, place),
            Pane::Timeline => panes::timeline::draw(painter, app, place),
            Pane::Log => panes::log::draw(painter, app, place),
        }
    }
    if app.dialogs.is_empty() {
        panes::hints::draw(painter, app, rect(layout.hints));
    }
}

fn toasts(painter: &mut Painter<'_>, app: &App, layout: &Layout) {
    let toasts: Vec<Toast<'_>> = app.notes.toasts().map(as_toast).collect();
    let mut area = rect(layout.screen);
    area.y += 1;
    area.height = area.height.saturating_sub(2);
    toast::draw(painter, area, &toasts);
}

fn as_toast(message: &Message) -> Toast<'_> {
    let (word, role) = match message.level {
        Level::Info => ("", Role::Text),
        Level::Warning => ("warning", Role::Warn),
        Level::Error => ("error", Role::Danger),
    };
    Toast { text: &message.text, hint: message.hint.as_deref(), role, word }
}
