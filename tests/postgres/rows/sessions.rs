//! Settings and snapshots of the sessions.

use super::*;

/// Tables that a reader may read in part, and one that it may not read.
fn guarded(server: &Server) -> (String, String) {
    let database = server.create_database("guarded");
    let role = format!("{database}_reader");
    server.psql(
        &database,
        &format!(
            "create table shared as select i from generate_series(1, 3000) i;
             create table guarded as select i from generate_series(1, 20) i;
             create table secret as select 1 as i;
             create role {role}; grant select on shared, guarded to {role};
             alter table guarded enable row level security;
             create policy p on guarded using (i <= 4)"
        ),
    );
    (database, role)
}

fn as_role(spec: BackupSpec, role: &str, row_security: bool, exclude: &[&str]) -> BackupSpec {
    let session = DumpSession { role: Some(role.to_owned()), ..DumpSession::default() };
    BackupSpec {
        options: DumpOptions { session, enable_row_security: row_security, ..spec.options },
        selection: Selection { exclude_tables: patterns(exclude), ..Selection::default() },
        ..spec
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_sessions_act_as_the_role() {
    let server = Server::shared();
    let (database, role) = guarded(server);
    let folder = tempfile::tempdir().unwrap();
    let base = || spec(server, &database, &folder.path().join("a.dump"));

    let refused = failure(&as_role(base(), &role, true, &[])).await;
    assert!(refused.chain().contains("permission denied"), "{}", refused.chain());

    let filtered = missing(&as_role(base(), &role, false, &["secret"])).await;
    assert!(filtered[0].contains("public.guarded"), "{filtered:?}");
    std::fs::remove_file(folder.path().join("a.dump")).unwrap();

    complete(&as_role(base(), &role, true, &["secret"])).await;
    let script = script(server, &folder.path().join("a.dump"));
    assert_eq!(rows_of(&script, "public.guarded"), "1\n2\n3\n4\n");
    assert_eq!(rows_of(&script, "public.shared").lines().count(), 3000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_not_there_is_named() {
    let server = Server::shared();
    let database = server.create_database("role");
    let folder = tempfile::tempdir().unwrap();
    let spec =
        as_role(spec(server, &database, &folder.path().join("a.dump")), "no one", false, &[]);
    let error = failure(&spec).await;
    assert!(error.to_string().starts_with("taking the role no one failed"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_snapshot_is_the_one_that_all_workers_see() {
    let server = Server::shared();
    let database = server.create_database("snapshot");
    server.psql(&database, "create table t as select i from generate_series(1, 5000) i");
    let holder = other_session(server, &database).await;
    holder.batch_execute("begin isolation level repeatable read").await.unwrap();
    let id: String = holder.query_one("select pg_export_snapshot()", &[]).await.unwrap().get(0);
    server.psql(&database, "delete from t where i % 2 = 0; insert into t values (-1)");

    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.dump");
    let session = DumpSession { snapshot: Some(id.clone()), ..DumpSession::default() };
    let wanted = with_session(spec(server, &database, &archive), session.clone());
    complete(&wanted).await;
    assert_eq!(rows_of(&script(server, &archive), "public.t").lines().count(), 5000);

    std::fs::remove_file(&archive).unwrap();
    let both = DumpSession { serializable_deferrable: true, ..session };
    let error = failure(&with_session(wanted.clone(), both)).await;
    assert!(error.hint().is_some_and(|hint| hint.contains("--snapshot")), "{error}");

    holder.batch_execute("rollback").await.unwrap();
    let error = failure(&wanted).await;
    assert!(error.to_string().contains(&format!("entering the snapshot {id}")), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_serializable_backup_waits_for_a_safe_state_and_says_for_whom() {
    let server = Server::shared();
    let database = server.create_database("serializable");
    server.psql(&database, "create table t as select 1 as i");
    let writer = other_session(server, &database).await;
    writer
        .batch_execute(
            "begin isolation level serializable; select * from t; insert into t values (2)",
        )
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.dump");
    let session = DumpSession { serializable_deferrable: true, ..DumpSession::default() };
    let spec = with_session(spec(server, &database, &archive), session);
    let desk = Desk::new();
    let job = tokio::spawn({
        let work = desk.work.clone();
        async move { backup::run(&spec, &Config::default(), &work).await }
    });
    locks::wait_for_message(&desk, "waiting for a serializable snapshot: in the way is pid ").await;
    writer.batch_execute("commit").await.unwrap();
    assert_eq!(job.await.unwrap().unwrap(), Outcome::Complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_in_the_encoding_that_was_asked_for() {
    let server = Server::shared();
    let database = server.create_database("encoding");
    server.psql(
        &database,
        "create table t (a text); insert into t values ('Grüße'), ('naïve'), (E'tab\\there');
         create table big as select i, 'ü' || i as t from generate_series(1, 4000) i",
    );
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.dump");
    let session =
        |name: &str| DumpSession { encoding: Some(name.to_owned()), ..DumpSession::default() };
    let base = spec(server, &database, &archive);
    complete(&with_session(base.clone(), session("latin1"))).await;
    let mut command = server.tool("pg_restore");
    let output = command.args(["-f", "-"]).arg(&archive).output().unwrap();
    let bytes = output.stdout;
    let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(has(b"SET client_encoding = 'LATIN1';"), "the archive does not tell its encoding");
    assert!(has(b"\nGr\xfc\xdfe\n") && has(b"\t\xfc4000\n"), "the rows are in another encoding");

    let restored = restore(server, &archive);
    assert_eq!(server.dump_text(&database, &[]), server.dump_text(&restored, &[]));

    std::fs::remove_file(&archive).unwrap();
    let error = failure(&with_session(base.clone(), session("KLINGON"))).await;
    assert!(error.to_string().contains("choosing the encoding KLINGON"), "{error}");
    // A character that the encoding has not got.
    server.psql(&database, "create table snow as select '☃'::text as t");
    let reasons = missing(&with_session(base, session("LATIN1"))).await;
    assert!(reasons.len() == 1 && reasons[0].contains("public.snow"), "{reasons:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_the_database_do_not_change_how_rows_are_written() {
    let server = Server::shared();
    let database = server.create_database("settings");
    server.psql(
        &database,
        "create table t (a float8, b date, c interval, d bytea, e timestamptz);
         insert into t values (1/3.0, '2026-02-03', '1 day 02:03', '\\x00ff', '2026-02-03 04:05Z')",
    );
    let set = [
        "extra_float_digits = -5",
        "datestyle = 'German, DMY'",
        "intervalstyle = 'iso_8601'",
        "bytea_output = 'escape'",
        "timezone = 'Asia/Kolkata'",
        "statement_timeout = '300ms'",
        "idle_in_transaction_session_timeout = '300ms'",
        "row_security = on",
        "quote_all_identifiers = on",
        "search_path = 'nowhere'",
        "default_transaction_isolation = 'serializable'",
    ];
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.dump");
    for setting in set {
        server.psql("postgres", &format!("alter database {database} set {setting}"));
    }
    complete(&spec(server, &database, &archive)).await;
    assert_eq!(
        rows_of(&script(server, &archive), "public.t"),
        "0.3333333333333333\t2026-02-03\t1 day 02:03:00\t\\\\x00ff\t2026-02-03 09:35:00+05:30\n"
    );
    std::fs::remove_file(&archive).unwrap();
    let session = DumpSession { extra_float_digits: Some(0), ..DumpSession::default() };
    complete(&with_session(spec(server, &database, &archive), session)).await;
    assert!(rows_of(&script(server, &archive), "public.t").starts_with("0.333333333333333\t"));
}
