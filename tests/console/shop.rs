//! A shop's server as the engine would report it, and the console on it: for pictures that show
//! what users see.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use dbbackup::app::msg::Msg;
use dbbackup::config::Profile;
use dbbackup::engine::command::Command;
use dbbackup::engine::event::Event;
use dbbackup::model::archive::{ArchiveListing, EntryInfo};
use dbbackup::model::catalog::{Catalog, DatabaseInfo, RelationInfo, RelationKind, ServerInfo};
use dbbackup::model::cluster::{ClusterDatabase, ClusterListing};
use dbbackup::model::conn::{ConnState, Target};
use dbbackup::model::error_kind::ErrorKind;
use dbbackup::model::id::JobId;
use dbbackup::model::job::{ErrorReport, JobEvent, JobState, Level, Outcome, Phase};
use dbbackup::model::meter::MeterSample;
use dbbackup::model::name::QualifiedName;
use dbbackup::model::plan::{Plan, PlannedObject};
use dbbackup::model::record::JobRecord;
use dbbackup::model::size::RateLimit;
use dbbackup::model::spec::{ArchiveFormat, BackupSpec, Codec, JobSpec, RestoreSpec, Section};
use dbbackup::model::throttle::{LimitReason, Reading, Signal};

use crate::fixture::{self, Script};

/// Names as an enemy, or a careless tool, could make them.
pub(crate) fn hostile_names() -> Vec<String> {
    let mut names: Vec<String> = [
        "a\u{1b}[2J\u{1b}[31mred",
        "b\u{1b}]52;c;aGFsbG8=\u{7}",
        "c\nd\r\te\u{8}\u{7f}\0",
        "d\u{9b}31m\u{90}q\u{9c}",
        "e\u{202e}drow\u{2066}x\u{200f}",
        "表名が長いテーブル名前表名が長いテーブル名前",
        "g\u{feff}\u{200b}\u{2028}\u{2029}\u{e0041}",
        "👩‍👩‍👧‍👦 family 🇩🇪",
        "",
        " ",
    ]
    .map(str::to_owned)
    .into();
    names.push(format!("h{}", "\u{301}".repeat(500)));
    names.push("long_".repeat(100));
    names
}

const GIB: u64 = 1 << 30;
const MIB: u64 = 1 << 20;

fn connected() -> ConnState {
    ConnState::Connected { address: "db1.example.net:5432".to_owned(), server: server() }
}

fn server() -> ServerInfo {
    ServerInfo {
        product: "PostgreSQL".to_owned(),
        version: "16.4 (Debian 16.4-1.pgdg120+1)".to_owned(),
        version_num: 160_004,
        database: "postgres".to_owned(),
        user: "backup".to_owned(),
        superuser: false,
        in_recovery: false,
        tls: Some("TLS 1.3".to_owned()),
    }
}

fn database(name: &str, bytes: Option<u64>) -> DatabaseInfo {
    DatabaseInfo { name: name.to_owned(), bytes, owner: "postgres".to_owned(), connectable: true }
}

fn databases() -> Vec<DatabaseInfo> {
    vec![
        database("analytics", Some(1_311 * GIB)),
        database("postgres", Some(7_900_000)),
        database("shop", Some(54 * GIB)),
        database("staging", Some(3 * GIB)),
    ]
}

/// Schema, name, kind, bytes with indexes, rows, and the tables that its foreign keys reference.
type Row = (&'static str, &'static str, RelationKind, u64, Option<u64>, &'static [u32]);

const RELATIONS: [Row; 14] = {
    use RelationKind as K;
    [
        ("audit", "changes", K::Table, 9 * GIB + 300 * MIB, Some(61_200_000), &[]),
        ("public", "addresses", K::Table, 812 * MIB, Some(3_410_000), &[3]),
        ("public", "customers", K::Table, 1_200 * MIB, Some(2_870_000), &[]),
        ("public", "events", K::Partitioned, 0, None, &[]),
        ("public", "events_2026_01", K::Table, 2_410 * MIB, Some(18_300_000), &[]),
        ("public", "events_2026_02", K::Table, 990 * MIB, Some(7_740_000), &[]),
        ("public", "inventory", K::Table, 96 * MIB, Some(412_000), &[10]),
        ("public", "order_items", K::Table, 12 * GIB + 410 * MIB, Some(188_000_000), &[9, 10]),
        ("public", "orders", K::Table, 21 * GIB, Some(61_000_000), &[2, 3]),
        ("public", "products", K::Table, 64 * MIB, Some(118_000), &[]),
        ("public", "revenue_by_day", K::MaterializedView, 11 * MIB, Some(2_900), &[]),
        ("public", "reviews", K::Table, 1_700 * MIB, None, &[3, 10]),
        ("public", "sessions", K::Table, 4_200 * MIB, Some(9_400_000), &[3]),
        ("public", "active_carts", K::View, 0, None, &[]),
    ]
};

fn catalog() -> Catalog {
    let relations = (1u32..).zip(RELATIONS).map(|(oid, row)| {
        let (schema, name, kind, total_bytes, rows_estimate, references) = row;
        RelationInfo {
            oid,
            name: QualifiedName::new(schema, name),
            kind,
            total_bytes,
            data_bytes: total_bytes / 4 * 3,
            rows_estimate,
            owner: "shop".to_owned(),
            parent: name.starts_with("events_").then_some(4),
            references: references.to_vec(),
        }
    });
    let mut relations: Vec<RelationInfo> = relations.collect();
    relations.sort_by(|a, b| a.name.cmp(&b.name));
    Catalog {
        database: "shop".to_owned(),
        schemas: vec!["audit".to_owned(), "public".to_owned()],
        relations,
    }
}

fn relation(oid: u32, name: &str) -> RelationInfo {
    RelationInfo {
        oid,
        name: QualifiedName::new("public", name),
        kind: RelationKind::Table,
        total_bytes: u64::from(oid) * 8192,
        data_bytes: u64::from(oid) * 8192,
        rows_estimate: Some(u64::from(oid)),
        owner: "shop".to_owned(),
        parent: None,
        references: Vec::new(),
    }
}

fn target() -> Target {
    Target { profile: Some("prod-eu".to_owned()), ..Target::default() }
}

fn jobs(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

fn backup_spec() -> BackupSpec {
    BackupSpec {
        jobs: jobs(4),
        rate: RateLimit(Some(200_000_000)),
        ..BackupSpec::new(target(), "shop", "/backups/shop-20260211T140211Z.dump")
    }
}

fn restore_spec() -> RestoreSpec {
    RestoreSpec {
        clean: true,
        if_exists: true,
        no_owner: true,
        exit_on_error: true,
        jobs: jobs(4),
        ..RestoreSpec::new(target(), "/backups/shop-20260210T020000Z.dump", "staging")
    }
}

fn backup_plan() -> Plan {
    let object = |name: &str, bytes, rows, because: Option<&str>| PlannedObject {
        kind: "TABLE DATA".to_owned(),
        name: name.to_owned(),
        bytes: Some(bytes),
        rows,
        because: because.map(str::to_owned),
    };
    let fact = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    Plan {
        title: JobSpec::Backup(backup_spec()).title(),
        facts: vec![
            fact("server", "db1.example.net:5432, PostgreSQL 16.4, TLS 1.3"),
            fact("database", "shop, as user backup"),
            fact("consistency", "one snapshot for all 4 workers"),
            fact("output", "/backups/shop-20260211T140211Z.dump, 1.2 TiB free"),
            fact("format", "custom, compressed with zstd"),
            fact("limit", "190.7 MiB/s"),
        ],
        objects: vec![
            object("public.orders", 15 * GIB + 700 * MIB, Some(61_000_000), None),
            object("public.order_items", 9 * GIB + 300 * MIB, Some(188_000_000), None),
            object("public.sessions", 3_150 * MIB, Some(9_400_000), None),
            object(
                "public.customers",
                900 * MIB,
                Some(2_870_000),
                Some("referenced by public.orders"),
            ),
            object("public.addresses", 609 * MIB, Some(3_410_000), Some("referenced by public.orders")),
            object(
                "public.products",
                48 * MIB,
                Some(118_000),
                Some("referenced by public.order_items"),
            ),
        ],
        data_objects: 6,
        bytes: 29 * GIB + 600 * MIB,
        locks: vec![
            "ACCESS SHARE on 6 tables until the backup ends: reading and writing go on, ALTER and \
             DROP wait."
                .to_owned(),
        ],
        warnings: vec![
            "public.sessions is limited by a predicate: the archive will not hold all its rows."
                .to_owned(),
        ],
        endangers: Vec::new(),
        command_line: "dbbackup backup single shop --profile prod-eu -t public.orders -t \
                       public.order_items -t public.sessions --with-references --where \
                       'public.sessions:last_seen > now() - interval '\\''30 days'\\''' --rate 200M \
                       -j 4 -o /backups/shop-20260211T140211Z.dump"
            .to_owned(),
    }
}

fn restore_plan() -> Plan {
    Plan {
        facts: vec![
            (
                "archive".to_owned(),
                "/backups/shop-20260210T020000Z.dump, 11.8 GiB, zstd".to_owned(),
            ),
            ("target".to_owned(), "db1.example.net:5432, database staging".to_owned()),
            ("before".to_owned(), "drops the objects first, where they exist".to_owned()),
            ("workers".to_owned(), "4".to_owned()),
        ],
        warnings: vec!["Owners are not restored: everything will belong to backup.".to_owned()],
        endangers: vec![
            "public.customers: about 2.9M rows".to_owned(),
            "public.orders: about 61.0M rows".to_owned(),
        ],
        command_line:
            "dbbackup restore single /backups/shop-20260210T020000Z.dump --profile prod-eu \
                       -d staging --clean --if-exists --no-owner -j 4"
                .to_owned(),
        ..backup_plan()
    }
}

/// What an archive holds besides tables.
fn other_kinds() -> Vec<EntryInfo> {
    let kinds = [
        (900, "EXTENSION", "", "pg_trgm"),
        (901, "FUNCTION", "public", "order_total(bigint)"),
        (902, "TYPE", "public", "order_state"),
        (903, "SEQUENCE", "public", "order_numbers"),
    ];
    let entry = |(id, desc, schema, tag): (u32, &str, &str, &str)| EntryInfo {
        id,
        desc: desc.to_owned(),
        namespace: schema.to_owned(),
        tag: tag.to_owned(),
        section: Some(Section::PreData),
        ..EntryInfo::default()
    };
    kinds.map(entry).into()
}

fn listing() -> ArchiveListing {
    let entries = (1u32..).zip(RELATIONS).flat_map(|(id, row)| {
        let (schema, name, kind, bytes, ..) = row;
        let entry = |id, desc: &str, section, data: Option<u64>| EntryInfo {
            id,
            table_oid: 1259,
            oid: id,
            desc: desc.to_owned(),
            namespace: schema.to_owned(),
            tag: name.to_owned(),
            owner: "shop".to_owned(),
            section: Some(section),
            has_data: data.is_some(),
            data_bytes: data,
            dependencies: Vec::new(),
        };
        let definition = match kind {
            RelationKind::View => "VIEW",
            RelationKind::MaterializedView => "MATERIALIZED VIEW",
            _ => "TABLE",
        };
        let rows = (kind == RelationKind::Table)
            .then(|| entry(id + 100, "TABLE DATA", Section::Data, Some(bytes / 4)));
        [entry(id, definition, Section::PreData, None)].into_iter().chain(rows)
    });
    ArchiveListing {
        path: PathBuf::from("/backups/shop-20260210T020000Z.dump"),
        format: ArchiveFormat::Custom,
        encoding: "UTF8".to_owned(),
        bytes: 11 * GIB + 820 * MIB,
        version: "1.16".to_owned(),
        codec: Codec::Zstd,
        created: "2026-02-10 02:00:03".to_owned(),
        database: "shop".to_owned(),
        server_version: "16.4 (Debian 16.4-1.pgdg120+1)".to_owned(),
        dumper_version: "dbbackup 0.1.0".to_owned(),
        integer_bytes: 4,
        offset_bytes: 8,
        chosen: None,
        opaque: None,
        entries: entries.chain(other_kinds()).collect(),
    }
}

fn record(id: u64, spec: JobSpec, times: (&str, &str), outcome: Outcome) -> JobRecord {
    let (started, ended) = (times.0.parse().unwrap(), times.1.parse().unwrap());
    let output = spec.output().map(PathBuf::from);
    let mut state = JobState::default();
    state.apply(started, &JobEvent::Accepted { spec: Box::new(spec) });
    state.apply(started, &JobEvent::Totals { objects: 11, bytes: 41 * GIB, rows: None });
    state.apply(ended, &JobEvent::Finished { outcome, output });
    state.objects_done = state.objects_total;
    let meter = MeterSample {
        bytes: 39 * GIB + 700 * MIB,
        rows: 341_000_000,
        archive_bytes: 11 * GIB + 820 * MIB,
        ..MeterSample::default()
    };
    JobRecord { version: 1, id: JobId(id), pid: 4711, state, meter, abandoned: false }
}

fn history() -> Vec<JobRecord> {
    let nightly = |day: &str| {
        let output = PathBuf::from(format!("/backups/shop-202602{day}T020000Z.dump"));
        JobSpec::Backup(BackupSpec { output, ..backup_spec() })
    };
    let failed = Outcome::Failed {
        error: ErrorReport {
            kind: ErrorKind::Database,
            message: "restoring FK CONSTRAINT public.orders_customer_fkey: insert or update on \
                      table \"orders\" violates foreign key constraint"
                .to_owned(),
            hint: Some("restore public.customers too, or leave the constraint out".to_owned()),
            transient: false,
            sqlstate: Some("23503".to_owned()),
        },
    };
    let times = ("2026-02-11T09:10:00Z", "2026-02-11T09:31:40Z");
    vec![
        record(30, JobSpec::Restore(restore_spec()), times, failed),
        record(
            20,
            nightly("11"),
            ("2026-02-11T02:00:00Z", "2026-02-11T02:03:52Z"),
            Outcome::Complete,
        ),
        record(
            10,
            nightly("10"),
            ("2026-02-10T02:00:00Z", "2026-02-10T02:03:47Z"),
            Outcome::Complete,
        ),
    ]
}

/// What the scripted server has.
pub(crate) struct World {
    pub(crate) databases: Vec<DatabaseInfo>,
    pub(crate) catalog: Catalog,
    pub(crate) listing: ArchiveListing,
    pub(crate) cluster: ClusterListing,
    pub(crate) history: Vec<JobRecord>,
    pub(crate) backup: Plan,
    pub(crate) restore: Plan,
}

impl World {
    /// The shop.
    pub(crate) fn shop() -> Self {
        Self {
            databases: databases(),
            catalog: catalog(),
            listing: listing(),
            cluster: fixture::cluster(Path::new("/backups/cluster-20260210T020000Z")),
            history: history(),
            backup: backup_plan(),
            restore: restore_plan(),
        }
    }

    fn answer(&self, command: &Command) -> Option<Event> {
        Some(match command {
            Command::LoadDatabases { request } => {
                Event::Databases { request: *request, result: Ok(self.databases.clone()) }
            }
            Command::LoadCatalog { request, database } => Event::Catalog {
                request: *request,
                database: database.clone(),
                result: Ok(Box::new(self.catalog.clone())),
            },
            Command::ListArchive { request, path, .. } if fixture::is_cluster(path) => {
                Event::Cluster { request: *request, result: Ok(Box::new(self.cluster.clone())) }
            }
            Command::ListArchive { request, .. } => {
                Event::Archive { request: *request, result: Ok(Box::new(self.listing.clone())) }
            }
            Command::LookInto { request, id, .. } => {
                Event::Look { request: *request, result: Ok(Box::new(fixture::preview(*id))) }
            }
            Command::LoadHistory { request } => Event::History {
                request: *request,
                records: self.history.clone(),
                unreadable: Vec::new(),
            },
            Command::Plan { job, spec } => {
                let plan = if spec.is_restore() { &self.restore } else { &self.backup };
                let plan = plan.clone();
                Event::Planned { job: *job, result: Ok(Box::new(plan)) }
            }
            _ => return None,
        })
    }

    /// Answers all open questions of the console until none is left; the job that was started
    /// meanwhile, if one was.
    pub(crate) fn serve(&self, mut script: Script) -> (Script, Option<JobId>) {
        let mut started = None;
        loop {
            let commands = script.sent();
            started = started.or_else(|| {
                commands.iter().find_map(|command| match command {
                    Command::Start { job, .. } => Some(*job),
                    _ => None,
                })
            });
            let answers: Vec<Event> =
                commands.iter().filter_map(|command| self.answer(command)).collect();
            if answers.is_empty() {
                return (script, started);
            }
            for event in answers {
                script = script.event(event);
            }
        }
    }

    /// A console that is connected and has read everything; the tables have the keys.
    pub(crate) fn connected(&self, width: u16, height: u16) -> Script {
        let mut config = fixture::config();
        config.profiles.insert("prod-eu".to_owned(), Profile::default());
        let mut script = Script::with(&config, width, height);
        script.app.server.target.profile = Some("prod-eu".to_owned());
        "prod-eu".clone_into(&mut script.app.server.name);
        let (script, _) = self.serve(script.connection(connected()));
        script.keys("2")
    }
}

/// Answers as the shop's server.
pub(crate) fn serve(script: Script) -> Script {
    World::shop().serve(script).0
}

/// A console that browses the shop, with three tables ticked, one of them limited by a predicate.
pub(crate) fn browsing(width: u16, height: u16) -> Script {
    let script = World::shop().connected(width, height);
    let script = script.keys("/^public.orders$<enter> <esc>/order_items<enter> <esc>");
    script.keys("/sessions<enter> wlast_seen > now() - interval '30 days'<enter><esc>")
}

/// Starts the backup and lets it run for as many seconds, at rates that a real server shows.
pub(crate) fn backing_up(script: Script, seconds: u32) -> Script {
    let script = serve(script.keys("b<enter>"));
    let (mut script, job) = World::shop().serve(script.keys("<enter>"));
    let job = job.expect("the backup was started");
    let spec = script.app.jobs.job(job).and_then(|row| row.spec.clone()).unwrap();
    let started = |worker, object: &str, bytes| {
        let object = object.to_owned();
        JobEvent::ObjectStarted { worker, object, bytes }
    };
    let note = |text: &str| JobEvent::Message { level: Level::Info, text: text.to_owned() };
    for event in [
        JobEvent::Accepted { spec: Box::new(spec) },
        JobEvent::Phase(Phase::Reading),
        note("snapshot 00000004-00000B21-1, 4 workers"),
        JobEvent::Totals { objects: 6, bytes: 29 * GIB, rows: Some(264_798_000) },
        JobEvent::Throttle { limit: Some(200_000_000), paused: false, reason: lagging() },
        JobEvent::Phase(Phase::Copying),
        started(0, "public.orders", 15 * GIB),
        started(1, "public.order_items", 9 * GIB),
        started(2, "public.sessions", 3 * GIB),
        note("public.products copied: 118,000 rows"),
    ] {
        script = script.job(job, event);
    }
    let mut bytes = 0;
    for second in 0..seconds {
        bytes += rate(second);
        script = script.wait(1);
        let (at, rows) = (script.app.now, bytes / 118);
        let sample = MeterSample {
            bytes,
            rows,
            archive_bytes: bytes / 4,
            limit: 200_000_000,
            ..MeterSample::default()
        };
        script = script.msg(Msg::Samples { at, samples: vec![(job, sample)] });
    }
    script
}

/// Why a job does not go faster.
fn lagging() -> LimitReason {
    LimitReason::Over(Reading { signal: Signal::Lag, value: 14_000, bound: 10_000 })
}

/// Bytes in a second: slow at the start, at the limit later, with a dip and a stall.
fn rate(second: u32) -> u64 {
    let wave = [184, 191, 178, 188, 191, 169, 186, 190, 181, 191, 175, 189];
    let steady = wave[usize::try_from(second).unwrap() % wave.len()];
    let share = match second % 96 {
        0..5 => 20 + 14 * u64::from(second % 96),
        52..58 => 45,
        58..60 => 0,
        60..64 => 70,
        _ => 100,
    };
    steady * share / 100 * MIB
}

impl World {
    /// So many tables that drawing all of them would be felt.
    pub(crate) fn huge(tables: u32) -> Self {
        let relations = (1..=tables).map(|n| relation(n, &format!("table_{n:05}"))).collect();
        let catalog = Catalog { relations, ..catalog() };
        Self { catalog, ..Self::shop() }
    }

    /// Every text that comes from a server or an archive is hostile.
    pub(crate) fn hostile() -> Self {
        let names = hostile_names();
        let mut world = Self::shop();
        world.databases.extend(names.iter().map(|name| database(name, Some(GIB))));
        world.catalog.schemas.extend(names.iter().cloned());
        let relations = (100u32..).zip(&names).map(|(oid, name)| relation(oid, name));
        world.catalog.relations.extend(relations);
        let entries = (900u32..).zip(&names).map(|(id, name)| EntryInfo {
            id,
            tag: name.clone(),
            namespace: name.clone(),
            owner: name.clone(),
            ..world.listing.entries[0].clone()
        });
        world.listing.entries.splice(0..0, entries.collect::<Vec<_>>());
        world.listing.database = names.concat();
        let catalogue = &mut world.cluster.catalogue;
        catalogue.server.address = names.concat();
        catalogue.missing.clone_from(&names);
        let model = catalogue.databases[1].clone();
        let databases =
            names.iter().map(|name| ClusterDatabase { name: name.clone(), ..model.clone() });
        catalogue.databases.extend(databases);
        for plan in [&mut world.backup, &mut world.restore] {
            plan.title = names.concat();
            plan.facts.extend(names.iter().map(|name| (name.clone(), name.clone())));
            plan.warnings.clone_from(&names);
            plan.locks.clone_from(&names);
            plan.command_line = names.concat();
            for object in &mut plan.objects {
                object.name = names.concat();
                object.because = Some(names.concat());
            }
        }
        world.restore.endangers = names;
        world
    }
}
