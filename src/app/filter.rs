//! The fuzzy filter that every list has: a text field and the matching behind it.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::text::TextField;

/// A list's filter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What was typed.
    pub field: TextField,
    /// Whether keys go into the field.
    pub editing: bool,
}

impl Filter {
    /// Whether its line is shown.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.editing || self.is_active()
    }

    /// Whether it hides anything.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.text().is_empty()
    }

    /// What is matched.
    #[must_use]
    pub fn text(&self) -> &str {
        self.field.trimmed()
    }

    /// Shows everything again and closes the field.
    pub fn clear(&mut self) {
        self.field.clear();
        self.editing = false;
    }
}

/// Matches texts against what was typed: letters in order, blanks separate words that all have to
/// match, `'word` matches exactly, `^` and `$` anchor, `!` excludes.
pub struct Fuzzy {
    pattern: Pattern,
    matcher: Matcher,
    buffer: Vec<char>,
}

impl std::fmt::Debug for Fuzzy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fuzzy").finish_non_exhaustive()
    }
}

impl Fuzzy {
    /// A matcher for this text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            pattern: Pattern::parse(text, CaseMatching::Smart, Normalization::Smart),
            matcher: Matcher::new(Config::DEFAULT),
            buffer: Vec::new(),
        }
    }

    /// How well it matches; higher is better, `None` is not at all.
    pub fn score(&mut self, text: &str) -> Option<u32> {
        self.pattern.score(Utf32Str::new(text, &mut self.buffer), &mut self.matcher)
    }

    /// Which characters match, sorted; empty when none do.
    pub fn indices(&mut self, text: &str) -> Vec<u32> {
        let mut indices = Vec::new();
        let text = Utf32Str::new(text, &mut self.buffer);
        if self.pattern.indices(text, &mut self.matcher, &mut indices).is_none() {
            indices.clear();
        }
        indices.sort_unstable();
        indices.dedup();
        indices
    }
}

/// Whether everything that matches `new` also matches `old`, so that only what was shown has to be
/// looked at again.
#[must_use]
pub fn narrows(old: &str, new: &str) -> bool {
    let special = |text: &str| text.contains(['!', '\'', '^', '$', '\\']);
    // Smart case turns strict with the first capital letter, which only narrows further.
    !old.is_empty() && new.starts_with(old) && !special(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_order_match_and_are_marked() {
        let mut fuzzy = Fuzzy::new("orit");
        assert!(fuzzy.score("public.order_items").is_some());
        assert!(fuzzy.score("public.sessions").is_none());
        assert_eq!(fuzzy.indices("order_items"), [0, 1, 6, 7]);
        assert_eq!(Fuzzy::new("'item").indices("order_items"), [6, 7, 8, 9]);
    }

    #[test]
    fn a_longer_plain_text_narrows_and_an_exclusion_does_not() {
        assert!(narrows("or", "ord"));
        assert!(!narrows("", "o"));
        assert!(!narrows("or", "xor"));
        assert!(!narrows("or", "or !d"));
    }
}
