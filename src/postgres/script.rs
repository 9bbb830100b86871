//! Runs a script in plain SQL, as `psql -f` does: statement by statement, each for itself.
//!
//! ```text
//!  file, pipe ─ feed (thread, decompresses) ─► lexer ─┬─ statement ─► pipeline ─► session
//!                                                     ├─ rows ──────► COPY ─────► session
//!                                                     └─ \connect ──► another session
//!  failures: line, object, the server's words ─► ledger ─► outcome
//! ```
//! A file is looked through before anything runs: what is refused in it, the databases it goes to,
//! its size. A pipe cannot be, so it is judged as it comes.
//!
//! Statements are spoken in UTF-8 whatever the script declares; rows stay bytes in its encoding.

use std::collections::HashSet;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Mutex;

use tokio_util::sync::CancellationToken;

use crate::archive::list::entry_info;
use crate::archive::script::index::Index;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::archive::ArchiveListing;
use crate::model::job::{JobEvent, Level, Outcome, Phase};
use crate::model::plan::Plan;
use crate::model::spec::{ArchiveFormat, Codec, RestoreSpec};
use crate::postgres::connect::{self, ConnParams};
use crate::postgres::restore;
use crate::postgres::tap::Tap;
use crate::work::WorkContext;

mod account;
mod check;
mod feed;
mod filter;
mod overview;
mod pipeline;
mod plan;
mod rows;
mod run;
mod session;
mod walk;

use overview::Overview;
use run::{Runner, Stopped};
use session::Target;

pub(super) use overview::cut_off;
pub(super) use walk::walk;

/// A script that was found where an archive was expected.
pub(super) struct Script {
    /// Where it is.
    pub(super) path: PathBuf,
    /// How it is compressed.
    pub(super) codec: Codec,
    /// Bytes of the file; `None` is a pipe.
    pub(super) length: Option<u64>,
    /// Its bytes, from the first on. Who plans shares the script, though nobody shares these.
    pub(super) bytes: Mutex<Box<dyn Read + Send>>,
}

/// Works out what running the script would do.
pub(super) async fn plan(spec: &RestoreSpec, config: &Config, script: Script) -> Result<Plan> {
    check::options(spec, config)?;
    let params = params(spec, config)?;
    let reached = look(spec, params).await?;
    let stop = CancellationToken::new();
    let overview = overview(&script, reached.target.as_ref(), (Index::default(), stop)).await?;
    let picked = check::picked(spec, overview.as_ref())?;
    Ok(plan::plan(spec, &script, overview.as_ref(), &reached, picked.as_deref()))
}

/// Runs the script. `Ok` is complete, incomplete or cancelled; an error means that it failed.
pub(super) async fn run(
    spec: &RestoreSpec,
    config: &Config,
    work: &WorkContext,
    script: Script,
) -> Result<Outcome> {
    let prepared = tokio::select! {
        prepared = prepare(spec, config, work, &script) => prepared,
        () = work.cancel.cancelled() => Err(Error::cancelled()),
    };
    let prepared = match prepared {
        Ok(prepared) => prepared,
        Err(error) if error.kind() == ErrorKind::Cancelled => {
            let left = format!("nothing was changed: database {} is as it was", spec.database);
            return Ok(Outcome::Cancelled { left });
        }
        Err(error) => return Err(error),
    };
    if spec.create_database {
        session::create_database(&prepared.params, spec).await?;
    }
    let params = prepared.params.clone();
    let stopped = Runner::run(spec, work, prepared, script).await;
    conclude(spec, work, &params, stopped).await
}

async fn prepare(
    spec: &RestoreSpec,
    config: &Config,
    work: &WorkContext,
    script: &Script,
) -> Result<Prepared> {
    check::options(spec, config)?;
    let params = params(spec, config)?;
    let reached = look(spec, params).await?;
    work.phase(Phase::Reading).await;
    let index =
        if check::picks(spec) { Index::default() } else { Index::of_kinds(plan::LOOKED_AT) };
    let reading = (index, work.cancel.child_token());
    let overview = overview(script, reached.target.as_ref(), reading).await?;
    let picked = check::picked(spec, overview.as_ref())?;
    if picked.is_none() {
        check::consent(spec, overview.as_ref())?;
    }
    for warning in plan::warnings(spec, overview.as_ref(), &reached, picked.as_deref()) {
        work.message(Level::Warning, warning).await;
    }
    let (objects, bytes) =
        overview.as_ref().map_or((0, 0), |found| plan::totals(found, picked.as_deref()));
    work.emit(JobEvent::Totals { objects, bytes, rows: None }).await;
    let params = reached.params;
    Ok(Prepared { params, looked_through: overview.is_some(), picked })
}

/// What is known of a run before it begins.
struct Prepared {
    params: ConnParams,
    /// Whether the whole script was seen.
    looked_through: bool,
    /// The entries that are wanted, for each reading of the script; `None` is all of it.
    picked: Option<Vec<HashSet<u32>>>,
}

impl Script {
    /// Its bytes from the first on; those that came with it are for the first time.
    fn read_again(&self) -> Result<Box<dyn Read + Send>> {
        Ok(Box::new(restore::read_from_start(&self.path)?))
    }
}

/// The entries of a script of pg_dump's as those of an archive. Blocking I/O.
pub(super) fn list(script: &Script, chosen_by: Option<&RestoreSpec>) -> Result<ArchiveListing> {
    let Some(length) = script.length else {
        return Err(Error::usage("a script from a pipe cannot be listed"));
    };
    let stop = CancellationToken::new();
    let overview = Overview::read(&script.path, script.codec, (true, Index::default()), &stop)?;
    let chosen = match chosen_by.filter(|spec| check::picks(spec)) {
        Some(spec) => Some(restore::chosen_ids(&overview.index.entries, spec)?),
        None => chosen_by.map(|_| overview.index.entries.iter().map(|entry| entry.id).collect()),
    };
    let index = overview.index;
    let opaque = index.opaque();
    if let Some(why) = opaque.filter(|_| chosen_by.is_some()) {
        let text = format!("{} {why}", script.path.display());
        return Err(Error::usage(text).with_hint("it has no entries to list; it can be run whole"));
    }
    let size = |id: u32| index.sizes.get(usize::try_from(id).ok()?.checked_sub(1)?).copied();
    let entries = index.entries.iter().map(|entry| entry_info(entry, size(entry.id)));
    Ok(ArchiveListing {
        path: script.path.clone(),
        format: ArchiveFormat::Plain,
        bytes: length,
        version: String::new(),
        codec: script.codec,
        created: String::new(),
        database: String::new(),
        entries: entries.collect(),
        server_version: index.server_version,
        dumper_version: index.dumper_version,
        encoding: index.encoding,
        integer_bytes: 0,
        offset_bytes: 0,
        chosen,
        opaque: opaque.map(str::to_owned),
    })
}

fn params(spec: &RestoreSpec, config: &Config) -> Result<ConnParams> {
    Ok(ConnParams::resolve(&spec.target, config)?.with_database(&spec.database))
}

/// Where a script is to run.
struct Reached {
    params: ConnParams,
    /// Version of the server, as it numbers itself.
    version_num: u32,
    /// A session in the database, unless that is to be made.
    target: Option<Target>,
}

/// Looks at the target.
async fn look(spec: &RestoreSpec, params: ConnParams) -> Result<Reached> {
    if spec.create_database {
        let version_num = session::refuse_existing(&params, spec).await?;
        return Ok(Reached { params, version_num, target: None });
    }
    let target = Target::open(&params, None, false).await?;
    let version_num = target.session.server.version_num;
    Ok(Reached { params, version_num, target: Some(target) })
}

/// Reads the whole of a file; a pipe is left alone.
async fn overview(
    script: &Script,
    target: Option<&Target>,
    (index, stop): (Index, CancellationToken),
) -> Result<Option<Overview>> {
    if script.length.is_none() {
        return Ok(None);
    }
    let (path, codec) = (script.path.clone(), script.codec);
    let standard = target.is_none_or(|target| target.standard_conforming_strings);
    // Also when nobody waits for it any more, the reading is to stop.
    let guard = stop.clone().drop_guard();
    let read =
        tokio::task::spawn_blocking(move || Overview::read(&path, codec, (standard, index), &stop));
    let read = read.await.map_err(|error| {
        Error::new(ErrorKind::Internal, "looking through the script crashed").with_source(error)
    })?;
    drop(guard);
    read.map(Some)
}

async fn conclude(
    spec: &RestoreSpec,
    work: &WorkContext,
    params: &ConnParams,
    stopped: Stopped,
) -> Result<Outcome> {
    let Err(error) = stopped.result else {
        let reasons = stopped.account.reasons();
        let complete = reasons.is_empty();
        return Ok(if complete { Outcome::Complete } else { Outcome::Incomplete { reasons } });
    };
    let left = if spec.create_database {
        session::remove_database(params, spec).await
    } else if spec.single_transaction {
        format!("the transaction was rolled back: database {} is as it was", spec.database)
    } else {
        stopped.account.state(&stopped.database)
    };
    restore::ended(error, left, work).await
}

/// Opens a session. The tap keeps what `COPY … TO STDOUT` prints, which nobody wants, from the driver,
/// and the driver in step behind a COPY that fails.
async fn open(params: &ConnParams) -> Result<connect::Session> {
    connect::open_with_tap(params, &Tap::new(1)).await
}
