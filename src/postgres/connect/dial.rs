//! One endpoint after the other until a session stands.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio_postgres::{Config as Driver, NoTls, SimpleQueryMessage};

use super::endpoint::{Endpoint, Host};
use super::params::{ChannelBinding, ConnParams, SessionWish, SslMode};
use super::{Canceller, Session, failure};
use crate::error::{Error, ErrorKind, Result};
use crate::model::catalog::ServerInfo;

/// The oldest server whose catalog is understood.
const OLDEST: u32 = 100_000;

const FACTS: &str = "select pg_catalog.current_setting('server_version'), \
    pg_catalog.current_setting('server_version_num'), \
    current_user, \
    (select rolsuper from pg_catalog.pg_roles where rolname = current_user), \
    pg_catalog.pg_is_in_recovery(), \
    pg_catalog.current_setting('transaction_read_only')";

/// Runs within a limit, where there is one; `None` means that the time was over.
pub(super) async fn within<T>(limit: Option<Duration>, work: impl Future<Output = T>) -> Option<T> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, work).await.ok(),
        None => Some(work.await),
    }
}

/// Opens a session on the first endpoint that can be used. One that cannot be reached, or is of the
/// wrong sort, makes way for the next; a refused login does not, as in libpq.
pub(super) async fn open(params: &ConnParams) -> Result<Session> {
    let mut failures = Vec::new();
    for wish in rounds(params.session) {
        for endpoint in order(params) {
            match attempt(params, &endpoint, *wish).await {
                Ok(session) => return Ok(session),
                Err(error) if error.is_transient() => failures.push(error),
                Err(error) => return Err(error),
            }
        }
    }
    Err(none_of(failures))
}

/// A wish that is only a preference needs a second round.
fn rounds(wish: SessionWish) -> &'static [SessionWish] {
    match wish {
        SessionWish::Any => &[SessionWish::Any],
        SessionWish::ReadWrite => &[SessionWish::ReadWrite],
        SessionWish::ReadOnly => &[SessionWish::ReadOnly],
        SessionWish::Primary => &[SessionWish::Primary],
        SessionWish::Standby => &[SessionWish::Standby],
        SessionWish::PreferStandby => &[SessionWish::Standby, SessionWish::Any],
    }
}

fn order(params: &ConnParams) -> Vec<Endpoint> {
    let mut endpoints = params.endpoints.clone();
    if params.shuffle {
        endpoints.sort_by_cached_key(|_| random());
    }
    endpoints
}

/// A number that differs from call to call: the standard library seeds its hashers at random.
fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

/// The only failure, or one that tells them all.
fn none_of(mut failures: Vec<Error>) -> Error {
    if failures.len() > 1 {
        let all: Vec<String> = failures.iter().map(Error::chain).collect();
        let message = format!("none of the hosts can be used: {}", all.join("; "));
        return Error::new(ErrorKind::Connection, message);
    }
    let none = || Error::new(ErrorKind::Internal, "there was no host to connect to");
    failures.pop().unwrap_or_else(none)
}

async fn attempt(params: &ConnParams, endpoint: &Endpoint, wish: SessionWish) -> Result<Session> {
    let work = async {
        let mut last = None;
        for addr in addresses(endpoint).await? {
            match session(params, endpoint, addr).await {
                Err(error) if error.is_transient() => last = Some(error),
                other => return other,
            }
        }
        Err(last.unwrap_or_else(|| failure::unreachable(endpoint, std::io::ErrorKind::NotFound)))
    };
    let limited = within(params.limit, work).await;
    let (session, read_only) = limited
        .unwrap_or_else(|| Err(failure::silent(endpoint, params.limit.unwrap_or_default())))?;
    if suits(wish, &session.server, read_only) {
        return Ok(session);
    }
    let message = format!("{endpoint} is not a server as target_session_attrs wants it");
    Err(Error::new(ErrorKind::Connection, message))
}

fn suits(wish: SessionWish, server: &ServerInfo, read_only: bool) -> bool {
    match wish {
        SessionWish::Any | SessionWish::PreferStandby => true,
        SessionWish::ReadWrite => !read_only,
        SessionWish::ReadOnly => read_only,
        SessionWish::Primary => !server.in_recovery,
        SessionWish::Standby => server.in_recovery,
    }
}

/// The addresses of an endpoint; a socket has none but its folder.
async fn addresses(endpoint: &Endpoint) -> Result<Vec<Option<IpAddr>>> {
    match &endpoint.host {
        Host::Socket(_) => Ok(vec![None]),
        Host::Tcp { addr: Some(addr), .. } => Ok(vec![Some(*addr)]),
        Host::Tcp { name, addr: None } => {
            let found = tokio::net::lookup_host((name.as_str(), endpoint.port)).await;
            let found = found.map_err(|error| {
                Error::new(ErrorKind::Connection, format!("host {name} has no address"))
                    .with_hint("check the host name and the network")
                    .with_source(error)
            })?;
            Ok(found.map(|addr| Some(addr.ip())).collect())
        }
    }
}

/// One login, and whether the session is read-only.
async fn session(
    params: &ConnParams,
    endpoint: &Endpoint,
    addr: Option<IpAddr>,
) -> Result<(Session, bool)> {
    if endpoint.is_tcp() && params.sslmode > SslMode::Prefer {
        return Err(Error::new(ErrorKind::Internal, "TLS is not built yet"));
    }
    let driver = driver(params, endpoint, addr);
    let (client, connection) = driver
        .connect(NoTls)
        .await
        .map_err(|error| failure::connect_error(params, endpoint, error))?;
    let ended = Arc::new(OnceLock::new());
    let reason = Arc::clone(&ended);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            let error = failure::database_error("keeping the connection", error).chain();
            tracing::debug!("{error}");
            let _ = reason.set(error);
        }
    });
    let (server, read_only) = facts(&client, endpoint).await?;
    let address = endpoint.to_string();
    let canceller =
        Canceller { token: client.cancel_token(), address: address.clone(), limit: params.limit };
    Ok((Session { client, server, canceller, address, ended }, read_only))
}

/// The driver's own form of the parameters, for one address.
fn driver(params: &ConnParams, endpoint: &Endpoint, addr: Option<IpAddr>) -> Driver {
    let mut driver = Driver::new();
    driver
        .user(&params.user)
        .dbname(&params.database)
        .application_name(&params.application_name)
        .port(endpoint.port)
        .ssl_mode(tokio_postgres::config::SslMode::Disable)
        .channel_binding(match params.channel_binding {
            ChannelBinding::Disable => tokio_postgres::config::ChannelBinding::Disable,
            ChannelBinding::Prefer => tokio_postgres::config::ChannelBinding::Prefer,
            ChannelBinding::Require => tokio_postgres::config::ChannelBinding::Require,
        })
        .keepalives(params.keepalive.is_some());
    match &endpoint.host {
        Host::Socket(folder) => driver.host_path(folder),
        Host::Tcp { name, .. } => driver.host(name),
    };
    if let Some(addr) = addr {
        driver.hostaddr(addr);
    }
    if let Some(password) = params.password_for(endpoint) {
        driver.password(password.expose());
    }
    if let Some(options) = &params.options {
        driver.options(options);
    }
    if let Some(keepalive) = params.keepalive {
        driver
            .keepalives_idle(keepalive.idle)
            .keepalives_interval(keepalive.interval)
            .keepalives_retries(keepalive.count);
    }
    if let Some(timeout) = params.tcp_user_timeout {
        driver.tcp_user_timeout(timeout);
    }
    driver
}

/// Asks the server what it is; refuses one that is too old.
async fn facts(client: &tokio_postgres::Client, endpoint: &Endpoint) -> Result<(ServerInfo, bool)> {
    let doing = "asking the server for its version";
    let asked = client.simple_query(FACTS).await;
    let messages = asked.map_err(|error| failure::database_error(doing, error))?;
    let row = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let text = |column: usize| {
        row.filter(|row| column < row.len()).and_then(|row| row.get(column)).unwrap_or_default()
    };
    let version = text(0).to_owned();
    let version_num = text(1).parse().unwrap_or_default();
    if version_num < OLDEST {
        let message = format!("{endpoint} runs PostgreSQL {version}, which is too old");
        return Err(Error::new(ErrorKind::Database, message)
            .with_hint("version 10 is the oldest that can be backed up and restored"));
    }
    let server = ServerInfo {
        product: "PostgreSQL".to_owned(),
        version,
        version_num,
        user: text(2).to_owned(),
        superuser: text(3) == "t",
        in_recovery: text(4) == "t",
        tls: None,
    };
    Ok((server, text(5) == "on"))
}
