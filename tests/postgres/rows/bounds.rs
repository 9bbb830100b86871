//! Bounds on the number of rows, by real counts.

use dbbackup::model::job::Level;

use super::*;

/// Tables of 0 to 5 rows, statistics that lie or are not there, and partitions.
const COUNTED: &str = "
create table none (i int);
create table two as select i from generate_series(1, 2) i;
create table five as select i from generate_series(1, 5) i;
create table parts (i int) partition by range (i);
create table parts_low partition of parts for values from (0) to (100);
create table parts_high partition of parts for values from (100) to (200);
insert into parts select i from generate_series(1, 4) i;
create table parent as select i from generate_series(1, 2) i;
create table child () inherits (parent);
insert into child select i from generate_series(1, 4) i;
analyze none, two;
";

/// Tables with rows in the archive, and what was said about the others.
async fn backed_up(server: &Server, database: &str, selection: Selection) -> (String, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.dump");
    let spec = BackupSpec { selection, ..spec(server, database, &archive) };
    let plan = backup::plan(&spec, &Config::default()).await.unwrap();
    let desk = Desk::new();
    let outcome = backup::run_with(&spec, &Config::default(), &desk.work, &tiny()).await;
    assert_eq!(outcome.unwrap(), Outcome::Complete);
    let told = desk.messages(Level::Warning);
    assert_eq!(plan.warnings, told, "the plan tells something else");
    let list = support::run(server.tool("pg_restore").arg("-l").arg(&archive));
    let mut tables: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split_once(" TABLE DATA public "))
        .filter_map(|(_, rest)| rest.split_once(' '))
        .map(|(name, _)| name)
        .collect();
    tables.sort_unstable();
    assert_eq!(list.matches(" TABLE public ").count(), 8, "{list}");
    (tables.join(" "), told)
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_out_of_bounds_keep_their_definition_and_lose_their_rows() {
    let server = Server::shared();
    let database = server.create_database("bounds");
    server.psql(&database, COUNTED);
    server.psql(
        &database,
        "set allow_system_table_mods = on; update pg_class set reltuples = 1000000, relpages = 0
          where relname in ('none', 'five')",
    );
    let bounds = |min_rows, max_rows| Selection { min_rows, max_rows, ..Selection::default() };
    let (tables, told) = backed_up(server, &database, bounds(Some(1), None)).await;
    assert_eq!(tables, "child five parent parts_low two");
    let none = "public.none is taken without its rows: it has 0, fewer than 1";
    assert!(told.contains(&none.to_owned()), "{told:?}");
    assert_eq!(told.len(), 2, "{told:?}");

    let (tables, told) = backed_up(server, &database, bounds(Some(2), Some(4))).await;
    assert_eq!(tables, "child parent parts_low two");
    let five = "public.five is taken without its rows: it has more than 4";
    assert!(told.contains(&five.to_owned()), "{told:?}");

    let (tables, told) = backed_up(server, &database, bounds(None, Some(u64::MAX))).await;
    assert_eq!(tables, "child five none parent parts_high parts_low two");
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_somebody_waits_for_are_counted_all_the_same() {
    let server = Server::shared();
    let database = server.create_database("awaited");
    server.psql(
        &database,
        "create table t as select i from generate_series(1, 3) i; create table u as select 1 as i",
    );
    // The holder makes the altering wait; it wants less than the backup's lock keeps from it.
    let holder = other_session(server, &database).await;
    holder.batch_execute("begin; select * from t").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.dump");
    let selection = Selection { min_rows: Some(2), ..Selection::default() };
    let spec = BackupSpec { selection, ..spec(server, &database, &archive) };
    let desk = Desk::new();
    let other = other_session(server, &database).await;
    other.batch_execute("begin; lock table u in access exclusive mode").await.unwrap();
    let job = tokio::spawn({
        let (spec, work) = (spec.clone(), desk.work.clone());
        async move { backup::run(&spec, &Config::default(), &work).await }
    });
    // The backup has locked t and waits for u: now somebody waits for t behind it.
    locks::wait_for_message(&desk, "waiting for a lock on public.u").await;
    let altering = other_session(server, &database).await;
    let altered =
        tokio::spawn(async move { altering.batch_execute("alter table t add j int").await });
    let waits = "select count(*) from pg_locks where not granted and relation = 't'::regclass";
    support::wait_for("the altering to wait", std::time::Duration::from_secs(30), || {
        server.psql(&database, waits) == "1\n"
    });
    other.batch_execute("rollback").await.unwrap();
    assert_eq!(job.await.unwrap().unwrap(), Outcome::Complete);
    holder.batch_execute("rollback").await.unwrap();
    altered.await.unwrap().unwrap();
    let script = script(server, &archive);
    assert_eq!(rows_of(&script, "public.t"), "1\n2\n3\n");
    assert!(!script.contains("COPY public.u"), "{script}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bounds_that_nothing_can_keep_are_refused() {
    let server = Server::shared();
    let database = server.create_database("crossed");
    let folder = tempfile::tempdir().unwrap();
    let selection = Selection { min_rows: Some(5), max_rows: Some(4), ..Selection::default() };
    let spec = BackupSpec { selection, ..spec(server, &database, &folder.path().join("a.dump")) };
    let error = failure(&spec).await;
    assert_eq!(error.to_string(), "no table has at least 5 rows and at most 4");
}
