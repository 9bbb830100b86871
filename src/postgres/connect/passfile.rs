//! The password file, `~/.pgpass`: lines of `host:port:database:user:password`, where a field may be
//! `*` and a backslash keeps the next character as it is.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::model::secret::Secret;

/// What was read of the password file.
#[derive(Debug, Clone, Default)]
pub(super) struct Passfile {
    path: PathBuf,
    /// Whole lines: each holds a password.
    lines: Vec<Secret>,
    /// Why the file was not used, though it is there.
    refused: Option<String>,
}

/// Whose password is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Login<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) database: &'a str,
    pub(super) user: &'a str,
}

impl Passfile {
    /// Reads the file; one that is not there is as good as empty, one that others may read is
    /// refused.
    pub(super) fn read(path: &Path) -> Self {
        let path = path.to_owned();
        match read_private(&path) {
            Ok(text) => {
                let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
                Self { path, lines: lines.map(Secret::new).collect(), refused: None }
            }
            Err(refused) => Self { path, lines: Vec::new(), refused },
        }
    }

    /// The password of the first line that fits.
    pub(super) fn password(&self, login: &Login<'_>) -> Option<Secret> {
        self.lines.iter().find_map(|line| password_of(line.expose(), login)).map(Secret::new)
    }

    /// Why the file was not used, though it is there.
    pub(super) fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// Where it was looked for.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The content; `Err(None)` where there is no file, `Err(Some(why))` where it must not be used.
fn read_private(path: &Path) -> Result<String, Option<String>> {
    let shown = path.display();
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(None),
        Err(error) => return Err(Some(format!("password file {shown} was not used: {error}"))),
    };
    if !meta.is_file() {
        return Err(Some(format!("password file {shown} was not used: it is not a plain file")));
    }
    if meta.permissions().mode() & 0o077 != 0 {
        return Err(Some(format!(
            "password file {shown} was not used: others may read it; run chmod 0600 {shown}"
        )));
    }
    fs::read_to_string(path).map_err(|e| Some(format!("password file {shown} was not used: {e}")))
}

fn password_of(line: &str, login: &Login<'_>) -> Option<String> {
    let port = login.port.to_string();
    let rest = [login.host, port.as_str(), login.database, login.user]
        .into_iter()
        .try_fold(line, after_field)?;
    let mut password = String::new();
    let mut chars = rest.chars();
    while let Some(c) = chars.next().filter(|c| *c != ':') {
        // A backslash at the very end stands for itself.
        password.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    Some(password)
}

/// What follows the field, where the field is `*` or the value.
fn after_field<'a>(line: &'a str, value: &str) -> Option<&'a str> {
    if let Some(rest) = line.strip_prefix("*:") {
        return Some(rest);
    }
    let mut rest = line.chars();
    let mut wanted = value.chars();
    loop {
        match rest.next()? {
            ':' => return wanted.next().is_none().then_some(rest.as_str()),
            '\\' if wanted.next() == Some(rest.next()?) => {}
            '\\' => return None,
            c if wanted.next() == Some(c) => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lines: &str, host: &str, port: u16, database: &str, user: &str) -> Option<String> {
        let lines = lines.lines().map(Secret::new).collect();
        let file = Passfile { lines, ..Passfile::default() };
        let password = file.password(&Login { host, port, database, user });
        password.map(|secret| secret.expose().to_owned())
    }

    #[test]
    fn the_first_line_that_fits_wins() {
        let file = "db1:5432:shop:ann:one\ndb1:*:*:ann:two\n*:*:*:*:three\n";
        assert_eq!(found(file, "db1", 5432, "shop", "ann").as_deref(), Some("one"));
        assert_eq!(found(file, "db1", 5433, "shop", "ann").as_deref(), Some("two"));
        assert_eq!(found(file, "db2", 5432, "shop", "ann").as_deref(), Some("three"));
        assert_eq!(found("db1:5432:shop:ann:one", "db1", 5432, "shop", "bob"), None);
    }

    #[test]
    fn fields_are_compared_whole_and_may_hold_escapes() {
        assert_eq!(found("db1:5432:sho:ann:x", "db1", 5432, "shop", "ann"), None);
        assert_eq!(found("db1:5432:shopping:ann:x", "db1", 5432, "shop", "ann"), None);
        let file = r"\:\:1:5432:a\\b:ann:p\:a\\ss:rest";
        assert_eq!(found(file, "::1", 5432, r"a\b", "ann").as_deref(), Some(r"p:a\ss"));
        // A star is one only when it is the whole field.
        assert_eq!(found("*x:*:*:*:p", "x", 1, "d", "u"), None);
        assert_eq!(found("db1:5432", "db1", 5432, "shop", "ann"), None);
        assert_eq!(found("*:*:*:*:", "db1", 1, "d", "u").as_deref(), Some(""));
        assert_eq!(found(r"*:*:*:*:a\", "db1", 1, "d", "u").as_deref(), Some(r"a\"));
    }

    #[test]
    fn a_file_that_others_may_read_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pgpass");
        assert!(Passfile::read(&path).refused().is_none(), "no file is no complaint");
        fs::write(&path, "# a comment\n\n*:*:*:*:hunter2\r\n").unwrap();
        let login = Login { host: "h", port: 1, database: "d", user: "u" };
        for (mode, usable) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let file = Passfile::read(&path);
            assert_eq!(file.refused().is_none(), usable, "{mode:o}");
            assert_eq!(file.password(&login).is_some(), usable, "{mode:o}");
            assert!(!format!("{file:?}").contains("hunter2"));
        }
        let refused = Passfile::read(&path).refused().unwrap().to_owned();
        assert!(refused.contains("pgpass") && refused.contains("chmod 0600"), "{refused}");
        assert!(Passfile::read(folder.path()).refused().unwrap().contains("not a plain file"));
    }
}
