//! What all workers of one restore share, without changing it; and what every session is set to.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use tokio_postgres::Client;
use tokio_util::sync::CancellationToken;

use crate::archive::toc::TocEntry;
use crate::error::Result;
use crate::model::spec::RestoreSpec;
use crate::postgres::connect::{ConnParams, database_error};
use crate::work::WorkContext;

use super::select::Choice;
use super::source::Source;
use super::statement;

/// A restore under way.
pub(super) struct Job {
    pub(super) spec: RestoreSpec,
    pub(super) source: Source,
    pub(super) choice: Choice,
    /// How to reach the target database.
    pub(super) params: ConnParams,
    /// `server_version_num` of the target.
    pub(super) server_version: u32,
    pub(super) tuning: Tuning,
    pub(super) work: WorkContext,
    /// Fires when the workers are to stop: a cancel, or a failure of one of them.
    pub(super) stop: CancellationToken,
    /// Position of each dump id.
    pub(super) positions: HashMap<u32, usize>,
    /// Large objects that could not be made: what is there under their numbers is not ours.
    foreign_objects: Mutex<HashSet<u32>>,
}

impl Job {
    pub(super) fn new(
        spec: RestoreSpec,
        source: Source,
        choice: Choice,
        (params, server_version, tuning): (ConnParams, u32, Tuning),
        work: WorkContext,
    ) -> Self {
        let entries = source.head.entries.iter().enumerate();
        let positions = entries.map(|(at, entry)| (entry.id, at)).collect();
        let stop = work.cancel.child_token();
        Self {
            spec,
            source,
            choice,
            params,
            server_version,
            tuning,
            work,
            stop,
            positions,
            foreign_objects: Mutex::default(),
        }
    }

    /// All entries of the archive.
    pub(super) fn entries(&self) -> &[TocEntry] {
        &self.source.head.entries
    }

    /// The entry with this dump id.
    pub(super) fn entry_by_id(&self, id: u32) -> Option<&TocEntry> {
        self.entries().get(*self.positions.get(&id)?)
    }

    /// Connections that work at the same time.
    pub(super) fn workers(&self) -> u16 {
        // Rows that come through a pipe in an order that references forbid go one by one.
        let by_reference = self.is_data_only() && !self.spec.disable_triggers;
        if self.spec.single_transaction || (by_reference && self.source.is_forward()) {
            return 1;
        }
        u16::try_from(self.spec.jobs.get()).unwrap_or(u16::MAX)
    }

    /// How many objects one transaction takes, where they are not counted one by one.
    pub(super) fn transaction_size(&self) -> Option<u32> {
        let size = self.spec.options.transaction_size.filter(|_| self.workers() == 1);
        size.filter(|_| !self.spec.single_transaction).map(std::num::NonZeroU32::get)
    }

    /// Whether the leader has begun a transaction that all work is in.
    pub(super) fn is_in_transaction(&self) -> bool {
        self.spec.single_transaction || self.transaction_size().is_some()
    }

    /// Whether only data is restored.
    pub(super) fn is_data_only(&self) -> bool {
        self.spec.parts.data_only || self.choice.is_data_only()
    }

    /// Notes a large object that could not be made.
    pub(super) fn note_foreign_object(&self, oid: u32) {
        self.foreign_objects.lock().unwrap_or_else(PoisonError::into_inner).insert(oid);
    }

    /// Whether what is there under this number is not of this restore.
    pub(super) fn is_foreign_object(&self, oid: u32) -> bool {
        self.foreign_objects.lock().unwrap_or_else(PoisonError::into_inner).contains(&oid)
    }

    /// Everything a new session is set to.
    pub(super) fn session_setup(&self) -> String {
        let setup = statement::session_setup(&self.source.head, &self.spec, self.server_version);
        format!("{setup}\n{}", self.tuning.sql())
    }
}

/// Memory and helpers for index builds, for the sessions of the restore only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::postgres) struct Tuning {
    maintenance_kb: Option<i64>,
    parallel_maintenance: Option<i64>,
}

/// More makes no build faster.
const MOST_MEMORY_KB: i64 = 1 << 20;
/// Helpers of one build.
const MOST_HELPERS: i64 = 4;

impl Tuning {
    /// Asks for the server's settings and works out better ones; never lower than they are.
    pub(in crate::postgres) async fn of(client: &Client, workers: u16) -> Result<Self> {
        let rows = client
            .query(
                "SELECT name::text, setting::bigint * CASE unit WHEN '8kB' THEN 8 ELSE 1 END \
                 FROM pg_catalog.pg_settings WHERE name IN ('shared_buffers', \
                 'maintenance_work_mem', 'max_parallel_maintenance_workers', \
                 'max_parallel_workers')",
                &[],
            )
            .await
            .map_err(|error| database_error("asking for the server's settings", error))?;
        let settings: HashMap<String, i64> =
            rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        Ok(Self::from_settings(&settings, workers))
    }

    /// The server's buffers are what its owner allowed it to use of the machine; the workers may
    /// take as much again for the time of the restore.
    fn from_settings(settings: &HashMap<String, i64>, workers: u16) -> Self {
        let workers = i64::from(workers.max(1));
        let get = |name: &str| settings.get(name).copied();
        let better = |now: Option<i64>, wish: Option<i64>| wish.filter(|wish| now < Some(*wish));
        let memory = get("shared_buffers").map(|kb| (kb / workers).min(MOST_MEMORY_KB));
        let helpers = get("max_parallel_workers").map(|all| (all / workers).min(MOST_HELPERS));
        let now = get("max_parallel_maintenance_workers");
        Self {
            maintenance_kb: better(get("maintenance_work_mem"), memory),
            // Servers before 11 do not know it.
            parallel_maintenance: now.and_then(|_| better(now, helpers)),
        }
    }

    /// The statements.
    pub(in crate::postgres) fn sql(self) -> String {
        let set = |name: &str, value: Option<i64>| {
            value.map(|value| format!("SET {name} = {value};\n")).unwrap_or_default()
        };
        set("maintenance_work_mem", self.maintenance_kb)
            + &set("max_parallel_maintenance_workers", self.parallel_maintenance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuning(settings: &[(&str, i64)], workers: u16) -> String {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        Tuning::from_settings(&settings, workers).sql()
    }

    #[test]
    fn memory_and_helpers_are_shared_by_the_workers_and_never_lowered() {
        let large = [
            ("shared_buffers", 8 << 20),
            ("maintenance_work_mem", 64 << 10),
            ("max_parallel_maintenance_workers", 2),
            ("max_parallel_workers", 8),
        ];
        assert_eq!(
            tuning(&large, 1),
            "SET maintenance_work_mem = 1048576;\nSET max_parallel_maintenance_workers = 4;\n"
        );
        assert_eq!(tuning(&large, 16), "SET maintenance_work_mem = 524288;\n");
        let small = [("shared_buffers", 16 << 10), ("maintenance_work_mem", 64 << 10)];
        assert_eq!(tuning(&small, 4), "");
    }
}
