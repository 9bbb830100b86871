//! What the dialogs share: the place on the screen, the frame, the line of keys, wrapped text.

use ratatui::layout::Rect;

use crate::app::App;
use crate::app::layout;
use crate::ui::painter::Painter;
use crate::ui::panes::rect;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::dialog;
use crate::ui::widgets::hints::{self, Hint};

/// Where a dialog is drawn.
pub(super) struct Stage<'p, 'b> {
    /// Draws.
    pub(super) painter: &'p mut Painter<'b>,
    /// The application.
    pub(super) app: &'p App,
    /// Whether this dialog is on top.
    pub(super) active: bool,
}

/// How a dialog presents itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Front<'t> {
    /// Title in the frame.
    pub(super) title: &'t str,
    /// Whether it can destroy something.
    pub(super) danger: bool,
}

impl<'b> Stage<'_, 'b> {
    /// The whole screen.
    pub(super) fn screen(&self) -> layout::Rect {
        self.app.layout().screen
    }

    /// Opens a dialog of at most this size in the middle of the screen, puts the keys on its last
    /// line, and answers what is left for its content.
    pub(super) fn open(&mut self, front: Front<'_>, width: u16, height: u16) -> Sheet<'_, 'b> {
        let screen = self.screen();
        // A cell of the panes stays in sight around it: one sees what it lies over.
        let most = (screen.width.saturating_sub(2), screen.height.saturating_sub(2));
        let area = rect(screen.centered(width.min(most.0), height.min(most.1)));
        self.open_at(front, area)
    }

    /// Opens a dialog at this place.
    pub(super) fn open_at(&mut self, front: Front<'_>, area: Rect) -> Sheet<'_, 'b> {
        let inner = dialog::draw(self.painter, area, front.title, front.danger);
        let mut sheet = Sheet { painter: self.painter, area: inner };
        if let Some(line) = sheet.take_bottom(1)
            && self.active
        {
            keys(sheet.painter, self.app, line);
        }
        sheet
    }
}

fn keys(painter: &mut Painter<'_>, app: &App, line: Rect) {
    let all: Vec<Hint> = app
        .hints()
        .into_iter()
        .filter(|hint| hint.enabled)
        .map(|hint| Hint::new(hint.key, hint.title))
        .collect();
    hints::draw(painter, line, &all, None);
}

/// A dialog's content, filled from the top.
pub(super) struct Sheet<'p, 'b> {
    /// Draws.
    pub(super) painter: &'p mut Painter<'b>,
    /// What is still free.
    pub(super) area: Rect,
}

impl Sheet<'_, '_> {
    /// Takes rows off the top; none where not all of them are there.
    pub(super) fn take(&mut self, rows: u16) -> Option<Rect> {
        let rest = self.area.height.checked_sub(rows)?;
        let top = Rect { height: rows, ..self.area };
        self.area = Rect { y: self.area.y + rows, height: rest, ..self.area };
        Some(top)
    }

    /// Takes rows off the bottom; none where not all of them are there.
    pub(super) fn take_bottom(&mut self, rows: u16) -> Option<Rect> {
        let rest = self.area.height.checked_sub(rows)?;
        self.area.height = rest;
        Some(Rect { y: self.area.y + rest, height: rows, ..self.area })
    }

    /// An empty line, where there is room for more than that.
    pub(super) fn gap(&mut self) {
        if self.area.height > 1 {
            self.take(1);
        }
    }

    /// One line.
    pub(super) fn line(&mut self, text: &str, role: Role) {
        if let Some(line) = self.take(1) {
            self.painter.text(line, text, role);
        }
    }

    /// A text over as many lines as it needs and there are.
    pub(super) fn paragraph(&mut self, text: &str, role: Role) {
        let width = usize::from(self.area.width);
        for part in text::wrap(text, width, self.painter.glyphs()) {
            self.line(&part, role);
        }
    }
}

/// How many lines a text takes at this width.
pub(super) fn lines(stage: &Stage<'_, '_>, content: &str, width: u16) -> u16 {
    let lines = text::wrap(content, usize::from(width), stage.painter.glyphs()).len();
    u16::try_from(lines).unwrap_or(u16::MAX)
}
