//! One endpoint after the other until a session stands, each within the time limit.

use std::net::IpAddr;
use std::time::Duration;

use super::endpoint::{Endpoint, Host};
use super::login::Login;
use super::params::{ConnParams, SessionWish};
use super::tls::{SslMode, Tls};
use super::{Session, failure};
use crate::error::{Error, ErrorKind, Result};
use crate::model::catalog::ServerInfo;
use crate::postgres::tap::Tap;

/// Runs within a limit, where there is one; `None` means that the time was over.
pub(super) async fn within<T>(limit: Option<Duration>, work: impl Future<Output = T>) -> Option<T> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, work).await.ok(),
        None => Some(work.await),
    }
}

/// Opens a session on the first endpoint that can be used. One that cannot be reached, or is of the
/// wrong sort, makes way for the next; a refused login does not, as in libpq.
pub(super) async fn open(params: &ConnParams, tap: Option<&Tap>) -> Result<Session> {
    let network = params.endpoints.iter().any(Endpoint::is_tcp);
    let tls = if network && params.tls.mode != SslMode::Disable {
        Some(params.tls.load()?)
    } else {
        None
    };
    let mut failures = Vec::new();
    for wish in rounds(params.session) {
        for endpoint in order(params) {
            match attempt(params, (tls.as_ref(), tap), &endpoint, *wish).await {
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

async fn attempt(
    params: &ConnParams,
    (tls, tap): (Option<&Tls>, Option<&Tap>),
    endpoint: &Endpoint,
    wish: SessionWish,
) -> Result<Session> {
    let work = async {
        let mut last = None;
        for addr in addresses(endpoint).await? {
            match (Login { params, tls, endpoint, addr, tap }).run().await {
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
