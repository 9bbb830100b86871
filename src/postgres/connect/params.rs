//! What the parameters mean: from layers of text to typed values, and the refusal of everything that
//! cannot be followed.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::endpoint::{Endpoint, endpoints};
use super::layers::{Layers, Value};
use super::passfile::{Login, Passfile};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::conn::Target;
use crate::model::secret::Secret;

/// How long an endpoint has for the whole handshake, unless connect_timeout says otherwise.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// When a silent connection is asked whether it is still there, unless keepalives_idle says
/// otherwise: the system's own two hours are too long for somebody who watches a backup.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);
const KEEPALIVE_COUNT: u32 = 4;
const APPLICATION: &str = "dbbackup";

/// Resolved connection parameters. `Debug` shows no password.
#[derive(Debug, Clone)]
pub struct ConnParams {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) user: String,
    pub(super) database: String,
    pub(super) password: Option<Value>,
    pub(super) passfile: Arc<Passfile>,
    pub(super) sslmode: SslMode,
    pub(super) channel_binding: ChannelBinding,
    pub(super) session: SessionWish,
    pub(super) shuffle: bool,
    /// Limit on the whole handshake with one endpoint; `None` waits for ever.
    pub(super) limit: Option<Duration>,
    pub(super) application_name: String,
    pub(super) options: Option<String>,
    pub(super) keepalive: Option<Keepalive>,
    pub(super) tcp_user_timeout: Option<Duration>,
    warnings: Vec<String>,
}

/// How much encryption is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// Whether SCRAM is to be bound to the TLS connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChannelBinding {
    Disable,
    Prefer,
    Require,
}

/// What sort of server is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionWish {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

/// TCP keepalive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keepalive {
    pub(super) idle: Duration,
    pub(super) interval: Duration,
    pub(super) count: u32,
}

impl ConnParams {
    /// The same server, another database.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        Self { database: database.to_owned(), ..self.clone() }
    }

    /// Host and port, or socket, for people; several are separated by commas.
    pub fn address(&self) -> String {
        let all: Vec<String> = self.endpoints.iter().map(ToString::to_string).collect();
        all.join(",")
    }

    /// The database that the parameters name.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The role that the parameters name.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// What was ignored, and why: for the message log.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The password for an endpoint.
    pub(super) fn password_for(&self, endpoint: &Endpoint) -> Option<Secret> {
        match &self.password {
            Some(password) => Some(password.text.clone()),
            None => self.passfile.password(&self.login(endpoint)),
        }
    }

    /// Where the password for an endpoint came from, or where it was looked for.
    pub(super) fn password_source(&self, endpoint: &Endpoint) -> PasswordSource<'_> {
        PasswordSource { params: self, endpoint: endpoint.clone() }
    }

    fn login<'a>(&'a self, endpoint: &'a Endpoint) -> Login<'a> {
        Login {
            host: endpoint.passfile_host(),
            port: endpoint.port,
            database: &self.database,
            user: &self.user,
        }
    }
}

/// Says where a password came from, or where none was found; never the password.
pub(super) struct PasswordSource<'a> {
    params: &'a ConnParams,
    endpoint: Endpoint,
}

impl fmt::Display for PasswordSource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = &self.params.passfile;
        if let Some(password) = &self.params.password {
            return write!(f, "the password came from {}", password.origin);
        }
        if file.password(&self.params.login(&self.endpoint)).is_some() {
            return write!(f, "the password came from {}", file.path().display());
        }
        if let Some(refused) = file.refused() {
            return write!(f, "no password was given, and {refused}");
        }
        write!(
            f,
            "no password was found in the URL, the profile, PGPASSWORD or {} (a line for {}:{}:{}:{})",
            file.path().display(),
            self.endpoint.passfile_host(),
            self.endpoint.port,
            self.params.database,
            self.params.user
        )
    }
}

/// Resolves a target.
pub(super) fn resolve(target: &Target, config: &Config) -> Result<ConnParams> {
    let layers = Layers::collect(target, config)?;
    let mut warnings = refuse_or_ignore(&layers)?;
    let get = |name| layers.get(name).unwrap_or_default();
    let user = match layers.get("user") {
        Some(user) => user.to_owned(),
        None => os_user(config)?,
    };
    let database = target.database.as_deref().or(layers.get("dbname")).unwrap_or(&user).to_owned();
    let passfile =
        layers.get("passfile").map_or_else(|| config.paths.home.join(".pgpass"), PathBuf::from);
    let passfile = Passfile::read(&passfile);
    warnings.extend(passfile.refused().map(str::to_owned));
    for warning in &warnings {
        tracing::warn!("{warning}");
    }
    let name = layers.get("application_name").or(layers.get("fallback_application_name"));
    Ok(ConnParams {
        endpoints: endpoints(get("host"), get("hostaddr"), get("port"))?,
        application_name: name.unwrap_or(APPLICATION).to_owned(),
        user,
        database,
        password: layers.value("password").cloned(),
        passfile: Arc::new(passfile),
        sslmode: choice(&layers, "sslmode", SSL_MODES)?.unwrap_or(SslMode::Prefer),
        channel_binding: choice(&layers, "channel_binding", BINDINGS)?
            .unwrap_or(ChannelBinding::Prefer),
        session: choice(&layers, "target_session_attrs", WISHES)?.unwrap_or(SessionWish::Any),
        shuffle: choice(&layers, "load_balance_hosts", BALANCES)?.unwrap_or(false),
        limit: connect_limit(&layers)?,
        options: layers.get("options").map(str::to_owned),
        keepalive: keepalive(&layers)?,
        tcp_user_timeout: number(&layers, "tcp_user_timeout")?
            .filter(|millis| *millis > 0)
            .map(|millis| Duration::from_millis(millis.into())),
        warnings,
    })
}

const SSL_MODES: &[(&str, SslMode)] = &[
    ("disable", SslMode::Disable),
    ("allow", SslMode::Allow),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-ca", SslMode::VerifyCa),
    ("verify-full", SslMode::VerifyFull),
];
const BINDINGS: &[(&str, ChannelBinding)] = &[
    ("disable", ChannelBinding::Disable),
    ("prefer", ChannelBinding::Prefer),
    ("require", ChannelBinding::Require),
];
const WISHES: &[(&str, SessionWish)] = &[
    ("any", SessionWish::Any),
    ("read-write", SessionWish::ReadWrite),
    ("read-only", SessionWish::ReadOnly),
    ("primary", SessionWish::Primary),
    ("standby", SessionWish::Standby),
    ("prefer-standby", SessionWish::PreferStandby),
];
const BALANCES: &[(&str, bool)] = &[("disable", false), ("random", true)];

/// One of a few words.
fn choice<T: Copy>(layers: &Layers, name: &str, choices: &[(&str, T)]) -> Result<Option<T>> {
    let Some(text) = layers.get(name) else { return Ok(None) };
    if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
        return Ok(Some(*value));
    }
    let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    Err(layers
        .complain(name, "is not a known value")
        .with_hint(format!("use one of {}", words.join(", "))))
}

/// A whole number; negative ones count as 0.
fn number(layers: &Layers, name: &str) -> Result<Option<u32>> {
    let Some(text) = layers.get(name) else { return Ok(None) };
    match text.trim().parse::<i64>() {
        Ok(number) => Ok(Some(u32::try_from(number.max(0)).unwrap_or(u32::MAX))),
        Err(_) => Err(layers.complain(name, "is not a whole number")),
    }
}

fn connect_limit(layers: &Layers) -> Result<Option<Duration>> {
    Ok(match number(layers, "connect_timeout")? {
        None => Some(CONNECT_LIMIT),
        Some(0) => None,
        Some(seconds) => Some(Duration::from_secs(seconds.into())),
    })
}

fn keepalive(layers: &Layers) -> Result<Option<Keepalive>> {
    let seconds = |name, default| -> Result<Duration> {
        let given = number(layers, name)?.filter(|seconds| *seconds > 0);
        Ok(given.map_or(default, |seconds| Duration::from_secs(seconds.into())))
    };
    let keepalive = Keepalive {
        idle: seconds("keepalives_idle", KEEPALIVE_IDLE)?,
        interval: seconds("keepalives_interval", KEEPALIVE_INTERVAL)?,
        count: number(layers, "keepalives_count")?.filter(|n| *n > 0).unwrap_or(KEEPALIVE_COUNT),
    };
    Ok((number(layers, "keepalives")? != Some(0)).then_some(keepalive))
}

/// Refuses what would be unsafe or wrong to ignore, and says what is ignored without harm.
fn refuse_or_ignore(layers: &Layers) -> Result<Vec<String>> {
    let mut warnings = Vec::new();
    for name in layers.names() {
        let text = layers.get(name).unwrap_or_default();
        match fate(name, text) {
            Fate::Followed => {}
            Fate::Ignored(why) => warnings.push(format!("{name}={text} is ignored: {why}")),
            Fate::Refused(hint) => {
                let origin = layers.value(name).map(|value| format!(" (from {})", value.origin));
                let origin = origin.unwrap_or_default();
                let message = format!("connection parameter {name}{origin} is not supported");
                return Err(Error::usage(message).with_hint(hint));
            }
        }
    }
    Ok(warnings)
}

/// What becomes of a parameter.
enum Fate {
    Followed,
    Ignored(&'static str),
    Refused(&'static str),
}

fn fate(name: &str, text: &str) -> Fate {
    match name {
        "client_encoding" if !is_utf8(text) => {
            Fate::Ignored("sessions always use UTF8, which loses nothing")
        }
        "krbsrvname" | "gsslib" | "gssdelegation" => {
            Fate::Ignored("it is for Kerberos, which is not supported")
        }
        "sslcompression" if text != "0" => Fate::Ignored("TLS compression is unsafe and gone"),
        "gssencmode" if text == "require" => {
            Fate::Refused("Kerberos encryption is not built in; use sslmode=verify-full")
        }
        "sslcrl" | "sslcrldir" => Fate::Refused("revocation lists are not checked; remove it"),
        "sslpassword" => {
            Fate::Refused("give an unencrypted key: openssl pkey -in KEY -out KEY.plain")
        }
        "sslkeylogfile" => Fate::Refused("TLS keys are never written down; remove it"),
        "require_auth" => {
            Fate::Refused("use channel_binding=require, or sslmode=verify-full, and remove it")
        }
        "requirepeer" => Fate::Refused("check the socket's folder instead, and remove it"),
        "replication" => Fate::Refused("remove it: sessions here are ordinary ones"),
        "scram_client_key" | "scram_server_key" => Fate::Refused("give the password itself"),
        "oauth_issuer" | "oauth_client_id" | "oauth_client_secret" | "oauth_scope" => {
            Fate::Refused("use a role that logs in by password or certificate")
        }
        "min_protocol_version" if text != "3.0" => {
            Fate::Refused("protocol 3.0 is spoken, which every server understands; remove it")
        }
        _ => Fate::Followed,
    }
}

fn is_utf8(encoding: &str) -> bool {
    matches!(
        encoding.to_ascii_lowercase().replace(['-', '_'], "").as_str(),
        "utf8" | "unicode" | "auto"
    )
}

/// The name of the operating system's user.
fn os_user(config: &Config) -> Result<String> {
    let uid = rustix::process::geteuid().as_raw();
    let by_number = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    };
    // Users that a directory service knows are not in the file.
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let user = passwd.lines().find_map(by_number);
    let from_env = || config.env.get("USER").or(config.env.get("LOGNAME")).map(str::to_owned);
    user.or_else(from_env).ok_or_else(|| {
        Error::usage(format!("the operating system has no name for user {uid}"))
            .with_hint("name the role: user= or PGUSER")
    })
}

#[cfg(test)]
mod tests;
