//! The PostgreSQL engine against real servers, judged by the server's own tools.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails the test by a panic"
)]

#[path = "../support/mod.rs"]
mod support;

mod backup;
mod cluster;
mod connect;
mod coverage;
mod faults;
mod formats;
mod interop;
mod job;
mod judge;
mod options;
mod oracle;
mod proof;
mod restore;
mod restore_options;
mod rows;
mod schema;
mod script;
mod sources;
mod throttle;
mod vacuum;
mod verify;

#[test]
fn the_harness_starts_a_server_and_compares_databases() {
    let server = support::Server::shared();
    let database = server.create_database("harness");
    server.psql(&database, "create table t (a int); insert into t values (1)");
    assert_eq!(server.psql(&database, "select count(*) from t"), "1\n");
    assert!(server.dump_text(&database, &[]).contains("CREATE TABLE public.t"));
}
