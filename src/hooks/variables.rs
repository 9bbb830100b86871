//! What a hook is told: the facts of the job, as environment variables, and in words for people.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::model::hook::spec::JobKind;
use crate::model::hook::{HookPoint, seconds};
use crate::model::id::JobId;
use crate::model::size::{Bytes, short_count};

/// Every variable that a hook may find, with what it means.
pub const VARIABLES: [(&str, &str); 16] = [
    ("DBBACKUP_HOOK", "the hook's name"),
    ("DBBACKUP_POINT", "where it runs: pre-backup, post-database, …"),
    ("DBBACKUP_ATTEMPT", "1, and more where it failed and is tried again"),
    ("DBBACKUP_JOB_ID", "the job, as `dbbackup list` and the log's file name have it"),
    ("DBBACKUP_KIND", "backup, backup-cluster, restore or restore-cluster"),
    ("DBBACKUP_PROFILE", "the profile of the config file, where one was named"),
    ("DBBACKUP_DATABASE", "the database; at a cluster's own points there is none"),
    ("DBBACKUP_PATH", "what is written or read: a file, a folder, - for a stream"),
    ("DBBACKUP_OUTCOME", "afterwards: complete, incomplete, failed, cancelled or crashed"),
    ("DBBACKUP_EXIT_CODE", "afterwards: the exit code that goes with it"),
    ("DBBACKUP_ERROR", "afterwards, unless complete: why, in one line"),
    ("DBBACKUP_BYTES", "afterwards: bytes of rows moved, before compression"),
    ("DBBACKUP_ROWS", "afterwards: rows moved"),
    ("DBBACKUP_ARCHIVE_BYTES", "afterwards: bytes written to, or read from, the archive"),
    ("DBBACKUP_SECONDS", "afterwards: how long it took"),
    ("DBBACKUP_VERSION", "the version of dbbackup"),
];

/// Variables of our own environment that are passed on; everything else is kept from a hook.
const SAFE: [&str; 10] = [
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "TZ",
    "USER",
    "LOGNAME",
    "TMPDIR",
];

/// What of an environment a hook may see.
pub fn safe_environment<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Vec<(String, String)> {
    let kept = SAFE.iter().filter_map(|name| Some(((*name).to_owned(), get(name)?.to_owned())));
    let mut kept: Vec<(String, String)> = kept.collect();
    if !kept.iter().any(|(name, _)| name == "PATH") {
        kept.push(("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned()));
    }
    kept
}

/// What is known of the job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The job.
    pub job: Option<JobId>,
    /// Its kind.
    pub kind: Option<JobKind>,
    /// The profile that it was started with.
    pub profile: Option<String>,
    /// The database.
    pub database: Option<String>,
    /// What is written or read.
    pub path: Option<PathBuf>,
    /// What is known once it is over.
    pub after: Option<After>,
}

/// What is known of a job, or of one database of it, once it is over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct After {
    /// The outcome's word.
    pub outcome: String,
    /// The exit code that goes with it.
    pub exit_code: u8,
    /// Why it is not complete.
    pub error: Option<String>,
    /// Bytes of rows moved.
    pub bytes: u64,
    /// Rows moved.
    pub rows: u64,
    /// Bytes of the archive.
    pub archive_bytes: u64,
    /// How long it took.
    pub millis: u64,
}

impl Facts {
    /// The variables of one attempt of a hook.
    pub(super) fn variables(
        &self,
        hook: &str,
        point: HookPoint,
        attempt: u32,
    ) -> Vec<(&'static str, OsString)> {
        let mut all: Vec<(&'static str, OsString)> = vec![
            ("DBBACKUP_HOOK", hook.into()),
            ("DBBACKUP_POINT", point.word().into()),
            ("DBBACKUP_ATTEMPT", attempt.to_string().into()),
            ("DBBACKUP_VERSION", env!("CARGO_PKG_VERSION").into()),
        ];
        let mut add = |name, value: Option<OsString>| all.extend(value.map(|value| (name, value)));
        add("DBBACKUP_JOB_ID", self.job.map(|job| job.to_string().into()));
        add("DBBACKUP_KIND", self.kind.map(|kind| kind.word().into()));
        add("DBBACKUP_PROFILE", self.profile.as_ref().map(Into::into));
        add("DBBACKUP_DATABASE", self.database.as_ref().map(Into::into));
        add("DBBACKUP_PATH", self.path.clone().map(PathBuf::into_os_string));
        let Some(after) = &self.after else { return all };
        add("DBBACKUP_ERROR", after.error.as_ref().map(Into::into));
        all.extend([
            ("DBBACKUP_OUTCOME", OsString::from(&after.outcome)),
            ("DBBACKUP_EXIT_CODE", after.exit_code.to_string().into()),
            ("DBBACKUP_BYTES", after.bytes.to_string().into()),
            ("DBBACKUP_ROWS", after.rows.to_string().into()),
            ("DBBACKUP_ARCHIVE_BYTES", after.archive_bytes.to_string().into()),
            (
                "DBBACKUP_SECONDS",
                format!("{}.{:03}", after.millis / 1000, after.millis % 1000).into(),
            ),
        ]);
        all
    }

    /// "backup of shop: failed", "pre-backup: backup of shop".
    pub(super) fn headline(&self, point: HookPoint) -> String {
        let kind = self.kind.map_or("job", JobKind::word);
        let of = self.database.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
        match &self.after {
            Some(after) => format!("{kind}{of}: {}", after.outcome),
            None => format!("{point}: {kind}{of}"),
        }
    }

    /// What else there is to tell, a line each.
    pub(super) fn details(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(host().map(|host| format!("on {host}")));
        lines.extend(self.profile.as_ref().map(|name| format!("profile {name}")));
        lines.extend(self.path.as_ref().map(|path| format!("path {}", path.display())));
        lines.extend(self.job.map(|job| format!("job {job}")));
        let Some(after) = &self.after else { return lines };
        lines.extend(after.error.clone());
        lines.push(format!(
            "{} rows, {}, archive {}, {}",
            short_count(after.rows),
            Bytes(after.bytes),
            Bytes(after.archive_bytes),
            seconds(after.millis)
        ));
        lines
    }

    /// Whether the end, where there is one, is a good one.
    pub(super) fn is_good(&self) -> bool {
        self.after.as_ref().is_none_or(|after| after.outcome == "complete")
    }
}

/// This machine's name.
fn host() -> Option<String> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn full() -> Facts {
        Facts {
            job: Some(JobId(7)),
            kind: Some(JobKind::Backup),
            profile: Some("prod".into()),
            database: Some("shop".into()),
            path: Some("/b/shop.dump".into()),
            after: Some(After {
                outcome: "failed".into(),
                exit_code: 1,
                error: Some("the disk is full".into()),
                bytes: 2048,
                rows: 12,
                archive_bytes: 1024,
                millis: 1_500,
            }),
        }
    }

    #[test]
    fn what_is_documented_is_what_a_hook_finds() {
        let found = full().variables("x", HookPoint::OnError, 2);
        let names: BTreeSet<&str> = found.iter().map(|(name, _)| *name).collect();
        let documented: BTreeSet<&str> = VARIABLES.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, documented);
        let readme = include_str!("../../README.md");
        for (name, meaning) in VARIABLES {
            assert!(
                readme.contains(&format!("| `{name}` | {meaning} |")),
                "README.md lacks {name}"
            );
        }
    }

    #[test]
    fn only_harmless_variables_are_passed_on() {
        let environment = [("PGPASSWORD", "x"), ("HOME", "/h"), ("AWS_SECRET_ACCESS_KEY", "x")];
        let get = |name: &str| environment.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        let kept = safe_environment(get);
        let names: Vec<&str> = kept.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["HOME", "PATH"]);
    }

    #[test]
    fn words_for_people_say_how_it_ended_and_why() {
        let facts = full();
        assert_eq!(facts.headline(HookPoint::OnError), "backup of shop: failed");
        assert!(facts.details().contains(&"the disk is full".to_owned()));
        let before = Facts { after: None, ..facts };
        assert_eq!(before.headline(HookPoint::PreBackup), "pre-backup: backup of shop");
        assert!(before.is_good());
    }
}
