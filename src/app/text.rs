//! A line of text being edited. It owns every printable key and the readline chords, so that no
//! action is triggered while somebody types.

use tui_input::{Input, InputRequest};

use super::msg::{Key, KeyCode};

/// A text field.
#[derive(Debug, Clone, Default)]
pub struct TextField {
    input: Input,
}

impl TextField {
    /// A field with text in it and the cursor at its end.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { input: Input::new(text.into()) }
    }

    /// The text.
    #[must_use]
    pub fn value(&self) -> &str {
        self.input.value()
    }

    /// The text without blanks around it.
    #[must_use]
    pub fn trimmed(&self) -> &str {
        self.value().trim()
    }

    /// How many characters stand in front of the cursor.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.input.cursor()
    }

    /// The cursor's column within the text, in cells.
    #[must_use]
    pub fn visual_cursor(&self) -> usize {
        self.input.visual_cursor()
    }

    /// How many cells of the text to skip so that the cursor is seen in a field of this width.
    #[must_use]
    pub fn visual_scroll(&self, width: usize) -> usize {
        self.input.visual_scroll(width)
    }

    /// Replaces the text.
    pub fn set(&mut self, text: impl Into<String>) {
        self.input = Input::new(text.into());
    }

    /// Empties the field.
    pub fn clear(&mut self) {
        self.input.reset();
    }

    /// Edits by a key; says whether the key was the field's.
    pub fn handle(&mut self, key: Key) -> bool {
        let Some(request) = request(key) else { return false };
        self.input.handle(request);
        true
    }

    /// Inserts pasted text; line ends and other control characters become blanks.
    pub fn paste(&mut self, text: &str) {
        let text = text.trim_end_matches(['\r', '\n']).replace("\r\n", " ");
        for c in text.chars() {
            let c = if c.is_control() { ' ' } else { c };
            self.input.handle(InputRequest::InsertChar(c));
        }
    }
}

/// Whether a text field takes the key.
#[must_use]
pub fn is_text_key(key: Key) -> bool {
    request(key).is_some()
}

fn request(key: Key) -> Option<InputRequest> {
    use InputRequest as R;
    let plain = !key.ctrl && !key.alt;
    Some(match key.code {
        KeyCode::Char(c) if plain => R::InsertChar(c),
        KeyCode::Char(c) if key.ctrl && !key.alt => match c {
            'a' => R::GoToStart,
            'e' => R::GoToEnd,
            'b' => R::GoToPrevChar,
            'f' => R::GoToNextChar,
            'h' => R::DeletePrevChar,
            'd' => R::DeleteNextChar,
            'k' => R::DeleteTillEnd,
            'u' => R::DeleteFromStart,
            'w' => R::DeletePrevWord,
            'y' => R::Yank,
            _ => return None,
        },
        KeyCode::Char(c) if key.alt && !key.ctrl => match c {
            'b' => R::GoToPrevWord,
            'f' => R::GoToNextWord,
            'd' => R::DeleteNextWord,
            _ => return None,
        },
        KeyCode::Backspace if key.alt || key.ctrl => R::DeletePrevWord,
        KeyCode::Backspace => R::DeletePrevChar,
        KeyCode::Delete => R::DeleteNextChar,
        KeyCode::Left if key.ctrl || key.alt => R::GoToPrevWord,
        KeyCode::Right if key.ctrl || key.alt => R::GoToNextWord,
        KeyCode::Left => R::GoToPrevChar,
        KeyCode::Right => R::GoToNextChar,
        KeyCode::Home => R::GoToStart,
        KeyCode::End => R::GoToEnd,
        _ => return None,
    })
}

/// The words of a text: what stands between blanks, where the blanks are not within double quotes.
#[must_use]
pub fn words(text: &str) -> Vec<&str> {
    let mut quoted = false;
    let parts = text.split(|c: char| {
        quoted ^= c == '"';
        c.is_whitespace() && !quoted
    });
    parts.filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::keymap::parse_key;

    fn typed(field: &mut TextField, keys: &[&str]) {
        for key in keys {
            assert!(field.handle(parse_key(key).unwrap()), "{key} is not a text key");
        }
    }

    #[test]
    fn readline_chords_edit() {
        let mut field = TextField::new("one two");
        typed(&mut field, &["ctrl-w", "é", "ctrl-a", "ctrl-d", "ctrl-e", "ctrl-b", "left", "x"]);
        assert_eq!(field.value(), "nex é");
        typed(&mut field, &["alt-f", "ctrl-k", "home", "alt-b", "ctrl-f", "backspace"]);
        assert_eq!(field.value(), "ex ");
        typed(&mut field, &["end", "ctrl-u"]);
        assert_eq!(field.value(), "");
    }

    #[test]
    fn pasted_line_ends_become_blanks_and_the_last_one_goes() {
        let mut field = TextField::new("a");
        field.paste("b\r\nc\td\n");
        assert_eq!(field.value(), "ab c d");
    }

    #[test]
    fn enter_escape_and_other_chords_are_not_text() {
        for key in ["enter", "esc", "tab", "up", "ctrl-c", "f1", "ctrl-p"] {
            assert!(!is_text_key(parse_key(key).unwrap()), "{key}");
        }
    }
}
