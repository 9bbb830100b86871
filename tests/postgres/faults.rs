//! What a backup leaves when things go wrong: never anything that looks like one.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use dbbackup::config::Config;
use dbbackup::error::{Error, ErrorKind, Result};
use dbbackup::model::conn::Target;
use dbbackup::model::job::{Level, Outcome};
use dbbackup::model::name::QualifiedName;
use dbbackup::model::pattern::Pattern;
use dbbackup::model::secret::Secret;
use dbbackup::model::spec::{BackupSpec, RowFilter, Selection};
use dbbackup::postgres::backup::{self, Tuning};
use dbbackup::work::WorkContext;
use tokio::task::JoinHandle;

use crate::backup::{Desk, names_in, no_sessions, spec, tiny};
use crate::support::{self, Server, ServerOptions};

/// Slow enough that a job is still running whenever a test looks.
pub(crate) const SLOW: u64 = 256 << 10;

const TABLES: &str = "
    create table big as select i, md5(i::text) as a, repeat('x', 300) as b from generate_series(1, 40000) i;
    create table small as select i from generate_series(1, 100) i;";

pub(crate) fn tables(server: &Server) -> String {
    let database = server.create_database("faults");
    server.psql(&database, TABLES);
    database
}

pub(crate) fn start(spec: BackupSpec, work: &WorkContext) -> JoinHandle<Result<Outcome>> {
    let work = work.clone();
    tokio::spawn(async move { backup::run_with(&spec, &Config::default(), &work, &tiny()).await })
}

/// A slow backup that has copied something.
pub(crate) async fn under_way(spec: BackupSpec) -> (Desk, JoinHandle<Result<Outcome>>) {
    let desk = Desk::new();
    desk.work.throttle.set_limit(Some(SLOW));
    let job = start(spec, &desk.work);
    desk.wait_for_rows().await;
    assert!(!job.is_finished());
    (desk, job)
}

pub(crate) async fn within<T>(seconds: u64, job: JoinHandle<T>) -> T {
    let ended = tokio::time::timeout(Duration::from_secs(seconds), job).await;
    ended.expect("the job did not end in time").unwrap()
}

pub(crate) fn kill(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_mid_copy_fails_the_backup_and_leaves_no_file() {
    let server = Server::start(&ServerOptions::default());
    let database = tables(&server);
    let folder = tempfile::tempdir().unwrap();
    let (_desk, job) = under_way(spec(&server, &database, &folder.path().join("a.dump"))).await;
    assert_eq!(names_in(folder.path()).len(), 1, "the partial file");
    kill(server.pid(), rustix::process::Signal::QUIT);
    let error = within(15, job).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{}", error.chain());
    assert!(error.is_transient());
    assert_eq!(names_in(folder.path()), Vec::<PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_leader_ends_the_backup_at_once() {
    let server = Server::shared();
    let database = tables(server);
    let folder = tempfile::tempdir().unwrap();
    let (_desk, job) = under_way(spec(server, &database, &folder.path().join("a.dump"))).await;
    let leader = format!(
        "select pg_terminate_backend(pid) from pg_stat_activity
          where datname = '{database}' and state = 'idle in transaction' and query not like '%TO STDOUT%'"
    );
    assert_eq!(server.psql("postgres", &leader), "t\n");
    let error = within(10, job).await.unwrap_err();
    assert!(error.chain().contains("the snapshot is lost"), "{}", error.chain());
    assert_eq!(names_in(folder.path()), Vec::<PathBuf>::new());
    no_sessions(server, &database);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_worker_fails_the_backup() {
    let server = Server::shared();
    let database = tables(server);
    let folder = tempfile::tempdir().unwrap();
    let (_desk, job) = under_way(spec(server, &database, &folder.path().join("a.dump"))).await;
    let worker = format!(
        "select pg_terminate_backend(pid) from pg_stat_activity
          where datname = '{database}' and query like '%TO STDOUT%' limit 1"
    );
    assert_eq!(server.psql("postgres", &worker), "t\n");
    let error = within(20, job).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{}", error.chain());
    assert!(error.chain().contains("copying public.big"), "{}", error.chain());
    assert_eq!(names_in(folder.path()), Vec::<PathBuf>::new());
    no_sessions(server, &database);
}

/// A file system of two megabytes; only root can mount one.
pub(crate) struct SmallDisk(pub(crate) tempfile::TempDir);

impl SmallDisk {
    pub(crate) fn mount() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        support::run(
            Command::new("mount")
                .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
                .arg(folder.path()),
        );
        Some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

async fn fill(output: &Path) -> Error {
    let server = Server::shared();
    let database = tables(server);
    let spec =
        BackupSpec { compression: "none".parse().unwrap(), ..spec(server, &database, output) };
    let work = Desk::new().work;
    let error =
        backup::run_with(&spec, &Config::default(), &work, &Tuning::default()).await.unwrap_err();
    no_sessions(server, &database);
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_with_what_was_written_and_nothing_is_left() {
    let Some(disk) = SmallDisk::mount() else {
        // No file can be made in /dev/full's folder either: what is left to prove is the error.
        let error = fill(Path::new("/dev/full")).await;
        assert!(error.chain().contains("/dev/full"), "{}", error.chain());
        return;
    };
    let output = disk.0.path().join("a.dump");
    let error = fill(&output).await;
    assert_eq!(error.kind(), ErrorKind::Io);
    let text = error.chain();
    assert!(text.contains(&format!("writing {} (after 1.", output.display())), "{text}");
    assert!(text.contains("No space left on device"), "{text}");
    assert!(error.hint().unwrap().starts_with("free some space in"), "{:?}", error.hint());
    assert_eq!(names_in(disk.0.path()), Vec::<PathBuf>::new());
}

/// Starts a backup of big and small tables and lets somebody wait to drop one of them before it has
/// copied anything; the table's rows as the archive has them.
async fn dropped_meanwhile(jobs: usize, codec: &str, table: &'static str) -> String {
    let server = Server::shared();
    let database = tables(server);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("a.dump");
    let desk = Desk::new();
    desk.work.throttle.set_paused(true);
    let spec = BackupSpec {
        jobs: NonZeroUsize::new(jobs).unwrap(),
        compression: codec.parse().unwrap(),
        ..spec(server, &database, &output)
    };
    let job = tokio::spawn({
        // A worker may hold less than what one range of the big table gives.
        let (work, tuning) = (desk.work.clone(), Tuning { held_bytes: 8 << 10, ..tiny() });
        async move { backup::run_with(&spec, &Config::default(), &work, &tuning).await }
    });
    desk.wait_for("the first table", |state| !state.current.is_empty()).await;
    let (sql, name) = (format!("drop table {table}"), database.clone());
    let waiting = format!(
        "select count(*) from pg_stat_activity
          where datname = '{database}' and query like '{sql}%' and wait_event_type = 'Lock'"
    );
    let dropping = tokio::task::spawn_blocking(move || server.psql(&name, &sql));
    support::wait_for("DROP to wait", Duration::from_secs(10), || {
        server.psql("postgres", &waiting) == "1\n"
    });
    desk.work.throttle.set_paused(false);
    assert_eq!(within(60, job).await.unwrap(), Outcome::Complete);
    within(10, dropping).await;
    let gone = format!("select to_regclass('{table}') is null");
    assert_eq!(server.psql(&database, &gone), "t\n");
    let said = format!("change public.{table}");
    assert!(desk.messages(Level::Info).iter().any(|text| text.contains(&said)));
    let list = support::run(Command::new(server.bin.join("pg_restore")).arg("-f-").arg(&output));
    let rows = list.split(&format!("COPY public.{table} (")).nth(1).unwrap();
    rows.lines()
        .skip(1)
        .take_while(|line| *line != "\\.")
        .fold(String::new(), |all, line| all + line + "\n")
}

/// The leader's lock makes a DROP wait, and the waiting DROP keeps the workers out: the leader reads
/// the table itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_dropped_during_the_run_is_saved_whole_and_dropped_afterwards() {
    let rows = dropped_meanwhile(1, "gzip", "small").await;
    assert_eq!(rows.lines().count(), 100);
}

/// All workers want the leader at once, and none may keep it while it waits for its turn.
#[tokio::test(flavor = "multi_thread")]
async fn a_split_table_dropped_during_the_run_is_saved_whole_and_in_order() {
    let server = Server::shared();
    let source = server.psql(&tables(server), "copy big to stdout");
    let rows = dropped_meanwhile(4, "none", "big").await;
    assert!(rows == source, "{} lines of {}", rows.lines().count(), source.lines().count());
}

/// A predicate that fails in the middle stands for whatever can stop one table's rows half way.
pub(crate) fn failing_at(row: u32) -> Selection {
    let table = Pattern::exact(&QualifiedName::new("public", "big"));
    let predicate = format!("1 / (i - {row}) is not null");
    Selection { filters: vec![RowFilter { table, predicate }], ..Selection::default() }
}

async fn incomplete(jobs: usize, row: u32) {
    let server = Server::shared();
    let database = tables(server);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("a.dump");
    let spec = BackupSpec {
        jobs: NonZeroUsize::new(jobs).unwrap(),
        selection: failing_at(row),
        compression: "none".parse().unwrap(),
        ..spec(server, &database, &output)
    };
    let desk = Desk::new();
    let outcome = within(30, start(spec, &desk.work)).await.unwrap();
    let Outcome::Incomplete { reasons } = outcome else { panic!("{outcome:?}") };
    assert_eq!(reasons.len(), 1);
    assert!(
        reasons[0].contains("public.big") && reasons[0].contains("division by zero"),
        "{reasons:?}"
    );
    assert!(desk.work.meter.sample().rows > 1000, "rows flowed before the failure");

    let list = support::run(Command::new(server.bin.join("pg_restore")).arg("-l").arg(&output));
    assert!(list.contains("TABLE public big"), "{list}");
    assert!(!list.contains("TABLE DATA public big"), "{list}");
    assert!(list.contains("TABLE DATA public small"), "{list}");
    // The half block was cut off: hardly more than the small table is left.
    assert!(output.metadata().unwrap().len() < 16 << 10, "{}", output.metadata().unwrap().len());

    let restored = server.create_database("half");
    let mut command = Command::new(server.bin.join("pg_restore"));
    command.args([
        "-h",
        "127.0.0.1",
        "-p",
        &server.port.to_string(),
        "-U",
        "postgres",
        "-d",
        &restored,
    ]);
    support::run(command.arg("--exit-on-error").arg(&output));
    let counts = "select (select count(*) from big), (select count(*) from small)";
    assert_eq!(server.psql(&restored, counts), "0|100\n");
    no_sessions(server, &database);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_table_that_fails_half_way_is_cut_off_and_named() {
    incomplete(3, 20_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_table_that_fails_half_way_is_cut_off_and_named() {
    incomplete(1, 20_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_behind_row_level_security_are_missed_by_name() {
    let server = Server::shared();
    let database = tables(server);
    let role = format!("{database}_reader");
    server.psql(
        &database,
        &format!(
            "create role {role} login; grant select on all tables in schema public to {role};
             alter table small enable row level security; create policy p on small using (i < 5)"
        ),
    );
    let folder = tempfile::tempdir().unwrap();
    let mut spec = spec(server, &database, &folder.path().join("a.dump"));
    let url = server.url(&database).replace("postgres@", &format!("{role}@"));
    spec.target = Target { url: Some(Secret::new(url)), ..Target::default() };
    let outcome = within(30, start(spec, &Desk::new().work)).await.unwrap();
    let Outcome::Incomplete { reasons } = outcome else { panic!("{outcome:?}") };
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(
        reasons[0].contains("public.small") && reasons[0].contains("row-level security"),
        "{reasons:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graceful_cancel_leaves_no_file_and_no_session() {
    let server = Server::shared();
    let database = tables(server);
    let folder = tempfile::tempdir().unwrap();
    let (desk, job) = under_way(spec(server, &database, &folder.path().join("a.dump"))).await;
    desk.work.cancel.cancel();
    let outcome = within(10, job).await.unwrap();
    let Outcome::Cancelled { left } = outcome else { panic!("{outcome:?}") };
    assert!(left.starts_with("nothing was written to "), "{left}");
    assert_eq!(names_in(folder.path()), Vec::<PathBuf>::new());
    no_sessions(server, &database);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_backup_can_be_cancelled() {
    let server = Server::shared();
    let database = tables(server);
    let folder = tempfile::tempdir().unwrap();
    let (desk, job) = under_way(spec(server, &database, &folder.path().join("a.dump"))).await;
    desk.work.throttle.set_paused(true);
    desk.work.cancel.cancel();
    assert!(matches!(within(10, job).await.unwrap(), Outcome::Cancelled { .. }));
    no_sessions(server, &database);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forced_cancel_leaves_no_file_at_once_and_soon_no_session() {
    let server = Server::shared();
    let database = tables(server);
    let folder = tempfile::tempdir().unwrap();
    let (_desk, job) = under_way(spec(server, &database, &folder.path().join("a.dump"))).await;
    job.abort();
    assert!(job.await.unwrap_err().is_cancelled());
    assert_eq!(names_in(folder.path()), Vec::<PathBuf>::new());
    no_sessions(server, &database);
}

/// The server works for minutes without sending a row: only a cancel request ends it.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_reaches_a_server_that_sends_nothing() {
    let server = Server::shared();
    let database = tables(server);
    let folder = tempfile::tempdir().unwrap();
    let table = Pattern::exact(&QualifiedName::new("public", "small"));
    let filter = RowFilter { table, predicate: "pg_sleep(100) is not null".into() };
    let selection = Selection { filters: vec![filter], ..Selection::default() };
    let spec = BackupSpec { selection, ..spec(server, &database, &folder.path().join("a.dump")) };
    let desk = Desk::new();
    let job = start(spec, &desk.work);
    desk.wait_for("the slow table", |state| {
        state.current.iter().any(|(_, object)| object == "public.small")
    })
    .await;
    desk.work.cancel.cancel();
    assert!(matches!(within(10, job).await.unwrap(), Outcome::Cancelled { .. }));
    no_sessions(server, &database);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_an_authentication_error_and_makes_no_file() {
    let hba = "local all all trust\nhost all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
    let server =
        Server::start(&ServerOptions { hba: Some(hba.into()), ..ServerOptions::default() });
    server.psql("postgres", "create role guest login password 'right'");
    let folder = tempfile::tempdir().unwrap();
    let mut spec = spec(&server, "postgres", &folder.path().join("a.dump"));
    let url = format!("postgres://guest:wrong@127.0.0.1:{}/postgres", server.port);
    spec.target = Target { url: Some(Secret::new(url)), ..Target::default() };
    let error = within(10, start(spec, &Desk::new().work)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{}", error.chain());
    assert!(!error.is_transient());
    assert!(!error.chain().contains("wrong@"), "{}", error.chain());
    assert_eq!(names_in(folder.path()), Vec::<PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_cannot_be_made_is_refused_before_the_server_is_asked() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    // /proc refuses new files whoever asks.
    for (output, reason) in [
        (folder.path().join("missing/a.dump"), "opening the output's folder"),
        (PathBuf::from("/proc/a.dump"), "creating /proc/.a.dump.partial"),
        (folder.path().to_owned(), "is a folder"),
    ] {
        let spec = spec(server, "no such database", &output);
        let error = within(10, start(spec, &Desk::new().work)).await.unwrap_err();
        assert!(error.chain().contains(reason), "{}", error.chain());
    }
}
