//! Definitions that go together: a run of them is sent at once and takes one transaction, so that
//! neither the way to the server nor a commit is paid for each.
//!
//! ```text
//!  leader ─► definition; owner; definition; … in one message ─► all there
//!                        └ one fails: none is there ─► each again for itself, in order
//! ```
//! The statements of one message are one transaction. What the run leaves behind is what the entries
//! leave one by one: whatever goes wrong in company is tried again alone, and only that counts. In the
//! one transaction of a whole restore nothing is tried again: there each statement is a message of its
//! own, so that the failure belongs to one of them; the first one ends it, and the server has refused
//! what was sent behind it.

use std::collections::HashSet;

use crate::archive::kind::{self, label};
use crate::archive::toc::TocEntry;
use crate::error::Result;
use crate::model::job::JobEvent;
use crate::model::spec::Section;

use super::entry::{self, Ended};
use super::is_fatal;
use super::job::Job;
use super::worker::{Step, Worker};

/// Entries that go together: what they lock is locked until all of them are there.
pub(super) const MANY: usize = 64;
/// Bytes of their definitions.
const MUCH: usize = 256 << 10;
/// Bytes of a table's rows in the archive, up to which work over them may have to be done twice.
const SMALL: u64 = 64 << 10;
/// After so many failures everything goes alone: whatever is wrong, it is wrong with many.
const PATIENCE: u32 = 16;

/// Which entries may go with others.
#[derive(Debug, Default)]
pub(super) struct Policy {
    alone: HashSet<usize>,
    failures: u32,
}

impl Policy {
    /// Notes that a run failed: its entries go alone now.
    pub(super) fn note_failure(&mut self, batch: &[usize]) {
        self.failures += 1;
        self.alone.extend(batch);
    }

    /// Whether an entry may. `size` is what it has to deal with, `made` are the tables of this run.
    pub(super) fn takes(
        &self,
        job: &Job,
        (at, section): (usize, Option<Section>),
        size: u64,
        made: &HashSet<u32>,
    ) -> bool {
        let Some(entry) = job.entries().get(at) else { return false };
        let one_by_one = self.failures >= PATIENCE
            || job.transaction_size().is_some()
            || job.spec.options.use_set_session_authorization;
        !one_by_one
            && !self.alone.contains(&at)
            && !entry.has_data
            && !job.choice.is_needed_only(at)
            && !kind::is_of_database(entry)
            // Each stands for up to a thousand objects.
            && !entry.desc.starts_with("BLOB")
            && keeps_to_itself(entry)
            && (section != Some(Section::PostData) || is_light(job, entry, size, made))
    }

    /// Whether entries with so many bytes of definitions may be joined by one more.
    pub(super) fn has_room(batch: &[usize], job: &Job) -> bool {
        let entries = batch.iter().filter_map(|at| job.entries().get(*at));
        let bytes: usize = entries.map(|entry| entry.defn.as_deref().map_or(0, str::len)).sum();
        batch.len() < MANY && bytes < MUCH
    }
}

/// Whether a definition can take nothing of the next one in: a comment that some other tool left open
/// would, and nobody would hear of it.
fn keeps_to_itself(entry: &TocEntry) -> bool {
    !entry.defn.as_deref().unwrap_or_default().contains("/*")
}

/// Whether work over tables costs next to nothing: they are new, and have few rows.
fn is_light(job: &Job, entry: &TocEntry, size: u64, made: &HashSet<u32>) -> bool {
    let is_table = |id: &&u32| job.entry_by_id(**id).is_some_and(kind::is_relation);
    size <= SMALL
        && !job.source.is_forward()
        && entry.dependencies.iter().filter(is_table).all(|id| made.contains(id))
}

/// Restores all of them, or none.
pub(super) async fn run(worker: &mut Worker, batch: &[usize]) -> Result<Ended> {
    worker.check()?;
    let job = worker.job.clone();
    let entries: Vec<&TocEntry> = batch.iter().filter_map(|at| job.entries().get(*at)).collect();
    let mut current = worker.current.clone();
    let mut steps = Vec::new();
    for entry in &entries {
        steps.extend(entry::steps(worker, &mut current, entry));
    }
    let done = if job.is_in_transaction() {
        worker.execute_all(&steps).await
    } else {
        worker.execute(&doing(&entries), &joined(&steps)).await
    };
    match done {
        Ok(()) => {
            worker.current = current;
            tell(worker, &entries).await;
            Ok(Ended::done())
        }
        Err(error) if is_fatal(&error) => Err(error),
        Err(error) => Ok(Ended::not(error)),
    }
}

/// What is going on, for an error that ends it all: which of them is to blame nobody knows then.
fn doing(entries: &[&TocEntry]) -> String {
    match entries {
        [first, .., last] => format!(
            "restoring {} definitions together, from {} to {}",
            entries.len(),
            label(first),
            label(last)
        ),
        [one] => format!("restoring {}", label(one)),
        [] => "restoring definitions".to_owned(),
    }
}

/// The statements as one message. A line end keeps a comment to its own, and a semicolon too many is
/// an empty statement: what looks like the last one may stand in a comment.
fn joined(steps: &[Step]) -> String {
    let mut sql = String::with_capacity(steps.iter().map(|step| step.sql.len() + 3).sum());
    for step in steps {
        sql.push_str(&step.sql);
        sql.push_str("\n;\n");
    }
    sql
}

/// They were there in a moment: nobody has to see that they began.
async fn tell(worker: &Worker, entries: &[&TocEntry]) {
    let (work, number) = (&worker.job.work, worker.number);
    for entry in entries {
        let object = label(entry);
        let done = JobEvent::ObjectDone { worker: number, object, rows: 0, bytes: 0, data: false };
        work.emit(done).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_that_could_swallow_the_next_goes_alone() {
        let entry = |defn: &str| TocEntry { defn: Some(defn.to_owned()), ..TocEntry::default() };
        assert!(!keeps_to_itself(&entry("CREATE TABLE a (); /* open")));
        assert!(keeps_to_itself(&entry("CREATE TABLE a (); -- shut")));
        assert!(keeps_to_itself(&TocEntry::default()));
    }

    #[test]
    fn statements_of_one_message_keep_their_comments_and_ends_apart() {
        let steps = ["CREATE TABLE a ();\n\n", "SELECT 1", "CREATE SCHEMA s -- why;", "SELECT 3"]
            .map(|sql| Step::new("", sql));
        let expected = "CREATE TABLE a ();\n\n\n;\nSELECT 1\n;\nCREATE SCHEMA s -- why;\n;\n\
                        SELECT 3\n;\n";
        assert_eq!(joined(&steps), expected);
    }
}
