//! Scripts of pg_dump and pg_dumpall, run by psql and by us: the databases are equal.

use std::path::{Path, PathBuf};
use std::process::Command;

use dbbackup::model::spec::RestoreSpec;

use super::text::{assert_same_text, rich_database};
use crate::backup::own_tool;
use crate::restore::kit::{Done, restore, spec};
use crate::support::{Server, ServerOptions, run};

/// Writes a plain script with the server's own pg_dump: a newer one writes what it may not know.
pub(super) fn script(server: &Server, folder: &Path, database: &str, options: &[&str]) -> PathBuf {
    let path = folder.join("script.sql");
    run(own_tool(server, "pg_dump").args(options).arg("-f").arg(&path).arg(database));
    path
}

/// A run of a script.
pub(super) fn our_spec(server: &Server, script: &Path, database: &str) -> RestoreSpec {
    spec(server, script, database)
}

/// psql's run of the same; errors do not stop it.
fn theirs(server: &Server, script: &Path, database: &str) {
    run(server
        .tool("psql")
        .args(["-X", "-q", "-o", "/dev/null", "-d", database, "-f"])
        .arg(script));
}

/// What pg_dump says of a database. Where a row of a table partitioned by the hash of an enum goes
/// depends on numbers that differ from database to database.
fn state(server: &Server, database: &str) -> String {
    server.dump_text(database, &["--exclude-table-data=shop.hashed*"])
}

fn assert_same_run(server: &Server, path: &Path, what: &str) -> Done {
    let expected = server.create_database("by_psql");
    let found = server.create_database("by_us");
    theirs(server, path, &expected);
    let done = restore(&our_spec(server, path, &found));
    assert_same_text(&state(server, &expected), &state(server, &found), what);
    done
}

#[test]
fn scripts_of_pg_dump_make_the_database_that_psql_makes_of_them() {
    let server = Server::shared();
    let database = rich_database();
    let folder = tempfile::tempdir().unwrap();
    for options in [
        &[][..],
        &["--inserts"],
        &["--rows-per-insert=3", "--column-inserts"],
        &["--clean", "--if-exists"],
        &["--disable-dollar-quoting"],
        &["--use-set-session-authorization"],
        &["--section=pre-data", "--section=data"],
        &["--no-publications"],
    ] {
        let path = script(server, folder.path(), database, options);
        let done = assert_same_run(server, &path, &format!("{options:?}"));
        done.result.as_ref().unwrap_or_else(|error| panic!("{options:?}: {}", error.chain()));
    }
}

#[test]
fn a_script_runs_compressed_and_its_bytes_are_counted() {
    let server = Server::shared();
    let source = server.create_database("script_source");
    server.psql(
        &source,
        "create table t (id int primary key, v text);
         insert into t select n, repeat('text ', n % 20) from generate_series(1, 50000) n;",
    );
    let folder = tempfile::tempdir().unwrap();
    for (method, end) in [("none", "sql"), ("gzip", "gz"), ("lz4", "lz4"), ("zstd", "zst")] {
        let path = folder.path().join(format!("script.{end}"));
        run(server.tool("pg_dump").args(["-Z", method, "-f"]).arg(&path).arg(&source));
        let target = server.create_database("script_target");
        let done = restore(&our_spec(server, &path, &target));
        done.assert_complete();
        assert_same_text(&state(server, &source), &state(server, &target), method);
        assert_eq!(done.meter.rows, 50_000);
        assert_eq!(done.meter.archive_bytes, std::fs::metadata(&path).unwrap().len());
        assert!(done.meter.bytes > 2_000_000);
    }
}

#[test]
fn rules_bodies_and_literals_with_semicolons_arrive_whole() {
    let server = Server::shared();
    let source = server.create_database("script_bodies");
    server.psql(
        &source,
        r"create table a (i int, t text); create table b (i int);
          create rule r as on insert to a do also (insert into b values (new.i); delete from b where i < 0);
          create function f(x int) returns int language sql begin atomic
              select 1; select case when x > 0 then 2 else 3 end; end;
          create function g() returns text language plpgsql as $_$ begin return $$;'$$; end; $_$;
          insert into a values (1, E'; \\ '' \n\t'), (2, null), (3, '\.');
          create view v as select 'a;''b\' as x;",
    );
    let folder = tempfile::tempdir().unwrap();
    for options in [&[][..], &["--inserts"]] {
        let path = script(server, folder.path(), &source, options);
        assert_same_run(server, &path, "bodies").assert_complete();
    }
}

#[test]
fn a_script_with_old_strings_runs_as_psql_runs_it() {
    let server = Server::shared();
    let source = server.create_database("script_strings");
    server.psql(
        "postgres",
        &format!("alter database {source} set standard_conforming_strings = off"),
    );
    server.psql(
        &source,
        "set escape_string_warning = off; create table t (v text default 'a\\';b');
         insert into t values ('x\\\\;'), ('\\';'), (E'\\n');",
    );
    let folder = tempfile::tempdir().unwrap();
    let path = script(server, folder.path(), &source, &["--inserts"]);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("standard_conforming_strings = off"), "{text}");
    assert_same_run(server, &path, "old strings").assert_complete();
}

#[test]
fn a_script_in_latin_1_runs_into_any_encoding() {
    let server = Server::shared();
    let name = "script_latin";
    server.psql(
        "postgres",
        &format!(
            "create database {name} encoding LATIN1 lc_collate 'C' lc_ctype 'C' template template0"
        ),
    );
    server.psql(
        name,
        "set client_encoding = utf8;
         create table \"größe\" (\"naïve\" text default 'é;'); comment on table \"größe\" is 'ñ';
         insert into \"größe\" values ('ÀÿÖ'), ('plain');",
    );
    let folder = tempfile::tempdir().unwrap();
    for options in [&["--encoding=LATIN1"][..], &["--encoding=LATIN1", "--inserts"]] {
        let path = script(server, folder.path(), name, options);
        assert!(String::from_utf8(std::fs::read(&path).unwrap()).is_err());
        assert_same_run(server, &path, "latin 1").assert_complete();
        let target = server.create_database("script_latin_target");
        restore(&our_spec(server, &path, &target)).assert_complete();
        assert_eq!(server.psql(&target, "select * from \"größe\""), "ÀÿÖ\nplain\n");
    }
}

#[test]
fn one_transaction_holds_all_or_nothing_large_objects_too() {
    let server = Server::shared();
    let source = server.create_database("script_objects");
    server.psql(
        &source,
        "create table t (i int); insert into t values (1);
         select lo_from_bytea(17001, decode(repeat('ab', 40000), 'hex'));",
    );
    let folder = tempfile::tempdir().unwrap();
    let path = script(server, folder.path(), &source, &[]);
    let target = server.create_database("script_target");
    let mut spec = our_spec(server, &path, &target);
    spec.single_transaction = true;
    restore(&spec).assert_complete();
    assert_same_text(&state(server, &source), &state(server, &target), "one transaction");
    let broken = std::fs::read_to_string(&path).unwrap() + "\nSELECT no_such_function();\n";
    std::fs::write(&path, broken).unwrap();
    let empty = server.create_database("script_target");
    spec.database = empty.clone();
    let error = restore(&spec).result.unwrap_err();
    assert!(error.hint().unwrap().contains("rolled back"), "{error:?}");
    assert_eq!(server.psql(&empty, "select count(*) from pg_class where relname = 't'"), "0\n");
    assert_eq!(server.psql(&empty, "select count(*) from pg_largeobject_metadata"), "0\n");
}

#[test]
fn a_script_that_makes_its_databases_runs_once_the_user_agrees() {
    let from = Server::start(&ServerOptions::default());
    from.psql(
        "postgres",
        "create role ann; create database \"odd 'name\" owner ann; create database plain;
         alter database plain set work_mem = '7MB'; comment on database plain is 'x';",
    );
    from.psql("odd 'name", "create table t (i int); insert into t values (1);");
    from.psql("plain", "create table u (i int); insert into u values (2);");
    let folder = tempfile::tempdir().unwrap();
    let all = folder.path().join("all.sql");
    run(own_tool(&from, "pg_dumpall").arg("-f").arg(&all));
    let to = Server::start(&ServerOptions::default());
    let mut spec = our_spec(&to, &all, "postgres");
    let plan = crate::restore::kit::plan(&spec).unwrap();
    assert!(plan.endangers.contains(&"database odd 'name".to_owned()), "{:?}", plan.endangers);
    let refused = restore(&spec).result.unwrap_err();
    assert!(refused.to_string().contains("odd 'name"), "{refused}");
    assert_eq!(to.psql("postgres", "select count(*) from pg_roles where rolname = 'ann'"), "0\n");
    spec.over_existing = true;
    let done = restore(&spec);
    // The role that made the cluster is there already.
    let reasons = done.reasons();
    assert!(reasons.len() == 1 && reasons[0].contains("role \"postgres\""), "{reasons:?}");
    for database in ["odd 'name", "plain", "template1"] {
        let options = ["--create"];
        let expected = from.dump_text(database, &options);
        assert_same_text(&expected, &to.dump_text(database, &options), database);
    }
    let single = folder.path().join("single.sql");
    run(own_tool(&from, "pg_dump").args(["-C", "-f"]).arg(&single).arg("odd 'name"));
    to.psql("postgres", "drop database \"odd 'name\"");
    spec.archive = single;
    restore(&spec).assert_complete();
    assert_eq!(to.psql("odd 'name", "select i from t"), "1\n");
}

#[test]
fn a_script_comes_through_a_pipe_too() {
    let server = Server::shared();
    let source = server.create_database("script_pipe");
    server.psql(&source, "create table t (i int); insert into t select generate_series(1, 3000);");
    let target = server.create_database("script_target");
    let home = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = script(server, folder.path(), &source, &[]);
    let output = crate::support::dbbackup(home.path())
        .args(["restore", "single", "-", "--url", &server.url(&target)])
        .stdin(std::fs::File::open(&path).unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let piped = server.create_database("script_target");
    let mut cat =
        Command::new("cat").arg(&path).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let output = crate::support::dbbackup(home.path())
        .args(["restore", "single", "-", "--url", &server.url(&piped)])
        .stdin(cat.stdout.take().unwrap())
        .output()
        .unwrap();
    cat.wait().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for database in [&target, &piped] {
        assert_same_text(&state(server, &source), &state(server, database), "pipe");
    }
}

#[test]
fn a_script_that_ends_early_in_a_pipe_is_a_failure_though_every_statement_ran() {
    let server = Server::shared();
    let source = server.create_database("script_pipe");
    server.psql(&source, "create table t (i int); create table u (i int);");
    let (home, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = script(server, folder.path(), &source, &[]);
    let text = std::fs::read_to_string(&path).unwrap();
    // Dumps of older tools have no \restrict, whose end would be missed too.
    let text: Vec<&str> = text.lines().filter(|line| !line.starts_with("\\restrict")).collect();
    let text = text.join("\n");
    // Between two statements.
    let end = text.find("CREATE TABLE public.u").unwrap();
    std::fs::write(&path, &text[..end]).unwrap();
    let target = server.create_database("script_target");
    let mut cat =
        Command::new("cat").arg(&path).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let output = crate::support::dbbackup(home.path())
        .args(["restore", "single", "-", "--url", &server.url(&target)])
        .stdin(cat.stdout.take().unwrap())
        .output()
        .unwrap();
    cat.wait().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(&format!("the script was cut off at byte {end}")), "{told}");
    assert_eq!(server.psql(&target, "select count(*) from t"), "0\n", "what had run stays");
    let whole = server.create_database("script_target");
    let error = restore(&our_spec(server, &path, &whole)).result.unwrap_err();
    assert!(error.to_string().contains("the script was cut off at byte"), "{error}");
    assert_eq!(server.psql(&whole, "select count(*) from pg_class where relname = 't'"), "0\n");
}

/// A name that psql takes for the beginning of a body.
#[test]
fn a_function_called_begin_does_not_swallow_the_rest() {
    let server = Server::shared();
    let source = server.create_database("script_begin");
    server.psql(
        &source,
        "create function public.begin() returns int language sql as $$ select 1; $$;
         create table t (i int);",
    );
    let folder = tempfile::tempdir().unwrap();
    let path = script(server, folder.path(), &source, &[]);
    let target = server.create_database("script_target");
    restore(&our_spec(server, &path, &target)).assert_complete();
    assert_same_text(&state(server, &source), &state(server, &target), "begin");
}

#[test]
fn settings_that_an_older_server_does_not_have_are_no_failures_at_their_default() {
    let server = Server::shared();
    let source = server.create_database("script_newer");
    server.psql(&source, "create table t (i int); insert into t values (1);");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("script.sql");
    run(server.tool("pg_dump").arg("-f").arg(&path).arg(&source));
    assert!(std::fs::read_to_string(&path).unwrap().contains("SET transaction_timeout = 0;"));
    let target = server.create_database("script_target");
    restore(&our_spec(server, &path, &target)).assert_complete();
    assert_same_text(&state(server, &source), &state(server, &target), "newer pg_dump");
}
