//! What the tests of the restore share: the fixture database, its archives, and running a restore.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use dbbackup::config::Config;
use dbbackup::error::Result;
use dbbackup::model::conn::Target;
use dbbackup::model::job::{JobEvent, Level, Outcome};
use dbbackup::model::meter::MeterSample;
use dbbackup::model::pattern::Pattern;
use dbbackup::model::secret::Secret;
use dbbackup::model::spec::RestoreSpec;
use dbbackup::postgres::restore;
use dbbackup::throttle::Throttle;
use dbbackup::work::{Meter, WorkContext};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::support::{Server, run};

/// An ordinary application schema with rows.
pub(crate) const SHOP: &str = include_str!("shop.sql");

/// The fixture database of the shared server.
pub(crate) fn shop() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let name = Server::shared().create_database("restore_shop");
        Server::shared().psql(&name, SHOP);
        name
    })
}

/// A folder that is removed with the test process's temporary folder.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Dumps a database of the shared server with pg_dump's custom format.
pub(crate) fn dump(folder: &Path, database: &str, options: &[&str]) -> PathBuf {
    dump_from(Server::shared(), folder, database, options)
}

/// Dumps a database with pg_dump's custom format.
pub(crate) fn dump_from(
    server: &Server,
    folder: &Path,
    database: &str,
    options: &[&str],
) -> PathBuf {
    let path = folder.join("archive.dump");
    run(server.tool("pg_dump").arg("-Fc").args(options).arg("-f").arg(&path).arg(database));
    path
}

/// Replaces a text in an archive's definitions by another of the same length.
pub(crate) fn replace(archive: &Path, from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    let mut bytes = std::fs::read(archive).unwrap();
    let mut count = 0;
    for at in 0..=bytes.len() - from.len() {
        if bytes[at..].starts_with(from.as_bytes()) {
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
            count += 1;
        }
    }
    assert!(count > 0, "{from} is not in the archive");
    std::fs::write(archive, bytes).unwrap();
}

/// A restore of everything, with defaults.
pub(crate) fn spec(server: &Server, archive: &Path, database: &str) -> RestoreSpec {
    let url = Some(Secret::new(server.url("postgres")));
    RestoreSpec {
        jobs: NonZeroUsize::new(4).unwrap(),
        ..RestoreSpec::new(Target { url, ..Target::default() }, archive, database)
    }
}

pub(crate) fn patterns(list: &[&str]) -> Vec<Pattern> {
    list.iter().map(|text| Pattern::new(*text)).collect()
}

/// What came of a restore.
pub(crate) struct Done {
    pub(crate) result: Result<Outcome>,
    pub(crate) events: Vec<JobEvent>,
    pub(crate) meter: MeterSample,
}

impl Done {
    /// Messages of at least this level.
    pub(crate) fn messages(&self, least: Level) -> Vec<&str> {
        let message = |event| match event {
            &JobEvent::Message { level, ref text } if level >= least => Some(text.as_str()),
            _ => None,
        };
        self.events.iter().filter_map(message).collect()
    }

    pub(crate) fn assert_complete(&self) {
        let outcome = self.result.as_ref().unwrap_or_else(|e| panic!("failed: {}", e.chain()));
        assert_eq!(outcome, &Outcome::Complete, "{:#?}", self.messages(Level::Warning));
    }

    pub(crate) fn reasons(&self) -> &[String] {
        match &self.result {
            Ok(Outcome::Incomplete { reasons }) => reasons,
            other => panic!("not incomplete: {other:?}"),
        }
    }
}

/// Runs a restore to its end.
pub(crate) fn restore(spec: &RestoreSpec) -> Done {
    restore_watched(spec, |_, _| {})
}

/// Runs a restore; `watch` sees every event, and may cancel.
pub(crate) fn restore_watched(
    spec: &RestoreSpec,
    mut watch: impl FnMut(&JobEvent, &WorkContext),
) -> Done {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (sender, mut queue) = mpsc::channel(64);
    let work = WorkContext {
        events: sender,
        meter: Arc::new(Meter::default()),
        cancel: CancellationToken::new(),
        throttle: Arc::new(Throttle::new(spec.rate.0)),
    };
    let meter = Arc::clone(&work.meter);
    let task = runtime.spawn({
        let (spec, work) = (spec.clone(), work.clone());
        async move { restore::run(&spec, &Config::default(), &work).await }
    });
    // The queue ends when the job's own sender is gone.
    let hands = WorkContext { events: mpsc::channel(1).0, ..work.clone() };
    drop(work);
    let mut events = Vec::new();
    while let Some(event) = queue.blocking_recv() {
        watch(&event, &hands);
        events.push(event);
    }
    let result = runtime.block_on(task).unwrap();
    Done { result, events, meter: meter.sample() }
}

/// The plan of a restore.
pub(crate) fn plan(spec: &RestoreSpec) -> Result<dbbackup::model::plan::Plan> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(restore::plan(spec, &Config::default()))
}

/// Fails with the first lines that differ: whole dumps are too long to look at.
pub(crate) fn assert_same_dump(expected: &str, found: &str) {
    if expected == found {
        return;
    }
    let (mut left, mut right) = (expected.lines(), found.lines());
    let mut line = 0;
    loop {
        line += 1;
        let (a, b) = (left.next(), right.next());
        assert!(a == b, "dumps differ in line {line}:\n expected {a:?}\n found    {b:?}");
    }
}
