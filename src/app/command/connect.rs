//! `:connect`: a profile's name, a URL or `key=value` text. Passwords go to the engine and are
//! neither shown nor remembered.

use crate::app::App;
use crate::app::msg::Effect;
use crate::app::panes::browser::BrowserPane;
use crate::app::panes::tables::TablesPane;
use crate::app::server::Server;
use crate::engine::command::Command;
use crate::model::conn::Target;
use crate::model::secret::{MASK, Secret};

impl App {
    /// Browses another server. Jobs that run keep theirs.
    pub(in crate::app) fn connect_to(&mut self, text: &str) -> Result<(), String> {
        let target = self.read_target(text)?;
        self.browse_server(target);
        Ok(())
    }

    /// Forgets what was browsed and connects.
    pub(in crate::app) fn browse_server(&mut self, target: Target) {
        let read_only = self.forbids_writing(&target).is_some();
        // Without a profile the address is the name, once it is known.
        let name = target.profile.clone().unwrap_or_default();
        self.server = Server { target: target.clone(), name, read_only, ..Server::new(self.now) };
        self.browser = BrowserPane::default();
        self.tables = TablesPane::default();
        self.effects.push(Effect::Send(Command::Connect { target }));
    }

    fn read_target(&self, text: &str) -> Result<Target, String> {
        if self.profiles.contains_key(text) {
            return Ok(Target { profile: Some(text.to_owned()), ..Target::default() });
        }
        let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
        if is_url || text.contains('=') {
            let shown = Some(without_password(text));
            return Ok(Target {
                url: Some(Secret::new(text)),
                url_shown: shown,
                ..Target::default()
            });
        }
        let profiles: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
        Err(match (text, profiles.as_slice()) {
            ("", _) => "write a URL such as postgres://user@host/db, or a profile".to_owned(),
            (_, []) => format!("there is no profile '{text}': the config file names none"),
            (_, known) => format!("there is no profile '{text}': {}", known.join(", ")),
        })
    }
}

/// The text with each password in it replaced: in a URL's user part, in its parameters, and in
/// `password=…`.
#[must_use]
pub fn without_password(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(start) = text.find("://").map(|i| i + 3) {
        let rest = text.get(start..).unwrap_or_default();
        // The host has no '@', a password may.
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let authority = if authority.contains('@') { authority } else { rest };
        if let Some(at) = authority.rfind('@')
            && let Some(colon) = authority.get(..at).and_then(|user| user.find(':'))
        {
            text.replace_range(start + colon + 1..start + at, MASK);
        }
    }
    hide_parameters(&text)
}

/// Hides the values of `password=` and `sslpassword=`.
fn hide_parameters(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(found) = rest.to_ascii_lowercase().find("password") {
        let (before, after) = rest.split_at(found + "password".len());
        out.push_str(before);
        let value = after.trim_start();
        if let Some(value) = value.strip_prefix('=') {
            out.push('=');
            out.push_str(MASK);
            rest = after_value(value.trim_start());
        } else {
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// What follows a value: quoted, or up to a blank or an ampersand.
fn after_value(text: &str) -> &str {
    let quoted = text.starts_with('\'');
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(usize::from(quoted)) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' if quoted => return text.get(i + 1..).unwrap_or_default(),
            ' ' | '&' if !quoted => return text.get(i..).unwrap_or_default(),
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_form_of_password_is_shown() {
        for (text, shown) in [
            ("postgres://me:s3cret@h:5432/db", "postgres://me:********@h:5432/db"),
            ("postgres://me:s3/cr@et@h/db", "postgres://me:********@h/db"),
            ("postgres://me@h/db?password=s3cret&a=b", "postgres://me@h/db?password=********&a=b"),
            ("host=h password=s3cret user=me", "host=h password=******** user=me"),
            ("host=h password = 's3 cr\\'et' user=me", "host=h password=******** user=me"),
            ("connect postgres://me:s3cret@h/db", "connect postgres://me:********@h/db"),
            ("postgres://me@h:5432/db", "postgres://me@h:5432/db"),
            ("PGPASSWORD=s3cret", "PGPASSWORD=********"),
        ] {
            assert_eq!(without_password(text), shown);
        }
    }
}
