//! Names of database objects, quoted as the server and the archive want them.

use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

use serde::{Deserialize, Serialize};

/// A schema-qualified name. `Display` writes it unquoted, for people; [`QualifiedName::sql`] writes
/// it for the server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QualifiedName {
    /// The schema.
    pub schema: String,
    /// The relation's own name.
    pub name: String,
}

impl QualifiedName {
    /// Joins a schema and a name.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// Both parts always in double quotes: valid on every server, whatever the keywords.
    #[must_use]
    pub fn sql(&self) -> String {
        format!("{}.{}", quote_always(&self.schema), quote_always(&self.name))
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}", self.schema, self.name))
    }
}

/// An identifier in double quotes, inner quotes doubled.
#[must_use]
pub fn quote_always(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

/// A string literal for a session with `standard_conforming_strings` on.
#[must_use]
pub fn quote_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The characters of a text in which names may stand in double quotes, without the quotes: each with
/// whether it was between them.
#[derive(Debug, Clone)]
pub struct NameChars<'a> {
    rest: Peekable<Chars<'a>>,
    quoted: bool,
}

impl<'a> NameChars<'a> {
    /// From the beginning of a text.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { rest: text.chars().peekable(), quoted: false }
    }

    /// Whether a quote is open that was not closed so far.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.quoted
    }
}

impl Iterator for NameChars<'_> {
    type Item = (char, bool);

    fn next(&mut self) -> Option<(char, bool)> {
        loop {
            match self.rest.next()? {
                '"' if self.quoted && self.rest.next_if_eq(&'"').is_some() => {
                    return Some(('"', true));
                }
                '"' => self.quoted = !self.quoted,
                c => return Some((c, self.quoted)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(QualifiedName::new("a\"b", "Order").sql(), "\"a\"\"b\".\"Order\"");
        assert_eq!(quote_literal("it's"), "'it''s'");
    }

    #[test]
    fn quotes_are_taken_away_and_told_of() {
        let of = |text: &'static str| {
            let mut chars = NameChars::new(text);
            let (bare, quoted): (Vec<_>, Vec<_>) = chars.by_ref().partition(|(_, quoted)| !quoted);
            let text = |part: Vec<(char, bool)>| part.into_iter().map(|(c, _)| c).collect();
            (text(bare), text(quoted), chars.is_open())
        };
        let expected = |bare: &str, quoted: &str, open| (bare.to_owned(), quoted.to_owned(), open);
        assert_eq!(of(r#"a."b""c.""#), expected("a.", "b\"c.", false));
        assert_eq!(of(r#""""""#), expected("", "\"", false));
        assert_eq!(of(r#"a"b"#), expected("a", "b", true));
        assert_eq!(of(r#""b"""#), expected("", "b\"", true));
    }
}
