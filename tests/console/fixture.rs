//! A console on a scripted engine: keys and events in, effects and state out. No clock, no server.

use std::path::{Path, PathBuf};

use dbbackup::app::App;
use dbbackup::app::keymap::parse_key;
use dbbackup::app::layout::Size;
use dbbackup::app::msg::{Effect, Mouse, MouseKind, Msg};
use dbbackup::config::{Config, Paths, Profile};
use dbbackup::engine::command::Command;
use dbbackup::engine::event::Event;
use dbbackup::model::archive::{ArchiveListing, EntryInfo, Preview, PreviewRows};
use dbbackup::model::catalog::{Catalog, DatabaseInfo, RelationInfo, RelationKind, ServerInfo};
use dbbackup::model::cluster::{
    ClusterCatalogue, ClusterDatabase, ClusterListing, ClusterServer, DatabaseLocale, GlobalsInfo,
    TablespaceInfo,
};
use dbbackup::model::command_line;
use dbbackup::model::conn::{ConnState, Target};
use dbbackup::model::error_kind::ErrorKind;
use dbbackup::model::id::{IdSource, JobId};
use dbbackup::model::job::{ErrorReport, JobEvent, Outcome, Phase};
use dbbackup::model::meter::MeterSample;
use dbbackup::model::name::QualifiedName;
use dbbackup::model::plan::{Plan, PlannedObject};
use dbbackup::model::secret::Secret;
use dbbackup::model::spec::{
    ArchiveFormat, BackupSpec, ClusterBackupSpec, ClusterRestoreSpec, Codec, JobSpec, RestoreSpec,
    Section,
};
use jiff::{SignedDuration, Timestamp};

/// Where the scripted engine is.
pub(crate) const ADDRESS: &str = "db.example:5432";

/// A console and what came out of it so far.
pub(crate) struct Script {
    /// The console.
    pub(crate) app: App,
    /// Effects that were not taken yet.
    pub(crate) effects: Vec<Effect>,
    /// Tables of the target that a plan is to name as endangered.
    pub(crate) endangers: Vec<String>,
    now: Timestamp,
}

impl Script {
    /// A console that was just started, 120×36, nothing connected.
    pub(crate) fn new() -> Self {
        Self::with(&config(), 120, 36)
    }

    /// A console that was just started with this config and size.
    pub(crate) fn with(config: &Config, width: u16, height: u16) -> Self {
        let now: Timestamp = "2026-02-11T14:02:11Z".parse().unwrap();
        let ids = IdSource::new(1_000);
        let mut app = App::new(config, ids, Size { width, height }, now);
        let target = Target { database: Some("shop".into()), ..Target::default() };
        let effects = app.start(target);
        Self { app, effects, endangers: Vec::new(), now }
    }

    /// A console that is connected and has read the shop's catalog; the tables pane has the keys.
    pub(crate) fn browsing() -> Self {
        Self::browsing_at(120, 36)
    }

    /// The same at another size.
    pub(crate) fn browsing_at(width: u16, height: u16) -> Self {
        Self::with(&config(), width, height).connect().serve().keys("2")
    }

    /// Types keys: characters as they are, others in angle brackets, `<lt>` for an opening one.
    pub(crate) fn keys(mut self, keys: &str) -> Self {
        let mut rest = keys;
        while let Some(c) = rest.chars().next() {
            let (name, after) = match rest.strip_prefix('<').and_then(|r| r.split_once('>')) {
                Some((name, after)) => (name.to_owned(), after),
                None => (c.to_string(), &rest[c.len_utf8()..]),
            };
            let key = match name.as_str() {
                "lt" => parse_key("<"),
                " " => parse_key("space"),
                name => parse_key(name),
            };
            self = self.msg(Msg::Key(key.unwrap_or_else(|e| panic!("in {keys:?}: {e}"))));
            rest = after;
        }
        self
    }

    /// Sends a message.
    pub(crate) fn msg(mut self, msg: Msg) -> Self {
        self.effects.extend(self.app.update(msg));
        self
    }

    /// Lets the engine report.
    pub(crate) fn event(self, event: Event) -> Self {
        self.msg(Msg::Engine(event))
    }

    /// Lets seconds pass, one tick each.
    pub(crate) fn wait(mut self, seconds: i64) -> Self {
        for _ in 0..seconds {
            self.now += SignedDuration::from_secs(1);
            self = self.tick();
        }
        self
    }

    fn tick(self) -> Self {
        let now = self.now;
        self.msg(Msg::Tick(now))
    }

    /// Clicks a cell.
    pub(crate) fn click(self, column: u16, row: u16) -> Self {
        self.msg(Msg::Mouse(Mouse { column, row, kind: MouseKind::Press }))
    }

    /// Turns the wheel towards the user over a cell.
    pub(crate) fn wheel_down(self, column: u16, row: u16) -> Self {
        self.msg(Msg::Mouse(Mouse { column, row, kind: MouseKind::WheelDown }))
    }

    /// The browsing connection comes up.
    pub(crate) fn connect(self) -> Self {
        self.connection(ConnState::Connected { address: ADDRESS.into(), server: server() })
    }

    /// The browsing connection's state changes.
    pub(crate) fn connection(self, state: ConnState) -> Self {
        self.event(Event::Connection(Box::new(state)))
    }

    /// Answers all open questions as the scripted server does, until none is left; an order to
    /// connect is taken as carried out.
    pub(crate) fn serve(mut self) -> Self {
        loop {
            let commands = self.take_commands();
            let answers: Vec<Event> =
                commands.iter().filter_map(|command| self.answer(command)).collect();
            // What is no question stays for the test to look at.
            let others = commands.into_iter().filter(|command| {
                !matches!(command, Command::Connect { .. }) && self.answer(command).is_none()
            });
            let others: Vec<Effect> = others.map(Effect::Send).collect();
            self.effects.extend(others);
            if answers.is_empty() {
                return self;
            }
            for event in answers {
                self = self.event(event);
            }
        }
    }

    fn take_commands(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        let mut effects = Vec::new();
        for effect in self.effects.drain(..) {
            match effect {
                Effect::Send(command) => commands.push(command),
                other => effects.push(other),
            }
        }
        self.effects = effects;
        commands
    }

    fn answer(&self, command: &Command) -> Option<Event> {
        Some(match command {
            Command::LoadDatabases { request } => {
                Event::Databases { request: *request, result: Ok(databases()) }
            }
            Command::LoadCatalog { request, database } => Event::Catalog {
                request: *request,
                database: database.clone(),
                result: Ok(Box::new(catalog(database))),
            },
            Command::ListArchive { request, path, .. } if is_cluster(path) => {
                Event::Cluster { request: *request, result: Ok(Box::new(cluster(path))) }
            }
            Command::ListArchive { request, path, .. } => {
                Event::Archive { request: *request, result: listing(path).map(Box::new) }
            }
            Command::LookInto { request, id, .. } => {
                Event::Look { request: *request, result: Ok(Box::new(preview(*id))) }
            }
            Command::LoadHistory { request } => {
                Event::History { request: *request, records: Vec::new(), unreadable: Vec::new() }
            }
            Command::Plan { job, spec } => {
                Event::Planned { job: *job, result: Ok(Box::new(plan(spec, &self.endangers))) }
            }
            _ => return None,
        })
    }

    /// The commands that were sent since the last time, taken.
    pub(crate) fn sent(&mut self) -> Vec<Command> {
        self.take_commands()
    }

    /// The effects beside commands since the last time, taken.
    pub(crate) fn others(&mut self) -> Vec<Effect> {
        let (others, commands) = std::mem::take(&mut self.effects)
            .into_iter()
            .partition(|effect| !matches!(effect, Effect::Send(_)));
        self.effects = commands;
        others
    }

    /// The job that was started last and not taken yet.
    pub(crate) fn started(&mut self) -> (JobId, JobSpec) {
        let started = self.sent().into_iter().rev().find_map(|command| match command {
            Command::Start { job, spec } => Some((job, *spec)),
            _ => None,
        });
        started.expect("no job was started")
    }

    /// The same, of a backup.
    pub(crate) fn started_backup(&mut self) -> (JobId, BackupSpec) {
        match self.started() {
            (job, JobSpec::Backup(spec)) => (job, spec),
            other => panic!("not a backup: {other:?}"),
        }
    }

    /// The same, of a restore.
    pub(crate) fn started_restore(&mut self) -> (JobId, RestoreSpec) {
        match self.started() {
            (job, JobSpec::Restore(spec)) => (job, spec),
            other => panic!("not a restore: {other:?}"),
        }
    }

    /// The same, of a cluster's backup.
    pub(crate) fn started_cluster_backup(&mut self) -> (JobId, ClusterBackupSpec) {
        match self.started() {
            (job, JobSpec::BackupCluster(spec)) => (job, spec),
            other => panic!("no cluster's backup: {other:?}"),
        }
    }

    /// The same, of a cluster's restore.
    pub(crate) fn started_cluster_restore(&mut self) -> (JobId, ClusterRestoreSpec) {
        match self.started() {
            (job, JobSpec::RestoreCluster(spec)) => (job, spec),
            other => panic!("no cluster's restore: {other:?}"),
        }
    }

    /// A job's event.
    pub(crate) fn job(self, job: JobId, event: JobEvent) -> Self {
        let at = self.now;
        self.event(Event::Job { job, at, event })
    }

    /// The engine takes a job and begins to copy `bytes`.
    pub(crate) fn copying(self, job: JobId, bytes: u64) -> Self {
        let spec = self.app.jobs.job(job).and_then(|row| row.spec.clone()).expect("a known job");
        self.job(job, JobEvent::Accepted { spec: Box::new(spec) })
            .job(job, JobEvent::Phase(Phase::Connecting))
            .job(job, JobEvent::Totals { objects: 3, bytes, rows: Some(1_000) })
            .job(job, JobEvent::Phase(Phase::Copying))
            .job(job, JobEvent::ObjectStarted { worker: 0, object: "public.orders".into(), bytes })
    }

    /// The job's meter a second later.
    pub(crate) fn moved(mut self, job: JobId, bytes: u64) -> Self {
        self = self.wait(1);
        let sample = MeterSample { bytes, rows: bytes / 100, ..MeterSample::default() };
        let at = self.now;
        self.msg(Msg::Samples { at, samples: vec![(job, sample)] })
    }

    /// The job ends.
    pub(crate) fn ended(self, job: JobId, outcome: Outcome, output: Option<&str>) -> Self {
        self.job(job, JobEvent::Finished { outcome, output: output.map(PathBuf::from) })
    }

    /// The texts of the toasts that are shown.
    pub(crate) fn toasts(&self) -> Vec<&str> {
        self.app.notes.toasts().map(|message| message.text.as_str()).collect()
    }

    /// The last toast, or nothing.
    pub(crate) fn toast(&self) -> &str {
        self.toasts().last().copied().unwrap_or_default()
    }
}

/// A config with two profiles.
pub(crate) fn config() -> Config {
    let mut config = Config {
        paths: Paths { home: "/home/me".into(), ..Paths::default() },
        ..Config::default()
    };
    config.env.0.insert("LANG".into(), Secret::new("C.UTF-8"));
    config.env.0.insert("PWD".into(), Secret::new("/backups"));
    config.profiles.insert("prod".into(), Profile { read_only: true, ..Profile::default() });
    config.profiles.insert("test".into(), Profile::default());
    config
}

/// Facts of the scripted server.
pub(crate) fn server() -> ServerInfo {
    ServerInfo {
        product: "PostgreSQL".into(),
        version: "16.4".into(),
        version_num: 160_004,
        database: "postgres".into(),
        user: "dba".into(),
        superuser: false,
        in_recovery: false,
        tls: Some("TLS 1.3".into()),
    }
}

/// Its databases.
pub(crate) fn databases() -> Vec<DatabaseInfo> {
    let database = |name: &str, bytes, connectable| DatabaseInfo {
        name: name.into(),
        bytes,
        owner: "dba".into(),
        connectable,
    };
    vec![
        database("postgres", Some(7 << 20), true),
        database("shop", Some(39 << 30), true),
        database("staging", None, true),
        database("template0", Some(7 << 20), false),
    ]
}

fn relation(oid: u32, name: &str, kind: RelationKind, mib: u64) -> RelationInfo {
    let (schema, name) = name.split_once('.').unwrap();
    RelationInfo {
        oid,
        name: QualifiedName::new(schema, name),
        kind,
        total_bytes: mib << 20,
        data_bytes: (mib << 20) * 3 / 4,
        rows_estimate: (mib > 0).then_some(mib * 10_000),
        owner: "dba".into(),
        parent: None,
        references: Vec::new(),
    }
}

/// A database's catalog: the shop's has a foreign key chain, a partitioned table, a view and a
/// sequence; the others are empty.
pub(crate) fn catalog(database: &str) -> Catalog {
    use RelationKind::{Partitioned, Sequence, Table, View};
    if database != "shop" {
        return Catalog { database: database.into(), ..Catalog::default() };
    }
    let mut relations = vec![
        relation(21, "audit.events", Partitioned, 0),
        relation(22, "audit.events_2025", Table, 3_000),
        relation(23, "audit.events_2026", Table, 500),
        relation(11, "public.customers", Table, 900),
        relation(12, "public.order_items", Table, 12_700),
        relation(13, "public.orders", Table, 21_500),
        relation(14, "public.orders_id_seq", Sequence, 0),
        relation(15, "public.products", Table, 80),
        relation(16, "public.revenue", View, 0),
        relation(17, "public.sessions", Table, 4_200),
    ];
    for relation in &mut relations {
        match relation.oid {
            12 => relation.references = vec![13, 15],
            13 => relation.references = vec![11],
            22 | 23 => relation.parent = Some(21),
            _ => {}
        }
    }
    Catalog {
        database: "shop".into(),
        schemas: vec!["audit".into(), "empty".into(), "public".into()],
        relations,
    }
}

/// The contents of an archive; a file named `broken.dump` has none.
pub(crate) fn listing(path: &Path) -> Result<ArchiveListing, ErrorReport> {
    if path.ends_with("broken.dump") {
        return Err(ErrorReport {
            kind: ErrorKind::Archive,
            message: "/backups/broken.dump is not an archive: it begins with 'hello'".into(),
            hint: Some("give a custom-format archive".into()),
            transient: false,
            sqlstate: None,
        });
    }
    let mut entries = Vec::new();
    for (id, name, bytes) in [
        (1, "public.customers", Some(90 << 20)),
        (2, "public.order_items", Some(1_270 << 20)),
        (3, "public.orders", None),
        (4, "audit.events", Some(11 << 20)),
    ] {
        let (schema, name) = name.split_once('.').unwrap();
        let entry = |id, desc: &str, section, has_data, data_bytes| EntryInfo {
            id,
            table_oid: 1_259,
            oid: id,
            desc: desc.into(),
            namespace: schema.into(),
            tag: name.into(),
            owner: "dba".into(),
            section: Some(section),
            has_data,
            data_bytes,
            dependencies: Vec::new(),
        };
        entries.push(entry(id, "TABLE", Section::PreData, false, None));
        entries.push(entry(id + 100, "TABLE DATA", Section::Data, true, bytes));
    }
    let plain = |id, desc: &str, namespace: &str, tag: &str| EntryInfo {
        id,
        desc: desc.into(),
        namespace: namespace.into(),
        tag: tag.into(),
        section: Some(Section::PreData),
        ..EntryInfo::default()
    };
    entries.push(plain(50, "FUNCTION", "audit", "note(text)"));
    entries.push(plain(51, "EXTENSION", "", "hstore"));
    let archive = ArchiveListing {
        path: path.to_owned(),
        format: ArchiveFormat::Custom,
        encoding: "UTF8".into(),
        bytes: 2 << 30,
        version: "1.16".into(),
        codec: Codec::Zstd,
        created: "2026-02-11 14:02:11".into(),
        database: "shop".into(),
        server_version: "16.4".into(),
        dumper_version: "16.4".into(),
        integer_bytes: 4,
        offset_bytes: 8,
        chosen: None,
        opaque: None,
        entries,
    };
    let is_script = path.to_string_lossy().contains(".sql");
    Ok(if is_script { somebodys_script(archive) } else { archive })
}

/// What is known of a script that pg_dump did not write.
fn somebodys_script(archive: ArchiveListing) -> ArchiveListing {
    ArchiveListing {
        format: ArchiveFormat::Plain,
        bytes: 5 << 10,
        version: String::new(),
        created: String::new(),
        database: String::new(),
        server_version: String::new(),
        dumper_version: String::new(),
        opaque: Some("was not written by pg_dump".into()),
        entries: Vec::new(),
        ..archive
    }
}

/// Whether the scripted engine finds a cluster's backup there.
pub(crate) fn is_cluster(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("cluster"))
}

/// What a cluster's backup holds: roles, tablespaces, three databases and one whose backup failed.
pub(crate) fn cluster(path: &Path) -> ClusterListing {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let database = |name: &str, mib: u64, outcome: Outcome| ClusterDatabase {
        name: name.into(),
        oid: 16_384,
        owner: "dba".into(),
        encoding: "UTF8".into(),
        locale: DatabaseLocale {
            provider: "libc".into(),
            collate: "C.UTF-8".into(),
            ctype: "C.UTF-8".into(),
            locale: None,
        },
        tablespace: "pg_default".into(),
        connection_limit: -1,
        is_template: false,
        source_bytes: Some(mib << 22),
        archive: (mib > 0).then(|| format!("databases/{name}.dump")),
        format: ArchiveFormat::Custom,
        archive_bytes: mib << 20,
        tables: mib / 10,
        rows: mib * 9_000,
        started: at("2026-02-10T02:00:03Z"),
        ended: at("2026-02-10T02:03:47Z"),
        wal_position: Some("0/5A3F28C8".into()),
        outcome,
    };
    let error = ErrorReport {
        kind: ErrorKind::Database,
        message: "reading public.old: could not open file".into(),
        hint: None,
        transient: false,
        sqlstate: None,
    };
    ClusterListing {
        path: path.to_owned(),
        catalogue: ClusterCatalogue {
            version: 1,
            tool: "dbbackup 0.1.0".into(),
            started: at("2026-02-10T02:00:00Z"),
            ended: at("2026-02-10T02:03:50Z"),
            server: ClusterServer {
                version: "16.4 (Debian 16.4-1)".into(),
                version_num: 160_004,
                address: ADDRESS.into(),
                system_identifier: Some("7300000000000000001".into()),
                in_recovery: false,
            },
            globals: Some(GlobalsInfo {
                file: "globals.sql".into(),
                bytes: 4_000,
                roles: 14,
                memberships: 9,
                role_settings: 1,
                parameters: 0,
                tablespaces: vec![TablespaceInfo { name: "fast".into(), location: "/ssd".into() }],
                passwords: true,
            }),
            databases: vec![
                database("legacy", 0, Outcome::Failed { error }),
                database("postgres", 1, Outcome::Complete),
                database("shop", 12_600, Outcome::Complete),
                database("staging", 310, Outcome::Complete),
            ],
            skipped: Vec::new(),
            missing: vec!["database legacy: reading public.old: could not open file".into()],
        },
        damage: Vec::new(),
    }
}

/// A look into a table.
pub(crate) fn preview(id: u32) -> Preview {
    let text = |cell: &str| Some(cell.to_owned());
    Preview {
        id,
        title: "TABLE".into(),
        definition: "CREATE TABLE audit.events (\n    id bigint NOT NULL,\n    what text,\n    \
                     at timestamp with time zone DEFAULT now()\n);\n"
            .into(),
        definition_cut: false,
        rows: PreviewRows::Rows {
            columns: vec!["id".into(), "what".into(), "at".into()],
            rows: vec![
                vec![text("1"), text("login"), text("2026-02-10 01:58:11+00")],
                vec![text("2"), None, text("2026-02-10 01:59:40+00")],
            ],
            more: true,
        },
    }
}

/// A plan for a spec.
pub(crate) fn plan(spec: &JobSpec, endangers: &[String]) -> Plan {
    let object = |name: &str, mib: u64, because: Option<&str>| PlannedObject {
        kind: "TABLE DATA".into(),
        name: name.into(),
        bytes: Some(mib << 20),
        rows: Some(mib * 10_000),
        because: because.map(str::to_owned),
    };
    let is_backup = !spec.is_restore();
    Plan {
        title: spec.title(),
        facts: vec![
            ("server".into(), format!("PostgreSQL 16.4 at {ADDRESS}")),
            ("connections".into(), "4".into()),
        ],
        objects: vec![
            object("public.orders", 21_500, None),
            object("public.customers", 900, Some("referenced by public.orders")),
        ],
        data_objects: 2,
        bytes: 22_400 << 20,
        locks: if is_backup { vec!["ACCESS SHARE on 2 tables".into()] } else { Vec::new() },
        warnings: Vec::new(),
        endangers: if is_backup { Vec::new() } else { endangers.to_vec() },
        command_line: match spec {
            JobSpec::BackupCluster(_) | JobSpec::RestoreCluster(_) | JobSpec::Verify(_) => {
                command_line::render(spec)
            }
            JobSpec::Backup(spec) => {
                format!("dbbackup backup single {} -o {}", spec.database, spec.output.display())
            }
            JobSpec::Restore(spec) => {
                format!("dbbackup restore single {} -d {}", spec.archive.display(), spec.database)
            }
        },
    }
}
