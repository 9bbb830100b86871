//! Limits that follow a real server: signals are read, jobs slow down and recover, and say why.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dbbackup::config::{Config, Env, Overrides, dsn};
use dbbackup::engine::command::Command as Order;
use dbbackup::engine::event::Event;
use dbbackup::engine::{self, Handle};
use dbbackup::model::id::JobId;
use dbbackup::model::job::{JobEvent, Outcome};
use dbbackup::model::secret::Secret;
use dbbackup::model::spec::{BackupSpec, JobSpec};
use dbbackup::model::throttle::{AdaptSpec, LimitReason, Pacing, Signal, Unread};
use dbbackup::postgres::signals::Probe;

use crate::support::{Server, ServerOptions, installations, newest_tool, run, wait_for};

fn config(folder: &std::path::Path) -> Arc<Config> {
    let mut config = Config::default();
    config.paths.home = PathBuf::from("/nonexistent");
    config.paths.state_dir = folder.join("state");
    Arc::new(config)
}

fn job(url: &str, database: &str, output: PathBuf, adapt: &str) -> JobSpec {
    let mut spec = BackupSpec::new(dsn::target(url), database, output);
    spec.pacing = Pacing { windows: None, adapt: Some(adapt.parse().unwrap()) };
    JobSpec::Backup(spec)
}

fn probe(url: &str, database: &str, adapt: &str) -> Probe {
    let spec: AdaptSpec = adapt.parse().unwrap();
    let job = job(url, database, "/nonexistent/x".into(), adapt);
    Probe::new(&job, &spec, config(std::path::Path::new("/nonexistent"))).unwrap()
}

fn value(values: &[(Signal, Result<u64, Unread>)], signal: Signal) -> Result<u64, Unread> {
    values.iter().find(|(known, _)| *known == signal).unwrap().1.clone()
}

/// Sessions that are active until this is dropped.
struct Crowd(Vec<Child>);

impl Crowd {
    fn new(server: &Server, count: usize) -> Self {
        let sleeper = || {
            let mut psql = server.tool("psql");
            psql.args(["-X", "-d", "postgres", "-c", "select pg_sleep(120)"]);
            psql.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let crowd = Self((0..count).map(|_| sleeper()).collect());
        let asleep = "select count(*) from pg_stat_activity where query = 'select pg_sleep(120)' \
                      and state = 'active'";
        wait_for("the sleepers", Duration::from_secs(30), || {
            server.psql("postgres", asleep).trim().parse::<usize>().unwrap() >= count
        });
        crowd
    }

    fn leave(self, server: &Server) {
        drop(self);
        let gone = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
                    where query = 'select pg_sleep(120)'";
        server.psql("postgres", gone);
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The next report of the job that is wanted.
async fn until<T>(engine: &mut Handle, mut wanted: impl FnMut(&JobEvent) -> Option<T>) -> T {
    let waiting = async {
        loop {
            if let Some(Event::Job { event, .. }) = engine.events.recv().await
                && let Some(found) = wanted(&event)
            {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting).await.expect("it was not reported")
}

#[tokio::test(flavor = "multi_thread")]
async fn many_active_sessions_lower_the_limit_and_their_end_gives_it_back() {
    let server = Server::start(&ServerOptions::default());
    let database = server.create_database("busy");
    server.psql(
        &database,
        "create table t as select n, repeat('x', 900) v from generate_series(1, 60000) n",
    );
    let folder = tempfile::tempdir().unwrap();
    let adapt = "sessions=5,every=200ms,floor=100K,ceiling=4M";
    let spec = job(&server.url(&database), &database, folder.path().join("x.dump"), adapt);
    let mut engine = engine::start(config(folder.path()));
    let id = JobId(1);
    engine.send(Order::Start { job: id, spec: Box::new(spec) }).await.unwrap();
    let limit = |event: &JobEvent| match event {
        JobEvent::Throttle { limit, reason, .. } => Some((*limit, reason.clone())),
        _ => None,
    };
    let first = until(&mut engine, limit).await;
    assert_eq!(first, (Some(4_000_000), LimitReason::Quiet));
    let crowd = Crowd::new(&server, 9);
    let (fallen, reason) = until(&mut engine, limit).await;
    assert!(fallen.unwrap() < 4_000_000, "{fallen:?}");
    let text = reason.to_string();
    assert!(text.starts_with("active sessions ") && text.ends_with(" over 5"), "{text}");
    crowd.leave(&server);
    let open = |event: &JobEvent| limit(event).filter(|(limit, _)| *limit == Some(4_000_000));
    let (_, reason) = until(&mut engine, open).await;
    assert_eq!(reason, LimitReason::Quiet);
    engine.send(Order::SetRate { job: id, limit: "off".parse().unwrap() }).await.unwrap();
    let end = |event: &JobEvent| match event {
        JobEvent::Finished { outcome, .. } => Some(outcome.clone()),
        _ => None,
    };
    assert_eq!(until(&mut engine, end).await, Outcome::Complete);
    engine.close().await.unwrap();
    let record = std::fs::read_to_string(folder.path().join("state/jobs/000000000001.json"));
    let record = record.unwrap_or_else(|_| {
        let files = std::fs::read_dir(folder.path().join("state/jobs")).unwrap().flatten();
        let json =
            files.map(|file| file.path()).find(|path| path.extension() == Some("json".as_ref()));
        std::fs::read_to_string(json.unwrap()).unwrap()
    });
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert!(record["state"]["adjustments"]["count"].as_u64().unwrap() >= 4, "{record}");
    assert!(record["meter"]["throttled_bytes"].as_u64().unwrap() > 50_000_000);
    assert!(record["meter"]["throttle_wait_micros"].as_u64().unwrap() > 500_000);
}

#[tokio::test]
async fn every_version_tells_its_signals() {
    for (major, bin) in installations() {
        let config = ["archive_mode = on", "archive_command = 'false'"].map(str::to_owned).to_vec();
        let server =
            Server::start(&ServerOptions { bin: Some(bin), config, ..ServerOptions::default() });
        let database = server.create_database("signals");
        let adapt = "lag=10s,sessions=20,commit=50ms,archiver=5";
        let mut probe = probe(&server.url(&database), &database, adapt);
        let values = probe.read().await;
        assert_eq!(value(&values, Signal::Lag), Ok(0), "{major}: no replica");
        assert_eq!(value(&values, Signal::Sessions), Ok(0), "{major}: nobody but us");
        assert!(value(&values, Signal::Commit).is_ok(), "{major}: {values:?}");
        server.psql(&database, "create table t (a int)");
        for _ in 0..4 {
            server.psql(&database, "insert into t values (1)");
            server.psql(&database, "select pg_switch_wal()");
        }
        // The archiver fails at its first file, and says so when it does.
        let begun = Instant::now();
        loop {
            let queue = value(&probe.read().await, Signal::Archiver);
            if queue.as_ref().is_ok_and(|queue| *queue >= 3) {
                break;
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "{major}: {queue:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test]
async fn a_role_that_may_not_see_others_is_told_so() {
    let server = Server::shared();
    let database = server.create_database("blind");
    server.psql(&database, "create role blind login");
    let url = format!("postgres://blind@127.0.0.1:{}/{database}", server.port);
    let mut probe = probe(&url, &database, "lag=10s,sessions=20,commit=50ms,archiver=5");
    let values = probe.read().await;
    for signal in [Signal::Lag, Signal::Sessions] {
        let unread = value(&values, signal).unwrap_err();
        assert!(unread.lasting && unread.why.contains("pg_read_all_stats"), "{unread:?}");
    }
    let off = value(&values, Signal::Archiver).unwrap_err();
    assert!(off.lasting && off.why.contains("archive_mode"), "{off:?}");
    assert!(value(&values, Signal::Commit).is_ok());
}

#[tokio::test]
async fn a_commit_that_is_forbidden_takes_no_other_signal_with_it() {
    let server = Server::shared();
    let database = server.create_database("muted");
    server.psql(&database, "create role muted login; grant pg_read_all_stats to muted");
    server.psql(
        &database,
        "do $$ declare f regprocedure; begin \
         for f in select oid from pg_proc where proname = 'pg_logical_emit_message' loop \
         execute format('revoke execute on function %s from public', f); end loop; end $$",
    );
    let url = format!("postgres://muted@127.0.0.1:{}/{database}", server.port);
    let mut probe = probe(&url, &database, "lag=10s,sessions=20,commit=50ms");
    for look in 1..=3 {
        let values = probe.read().await;
        let forbidden = value(&values, Signal::Commit).unwrap_err();
        assert!(forbidden.lasting && forbidden.why.contains("denied"), "{look}: {forbidden:?}");
        for signal in [Signal::Lag, Signal::Sessions] {
            assert!(value(&values, signal).is_ok(), "{look}: {values:?}");
        }
    }
}

#[tokio::test]
async fn nothing_is_committed_on_a_server_that_the_command_line_calls_read_only() {
    let server = Server::shared();
    let database = server.create_database("untouched");
    let overrides = Overrides { read_only: true, ..Overrides::default() };
    let env = Env([("HOME".to_owned(), Secret::new("/nonexistent"))].into());
    let config = Arc::new(Config::load(env, &overrides).unwrap());
    let job = job(&server.url(&database), &database, "/nonexistent/x".into(), "commit=50ms");
    let mut probe = Probe::new(&job, &"commit=50ms".parse().unwrap(), config).unwrap();
    let refused = value(&probe.read().await, Signal::Commit).unwrap_err();
    assert!(refused.lasting && refused.why.contains("read-only"), "{refused:?}");
}

#[tokio::test]
async fn a_standby_whose_replay_is_paused_lags_and_one_that_goes_on_does_not() {
    let primary = Server::start(&ServerOptions {
        config: vec!["wal_level = replica".into(), "max_wal_senders = 4".into()],
        ..ServerOptions::default()
    });
    let database = primary.create_database("led");
    let standby = Standby::of(&primary);
    let mut probe = probe(&primary.url(&database), &database, "lag=1s");
    primary.psql(&database, "create table t (a int)");
    wait_for("the standby", Duration::from_secs(30), || {
        let replayed = "select count(*) from pg_stat_replication where state = 'streaming' \
                        and replay_lsn = pg_current_wal_lsn()";
        primary.psql("postgres", replayed) == "1\n"
    });
    standby.psql("select pg_wal_replay_pause()");
    primary.psql(&database, "insert into t select generate_series(1, 1000)");
    let begun = Instant::now();
    loop {
        let lag = value(&probe.read().await, Signal::Lag);
        if lag.as_ref().is_ok_and(|lag| *lag > 1_000) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{lag:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    standby.psql("select pg_wal_replay_resume()");
    let begun = Instant::now();
    while value(&probe.read().await, Signal::Lag) != Ok(0) {
        assert!(begun.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A streaming standby of another cluster, gone when this is dropped.
struct Standby {
    folder: PathBuf,
    port: u16,
    process: Child,
}

impl Standby {
    fn of(primary: &Server) -> Self {
        let folder = primary.folder.join("standby");
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let copy = "pg_basebackup";
        let bin = &primary.bin;
        run(crate::support::as_server_user(&bin.join(copy))
            .args(["-h", "127.0.0.1", "-U", "postgres", "-R", "-X", "stream", "-c", "fast"])
            .args(["-p", &primary.port.to_string(), "-D"])
            .arg(&folder));
        let process = crate::support::as_server_user(&bin.join("postgres"))
            .arg("-D")
            .arg(&folder)
            .args(["-p", &port.to_string()])
            .args(["-c", &format!("unix_socket_directories={}", folder.display())])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let standby = Self { folder, port, process };
        wait_for("the standby to answer", Duration::from_mins(1), || {
            let mut ready = Command::new(newest_tool("pg_isready"));
            ready.args(["-q", "-h", "127.0.0.1", "-p", &standby.port.to_string()]);
            ready.status().is_ok_and(|status| status.success())
        });
        standby
    }

    fn psql(&self, sql: &str) -> String {
        let mut psql = Command::new(newest_tool("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-h", "127.0.0.1", "-U", "postgres", "-d", "postgres"]);
        run(psql.args(["-p", &self.port.to_string(), "-c", sql]))
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.process);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::QUIT);
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
