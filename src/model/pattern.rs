//! Table and schema patterns with psql's rules.
//!
//! Outside double quotes letters fold to lower case, `*` is any run of characters, `?` any one, and
//! a dot separates the schema from the name; `$` is literal and other characters keep their meaning
//! as a regular expression. Inside double quotes everything is literal and `""` is a quote.

use std::fmt;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::name::{NameChars, QualifiedName, quote_always};

/// A pattern as the user wrote it; `Display` gives the same text back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pattern(String);

/// Why a pattern was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Nothing was written.
    #[error("the pattern is empty")]
    Empty,
    /// A double quote is not closed.
    #[error("pattern '{0}' has an unclosed double quote")]
    Unclosed(String),
    /// More parts than `schema.name`.
    #[error("pattern '{0}' has too many dotted names: write name or schema.name")]
    TooManyParts(String),
    /// The unquoted part is not a valid regular expression.
    #[error("pattern '{pattern}' is not valid: {reason}; put special characters in double quotes")]
    Invalid {
        /// The pattern.
        pattern: String,
        /// What the expression compiler said.
        reason: String,
    },
}

impl Pattern {
    /// Takes the text as it is; [`Pattern::compile`] checks it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The pattern that matches exactly this table, quoted only where needed.
    #[must_use]
    pub fn exact(name: &QualifiedName) -> Self {
        Self(format!("{}.{}", quote_exact(&name.schema), quote_exact(&name.name)))
    }

    /// The pattern that matches exactly this schema.
    #[must_use]
    pub fn exact_schema(schema: &str) -> Self {
        Self(quote_exact(schema))
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Compiles the pattern for tables: `name` or `schema.name`.
    ///
    /// # Errors
    /// When it is empty, badly quoted, or not a valid expression.
    pub fn compile(&self) -> Result<TableMatcher, PatternError> {
        let mut parts = self.split()?;
        let name = parts.pop().ok_or(PatternError::Empty)?;
        let schema = parts.pop();
        if !parts.is_empty() {
            return Err(PatternError::TooManyParts(self.0.clone()));
        }
        Ok(TableMatcher {
            schema: schema.map(|text| self.regex(&text)).transpose()?,
            name: self.regex(&name)?,
        })
    }

    /// Compiles the pattern for schemas: one part only.
    ///
    /// # Errors
    /// As [`Pattern::compile`].
    pub fn compile_schema(&self) -> Result<NameMatcher, PatternError> {
        match self.split()?.as_slice() {
            [one] => Ok(NameMatcher(self.regex(one)?)),
            [] => Err(PatternError::Empty),
            _ => Err(PatternError::TooManyParts(self.0.clone())),
        }
    }

    /// Takes off the database's name that may stand before the `own_parts` parts of the pattern
    /// itself, as in `shop.public.orders`; it is no pattern, but folds as one.
    ///
    /// # Errors
    /// When there are more parts than that, or a double quote is not closed.
    pub fn split_database(&self, own_parts: usize) -> Result<(Option<String>, Self), PatternError> {
        let dots = self.free_dots()?;
        match dots.as_slice() {
            [first, rest @ ..] if rest.len() + 1 == own_parts => {
                let (database, own) = self.0.split_at(*first);
                Ok((Some(literal(database)), Self::new(own.strip_prefix('.').unwrap_or(own))))
            }
            dots if dots.len() < own_parts => Ok((None, self.clone())),
            _ => Err(PatternError::TooManyParts(self.0.clone())),
        }
    }

    /// Positions of the dots outside quotes.
    fn free_dots(&self) -> Result<Vec<usize>, PatternError> {
        let mut quoted = false;
        let mut dots = Vec::new();
        for (at, c) in self.0.char_indices() {
            match c {
                '"' => quoted = !quoted,
                '.' if !quoted => dots.push(at),
                _ => {}
            }
        }
        if quoted { Err(PatternError::Unclosed(self.0.clone())) } else { Ok(dots) }
    }

    /// Splits at unquoted dots and turns each part into a regular expression's text.
    fn split(&self) -> Result<Vec<String>, PatternError> {
        let mut parts = vec![String::new()];
        let mut quoted = false;
        let mut chars = self.0.chars().peekable();
        while let Some(c) = chars.next() {
            let Some(part) = parts.last_mut() else { break };
            match c {
                '"' if quoted && chars.peek() == Some(&'"') => {
                    chars.next();
                    part.push('"');
                }
                '"' => quoted = !quoted,
                c if quoted => part.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
                '.' => parts.push(String::new()),
                '*' => part.push_str(".*"),
                '?' => part.push('.'),
                '$' => part.push_str("\\$"),
                c => part.extend(c.to_lowercase()),
            }
        }
        if quoted {
            return Err(PatternError::Unclosed(self.0.clone()));
        }
        if parts.iter().any(String::is_empty) {
            return Err(PatternError::Empty);
        }
        Ok(parts)
    }

    fn regex(&self, text: &str) -> Result<Regex, PatternError> {
        Regex::new(&format!("^(?s:{text})$")).map_err(|e| PatternError::Invalid {
            pattern: self.0.clone(),
            reason: e.to_string().lines().last().unwrap_or_default().trim().to_owned(),
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl std::str::FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let pattern = Self::new(text);
        pattern.compile().map(|_| pattern)
    }
}

/// A compiled table pattern.
#[derive(Debug, Clone)]
pub struct TableMatcher {
    schema: Option<Regex>,
    name: Regex,
}

impl TableMatcher {
    /// Whether the table matches; a pattern without a schema matches in every schema.
    #[must_use]
    pub fn matches(&self, schema: &str, name: &str) -> bool {
        self.schema.as_ref().is_none_or(|re| re.is_match(schema)) && self.name.is_match(name)
    }

    /// Whether the pattern says a schema.
    #[must_use]
    pub fn has_schema(&self) -> bool {
        self.schema.is_some()
    }
}

/// A compiled one-part pattern.
#[derive(Debug, Clone)]
pub struct NameMatcher(Regex);

impl NameMatcher {
    /// Whether the name matches.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

/// The name that a part without wild cards means: unquoted, and folded where it was not quoted.
fn literal(part: &str) -> String {
    let mut name = String::new();
    for (c, quoted) in NameChars::new(part) {
        if quoted {
            name.push(c);
        } else {
            name.extend(c.to_lowercase());
        }
    }
    name
}

/// Quotes unless the text would match itself alone when unquoted.
fn quote_exact(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain && !text.is_empty() { text.to_owned() } else { quote_always(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(pattern: &str, schema: &str, name: &str) -> bool {
        Pattern::new(pattern).compile().unwrap().matches(schema, name)
    }

    #[test]
    fn psql_rules_hold() {
        assert!(hits("orders", "public", "orders"));
        assert!(!hits("orders", "public", "orders_2"));
        assert!(hits("ORD*", "public", "orders"));
        assert!(hits("pub*.order?", "public", "orders"));
        assert!(!hits("audit.*", "public", "orders"));
        assert!(hits("\"Order\".\"a.b\"", "Order", "a.b"));
        assert!(!hits("\"Order\"", "x", "order"));
        assert!(hits("a$b", "x", "a$b"));
        assert!(hits("\"a*\"", "x", "a*"));
        assert!(!hits("\"a*\"", "x", "ab"));
        assert!(hits("(a|b)c", "x", "bc"));
        assert!(hits("\"a\"\"b\"", "x", "a\"b"));
    }

    #[test]
    fn exact_patterns_match_only_their_table() {
        for (schema, name) in [("public", "orders"), ("Öl", "a.\"*?"), ("s$", "x y"), ("a", "1+1")]
        {
            let pattern = Pattern::exact(&QualifiedName::new(schema, name)).compile().unwrap();
            assert!(pattern.matches(schema, name));
            assert!(!pattern.matches(schema, &format!("{name}x")));
            assert!(!pattern.matches(&format!("x{schema}"), name));
        }
    }

    #[test]
    fn a_database_before_the_schema_is_taken_off() {
        let split = |text: &str, parts| {
            let (database, own) = Pattern::new(text).split_database(parts)?;
            Ok::<_, PatternError>((database, own.as_str().to_owned()))
        };
        assert_eq!(split("Shop.a*.b", 2), Ok((Some("shop".into()), "a*.b".into())));
        assert_eq!(split("\"a.\"\"B\".c", 1), Ok((Some("a.\"B".into()), "c".into())));
        assert_eq!(split("a.b", 2), Ok((None, "a.b".into())));
        assert_eq!(split("a", 1), Ok((None, "a".into())));
        assert!(split("a.b.c.d", 2).is_err() && split("a.b.c", 1).is_err());
    }

    #[test]
    fn bad_patterns_are_refused() {
        for bad in ["", "a.b.c", "\"a", "a.", "(", "."] {
            assert!(bad.parse::<Pattern>().is_err(), "{bad}");
        }
    }
}
