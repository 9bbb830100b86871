//! The proof by restoring: into a database of its own, which is read as a backup reads, compared with
//! the manifest, and dropped whatever comes.
//!
//! ```text
//!  CREATE DATABASE dbbackup_verify_… ─► mark ─► restore ─► survey ─► compare ─┐
//!                                                                             ▼
//!  ended, failed, cancelled, dropped by force ───────────────────────────► DROP DATABASE
//! ```
//! Owners, grants, tablespaces, subscriptions and security labels stay out: the server for the proof
//! need not have what they name. So definitions are compared without them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use jiff::Timestamp;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::job::{Level, Outcome};
use crate::model::manifest::{DataKind, DataObject, Manifest, RowHash};
use crate::model::name::{quote_always, quote_literal};
use crate::model::spec::{
    BackupSpec, DumpOptions, JobSpec, LeftOut, RestoreOptions, RestoreSpec, RowFormat, Section,
    VerifySpec,
};
use crate::model::verify::{Finding, RestoreProof};
use crate::postgres::connect::{self, ConnParams, Session, database_error};
use crate::postgres::restore::source::{Opened, Source};
use crate::postgres::restore::{self, database};
use crate::postgres::{backup, cluster};
use crate::work::WorkContext;

use super::desk::Desk;
use super::foreign;
use super::manifest::name_of;

/// What scratch databases are called, before the time and the process.
const PREFIX: &str = "dbbackup_verify_";

/// Kinds that are not compared: what is left out of the restore, and what a database has by itself.
const NOT_COMPARED: [&str; 12] = [
    "ACL",
    "DEFAULT ACL",
    "COMMENT",
    "SECURITY LABEL",
    "SUBSCRIPTION",
    "SUBSCRIPTION TABLE",
    "DATABASE",
    "DATABASE PROPERTIES",
    "SCHEMA",
    "STATISTICS DATA",
    // How many entries large objects have depends on the version of the archive and on their owners,
    // and all of them are compared by what is in them.
    "BLOB",
    "BLOB METADATA",
];

/// Restores the backup and compares it; nothing where it could not be restored because it is damaged.
pub(super) async fn check(
    spec: &VerifySpec,
    config: &Config,
    work: &WorkContext,
    (desk, manifest): (&Desk, Option<&Manifest>),
) -> Result<Option<RestoreProof>> {
    if cluster::is_backup(&spec.backup) {
        return Err(Error::usage("the backup of a cluster cannot be restored for a verification")
            .with_hint("name the archive of one database in its folder: each has its manifest"));
    }
    if recorded(manifest).is_some_and(|asked| !asked.parts.wants(Section::PreData))
        || desk.has_rows_only()
    {
        let text =
            format!("{} has no definitions: alone it cannot be restored", name_of(&spec.backup));
        return Err(Error::usage(text).with_hint("verify it without --restore"));
    }
    if desk.found() > 0 {
        desk.note("it was not restored: it is damaged");
        return Ok(None);
    }
    let list = foreign::harmless(desk, &spec.backup).await?;
    let params = ConnParams::resolve(&spec.target, config)?;
    let session = connect::open(&params).await?;
    leftovers(&session, desk).await?;
    let scratch = Scratch::make(spec, &params, &session).await?;
    work.message(Level::Info, format!("restoring into scratch database {}", scratch.name)).await;
    let result = Box::pin(prove((spec, list), (config, work), &scratch, (desk, manifest))).await;
    let name = scratch.name.clone();
    let dropped = scratch.remove().await;
    match (&result, dropped) {
        (_, Ok(())) => {}
        (Ok(_), Err(error)) => return Err(error.with_hint(format!("drop database {name}"))),
        (Err(_), Err(error)) => {
            let text = format!("database {name} is left: {}", error.chain());
            work.message(Level::Error, text).await;
        }
    }
    result.map(Some)
}

/// A database that is dropped in the end.
struct Scratch {
    name: String,
    /// Where to be connected while it is made and dropped.
    maintenance: ConnParams,
    gone: bool,
}

impl Scratch {
    async fn make(spec: &VerifySpec, params: &ConnParams, session: &Session) -> Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let now = Timestamp::now();
        let (time, pid) = (now.strftime("%Y%m%dt%H%M%Sz"), std::process::id());
        let name = format!("{PREFIX}{time}_{pid}_{}", NEXT.fetch_add(1, Relaxed));
        let path = spec.backup.clone();
        let opened = tokio::task::spawn_blocking(move || Source::open(&path)).await;
        // A script tells no head.
        let source = opened.ok().and_then(Result::ok);
        let scratch = Self { name, maintenance: params.clone(), gone: false };
        let doing = format!("making database {}", scratch.name);
        if let Some(source) = source {
            let wish = RestoreSpec::new(spec.target.clone(), &spec.backup, &scratch.name);
            database::create(session, &source.head, &wish).await?;
        } else {
            let name = quote_always(&scratch.name);
            let sql = format!("CREATE DATABASE {name} WITH TEMPLATE = template0");
            let made = session.client.batch_execute(&sql).await;
            made.map_err(|error| database_error(&doing, error))?;
        }
        let mark = format!(
            "dbbackup: scratch of a verification of {}, made {now} by process {pid}; dropped at \
             its end",
            name_of(&spec.backup)
        );
        let (name, mark) = (quote_always(&scratch.name), quote_literal(&mark));
        let sql = format!("COMMENT ON DATABASE {name} IS {mark}");
        let marked = session.client.batch_execute(&sql).await;
        marked.map_err(|error| database_error("marking the scratch database", error))?;
        Ok(scratch)
    }

    async fn remove(mut self) -> Result<()> {
        self.gone = true;
        database::remove(&self.maintenance, &self.name).await
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The job was dropped by force, or the making of the database was.
        if !self.gone
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (params, name) = (self.maintenance.clone(), self.name.clone());
            runtime.spawn(async move {
                if let Err(error) = database::remove(&params, &name).await {
                    tracing::error!(error = error.chain(), name, "a scratch database is left");
                }
            });
        }
    }
}

/// Tells of what killed verifications left: with nobody in it, it is of no use to anybody.
async fn leftovers(session: &Session, desk: &Desk) -> Result<()> {
    let sql = "SELECT datname::text FROM pg_catalog.pg_database d WHERE datname LIKE $1 AND NOT \
               EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datname = d.datname)";
    let found = session.client.query(sql, &[&format!("{PREFIX}%")]).await;
    for row in found.map_err(|error| database_error("looking for scratch databases", error))? {
        let name: String = row.try_get(0).map_err(|e| database_error("reading a name", e))?;
        desk.note(format!("an earlier verification left database {name}: drop it"));
    }
    Ok(())
}

async fn prove(
    (spec, list): (&VerifySpec, Option<Vec<u32>>),
    (config, work): (&Config, &WorkContext),
    scratch: &Scratch,
    (desk, manifest): (&Desk, Option<&Manifest>),
) -> Result<RestoreProof> {
    let left_out = LeftOut {
        subscriptions: true,
        security_labels: true,
        tablespaces: true,
        ..LeftOut::default()
    };
    let wish = RestoreSpec {
        no_owner: true,
        no_privileges: true,
        use_list: list,
        jobs: spec.jobs,
        rate: spec.rate,
        options: RestoreOptions { left_out, ..RestoreOptions::default() },
        ..RestoreSpec::new(spec.target.clone(), &spec.backup, &scratch.name)
    };
    let file = name_of(&spec.backup);
    match restore::run(&wish, config, work).await? {
        Outcome::Complete => {}
        Outcome::Cancelled { .. } => return Err(Error::cancelled()),
        Outcome::Incomplete { reasons } => {
            for reason in reasons {
                desk.find(Finding::of(&file, format!("it could not be restored: {reason}")));
            }
        }
        other => {
            let text = format!("it could not be restored: {}", other.label());
            desk.find(Finding::of(&file, text));
        }
    }
    work.check()?;
    let survey = backup::survey(&reading(spec, manifest, &scratch.name), config, work).await?;
    if let Some(manifest) = manifest {
        compare(desk, &file, manifest, &survey);
    }
    let constraints = constraints(spec, config, scratch, (desk, &file)).await?;
    Ok(RestoreProof {
        server: format!(
            "{}, {} {}",
            survey.server.address, survey.server.product, survey.server.version
        ),
        tables: survey.objects.len() as u64,
        rows: survey.rows(),
        definitions: survey.definitions.values().sum(),
        constraints,
    })
}

/// Reads the scratch database as the backup was read, all of it.
fn reading(spec: &VerifySpec, manifest: Option<&Manifest>, name: &str) -> BackupSpec {
    let asked = recorded(manifest);
    let options = asked.map(|asked| asked.options.clone()).unwrap_or_default();
    let mut session = options.session.clone();
    (session.snapshot, session.role) = (None, None);
    let options = DumpOptions { session, rows: RowFormat::Copy, restrict_key: None, ..options };
    let jobs = NonZeroUsize::max(spec.jobs, NonZeroUsize::MIN);
    let all = BackupSpec::new(spec.target.clone(), name, "-");
    BackupSpec {
        jobs,
        rate: spec.rate,
        options,
        parts: asked.map(|asked| asked.parts.clone()).unwrap_or_default(),
        compression: asked.map_or(all.compression, |asked| asked.compression),
        ..all
    }
}

/// How the backup was asked for, where its manifest says so.
fn recorded(manifest: Option<&Manifest>) -> Option<&BackupSpec> {
    match manifest?.spec.as_ref()?.known()? {
        JobSpec::Backup(asked) => Some(asked),
        _ => None,
    }
}

fn compare(desk: &Desk, file: &str, manifest: &Manifest, survey: &Manifest) {
    let key = |object: &DataObject| (object.kind, object.title());
    let restored: HashMap<_, &DataObject> =
        survey.objects.iter().map(|object| (key(object), object)).collect();
    let remote: HashSet<String> = desk.remote().into_iter().map(|(_, name)| name).collect();
    let there = manifest.objects.iter().filter(|object| object.missing.is_none());
    let tables = there.filter(|object| object.kind == DataKind::Table);
    for object in tables.filter(|object| !remote.contains(&object.title())) {
        let what = match restored.get(&key(object)) {
            None if object.rows == 0 => continue,
            None => format!("its {} rows are not in the restored database", object.rows),
            Some(found) if found.rows != object.rows => {
                format!("restored it has {} rows, and had {}", found.rows, object.rows)
            }
            Some(found) if found.hash != object.hash => {
                "restored its rows are not those that were backed up, by their hash".to_owned()
            }
            Some(_) => continue,
        };
        desk.find(Finding::of(file, what).about(object.title()));
    }
    compare_objects(desk, file, manifest, survey);
    let major = |manifest: &Manifest| manifest.server.version_num / 10_000;
    if major(manifest) != major(survey) {
        desk.note(format!(
            "definitions were not counted against the manifest: it is of version {}, and the \
             server for the restore has {}",
            manifest.server.version, survey.server.version
        ));
        return;
    }
    for (kind, found, written) in differences(&manifest.definitions, &survey.definitions) {
        let text =
            format!("restored there are {found} definitions of kind {kind}, and were {written}");
        desk.find(Finding::of(file, text));
    }
}

/// Large objects come in groups, which differ with the version of the archive: all are one sum.
fn compare_objects(desk: &Desk, file: &str, manifest: &Manifest, survey: &Manifest) {
    let groups = |of: &Manifest| {
        let all = of.objects.iter().filter(|object| object.kind == DataKind::LargeObjects);
        all.cloned().collect::<Vec<DataObject>>()
    };
    let (written, found) = (groups(manifest), groups(survey));
    if written.is_empty() || written.iter().any(|object| object.missing.is_some()) {
        return;
    }
    let all = |groups: &[DataObject]| {
        let mut sum = RowHash::default();
        for group in groups {
            let hash = group.hash.map_or(0, |hash| hash.sum);
            sum.merge(RowHash { rows: group.rows, sum: hash });
        }
        sum
    };
    let (written, found) = (all(&written), all(&found));
    let what = if found.rows != written.rows {
        format!("restored there are {}, and were {}", found.rows, written.rows)
    } else if found.sum != written.sum {
        "restored they are not those that were backed up, by their hash".to_owned()
    } else {
        return;
    };
    desk.find(Finding::of(file, what).about("large objects"));
}

/// Kinds of which there are not as many as there were.
fn differences<'a>(
    written: &'a BTreeMap<String, u64>,
    found: &'a BTreeMap<String, u64>,
) -> Vec<(&'a str, u64, u64)> {
    let mut kinds: Vec<&str> = written.keys().chain(found.keys()).map(String::as_str).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let count = |of: &BTreeMap<String, u64>, kind: &str| of.get(kind).copied().unwrap_or(0);
    let kinds = kinds.into_iter().filter(|kind| !NOT_COMPARED.contains(kind));
    let counted = kinds.map(|kind| (kind, count(found, kind), count(written, kind)));
    counted.filter(|(_, found, written)| found != written).collect()
}

/// Looks at every constraint: only those may be unchecked that were so in the source.
async fn constraints(
    spec: &VerifySpec,
    config: &Config,
    scratch: &Scratch,
    (desk, file): (&Desk, &str),
) -> Result<u64> {
    let target = spec.target.with_database(&scratch.name);
    let session = connect::open(&ConnParams::resolve(&target, config)?).await?;
    // What is not enforced is never validated.
    let enforced = if session.server.version_num >= 180_000 { "c.conenforced" } else { "true" };
    let sql = format!(
        "SELECT c.conname::text, c.conrelid::regclass::text, c.convalidated OR NOT {enforced} \
               FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace \
               WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
    );
    let reading = |error| database_error("reading the constraints", error);
    let rows = session.client.query(&sql, &[]).await.map_err(reading)?;
    let unchecked = not_valid(spec).await;
    for row in &rows {
        let name: String = row.try_get(0).map_err(reading)?;
        let table: String = row.try_get(1).map_err(reading)?;
        let valid: bool = row.try_get(2).map_err(reading)?;
        match &unchecked {
            Some(known) if !valid && !known.contains(&name) => {
                let text = format!("restored its constraint {name} is not validated");
                desk.find(Finding::of(file, text).about(table));
            }
            _ if !valid => desk.note(format!("constraint {name} of {table} is NOT VALID")),
            _ => {}
        }
    }
    Ok(rows.len() as u64)
}

/// Names of constraints that the archive itself declares as not validated; unknown of a script.
async fn not_valid(spec: &VerifySpec) -> Option<Vec<String>> {
    let path = spec.backup.clone();
    let opened = tokio::task::spawn_blocking(move || {
        match Opened::open(&path, &tokio_util::sync::CancellationToken::new()) {
            Ok(Opened::Archive(source)) => Some(source.head.entries),
            _ => None,
        }
    });
    let entries = opened.await.ok().flatten()?;
    let not_valid = |defn: &String| defn.contains("NOT VALID");
    let entries = entries.into_iter().filter(|entry| entry.defn.as_ref().is_some_and(not_valid));
    // "TABLE CONSTRAINT" is the tag of a constraint; of a table, its definition has the name.
    Some(entries.flat_map(|entry| names_of(&entry.tag, entry.defn.as_deref())).collect())
}

fn names_of(tag: &str, defn: Option<&str>) -> Vec<String> {
    let last = tag.rsplit(' ').next().unwrap_or(tag).to_owned();
    let defn = defn.unwrap_or_default();
    let named = defn.split("CONSTRAINT ").skip(1).filter_map(crate::archive::names::identifier);
    named.map(|(name, _)| name).chain([last]).collect()
}
