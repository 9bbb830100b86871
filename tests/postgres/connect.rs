//! Connecting and browsing, on real servers.

use std::path::PathBuf;
use std::time::Duration;

use dbbackup::config::{Config, dsn};
use dbbackup::error::{Error, ErrorKind, Result};
use dbbackup::model::catalog::{Catalog, RelationInfo, RelationKind};
use dbbackup::model::conn::Target;
use dbbackup::model::secret::Secret;
use dbbackup::postgres::browse;
use dbbackup::postgres::connect::{self, ConnParams, Session, database_error};

use crate::support::{self, Server};

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

fn relation<'a>(catalog: &'a Catalog, name: &str) -> &'a RelationInfo {
    let found = catalog.relations.iter().find(|relation| relation.name.to_string() == name);
    found.unwrap_or_else(|| panic!("{name} is not in {:?}", catalog.relations))
}

#[tokio::test]
async fn the_catalog_shows_every_relation_of_the_user_with_sizes_and_references() {
    let server = Server::shared();
    let database = server.create_database("browse");
    server.psql(
        &database,
        "create schema empty; create schema app;
         create table app.t (id int primary key, note text);
         insert into app.t select n, repeat('x', 100) from generate_series(1, 1000) n;
         create table app.r (t int references app.t, t2 int references app.t);
         create table app.p (id int) partition by range (id);
         create table app.p1 partition of app.p for values from (0) to (10);
         create view app.v as select 1 as a;
         create materialized view app.m as select 1 as a;
         create sequence app.s;
         create extension hstore; create foreign data wrapper w; create server srv foreign data wrapper w;
         create foreign table app.f (a int) server srv;
         vacuum analyze app.t;",
    );
    let session = open(&server.url(&database)).await;
    let catalog = browse::catalog(&session.client, &database).await.unwrap();
    assert_eq!(
        (catalog.database.as_str(), catalog.schemas.join(" ")),
        (&*database, "app empty public".into())
    );
    let names: Vec<String> = catalog.relations.iter().map(|r| r.name.to_string()).collect();
    assert_eq!(
        names,
        ["app.f", "app.m", "app.p", "app.p1", "app.r", "app.s", "app.t", "app.v"],
        "sorted, without the extension's and without indexes"
    );
    let t = relation(&catalog, "app.t");
    assert_eq!(
        (t.kind, t.rows_estimate, t.owner.as_str()),
        (RelationKind::Table, Some(1000), "postgres")
    );
    assert!(t.data_bytes >= 100_000 && t.total_bytes > t.data_bytes, "{t:?}");
    let size = server.psql(&database, "select pg_total_relation_size('app.t')");
    assert_eq!(t.total_bytes.to_string(), size.trim());
    let r = relation(&catalog, "app.r");
    assert_eq!((r.references.as_slice(), r.rows_estimate), ([t.oid].as_slice(), None));
    assert_eq!(relation(&catalog, "app.p1").parent, Some(relation(&catalog, "app.p").oid));
    assert_eq!(relation(&catalog, "app.p").kind, RelationKind::Partitioned);
    assert_eq!(relation(&catalog, "app.v").kind, RelationKind::View);
    assert_eq!(relation(&catalog, "app.m").kind, RelationKind::MaterializedView);
    assert_eq!(relation(&catalog, "app.f").kind, RelationKind::Foreign);
    assert_eq!(relation(&catalog, "app.s").kind, RelationKind::Sequence);
}
