//! Restores that do not get to their end.

use std::time::{Duration, Instant};

use dbbackup::error::ErrorKind;
use dbbackup::model::job::{JobEvent, Outcome};
use dbbackup::model::size::RateLimit;
use dbbackup::model::spec::RestoreSpec;

use super::kit::{dump, dump_from, folder, replace, restore_watched, shop, spec};
use crate::support::{Server, ServerOptions};

fn starts(event: &JobEvent, name: &str) -> bool {
    matches!(event, JobEvent::ObjectStarted { object, .. } if object == name)
}

/// So slow that the rows of the fixture take minutes.
fn slow(spec: RestoreSpec) -> RestoreSpec {
    RestoreSpec { rate: RateLimit(Some(10_000)), ..spec }
}

fn left(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Cancelled { left } => left,
        other => panic!("not cancelled: {other:?}"),
    }
}

#[test]
fn a_cancel_while_rows_are_loaded_tells_what_is_there() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    let target = server.create_database("cancelled");
    let begun = Instant::now();
    let done = restore_watched(&slow(spec(server, &archive, &target)), |event, work| {
        if starts(event, "shop.orders") {
            work.cancel.cancel();
        }
    });
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
    let outcome = done.result.unwrap();
    assert!(left(&outcome).contains("keeps what was restored"), "{outcome:?}");
    assert_eq!(server.psql(&target, "select count(*) from shop.orders"), "0\n");
    let busy = "select count(*) from pg_stat_activity where datname = current_database()
        and pid <> pg_backend_pid()";
    assert_eq!(server.psql(&target, busy), "0\n", "no session is left");
}

#[test]
fn a_cancelled_restore_removes_the_database_that_it_made() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    let made =
        RestoreSpec { create_database: true, ..slow(spec(server, &archive, "cancelled_made")) };
    let done = restore_watched(&made, |event, work| {
        if starts(event, "shop.orders") {
            work.cancel.cancel();
        }
    });
    let outcome = done.result.unwrap();
    assert!(left(&outcome).contains("was dropped again"), "{outcome:?}");
    let there = "select count(*) from pg_database where datname = 'cancelled_made'";
    assert_eq!(server.psql("postgres", there), "0\n");
}

#[test]
fn a_cancel_stops_a_long_statement_on_the_server() {
    let server = Server::shared();
    let folder = folder();
    let source = server.create_database("long");
    server.psql(
        &source,
        "create function slow(a int) returns int language plpgsql immutable as
         $$ begin perform pg_sleep(0000); return a; end $$;
         create table t (a int); insert into t values (1);
         create index slow_index on t (slow(a))",
    );
    let archive = dump(folder.path(), &source, &[]);
    replace(&archive, "pg_sleep(0000)", "pg_sleep(9999)");
    let target = server.create_database("long");
    let begun = Instant::now();
    let done = restore_watched(&spec(server, &archive, &target), |event, work| {
        if starts(event, "INDEX public.slow_index") {
            work.cancel.cancel();
        }
    });
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
    assert!(left(&done.result.unwrap()).contains("the rows of 1 of 1 tables"));
    assert_eq!(server.psql(&target, "select count(*) from t"), "1\n");
}

#[test]
fn a_cancel_before_anything_happened_changes_nothing() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[]);
    let target = server.create_database("untouched");
    let before = server.dump_text(&target, &[]);
    let done = restore_watched(&spec(server, &archive, &target), |event, work| {
        if matches!(event, JobEvent::Phase(_)) {
            work.cancel.cancel();
        }
    });
    assert!(left(&done.result.unwrap()).contains("nothing was"));
    assert_eq!(server.dump_text(&target, &[]), before);
}

#[test]
fn a_server_that_dies_fails_the_restore() {
    let server = Server::start(&ServerOptions::default());
    let folder = folder();
    let source = server.create_database("source");
    server.psql(
        &source,
        "create table t (a text);
         insert into t select repeat('x', 100) || i from generate_series(1, 10000) i",
    );
    let archive = dump_from(&server, folder.path(), &source, &[]);
    let target = server.create_database("target");
    let pid = rustix::process::Pid::from_raw(i32::try_from(server.pid()).unwrap()).unwrap();
    let done = restore_watched(&slow(spec(&server, &archive, &target)), |event, _| {
        if starts(event, "public.t") {
            rustix::process::kill_process(pid, rustix::process::Signal::QUIT).unwrap();
        }
    });
    let error = done.result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{}", error.chain());
    assert!(error.chain().contains("TABLE DATA public.t"), "{}", error.chain());
    assert!(error.hint().unwrap().contains("keeps what was restored"), "{error:?}");
}
