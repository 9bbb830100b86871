//! The words of a filter file: lines, keywords, and names whose quotes may go over several lines.

use std::str::Lines as TextLines;

/// The lines of a file, numbered from 1.
pub(super) struct Lines<'t> {
    lines: TextLines<'t>,
    number: usize,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { lines: text.lines(), number: 0 }
    }

    fn next(&mut self) -> Option<&'t str> {
        self.number += 1;
        self.lines.next()
    }

    /// The next line that is neither blank nor a comment, with its number.
    pub(super) fn next_filled(&mut self) -> Option<(usize, &'t str)> {
        loop {
            let line = self.next()?.trim_start();
            if !line.is_empty() && !line.starts_with('#') {
                return Some((self.number, line));
            }
        }
    }
}

/// The first word up to white space, and the rest. A keyword has no other end: `table-data` is one
/// word, and an unknown one.
pub(super) fn keyword(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

/// The rest of the line as one name: a `#` outside quotes ends it, runs of white space become one
/// space between words and none around dots and brackets; a comma is followed by one.
pub(super) fn pattern<'t>(text: &'t str, lines: &mut Lines<'t>) -> Result<String, &'static str> {
    let mut name = String::new();
    let mut rest = text.trim_start();
    let mut spaced = false;
    while let Some(c) = rest.chars().next().filter(|c| *c != '#') {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            c if c.is_whitespace() => {
                spaced = true;
                rest = after;
                continue;
            }
            '.' | '(' | ')' => name.push(c),
            ',' => name.push_str(", "),
            _ if spaced && !name.is_empty() && !name.ends_with(['.', '(', ')', ' ']) => {
                name.push(' ');
                spaced = false;
                continue;
            }
            '"' => {
                rest = quoted(after, lines, &mut name)?;
                spaced = false;
                continue;
            }
            c => name.push(c),
        }
        spaced = false;
        rest = after;
    }
    Ok(name)
}

/// Copies a quoted name with its quotes, its escapes resolved; `text` begins after the opening
/// quote. Returns what follows the closing one.
fn quoted<'t>(
    text: &'t str,
    lines: &mut Lines<'t>,
    name: &mut String,
) -> Result<&'t str, &'static str> {
    name.push('"');
    let mut line = text;
    loop {
        let mut chars = line.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' if chars.peek().is_some_and(|(_, next)| *next == '"') => {
                    chars.next();
                    name.push_str("\"\"");
                }
                '"' => {
                    name.push('"');
                    return Ok(line.get(at + 1..).unwrap_or_default());
                }
                '\\' => name.push(match chars.next() {
                    Some((_, 'n')) => '\n',
                    Some((_, '\\')) => '\\',
                    _ => return Err("inside quotes a backslash stands before n or a backslash"),
                }),
                c => name.push(c),
            }
        }
        line = lines.next().ok_or("the file ends inside a quoted name")?;
        name.push('\n');
    }
}
