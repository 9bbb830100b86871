//! Which key runs which action where: the table's defaults under the config's changes.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use super::action::{ACTIONS, ActionId, ActionSpec, Context, Danger};
use super::msg::{Key, KeyCode};

/// The keys in force.
#[derive(Debug, Clone, Default)]
pub struct Keymap {
    by_key: HashMap<(Context, Key), ActionId>,
    by_action: HashMap<ActionId, Vec<Key>>,
}

/// Something wrong with the keys of the config.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapProblem {
    /// No action has this name.
    #[error("keys: there is no action '{name}'{}", suggestion(.nearest.as_deref()))]
    UnknownAction {
        /// The name.
        name: String,
        /// A known name that looks like it.
        nearest: Option<String>,
    },
    /// A key's name could not be read.
    #[error("keys: {action}: {source}")]
    BadKey {
        /// The action.
        action: String,
        /// What is wrong.
        source: KeyError,
    },
    /// One key would run two actions in the same place.
    #[error("keys: '{key}' would run both {first} and {second}: change one of them")]
    Conflict {
        /// The key.
        key: String,
        /// One action.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// An action that can destroy data on a key that is pressed by accident.
    #[error(
        "keys: {action} can destroy data, so '{key}' may not run it: use a capital letter or a function key"
    )]
    TooEasy {
        /// The action.
        action: &'static str,
        /// The key.
        key: String,
    },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(", did you mean {name}?"))
}

/// Contexts that are active together, narrowest first; which of these holds is decided by what is
/// on top.
pub const SITUATIONS: [&[Context]; 16] = {
    use Context as C;
    [
        &[C::Browser, C::List, C::Global, C::Always],
        &[C::Tables, C::List, C::Global, C::Always],
        &[C::Jobs, C::List, C::Global, C::Always],
        &[C::Timeline, C::Global, C::Always],
        &[C::Log, C::List, C::Global, C::Always],
        &[C::Filter, C::Always],
        &[C::Picker, C::Always],
        &[C::Command, C::Always],
        &[C::Form, C::Always],
        &[C::Archive, C::List, C::Always],
        &[C::Plan, C::List, C::Always],
        &[C::Confirm, C::Always],
        &[C::Prompt, C::Always],
        &[C::JobLog, C::List, C::Always],
        &[C::Look, C::List, C::Always],
        &[C::Quit, C::List, C::Always],
    ]
};

/// The contexts that are active when this one is the narrowest.
#[must_use]
pub fn situation(narrowest: Context) -> &'static [Context] {
    SITUATIONS
        .into_iter()
        .find(|contexts| contexts.first() == Some(&narrowest))
        .unwrap_or(&[Context::Always])
}

/// Whether a slip of the hand presses it: a plain lower-case letter, or a control chord.
#[must_use]
pub fn is_easy(key: Key) -> bool {
    key.ctrl || matches!(key.code, KeyCode::Char(c) if !c.is_uppercase())
}

impl Keymap {
    /// The table's keys under the config's changes. An entry that is wrong leaves its action's
    /// default keys in force, and is reported.
    #[must_use]
    pub fn new(changes: &BTreeMap<String, Vec<String>>) -> (Self, Vec<KeymapProblem>) {
        let mut problems = Vec::new();
        let mut configured: HashMap<ActionId, Vec<Key>> = HashMap::new();
        for (name, keys) in changes {
            match read_change(name, keys) {
                Ok((action, keys)) => {
                    configured.insert(action, keys);
                }
                Err(problem) => problems.push(problem),
            }
        }
        let mut keymap = Self::default();
        for spec in ACTIONS {
            let keys = configured.remove(&spec.id).unwrap_or_else(|| default_keys(spec));
            keymap.bind(spec, keys);
        }
        problems.extend(keymap.conflicts());
        (keymap, problems)
    }

    fn bind(&mut self, spec: &ActionSpec, keys: Vec<Key>) {
        for key in &keys {
            for context in spec.contexts {
                // The first of two in conflict keeps the key; the conflict is reported.
                self.by_key.entry((*context, *key)).or_insert(spec.id);
            }
        }
        self.by_action.insert(spec.id, keys);
    }

    /// Keys that two actions share in one situation.
    fn conflicts(&self) -> Vec<KeymapProblem> {
        let mut problems = Vec::new();
        for (i, first) in ACTIONS.iter().enumerate() {
            for second in ACTIONS.iter().skip(i + 1) {
                if !meet(first, second) {
                    continue;
                }
                let theirs = self.keys(second.id);
                if let Some(key) = self.keys(first.id).iter().find(|key| theirs.contains(key)) {
                    problems.push(KeymapProblem::Conflict {
                        key: key.to_string(),
                        first: first.name,
                        second: second.name,
                    });
                }
            }
        }
        problems
    }

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

/// Whether two actions are ever active together.
fn meet(a: &ActionSpec, b: &ActionSpec) -> bool {
    let active = |spec: &ActionSpec, contexts: &[Context]| {
        contexts.iter().any(|context| spec.contexts.contains(context))
    };
    SITUATIONS.iter().any(|contexts| active(a, contexts) && active(b, contexts))
}

fn default_keys(spec: &ActionSpec) -> Vec<Key> {
    // A test reads every default.
    spec.keys.iter().filter_map(|key| parse_key(key).ok()).collect()
}

fn read_change(name: &str, keys: &[String]) -> Result<(ActionId, Vec<Key>), KeymapProblem> {
    let Some(spec) = ACTIONS.iter().find(|spec| spec.name == name) else {
        return Err(KeymapProblem::UnknownAction {
            name: name.to_owned(),
            nearest: nearest_action(name),
        });
    };
    let mut read = Vec::new();
    for text in keys {
        let key = parse_key(text)
            .map_err(|source| KeymapProblem::BadKey { action: name.to_owned(), source })?;
        if spec.danger == Danger::Destructive && is_easy(key) {
            return Err(KeymapProblem::TooEasy { action: spec.name, key: key.to_string() });
        }
        read.push(key);
    }
    Ok((spec.id, read))
}

/// The action whose name looks most like this one.
fn nearest_action(name: &str) -> Option<String> {
    let distance = |known: &str| edits(name, known);
    let best = ACTIONS.iter().min_by_key(|spec| distance(spec.name))?;
    (distance(best.name) <= 3).then(|| best.name.to_owned())
}

/// Letters to insert, drop or change to make one text of the other.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut before = i;
        let mut left = i + 1;
        for (to, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let change = before + usize::from(from != *to);
            before = *cell;
            left = change.min(before + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
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

const F_KEYS: [&str; 13] =
    ["f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12"];

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
            KeyCode::F(n) => text.push_str(F_KEYS.get(usize::from(n)).copied().unwrap_or("f?")),
            code => text.push_str(
                NAMES.iter().find(|(_, known)| *known == code).map_or("?", |(name, _)| *name),
            ),
        }
        f.pad(&text)
    }
}

/// The default keys as a config file, for documentation and for copying from.
#[must_use]
pub fn defaults_as_toml() -> String {
    let mut lines = vec![String::from(
        "# The console's keys, as they are unless the config file changes them.\n\
         # Copy lines into the config file and change the keys there; [] takes a key away.\n\
         # Keys: a character, or enter, esc, tab, space, up, pageup, home, f1 and the like, with\n\
         # ctrl-, alt- or shift- before it. A test compares this file with the table of actions.\n\n\
         [keys]\n",
    )];
    for spec in ACTIONS {
        let keys: Vec<String> = spec.keys.iter().map(|key| format!("{key:?}")).collect();
        lines.push(format!("# {}\n{:?} = [{}]\n", spec.doc, spec.name, keys.join(", ")));
    }
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(entries: &[(&str, &[&str])]) -> (Keymap, Vec<String>) {
        let changes = entries
            .iter()
            .map(|(name, keys)| {
                ((*name).to_owned(), keys.iter().map(|k| (*k).to_owned()).collect())
            })
            .collect();
        let (keymap, problems) = Keymap::new(&changes);
        (keymap, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_default_key_can_be_read_and_none_collide() {
        for spec in ACTIONS {
            for key in spec.keys {
                parse_key(key).unwrap_or_else(|e| panic!("{}: {e}", spec.name));
            }
        }
        assert_eq!(changed(&[]).1, Vec::<String>::new());
    }

    #[test]
    fn keys_are_written_as_they_are_read() {
        for text in ["c", "R", "ctrl-p", "alt-b", "f12", "space", "shift-tab", "-", "+", "pageup"] {
            assert_eq!(parse_key(text).unwrap().to_string(), text);
        }
        assert_eq!(parse_key("shift-r"), parse_key("R"));
        assert_eq!(parse_key("Ctrl-P"), parse_key("ctrl-p"));
        for bad in ["", "ctrl-", "ctrl-ctrl-a", "f13", "f0", "hyper-a", "ab", " "] {
            assert!(parse_key(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_config_changes_keys_and_its_mistakes_are_named() {
        let (keymap, problems) = changed(&[("job.cancel", &["ctrl-x"]), ("app.freeze", &[])]);
        assert_eq!(problems, Vec::<String>::new());
        let jobs = situation(Context::Jobs);
        assert_eq!(keymap.action(jobs, parse_key("ctrl-x").unwrap()), Some(ActionId::Cancel));
        assert_eq!(keymap.action(jobs, parse_key("c").unwrap()), None);
        assert_eq!(keymap.action(jobs, parse_key("f").unwrap()), None);

        let (keymap, problems) = changed(&[
            ("job.cancle", &["x"]),
            ("job.pause", &["ctrl+p"]),
            ("job.again", &["b"]),
            ("restore.open", &["r"]),
        ]);
        assert_eq!(
            problems,
            [
                "keys: there is no action 'job.cancle', did you mean job.cancel?",
                "keys: job.pause: 'ctrl+p' is not a key: write a character, or enter, esc, tab, \
                 space, up, f1 and the like, with ctrl-, alt- or shift- before it",
                "keys: restore.open can destroy data, so 'r' may not run it: use a capital letter \
                 or a function key",
                "keys: 'b' would run both backup.open and job.again: change one of them",
            ]
        );
        assert_eq!(keymap.action(jobs, parse_key("R").unwrap()), Some(ActionId::Restore));
    }

    #[test]
    fn a_narrow_context_comes_before_a_wide_one() {
        let (keymap, _) = changed(&[]);
        let key = parse_key("a").unwrap();
        assert_eq!(keymap.action(situation(Context::Jobs), key), Some(ActionId::Again));
        assert_eq!(keymap.action(situation(Context::Tables), key), Some(ActionId::TickAll));
        assert_eq!(keymap.action(situation(Context::Log), key), None);
    }

    #[test]
    fn the_file_of_default_keys_is_the_table() {
        let written = include_str!("../../assets/keys.default.toml");
        assert!(
            written == defaults_as_toml(),
            "assets/keys.default.toml is out of date; it should be:\n{}",
            defaults_as_toml()
        );
        let read: toml::Table = written.parse().unwrap();
        assert_eq!(read["keys"].as_table().unwrap().len(), ACTIONS.len());
    }
}
