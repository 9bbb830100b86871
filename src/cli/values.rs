//! How single values of the command line are read.

use std::convert::Infallible;

use crate::model::pattern::Pattern;
use crate::model::secret::Secret;
use crate::model::spec::{ArchiveFormat, RowFilter, Section};

#[expect(clippy::unnecessary_wraps, reason = "the shape that clap asks for")]
pub(super) fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
}

pub(super) fn format(text: &str) -> Result<ArchiveFormat, String> {
    match text {
        "c" | "custom" => Ok(ArchiveFormat::Custom),
        "p" | "plain" | "d" | "directory" | "t" | "tar" => Err(format!(
            "format '{text}' is not built yet: use custom, which pg_restore turns into SQL with -f"
        )),
        _ => Err("use custom".to_owned()),
    }
}

pub(super) fn section(text: &str) -> Result<Section, String> {
    match text {
        "pre-data" => Ok(Section::PreData),
        "data" => Ok(Section::Data),
        "post-data" => Ok(Section::PostData),
        _ => Err("use pre-data, data or post-data".to_owned()),
    }
}

pub(super) fn schema(text: &str) -> Result<Pattern, String> {
    let pattern = Pattern::new(text);
    pattern.compile_schema().map_err(|error| error.to_string())?;
    Ok(pattern)
}

/// pg_restore takes names as they are, so a plain word keeps its capitals; everything else is a
/// pattern.
pub(super) fn name(text: &str) -> Result<Pattern, String> {
    literal_word(text)
        .map_or_else(|| text.parse::<Pattern>().map_err(|error| error.to_string()), Ok)
}

/// As [`name`], for schemas.
pub(super) fn schema_name(text: &str) -> Result<Pattern, String> {
    literal_word(text).map_or_else(|| schema(text), Ok)
}

fn literal_word(text: &str) -> Option<Pattern> {
    let word = text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let capitals = text.chars().any(char::is_uppercase);
    (word && capitals).then(|| Pattern::exact_schema(text))
}

/// `TABLE:PREDICATE`, split at the first colon that is neither quoted nor in brackets.
pub(super) fn row_filter(text: &str) -> Result<RowFilter, String> {
    let colon = filter_colon(text).ok_or("write TABLE:PREDICATE, such as orders:id>100")?;
    let (table, rest) = text.split_at(colon);
    let predicate = rest.strip_prefix(':').unwrap_or(rest).trim();
    if predicate.is_empty() {
        return Err("the condition after the colon is empty".to_owned());
    }
    let table = table.parse::<Pattern>().map_err(|error| error.to_string())?;
    Ok(RowFilter { table, predicate: predicate.to_owned() })
}

fn filter_colon(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut brackets = 0_u32;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' if !quoted => brackets += 1,
            ']' if !quoted => brackets = brackets.saturating_sub(1),
            ':' if !quoted && brackets == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_filter_splits_at_the_first_free_colon() {
        for (text, table, predicate) in [
            ("orders:id > 5", "orders", "id > 5"),
            ("a.b: x::int = 1", "a.b", "x::int = 1"),
            ("\"a:b\":true", "\"a:b\"", "true"),
            ("t[[:digit:]]:ok", "t[[:digit:]]", "ok"),
        ] {
            let filter = row_filter(text).unwrap();
            assert_eq!((filter.table.as_str(), filter.predicate.as_str()), (table, predicate));
        }
        for bad in ["orders", "orders:", "orders: ", ":x", "a.b.c:x"] {
            assert!(row_filter(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_to_restore_keeps_its_capitals() {
        assert_eq!(name("Orders").unwrap().as_str(), "\"Orders\"");
        assert_eq!(name("orders").unwrap().as_str(), "orders");
        assert_eq!(name("Audit.*").unwrap().as_str(), "Audit.*");
        assert_eq!(schema_name("Öl").unwrap().as_str(), "\"Öl\"");
        assert!(schema_name("a.b").is_err());
    }
}
