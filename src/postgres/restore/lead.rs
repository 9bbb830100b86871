//! Leads the workers of one restore: drops, definitions, rows, indexes and constraints, grants.
//!
//! ```text
//!  first worker ─► BEGIN? ─► drops? ─► definitions ─┐
//!  all workers  ─────────────────────────────────── ┴► rows, indexes … ─► grants ─► last ─► flush
//! ```

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::archive::kind::{self, label};
use crate::archive::toc::TocEntry;
use crate::error::{Error, Result};
use crate::model::job::{JobEvent, Level, Phase};
use crate::model::spec::Section;

use super::crew::{Crew, Heard};
use super::entry::{Ended, Made};
use super::graph::{self, Node, Order, Stage};
use super::job::Job;
use super::ledger::Ledger;
use super::schedule::{Next, Scheduler, Skipped, Verdict};
use super::together::Policy;
use super::worker::Task;

/// Makes everything durable at once: the sessions committed without waiting for the disk.
pub(in crate::postgres) const FLUSH: &str = "SET synchronous_commit = on; \
     SELECT pg_catalog.pg_logical_emit_message(true, 'dbbackup', 'restore finished')";

/// Runs the job; the ledger tells how far it came, whatever the result.
pub(super) async fn run(job: Arc<Job>) -> (Ledger, Result<()>) {
    // Also when this future is dropped, the workers are to stop.
    let _stop = job.stop.clone().drop_guard();
    let mut lead = Lead::new(Arc::clone(&job));
    let mut crew = Crew::new(Arc::clone(&job));
    let mut result = lead.all(&mut crew).await;
    if result.is_err() {
        job.stop.cancel();
        if job.spec.single_transaction {
            lead.ledger.data.1 = 0;
            lead.ledger.definitions.1 = 0;
        }
    }
    let dismissed = crew.dismiss().await;
    result = result.and(dismissed);
    (lead.ledger, result)
}

struct Lead {
    job: Arc<Job>,
    ledger: Ledger,
    sections: Vec<Section>,
    /// Dump ids of the tables made by this run.
    made: HashSet<u32>,
    /// Dump ids of what was there before and was only needed: left as it is.
    kept: HashSet<u32>,
    /// Tables whose rows come in more than one piece must not be emptied before each.
    in_pieces: HashSet<u32>,
    /// Drops that failed: of interest only if the object is not restored afterwards.
    undropped: HashMap<usize, Vec<Error>>,
    /// Dump ids of tables that could not be made.
    failed: HashSet<u32>,
    /// Objects restored since the last commit.
    uncommitted: u32,
    policy: Policy,
    phase: Option<Phase>,
    data_left: u64,
}

impl Lead {
    fn new(job: Arc<Job>) -> Self {
        let mut ledger = Ledger::default();
        let mut seen = HashSet::new();
        let mut in_pieces = HashSet::new();
        for at in &job.choice.order {
            let Some(entry) = job.entries().get(*at) else { continue };
            let count = if entry.has_data { &mut ledger.data.0 } else { &mut ledger.definitions.0 };
            *count += 1;
        }
        for entry in job.entries().iter().filter(|entry| entry.desc == "TABLE DATA") {
            in_pieces.extend(entry.dependencies.first().filter(|id| !seen.insert(**id)));
        }
        Self {
            sections: kind::sections(job.entries()),
            data_left: ledger.data.0,
            ledger,
            job,
            made: HashSet::new(),
            kept: HashSet::new(),
            in_pieces,
            undropped: HashMap::new(),
            failed: HashSet::new(),
            uncommitted: 0,
            policy: Policy::default(),
            phase: None,
        }
    }

    async fn all(&mut self, crew: &mut Crew) -> Result<()> {
        crew.grow(1)?;
        while crew.idle().is_none() {
            crew.hear().await?;
        }
        if self.job.is_in_transaction() {
            crew.call(Task::Run("BEGIN")).await?;
        }
        let drops = self.job.spec.clean && !self.job.spec.create_database;
        let spoiled = if drops { self.drops(crew).await? } else { HashSet::new() };
        self.restore(crew, spoiled).await?;
        self.show(Phase::Finishing).await;
        if self.job.is_in_transaction() {
            crew.call(Task::Run("COMMIT")).await?;
        }
        if !self.job.spec.single_transaction && !self.job.spec.options.no_tuning {
            self.flush(crew).await?;
        }
        Ok(())
    }

    async fn flush(&self, crew: &mut Crew) -> Result<()> {
        let (level, text) = match crew.call(Task::Run(FLUSH)).await {
            Ok(_) => (Level::Info, "everything restored has been flushed to disk".to_owned()),
            Err(error) if super::is_fatal(&error) => return Err(error),
            Err(error) => {
                let text = "what was restored last may be lost if the server crashes within the \
                            next second: flushing it failed";
                (Level::Warning, format!("{text}: {}", error.chain()))
            }
        };
        self.job.work.message(level, text).await;
        Ok(())
    }

    /// Drops everything that is to be made, in reverse; returns the tables that could not be.
    async fn drops(&mut self, crew: &mut Crew) -> Result<HashSet<usize>> {
        self.show(Phase::PreData).await;
        let mut spoiled = HashSet::new();
        for at in self.job.choice.order.clone().into_iter().rev() {
            self.job.work.check()?;
            if !is_to_be_dropped(&self.job, at) {
                continue;
            }
            let ended = crew.call(Task::Drop(at)).await?;
            let is_table = self.job.entries().get(at).is_some_and(|entry| entry.desc == "TABLE");
            let is_spoiled = ended.made == Made::Not && is_table;
            spoiled.extend(is_spoiled.then_some(at));
            if is_spoiled || self.stops_at_errors() {
                self.report(&ended.problems).await?;
            } else if !ended.problems.is_empty() {
                self.undropped.insert(at, ended.problems);
            }
        }
        Ok(spoiled)
    }

    async fn restore(&mut self, crew: &mut Crew, spoiled: HashSet<usize>) -> Result<()> {
        let job = Arc::clone(&self.job);
        let order = order(&job);
        let mut nodes = graph::build(job.entries(), &job.choice, &job.source.sizes, order);
        if let Some(passing) = job.source.passing_order().filter(|_| order == Order::Free) {
            graph::in_turn(&mut nodes, &passing);
        }
        let mut scheduler = Scheduler::new(nodes, spoiled);
        let skipped = scheduler.take_skipped();
        self.note_skipped(skipped).await;
        loop {
            if scheduler.stage() > Some(Stage::Before) {
                crew.grow(job.workers())?;
            }
            let over = self.hand_out(crew, &mut scheduler).await?;
            if over && !crew.is_expecting() {
                return Ok(());
            }
            self.hear(crew, &mut scheduler).await?;
        }
    }

    /// Gives work to whoever is idle; returns whether there is no more.
    async fn hand_out(&mut self, crew: &mut Crew, scheduler: &mut Scheduler) -> Result<bool> {
        while let Some(worker) = crew.idle() {
            self.job.work.check()?;
            let next = scheduler.next();
            // A circle that was broken can have shown something to be pointless.
            let skipped = scheduler.take_skipped();
            self.note_skipped(skipped).await;
            match next {
                Next::Over => return Ok(true),
                Next::Wait => return Ok(false),
                Next::Run(at) if self.is_kept(at) || self.lacks_its_table(at) => {
                    let skipped = scheduler.finish(at, Verdict::Done);
                    self.note_skipped(skipped).await;
                }
                Next::Run(at) => {
                    self.show_phase_of(at).await;
                    let batch = self.with_companions(scheduler, at);
                    let task = if batch.len() > 1 {
                        Task::Together(batch.into())
                    } else {
                        Task::Restore { entry: at, fresh: self.is_fresh(at) }
                    };
                    crew.give(worker, task)?;
                }
            }
        }
        Ok(false)
    }

    async fn hear(&mut self, crew: &mut Crew, scheduler: &mut Scheduler) -> Result<()> {
        match crew.hear().await? {
            Heard::Short(error) => {
                let text = format!("going on with fewer connections: {}", error.chain());
                self.job.work.message(Level::Warning, text).await;
            }
            Heard::Ended(Task::Restore { entry, .. }, ended) => {
                let verdict = self.note(entry, &ended).await?;
                self.commit_when_due(crew, entry).await?;
                let skipped = scheduler.finish(entry, verdict);
                self.note_skipped(skipped).await;
            }
            Heard::Ended(Task::Together(batch), ended) => {
                self.note_together(scheduler, &batch, &ended).await?;
            }
            Heard::Ready | Heard::Ended(..) => {}
        }
        Ok(())
    }

    /// The entry, and what can go with it.
    fn with_companions(&self, scheduler: &mut Scheduler, first: usize) -> Vec<usize> {
        let fits = |node: &Node| {
            let section = self.sections.get(node.entry).copied();
            self.policy.takes(&self.job, (node.entry, section), node.size, &self.made)
        };
        let mut batch = vec![first];
        if !scheduler.node(first).is_some_and(fits) {
            return batch;
        }
        let mut last = first;
        while Policy::has_room(&batch, &self.job)
            && let Some(next) = scheduler.companion(last, fits)
        {
            batch.push(next);
            last = next;
        }
        batch
    }

    /// All of them are there, or none: then each is tried for itself.
    async fn note_together(
        &mut self,
        scheduler: &mut Scheduler,
        batch: &[usize],
        ended: &Ended,
    ) -> Result<()> {
        if ended.made != Made::Now {
            if self.job.is_in_transaction() {
                self.report(&ended.problems).await?;
            }
            self.policy.note_failure(batch);
            scheduler.put_back(batch);
            return Ok(());
        }
        for at in batch {
            let verdict = self.note(*at, &Ended::done()).await?;
            let skipped = scheduler.finish(*at, verdict);
            self.note_skipped(skipped).await;
        }
        Ok(())
    }

    /// Ends the transaction when it has taken as many objects as it may.
    async fn commit_when_due(&mut self, crew: &mut Crew, at: usize) -> Result<()> {
        let Some(size) = self.job.transaction_size() else { return Ok(()) };
        let entry = self.job.entries().get(at);
        self.uncommitted += entry.map_or(1, statements_of);
        if self.uncommitted < size {
            return Ok(());
        }
        self.uncommitted = 0;
        crew.call(Task::Run("COMMIT; BEGIN")).await.map(drop)
    }

    /// Takes an end into the books and decides what it means for what depends on it.
    async fn note(&mut self, at: usize, ended: &Ended) -> Result<Verdict> {
        let job = Arc::clone(&self.job);
        let Some(entry) = job.entries().get(at) else { return Ok(Verdict::Done) };
        if entry.has_data {
            self.data_left = self.data_left.saturating_sub(1);
        }
        if ended.made == Made::Now {
            let count = if entry.has_data {
                &mut self.ledger.data.1
            } else {
                &mut self.ledger.definitions.1
            };
            *count += 1;
            self.ledger.rows += ended.moved.rows;
            self.made.insert(entry.id);
        }
        if entry.desc == "TABLE" && ended.made != Made::Now {
            self.failed.insert(entry.id);
        }
        // In a transaction everything after an error fails.
        let tolerated = ended.made == Made::Before
            && !job.is_in_transaction()
            && (job.choice.is_needed_only(at) || entry.desc == "SCHEMA");
        if tolerated {
            self.kept.extend(job.choice.is_needed_only(at).then_some(entry.id));
            let text = format!("{} is there already: left as it is", label(entry));
            job.work.message(Level::Warning, text).await;
        } else {
            if ended.made != Made::Now {
                let undropped = self.undropped.remove(&at).unwrap_or_default();
                self.report(&undropped).await?;
            }
            self.report(&ended.problems).await?;
        }
        let missing = ended.made == Made::Not && !entry.has_data && entry.section.is_some();
        Ok(if missing { Verdict::Missing } else { Verdict::Done })
    }

    fn stops_at_errors(&self) -> bool {
        self.job.spec.exit_on_error || self.job.is_in_transaction()
    }

    async fn report(&mut self, problems: &[Error]) -> Result<()> {
        for problem in problems {
            if self.stops_at_errors() {
                return Err(again(problem));
            }
            let text = self.ledger.fail(problem);
            self.job.work.message(Level::Error, text).await;
        }
        Ok(())
    }

    async fn note_skipped(&mut self, skipped: Vec<Skipped>) {
        let job = Arc::clone(&self.job);
        for Skipped { entry, because_of } in skipped {
            let name = |at| job.entries().get(at).map(label).unwrap_or_default();
            if job.entries().get(entry).is_some_and(|entry| entry.has_data) {
                self.data_left = self.data_left.saturating_sub(1);
            }
            let text = self.ledger.skip(name(entry), name(because_of));
            job.work.message(Level::Error, text).await;
        }
    }

    /// Whether an entry only decorates something that was there before and is none of our business.
    fn is_kept(&self, at: usize) -> bool {
        let Some(entry) = self.job.entries().get(at) else { return false };
        self.job.choice.is_needed_only(at)
            && (kind::is_label(entry) || entry.desc == "SEQUENCE SET")
            && entry.dependencies.iter().any(|id| self.kept.contains(id))
    }

    /// Whether the entry holds rows of a table that could not be made, and these are not wanted then.
    fn lacks_its_table(&self, at: usize) -> bool {
        let Some(entry) = self.job.entries().get(at) else { return false };
        self.job.spec.options.no_data_for_failed_tables
            && entry.desc == "TABLE DATA"
            && entry.dependencies.iter().any(|id| self.failed.contains(id))
    }

    /// Whether a table may be emptied in the transaction that loads it. Into such a table the server
    /// only appends, so that rows keep their order; and where its settings allow, it logs none of them.
    fn is_fresh(&self, at: usize) -> bool {
        let Some(entry) = self.job.entries().get(at) else { return false };
        let of_one_piece = |id: &u32| self.made.contains(id) && !self.in_pieces.contains(id);
        entry.desc == "TABLE DATA"
            && self.job.spec.use_list.is_none()
            && !self.job.is_in_transaction()
            && entry.dependencies.first().is_some_and(of_one_piece)
    }

    /// Grants and comments of the first section come late: the phase never goes back.
    async fn show_phase_of(&mut self, at: usize) {
        let begun = matches!(self.phase, Some(Phase::Copying | Phase::PostData));
        let phase = match self.sections.get(at) {
            Some(Section::PreData) if !begun => Phase::PreData,
            _ if self.data_left > 0 => Phase::Copying,
            _ => Phase::PostData,
        };
        self.show(phase).await;
    }

    async fn show(&mut self, phase: Phase) {
        if self.phase != Some(phase) {
            self.phase = Some(phase);
            self.job.work.emit(JobEvent::Phase(phase)).await;
        }
    }
}

/// How many objects an entry counts for: a long list of grants locks as many as it has statements.
fn statements_of(entry: &TocEntry) -> u32 {
    if matches!(entry.desc.as_str(), "FUNCTION" | "PROCEDURE" | "AGGREGATE") {
        return 1;
    }
    let statements = entry.defn.as_deref().map_or(0, |text| text.matches(";\n").count());
    u32::try_from(statements).unwrap_or(u32::MAX).max(1)
}

/// What is only needed is left alone, and what goes with its table is not dropped before it: that
/// would be of no use, and a partition's constraints cannot be dropped alone.
fn is_to_be_dropped(job: &Job, at: usize) -> bool {
    let Some(entry) = job.entries().get(at).filter(|_| !job.choice.is_needed_only(at)) else {
        return false;
    };
    let goes_too = |id: &u32| {
        let table = job.positions.get(id).copied();
        table.is_some_and(|table| is_dropped_with(job, entry, table))
    };
    !matches!(entry.desc.as_str(), "CONSTRAINT" | "INDEX" | "TRIGGER" | "ROW SECURITY")
        || !entry.dependencies.iter().any(goes_too)
}

/// Whether the entry belongs to this table, and the table is dropped.
fn is_dropped_with(job: &Job, entry: &TocEntry, table: usize) -> bool {
    let dropped = job.choice.wanted.get(table).is_some_and(|wanted| wanted.definition)
        && !job.choice.is_needed_only(table);
    dropped
        && job.entries().get(table).is_some_and(|table| {
            kind::is_relation(table)
                && table.namespace == entry.namespace
                && (!kind::has_compound_tag(entry) || kind::split_tag(entry, &table.tag).is_some())
        })
}

/// One connection keeps the archive's order, and a list is kept to anyway; rows alone have to follow
/// the foreign keys that are in force already.
fn order(job: &Job) -> Order {
    let spec = &job.spec;
    match (job.is_data_only() && spec.use_list.is_none(), job.workers()) {
        (true, _) if !spec.disable_triggers => Order::ByReference,
        (_, 1) => Order::Strict,
        _ => Order::Free,
    }
}

/// The same error once more: the original stays with its report.
fn again(error: &Error) -> Error {
    let copy = Error::new(error.kind(), error.chain()).with_transient(error.is_transient());
    let copy = match error.hint() {
        Some(hint) => copy.with_hint(hint),
        None => copy,
    };
    match error.sqlstate() {
        Some(code) => copy.with_sqlstate(code),
        None => copy,
    }
}

/// What an entry is worth in the progress: objects with data are counted, definitions are not.
pub(super) fn data_objects(entries: &[TocEntry], order: &[usize]) -> u64 {
    let has_data = |at: &&usize| entries.get(**at).is_some_and(|entry| entry.has_data);
    order.iter().filter(has_data).count() as u64
}
