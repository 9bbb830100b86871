//! Rows of foreign tables.

use super::*;

/// A foreign table over a table of the same database, one over a file, and one that nothing reads.
pub(crate) fn foreign(server: &Server) -> String {
    let database = server.create_database("foreign");
    let (folder, port) = (server.folder.display(), server.port);
    server.psql(
        &database,
        &format!(
            "create extension postgres_fdw;
             create table source as select i, 'row ' || i as t from generate_series(1, 50) i;
             create server loop foreign data wrapper postgres_fdw
               options (host '{folder}', port '{port}', dbname '{database}');
             create user mapping for postgres server loop options (user 'postgres');
             create foreign table far (i int, t text, twice int generated always as (i * 2) stored)
               server loop options (schema_name 'public', table_name 'source');
             create foreign data wrapper dummy; create server nothing foreign data wrapper dummy;
             create foreign table empty (i int) server nothing"
        ),
    );
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_chosen_servers_are_copied_as_pg_dump_copies_them() {
    let server = Server::shared();
    let database = foreign(server);
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.dump");
    let selection = Selection { foreign_data: patterns(&["lo*"]), ..Selection::default() };
    let spec = BackupSpec { selection, ..spec(server, &database, &archive) };
    let plan = dbbackup::postgres::backup::plan(&spec, &Config::default()).await.unwrap();
    let of = |name| plan.warnings.iter().filter(|text: &&String| text.contains(name)).count();
    assert_eq!((of("public.far"), of("public.empty")), (0, 1), "{:?}", plan.warnings);
    complete(&spec).await;
    let theirs = server.dump_text(&database, &["--include-foreign-data=lo*"]);
    let ours = script(server, &archive);
    assert_eq!(rows_of(&ours, "public.far"), rows_of(&theirs, "public.far"));
    assert_eq!(rows_of(&ours, "public.far").lines().count(), 50);
    assert!(!ours.contains("COPY public.empty"), "{ours}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrapper_without_a_handler_fails_with_the_query_shown() {
    let server = Server::shared();
    let database = foreign(server);
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.dump");
    let selection = Selection { foreign_data: patterns(&["*"]), ..Selection::default() };
    let reasons = missing(&BackupSpec { selection, ..spec(server, &database, &archive) }).await;
    let [reason] = reasons.as_slice() else { panic!("{reasons:?}") };
    assert!(reason.contains("public.empty") && reason.contains("has no handler"), "{reason}");
    assert!(reason.contains("COPY (SELECT \"i\" FROM ONLY \"public\".\"empty\")"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_refused() {
    let server = Server::shared();
    let database = foreign(server);
    let folder = tempfile::tempdir().unwrap();
    let selection = Selection { foreign_data: patterns(&["mars"]), ..Selection::default() };
    let spec = BackupSpec { selection, ..spec(server, &database, &folder.path().join("a.dump")) };
    let error = failure(&spec).await;
    assert_eq!(error.to_string(), "no foreign server matches 'mars'");
}
