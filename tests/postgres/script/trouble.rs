//! Scripts that cannot or must not run.

use std::path::PathBuf;

use dbbackup::model::job::{Level, Outcome};

use super::runs::our_spec;
use crate::restore::kit::{Done, patterns, restore, restore_watched};
use crate::support::Server;

fn written(folder: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("script.sql");
    std::fs::write(&path, text).unwrap();
    path
}

/// Runs a script in a new database; says also whether its table `t` came to be.
fn ran(text: &str) -> (Done, bool) {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let database = server.create_database("script_trouble");
    let done = restore(&our_spec(server, &written(&folder, text), &database));
    let found = server.psql(&database, "select count(*) from pg_class where relname = 't'");
    (done, found == "1\n")
}

#[test]
fn commands_that_reach_files_or_programs_stop_a_script_before_it_begins() {
    let mark = tempfile::tempdir().unwrap();
    let mark = mark.path().join("mark");
    for command in [
        format!("\\! touch {}", mark.display()),
        format!("\\o {}", mark.display()),
        format!("\\copy t to '{}'", mark.display()),
        format!("\\g {}", mark.display()),
        "\\i /etc/passwd".to_owned(),
        "\\connect postgres://elsewhere/x".to_owned(),
    ] {
        let (done, is_there) = ran(&format!("create table t (i int);\n\n{command}\nselect 1;\n"));
        let error = done.result.unwrap_err().chain();
        assert!(error.contains("line 3 of the script"), "{command}: {error}");
        assert!(!is_there, "{command}");
        assert!(!mark.exists(), "{command}");
    }
}

#[test]
fn nothing_runs_of_a_script_whose_restriction_is_broken() {
    for text in [
        "\\restrict a\ncreate table t (i int);\n\\unrestrict b\n\\connect postgres\n",
        "\\restrict a\ncreate table t (i int);\n\\connect postgres\n\\unrestrict a\n",
        "\\restrict a\ncreate table t (i int);\n\\! id\n\\unrestrict a\n",
        "\\restrict a\ncreate table t (i int);\n",
    ] {
        let (done, is_there) = ran(text);
        let error = done.result.unwrap_err().chain();
        assert!(error.contains("of the script:") && !is_there, "{text}: {error}");
    }
}

#[test]
fn nothing_runs_of_a_script_that_was_cut_off() {
    for text in [
        "create table t (i int);\ncopy t from stdin;\n1\n2\n",
        "create table t (i int);\ninsert into t values (1",
        "create table t (i int);\ndo $$ begin",
        "create table t (i int);\ndelete from t",
    ] {
        let (done, is_there) = ran(text);
        assert!(done.result.is_err() && !is_there, "{text}");
    }
}

#[test]
fn failures_name_line_object_and_place_and_the_rest_runs() {
    let (done, is_there) = ran(
        "--\n-- Name: x; Type: VIEW; Schema: s; Owner: ann\n--\n\ncreate view x as\n  select 1,\n  \
         nothing;\n\n--\n-- Data for Name: gone; Type: TABLE DATA; Schema: public; Owner: ann\n--\n\n\
         copy gone (a) from stdin;\n1;\n\\\\x\n\\.\n\n\
         --\n-- PostgreSQL database dump complete\n--\n\n\
         create table t (i int);\ncopy t from stdin;\nbad\n\\.\ncopy t from stdin;\n1\n2\n\\.\n\
         select 1/0;\n",
    );
    assert!(is_there);
    let reasons = done.reasons();
    assert_eq!(reasons.len(), 4, "{reasons:#?}");
    assert!(reasons[0].starts_with("line 7: VIEW s.x failed: column \"nothing\" does not exist"));
    assert!(reasons[1].starts_with("line 13: TABLE DATA public.gone failed: relation \"gone\""));
    assert!(reasons[2].starts_with("line 23: COPY t from stdin") || reasons[2].contains("bad"));
    assert!(
        reasons[3].starts_with("line 30: select 1/0; failed: division by zero"),
        "{reasons:#?}"
    );
    assert_eq!(done.meter.rows, 2);
    assert_eq!(done.messages(Level::Error).len(), 4);
}

#[test]
fn with_exit_on_error_nothing_behind_the_first_failure_runs() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let database = server.create_database("script_trouble");
    let text = "create table a (i int);\nselect nothing;\ncreate table t (i int);\n";
    let mut spec = our_spec(server, &written(&folder, text), &database);
    spec.exit_on_error = true;
    let error = restore(&spec).result.unwrap_err();
    assert!(error.to_string().starts_with("line 2: select nothing; failed"), "{error}");
    assert!(error.hint().unwrap().contains("1 statements"), "{error:?}");
    let tables = "select string_agg(relname, ',') from pg_class where relname in ('a', 't')";
    assert_eq!(server.psql(&database, tables), "a\n");
}

#[test]
fn notices_reach_the_log() {
    let (done, _) = ran("do $$ begin raise notice 'hello'; raise warning 'beware'; end $$;\n");
    done.assert_complete();
    assert!(done.messages(Level::Info).contains(&"NOTICE: hello"), "{:?}", done.events);
    assert!(done.messages(Level::Warning).contains(&"WARNING: beware"));
}

#[test]
fn a_cancel_ends_the_statement_on_the_server() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let database = server.create_database("script_trouble");
    let text = "create table t (i int);\n--\n-- Name: s; Type: VIEW; Schema: -; Owner: -\n--\n\
                select pg_sleep(600);\nselect pg_sleep(600);\n";
    let spec = our_spec(server, &written(&folder, text), &database);
    let begun = std::time::Instant::now();
    let done = restore_watched(&spec, |event, work| {
        if let dbbackup::model::job::JobEvent::ObjectStarted { .. } = event {
            work.cancel.cancel();
        }
    });
    assert!(matches!(done.result, Ok(Outcome::Cancelled { .. })), "{:?}", done.result);
    assert!(begun.elapsed().as_secs() < 60);
    let busy = format!(
        "select count(*) from pg_stat_activity where datname = '{database}' and state = 'active' \
         and pid <> pg_backend_pid()"
    );
    assert_eq!(server.psql("postgres", &busy), "0\n");
}

#[test]
fn options_of_archives_are_refused() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder, "create table t (i int);\n");
    let database = server.create_database("script_trouble");
    let mut spec = our_spec(server, &path, &database);
    spec.clean = true;
    let refused = restore(&spec).result.unwrap_err();
    assert!(refused.to_string().starts_with("--clean needs an archive"), "{refused}");
    assert!(refused.hint().unwrap().contains("make it with --clean"), "{refused:?}");
    let mut spec = our_spec(server, &path, &database);
    spec.options.no_data_for_failed_tables = true;
    let refused = restore(&spec).result.unwrap_err();
    assert!(refused.to_string().starts_with("--no-data-for-failed-tables needs"), "{refused}");
    let mut spec = our_spec(server, &path, &database);
    spec.no_owner = true;
    let refused = restore(&spec).result.unwrap_err().to_string();
    assert!(refused.contains("pg_dump did not write it"), "{refused}");
    let mut spec = our_spec(server, &path, &database);
    spec.tables = patterns(&["t"]);
    let refused = restore(&spec).result.unwrap_err().to_string();
    assert!(refused.contains("pg_dump did not write it"), "{refused}");
}

#[test]
fn a_database_is_made_for_a_script_and_goes_with_it() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder, "create table t (i int);\n");
    let mut spec = our_spec(server, &path, "made_for_script");
    spec.create_database = true;
    restore(&spec).assert_complete();
    assert_eq!(server.psql("made_for_script", "select count(*) from t"), "0\n");
    spec.database = "not_made_for_script".to_owned();
    spec.archive = written(&folder, "select nothing;\n");
    spec.exit_on_error = true;
    assert!(restore(&spec).result.is_err());
    let there = "select count(*) from pg_database where datname = 'not_made_for_script'";
    assert_eq!(server.psql("postgres", there), "0\n");
}
