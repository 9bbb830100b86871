//! Other names that a restore gives: `FROM:TO`. A name is taken as it is, or stands in double quotes.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::name::{NameChars, QualifiedName};

/// A schema whose objects go into another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaRename {
    /// Its name in the archive, unquoted.
    pub from: String,
    /// Its name in the target, unquoted.
    pub to: String,
}

/// A table that gets another name in its schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRename {
    /// Its name in the archive.
    pub from: QualifiedName,
    /// Its name in the target, unquoted.
    pub to: String,
}

impl FromStr for SchemaRename {
    type Err = String;

    /// `FROM:TO`.
    fn from_str(text: &str) -> Result<Self, String> {
        match names(text)?.as_slice() {
            [(from, ':'), (to, '\0')] => Ok(Self { from: from.clone(), to: to.clone() }),
            _ => {
                Err("write FROM:TO; a name with a colon or a dot stands in double quotes"
                    .to_owned())
            }
        }
    }
}

impl FromStr for TableRename {
    type Err = String;

    /// `SCHEMA.FROM:TO`.
    fn from_str(text: &str) -> Result<Self, String> {
        match names(text)?.as_slice() {
            [(schema, '.'), (from, ':'), (to, '\0')] => {
                Ok(Self { from: QualifiedName::new(schema, from), to: to.clone() })
            }
            _ => {
                Err("write SCHEMA.TABLE:NEW; a name with a colon or a dot stands in double quotes"
                    .to_owned())
            }
        }
    }
}

/// Names, each with the dot or colon that ends it; the last one with NUL.
fn names(text: &str) -> Result<Vec<(String, char)>, String> {
    let mut found = Vec::new();
    let mut name = String::new();
    let mut chars = NameChars::new(text);
    for (c, quoted) in chars.by_ref() {
        match c {
            '.' | ':' if !quoted => found.push((std::mem::take(&mut name), c)),
            c => name.push(c),
        }
    }
    if chars.is_open() {
        return Err("a double quote is not closed".to_owned());
    }
    found.push((name, '\0'));
    if found.iter().any(|(name, _)| name.is_empty()) {
        return Err("a name is empty".to_owned());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(text: &str) -> Result<SchemaRename, String> {
        text.parse()
    }

    fn table(text: &str) -> Result<TableRename, String> {
        text.parse()
    }

    #[test]
    fn a_name_is_taken_as_it_is_or_out_of_its_quotes() {
        let rename = schema("Shop:\"a:\"\"b.\"").unwrap();
        assert_eq!((rename.from.as_str(), rename.to.as_str()), ("Shop", "a:\"b."));
        let rename = table("\"s.1\".orders:old orders").unwrap();
        assert_eq!(rename.from, QualifiedName::new("s.1", "orders"));
        assert_eq!(rename.to, "old orders");
    }

    #[test]
    fn what_is_no_rename_is_refused() {
        for bad in ["", "a", "a:", ":a", "a:b:c", "a.b:c", "\"a:b"] {
            assert!(schema(bad).is_err(), "{bad}");
        }
        for bad in ["a:b", "a.b.c:d", "a.b:c.d", "a.b", ".b:c"] {
            assert!(table(bad).is_err(), "{bad}");
        }
    }
}
