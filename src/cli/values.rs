//! How single values of the command line are read.

use std::convert::Infallible;

use crate::model::pattern::Pattern;
use crate::model::secret::Secret;
use crate::model::spec::{ArchiveFormat, DatabaseChoice, RowFilter, Section};
use crate::model::throttle::{RateWindow, WindowError};

#[expect(clippy::unnecessary_wraps, reason = "the shape that clap asks for")]
pub(super) fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
}

pub(super) fn format(text: &str) -> Result<ArchiveFormat, String> {
    match text.to_ascii_lowercase().as_str() {
        "c" | "custom" => Ok(ArchiveFormat::Custom),
        "d" | "directory" => Ok(ArchiveFormat::Directory),
        "t" | "tar" => Ok(ArchiveFormat::Tar),
        "p" | "plain" => Ok(ArchiveFormat::Plain),
        _ => Err("use custom, directory, tar or plain".to_owned()),
    }
}

/// "1.14" or "14" as the minor number.
pub(super) fn archive_version(text: &str) -> Result<u8, String> {
    let minor = text.strip_prefix("1.").unwrap_or(text).parse::<u8>().ok();
    minor
        .filter(|minor| (12..=16).contains(minor))
        .ok_or_else(|| "use 1.12, 1.13, 1.14, 1.15 or 1.16".to_owned())
}

/// A window, or none of those that are configured.
pub(super) fn rate_window(text: &str) -> Result<Option<RateWindow>, WindowError> {
    if text.trim() == "off" { Ok(None) } else { text.parse().map(Some) }
}

pub(super) fn section(text: &str) -> Result<Section, String> {
    match text {
        "pre-data" => Ok(Section::PreData),
        "data" => Ok(Section::Data),
        "post-data" => Ok(Section::PostData),
        _ => Err("use pre-data, data or post-data".to_owned()),
    }
}

/// `PATTERN`, or `PATTERN=NAME` split at the first equals sign that is not in quotes.
pub(super) fn database(text: &str) -> Result<DatabaseChoice, String> {
    let mut quoted = false;
    let split = text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == '=' && !quoted).then_some(at)
    });
    let (pattern, to) = match split.and_then(|at| text.split_at_checked(at)) {
        Some((pattern, to)) => (pattern, to.strip_prefix('=').map(str::to_owned)),
        None => (text, None),
    };
    if to.as_ref().is_some_and(String::is_empty) {
        return Err("the name after the equals sign is empty".to_owned());
    }
    Ok(DatabaseChoice { pattern: plain_name(pattern)?, to })
}

/// As psql sends it back: letters and digits only.
pub(super) fn restrict_key(text: &str) -> Result<String, String> {
    let fits = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
    fits.then(|| text.to_owned()).ok_or_else(|| "use letters and digits only".to_owned())
}

/// A time as the server's settings take it, in milliseconds; without a unit it is milliseconds.
pub(super) fn duration_ms(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits).unwrap_or((text, ""));
    let factor = match unit.trim() {
        "" | "ms" => Some(1),
        "s" => Some(1_000),
        "min" => Some(60_000),
        "h" => Some(3_600_000),
        "d" => Some(86_400_000),
        _ => None,
    };
    let time = factor.and_then(|factor| number.parse::<u64>().ok()?.checked_mul(factor));
    // The server's setting is a 32-bit number.
    time.filter(|ms| i32::try_from(*ms).is_ok())
        .ok_or_else(|| "write a number of milliseconds, or one with ms, s, min, h or d".to_owned())
}

/// A pattern for tables; a database's name before the schema's is looked at later.
pub(super) fn table(text: &str) -> Result<Pattern, String> {
    let pattern = Pattern::new(text);
    let (_, own) = pattern.split_database(2).map_err(|error| error.to_string())?;
    own.compile().map_err(|error| error.to_string())?;
    Ok(pattern)
}

/// A pattern for schemas; a database's name before it is looked at later.
pub(super) fn schema(text: &str) -> Result<Pattern, String> {
    let pattern = Pattern::new(text);
    let (_, own) = pattern.split_database(1).map_err(|error| error.to_string())?;
    own.compile_schema().map_err(|error| error.to_string())?;
    Ok(pattern)
}

/// A pattern for what has no schema: extensions, foreign servers.
pub(super) fn plain_name(text: &str) -> Result<Pattern, String> {
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
    literal_word(text).map_or_else(|| plain_name(text), Ok)
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
    fn a_database_may_get_another_name() {
        let read = |text: &str| {
            let choice = database(text).unwrap();
            (choice.pattern.as_str().to_owned(), choice.to)
        };
        assert_eq!(read("shop"), ("shop".into(), None));
        assert_eq!(read("shop=Copy = 1"), ("shop".into(), Some("Copy = 1".into())));
        assert_eq!(read("\"a=b\"=c"), ("\"a=b\"".into(), Some("c".into())));
        for wrong in ["shop=", "=x", "a.b", "\"x"] {
            assert!(database(wrong).is_err(), "{wrong}");
        }
    }

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

    #[test]
    fn a_time_is_read_with_the_servers_units() {
        for (text, ms) in [("0", 0), ("250", 250), ("5s", 5_000), ("1 min", 60_000)] {
            assert_eq!(duration_ms(text), Ok(ms));
        }
        for bad in ["", "s", "-1", "5 y", "99999999999", "1.5s"] {
            assert!(duration_ms(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_version_is_named_with_or_without_its_major_number() {
        assert_eq!(archive_version("1.14"), Ok(14));
        assert_eq!(archive_version("16"), Ok(16));
        for bad in ["1.11", "1.17", "2.14", "", "1."] {
            assert!(archive_version(bad).is_err(), "{bad}");
        }
    }
}
