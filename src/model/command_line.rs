//! A spec as the command line that would do the same: shown in the plan dialog, copied, printed.
//!
//! Every flag that differs from its default is written, and the number of jobs always, because its
//! default is a matter of the machine. A test of the command line's room reads back what this
//! writes and finds the same spec.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

mod backup;
mod cluster;
mod restore;
mod verify;

use super::conn::Target;
use super::pattern::Pattern;
use super::size::{RateLimit, exact_size};
use super::spec::{JobSpec, LeftOut, Parts};
use super::throttle::Pacing;

/// The command line, quoted for a POSIX shell, without any secret. A file name that is not UTF-8 is
/// shown with replacement characters; [`arguments`] has it unharmed.
pub fn render(spec: &JobSpec) -> String {
    let words: Vec<String> =
        arguments(spec).iter().map(|word| quote(&word.to_string_lossy())).collect();
    words.join(" ")
}

/// The command line as words, the program's name first.
pub fn arguments(spec: &JobSpec) -> Vec<OsString> {
    let mut words = Words(vec!["dbbackup".into()]);
    match spec {
        JobSpec::Backup(spec) => backup::write(&mut words, spec),
        JobSpec::Restore(spec) => restore::write(&mut words, spec),
        JobSpec::BackupCluster(spec) => cluster::write_backup(&mut words, spec),
        JobSpec::RestoreCluster(spec) => cluster::write_restore(&mut words, spec),
        JobSpec::Verify(spec) => verify::write(&mut words, spec),
    }
    words.0
}

struct Words(Vec<OsString>);

impl Words {
    fn word(&mut self, word: impl AsRef<OsStr>) {
        self.0.push(word.as_ref().to_owned());
    }

    /// `-x VALUE`, or `--long=VALUE`, joined where the value could be taken for a flag.
    fn value(&mut self, flag: &str, value: impl AsRef<OsStr>) {
        let value = value.as_ref();
        if value.as_bytes().starts_with(b"-") {
            let glue: &[u8] = if flag.starts_with("--") { b"=" } else { b"" };
            self.0.push(OsString::from_vec([flag.as_bytes(), glue, value.as_bytes()].concat()));
        } else {
            self.word(flag);
            self.word(value);
        }
    }

    fn flag(&mut self, on: bool, flag: &str) {
        if on {
            self.word(flag);
        }
    }

    fn patterns(&mut self, flag: &str, patterns: &[Pattern]) {
        for pattern in patterns {
            self.value(flag, pattern.as_str());
        }
    }

    /// A word that stands alone; one that looks like a flag has to come last, after `--`.
    fn last(&mut self, word: &OsStr) {
        if word.as_bytes().starts_with(b"-") {
            self.word("--");
        }
        self.word(word);
    }

    fn target(&mut self, target: &Target) {
        match (&target.url_shown, &target.url) {
            (Some(url), _) => self.value("--url", url),
            (None, Some(_)) => self.value("--url", super::secret::MASK),
            (None, None) => {}
        }
        if let Some(profile) = &target.profile {
            self.value("--profile", profile);
        }
    }

    fn text(&mut self, flag: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.value(flag, value);
        }
    }

    fn number(&mut self, flag: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.value(flag, value.to_string());
        }
    }

    fn texts(&mut self, flag: &str, values: &[String]) {
        for value in values {
            self.value(flag, value);
        }
    }

    fn sections(&mut self, parts: &Parts) {
        for section in &parts.sections {
            self.value("--section", section.word());
        }
    }

    /// The parts with the statistics. `by_default`: the verb takes statistics unless told
    /// not to, or told to take one part only.
    fn parts_and_statistics(&mut self, parts: &Parts, statistics: bool, by_default: bool) {
        let flags: &[&str] = match (parts.data_only, parts.schema_only, statistics) {
            (false, false, wanted) if wanted == by_default => &[],
            (false, false, true) => &["--statistics"],
            (false, false, false) => &["--no-statistics"],
            (true, false, false) => &["--data-only"],
            (false, true, false) => &["--schema-only"],
            (true, false, true) if by_default => &["--no-schema"],
            (false, true, true) if by_default => &["--no-data"],
            (true, false, true) => &["--no-schema", "--statistics"],
            (false, true, true) => &["--no-data", "--statistics"],
            (true, true, true) => &["--statistics-only"],
            (true, true, false) => &["--no-schema", "--no-data", "--no-statistics"],
        };
        for flag in flags {
            self.word(flag);
        }
        self.sections(parts);
    }

    fn left_out(&mut self, left_out: LeftOut) {
        for (on, flag) in [
            (left_out.comments, "--no-comments"),
            (left_out.publications, "--no-publications"),
            (left_out.subscriptions, "--no-subscriptions"),
            (left_out.security_labels, "--no-security-labels"),
            (left_out.policies, "--no-policies"),
            (left_out.tablespaces, "--no-tablespaces"),
            (left_out.table_access_method, "--no-table-access-method"),
        ] {
            self.flag(on, flag);
        }
    }

    fn rate(&mut self, RateLimit(limit): RateLimit, pacing: &Pacing) {
        if let Some(limit) = limit {
            self.value("--rate", exact_size(limit));
        }
        if let Some(windows) = &pacing.windows {
            for window in windows {
                self.value("--rate-window", window.to_string());
            }
            if windows.is_empty() {
                self.value("--rate-window", "off");
            }
        }
        if let Some(adapt) = &pacing.adapt {
            self.value("--adapt", adapt.to_string());
        }
    }
}

/// Quotes a word for a POSIX shell where it needs it.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell_where_they_need_it() {
        for (word, quoted) in [
            ("plain-1.dump", "plain-1.dump"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("a*", "'a*'"),
            ("$HOME", "'$HOME'"),
            ("~", "'~'"),
        ] {
            assert_eq!(quote(word), quoted);
        }
    }

    #[test]
    fn a_size_keeps_every_byte() {
        for (bytes, text) in [
            (100_000_000, "100M"),
            (1 << 20, "1Mi"),
            (1, "1"),
            (5_000_000_000, "5G"),
            (1536, "1536"),
        ] {
            assert_eq!(exact_size(bytes), text);
            assert_eq!(crate::model::size::parse_bytes(text), Ok(bytes));
        }
    }
}
