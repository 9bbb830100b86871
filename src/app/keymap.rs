//! Which key runs which action where: the table's defaults under the config's changes.

use std::collections::HashMap;
use std::fmt;

use super::action::{ActionId, Context};
use super::msg::{Key, KeyCode};

/// The keys in force.
#[derive(Debug, Clone, Default)]
pub struct Keymap {
    by_key: HashMap<(Context, Key), ActionId>,
    by_action: HashMap<ActionId, Vec<Key>>,
}

impl Keymap {
    /// What the key does in the first of these contexts that knows it.
    #[must_use]
    pub fn action(&self, contexts: &[Context], key: Key) -> Option<ActionId> {
        contexts.iter().find_map(|context| self.by_key.get(&(*context, key)).copied())
    }

    /// The keys of an action, the first one first.
    #[must_use]
    pub fn keys(&self, action: ActionId) -> &[Key] {
        self.by_action.get(&action).map_or(&[], Vec::as_slice)
    }
}

/// Why a key's name could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is not a key: write a character, or enter, esc, tab, space, up, f1 and the like, with ctrl-, alt- or shift- before it"
)]
pub struct KeyError(String);

/// Reads a key's name: `c`, `R`, `ctrl-p`, `shift-tab`, `f5`, `space`.
pub fn parse_key(text: &str) -> Result<Key, KeyError> {
    let fail = || KeyError(text.to_owned());
    let mut key = Key { code: KeyCode::Esc, ctrl: false, alt: false, shift: false };
    let mut rest = text;
    loop {
        let lower = rest.to_ascii_lowercase();
        let (flag, length) = if lower.starts_with("ctrl-") {
            (&mut key.ctrl, 5)
        } else if lower.starts_with("alt-") {
            (&mut key.alt, 4)
        } else if lower.starts_with("shift-") {
            (&mut key.shift, 6)
        } else {
            break;
        };
        // "ctrl-" alone is no key, but '-' after it is.
        if std::mem::replace(flag, true) {
            return Err(fail());
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    key.code = code(rest).ok_or_else(fail)?;
    normalise(key).ok_or_else(fail)
}

fn code(name: &str) -> Option<KeyCode> {
    let mut chars = name.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return (!c.is_control() && c != ' ').then_some(KeyCode::Char(c));
    }
    let lower = name.to_ascii_lowercase();
    if let Some(number) = lower.strip_prefix('f').and_then(|n| n.parse::<u8>().ok()) {
        return (1..=12).contains(&number).then_some(KeyCode::F(number));
    }
    NAMES.iter().find(|(known, _)| *known == lower).map(|(_, code)| *code)
}

/// Shift belongs to a character's case, and shift-tab is a key of its own.
fn normalise(mut key: Key) -> Option<Key> {
    match key.code {
        KeyCode::Char(c) if key.shift => {
            let mut upper = c.to_uppercase();
            let (Some(upper), None) = (upper.next(), upper.next()) else { return None };
            key.code = KeyCode::Char(upper);
            key.shift = false;
        }
        KeyCode::Tab if key.shift => {
            key.code = KeyCode::BackTab;
            key.shift = false;
        }
        _ => {}
    }
    // Terminals send control with a letter in lower case.
    if let (true, KeyCode::Char(c)) = (key.ctrl, key.code) {
        key.code = KeyCode::Char(c.to_ascii_lowercase());
    }
    Some(key)
}

const NAMES: [(&str, KeyCode); 20] = [
    ("enter", KeyCode::Enter),
    ("return", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("escape", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("del", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("space", KeyCode::Char(' ')),
    ("minus", KeyCode::Char('-')),
];

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for (on, prefix) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if on {
                text.push_str(prefix);
            }
        }
        match self.code {
            KeyCode::Char(' ') => text.push_str("space"),
            KeyCode::BackTab => text.push_str("shift-tab"),
            KeyCode::Char(c) => text.push(c),
            KeyCode::F(n) => text.push_str(&format!("f{n}")),
            code => text.push_str(
                NAMES.iter().find(|(_, known)| *known == code).map_or("?", |(name, _)| *name),
            ),
        }
        f.pad(&text)
    }
}
