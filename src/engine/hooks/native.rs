//! The hooks that need a connection: `VACUUM (ANALYZE)` of a job's tables.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::hooks::{Native, Reporter};
use crate::model::conn::Target;
use crate::model::hook::HookStream;
use crate::model::spec::{BackupSpec, JobSpec};
use crate::postgres::vacuum::{self, VacuumRequest, Vacuumed};

/// Lines that may wait.
const QUEUE: usize = 16;

/// Vacuums on the server of a job.
#[derive(Debug)]
pub(super) struct Vacuum {
    config: Arc<Config>,
    target: Target,
    tables_of: Option<BackupSpec>,
}

impl Vacuum {
    /// The tables of a job: those that a backup takes, and all of a restored database.
    pub(super) fn of_job(spec: &JobSpec, config: &Arc<Config>) -> Self {
        let tables_of = match spec {
            JobSpec::Backup(spec) => Some(spec.clone()),
            _ => None,
        };
        Self { config: Arc::clone(config), target: spec.target().clone(), tables_of }
    }

    /// All tables of whatever database is named.
    pub(super) fn of_server(target: Target, config: &Arc<Config>) -> Self {
        Self { config: Arc::clone(config), target, tables_of: None }
    }

    async fn run(&self, database: Option<&str>, lines: &Reporter) -> Result<()> {
        let database = database.ok_or_else(|| {
            Error::usage("vacuum-analyze needs a database, and there is none at this point")
                .with_hint("at = \"pre-database\" comes for each database of any job")
        })?;
        if self.config.is_read_only(&self.target) {
            return Err(Error::usage("vacuum-analyze writes to a server that is read-only")
                .with_hint("use another profile, or leave out --read-only"));
        }
        let request =
            VacuumRequest { target: &self.target, database, tables_of: self.tables_of.as_ref() };
        let (told, mut queue) = mpsc::channel(QUEUE);
        let relay = async {
            while let Some(said) = queue.recv().await {
                match said {
                    Vacuumed::Done(text) => lines.line(HookStream::Stdout, &text).await,
                    Vacuumed::Failed(text) => lines.line(HookStream::Stderr, &text).await,
                }
            }
        };
        let (result, ()) = tokio::join!(vacuum::vacuum_analyze(request, &self.config, told), relay);
        result
    }
}

impl Native for Vacuum {
    fn vacuum_analyze<'a>(
        &'a self,
        database: Option<&'a str>,
        lines: &'a Reporter,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.run(database, lines))
    }
}
