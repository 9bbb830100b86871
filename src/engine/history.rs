//! Records and logs of jobs on disk.
//!
//! ```text
//! STATE/jobs/<id>.json   the record: written at milestones, under another name, then renamed
//! STATE/jobs/<id>.log    one line an event; locked by the process that runs the job
//! ```
//! A record without an outcome whose log nobody locks belongs to a process that was killed. The lock
//! goes with the process, so no process id has to be trusted.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};

use crate::error::{Error, Result};
use crate::model::hook::HookOutcome;
use crate::model::id::JobId;
use crate::model::job::{JobEvent, Level};
use crate::model::record::JobRecord;

/// Layout of the record files.
pub const VERSION: u32 = 1;
/// Records kept; older ones go when a job starts.
const KEEP: usize = 500;

/// A running job's two files.
#[derive(Debug)]
pub(super) struct JobFiles {
    record: PathBuf,
    log_path: PathBuf,
    log: File,
    /// Lines that are not written yet.
    lines: String,
}

impl JobFiles {
    /// Makes the folder and the log, and locks the log for as long as this value lives.
    pub(super) fn create(folder: &Path, id: JobId) -> Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|e| Error::io(format!("making the folder {}", folder.display()), e))?;
        prune(folder);
        let log_path = folder.join(format!("{id}.log"));
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&log_path)
            .map_err(|e| Error::io(format!("opening {}", log_path.display()), e))?;
        flock(&log, FlockOperation::NonBlockingLockExclusive)
            .map_err(|e| Error::io(format!("locking {}", log_path.display()), e.into()))?;
        Ok(Self { record: folder.join(format!("{id}.json")), log_path, log, lines: String::new() })
    }

    /// Takes an event for the log; [`JobFiles::flush`] writes it.
    pub(super) fn log(&mut self, at: Timestamp, event: &JobEvent) {
        let (level, text) = describe(event);
        // Writing to a string does not fail.
        let _ = writeln!(self.lines, "{at} {level} {text}");
    }

    /// Appends what was taken to the log, at once: definitions come by thousands a second.
    pub(super) fn flush(&mut self) -> Result<()> {
        let written = self.log.write_all(self.lines.as_bytes());
        self.lines.clear();
        written.map_err(|e| Error::io(format!("writing {}", self.log_path.display()), e))
    }

    /// Replaces the record.
    pub(super) fn save(&self, record: &JobRecord) -> Result<()> {
        write(&self.record, record)
    }
}

/// Writes a record: whole or not at all.
pub fn write(path: &Path, record: &JobRecord) -> Result<()> {
    let fail = |e| Error::io(format!("writing {}", path.display()), e);
    let text = serde_json::to_vec_pretty(record).map_err(|e| fail(e.into()))?;
    let (mut file, partial) = partial(path)?;
    file.write_all(&text).and_then(|()| file.sync_all()).map_err(fail)?;
    fs::rename(&partial, path).map_err(fail)
}

/// Fails where a record could not be written, and leaves nothing.
pub fn check_writable(path: &Path) -> Result<()> {
    let (file, partial) = partial(path)?;
    drop(file);
    fs::remove_file(&partial).map_err(|e| Error::io(format!("writing {}", path.display()), e))
}

/// The file under the name that it has until it is whole.
fn partial(path: &Path) -> Result<(File, PathBuf)> {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    let partial = PathBuf::from(name);
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true).mode(0o600);
    let file = options.open(&partial);
    let file = file.map_err(|e| Error::io(format!("writing {}", path.display()), e))?;
    Ok((file, partial))
}

/// An event as a log line: how loud, and one line of text.
fn describe(event: &JobEvent) -> (&'static str, String) {
    let text = match event {
        JobEvent::Accepted { spec } => {
            format!("start: {}", crate::model::command_line::render(spec))
        }
        JobEvent::Phase(phase) => format!("phase: {}", phase.label()),
        JobEvent::Totals { objects, bytes, .. } => {
            format!("to do: {objects} objects with data, about {bytes} bytes")
        }
        JobEvent::ObjectStarted { worker, object, .. } => format!("[{worker}] begins {object}"),
        JobEvent::ObjectDone { worker, object, rows, bytes, data: true } => {
            format!("[{worker}] done with {object}: {rows} rows, {bytes} bytes")
        }
        JobEvent::ObjectDone { worker, object, .. } => format!("[{worker}] done with {object}"),
        JobEvent::Message { level, text } => return (level_word(*level), one_line(text)),
        JobEvent::Throttle { limit, paused, reason } => {
            let limit = crate::model::size::RateLimit(*limit);
            format!("limit {limit}: {reason}{}", if *paused { "; paused" } else { "" })
        }
        JobEvent::HookStarted { name, point, database, what, .. } => {
            let of = database.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
            format!("hook {name} at {point}{of} begins: {what}")
        }
        JobEvent::HookLine { name, stream, text, .. } => {
            format!("hook {name} {}: {text}", stream.tag())
        }
        JobEvent::HookEnded { outcome, .. } => {
            let took = crate::model::hook::seconds(outcome.millis);
            let HookOutcome { name, point, end, attempts, lines, .. } = &**outcome;
            format!(
                "hook {name} at {point} ended: {end}; {took}, attempts {attempts}, lines {lines}"
            )
        }
        JobEvent::Verified { report } => format!("verified: {}", report.summary()),
        JobEvent::Finished { outcome, output } => {
            let made = output.as_ref().map(|path| format!(": {}", path.display()));
            format!("end: {}{} {outcome:?}", outcome.label(), made.unwrap_or_default())
        }
    };
    ("INFO", one_line(&text))
}

fn level_word(level: Level) -> &'static str {
    match level {
        Level::Info => "INFO",
        Level::Warning => "WARN",
        Level::Error => "ERROR",
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// Lines of a log that are read: what the console keeps of one.
const LOG_LINES: usize = 1_000;

/// A line of a job's log.
pub type LogLine = (Timestamp, Level, String);

/// The newest lines of a job's log.
pub fn read_log(folder: &Path, id: JobId) -> Result<Vec<LogLine>> {
    let path = folder.join(format!("{id}.log"));
    let reading = |e| Error::io(format!("reading {}", path.display()), e);
    let file = std::io::BufReader::new(File::open(&path).map_err(reading)?);
    let mut lines = VecDeque::new();
    for line in file.split(b'\n') {
        let line = line.map_err(reading)?;
        if lines.len() == LOG_LINES {
            lines.pop_front();
        }
        lines.extend(log_line(&String::from_utf8_lossy(&line)));
    }
    Ok(lines.into())
}

fn log_line(line: &str) -> Option<LogLine> {
    let (at, rest) = line.split_once(' ')?;
    let (word, text) = rest.split_once(' ')?;
    let levels = [Level::Info, Level::Warning, Level::Error];
    let level = levels.into_iter().find(|level| level_word(*level) == word)?;
    Some((at.parse().ok()?, level, text.to_owned()))
}

/// What the folder holds.
#[derive(Debug, Default)]
pub struct Listing {
    /// Records, newest first.
    pub records: Vec<JobRecord>,
    /// Files that could not be read, with the reason.
    pub unreadable: Vec<String>,
}

/// Reads all records. Those of `live` jobs, which this process runs, are left out.
pub fn read(folder: &Path, live: &[JobId]) -> Listing {
    let mut listing = Listing::default();
    for path in record_files(folder) {
        match read_one(&path) {
            Ok(record) if live.contains(&record.id) => {}
            Ok(mut record) => {
                record.abandoned =
                    record.state.outcome.is_none() && !is_locked(&path.with_extension("log"));
                listing.records.push(record);
            }
            Err(error) => listing.unreadable.push(error.chain()),
        }
    }
    listing.records.sort_by_key(|record| std::cmp::Reverse(record.id));
    listing
}

/// The record files, oldest first: ids sort by time and are written with a fixed width.
fn record_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}

fn read_one(path: &Path) -> Result<JobRecord> {
    let reading = format!("reading {}", path.display());
    let bytes = fs::read(path).map_err(|e| Error::io(&reading, e))?;
    let record: JobRecord = serde_json::from_slice(&bytes).map_err(|e| {
        Error::io(&reading, e.into()).with_hint("delete the file to forget the job")
    })?;
    if record.version > VERSION {
        let text = format!("{reading} failed: it was written by a newer version of dbbackup");
        return Err(Error::new(crate::error::ErrorKind::Io, text));
    }
    Ok(record)
}

/// Whether a living process holds the log's lock.
fn is_locked(log: &Path) -> bool {
    let Ok(file) = File::open(log) else { return false };
    flock(&file, FlockOperation::NonBlockingLockShared).is_err()
}

/// Removes the oldest records beyond [`KEEP`], never one whose job still runs.
fn prune(folder: &Path) {
    let files = record_files(folder);
    let excess = files.len().saturating_sub(KEEP);
    for record in files.iter().take(excess) {
        let log = record.with_extension("log");
        if !is_locked(&log) {
            // Failing to tidy up is no reason to fail a backup.
            let _ = fs::remove_file(record).and_then(|()| fs::remove_file(&log));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::job::{JobState, Outcome};
    use crate::model::meter::MeterSample;

    fn record(id: u64, outcome: Option<Outcome>) -> JobRecord {
        JobRecord {
            version: VERSION,
            id: JobId(id),
            pid: 1,
            state: JobState { outcome, ..JobState::default() },
            meter: MeterSample { bytes: 7, ..MeterSample::default() },
            abandoned: false,
        }
    }

    #[test]
    fn records_come_back_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        for id in [1, 2] {
            let files = JobFiles::create(folder.path(), JobId(id)).unwrap();
            files.save(&record(id, Some(Outcome::Complete))).unwrap();
        }
        let listing = read(folder.path(), &[]);
        assert_eq!(listing.records.iter().map(|r| r.id.0).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(listing.records[0].meter.bytes, 7);
        assert!(listing.unreadable.is_empty());
    }

    #[test]
    fn a_record_without_an_end_is_abandoned_only_when_its_process_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let files = JobFiles::create(folder.path(), JobId(1)).unwrap();
        files.save(&record(1, None)).unwrap();
        assert!(!read(folder.path(), &[]).records[0].abandoned);
        drop(files);
        assert!(read(folder.path(), &[]).records[0].abandoned);
        assert!(read(folder.path(), &[JobId(1)]).records.is_empty());
    }

    #[test]
    fn a_damaged_record_is_named_and_hides_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let files = JobFiles::create(folder.path(), JobId(1)).unwrap();
        files.save(&record(1, Some(Outcome::Complete))).unwrap();
        fs::write(folder.path().join("000000000002.json"), "{").unwrap();
        let listing = read(folder.path(), &[]);
        assert_eq!(listing.records.len(), 1);
        assert!(listing.unreadable[0].contains("000000000002.json"), "{listing:?}");
    }

    #[test]
    fn a_log_comes_back_with_times_and_levels() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = JobFiles::create(folder.path(), JobId(1)).unwrap();
        let at: Timestamp = "2026-02-11T14:02:11Z".parse().unwrap();
        for n in 0..LOG_LINES + 5 {
            let text = format!("line {n}\nof two");
            files.log(at, &JobEvent::Message { level: Level::Warning, text });
        }
        files.flush().unwrap();
        let lines = read_log(folder.path(), JobId(1)).unwrap();
        assert_eq!(lines.len(), LOG_LINES);
        assert_eq!(lines[0], (at, Level::Warning, "line 5 of two".to_owned()));
        assert!(read_log(folder.path(), JobId(2)).is_err());
    }

    #[test]
    fn a_report_is_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.json");
        check_writable(&file).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        write(&file, &record(1, Some(Outcome::Complete))).unwrap();
        assert_eq!(read_one(&file).unwrap().id, JobId(1));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(check_writable(&folder.path().join("none/report.json")).is_err());
    }

    #[test]
    fn a_log_line_is_one_line() {
        let event = JobEvent::Message { level: Level::Warning, text: "a\nb".into() };
        assert_eq!(describe(&event), ("WARN", "a b".to_owned()));
    }
}
