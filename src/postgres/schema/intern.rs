//! Texts that many objects share, such as names of schemas, owners, types and columns: each is kept
//! once.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// A text that may be shared.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Text(Arc<str>);

impl Text {
    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for Text {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&Text> for String {
    fn from(text: &Text) -> Self {
        text.as_str().to_owned()
    }
}

/// The texts that were met.
#[derive(Debug, Default)]
pub(super) struct Interner(Mutex<HashSet<Text>>);

impl Interner {
    /// The one copy of a text.
    pub(super) fn get(&self, text: &str) -> Text {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(text) {
            return found.clone();
        }
        let new = Text::from(text);
        known.insert(new.clone());
        new
    }
}

/// Texts with numbers: equal texts have one.
#[derive(Debug, Default)]
pub(super) struct Numbered {
    list: Vec<Text>,
    known: HashMap<Text, u32>,
}

impl Numbered {
    /// A text's number.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.known.get(text) {
            return number;
        }
        let (new, number) = (Text::from(text), u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.known.insert(new.clone(), number);
        self.list.push(new);
        number
    }

    /// The text with a number.
    pub(super) fn text(&self, number: u32) -> &str {
        self.list.get(number as usize).map_or("", Text::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_number() {
        let mut numbered = Numbered::default();
        let numbers = ["a", "b", "a"].map(|text| numbered.number(text));
        assert_eq!(numbers, [0, 1, 0]);
        assert_eq!((numbered.text(1), numbered.text(2)), ("b", ""));
    }

    #[test]
    fn equal_texts_are_one() {
        let interner = Interner::default();
        assert!(Arc::ptr_eq(&interner.get("a").0, &interner.get("a").0));
        assert_eq!(interner.get("b").as_str(), "b");
    }
}
