//! The screen that says that the terminal is too small, and how large it has to be.

use ratatui::layout::Rect;

use crate::app::App;
use crate::app::layout::MINIMUM;

use super::format;
use super::painter::Painter;
use super::text;
use super::theme::Role;

/// Draws the screen; jobs run on, and it says so.
pub(super) fn draw(painter: &mut Painter<'_>, app: &App) {
    let area = painter.area();
    let running = app.jobs.running();
    let lines = [
        ("Terminal too small".to_owned(), Role::Strong),
        (format!("{} x {} now", area.width, area.height), Role::Warn),
        (format!("{} x {} needed", MINIMUM.width, MINIMUM.height), Role::Text),
        (
            match running {
                0 => String::new(),
                _ => format!("{} on", format::count(running, "job goes", "jobs go")),
            },
            Role::Dim,
        ),
    ];
    let height = u16::try_from(lines.len()).unwrap_or(0).min(area.height);
    let first = area.y + (area.height - height) / 2;
    for (y, (line, role)) in (first..area.bottom()).zip(&lines) {
        let used = u16::try_from(text::width(line)).unwrap_or(area.width).min(area.width);
        let x = area.x + (area.width - used) / 2;
        painter.text(Rect { x, y, width: used, height: 1 }, line, *role);
    }
}
