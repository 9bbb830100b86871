//! Names of database objects, quoted as the server and the archive want them.

use std::fmt;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(QualifiedName::new("a\"b", "Order").sql(), "\"a\"\"b\".\"Order\"");
        assert_eq!(quote_literal("it's"), "'it''s'");
    }
}
