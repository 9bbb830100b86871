//! What the readers of a verification share: the list of damage, the counts, the pace, and who reads
//! what.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::runtime::Handle;

use crate::archive::toc::TocEntry;
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::JobEvent;
use crate::model::verify::{Finding, Stamp, VerifyReport};
use crate::work::WorkContext;

use super::foreign;

/// Shared by all threads that read; they are off the runtime and wait for it where they must.
#[derive(Debug)]
pub(super) struct Desk {
    work: WorkContext,
    runtime: Handle,
    jobs: std::num::NonZeroUsize,
    findings: Mutex<Vec<Finding>>,
    notes: Mutex<Vec<String>>,
    missing: Mutex<Vec<String>>,
    /// Rows of foreign tables, by dump id and name.
    remote: Mutex<Vec<(u32, String)>>,
    /// Whether there are rows and no definition of what they belong in.
    rows_only: AtomicBool,
    pub(super) files: AtomicU64,
    pub(super) bytes: AtomicU64,
    pub(super) objects: AtomicU64,
    pub(super) compared: AtomicU64,
    pub(super) rows: AtomicU64,
}

impl Desk {
    /// Must be called on the runtime.
    pub(super) fn new(work: &WorkContext, jobs: std::num::NonZeroUsize) -> Self {
        Self {
            work: work.clone(),
            runtime: Handle::current(),
            jobs,
            findings: Mutex::default(),
            notes: Mutex::default(),
            missing: Mutex::default(),
            remote: Mutex::default(),
            rows_only: AtomicBool::new(false),
            files: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            objects: AtomicU64::new(0),
            compared: AtomicU64::new(0),
            rows: AtomicU64::new(0),
        }
    }

    /// Lists a damage.
    pub(super) fn find(&self, finding: Finding) {
        lock(&self.findings).push(finding);
    }

    /// How much damage there is so far.
    pub(super) fn found(&self) -> usize {
        lock(&self.findings).len()
    }

    /// Says what could not be compared.
    pub(super) fn note(&self, text: impl Into<String>) {
        let (text, mut notes) = (text.into(), lock(&self.notes));
        if !notes.contains(&text) {
            notes.push(text);
        }
    }

    /// Says what the backup never had, each once.
    pub(super) fn lack(&self, reasons: impl IntoIterator<Item = String>) {
        let mut missing = lock(&self.missing);
        for reason in reasons {
            if !missing.contains(&reason) {
                missing.push(reason);
            }
        }
    }

    /// Keeps of a table of contents what a restore has to know.
    pub(super) fn keep(&self, entries: &[TocEntry]) {
        lock(&self.remote).extend(foreign::rows_in(entries));
        let is = |kind: &str| entries.iter().any(|entry| entry.desc == kind);
        let defined = is("TABLE") || is("FOREIGN TABLE") || is("MATERIALIZED VIEW");
        self.rows_only.store(is("TABLE DATA") && !defined, Relaxed);
    }

    /// Whether rows have nothing to be restored into.
    pub(super) fn has_rows_only(&self) -> bool {
        self.rows_only.load(Relaxed)
    }

    /// The entries that are rows of foreign tables.
    pub(super) fn remote(&self) -> Vec<(u32, String)> {
        lock(&self.remote).clone()
    }

    /// Waits until so many bytes more may be read; fails once the job is to stop.
    pub(super) fn pace(&self, bytes: u64) -> Result<()> {
        self.runtime.block_on(self.work.pace(bytes))
    }

    /// Counts bytes of a file that were read, and waits as [`Desk::pace`] does.
    pub(super) fn read(&self, bytes: u64) -> Result<()> {
        self.bytes.fetch_add(bytes, Relaxed);
        self.work.meter.add_archive(bytes);
        self.pace(bytes)
    }

    /// Counts decoded bytes.
    pub(super) fn decoded(&self, bytes: u64) -> Result<()> {
        self.work.meter.add_data(bytes, 0);
        self.pace(bytes)
    }

    /// Counts rows.
    pub(super) fn count_rows(&self, rows: u64) {
        self.work.meter.add_data(0, rows);
        self.rows.fetch_add(rows, Relaxed);
    }

    /// Reports a fact.
    pub(super) fn emit(&self, event: JobEvent) {
        self.runtime.block_on(self.work.emit(event));
    }

    /// Lets several threads work on the items, each taking the next; the first failure ends all.
    pub(super) fn each<T: Sync>(
        &self,
        items: &[T],
        work: impl Fn(u16, &T) -> Result<()> + Sync,
    ) -> Result<()> {
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let reader = |number: usize| -> Result<()> {
            let number = u16::try_from(number).unwrap_or(u16::MAX);
            while !failed.load(Relaxed) {
                let Some(item) = items.get(next.fetch_add(1, Relaxed)) else { break };
                self.work.check()?;
                work(number, item).inspect_err(|_| failed.store(true, Relaxed))?;
            }
            Ok(())
        };
        let crashed = |_| Err(Error::new(ErrorKind::Internal, "a reader crashed"));
        std::thread::scope(|scope| {
            let readers = self.jobs.get().min(items.len());
            let readers: Vec<_> =
                (0..readers).map(|number| scope.spawn(move || reader(number))).collect();
            let ends: Vec<_> =
                readers.into_iter().map(|one| one.join().unwrap_or_else(crashed)).collect();
            ends.into_iter().collect()
        })
    }

    /// All that was found, by file and place.
    pub(super) fn report(&self, path: &Path, stamp: Stamp, ended: Timestamp) -> VerifyReport {
        let mut findings = lock(&self.findings).clone();
        findings.sort_by(|a, b| (&a.file, a.offset).cmp(&(&b.file, b.offset)));
        VerifyReport {
            files: self.files.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            objects: self.objects.load(Relaxed),
            compared: self.compared.load(Relaxed),
            rows: self.rows.load(Relaxed),
            missing: lock(&self.missing).clone(),
            findings,
            notes: lock(&self.notes).clone(),
            ..VerifyReport::new(path, stamp, ended)
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What stands before a place in the words of an error.
const BYTE: &str = "byte ";

/// The place that an error tells: the last number behind the word "byte".
pub(super) fn place_in(text: &str) -> Option<u64> {
    text.rmatch_indices(BYTE).find_map(|(at, _)| {
        let rest = text.get(at + BYTE.len()..)?;
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..digits)?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_place_that_an_error_tells_is_taken() {
        let text = "looking, block at byte 9: the block's kind at byte 1200: 103 is not known";
        assert_eq!(place_in(text), Some(1200));
        assert_eq!(place_in("ends at byte 77, inside member 12.dat"), Some(77));
        assert_eq!(place_in("no byte is there"), None);
        assert_eq!(place_in("12 bytes"), None);
    }
}
