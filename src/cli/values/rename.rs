//! `FROM:TO` of the renames. A name is taken as it is, or stands in double quotes.

use crate::model::name::QualifiedName;
use crate::model::spec::{SchemaRename, TableRename};

/// `FROM:TO`.
pub(in crate::cli) fn rename_schema(text: &str) -> Result<SchemaRename, String> {
    match names(text)?.as_slice() {
        [(from, ':'), (to, '\0')] => Ok(SchemaRename { from: from.clone(), to: to.clone() }),
        _ => Err("write FROM:TO; a name with a colon or a dot stands in double quotes".to_owned()),
    }
}

/// `SCHEMA.FROM:TO`.
pub(in crate::cli) fn rename_table(text: &str) -> Result<TableRename, String> {
    match names(text)?.as_slice() {
        [(schema, '.'), (from, ':'), (to, '\0')] => {
            Ok(TableRename { from: QualifiedName::new(schema, from), to: to.clone() })
        }
        _ => Err("write SCHEMA.TABLE:NEW; a name with a colon or a dot stands in double quotes"
            .to_owned()),
    }
}

/// Names, each with the dot or colon that ends it; the last one with NUL.
fn names(text: &str) -> Result<Vec<(String, char)>, String> {
    let mut found = Vec::new();
    let mut name = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                name.push('"');
            }
            '"' => quoted = !quoted,
            '.' | ':' if !quoted => found.push((std::mem::take(&mut name), c)),
            c => name.push(c),
        }
    }
    if quoted {
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

    #[test]
    fn a_name_is_taken_as_it_is_or_out_of_its_quotes() {
        let rename = rename_schema("Shop:\"a:\"\"b.\"").unwrap();
        assert_eq!((rename.from.as_str(), rename.to.as_str()), ("Shop", "a:\"b."));
        let rename = rename_table("\"s.1\".orders:old orders").unwrap();
        assert_eq!(rename.from, QualifiedName::new("s.1", "orders"));
        assert_eq!(rename.to, "old orders");
    }

    #[test]
    fn what_is_no_rename_is_refused() {
        for bad in ["", "a", "a:", ":a", "a:b:c", "a.b:c", "\"a:b"] {
            assert!(rename_schema(bad).is_err(), "{bad}");
        }
        for bad in ["a:b", "a.b.c:d", "a.b:c.d", "a.b", ".b:c"] {
            assert!(rename_table(bad).is_err(), "{bad}");
        }
    }
}
