//! `:connect`: a profile's name, a URL or `key=value` text. Passwords go to the engine and are
//! neither shown nor remembered.

use crate::app::App;
use crate::app::msg::Effect;
use crate::app::panes::browser::BrowserPane;
use crate::app::panes::tables::TablesPane;
use crate::app::server::Server;
use crate::config::dsn;
use crate::engine::command::Command;
use crate::model::conn::Target;

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
        if is_connection_string(text) {
            dsn::parse(text).map_err(|error| error.to_string())?;
            return Ok(dsn::target(text));
        }
        let profiles: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
        Err(match (text, profiles.as_slice()) {
            ("", _) => "write a URL such as postgres://user@host/db, or a profile".to_owned(),
            (_, []) => format!("there is no profile '{text}': the config file names none"),
            (_, known) => format!("there is no profile '{text}': {}", known.join(", ")),
        })
    }
}

fn is_connection_string(text: &str) -> bool {
    text.contains("://") || text.contains('=')
}

/// A `:` line as it may be kept: without the password of a connection string.
pub(super) fn without_password(line: &str) -> String {
    match line.split_once(char::is_whitespace) {
        Some(("connect", text)) if is_connection_string(text) => {
            format!("connect {}", dsn::without_password(text))
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_line_can_be_run_again_and_has_no_password() {
        for (line, kept) in [
            ("connect postgres://me:s3cret@h:5432/db", "connect postgres://me@h:5432/db"),
            ("connect  postgres://me@h/db?password=s3cret", "connect postgres://me@h/db"),
            ("connect host=h password = 's3 cr\\'et' user=me", "connect host=h user=me"),
            ("connect prod", "connect prod"),
            ("backup shop.*", "backup shop.*"),
        ] {
            assert_eq!(without_password(line), kept);
        }
    }
}
