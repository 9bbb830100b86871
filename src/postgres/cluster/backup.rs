//! One run of a backup: globals, then the databases side by side, then the catalogue.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::cluster::{
    CATALOGUE_FILE, CATALOGUE_VERSION, ClusterCatalogue, ClusterDatabase, ClusterServer,
    DATABASES_FOLDER, GLOBALS_FILE, GlobalsInfo,
};
use crate::model::job::{Level, Outcome, Phase};
use crate::model::manifest::MANIFEST_FILE;
use crate::model::spec::{
    ArchiveFormat, BackupSpec, ClusterBackupSpec, ClusterContent, DumpOptions, DumpSession,
};
use crate::postgres::connect::Session;
use crate::postgres::globals::{self, Globals};
use crate::postgres::{backup, facts, session};
use crate::work::WorkContext;

use super::databases::{self, Chosen, Database};
use super::folder::PartialFolder;
use super::relay::{Relay, Tally};
use super::share::{self, Pool};
use super::{around, catalogue, manifest, names, server};

/// What is read of the server before anything is written.
pub(super) struct Survey {
    pub(super) session: Session,
    pub(super) server: ClusterServer,
    /// The globals and their script, where they are wanted.
    pub(super) globals: Option<(Globals, String)>,
    pub(super) chosen: Chosen,
}

/// Refuses what a cluster's backup cannot do.
pub(super) fn check(spec: &ClusterBackupSpec) -> Result<()> {
    if !matches!(spec.format, ArchiveFormat::Custom | ArchiveFormat::Directory) {
        let text = format!("a cluster cannot be backed up in format {}", spec.format.word());
        return Err(Error::usage(text).with_hint(
            "use custom or directory: each database gets an archive that can be restored in parts",
        ));
    }
    if spec.options.session.snapshot.is_some() {
        return Err(Error::usage("a snapshot belongs to one database, not to a cluster")
            .with_hint("leave out --snapshot, or back up the one database"));
    }
    if spec.options.if_exists && !spec.options.clean {
        return Err(Error::usage("--if-exists is of use only with --clean"));
    }
    Ok(())
}

/// Globals come with definitions, not with rows alone.
pub(super) fn wants_globals(spec: &ClusterBackupSpec) -> bool {
    spec.content != ClusterContent::DatabasesOnly && !spec.parts.data_only
}

impl Survey {
    /// Reads globals and databases in one snapshot.
    pub(super) async fn make(spec: &ClusterBackupSpec, config: &Config) -> Result<Self> {
        let session = server::open(&spec.target, config, &[]).await?;
        session::prepare(&session, &spec.options).await?;
        let about = server::describe(&session).await;
        session::begin(&session.client, &DumpSession::default()).await?;
        let all = databases::read(&session).await?;
        let globals = if wants_globals(spec) {
            let globals = globals::read(&session, spec).await?;
            let script = globals::script(&session, spec, &globals).await?;
            Some((globals, script))
        } else {
            None
        };
        session::rollback(&session.client).await?;
        let chosen = databases::choose(all, spec)?;
        Ok(Self { session, server: about, globals, chosen })
    }

    /// What the user should know.
    pub(super) fn warnings(&self) -> Vec<String> {
        let globals = self.globals.iter().flat_map(|(globals, _)| globals.warnings.clone());
        globals.chain(self.chosen.warnings()).collect()
    }

    /// Sizes on disk of the databases to back up; an unknown one counts as small.
    pub(super) fn sizes(&self) -> Vec<u64> {
        self.chosen.databases.iter().map(|database| database.bytes.unwrap_or(0)).collect()
    }

    /// About how much of that is rows of users: not the system's own catalog, which even an empty
    /// database has.
    fn expected(&self) -> Vec<u64> {
        self.sizes().into_iter().map(|bytes| bytes.saturating_sub(self.chosen.empty)).collect()
    }
}

/// As [`super::backup()`], but a cancel is an error.
pub(super) async fn run(
    spec: &ClusterBackupSpec,
    config: &Config,
    work: &WorkContext,
) -> Result<Outcome> {
    let started = Timestamp::now();
    work.phase(Phase::Connecting).await;
    check(spec)?;
    let folder = PartialFolder::create(&spec.output, spec.overwrite)?;
    let survey = tokio::select! {
        biased;
        () = work.cancel.cancelled() => return Err(Error::cancelled()),
        survey = Survey::make(spec, config) => survey?,
    };
    for warning in survey.warnings() {
        work.message(Level::Warning, warning).await;
    }
    let globals = survey.globals.as_ref().map(|(globals, script)| info(spec, globals, script));
    if let Some((_, script)) = &survey.globals {
        folder.write(GLOBALS_FILE, script.as_bytes())?;
    }
    work.phase(Phase::Copying).await;
    let databases = copy(spec, config, work, &survey, folder.path()).await?;
    work.check()?;
    work.phase(Phase::Finishing).await;
    let missing = missing(&survey.chosen, &databases);
    let catalogue = ClusterCatalogue {
        version: CATALOGUE_VERSION,
        tool: concat!("dbbackup ", env!("CARGO_PKG_VERSION")).to_owned(),
        started,
        ended: Timestamp::now(),
        server: survey.server,
        globals,
        databases,
        skipped: survey.chosen.skipped,
        missing: missing.clone(),
    };
    let manifest = manifest::Wish { spec, globals: survey.globals.as_ref().map(|(_, text)| text) };
    finish(folder, &catalogue, &manifest).await?;
    for database in &catalogue.databases {
        work.message(Level::Info, catalogue::summary(database)).await;
    }
    Ok(if missing.is_empty() {
        Outcome::Complete
    } else {
        Outcome::Incomplete { reasons: missing }
    })
}

fn info(spec: &ClusterBackupSpec, globals: &Globals, script: &str) -> GlobalsInfo {
    GlobalsInfo {
        file: GLOBALS_FILE.to_owned(),
        bytes: script.len() as u64,
        roles: globals.roles() as u64,
        memberships: globals.memberships() as u64,
        role_settings: globals.roles_with_settings() as u64,
        parameters: globals.parameters() as u64,
        tablespaces: globals.tablespaces(),
        passwords: spec.content.roles() && !spec.no_role_passwords,
    }
}

/// Everything that is not there, database by database.
fn missing(chosen: &Chosen, databases: &[ClusterDatabase]) -> Vec<String> {
    let mut missing = chosen.missing.clone();
    for database in databases {
        let name = &database.name;
        match &database.outcome {
            // A backup verifies nothing.
            Outcome::Complete | Outcome::Damaged { .. } => {}
            Outcome::Incomplete { reasons } => {
                missing.extend(reasons.iter().map(|reason| format!("{name}: {reason}")));
            }
            Outcome::Failed { error } => {
                missing.push(format!("database {name} is not in the backup: {}", error.message));
            }
            Outcome::Cancelled { left: reason } | Outcome::Panicked { message: reason } => {
                missing.push(format!("database {name} is not in the backup: {reason}"));
            }
        }
    }
    missing
}

async fn finish(
    folder: PartialFolder,
    catalogue: &ClusterCatalogue,
    wish: &manifest::Wish<'_>,
) -> Result<()> {
    let text = catalogue::encode(catalogue)?;
    let manifest = wish.manifest(folder.path(), (catalogue, &text))?;
    let durable = !wish.spec.options.no_sync;
    let publish = move || {
        folder.write(CATALOGUE_FILE, &text)?;
        if let Some(manifest) = manifest {
            folder.write(MANIFEST_FILE, &manifest)?;
        }
        folder.publish(durable)
    };
    tokio::task::spawn_blocking(publish).await.unwrap_or_else(|error| {
        Err(Error::new(ErrorKind::Internal, "writing the catalogue crashed").with_source(error))
    })
}

/// What one database's backup needs of the whole.
struct Part {
    spec: BackupSpec,
    config: Arc<Config>,
    database: Database,
    /// The archive, relative to the folder.
    archive: String,
    wal_position: Option<String>,
}

/// Backs the databases up, the biggest first; the result is in the order of their names. Only when
/// all of them failed, this does.
async fn copy(
    spec: &ClusterBackupSpec,
    config: &Config,
    work: &WorkContext,
    survey: &Survey,
    folder: &Path,
) -> Result<Vec<ClusterDatabase>> {
    let chosen = &survey.chosen.databases;
    let config = Arc::new(config.clone());
    let sizes = survey.sizes();
    let relay = Relay::new(work, &survey.expected());
    relay.totals().await;
    let archives = names::archive_names(chosen.iter().map(|d| d.name.as_str()), spec.format);
    let pool = Pool::new(spec.jobs);
    let mut running = JoinSet::new();
    for (at, workers) in share::shares(&sizes, spec.jobs) {
        let (Some(database), Some(archive)) = (chosen.get(at), archives.get(at)) else { continue };
        let loan = tokio::select! {
            loan = pool.take(workers) => loan,
            () = work.cancel.cancelled() => None,
        };
        // Those that run see the cancel themselves, and tell their servers.
        let Some(loan) = loan.filter(|_| !work.cancel.is_cancelled()) else { break };
        let archive = format!("{DATABASES_FOLDER}/{archive}");
        let part = Part {
            spec: BackupSpec {
                output: folder.join(&archive),
                jobs: workers,
                ..of_database(spec, &database.name)
            },
            config: Arc::clone(&config),
            database: database.clone(),
            archive,
            wal_position: facts::wal_position(&survey.session).await,
        };
        let (context, tally) = relay.open(at, &database.name, loan);
        running.spawn(async move { (at, part.run(context, tally).await) });
    }
    let mut done = Vec::new();
    while let Some(ended) = running.join_next().await {
        done.push(ended.map_err(|error| {
            Error::new(ErrorKind::Internal, "the backup of a database crashed").with_source(error)
        })?);
    }
    work.check()?;
    done.sort_by_key(|(at, _)| *at);
    refuse_nothing(&done)?;
    Ok(done.into_iter().map(|(_, (database, _))| database).collect())
}

type Ended = (ClusterDatabase, Option<Error>);

/// A folder without a single archive, where some were asked for, is no backup.
fn refuse_nothing(done: &[(usize, Ended)]) -> Result<()> {
    let mut errors = done.iter().filter_map(|(_, (_, error))| error.as_ref());
    let Some(first) = errors.next() else { return Ok(()) };
    if errors.count() + 1 < done.len() {
        return Ok(());
    }
    let error = Error::new(first.kind(), first.chain()).with_transient(first.is_transient());
    let error = error.while_doing("every database failed");
    Err(match first.hint() {
        Some(hint) => error.with_hint(hint),
        None => error,
    })
}

/// The spec of one database's backup.
fn of_database(spec: &ClusterBackupSpec, database: &str) -> BackupSpec {
    BackupSpec {
        parts: spec.parts.clone(),
        format: spec.format,
        compression: spec.compression,
        no_owner: spec.no_owner,
        no_privileges: spec.no_privileges,
        // These are about scripts, which an archive becomes only when it is restored.
        options: DumpOptions {
            clean: false,
            if_exists: false,
            restrict_key: None,
            ..spec.options.clone()
        },
        ..BackupSpec::new(spec.target.clone(), database, "")
    }
}

impl Part {
    async fn run(self, context: WorkContext, tally: tokio::task::JoinHandle<Tally>) -> Ended {
        let started = Timestamp::now();
        let begun = Instant::now();
        let around = around::Around::new(&context, &self.database.name, &self.spec.output);
        let result = match around.before().await {
            Ok(()) => backup::run(&self.spec, &self.config, &context).await,
            Err(error) => Err(error),
        };
        drop(context);
        // Ends once the context is gone.
        let tally = tally.await.unwrap_or_default();
        let (outcome, error) = match result {
            Ok(outcome) => (outcome, None),
            Err(error) => (Outcome::Failed { error: error.report() }, Some(error)),
        };
        let there = matches!(outcome, Outcome::Complete | Outcome::Incomplete { .. });
        let bytes = catalogue::size_of(&self.spec.output, self.spec.format);
        let archive_bytes = if there { bytes.unwrap_or(0) } else { 0 };
        let outcome = around.after(outcome, tally, (archive_bytes, begun.elapsed())).await;
        let Database { name, oid, owner, encoding, locale, tablespace, .. } = self.database;
        let database = ClusterDatabase {
            name,
            oid,
            owner,
            encoding,
            locale,
            tablespace,
            connection_limit: self.database.connection_limit,
            is_template: self.database.is_template,
            source_bytes: self.database.bytes,
            archive: there.then_some(self.archive),
            format: self.spec.format,
            archive_bytes,
            tables: tally.objects,
            rows: tally.rows,
            started,
            ended: Timestamp::now(),
            wal_position: self.wal_position,
            outcome,
        };
        (database, error)
    }
}
