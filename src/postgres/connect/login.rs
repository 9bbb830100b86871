//! One login at one address: with TLS or without, and the other way where sslmode allows it.

use std::future::poll_fn;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::error::{Severity, SqlState};
use tokio_postgres::{AsyncMessage, Client, Config as Driver, Connection, NoTls};

use super::endpoint::{Endpoint, Host, socket_file};
use super::facts::facts;
use super::link::TapConnector;
use super::params::ConnParams;
use super::tls::{Tls, Way};
use super::{CancelBy, Canceller, Notice, Session, failure};
use crate::error::{Error, Result};
use crate::postgres::tap::{Tap, Tapped};

/// One attempt to log in.
#[derive(Clone, Copy)]
pub(super) struct Login<'a> {
    pub(super) params: &'a ConnParams,
    pub(super) tls: Option<&'a Tls>,
    pub(super) endpoint: &'a Endpoint,
    pub(super) addr: Option<IpAddr>,
    /// Takes the rows off the connection.
    pub(super) tap: Option<&'a Tap>,
}

impl Login<'_> {
    /// Logs in by one of the ways that sslmode allows; says also whether the session is read-only.
    pub(super) async fn run(self) -> Result<(Session, bool)> {
        let mode = self.params.tls.mode;
        let ways = if self.endpoint.is_tcp() { mode.ways() } else { &[Way::Plain] };
        let mut told: Option<Refusal> = None;
        for way in ways {
            let refusal = match self.by(*way).await {
                Ok(session) => return Ok(session),
                Err(refusal) => refusal,
            };
            let go_on = refusal.other_way;
            if go_on {
                tracing::info!("{} (sslmode={mode})", refusal.error.chain());
            }
            if told.as_ref().is_none_or(|told| told.reason.yields_to(refusal.reason)) {
                told = Some(refusal);
            }
            if !go_on {
                break;
            }
        }
        let none = || failure::unreachable(self.endpoint, std::io::ErrorKind::Other);
        Err(told.map_or_else(none, |refusal| refusal.error))
    }

    async fn by(self, way: Way) -> Result<(Session, bool), Refusal> {
        let ended = Arc::new(OnceLock::new());
        let tls = self.tls.filter(|_| way != Way::Plain).map(Tls::connector);
        let tls = tls.transpose().map_err(Refusal::last)?;
        let version = || tls.as_ref().and_then(|(_, negotiated)| negotiated.version());
        let connector = tls.as_ref().map(|(connector, _)| connector.clone());
        let told = || self.params.notices.clone();
        let connected = match (&self.endpoint.host, self.tap) {
            (Host::Socket(folder), Some(tap)) => {
                let file = socket_file(folder, self.endpoint.port);
                return self.by_socket(file, tap, &ended).await;
            }
            (_, Some(tap)) => {
                let connector = TapConnector { tls: connector, tap: tap.clone() };
                let client =
                    keep(driver(self, way).connect(connector.clone()).await, &ended, told());
                client.map(|client| (client, CancelBy::Tapped(connector)))
            }
            (_, None) => match connector {
                None => keep(driver(self, way).connect(NoTls).await, &ended, told())
                    .map(|client| (client, CancelBy::Plain)),
                Some(connector) => {
                    keep(driver(self, way).connect(connector.clone()).await, &ended, told())
                        .map(|client| (client, CancelBy::Tls(connector)))
                }
            },
        };
        let (client, cancel_by) =
            connected.map_err(|error| self.refusal(error, way, version().is_some()))?;
        // Where the server offered no TLS there is none to cancel by either.
        let cancel_by = match (cancel_by, version()) {
            (CancelBy::Tls(_), None) => CancelBy::Plain,
            (cancel_by, _) => cancel_by,
        };
        self.finish(client, (cancel_by, version()), ended).await.map_err(Refusal::last)
    }

    /// Logs in over a Unix socket with a tap on it: the driver has no place for one there.
    async fn by_socket(
        self,
        file: PathBuf,
        tap: &Tap,
        ended: &Arc<OnceLock<String>>,
    ) -> Result<(Session, bool), Refusal> {
        let socket = UnixStream::connect(&file).await.map_err(|error| {
            Refusal::last(failure::unreachable(self.endpoint, error.kind()).with_source(error))
        })?;
        let tapped = Tapped::new(socket, tap.clone());
        let client = keep(
            driver(self, Way::Plain).connect_raw(tapped, NoTls).await,
            ended,
            self.params.notices.clone(),
        );
        let client = client.map_err(|error| self.refusal(error, Way::Plain, false))?;
        let way = (CancelBy::Socket(file), None);
        self.finish(client, way, Arc::clone(ended)).await.map_err(Refusal::last)
    }

    fn refusal(self, error: tokio_postgres::Error, way: Way, encrypted: bool) -> Refusal {
        let reason = Reason::of(&error);
        let roots = self.tls.map(Tls::source).unwrap_or_default();
        let error = failure::connect_error(self.params, self.endpoint, roots, error);
        Refusal { error, reason, other_way: reason.allows_other_way(way, encrypted) }
    }

    /// Asks a fresh session for the facts.
    async fn finish(
        self,
        client: Client,
        (cancel_by, version): (CancelBy, Option<&'static str>),
        ended: Arc<OnceLock<String>>,
    ) -> Result<(Session, bool)> {
        let (mut server, read_only) = facts(&client, self.endpoint).await?;
        server.tls = version.map(str::to_owned);
        let address = self.endpoint.to_string();
        let canceller = Canceller {
            token: client.cancel_token(),
            by: cancel_by,
            address: address.clone(),
            limit: self.params.limit,
        };
        let endpoint = self.endpoint.at(self.addr);
        Ok((Session { client, server, canceller, address, endpoint, ended }, read_only))
    }
}

/// Why one way of logging in failed.
struct Refusal {
    error: Error,
    reason: Reason,
    /// Whether the opposite of TLS or plain may do better.
    other_way: bool,
}

impl Refusal {
    /// One that the other way cannot mend.
    fn last(error: Error) -> Self {
        Self { error, reason: Reason::Other, other_way: false }
    }
}

/// What sort of refusal it is, as far as it matters for the choice of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// The server lets nobody in this way (SQLSTATE 28000).
    NoEntry,
    /// The server does not let in this login.
    Login,
    /// TLS broke before the server said anything.
    TlsBroke,
    /// The server has no TLS.
    NoTls,
    Other,
}

impl Reason {
    fn of(error: &tokio_postgres::Error) -> Self {
        let code = error.code().map(SqlState::code).unwrap_or_default();
        if code == "28000" {
            Self::NoEntry
        } else if code.starts_with("28") {
            Self::Login
        } else if failure::is_without_tls(error) {
            Self::NoTls
        } else if failure::is_tls(error) {
            Self::TlsBroke
        } else {
            Self::Other
        }
    }

    /// Whether the opposite of TLS or plain may do better, as libpq sees it.
    fn allows_other_way(self, way: Way, encrypted: bool) -> bool {
        let login = matches!(self, Self::NoEntry | Self::Login);
        match way {
            Way::Plain => login,
            Way::TlsIfOffered => {
                matches!(self, Self::TlsBroke | Self::NoTls) || (encrypted && login)
            }
            Way::Tls => false,
        }
    }

    /// Whether a later reason says more than that the server wanted the first way.
    fn yields_to(self, later: Self) -> bool {
        match self {
            Self::NoEntry => !matches!(later, Self::NoEntry | Self::NoTls),
            Self::TlsBroke => !matches!(later, Self::NoEntry | Self::TlsBroke),
            Self::NoTls => true,
            Self::Login | Self::Other => false,
        }
    }
}

/// Runs a connection until it ends, and keeps the reason.
fn keep<S, T>(
    connected: Result<(Client, Connection<S, T>), tokio_postgres::Error>,
    ended: &Arc<OnceLock<String>>,
    notices: Option<mpsc::Sender<Notice>>,
) -> Result<Client, tokio_postgres::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (client, connection) = connected?;
    let ended = Arc::clone(ended);
    tokio::spawn(async move {
        if let Err(error) = listen(connection, notices).await {
            let error = failure::database_error("keeping the connection", error).chain();
            tracing::debug!("{error}");
            let _ = ended.set(error);
        }
    });
    Ok(client)
}

/// Drives a connection to its end, and tells its notices, as far as somebody takes them.
async fn listen<S, T>(
    mut connection: Connection<S, T>,
    notices: Option<mpsc::Sender<Notice>>,
) -> Result<(), tokio_postgres::Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
        let AsyncMessage::Notice(notice) = message? else { continue };
        let Some(notices) = &notices else { continue };
        let text = format!("{}: {}", notice.severity(), notice.message().replace('\n', " "));
        let is_warning = notice.parsed_severity() == Some(Severity::Warning);
        // One who does not listen must not stop the connection.
        let _ = notices.try_send(Notice { text, is_warning });
    }
    Ok(())
}

/// The driver's own form of the parameters, for one address.
fn driver(login: Login<'_>, way: Way) -> Driver {
    let Login { params, endpoint, addr, .. } = login;
    // A tap needs its own connector for each way, also for the plain one.
    let tapped = login.tap.is_some() && endpoint.is_tcp();
    let ssl_mode = match way {
        Way::Plain if !tapped => SslMode::Disable,
        Way::TlsIfOffered if !tapped => SslMode::Prefer,
        _ => SslMode::Require,
    };
    let direct = params.tls.direct || (tapped && way == Way::Plain);
    let ssl_negotiation = if direct { SslNegotiation::Direct } else { SslNegotiation::Postgres };
    let mut driver = Driver::new();
    driver
        .user(&params.user)
        .dbname(&params.database)
        .application_name(&params.application_name)
        .port(endpoint.port)
        .ssl_mode(ssl_mode)
        .ssl_negotiation(ssl_negotiation)
        .channel_binding(params.channel_binding)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_way_is_tried_where_libpq_tries_it() {
        for (way, encrypted, reason, tried) in [
            (Way::Plain, false, Reason::NoEntry, true),
            (Way::Plain, false, Reason::Login, true),
            (Way::Plain, false, Reason::Other, false),
            (Way::TlsIfOffered, true, Reason::NoEntry, true),
            (Way::TlsIfOffered, false, Reason::NoEntry, false),
            (Way::TlsIfOffered, false, Reason::TlsBroke, true),
            (Way::TlsIfOffered, false, Reason::NoTls, true),
            (Way::Tls, false, Reason::NoTls, false),
            (Way::Tls, true, Reason::NoEntry, false),
            (Way::Tls, false, Reason::TlsBroke, false),
        ] {
            assert_eq!(reason.allows_other_way(way, encrypted), tried, "{way:?} {reason:?}");
        }
    }

    #[test]
    fn of_two_refusals_the_one_that_says_more_is_told() {
        assert!(!Reason::NoEntry.yields_to(Reason::NoTls), "the server has neither way");
        assert!(Reason::NoEntry.yields_to(Reason::TlsBroke), "only TLS is let in, and it broke");
        assert!(Reason::NoEntry.yields_to(Reason::Login));
        assert!(Reason::TlsBroke.yields_to(Reason::Login));
        assert!(!Reason::TlsBroke.yields_to(Reason::NoEntry));
        assert!(!Reason::Login.yields_to(Reason::NoEntry));
    }
}
