//! Somebody else's locks: told while they are waited for, and named where the wait has an end.

use std::time::Duration;

use dbbackup::model::job::Level;

use super::*;

pub(super) async fn wait_for_message(desk: &Desk, text: &str) {
    let begun = std::time::Instant::now();
    while !desk.messages(Level::Warning).iter().any(|message| message.contains(text)) {
        let messages = desk.messages(Level::Info);
        assert!(begun.elapsed() < Duration::from_secs(30), "no {text:?} in {messages:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A database with a table that a session has locked, and that session.
async fn locked(server: &Server) -> (String, Client, i32) {
    let database = server.create_database("locked");
    server.psql(
        &database,
        "create table a (i int); create table \"B b\" as select 1 as i; create table c (i int)",
    );
    let holder = other_session(server, &database).await;
    holder.batch_execute("begin; lock table \"B b\"").await.unwrap();
    let pid = holder.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
    (database, holder, pid)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_for_a_lock_is_told_with_its_holder() {
    let server = Server::shared();
    let (database, holder, pid) = locked(server).await;
    let folder = tempfile::tempdir().unwrap();
    let spec = spec(server, &database, &folder.path().join("a.dump"));
    let desk = Desk::new();
    let job = tokio::spawn({
        let work = desk.work.clone();
        async move { backup::run(&spec, &Config::default(), &work).await }
    });
    let text = format!(
        "waiting for a lock on public.B b: in the way is pid {pid}, role postgres, idle in transaction"
    );
    wait_for_message(&desk, &text).await;
    holder.batch_execute("commit").await.unwrap();
    assert_eq!(job.await.unwrap().unwrap(), Outcome::Complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limited_wait_ends_with_the_table_and_the_holder() {
    let server = Server::shared();
    let (database, holder, pid) = locked(server).await;
    let folder = tempfile::tempdir().unwrap();
    let session = DumpSession { lock_wait_timeout: Some(50), ..DumpSession::default() };
    let spec = with_session(spec(server, &database, &folder.path().join("a.dump")), session);
    let error = failure(&spec).await;
    let text = format!("public.B b is locked by pid {pid}, role postgres, idle in transaction");
    assert!(error.to_string().contains(&text), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("--lock-wait-timeout")), "{error}");
    holder.batch_execute("commit").await.unwrap();
    complete(&spec).await;
}
