//! What the parameters mean: from layers of text to typed values, and the refusal of everything that
//! cannot be followed.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_postgres::config::ChannelBinding;

use super::endpoint::{Endpoint, endpoints};
use super::fate::refuse_or_ignore;
use super::layers::{Layers, Value};
use super::passfile::{Login, Passfile};
use super::tls::TlsWish;
use super::values::Words;
use super::{Notice, Session};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::conn::Target;
use crate::model::secret::Secret;

/// How long an endpoint has for the whole handshake, unless connect_timeout says otherwise.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// When a silent connection is asked whether it is still there, unless keepalives_idle says
/// otherwise: the system's own two hours are too long for somebody who watches a backup.
const KEEPALIVE_IDLE: Duration = Duration::from_mins(1);
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
    pub(super) tls: TlsWish,
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
    /// Where the notices of sessions go; `None` drops them.
    pub(super) notices: Option<mpsc::Sender<Notice>>,
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

    /// The very server that a session is with, where several could answer.
    #[must_use]
    pub fn pinned_to(&self, session: &Session) -> Self {
        Self {
            endpoints: vec![session.endpoint.clone()],
            session: SessionWish::Any,
            ..self.clone()
        }
    }

    /// The same, with the notices of its sessions told.
    #[must_use]
    pub(in crate::postgres) fn with_notices(self, notices: mpsc::Sender<Notice>) -> Self {
        Self { notices: Some(notices), ..self }
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
        tls: TlsWish::from_layers(&layers, &config.paths.home)?,
        channel_binding: layers
            .choice("channel_binding", BINDINGS)?
            .unwrap_or(ChannelBinding::Prefer),
        session: layers.choice("target_session_attrs", WISHES)?.unwrap_or(SessionWish::Any),
        shuffle: layers.choice("load_balance_hosts", BALANCES)?.unwrap_or(false),
        limit: connect_limit(&layers)?,
        options: layers.get("options").map(str::to_owned),
        keepalive: keepalive(&layers)?,
        tcp_user_timeout: layers
            .number("tcp_user_timeout")?
            .filter(|millis| *millis > 0)
            .map(|millis| Duration::from_millis(millis.into())),
        warnings,
        notices: None,
    })
}

const BINDINGS: Words<ChannelBinding> = &[
    ("disable", ChannelBinding::Disable),
    ("prefer", ChannelBinding::Prefer),
    ("require", ChannelBinding::Require),
];
const WISHES: Words<SessionWish> = &[
    ("any", SessionWish::Any),
    ("read-write", SessionWish::ReadWrite),
    ("read-only", SessionWish::ReadOnly),
    ("primary", SessionWish::Primary),
    ("standby", SessionWish::Standby),
    ("prefer-standby", SessionWish::PreferStandby),
];
const BALANCES: Words<bool> = &[("disable", false), ("random", true)];

fn connect_limit(layers: &Layers) -> Result<Option<Duration>> {
    Ok(match layers.number("connect_timeout")? {
        None => Some(CONNECT_LIMIT),
        Some(0) => None,
        Some(seconds) => Some(Duration::from_secs(seconds.into())),
    })
}

fn keepalive(layers: &Layers) -> Result<Option<Keepalive>> {
    let seconds = |name, default| -> Result<Duration> {
        let given = layers.number(name)?.filter(|seconds| *seconds > 0);
        Ok(given.map_or(default, |seconds| Duration::from_secs(seconds.into())))
    };
    let keepalive = Keepalive {
        idle: seconds("keepalives_idle", KEEPALIVE_IDLE)?,
        interval: seconds("keepalives_interval", KEEPALIVE_INTERVAL)?,
        count: layers.number("keepalives_count")?.filter(|n| *n > 0).unwrap_or(KEEPALIVE_COUNT),
    };
    Ok((layers.number("keepalives")? != Some(0)).then_some(keepalive))
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
