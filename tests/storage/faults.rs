//! One call of the storage goes wrong, whichever: the job says so or is complete, and a run without
//! faults afterwards makes a sound backup.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use dbbackup::config::Config;
use dbbackup::error::Result;
use dbbackup::model::conn::Target;
use dbbackup::model::job::Outcome;
use dbbackup::model::secret::Secret;
use dbbackup::model::spec::{ArchiveFormat, BackupSpec, RestoreSpec};
use dbbackup::postgres::{backup as engine, restore};
use dbbackup::storage::{Fault, Faulty, Memory, Timed, mount};
use dbbackup::throttle::Throttle;
use dbbackup::work::WorkContext;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::backup::database;
use crate::support::Server;

/// How long a call may take in these tests.
const CALL: Duration = Duration::from_secs(2);

/// A backup of everything, uncompressed.
pub(crate) fn spec(output: &str, format: &str) -> BackupSpec {
    let url = Some(Secret::new(Server::shared().url(database())));
    let format = match format {
        "directory" => ArchiveFormat::Directory,
        _ => ArchiveFormat::Custom,
    };
    BackupSpec {
        format,
        compression: "none".parse().unwrap(),
        jobs: NonZeroUsize::new(2).unwrap(),
        ..BackupSpec::new(Target { url, ..Target::default() }, database(), output)
    }
}

fn run<F>(job: impl FnOnce(WorkContext) -> F) -> Result<Outcome>
where
    F: Future<Output = Result<Outcome>> + Send + 'static,
{
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (events, mut queue) = mpsc::channel(64);
    let work = WorkContext {
        events,
        meter: Arc::default(),
        cancel: CancellationToken::new(),
        throttle: Arc::new(Throttle::new(None)),
        around: None,
    };
    let task = runtime.spawn(job(work));
    while queue.blocking_recv().is_some() {}
    runtime.block_on(task).unwrap()
}

/// Runs a backup; anything but a complete one is an error.
pub(crate) fn backup(spec: &mut BackupSpec) -> Result<()> {
    let spec = spec.clone();
    let done = run(|work| async move { engine::run(&spec, &Config::default(), &work).await })?;
    assert_eq!(done, Outcome::Complete);
    Ok(())
}

/// The SQL of an archive, or of one of its tables.
pub(crate) fn script(archive: &str, out: &Path, table: Option<&str>) -> Result<String> {
    let mut spec = RestoreSpec::new(Target::default(), archive, "");
    spec.script = Some(out.to_owned());
    spec.over_existing = true;
    spec.tables = table.into_iter().map(|name| name.parse().unwrap()).collect();
    let done = run(|work| async move { restore::run(&spec, &Config::default(), &work).await })?;
    assert_eq!(done, Outcome::Complete);
    let text = std::fs::read_to_string(out).unwrap();
    let marked = |line: &&str| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict");
    // Tables come in the order in which the workers wrote them.
    let mut lines: Vec<&str> = text.split_inclusive('\n').filter(marked).collect();
    lines.sort_unstable();
    Ok(lines.concat())
}

/// Runs `job` with a fault at each call until there are no more calls.
fn sweep(memory: &Memory, fault: Fault, mut job: impl FnMut(&str, u64)) {
    for at in 0.. {
        let faulty = Arc::new(Timed::new(Faulty::new(memory.clone(), fault, at), CALL));
        let name = format!("faulty-{}-{fault:?}-{at}", memory.name());
        mount(&name, Arc::clone(&faulty) as _);
        job(&name, at);
        if !faulty.inner().was_met() {
            assert!(at > 2, "the sweep met {at} calls only");
            return;
        }
    }
}

fn backups_with_faults(format: &str, tables: &[&str], faults: &[Fault]) {
    let folder = tempfile::tempdir().unwrap();
    let memory = Memory::new(&format!("{format}-{}", tables.len()));
    mount(memory.name(), Arc::new(memory.clone()));
    let narrow = |mut spec: BackupSpec| {
        spec.selection.tables = tables.iter().map(|name| name.parse().unwrap()).collect();
        spec
    };
    let good = format!("mem://{}/good", memory.name());
    backup(&mut narrow(spec(&good, format))).unwrap();
    let expected = script(&good, &folder.path().join("good.sql"), None).unwrap();
    for fault in faults {
        sweep(&memory, *fault, |store, at| {
            let place = format!("{fault:?}-{at}");
            let mut wish = narrow(spec(&format!("mem://{store}/{place}"), format));
            let failed = backup(&mut wish).is_err();
            let clean = format!("mem://{}/{place}", memory.name());
            let found = script(&clean, &folder.path().join(format!("{place}.sql")), None);
            match &found {
                Ok(text) => assert!(*text == expected, "{place}: what looks whole is not"),
                Err(_) => assert!(failed, "{place}: complete, it says, but it is not"),
            }
            if found.is_err() {
                wish.output = clean.clone().into();
                wish.overwrite = true;
                backup(&mut wish).unwrap();
                let text = script(&clean, &folder.path().join("again.sql"), None).unwrap();
                assert_same(&expected, &text, &place);
            }
        });
    }
}

/// Fails with the first line that differs.
fn assert_same(expected: &str, found: &str, place: &str) {
    let lines = expected.lines().zip(found.lines()).enumerate();
    let cut = |line: &str| line.chars().take(100).collect::<String>();
    let differs = lines.clone().find(|(_, (a, b))| a != b);
    let differs = differs.map(|(at, (a, b))| (at, cut(a), cut(b)));
    assert!(
        differs.is_none() && expected.len() == found.len(),
        "{place}: a clean run does not converge: {differs:?}, {} and {} bytes",
        expected.len(),
        found.len()
    );
}

#[test]
fn a_backup_of_one_object_is_loud_or_complete_whichever_call_goes_wrong() {
    backups_with_faults("custom", &["small"], &Fault::ALL);
}

#[test]
fn a_backup_of_one_object_in_parts_is_loud_or_complete_whichever_call_goes_wrong() {
    backups_with_faults("custom", &["small", "large"], &Fault::ALL);
}

#[test]
fn a_backup_of_many_objects_is_loud_or_complete_whichever_call_goes_wrong() {
    backups_with_faults("directory", &["small", "other"], &Fault::ALL);
}

#[test]
fn a_restore_is_loud_or_complete_whichever_call_goes_wrong() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["custom", "directory"] {
        let memory = Memory::new(&format!("restore-{format}"));
        mount(memory.name(), Arc::new(memory.clone()));
        let mut wish = spec(&format!("mem://{}/a", memory.name()), format);
        wish.selection.tables = vec!["small".parse().unwrap(), "large".parse().unwrap()];
        backup(&mut wish).unwrap();
        let out = folder.path().join("good.sql");
        let expected = script(&format!("mem://{}/a", memory.name()), &out, None).unwrap();
        for fault in Fault::ALL {
            sweep(&memory, fault, |store, at| {
                let out = folder.path().join(format!("{store}.sql"));
                if let Ok(text) = script(&format!("mem://{store}/a"), &out, None) {
                    assert!(text == expected, "{format} {fault:?} at {at}: rows are missing");
                }
            });
        }
    }
}
