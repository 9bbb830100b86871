//! What a hook is asked to do, and when.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::pattern::Pattern;
use crate::model::secret::Secret;
use crate::model::spec::JobSpec;

use super::{HookPoint, OnFailure};

/// A hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookSpec {
    /// Its name; hooks of one point run in the order of their names.
    pub name: String,
    /// Where it runs.
    pub points: Vec<HookPoint>,
    /// What it does.
    pub action: HookAction,
    /// Where it comes from.
    pub origin: HookOrigin,
    /// How often it is tried again when it fails.
    pub retries: u32,
    /// The wait before the first retry; it doubles each time, up to [`MAX_BACKOFF`].
    pub backoff: Duration,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// What its failure means.
    pub on_failure: OnFailure,
    /// The user that its program runs as, where that is another one.
    pub run_as: Option<String>,
    /// For which jobs it runs.
    pub conditions: HookConditions,
}

/// The longest wait between two attempts.
pub const MAX_BACKOFF: Duration = Duration::from_mins(5);

/// What a hook does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookAction {
    /// Runs a program: its path and its arguments.
    Program(Vec<String>),
    /// `VACUUM (ANALYZE)` of the job's tables, over a connection of our own.
    VacuumAnalyze,
    /// Posts a message that Slack, Mattermost and others understand.
    Webhook(Webhook),
    /// Tells a service that watches whether jobs run.
    Healthcheck(Healthcheck),
    /// Hands a message to a program that works as sendmail does.
    Mail(Mail),
}

impl HookAction {
    /// What it does, without any secret.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Program(words) => words.first().cloned().unwrap_or_default(),
            Self::VacuumAnalyze => "vacuum-analyze".to_owned(),
            Self::Webhook(webhook) => format!("webhook to {}", shown_host(webhook.url.expose())),
            Self::Healthcheck(check) => {
                let urls = [&check.success, &check.start, &check.fail];
                let first = urls.into_iter().flatten().next();
                let host = first.map_or("", |url| shown_host(url.expose()));
                format!("healthcheck at {host}")
            }
            Self::Mail(mail) => format!("mail to {}", mail.to.join(", ")),
        }
    }
}

/// A message for a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Where to; its path is a secret.
    pub url: Secret,
    /// The channel, where it is not the webhook's own.
    pub channel: Option<String>,
    /// The sender's name.
    pub username: Option<String>,
}

/// The addresses of a healthcheck; each may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Healthcheck {
    /// Asked for when a job begins.
    pub start: Option<Secret>,
    /// Asked for when it is complete.
    pub success: Option<Secret>,
    /// Asked for when it is not.
    pub fail: Option<Secret>,
}

/// A message by mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The program and its arguments; the message comes on its standard input.
    pub command: Vec<String>,
    /// The sender.
    pub from: Option<String>,
    /// The receivers.
    pub to: Vec<String>,
}

/// Where a hook comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookOrigin {
    /// The config file.
    Config,
    /// A file of the hooks' folder.
    Folder(PathBuf),
}

/// Kind of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobKind {
    /// Of one database.
    Backup,
    /// Of a cluster.
    BackupCluster,
    /// Into one database.
    Restore,
    /// Into a cluster.
    RestoreCluster,
    /// Of a backup.
    Verify,
}

impl JobKind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Backup, Self::BackupCluster, Self::Restore, Self::RestoreCluster, Self::Verify];

    /// The kind of a job.
    #[must_use]
    pub fn of(spec: &JobSpec) -> Self {
        match spec {
            JobSpec::Backup(_) => Self::Backup,
            JobSpec::Restore(_) => Self::Restore,
            JobSpec::BackupCluster(_) => Self::BackupCluster,
            JobSpec::RestoreCluster(_) => Self::RestoreCluster,
            JobSpec::Verify(_) => Self::Verify,
        }
    }

    /// A kind that hooks run for, by its word.
    ///
    /// # Errors
    /// That there is no such kind, or that it runs no hooks.
    pub fn with_hooks(word: &str) -> Result<Self, String> {
        match Self::ALL.into_iter().find(|kind| kind.word() == word) {
            Some(Self::Verify) => Err("verify runs no hooks".to_owned()),
            Some(kind) => Ok(kind),
            None => {
                let kinds = Self::ALL.into_iter().filter(|kind| *kind != Self::Verify);
                let words: Vec<&str> = kinds.map(Self::word).collect();
                Err(format!("'{word}' is no kind of job: use {}", words.join(", ")))
            }
        }
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::BackupCluster => "backup-cluster",
            Self::Restore => "restore",
            Self::RestoreCluster => "restore-cluster",
            Self::Verify => "verify",
        }
    }

    /// Whether it restores.
    #[must_use]
    pub fn is_restore(self) -> bool {
        matches!(self, Self::Restore | Self::RestoreCluster)
    }
}

/// For which jobs a hook runs; an empty list is no condition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HookConditions {
    /// Databases, by psql's patterns; a hook with this one does not run where no database is known.
    pub databases: Vec<Pattern>,
    /// Kinds of job.
    pub jobs: Vec<JobKind>,
    /// Outcomes, by their words; asked only where there is one.
    pub outcomes: Vec<String>,
}

impl HookConditions {
    /// Whether a hook runs for this job, database and outcome.
    #[must_use]
    pub fn allow(&self, job: JobKind, database: Option<&str>, outcome: Option<&str>) -> bool {
        let matches = |pattern: &Pattern, name: &str| {
            pattern.compile_schema().is_ok_and(|matcher| matcher.matches(name))
        };
        let of_database = self.databases.is_empty()
            || database.is_some_and(|name| self.databases.iter().any(|p| matches(p, name)));
        let of_outcome = self.outcomes.is_empty()
            || outcome.is_none_or(|word| self.outcomes.iter().any(|known| known == word));
        (self.jobs.is_empty() || self.jobs.contains(&job)) && of_database && of_outcome
    }

    /// The conditions in words; empty where there are none.
    #[must_use]
    pub fn describe(&self) -> String {
        let jobs = self.jobs.iter().map(|job| job.word()).collect::<Vec<_>>();
        let databases = self.databases.iter().map(Pattern::as_str).collect::<Vec<_>>();
        let outcomes = self.outcomes.iter().map(String::as_str).collect::<Vec<_>>();
        let lists = [("jobs", jobs), ("databases", databases), ("outcomes", outcomes)];
        let lists = lists.iter().filter(|(_, list)| !list.is_empty());
        lists
            .map(|(name, list)| format!("{name} {}", list.join(",")))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// What is configured about hooks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HookSettings {
    /// No hook runs (`--no-hooks`).
    pub off: bool,
    /// The hooks' folder.
    pub folder: PathBuf,
    /// The folder was asked for by name: it has to be there.
    pub folder_named: bool,
    /// Hooks of the config file.
    pub defined: Vec<HookSpec>,
}

/// The host of a URL, with its port: what may be shown of it.
#[must_use]
pub fn shown_host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_host_of_a_url_is_shown() {
        for (url, host) in [
            ("https://hooks.slack.com/services/T0/B0/secret", "hooks.slack.com"),
            ("http://user:secret@127.0.0.1:8080/x", "127.0.0.1:8080"),
            ("https://hc-ping.com?key=secret", "hc-ping.com"),
            ("https://a.example#secret", "a.example"),
            ("https://[::1]:80/secret", "[::1]:80"),
            ("secret", "secret"),
        ] {
            assert_eq!(shown_host(url), host);
        }
    }

    #[test]
    fn conditions_are_of_job_database_and_outcome_together() {
        let conditions = HookConditions {
            databases: vec![Pattern::new("shop*"), Pattern::new("crm")],
            jobs: vec![JobKind::Backup],
            outcomes: vec!["incomplete".into(), "failed".into()],
        };
        let allow = |job, database, outcome| conditions.allow(job, database, outcome);
        assert!(allow(JobKind::Backup, Some("shop_2"), Some("failed")));
        assert!(allow(JobKind::Backup, Some("crm"), None), "no outcome yet: not asked");
        assert!(!allow(JobKind::Restore, Some("crm"), None));
        assert!(!allow(JobKind::Backup, Some("crm2"), None));
        assert!(!allow(JobKind::Backup, None, None));
        assert!(!allow(JobKind::Backup, Some("crm"), Some("complete")));
        assert!(HookConditions::default().allow(JobKind::Restore, None, None));
        assert_eq!(
            conditions.describe(),
            "jobs backup; databases shop*,crm; outcomes incomplete,failed"
        );
    }
}
