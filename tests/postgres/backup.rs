//! Backups judged by pg_restore and pg_dump.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use dbbackup::config::Config;
use dbbackup::error::Result;
use dbbackup::model::conn::Target;
use dbbackup::model::job::{JobEvent, JobState, Level, Outcome};
use dbbackup::model::name::QualifiedName;
use dbbackup::model::pattern::Pattern;
use dbbackup::model::secret::Secret;
use dbbackup::model::spec::{BackupSpec, Compression, Parts, RowFilter, Selection};
use dbbackup::postgres::backup::{self, Tuning};
use dbbackup::throttle::Throttle;
use dbbackup::work::WorkContext;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::support::{self, Server, ServerOptions};

/// A backup of everything.
pub(crate) fn spec(server: &Server, database: &str, output: &Path) -> BackupSpec {
    let url = Some(Secret::new(server.url(database)));
    BackupSpec {
        compression: "gzip:1".parse().unwrap(),
        jobs: NonZeroUsize::new(3).unwrap(),
        ..BackupSpec::new(Target { url, ..Target::default() }, database, output)
    }
}

/// Splits every table that has more than one block, into pieces of a few rows.
pub(crate) fn tiny() -> Tuning {
    Tuning {
        piece_bytes: 4096,
        held_bytes: 64 << 10,
        split_over: 16 << 10,
        range_min: 8192,
        range_max: 16 << 10,
    }
}

/// What a job needs to run, and what it reported.
pub(crate) struct Desk {
    pub(crate) work: WorkContext,
    events: Arc<Mutex<Vec<JobEvent>>>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let (events, mut queue) = mpsc::channel(64);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        std::thread::spawn(move || {
            while let Some(event) = queue.blocking_recv() {
                kept.lock().unwrap().push(event);
            }
        });
        let work = WorkContext {
            events,
            meter: Arc::default(),
            cancel: CancellationToken::new(),
            throttle: Arc::new(Throttle::new(None)),
            around: None,
        };
        Self { work, events: seen }
    }

    /// What a front knows of the job.
    pub(crate) fn state(&self) -> JobState {
        let mut state = JobState::default();
        for event in self.events.lock().unwrap().iter() {
            state.apply(jiff::Timestamp::UNIX_EPOCH, event);
        }
        state
    }

    pub(crate) fn messages(&self, at_least: Level) -> Vec<String> {
        let events = self.events.lock().unwrap();
        let texts = events.iter().filter_map(|event| match event {
            JobEvent::Message { level, text } if *level >= at_least => Some(text.clone()),
            _ => None,
        });
        texts.collect()
    }

    /// Waits until rows are flowing.
    pub(crate) async fn wait_for_rows(&self) {
        self.wait_for("rows to flow", |state| !state.current.is_empty()).await;
        while self.work.meter.sample().rows == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) async fn wait_for(&self, what: &str, ready: impl Fn(&JobState) -> bool) {
        let begun = std::time::Instant::now();
        while !ready(&self.state()) {
            assert!(begun.elapsed() < Duration::from_secs(30), "waited in vain for {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

pub(crate) async fn back_up(spec: &BackupSpec, tuning: &Tuning) -> Result<Outcome> {
    backup::run_with(spec, &Config::default(), &Desk::new().work, tuning).await
}

pub(crate) async fn complete(spec: &BackupSpec, tuning: &Tuning) {
    let outcome = back_up(spec, tuning).await.unwrap_or_else(|e| panic!("{}", e.chain()));
    assert_eq!(outcome, Outcome::Complete);
}

/// A cluster whose own pg_restore reads every codec.
pub(crate) fn newest() -> &'static Server {
    static NEWEST: OnceLock<Server> = OnceLock::new();
    NEWEST.get_or_init(|| {
        let bin = support::newest_tool("pg_restore").parent().map(Path::to_owned);
        Server::start(&ServerOptions { bin, ..ServerOptions::default() })
    })
}

/// The server's own tool: a newer pg_restore sends settings that an older server does not know.
pub(crate) fn own_tool(server: &Server, name: &str) -> Command {
    let mut command = Command::new(server.bin.join(name));
    command.args(["-h", "127.0.0.1", "-p", &server.port.to_string(), "-U", "postgres"]);
    command
}

pub(crate) fn restore(server: &Server, archive: &Path) -> String {
    let database = server.create_database("restored");
    let mut command = own_tool(server, "pg_restore");
    support::run(command.args(["-j2", "--exit-on-error", "-d", &database]).arg(archive));
    database
}

/// The restored database says the same, its rows in the same order.
pub(crate) fn assert_equal(server: &Server, source: &str, restored: &str, options: &[&str]) {
    let (source, restored) =
        (server.dump_text(source, options), server.dump_text(restored, options));
    assert_same_lines(&source, &restored);
}

pub(crate) fn assert_same_lines(source: &str, restored: &str) {
    let lines = |text: &str| text.lines().count();
    let differs = source.lines().zip(restored.lines()).find(|(a, b)| a != b);
    let counts = (lines(source), lines(restored));
    assert!(source == restored, "{counts:?} lines, first: {differs:?}");
}

const SHOP: &str = r#"
create schema sales;
create type sales.state as enum ('new', 'paid', 'sent');
create table sales.customers (id int generated always as identity primary key, name text not null, note text);
create table sales.orders (
  id bigserial primary key, customer int not null references sales.customers,
  state sales.state not null default 'new', total numeric(12,2), placed timestamptz, doc jsonb,
  twice numeric generated always as (total * 2) stored);
create index on sales.orders (customer);
create table public.empty (a int, b text);
create table public.nothing ();
create table public."Odd ""Table" ("a column" text, "B" int);
create table public.wide (id int, payload text, raw bytea);
create sequence public.counter start 41 increment 2;
insert into sales.customers (name, note) select 'customer ' || i, case when i % 3 = 0 then null else md5(i::text) end
  from generate_series(1, 2000) i;
insert into sales.orders (customer, state, total, placed, doc)
  select 1 + i % 2000, (array['new','paid','sent'])[1 + i % 3]::sales.state, i / 7.0,
         timestamptz '2026-01-01 00:00Z' + i * interval '1 minute', jsonb_build_object('n', i, 't', repeat('x', i % 50))
  from generate_series(1, 20000) i;
insert into public.nothing default values;
insert into public.nothing default values;
insert into public."Odd ""Table" values (E'tab\tnew\nline\\.', 1), ('\.', 2), ('', 3), (null, 4), (E'\r\n', 5), ('ünï ☃', 6);
insert into public.wide select i, repeat(md5(i::text), 20000), decode(repeat(md5(i::text), 5000), 'hex') from generate_series(1, 12) i;
select nextval('public.counter'), nextval('public.counter');
"#;

pub(crate) fn shop(server: &Server) -> String {
    let database = server.create_database("shop");
    server.psql(&database, SHOP);
    database
}

async fn round_trip(server: &'static Server, compression: &str, tuning: &Tuning) {
    let folder = tempfile::tempdir().unwrap();
    let database = shop(server);
    let archive = folder.path().join("shop.dump");
    let compression: Compression = compression.parse().unwrap();
    complete(&BackupSpec { compression, ..spec(server, &database, &archive) }, tuning).await;
    let restored = restore(server, &archive);
    assert_equal(server, &database, &restored, &[]);
    assert_eq!(server.psql(&restored, "select nextval('public.counter')"), "45\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_without_compression_restores_to_the_source() {
    round_trip(Server::shared(), "none", &tiny()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_with_gzip_restores_to_the_source() {
    round_trip(Server::shared(), "gzip:6", &tiny()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_with_lz4_restores_to_the_source() {
    round_trip(newest(), "lz4", &tiny()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_with_zstd_restores_to_the_source() {
    round_trip(newest(), "zstd", &tiny()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_sizes_and_one_worker_restore_to_the_source() {
    round_trip(newest(), "zstd:1", &Tuning::default()).await;
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let database = shop(server);
    let archive = folder.path().join("one.dump");
    let jobs = NonZeroUsize::MIN;
    complete(&BackupSpec { jobs, ..spec(server, &database, &archive) }, &Tuning::default()).await;
    let restored = restore(server, &archive);
    assert_equal(server, &database, &restored, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_from_a_pipe_restores_as_well() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let database = shop(server);
    let archive = folder.path().join("pipe.dump");
    complete(&spec(server, &database, &archive), &tiny()).await;
    let restored = server.create_database("piped");
    let mut cat =
        Command::new("cat").arg(&archive).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut command = own_tool(server, "pg_restore");
    command.args(["--exit-on-error", "-d", &restored]).stdin(cat.stdout.take().unwrap());
    support::run(&mut command);
    cat.wait().unwrap();
    assert_equal(server, &database, &restored, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_table_is_copied_by_several_workers_and_counted_once() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let database = server.create_database("split");
    server.psql(
        &database,
        "create table t as select i, md5(i::text) from generate_series(1, 30000) i",
    );
    let archive = folder.path().join("t.dump");
    let desk = Desk::new();
    let spec = spec(server, &database, &archive);
    let outcome = backup::run_with(&spec, &Config::default(), &desk.work, &tiny()).await;
    assert_eq!(outcome.unwrap(), Outcome::Complete);
    let sample = desk.work.meter.sample();
    assert_eq!(sample.rows, 30_000);
    assert_eq!(sample.archive_bytes, archive.metadata().unwrap().len());
    desk.wait_for("the table's end", |state| state.objects_done == 1).await;
    let restored = restore(server, &archive);
    let sums = "select count(*), count(distinct i), sum(i) from t";
    assert_eq!(server.psql(&restored, sums), "30000|30000|450015000\n");
}

/// Rows that some ranges have many more bytes of than others, some larger than what a worker may
/// hold; dead ones between them.
const UNEVEN: &str = "
create table uneven (i int, t text);
alter table uneven alter t set storage external;
insert into uneven select i, repeat(md5(i::text), case when i % 1500 = 7 then 30000 else i % 9 end)
  from generate_series(1, 12000) i;
delete from uneven where i % 11 = 0 or i between 5000 and 5600;
update uneven set t = t || ' again' where i % 17 = 0;
create table even as select i, i % 7 as k from generate_series(12000, 1, -1) i;
";

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_four_workers_copy_keep_the_order_of_their_rows() {
    let server = newest();
    let folder = tempfile::tempdir().unwrap();
    let database = server.create_database("order");
    server.psql(&database, UNEVEN);
    let archive = folder.path().join("order.dump");
    let rows = |database: &str, table| server.psql(database, &format!("copy {table} to stdout"));
    for compression in ["none", "zstd", "none", "gzip", "none"] {
        let spec = BackupSpec {
            compression: compression.parse().unwrap(),
            jobs: NonZeroUsize::new(4).unwrap(),
            overwrite: true,
            ..spec(server, &database, &archive)
        };
        complete(&spec, &tiny()).await;
        let restored = restore(server, &archive);
        for table in ["uneven", "even"] {
            assert_same_lines(&rows(&database, table), &rows(&restored, table));
        }
    }
}

/// The rows of all tables are those of one moment, though another session moves amounts between
/// tables and rewrites rows all the time.
#[tokio::test(flavor = "multi_thread")]
async fn rows_are_those_of_one_moment_while_others_write() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let database = server.create_database("moving");
    server.psql(
        &database,
        "create table a as select i, 1000 as amount, repeat('x', 200) as pad from generate_series(1, 4000) i;
         create table b as select i, 1000 as amount, repeat('x', 200) as pad from generate_series(1, 4000) i;",
    );
    let archive = folder.path().join("moving.dump");
    let desk = Desk::new();
    desk.work.throttle.set_limit(Some(1 << 20));
    let spec = spec(server, &database, &archive);
    let job = tokio::spawn({
        let work = desk.work.clone();
        async move { backup::run_with(&spec, &Config::default(), &work, &tiny()).await }
    });
    desk.wait_for_rows().await;
    desk.work.throttle.set_paused(true);
    let moves = database.clone();
    let rounds = tokio::task::spawn_blocking(move || {
        for round in 0..5 {
            server.psql(
                &moves,
                &format!(
                    "begin; update a set amount = amount - {round} - 1; update b set amount = amount + {round} + 1;
                     insert into a values (9000 + {round}, 5, 'new'); commit"
                ),
            );
        }
    });
    rounds.await.unwrap();
    assert!(!job.is_finished(), "the backup ended before the writes");
    desk.work.throttle.set_limit(None);
    desk.work.throttle.set_paused(false);
    assert_eq!(job.await.unwrap().unwrap(), Outcome::Complete);
    let restored = restore(server, &archive);
    let sums =
        "select (select count(*) from a), (select sum(amount) from a), (select sum(amount) from b)";
    assert_eq!(server.psql(&restored, sums), "4000|4000000|4000000\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_rows_that_were_asked_for_are_copied() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let database = shop(server);
    let archive = folder.path().join("some.dump");
    let pattern = |name: &str| Pattern::exact(&QualifiedName::new("sales", name));
    let selection = Selection {
        filters: vec![RowFilter {
            table: pattern("orders"),
            predicate: "id % 10 = 0 or id = 7 -- and no others".into(),
        }],
        exclude_table_data: vec![Pattern::exact(&QualifiedName::new("public", "wide"))],
        ..Selection::default()
    };
    complete(&BackupSpec { selection, ..spec(server, &database, &archive) }, &tiny()).await;
    let restored = restore(server, &archive);
    let counts = "select (select count(*) from sales.orders), (select count(*) from sales.orders where id % 10 <> 0),
                  (select count(*) from public.wide), (select count(*) from sales.customers)";
    assert_eq!(server.psql(&restored, counts), "2001|1|0|2000\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn definitions_and_rows_can_be_taken_apart() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let database = shop(server);
    let (schema, data) = (folder.path().join("s.dump"), folder.path().join("d.dump"));
    let parts = Parts { schema_only: true, ..Parts::default() };
    complete(&BackupSpec { parts, ..spec(server, &database, &schema) }, &tiny()).await;
    let restored = restore(server, &schema);
    assert_equal(server, &database, &restored, &["--schema-only"]);
    assert_eq!(server.psql(&restored, "select count(*) from sales.orders"), "0\n");

    let parts = Parts { data_only: true, ..Parts::default() };
    complete(&BackupSpec { parts, ..spec(server, &database, &data) }, &tiny()).await;
    let mut command = own_tool(server, "pg_restore");
    support::run(command.args(["--exit-on-error", "-d", &restored]).arg(&data));
    assert_equal(server, &database, &restored, &[]);
}

/// Huge rows among small ones, and a table of many blocks that nobody splits.
#[tokio::test(flavor = "multi_thread")]
async fn rows_larger_than_a_piece_pass_whole() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let database = server.create_database("huge");
    server.psql(
        &database,
        "create table huge (i int, t text);
         insert into huge select i, repeat(md5(i::text), case when i % 5 = 0 then 100000 else i end)
           from generate_series(1, 40) i;",
    );
    let archive = folder.path().join("huge.dump");
    for jobs in [1, 3] {
        let jobs = NonZeroUsize::new(jobs).unwrap();
        let spec = BackupSpec { jobs, overwrite: true, ..spec(server, &database, &archive) };
        complete(&spec, &tiny()).await;
        assert_equal(server, &database, &restore(server, &archive), &[]);
    }
}

/// A server that speaks TLS, with a certificate of its own making.
fn tls_server() -> Server {
    let folder = &Server::shared().folder;
    let mut command = support::as_server_user(Path::new("openssl"));
    command.current_dir(folder).args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"]);
    command.args(["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=backup"]);
    support::run(command.args(["-keyout", "backup.key", "-out", "backup.crt"]));
    let file = |name: &str| folder.join(name).display().to_string();
    let config = vec![
        "ssl = on".to_owned(),
        format!("ssl_cert_file = '{}'", file("backup.crt")),
        format!("ssl_key_file = '{}'", file("backup.key")),
    ];
    Server::start(&ServerOptions { config, ..ServerOptions::default() })
}

/// However the bytes come: the rows are taken off below the driver, and above TLS.
#[tokio::test(flavor = "multi_thread")]
async fn rows_come_over_every_kind_of_connection() {
    let tls = tls_server();
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.dump");
    for (server, modes) in [
        (&tls, ["sslmode=require", "sslmode=prefer", "sslmode=disable"]),
        (Server::shared(), ["sslmode=prefer", "sslmode=allow", "socket"]),
    ] {
        let database = shop(server);
        for mode in modes {
            let url = match mode {
                "socket" => {
                    let folder = server.folder.display();
                    format!("host={folder} port={} user=postgres dbname={database}", server.port)
                }
                mode => format!("{}?{mode}", server.url(&database)),
            };
            let target = Target { url: Some(Secret::new(url)), ..Target::default() };
            let spec = BackupSpec { target, overwrite: true, ..spec(server, &database, &archive) };
            complete(&spec, &tiny()).await;
            assert_equal(server, &database, &restore(server, &archive), &[]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_tells_what_will_happen_and_holds_nothing() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let database = shop(server);
    let output = folder.path().join("plan.dump");
    let spec = spec(server, &database, &output);
    let plan = backup::plan(&spec, &Config::default()).await.unwrap();
    let sizes: Vec<_> = plan.objects.iter().filter_map(|object| object.bytes).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
    assert_eq!(plan.data_objects, 6);
    assert_eq!(plan.bytes, sizes.iter().sum::<u64>());
    assert!(plan.objects.iter().any(|object| object.name == "sales.orders"));
    assert!(plan.locks[0].starts_with("ACCESS SHARE on 6 tables"), "{:?}", plan.locks);
    assert_eq!(plan.warnings, Vec::<String>::new());
    assert!(plan.command_line.starts_with("dbbackup "));
    let fact = |label: &str| plan.facts.iter().find(|(name, _)| name == label).unwrap().1.clone();
    assert!(fact("server").starts_with("PostgreSQL "), "{}", fact("server"));
    assert_eq!(fact("compression"), "gzip:1");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "a plan makes no file");
    no_sessions(server, &database);

    std::fs::write(&output, "precious").unwrap();
    let error = backup::plan(&spec, &Config::default()).await.unwrap_err();
    assert!(error.to_string().ends_with("plan.dump exists already"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_warns_of_foreign_keys_that_lead_out_of_the_archive() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let database = server.create_database("leads_out");
    server.psql(
        &database,
        "create table a (id int primary key); create table b (a int references a)",
    );
    let whole = spec(server, &database, &folder.path().join("plan.dump"));
    let tables = vec![Pattern::exact(&QualifiedName::new("public", "b"))];
    let part = BackupSpec { selection: Selection { tables, ..Selection::default() }, ..whole };
    let plan = backup::plan(&part, &Config::default()).await.unwrap();
    let [warning] = plan.warnings.as_slice() else { panic!("{:?}", plan.warnings) };
    assert!(
        warning.starts_with("foreign key b_a_fkey of public.b references public.a"),
        "{warning}"
    );
    let parts = Parts { data_only: true, ..Parts::default() };
    let rows = BackupSpec { parts, ..part };
    let plan = backup::plan(&rows, &Config::default()).await.unwrap();
    assert_eq!(plan.warnings, Vec::<String>::new());
}

/// Waits until nobody is connected to the database.
pub(crate) fn no_sessions(server: &Server, database: &str) {
    let count = format!("select count(*) from pg_stat_activity where datname = '{database}'");
    support::wait_for("sessions to end", Duration::from_secs(10), || {
        server.psql("postgres", &count) == "0\n"
    });
}

/// Names in a folder, sorted.
pub(crate) fn names_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<PathBuf> = entries.map(|entry| entry.unwrap().file_name().into()).collect();
    names.sort();
    names
}
