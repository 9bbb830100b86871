//! Cuts SQL into statements and words, as far as scripts of globals need it: names, literals of all
//! sorts, comments.

use crate::error::{Error, ErrorKind, Result};

/// One statement, without its semicolon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::postgres) struct Statement {
    pub(in crate::postgres) sql: String,
    pub(super) tokens: Vec<Token>,
}

/// A word, a name or a literal of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// Bytes of the statement.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it stands in quotes of some sort.
    pub(super) quoted: bool,
    /// The name that it is, if it can be one.
    pub(super) name: Option<String>,
}

/// Cuts a script; an unfinished statement, and a command of psql that could do anything, are errors.
pub(super) fn split(script: &str) -> Result<Vec<Statement>> {
    let mut rest = script;
    let mut statements = Vec::new();
    loop {
        rest = skip_blanks(rest);
        if rest.is_empty() {
            return Ok(statements);
        }
        if let Some(command) = rest.strip_prefix('\\') {
            rest = skip_command(command)?;
            continue;
        }
        let (statement, after) = statement(rest)?;
        if !statement.tokens.is_empty() {
            statements.push(statement);
        }
        rest = after;
    }
}

/// Past blanks and comments.
fn skip_blanks(text: &str) -> &str {
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start();
        let after = match trimmed {
            t if t.starts_with("--") => t.split_once('\n').map_or("", |(_, after)| after),
            t if t.starts_with("/*") => t.split_once("*/").map_or("", |(_, after)| after),
            t => return t,
        };
        rest = after;
    }
}

/// Past a line that keeps psql from running commands; all other commands are refused.
fn skip_command(command: &str) -> Result<&str> {
    let (line, after) = command.split_once('\n').unwrap_or((command, ""));
    let word = line.split_whitespace().next().unwrap_or_default();
    if matches!(word, "restrict" | "unrestrict") {
        return Ok(after);
    }
    Err(Error::new(ErrorKind::Archive, format!("the script has the command \\{word}"))
        .with_hint("only SQL is run: take the line out, or run the script with psql yourself"))
}

fn statement(text: &str) -> Result<(Statement, &str)> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let blank = rest.len() - skip_blanks(rest).len();
        if blank > 0 {
            at += blank;
            continue;
        }
        let Some(first) = rest.chars().next() else {
            let begin: String = text.chars().take(60).collect();
            let text = format!("the script ends within a statement: {begin}");
            return Err(Error::new(ErrorKind::Archive, text)
                .with_hint("it is cut off: take another copy of the backup"));
        };
        if first == ';' {
            let end = tokens.last().map_or(0, |token| token.end);
            let sql = text.get(..end).unwrap_or_default().to_owned();
            return Ok((Statement { sql, tokens }, text.get(at + 1..).unwrap_or_default()));
        }
        let (length, quoted, name) = token(rest)?;
        tokens.push(Token { start: at, end: at + length, quoted, name });
        at += length;
    }
}

/// Length, whether it is quoted, and the name that it may be.
fn token(text: &str) -> Result<(usize, bool, Option<String>)> {
    let first = text.chars().next().unwrap_or_default();
    if first == '"' {
        let (length, name) = quoted(text, '"', false)?;
        return Ok((length, true, Some(name)));
    }
    if first == '\'' {
        return Ok((quoted(text, '\'', false)?.0, true, None));
    }
    if first == '$'
        && let Some(length) = dollar_quoted(text)?
    {
        return Ok((length, true, None));
    }
    if !is_word(first) {
        return Ok((first.len_utf8(), false, None));
    }
    let length = text.find(|c| !is_word(c)).unwrap_or(text.len());
    let (word, rest) = text.split_at(length);
    let escapes = word.eq_ignore_ascii_case("e");
    if rest.starts_with('\'') && (escapes || matches!(word, "U" | "u" | "B" | "b" | "X" | "x")) {
        return Ok((length + quoted(rest, '\'', escapes)?.0, true, None));
    }
    Ok((length, false, Some(word.to_lowercase())))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Length and contents of a quoted text.
fn quoted(text: &str, quote: char, escapes: bool) -> Result<(usize, String)> {
    let mut contents = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if escapes => contents.extend(chars.next().map(|(_, c)| c)),
            c if c == quote && chars.peek().is_some_and(|(_, next)| *next == quote) => {
                contents.push(c);
                chars.next();
            }
            c if c == quote => return Ok((at + 1, contents)),
            c => contents.push(c),
        }
    }
    Err(unclosed(text))
}

/// Length of a text between dollar signs, if one begins here.
fn dollar_quoted(text: &str) -> Result<Option<usize>> {
    let tag = text.get(1..).and_then(|rest| rest.find('$')).map(|end| end + 2);
    let Some(tag) = tag.and_then(|length| text.get(..length)) else { return Ok(None) };
    if !tag.trim_matches('$').chars().all(is_word) {
        return Ok(None);
    }
    let body = text.get(tag.len()..).unwrap_or_default();
    let end = body.find(tag).ok_or_else(|| unclosed(text))?;
    Ok(Some(tag.len() + end + tag.len()))
}

fn unclosed(text: &str) -> Error {
    let begin: String = text.chars().take(40).collect();
    Error::new(ErrorKind::Archive, format!("the script has a quote that is not closed: {begin}"))
        .with_hint("it is cut off or was edited wrongly")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(script: &str) -> Vec<String> {
        split(script).unwrap().into_iter().map(|statement| statement.sql).collect()
    }

    #[test]
    fn statements_end_at_semicolons_outside_of_everything() {
        let script = "-- a;\n\\restrict x\nSET a = ';';\n/* ; */ CREATE ROLE \"a;\"\"b\" -- ;\n;\n\
                      COMMENT ON ROLE a IS E'\\';\\\\';;\nSELECT $x$;$$;$x$;\n\\unrestrict x\n";
        assert_eq!(
            sql(script),
            [
                "SET a = ';'",
                "CREATE ROLE \"a;\"\"b\"",
                "COMMENT ON ROLE a IS E'\\';\\\\'",
                "SELECT $x$;$$;$x$"
            ]
        );
        assert_eq!(sql(""), Vec::<String>::new());
    }

    #[test]
    fn what_is_not_finished_and_what_is_not_sql_is_refused() {
        for script in
            ["SET a", "SET a = 'x;", "CREATE ROLE \"x;", "SELECT $a$;", "\\! ls\n", "\\i x"]
        {
            assert!(split(script).is_err(), "{script}");
        }
    }
}
