//! `key=value` connection strings: `host=db1 password='it''s' …` with backslash escapes.

use std::iter::Peekable;
use std::str::Chars;

use super::{Settings, known};
use crate::error::{Error, Result};
use crate::model::secret::Secret;

pub(super) fn parse(text: &str) -> Result<Settings> {
    let mut settings = Settings::new();
    let mut chars = text.chars().peekable();
    loop {
        skip_blanks(&mut chars);
        if chars.peek().is_none() {
            return Ok(settings);
        }
        let (name, value) = pair(&mut chars)?;
        settings.insert(known(&name)?.name, Secret::new(value));
    }
}

/// The settings as text again, without the secret ones.
pub(super) fn render(settings: &Settings) -> String {
    let shown = settings.iter().filter(|(name, _)| known(name).is_ok_and(|known| !known.secret));
    let pairs: Vec<String> =
        shown.map(|(name, value)| format!("{name}={}", quoted(value.expose()))).collect();
    pairs.join(" ")
}

fn quoted(value: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && c != '\'' && c != '\\';
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn pair(chars: &mut Peekable<Chars<'_>>) -> Result<(String, String)> {
    let mut name = String::new();
    while let Some(c) = chars.next_if(|c| *c != '=' && !c.is_whitespace()) {
        name.push(c);
    }
    skip_blanks(chars);
    if chars.next() != Some('=') {
        // The word may be the rest of a password with a blank in it: it is not shown.
        return Err(Error::usage("the connection text has a word without '='").with_hint(
            "write key=value pairs, values with blanks in 'quotes', or a postgres:// URL",
        ));
    }
    skip_blanks(chars);
    let value = if chars.next_if_eq(&'\'').is_some() { in_quotes(chars)? } else { bare(chars) };
    Ok((name, value))
}

fn bare(chars: &mut Peekable<Chars<'_>>) -> String {
    let mut value = String::new();
    while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
        value.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    value
}

fn in_quotes(chars: &mut Peekable<Chars<'_>>) -> Result<String> {
    let mut value = String::new();
    loop {
        match chars.next() {
            Some('\'') => return Ok(value),
            Some('\\') => value.extend(chars.next()),
            Some(c) => value.push(c),
            None => return Err(Error::usage("the connection text has a quote without an end")),
        }
    }
}

fn skip_blanks(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| c.is_whitespace()).is_some() {}
}
