//! `SET` statements, as far as a script's reader has to follow them.

/// A setting that a statement changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name, in lower case.
    pub name: String,
    /// Its value, out of its quotes; `DEFAULT` for the default.
    pub value: String,
}

/// Reads `SET [SESSION | LOCAL] name { TO | = } value;`, `SET NAMES value;` and `RESET name;`.
/// `None` is another statement.
pub fn setting(sql: &[u8]) -> Option<Setting> {
    let text = std::str::from_utf8(sql).ok()?.trim();
    let text = text.strip_suffix(';').unwrap_or(text).trim();
    let (first, rest) = next_word(text)?;
    if first.eq_ignore_ascii_case("reset") {
        let (name, rest) = next_word(rest)?;
        return rest.is_empty().then(|| of(name, "DEFAULT"));
    }
    if !first.eq_ignore_ascii_case("set") {
        return None;
    }
    let (mut name, mut rest) = next_word(rest)?;
    if name.eq_ignore_ascii_case("session") || name.eq_ignore_ascii_case("local") {
        (name, rest) = next_word(rest)?;
    }
    if name.eq_ignore_ascii_case("names") {
        return Some(of("client_encoding", value(rest)?));
    }
    let rest = match rest.strip_prefix('=') {
        Some(rest) => rest,
        None => next_word(rest).filter(|(to, _)| to.eq_ignore_ascii_case("to"))?.1,
    };
    Some(of(name, value(rest.trim())?))
}

fn of(name: &str, value: &str) -> Setting {
    Setting { name: name.to_ascii_lowercase(), value: value.to_owned() }
}

fn next_word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (!word.is_empty()).then(|| (word, rest.trim_start()))
}

/// One value, quoted or bare.
fn value(text: &str) -> Option<&str> {
    let inner = match text.strip_prefix('\'') {
        Some(rest) => rest.strip_suffix('\'')?,
        None => text,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    (!inner.is_empty() && inner.chars().all(plain)).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_in_all_their_spellings() {
        for sql in [
            "SET client_encoding = 'LATIN1';",
            "set session client_encoding to LATIN1;",
            "SET NAMES 'LATIN1' ;",
            "SET LOCAL Client_Encoding='LATIN1';",
        ] {
            assert_eq!(setting(sql.as_bytes()), Some(of("client_encoding", "LATIN1")), "{sql}");
        }
        assert_eq!(setting(b"RESET client_encoding;"), Some(of("client_encoding", "DEFAULT")));
        for sql in ["SELECT 1;", "SET search_path = a, b;", "SET TIME ZONE 'UTC';", "SET x;"] {
            assert_eq!(setting(sql.as_bytes()), None, "{sql}");
        }
    }
}
