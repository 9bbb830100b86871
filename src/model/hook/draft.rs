//! A hook as it is written down: keys with values, of the config file or of a program's first lines,
//! read and checked in one place.
//!
//! ```text
//!  [hooks.20-tell]                         # dbbackup: timeout=90s retries=2 databases=shop*,crm
//!  at = "on-error"          ─┐           ┌─
//!  use = "webhook"           ├─► Draft ◄─┘
//!  url = "https://…"        ─┘     └─► HookSpec
//! ```

use std::time::Duration;

use jiff::SignedDuration;

use crate::model::pattern::Pattern;
use crate::model::secret::Secret;

use super::spec::{
    Healthcheck, HookAction, HookConditions, HookOrigin, HookSpec, JobKind, Mail, Webhook,
    shown_host,
};
use super::{HookPoint, OnFailure};

/// The keys that any hook may have.
pub const COMMON_KEYS: [&str; 8] =
    ["timeout", "retries", "backoff", "on_failure", "run_as", "databases", "jobs", "outcomes"];

/// The keys that only the config file has.
pub const CONFIG_KEYS: [&str; 11] = [
    "at",
    "use",
    "command",
    "url",
    "start_url",
    "success_url",
    "fail_url",
    "channel",
    "username",
    "from",
    "to",
];

/// The predefined hooks.
const PREDEFINED: [&str; 4] = ["vacuum-analyze", "webhook", "healthcheck", "mail"];
/// What most systems have, or something that answers to its name.
const SENDMAIL: [&str; 3] = ["/usr/sbin/sendmail", "-t", "-i"];
/// How long an attempt may take unless told.
const TIMEOUT: Duration = Duration::from_hours(1);
/// The same for a request to another machine, or a mail.
const SHORT_TIMEOUT: Duration = Duration::from_secs(30);
/// The first wait between attempts unless told.
const BACKOFF: Duration = Duration::from_secs(1);
/// The words of the outcomes that a hook may be limited to.
const OUTCOMES: [&str; 5] = ["complete", "incomplete", "failed", "cancelled", "crashed"];

/// What was read so far.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    points: Vec<HookPoint>,
    predefined: Option<String>,
    command: Vec<String>,
    url: Option<Secret>,
    healthcheck: Healthcheck,
    channel: Option<String>,
    username: Option<String>,
    from: Option<String>,
    to: Vec<String>,
    timeout: Option<Duration>,
    retries: u32,
    backoff: Option<Duration>,
    on_failure: Option<OnFailure>,
    run_as: Option<String>,
    conditions: HookConditions,
}

impl Draft {
    /// Takes a key with its values in.
    ///
    /// # Errors
    /// What is wrong with the values, in words that do not repeat a secret.
    pub fn set(&mut self, key: &str, values: &[String]) -> Result<(), String> {
        match key {
            "at" => self.points = all(values)?,
            "use" => self.predefined = Some(predefined(one(values)?)?),
            "command" => self.command = values.to_vec(),
            "url" => self.url = Some(url(one(values)?)?),
            "start_url" => self.healthcheck.start = Some(url(one(values)?)?),
            "success_url" => self.healthcheck.success = Some(url(one(values)?)?),
            "fail_url" => self.healthcheck.fail = Some(url(one(values)?)?),
            "channel" => self.channel = Some(one(values)?.to_owned()),
            "username" => self.username = Some(one(values)?.to_owned()),
            "from" => self.from = Some(address(one(values)?)?),
            "to" => {
                self.to = values.iter().map(|to| address(to)).collect::<Result<_, _>>()?;
            }
            _ => return self.set_common(key, values),
        }
        Ok(())
    }

    /// Takes a key that any hook may have.
    ///
    /// # Errors
    /// As [`Draft::set`].
    pub fn set_common(&mut self, key: &str, values: &[String]) -> Result<(), String> {
        match key {
            "timeout" => self.timeout = Some(duration(one(values)?)?),
            "retries" => self.retries = retries(one(values)?)?,
            "backoff" => self.backoff = Some(duration(one(values)?)?),
            "on_failure" => self.on_failure = Some(on_failure(one(values)?)?),
            "run_as" => self.run_as = Some(one(values)?.to_owned()),
            "databases" => {
                let pattern = |text: &String| {
                    let pattern = Pattern::new(text);
                    pattern.compile_schema().map(|_| pattern).map_err(|error| error.to_string())
                };
                self.conditions.databases = values.iter().map(pattern).collect::<Result<_, _>>()?;
            }
            "jobs" => {
                self.conditions.jobs = values
                    .iter()
                    .map(|word| JobKind::with_hooks(word))
                    .collect::<Result<_, _>>()?;
            }
            "outcomes" => {
                self.conditions.outcomes =
                    values.iter().map(|word| outcome(word)).collect::<Result<_, _>>()?;
            }
            _ => return Err(format!("'{key}' is not known: known are {}", COMMON_KEYS.join(", "))),
        }
        Ok(())
    }

    /// A program of the hooks' folder, at the point that its name tells.
    #[must_use]
    pub fn program(point: HookPoint, path: &str) -> Self {
        Self { points: vec![point], command: vec![path.to_owned()], ..Self::default() }
    }

    /// The hook.
    ///
    /// # Errors
    /// What is missing, or does not go together.
    pub fn finish(mut self, name: String, origin: HookOrigin) -> Result<HookSpec, String> {
        let action = self.action()?;
        let is_program = matches!(action, HookAction::Program(_));
        if self.run_as.is_some() && !matches!(action, HookAction::Program(_) | HookAction::Mail(_))
        {
            return Err("run_as is of use only where a program is run".to_owned());
        }
        if let HookAction::Healthcheck(_) = action {
            self.default_healthcheck();
        }
        if self.points.is_empty() {
            let words: Vec<&str> = HookPoint::ALL.iter().map(|point| point.word()).collect();
            return Err(format!("it says not when it is to run: at = one of {}", words.join(", ")));
        }
        let short = !is_program && action != HookAction::VacuumAnalyze;
        let timeout = if short { SHORT_TIMEOUT } else { TIMEOUT };
        let tells = self.points.iter().all(|point| point.tells());
        let usual = if is_program && !tells { OnFailure::Abort } else { OnFailure::Continue };
        Ok(HookSpec {
            name,
            points: self.points,
            action,
            origin,
            retries: self.retries,
            backoff: self.backoff.unwrap_or(BACKOFF),
            timeout: self.timeout.unwrap_or(timeout),
            on_failure: self.on_failure.unwrap_or(usual),
            run_as: self.run_as,
            conditions: self.conditions,
        })
    }

    fn action(&mut self) -> Result<HookAction, String> {
        let predefined = self.predefined.take();
        let word = predefined.as_deref().unwrap_or("command");
        self.refuse_strangers(word)?;
        match word {
            "vacuum-analyze" => Ok(HookAction::VacuumAnalyze),
            "webhook" => {
                let url = self.url.take().ok_or("a webhook needs its url")?;
                let (channel, username) = (self.channel.take(), self.username.take());
                Ok(HookAction::Webhook(Webhook { url, channel, username }))
            }
            "healthcheck" => self.checks().map(HookAction::Healthcheck),
            "mail" => self.mail().map(HookAction::Mail),
            _ if self.command.first().is_some_and(|program| !program.is_empty()) => {
                Ok(HookAction::Program(std::mem::take(&mut self.command)))
            }
            _ => {
                Err(format!("it says not what to do: command, or use = {}", PREDEFINED.join(", ")))
            }
        }
    }

    /// A key that means nothing to the action was meant for something: it is not passed over.
    fn refuse_strangers(&self, word: &str) -> Result<(), String> {
        let check = &self.healthcheck;
        let given = [
            ("command", !self.command.is_empty(), &["command", "mail"][..]),
            ("url", self.url.is_some(), &["webhook", "healthcheck"]),
            ("start_url", check.start.is_some(), &["healthcheck"]),
            ("success_url", check.success.is_some(), &["healthcheck"]),
            ("fail_url", check.fail.is_some(), &["healthcheck"]),
            ("channel", self.channel.is_some(), &["webhook"]),
            ("username", self.username.is_some(), &["webhook"]),
            ("from", self.from.is_some(), &["mail"]),
            ("to", !self.to.is_empty(), &["mail"]),
        ];
        let stranger = given.iter().find(|(_, given, of)| *given && !of.contains(&word));
        stranger.map_or(Ok(()), |(key, ..)| Err(format!("{key} means nothing to {word}")))
    }

    /// From one address the others follow, as healthchecks.io and its kin have them.
    fn checks(&mut self) -> Result<Healthcheck, String> {
        let mut checks = std::mem::take(&mut self.healthcheck);
        if let Some(url) = self.url.take() {
            let below = |word: &str| below(url.expose(), word);
            checks.start.get_or_insert_with(|| below("start"));
            checks.fail.get_or_insert_with(|| below("fail"));
            checks.success.get_or_insert(url);
        }
        if checks == Healthcheck::default() {
            return Err("a healthcheck needs its url".to_owned());
        }
        Ok(checks)
    }

    fn mail(&mut self) -> Result<Mail, String> {
        let mut command = std::mem::take(&mut self.command);
        if command.is_empty() {
            command = SENDMAIL.map(str::to_owned).to_vec();
        }
        let to = std::mem::take(&mut self.to);
        if to.is_empty() {
            return Err("a mail needs to, its receivers".to_owned());
        }
        Ok(Mail { command, from: self.from.take(), to })
    }

    /// Unless told, a healthcheck watches backups: a restore that works says nothing of them.
    fn default_healthcheck(&mut self) {
        if self.points.is_empty() {
            self.points = vec![HookPoint::PreBackup, HookPoint::OnSuccess, HookPoint::OnError];
            if self.conditions.jobs.is_empty() {
                self.conditions.jobs = vec![JobKind::Backup, JobKind::BackupCluster];
            }
        }
    }
}

fn one(values: &[String]) -> Result<&str, String> {
    match values {
        [value] => Ok(value),
        _ => Err("it takes one value".to_owned()),
    }
}

fn all(values: &[String]) -> Result<Vec<HookPoint>, String> {
    values.iter().map(|word| word.parse()).collect()
}

fn predefined(word: &str) -> Result<String, String> {
    if PREDEFINED.contains(&word) {
        return Ok(word.to_owned());
    }
    Err(format!("'{word}' is no predefined hook: there are {}", PREDEFINED.join(", ")))
}

fn url(text: &str) -> Result<Secret, String> {
    let known = text.starts_with("https://") || text.starts_with("http://");
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    if !known || !plain || shown_host(text).is_empty() {
        return Err("it is to be a URL that begins with https:// or http://".to_owned());
    }
    Ok(Secret::new(text))
}

/// The address below another one, before its query.
fn below(url: &str, word: &str) -> Secret {
    let (path, query) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
    Secret::new(format!("{}/{word}{query}", path.trim_end_matches('/')))
}

fn address(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err("it is no address of a mail".to_owned());
    }
    Ok(text.trim().to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("'{text}' is no time: write 90s, 10m or '1h 30m'");
    let seconds = text.parse::<u32>().map(|seconds| SignedDuration::from_secs(seconds.into()));
    let parsed = seconds.or_else(|_| text.parse()).map_err(|_| wrong())?;
    Duration::try_from(parsed).ok().filter(|time| !time.is_zero()).ok_or_else(wrong)
}

fn retries(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number <= 100);
    number.ok_or_else(|| format!("'{text}' is no number from 0 to 100"))
}

fn on_failure(word: &str) -> Result<OnFailure, String> {
    match word {
        "continue" => Ok(OnFailure::Continue),
        "abort" => Ok(OnFailure::Abort),
        _ => Err(format!("'{word}' is neither continue nor abort")),
    }
}

fn outcome(word: &str) -> Result<String, String> {
    if OUTCOMES.contains(&word) {
        return Ok(word.to_owned());
    }
    Err(format!("'{word}' is no outcome: use {}", OUTCOMES.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Keys<'a> = &'a [(&'a str, &'a [&'a str])];

    fn draft(keys: Keys<'_>) -> Result<HookSpec, String> {
        let mut draft = Draft::default();
        for (key, values) in keys {
            let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
            draft.set(key, &values)?;
        }
        draft.finish("x".into(), HookOrigin::Config)
    }

    #[test]
    fn a_program_has_the_defaults_of_its_point() {
        let before =
            draft(&[("at", &["pre-backup"]), ("command", &["/bin/freeze", "now"])]).unwrap();
        assert_eq!(before.on_failure, OnFailure::Abort);
        assert_eq!((before.retries, before.timeout), (0, Duration::from_hours(1)));
        let words = ["/bin/freeze".to_owned(), "now".to_owned()];
        assert_eq!(before.action, HookAction::Program(words.to_vec()));
        let tells = draft(&[("at", &["on-error"]), ("command", &["/bin/tell"])]).unwrap();
        assert_eq!(tells.on_failure, OnFailure::Continue);
    }

    #[test]
    fn a_healthcheck_watches_backups_and_finds_its_addresses_from_one() {
        let hook = draft(&[("use", &["healthcheck"]), ("url", &["https://hc.example/uuid?a=1"])]);
        let hook = hook.unwrap();
        let HookAction::Healthcheck(check) = &hook.action else { panic!("{hook:?}") };
        let shown = |url: &Option<Secret>| url.as_ref().unwrap().expose().to_owned();
        assert_eq!(shown(&check.start), "https://hc.example/uuid/start?a=1");
        assert_eq!(shown(&check.success), "https://hc.example/uuid?a=1");
        assert_eq!(shown(&check.fail), "https://hc.example/uuid/fail?a=1");
        assert_eq!(hook.points.len(), 3);
        assert_eq!(hook.conditions.jobs, [JobKind::Backup, JobKind::BackupCluster]);
        assert_eq!(hook.action.describe(), "healthcheck at hc.example");
        assert!(!format!("{hook:?}").contains("uuid"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let cases: &[(Keys<'_>, &str)] = &[
            (&[("at", &["before"])], "'before' is no point"),
            (&[("command", &["/x"])], "it says not when"),
            (&[("at", &["on-error"])], "it says not what to do"),
            (&[("use", &["pager"])], "no predefined hook"),
            (&[("use", &["webhook"]), ("at", &["on-error"])], "needs its url"),
            (&[("url", &["ftp://secret"])], "begins with https://"),
            (&[("url", &["https:///secret"])], "begins with https://"),
            (&[("timeout", &["soon"])], "'soon' is no time"),
            (&[("timeout", &["0"])], "'0' is no time"),
            (&[("retries", &["101"])], "no number from 0 to 100"),
            (&[("on_failure", &["ignore"])], "neither continue nor abort"),
            (&[("jobs", &["dump"])], "no kind of job"),
            (&[("jobs", &["verify"])], "verify runs no hooks"),
            (&[("outcomes", &["good"])], "no outcome"),
            (&[("databases", &["a.b"])], "too many dotted names"),
            (&[("colour", &["red"])], "'colour' is not known"),
            (&[("use", &["mail"]), ("at", &["on-error"])], "needs to"),
            (&[("to", &["a@b\nBcc: c@d"])], "no address"),
            (
                &[("use", &["vacuum-analyze"]), ("at", &["pre-backup"]), ("run_as", &["bob"])],
                "run_as is of use only",
            ),
            (
                &[("use", &["vacuum-analyze"]), ("at", &["pre-backup"]), ("command", &["/x"])],
                "command means nothing to vacuum-analyze",
            ),
        ];
        for (keys, expected) in cases {
            let error = draft(keys).expect_err(expected);
            assert!(error.contains(expected) && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn times_are_numbers_of_seconds_or_have_units() {
        for (text, seconds) in [("90", 90), ("90s", 90), ("10m", 600), ("1h 30m", 5400)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
    }
}
