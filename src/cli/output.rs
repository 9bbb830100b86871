//! Where the headless front writes: results to stdout, talk to stderr.
//!
//! A reader that has gone (`| head`) ends the output, never the program with a panic; a terminal
//! that has gone does not end a job.

use std::fmt::Display;
use std::io::{self, ErrorKind as IoErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::job::ErrorReport;

/// Writes a result; a reader that has enough is not an error.
pub(super) fn result(text: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != IoErrorKind::BrokenPipe => {
            Err(Error::io("writing to stdout", error))
        }
        _ => Ok(()),
    }
}

/// Writes a value as JSON.
pub(super) fn json(value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|e| Error::io("writing to stdout", io::Error::other(e)))?;
    text.push(b'\n');
    result(&text)
}

/// Writes a path as it is, whatever its bytes.
pub(super) fn path(path: &Path) -> Result<()> {
    result(&[path.as_os_str().as_bytes(), b"\n"].concat())
}

/// Writes a line to stderr. There is nobody to tell when that fails.
pub fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// An error as people read it.
pub(super) fn error_text(error: &ErrorReport) -> String {
    let mut text = format!("error: {}", clean(&error.message));
    if let Some(hint) = &error.hint {
        text.push_str("\nhint: ");
        text.push_str(&clean(hint));
    }
    text
}

/// "1 table", "2 tables".
pub(super) fn tables(count: u64) -> String {
    if count == 1 { "1 table".to_owned() } else { format!("{count} tables") }
}

/// One line without characters that could steer a terminal: names come from databases.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\nc"), "a\u{fffd}[2Jb c");
    }

    #[test]
    fn an_error_has_its_hint_on_a_line_of_its_own() {
        let report = Error::usage("no such table").with_hint("list them").report();
        assert_eq!(error_text(&report), "error: no such table\nhint: list them");
    }
}
