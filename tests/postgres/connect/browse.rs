//! The lists that the console shows.

use std::collections::BTreeMap;
use std::time::Duration;

use dbbackup::model::catalog::{Catalog, RelationInfo, RelationKind};
use dbbackup::postgres::browse;

use super::open;
use crate::support::{Server, ServerOptions, installations};

const OBJECTS: &str = "
    create schema empty; create schema app;
    create table app.t (id int primary key, note text);
    insert into app.t select n, repeat('x', 100) from generate_series(1, 1000) n;
    create table app.r (t int references app.t, r int);
    create table app.p (id int) partition by range (id);
    create table app.p1 partition of app.p for values from (0) to (10);
    create view app.v as select 1 as a;
    create materialized view app.m as select 1 as a;
    create sequence app.s;
    create foreign data wrapper w; create server srv foreign data wrapper w;
    create foreign table app.f (a int) server srv;
    create table app.member (a int); alter extension plpgsql add table app.member;
    create temporary table hidden (a int);
    vacuum analyze app.t;";

fn relation<'a>(catalog: &'a Catalog, name: &str) -> &'a RelationInfo {
    let found = catalog.relations.iter().find(|relation| relation.name.to_string() == name);
    found.unwrap_or_else(|| panic!("{name} is not in {:?}", catalog.relations))
}

async fn catalog(server: &Server, database: &str) -> Catalog {
    let session = open(&server.url(database)).await;
    browse::catalog(&session.client, database).await.unwrap()
}

async fn check_catalog(server: &Server) {
    let database = server.create_database("browse");
    server.psql(&database, OBJECTS);
    let catalog = catalog(server, &database).await;
    assert_eq!(catalog.database, database);
    assert_eq!(catalog.schemas, ["app", "empty", "public"]);
    let names: Vec<String> = catalog.relations.iter().map(|r| r.name.to_string()).collect();
    let expected = ["app.f", "app.m", "app.p", "app.p1", "app.r", "app.s", "app.t", "app.v"];
    assert_eq!(names, expected, "sorted; no index, nothing temporary, no extension's table");
    let t = relation(&catalog, "app.t");
    assert_eq!((t.kind, t.rows_estimate), (RelationKind::Table, Some(1000)));
    assert_eq!(t.owner, "postgres");
    let sizes =
        server.psql(&database, "select pg_table_size('app.t'), pg_total_relation_size('app.t')");
    assert_eq!(sizes.trim(), format!("{}|{}", t.data_bytes, t.total_bytes));
    let r = relation(&catalog, "app.r");
    assert_eq!((r.references.as_slice(), r.rows_estimate), ([t.oid].as_slice(), None));
    assert_eq!(relation(&catalog, "app.p1").parent, Some(relation(&catalog, "app.p").oid));
    for (name, kind) in [
        ("app.p", RelationKind::Partitioned),
        ("app.v", RelationKind::View),
        ("app.m", RelationKind::MaterializedView),
        ("app.f", RelationKind::Foreign),
        ("app.s", RelationKind::Sequence),
    ] {
        assert_eq!(relation(&catalog, name).kind, kind, "{name}");
    }
    assert_eq!(relation(&catalog, "app.v").total_bytes, 0);
}

#[tokio::test]
async fn the_catalog_shows_every_relation_of_the_user_on_every_version() {
    let versions: BTreeMap<_, _> = installations().into_iter().collect();
    for bin in versions.into_values() {
        let server = Server::start(&ServerOptions { bin: Some(bin), ..ServerOptions::default() });
        check_catalog(&server).await;
    }
}

#[tokio::test]
async fn a_table_that_somebody_holds_exclusively_delays_nobody() {
    let server = Server::shared();
    let database = server.create_database("locked");
    server.psql(
        &database,
        "create table t (id int primary key); insert into t select generate_series(1, 5000);
         create table other (id int); insert into other values (1); analyze t; analyze other;",
    );
    let holder = open(&server.url(&database)).await;
    holder.client.batch_execute("begin; lock table t in access exclusive mode").await.unwrap();
    let read = tokio::time::timeout(Duration::from_secs(20), catalog(server, &database));
    let catalog = read.await.expect("the catalog waited for the lock");
    let t = relation(&catalog, "public.t");
    assert!(t.data_bytes > 100_000 && t.total_bytes > t.data_bytes, "{t:?}");
    assert_eq!(relation(&catalog, "public.other").data_bytes, 8192);
    holder.client.batch_execute("rollback; begin; reindex index t_pkey").await.unwrap();
    let read = tokio::time::timeout(Duration::from_secs(20), self::catalog(server, &database));
    read.await.expect("the catalog waited for the index");
}

#[tokio::test]
async fn a_database_that_the_role_may_not_enter_has_no_size_and_spoils_nothing() {
    let server = Server::start(&ServerOptions::default());
    server.psql(
        "postgres",
        "create role guest login; create database closed; revoke connect on database closed from public;
         create database shut allow_connections false;",
    );
    let session = open(&server.url("postgres").replace("postgres@", "guest@")).await;
    let list = browse::databases(&session.client).await.unwrap();
    let names: Vec<&str> = list.iter().map(|database| database.name.as_str()).collect();
    assert_eq!(names, ["closed", "postgres", "shut", "template1"]);
    let of = |name: &str| list.iter().find(|database| database.name == name).unwrap();
    assert_eq!((of("closed").bytes, of("closed").connectable), (None, true));
    assert!(of("postgres").bytes.is_some_and(|bytes| bytes > 1_000_000));
    assert!(!of("shut").connectable);
    assert_eq!(of("postgres").owner, "postgres");
}
