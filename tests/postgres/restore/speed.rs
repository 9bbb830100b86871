//! What makes restores fast changes nothing in what is there afterwards: definitions that go together,
//! rows that are not logged, sessions with more memory.

use std::num::NonZeroUsize;

use dbbackup::model::job::Outcome;

use super::kit::{dump, dump_from, folder, restore, spec};
use crate::support::{Server, ServerOptions};

/// Two hundred tables, more than go together.
const TABLES: &str = "do $$ begin
    for n in 100..299 loop
        execute format('create table t%s (id int primary key, note text)', n);
        execute format('create index i%1$s on t%1$s (note)', n);
    end loop; end $$";

/// Names of the tables and indexes that are there.
fn names(database: &str) -> String {
    let sql = "select string_agg(relname, ' ' order by relname) from pg_class \
               where relnamespace = 'public'::regnamespace and relkind in ('r', 'i', 'v')";
    Server::shared().psql(database, sql).trim_end().to_owned()
}

#[test]
fn one_definition_that_fails_among_many_costs_only_itself_and_what_needs_it() {
    let server = Server::shared();
    let source = server.create_database("speed_source");
    server.psql(&source, TABLES);
    let folder = folder();
    let archive = dump(folder.path(), &source, &[]);
    let all = names(&source);
    for jobs in [1, 2] {
        let target = server.create_database("speed_target");
        server.psql(&target, "create view t150 as select 1 as other");
        let mut wish = spec(server, &archive, &target);
        wish.jobs = NonZeroUsize::new(jobs).unwrap();
        wish.over_existing = true;
        let done = restore(&wish);
        let Ok(Outcome::Incomplete { reasons }) = done.result else { panic!("{:?}", done.result) };
        let named = |reason: &String| reason.contains("t150") || reason.contains("i150");
        assert!(reasons.iter().all(named), "{reasons:?}");
        assert!(reasons.iter().any(|reason| reason.contains("TABLE public.t150")), "{reasons:?}");
        let without = all.replace("i150 ", "").replace("t150_pkey ", "");
        assert_eq!(names(&target), without, "-j {jobs}");
    }
}

#[test]
fn nothing_is_made_behind_the_first_error_where_that_stops() {
    let server = Server::shared();
    let source = server.create_database("speed_stop_source");
    server.psql(&source, TABLES);
    let folder = folder();
    let archive = dump(folder.path(), &source, &[]);
    let target = server.create_database("speed_stop");
    server.psql(&target, "create view t150 as select 1 as other");
    let mut wish = spec(server, &archive, &target);
    wish.over_existing = true;
    wish.exit_on_error = true;
    let error = restore(&wish).result.unwrap_err();
    assert!(error.chain().contains("TABLE public.t150"), "{}", error.chain());
    let made: Vec<String> = (100..=150).map(|n| format!("t{n}")).collect();
    assert_eq!(names(&target), made.join(" "));

    wish.exit_on_error = false;
    wish.single_transaction = true;
    let error = restore(&wish).result.unwrap_err();
    assert!(error.chain().contains("TABLE public.t100"), "{}", error.chain());
    assert_eq!(names(&target), made.join(" "));
}

#[test]
fn rows_of_new_tables_are_not_logged_where_the_server_can_do_without() {
    let config = ["wal_level = minimal", "max_wal_senders = 0"].map(str::to_owned).to_vec();
    let server = Server::start(&ServerOptions { config, ..ServerOptions::default() });
    let source = server.create_database("logged_source");
    let rows = "create table t as select n, repeat(md5(n::text), 8) as note \
                from generate_series(1, 20000) n";
    server.psql(&source, rows);
    let folder = folder();
    let archive = dump_from(&server, folder.path(), &source, &[]);
    let target = server.create_database("logged_target");
    let position = || server.psql("postgres", "select pg_current_wal_insert_lsn() - '0/0'::pg_lsn");
    let position = || position().trim_end().parse::<u64>().unwrap();
    let before = position();
    assert_eq!(restore(&spec(&server, &archive, &target)).result.unwrap(), Outcome::Complete);
    let written = position() - before;
    assert_eq!(server.psql(&target, "select count(*), sum(n) from t"), "20000|200010000\n");
    assert!(written < 2 << 20, "{written} bytes were logged for over 5 MB of rows");
}

#[test]
fn sessions_are_tuned_unless_that_is_not_wanted() {
    let server = Server::shared();
    let source = server.create_database("tuned_source");
    server.psql(&source, "create table t (a int)");
    let folder = folder();
    let archive = dump(folder.path(), &source, &[]);
    for (no_tuning, commits) in [(false, "off"), (true, "on")] {
        let target = server.create_database("tuned");
        let watch = "create schema watch; create table watch.seen (commits text);
            create function watch.look() returns event_trigger language plpgsql as
            'begin insert into watch.seen values (current_setting(''synchronous_commit'')); end';
            create event trigger look on ddl_command_end execute function watch.look()";
        server.psql(&target, watch);
        server.psql("postgres", &format!("alter database {target} set synchronous_commit = on"));
        let mut wish = spec(server, &archive, &target);
        wish.options.no_tuning = no_tuning;
        assert_eq!(restore(&wish).result.unwrap(), Outcome::Complete);
        let seen = server.psql(&target, "select distinct commits from watch.seen");
        assert_eq!(seen.trim_end(), commits);
    }
}
