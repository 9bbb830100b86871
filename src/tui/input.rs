//! The terminal's events as messages without the terminal library's types.

use crossterm::event::{
    Event, KeyCode as TermCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};

use crate::app::msg::{Key, KeyCode, Mouse, MouseKind, Msg};

/// The message for an event; `None` for what the console has no use for.
pub(super) fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) => key_of(key).map(Msg::Key),
        Event::Mouse(mouse) => mouse_of(mouse).map(Msg::Mouse),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(width, height) => Some(Msg::Resize { width, height }),
        Event::FocusGained | Event::FocusLost => None,
    }
}

fn key_of(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let code = code_of(event.code)?;
    let has = |modifier| event.modifiers.contains(modifier);
    let is_char = matches!(code, KeyCode::Char(_));
    Some(Key {
        code,
        ctrl: has(KeyModifiers::CONTROL),
        alt: has(KeyModifiers::ALT),
        shift: has(KeyModifiers::SHIFT) && !is_char && code != KeyCode::BackTab,
    })
}

fn code_of(code: TermCode) -> Option<KeyCode> {
    Some(match code {
        TermCode::Char(c) => KeyCode::Char(c),
        TermCode::F(n) => KeyCode::F(n),
        TermCode::Enter => KeyCode::Enter,
        TermCode::Esc => KeyCode::Esc,
        TermCode::Tab => KeyCode::Tab,
        TermCode::BackTab => KeyCode::BackTab,
        TermCode::Backspace => KeyCode::Backspace,
        TermCode::Delete => KeyCode::Delete,
        TermCode::Insert => KeyCode::Insert,
        TermCode::Up => KeyCode::Up,
        TermCode::Down => KeyCode::Down,
        TermCode::Left => KeyCode::Left,
        TermCode::Right => KeyCode::Right,
        TermCode::Home => KeyCode::Home,
        TermCode::End => KeyCode::End,
        TermCode::PageUp => KeyCode::PageUp,
        TermCode::PageDown => KeyCode::PageDown,
        _ => return None,
    })
}

fn mouse_of(event: MouseEvent) -> Option<Mouse> {
    let kind = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => MouseKind::Press,
        MouseEventKind::ScrollUp => MouseKind::WheelUp,
        MouseEventKind::ScrollDown => MouseKind::WheelDown,
        _ => return None,
    };
    Some(Mouse { column: event.column, row: event.row, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: TermCode, modifiers: KeyModifiers) -> Option<Msg> {
        message(Event::Key(KeyEvent::new(code, modifiers)))
    }

    fn plain(code: KeyCode) -> Key {
        Key { code, ctrl: false, alt: false, shift: false }
    }

    #[test]
    fn a_capital_letter_carries_its_shift_in_its_case() {
        let capital = key(TermCode::Char('R'), KeyModifiers::SHIFT);
        assert_eq!(capital, Some(Msg::Key(plain(KeyCode::Char('R')))));
        let back = key(TermCode::BackTab, KeyModifiers::SHIFT);
        assert_eq!(back, Some(Msg::Key(plain(KeyCode::BackTab))));
        let up = key(TermCode::Up, KeyModifiers::SHIFT);
        assert_eq!(up, Some(Msg::Key(Key { shift: true, ..plain(KeyCode::Up) })));
    }

    #[test]
    fn key_releases_and_mouse_motion_are_nothing() {
        let mut event = KeyEvent::new(TermCode::Char('x'), KeyModifiers::NONE);
        event.kind = KeyEventKind::Release;
        assert_eq!(message(Event::Key(event)), None);
        let motion = MouseEvent {
            kind: MouseEventKind::Moved,
            column: 1,
            row: 1,
            modifiers: KeyModifiers::NONE,
        };
        assert_eq!(message(Event::Mouse(motion)), None);
    }
}
