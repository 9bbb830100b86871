//! Words for what goes wrong: errors of the driver and of the server become the crate's error, with
//! what the user can do next.

use std::error::Error as StdError;
use std::io;

use rustls::CertificateError;
use tokio_postgres::error::{DbError, Severity, SqlState};

use super::endpoint::{Endpoint, Host};
use super::params::ConnParams;
use crate::error::{Error, ErrorKind};

/// The crate's error for a failure of the server or the driver: keeps the SQLSTATE, detail and hint
/// of the server. `doing` reads like "copying public.orders". A lost connection becomes a transient
/// error of kind `Connection`.
pub fn database_error(doing: &str, error: tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        Some(db) => from_server(doing, db),
        None if is_lost(&error) => {
            Error::new(ErrorKind::Connection, format!("{doing} failed: the connection was lost"))
                .with_source(error)
        }
        None => Error::new(ErrorKind::Database, format!("{doing} failed")).with_source(error),
    }
}

fn from_server(doing: &str, db: &DbError) -> Error {
    let kind = if ends_session(db) { ErrorKind::Connection } else { ErrorKind::Database };
    let mut message = format!("{doing} failed: {}", one_line(db.message()));
    if let Some(detail) = db.detail() {
        message.push_str(" (");
        message.push_str(&one_line(detail));
        message.push(')');
    }
    let error = Error::new(kind, message).with_sqlstate(db.code().code());
    match db.hint() {
        Some(hint) => error.with_hint(one_line(hint)),
        None => error,
    }
}

fn one_line(text: &str) -> String {
    text.replace('\n', " ")
}

/// Whether the server closed the session with this error.
fn ends_session(db: &DbError) -> bool {
    let fatal = matches!(db.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
    fatal || db.code().code().starts_with("08")
}

/// Whether the connection is gone.
pub(super) fn is_lost(error: &tokio_postgres::Error) -> bool {
    error.is_closed() || io_cause(error).is_some_and(|e| e.kind() != io::ErrorKind::InvalidInput)
}

fn io_cause(error: &tokio_postgres::Error) -> Option<&io::Error> {
    error.source()?.downcast_ref::<io::Error>()
}

/// The error for an attempt to connect that failed.
pub(super) fn connect_error(
    params: &ConnParams,
    endpoint: &Endpoint,
    roots: &str,
    error: tokio_postgres::Error,
) -> Error {
    if let Some(cause) = tls_cause(&error) {
        let told = tls_error(endpoint, roots, cause);
        return told.with_source(error);
    }
    if is_without_tls(&error) {
        let mode = params.tls.mode;
        return Error::new(
            ErrorKind::Connection,
            format!("{endpoint} does not offer TLS, and sslmode is {mode}"),
        )
        .with_transient(false)
        .with_hint(
            "turn on ssl in the server's postgresql.conf, or use sslmode=prefer to go without",
        );
    }
    if let Some(db) = error.as_db_error() {
        return refused_by_server(params, endpoint, db);
    }
    if let Some(cause) = io_cause(&error) {
        let kind = cause.kind();
        return unreachable(endpoint, kind).with_source(error);
    }
    if error.is_closed() {
        let message = format!("{endpoint} closed the connection before it was ready");
        return Error::new(ErrorKind::Connection, message)
            .with_hint("check that a PostgreSQL server listens there, and its log");
    }
    if error.source().is_some_and(|cause| cause.to_string() == "password missing") {
        let message =
            format!("{endpoint} asks for a password of role {}, and there is none", params.user);
        return Error::new(ErrorKind::Authentication, message)
            .with_hint(params.password_source(endpoint).to_string());
    }
    let message = format!("logging in to {endpoint} as {} failed", params.user);
    Error::new(ErrorKind::Authentication, message).with_source(error)
}

/// The error for an endpoint that did not answer in time.
pub(super) fn silent(endpoint: &Endpoint, limit: std::time::Duration) -> Error {
    let message = format!("no answer from {endpoint} within {} s", limit.as_secs_f32());
    Error::new(ErrorKind::Connection, message)
        .with_hint("check the host, the port and the firewall, or raise connect_timeout")
}

/// The error for an endpoint that could not be reached.
pub(super) fn unreachable(endpoint: &Endpoint, kind: io::ErrorKind) -> Error {
    let error = Error::new(ErrorKind::Connection, format!("cannot connect to {endpoint}"));
    match (kind, &endpoint.host) {
        (io::ErrorKind::ConnectionRefused, _) => {
            error.with_hint("check that the server runs and listens on this address and port")
        }
        (io::ErrorKind::NotFound, Host::Socket(_)) => error
            .with_hint("no server has its socket there; check host (the socket's folder) and port"),
        (io::ErrorKind::PermissionDenied, Host::Socket(_)) => {
            error.with_transient(false).with_hint("this user may not use the socket; name a host")
        }
        (io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof, _) => {
            error.with_hint("check that a PostgreSQL server listens there, and its log")
        }
        _ => error.with_hint("check the host name and the network"),
    }
}

/// Whether TLS itself failed.
pub(super) fn is_tls(error: &tokio_postgres::Error) -> bool {
    // The driver keeps its kinds to itself; these words are its own for this one.
    tls_cause(error).is_some() || error.to_string().starts_with("error performing TLS handshake")
}

/// Whether the server has no TLS where it was required.
pub(super) fn is_without_tls(error: &tokio_postgres::Error) -> bool {
    error.source().is_some_and(|cause| cause.to_string() == "server does not support TLS")
}

fn tls_cause(error: &tokio_postgres::Error) -> Option<&rustls::Error> {
    io_cause(error)?.get_ref()?.downcast_ref()
}

fn tls_error(endpoint: &Endpoint, roots: &str, cause: &rustls::Error) -> Error {
    let error = |message: String, hint: String| {
        Error::new(ErrorKind::Connection, message).with_transient(false).with_hint(hint)
    };
    match cause {
        rustls::Error::InvalidCertificate(why) => error(
            format!("the certificate of {endpoint} is not accepted"),
            certificate_hint(roots, why),
        ),
        rustls::Error::AlertReceived(_) => error(
            format!("{endpoint} broke off the TLS handshake"),
            "look into the server's log; where it asks for a client certificate, check sslcert= \
             and sslkey="
                .to_owned(),
        ),
        _ => error(
            format!("the TLS handshake with {endpoint} failed"),
            "the server must speak TLS 1.2 or 1.3".to_owned(),
        ),
    }
}

fn certificate_hint(roots: &str, why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer => {
            format!("no root in {roots} vouches for it; name the right authority by sslrootcert=")
        }
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            "it has no subjectAltName (a common name does not count): issue one with it, or use \
             sslmode=verify-ca"
                .to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "connect by a name that the certificate has, or use sslmode=verify-ca".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "renew the server's certificate, and check the clock of this machine".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "check the clock of this machine".to_owned()
        }
        _ => "check the server's certificate: openssl x509 -text".to_owned(),
    }
}

fn refused_by_server(params: &ConnParams, endpoint: &Endpoint, db: &DbError) -> Error {
    let (user, database) = (&params.user, &params.database);
    let error = |kind| {
        let message = format!(
            "connecting to {endpoint} as {user} to database {database} failed: {}",
            one_line(db.message())
        );
        Error::new(kind, message).with_sqlstate(db.code().code())
    };
    let code = db.code();
    if *code == SqlState::INVALID_PASSWORD {
        let source = params.password_source(endpoint);
        return error(ErrorKind::Authentication)
            .with_hint(format!("check the password of role {user}: {source}"));
    }
    if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        return error(ErrorKind::Authentication).with_hint(not_authorised(params, endpoint, db));
    }
    if *code == SqlState::INVALID_CATALOG_NAME {
        return error(ErrorKind::Database)
            .with_hint(format!("name another database than {database}: dbname= or PGDATABASE"));
    }
    if *code == SqlState::CANNOT_CONNECT_NOW {
        return error(ErrorKind::Connection).with_hint("the server will be ready soon");
    }
    if *code == SqlState::TOO_MANY_CONNECTIONS {
        return error(ErrorKind::Connection).with_hint(
            "wait, close other sessions, or raise max_connections; fewer jobs (-j) help",
        );
    }
    // Shutting down, out of memory, out of disk: it may be better the next time.
    if ["08", "53", "57", "58"].iter().any(|class| code.code().starts_with(class)) {
        return error(ErrorKind::Connection);
    }
    if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        return error(ErrorKind::Authentication)
            .with_hint(format!("GRANT CONNECT ON DATABASE {database} TO {user}"));
    }
    error(ErrorKind::Database)
}

/// What to do about 28000: the server tells the cases apart by words only.
fn not_authorised(params: &ConnParams, endpoint: &Endpoint, db: &DbError) -> String {
    let (user, database) = (&params.user, &params.database);
    let message = db.message();
    if message.contains("certificate") {
        return "give a client certificate that the server trusts: sslcert= and sslkey=".to_owned();
    }
    if message.contains("pg_hba.conf") {
        let ssl = if message.contains("no encryption") || message.contains("SSL off") {
            "; the entry may be for encrypted connections only (hostssl): try sslmode=require"
        } else {
            ""
        };
        return format!(
            "add a line to the server's pg_hba.conf that lets role {user} reach database \
             {database} from this machine{ssl}"
        );
    }
    if message.contains("does not exist") {
        return format!("create role {user}, or name another: user= or PGUSER");
    }
    if message.contains("Peer") || message.contains("peer") {
        return format!(
            "the socket lets in only the system user of the same name; name a role, or connect by \
             host=localhost (now {endpoint})"
        );
    }
    format!("check that role {user} may log in: ALTER ROLE ... LOGIN, and pg_hba.conf")
}
