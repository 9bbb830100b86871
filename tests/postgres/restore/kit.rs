//! What the tests of the restore share: the fixture database, its archives, and running a restore.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use dbbackup::config::Config;
use dbbackup::error::Result;
use dbbackup::model::conn::Target;
use dbbackup::model::job::JobEvent;
use dbbackup::model::pattern::Pattern;
use dbbackup::model::secret::Secret;
use dbbackup::model::spec::RestoreSpec;
use dbbackup::postgres::restore;
use dbbackup::work::WorkContext;

use crate::job::run_watched;
pub(crate) use crate::job::{Done, assert_same_text};
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

/// Runs a restore to its end.
pub(crate) fn restore(spec: &RestoreSpec) -> Done {
    restore_watched(spec, |_, _| {})
}

/// Runs a restore; `watch` sees every event, and may cancel.
pub(crate) fn restore_watched(
    spec: &RestoreSpec,
    watch: impl FnMut(&JobEvent, &WorkContext),
) -> Done {
    run_watched(spec.rate, watch, {
        let spec = spec.clone();
        move |work| async move { restore::run(&spec, &Config::default(), &work).await }
    })
}

/// The plan of a restore.
pub(crate) fn plan(spec: &RestoreSpec) -> Result<dbbackup::model::plan::Plan> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(restore::plan(spec, &Config::default()))
}
