//! Tables whose rows stay out as there are too few or too many of them: by a real count in the
//! snapshot, never by what the statistics say.
//!
//! ```text
//!  tables ─► counter, counter, … (sessions in the snapshot, a table each) ─► verdicts
//!                │ somebody waits for the table          (count stops as soon as it is decided)
//!                └─► counted by the leader
//! ```
//! A count that fails decides nothing: the table stays in, and its copying meets the same trouble
//! and names it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use futures_util::future::try_join_all;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::error::{Error, Result};
use crate::model::spec::{DumpOptions, Selection};
use crate::postgres::connect::{self, ConnParams, Session, database_error};
use crate::postgres::schema::{SchemaDump, TableData};
use crate::postgres::session::{self, SnapshotId};

/// How many rows a table may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    min: Option<u64>,
    max: Option<u64>,
}

/// Where a table's rows are too few or too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fewer { rows: u64, than: u64 },
    More { than: u64 },
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fewer { rows, than } => write!(f, "{rows}, fewer than {than}"),
            Self::More { than } => write!(f, "more than {than}"),
        }
    }
}

impl Bounds {
    /// Those of a selection, where it has any.
    pub(super) fn of(selection: &Selection) -> Result<Option<Self>> {
        let Selection { min_rows: min, max_rows: max, .. } = *selection;
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            let text = format!("no table has at least {min} rows and at most {max}");
            return Err(Error::usage(text).with_hint("swap --min-rows and --max-rows"));
        }
        Ok((min.is_some() || max.is_some()).then_some(Self { min, max }))
    }

    /// Rows that decide.
    fn enough(self) -> u64 {
        let most = u64::try_from(i64::MAX).unwrap_or(u64::MAX);
        self.max.map_or(self.min.unwrap_or_default(), |max| max.saturating_add(1)).min(most)
    }

    fn judge(self, rows: u64) -> Option<Verdict> {
        let more = self.max.filter(|max| rows > *max).map(|than| Verdict::More { than });
        let fewer = self.min.filter(|min| rows < *min).map(|than| Verdict::Fewer { rows, than });
        more.or(fewer)
    }
}

/// Who counts, and in which snapshot.
pub(super) struct Counting<'a> {
    pub(super) leader: &'a Session,
    pub(super) params: &'a ConnParams,
    pub(super) options: &'a DumpOptions,
    pub(super) snapshot: &'a SnapshotId,
    pub(super) jobs: NonZeroUsize,
}

/// Takes the rows of tables out of bounds out of the dump, and notes each.
pub(super) async fn apply(
    bounds: Bounds,
    dump: &mut SchemaDump,
    counting: &Counting<'_>,
) -> Result<()> {
    let counts = counting.count(&dump.tables, bounds.enough()).await?;
    let mut out = HashSet::new();
    for table in &dump.tables {
        let verdict = counts.get(&table.dump_id).and_then(|rows| bounds.judge(*rows));
        if let Some(verdict) = verdict {
            out.insert(table.dump_id);
            let name = &table.name;
            dump.notes.push(format!("{name} is taken without its rows: it has {verdict}"));
        }
    }
    dump.tables.retain(|table| !out.contains(&table.dump_id));
    dump.entries.leave_out(out);
    Ok(())
}

/// Tables that are still to be counted, and what came out.
struct Work<'a> {
    waiting: Mutex<VecDeque<&'a TableData>>,
    counts: Mutex<HashMap<u32, u64>>,
    /// Tables that somebody waits for.
    busy: Mutex<Vec<&'a TableData>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Counting<'_> {
    /// Counts up to `enough` rows of each table, by dump id.
    async fn count(&self, tables: &[TableData], enough: u64) -> Result<HashMap<u32, u64>> {
        let work = Work {
            waiting: Mutex::new(tables.iter().collect()),
            counts: Mutex::new(HashMap::new()),
            busy: Mutex::new(Vec::new()),
        };
        let counters = self.jobs.get().min(tables.len());
        try_join_all((0..counters).map(|_| self.counter(&work, enough))).await?;
        let busy = std::mem::take(&mut *lock(&work.busy));
        for table in busy {
            if let Some(rows) = self.by_leader(table, enough).await? {
                lock(&work.counts).insert(table.dump_id, rows);
            }
        }
        Ok(work.counts.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    async fn counter(&self, work: &Work<'_>, enough: u64) -> Result<()> {
        let session = connect::open(&self.params.clone().pinned_to(self.leader)).await?;
        session::prepare(&session, self.options).await?;
        loop {
            let Some(table) = lock(&work.waiting).pop_front() else { break };
            match count_in(&session.client, &self.statements(table, enough)).await {
                Ok(rows) => drop(lock(&work.counts).insert(table.dump_id, rows)),
                Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
                    lock(&work.busy).push(table);
                }
                Err(error) => self.unless_of_table(table, error)?,
            }
        }
        session::rollback(&session.client).await
    }

    fn statements(&self, table: &TableData, enough: u64) -> String {
        let mut all = vec!["ROLLBACK".to_owned()];
        all.extend(session::enter_snapshot(self.snapshot));
        if !table.foreign {
            all.push(session::lock_at_once(&table.name));
        }
        all.push(count_statement(table, enough));
        all.join(";\n")
    }

    /// The leader has the lock already.
    async fn by_leader(&self, table: &TableData, enough: u64) -> Result<Option<u64>> {
        let client = &self.leader.client;
        let sql = format!("SAVEPOINT count;\n{}", count_statement(table, enough));
        let count = match count_in(client, &sql).await {
            Ok(rows) => Some(rows),
            Err(error) => self.unless_of_table(table, error).map(|()| None)?,
        };
        let leave = "ROLLBACK TO SAVEPOINT count; RELEASE SAVEPOINT count";
        let left = client.batch_execute(leave).await;
        left.map_err(|error| database_error(&format!("counting {}", table.name), error))?;
        Ok(count)
    }

    /// Passes over an error of the server, which the copying of the table will meet again.
    fn unless_of_table(&self, table: &TableData, error: tokio_postgres::Error) -> Result<()> {
        let of_server = error.as_db_error().is_some();
        let error = database_error(&format!("counting the rows of {}", table.name), error);
        if !of_server || self.leader.client.is_closed() {
            return Err(error);
        }
        tracing::info!(error = error.chain(), "a table was not counted");
        Ok(())
    }
}

fn count_statement(table: &TableData, enough: u64) -> String {
    let foreign =
        if table.foreign { session::allow_foreign_tables() + ";\n" } else { String::new() };
    let name = table.name.sql();
    format!(
        "{foreign}SELECT pg_catalog.count(*) FROM (SELECT 1 FROM ONLY {name} LIMIT {enough}) AS found"
    )
}

/// Runs statements of which the last one counts.
async fn count_in(client: &Client, sql: &str) -> Result<u64, tokio_postgres::Error> {
    let mut count = 0;
    for message in client.simple_query(sql).await? {
        if let SimpleQueryMessage::Row(row) = message {
            count = row.try_get(0)?.and_then(|text| text.parse().ok()).unwrap_or(count);
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::QualifiedName;

    fn bounds(min: Option<u64>, max: Option<u64>) -> Result<Option<Bounds>> {
        Bounds::of(&Selection { min_rows: min, max_rows: max, ..Selection::default() })
    }

    #[test]
    fn a_count_goes_only_as_far_as_it_decides() {
        assert_eq!(bounds(None, None).unwrap(), None);
        let decide = |min, max| bounds(min, max).unwrap().unwrap().enough();
        assert_eq!(decide(Some(10), None), 10);
        assert_eq!(decide(None, Some(10)), 11);
        assert_eq!(decide(Some(3), Some(10)), 11);
        assert_eq!(decide(None, Some(u64::MAX)), i64::MAX as u64);
    }

    #[test]
    fn bounds_are_themselves_within() {
        let both = bounds(Some(3), Some(10)).unwrap().unwrap();
        assert_eq!(both.judge(2).unwrap().to_string(), "2, fewer than 3");
        assert_eq!(both.judge(3), None);
        assert_eq!(both.judge(10), None);
        assert_eq!(both.judge(11).unwrap().to_string(), "more than 10");
        let error = bounds(Some(5), Some(4)).unwrap_err();
        assert_eq!(error.to_string(), "no table has at least 5 rows and at most 4");
    }

    #[test]
    fn a_table_is_counted_without_its_children() {
        let table = TableData { name: QualifiedName::new("public", "Big"), ..TableData::default() };
        assert_eq!(
            count_statement(&table, 11),
            "SELECT pg_catalog.count(*) FROM \
             (SELECT 1 FROM ONLY \"public\".\"Big\" LIMIT 11) AS found"
        );
    }
}
