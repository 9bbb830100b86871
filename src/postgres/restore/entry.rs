//! Restores one entry over one session: definition, owner, rows; or drops it.

use crate::archive::kind::{self, label};
use crate::archive::names::rename_after;
use crate::archive::statement::{self, Quoting};
use crate::archive::toc::TocEntry;
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::{JobEvent, Level};
use crate::model::name::quote_always;

use super::rows::Moved;
use super::settings::{self, Change, Current};
use super::worker::{Step, Worker};
use super::{database, is_fatal, large_object, rows};

/// Whether the object is there in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// By this entry.
    Now,
    /// It was there before; the entry changed nothing.
    Before,
    /// It is not.
    Not,
}

/// How a task ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) made: Made,
    /// What went wrong, each naming the object.
    pub(super) problems: Vec<Error>,
    pub(super) moved: Moved,
}

impl Ended {
    pub(super) fn done() -> Self {
        Self { made: Made::Now, problems: Vec::new(), moved: Moved::default() }
    }

    pub(super) fn not(problem: Error) -> Self {
        Self { made: Made::Not, problems: vec![problem], ..Self::done() }
    }
}

/// SQLSTATEs that say that the object exists: schema, table, object, function, and the unique
/// violation that two makers of the same name can meet.
const EXISTS: [&str; 5] = ["42P06", "42P07", "42710", "42723", "23505"];

/// SQLSTATEs that say that there is nothing to drop.
const ABSENT: [&str; 5] = ["42P01", "42704", "42883", "3F000", "42703"];

/// Drops the object of an entry.
pub(super) async fn drop(worker: &mut Worker, at: usize) -> Result<Ended> {
    let job = worker.job.clone();
    let Some(entry) = job.entries().get(at) else { return Ok(Ended::done()) };
    let if_exists = job.spec.if_exists;
    let sql = statement::drop(entry, if_exists);
    let Some(sql) = sql else { return Ok(Ended::done()) };
    match worker.execute(&format!("dropping {}", label(entry)), &sql).await {
        Ok(()) => Ok(Ended::done()),
        Err(error) if is_fatal(&error) => Err(error),
        Err(error) => {
            let absent = error.sqlstate().is_some_and(|code| ABSENT.contains(&code));
            let made = if absent { Made::Now } else { Made::Not };
            Ok(Ended { made, ..Ended::not(error) })
        }
    }
}

/// Restores one entry.
pub(super) async fn restore(worker: &mut Worker, at: usize, fresh: bool) -> Result<Ended> {
    let job = worker.job.clone();
    let Some(entry) = job.entries().get(at) else { return Ok(Ended::done()) };
    let size = job.source.sizes.get(at).copied().unwrap_or(0);
    let object = if entry.has_data { kind::short_name(entry) } else { label(entry) };
    let number = worker.number;
    job.work
        .emit(JobEvent::ObjectStarted { worker: number, object: object.clone(), bytes: size })
        .await;
    let ended = if entry.has_data {
        data(worker, entry, fresh).await?
    } else {
        define(worker, entry).await?
    };
    let Moved { rows, bytes, .. } = ended.moved;
    job.work
        .emit(JobEvent::ObjectDone { worker: number, object, rows, bytes, data: entry.has_data })
        .await;
    Ok(ended)
}

async fn data(worker: &mut Worker, entry: &TocEntry, fresh: bool) -> Result<Ended> {
    if let Err(error) = become_owner(worker, entry).await {
        return if is_fatal(&error) { Err(error) } else { Ok(Ended::not(error)) };
    }
    let worker = &*worker;
    let result = match entry.desc.as_str() {
        "BLOBS" => rows::in_transaction(worker, large_object::load(worker, entry)).await,
        "TABLE DATA" => rows::load(worker, entry, fresh).await,
        other => {
            let text = format!("data of kind {other} is not supported");
            Err(Error::new(ErrorKind::Archive, text))
        }
    };
    for notice in worker.job.source.take_notices() {
        worker.job.work.message(Level::Warning, notice).await;
    }
    match result {
        Ok(moved) => {
            let problems = if moved.unmarked { vec![unmarked(entry)] } else { Vec::new() };
            Ok(Ended { problems, moved, ..Ended::done() })
        }
        Err(error) => {
            let error = error.while_doing(format_args!("restoring {}", label(entry)));
            if is_fatal(&error) { Err(error) } else { Ok(Ended::not(error)) }
        }
    }
}

/// Every writer of this format ends rows with a mark: without it nobody knows whether they are all.
fn unmarked(entry: &TocEntry) -> Error {
    let text = format!(
        "restoring {}: its rows have no end mark, some may be missing; those found were loaded",
        label(entry)
    );
    Error::new(ErrorKind::Archive, text)
        .with_hint("the file was changed after it was written: use another copy of it")
}

async fn define(worker: &mut Worker, entry: &TocEntry) -> Result<Ended> {
    let mut ended = Ended::done();
    if let Err(error) = become_owner(worker, entry).await {
        if is_fatal(&error) {
            return Err(error);
        }
        ended.problems.push(error);
    }
    if let Err(error) = follow_settings(worker, entry).await {
        if is_fatal(&error) {
            return Err(error);
        }
        ended.problems.push(error);
    }
    let sql = definition(worker, entry);
    let doing = format!("restoring {}", label(entry));
    if let Err(error) = worker.execute(&doing, &sql).await {
        if is_fatal(&error) {
            return Err(error);
        }
        let exists = error.sqlstate().is_some_and(|code| EXISTS.contains(&code));
        ended.made = if exists { Made::Before } else { Made::Not };
        for oid in statement::large_objects(entry) {
            worker.job.note_foreign_object(oid);
        }
        ended.problems.push(error);
        return Ok(ended);
    }
    for step in follow_ups(worker, entry) {
        match worker.execute(&step.doing, &step.sql).await {
            Err(error) if is_fatal(&error) => return Err(error),
            Err(error) => ended.problems.push(error),
            Ok(()) => {}
        }
    }
    Ok(ended)
}

/// The SQL of an entry, completed where the archive's has to be.
fn definition(worker: &Worker, entry: &TocEntry) -> String {
    let job = &worker.job;
    let text = entry.defn.clone().unwrap_or_default();
    match entry.desc.as_str() {
        "BLOB METADATA" => return statement::create_group(entry),
        // It was made before the first worker could connect to it.
        "DATABASE" => return String::new(),
        _ => {}
    }
    if kind::is_of_database(entry) {
        let to = quote_always(&job.spec.database);
        return rename_after(&text, "DATABASE ", database::name_of(&job.source.head), &to);
    }
    let group = entry.dependencies.first().and_then(|id| job.entry_by_id(*id));
    statement::group_grants(entry, group).map_or(text, |grants| grants.concat())
}

/// Statements after the definition, each a message of its own with what it does.
fn follow_ups(worker: &Worker, entry: &TocEntry) -> Vec<Step> {
    let mut list = Vec::new();
    // The default access method does not reach partitioned tables.
    if entry.relkind == Some('p')
        && !worker.job.spec.options.left_out.table_access_method
        && let Some(method) = entry.table_am.as_deref().filter(|method| !method.is_empty())
    {
        let name = statement::qualified(entry, Quoting::Always);
        let sql = format!("ALTER TABLE {name} SET ACCESS METHOD {};", quote_always(method));
        list.push(Step::new(format!("setting the access method of {}", label(entry)), sql));
    }
    let by_session = worker.job.spec.options.use_set_session_authorization;
    if !worker.job.spec.no_owner && !by_session {
        let owner = match entry.desc.as_str() {
            "DATABASE" => {
                let renamed = TocEntry { tag: worker.job.spec.database.clone(), ..entry.clone() };
                statement::owner(&renamed, Quoting::Always)
            }
            _ => statement::owner(entry, Quoting::Always),
        };
        let name = entry.owner.as_deref().unwrap_or_default();
        list.extend(owner.map(|sql| Step::new(format!("giving {} to {name}", label(entry)), sql)));
    }
    list
}

/// Sets tablespace, access method and (for old archives) search path as the entry wants them.
async fn follow_settings(worker: &mut Worker, entry: &TocEntry) -> Result<()> {
    for change in settings::changes(&worker.job, &worker.current, entry) {
        if let Err(error) = worker.execute(&change.doing(entry), &change.sql()).await {
            return match change {
                Change::Tablespace(_) => Err(without_tablespace(worker, entry, error).await?),
                _ => Err(error),
            };
        }
        change.note(&mut worker.current);
    }
    Ok(())
}

/// Becomes the owner of the entry, where that is how owners are restored.
async fn become_owner(worker: &mut Worker, entry: &TocEntry) -> Result<()> {
    let spec = &worker.job.spec;
    if spec.no_owner || !spec.options.use_set_session_authorization {
        return Ok(());
    }
    let owner = entry.owner.clone().unwrap_or_default();
    if worker.current.user.as_ref() == Some(&owner) {
        return Ok(());
    }
    // Unknown until it has worked.
    worker.current.user = None;
    let user = if owner.is_empty() { "DEFAULT".to_owned() } else { quote_always(&owner) };
    let doing = format!("becoming {user}, who owns {}", label(entry));
    // Nobody else may become another: what was set before is set back first.
    worker.execute(&doing, "RESET SESSION AUTHORIZATION").await?;
    worker.execute(&doing, &format!("SET SESSION AUTHORIZATION {user}")).await?;
    worker.current.user = Some(owner);
    Ok(())
}

/// A tablespace that is not there costs the object its place, not its existence.
async fn without_tablespace(worker: &mut Worker, entry: &TocEntry, error: Error) -> Result<Error> {
    if !is_fatal(&error) && !worker.current.tablespace.is_empty() {
        let none = Change::Tablespace(String::new());
        worker.execute(&none.doing(entry), &none.sql()).await?;
        none.note(&mut worker.current);
    }
    Ok(error.with_hint("it went to the database's default tablespace"))
}

/// All statements of a definition with what each does, settings included; `current` is what these
/// will be. Not for owners that a session has to become.
pub(super) fn steps(worker: &Worker, current: &mut Current, entry: &TocEntry) -> Vec<Step> {
    let mut steps = Vec::new();
    for change in settings::changes(&worker.job, current, entry) {
        steps.push(Step::new(change.doing(entry), change.sql()));
        change.note(current);
    }
    steps.push(Step::new(format!("restoring {}", label(entry)), definition(worker, entry)));
    steps.extend(follow_ups(worker, entry));
    steps
}
