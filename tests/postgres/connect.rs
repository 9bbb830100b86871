//! Connecting and browsing, on real servers.

use std::path::PathBuf;
use std::time::Duration;

use dbbackup::config::{Config, dsn};
use dbbackup::error::{Error, ErrorKind, Result};
use dbbackup::model::conn::Target;
use dbbackup::model::secret::Secret;
use dbbackup::postgres::connect::{self, ConnParams, Session, database_error};

use crate::support::{self, Server};

mod browse;
mod browsing;
mod faults;
mod logins;
mod tls;

/// A configuration that sees nothing of the real user.
fn config(env: &[(&str, &str)]) -> Config {
    let mut config = Config::default();
    config.paths.home = PathBuf::from("/nonexistent");
    for (name, value) in env {
        config.env.0.insert((*name).to_owned(), Secret::new(*value));
    }
    config
}

fn resolve(url: &str) -> Result<ConnParams> {
    ConnParams::resolve(&dsn::target(url), &config(&[]))
}

async fn try_open(url: &str) -> Result<Session> {
    connect::open(&resolve(url).unwrap()).await
}

async fn open(url: &str) -> Session {
    try_open(url).await.unwrap()
}

async fn fail(url: &str) -> Error {
    try_open(url).await.unwrap_err()
}

#[tokio::test]
async fn a_session_says_what_the_server_is() {
    let server = Server::shared();
    let session = open(&server.url("postgres")).await;
    assert_eq!(session.server.product, "PostgreSQL");
    assert!(session.server.version_num >= 150_000, "{:?}", session.server);
    assert!(session.server.superuser && !session.server.in_recovery);
    assert_eq!((session.server.user.as_str(), &session.server.tls), ("postgres", &None));
    let name = session.client.query_one("show application_name", &[]).await.unwrap();
    assert_eq!(name.get::<_, &str>(0), "dbbackup");
}

#[tokio::test]
async fn a_unix_socket_is_reached_by_its_folder() {
    let server = Server::shared();
    let folder = server.folder.to_str().unwrap();
    for url in [
        format!("postgres://postgres@{}:{}/postgres", folder.replace('/', "%2F"), server.port),
        format!("host={folder} port={} user=postgres", server.port),
    ] {
        let session = open(&url).await;
        assert_eq!(session.address, format!("{folder}/.s.PGSQL.{}", server.port));
    }
}

#[tokio::test]
async fn the_environment_alone_is_enough() {
    let server = Server::shared();
    let port = server.port.to_string();
    let env = config(&[("PGHOST", "127.0.0.1"), ("PGPORT", &port), ("PGUSER", "postgres")]);
    let params = ConnParams::resolve(&Target::default(), &env).unwrap();
    assert_eq!(params.database(), "postgres");
    connect::open(&params).await.unwrap();
}

#[tokio::test]
async fn an_unknown_database_is_permanent_and_a_refused_port_is_not() {
    let error = fail(&Server::shared().url("nowhere")).await;
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Database, Some("3D000")));
    assert!(!error.is_transient());
    assert!(error.to_string().contains("\"nowhere\" does not exist"), "{error}");
    let port = support::free_port();
    let error = fail(&format!("postgres://postgres@127.0.0.1:{port}/x")).await;
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.is_transient());
    assert!(error.chain().contains("refused"), "{}", error.chain());
    assert!(error.hint().unwrap().contains("listens"), "{error:?}");
}

#[tokio::test]
async fn a_cancel_ends_the_statement_and_nothing_else() {
    let session = open(&Server::shared().url("postgres")).await;
    let sleep = session.client.batch_execute("select pg_sleep(60)");
    let cancel = async {
        // The request may come before the statement runs: ask again until it has had its effect.
        loop {
            session.canceller.cancel().await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let error =
        tokio::select! { ended = sleep => ended.unwrap_err(), () = cancel => unreachable!() };
    let error = database_error("sleeping", error);
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Database, Some("57014")));
    session.client.batch_execute("select 1").await.unwrap();
}

#[tokio::test]
async fn a_lost_connection_is_transient_and_says_why() {
    let server = Server::shared();
    let session = open(&server.url("postgres")).await;
    let row = session.client.query_one("select pg_backend_pid()", &[]).await.unwrap();
    server.psql("postgres", &format!("select pg_terminate_backend({})", row.get::<_, i32>(0)));
    let closed = async {
        while !session.client.is_closed() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), closed).await.unwrap();
    let error = database_error("asking", session.client.batch_execute("").await.unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.is_transient());
    assert!(session.why_closed().unwrap().contains("administrator"), "{:?}", session.why_closed());
}

#[tokio::test]
async fn a_failed_statement_keeps_code_detail_and_hint() {
    let session = open(&Server::shared().url("postgres")).await;
    let failed = session.client.batch_execute(
        "do $$ begin raise exception 'no' using errcode = 'AB123', detail = 'det', hint = 'do it'; end $$",
    );
    let error = database_error("raising", failed.await.unwrap_err());
    assert_eq!(error.to_string(), "raising failed: no (det)");
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Database, Some("AB123")));
    assert_eq!(error.hint(), Some("do it"));
}
