//! What a backup would do, as a value.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::archive::toc::TocEntry;
use crate::config::Config;
use crate::error::Result;
use crate::model::catalog::ServerInfo;
use crate::model::command_line;
use crate::model::plan::{Plan, PlannedObject};
use crate::model::size::{Bytes, RateLimit, short_count};
use crate::model::spec::{
    ArchiveFormat, BackupSpec, Codec, DumpSession, JobSpec, Section, is_standard_stream,
};
use crate::postgres::connect::{self, ConnParams, Session};
use crate::postgres::schema::{SchemaDump, TableData};
use crate::postgres::session;
use crate::storage::partial::{folder_of, free_space};

use super::bounds::Bounds;
use super::layout;
use super::output;
use super::running::{params_of, read_definitions, within};

pub(super) async fn plan(spec: &BackupSpec, config: &Config) -> Result<Plan> {
    let params = params_of(spec, config)?;
    layout::check(spec)?;
    output::check(spec)?;
    let session = connect::open(&params).await?;
    session::prepare(&session, &spec.options).await?;
    // A plan is not worth the wait for a serializable state.
    let wish = DumpSession { serializable_deferrable: false, ..spec.options.session.clone() };
    session::begin(&session.client, &wish).await?;
    let dump = read(spec, &params, &session).await;
    // Without it the locks would last until the server notices that the session is gone.
    session::rollback(&session.client).await?;
    let dump = dump?;
    let bytes = dump.tables.iter().map(|table| table.data_bytes).sum();
    let contents = Overview::of(&dump, &session.server)?;
    let free = free_space(&spec.output).filter(|_| !is_standard_stream(&spec.output));
    let job = JobSpec::Backup(spec.clone());
    Ok(Plan {
        title: job.title(),
        facts: facts(spec, &session.server, (&dump, &contents), (bytes, free)),
        objects: objects(&dump),
        data_objects: dump.tables.len() as u64,
        bytes,
        locks: locks(&dump, &contents),
        warnings: warnings(spec, (&dump, contents), (bytes, free)),
        endangers: Vec::new(),
        command_line: command_line::render(&job),
    })
}

/// As [`super::oids_of_tables`].
pub(super) async fn oids_of_tables(spec: &BackupSpec, config: &Config) -> Result<Vec<u32>> {
    let session = connect::open(&params_of(spec, config)?).await?;
    session::prepare(&session, &spec.options).await?;
    session::begin(&session.client, &DumpSession::default()).await?;
    let dump = read_definitions(spec, &session, None).await;
    session::rollback(&session.client).await?;
    let tables = dump?.tables;
    Ok(tables.iter().filter(|table| !table.foreign).map(|table| table.oid).collect())
}

async fn read(spec: &BackupSpec, params: &ConnParams, session: &Session) -> Result<SchemaDump> {
    let bounds = Bounds::of(&spec.selection)?;
    let snapshot = session::export_snapshot(&session.client).await?;
    let dump = read_definitions(spec, session, None).await?;
    within(bounds, dump, spec, (params, session, &snapshot)).await
}

type Space = (u64, Option<u64>);

/// What the entries say of the whole.
#[derive(Default)]
struct Overview {
    definitions: usize,
    tables: usize,
    warnings: Vec<String>,
}

impl Overview {
    fn of(dump: &SchemaDump, server: &ServerInfo) -> Result<Self> {
        let mut overview = Self::default();
        let foreign = dump.tables.iter().filter(|table| table.foreign);
        let copied: HashSet<String> = foreign.map(|table| table.name.to_string()).collect();
        for entry in dump.entries.iter() {
            let entry = entry?;
            let is_definition = !matches!(entry.section, None | Some(Section::Data));
            overview.definitions += usize::from(is_definition);
            overview.tables += usize::from(entry.desc == "TABLE");
            overview.warnings.extend(warning(&entry, server, &copied));
        }
        Ok(overview)
    }
}

/// What is not saved of an object though its definition is; `copied` are foreign tables whose rows are.
fn warning(entry: &TocEntry, server: &ServerInfo, copied: &HashSet<String>) -> Option<String> {
    let name = || match &entry.namespace {
        Some(schema) => format!("{schema}.{}", entry.tag),
        None => entry.tag.clone(),
    };
    let unlogged = || entry.defn.as_ref().is_some_and(|sql| sql.contains("CREATE UNLOGGED TABLE"));
    match entry.desc.as_str() {
        "FOREIGN TABLE" if !copied.contains(&name()) => Some(format!(
            "{} is a foreign table: its definition is saved, its rows are not; \
             --include-foreign-data takes those of a server",
            name()
        )),
        "TABLE" if server.in_recovery && unlogged() => {
            Some(format!("{} is unlogged: its rows cannot be read on a standby", name()))
        }
        _ => None,
    }
}

fn facts(
    spec: &BackupSpec,
    server: &ServerInfo,
    (dump, contents): (&SchemaDump, &Overview),
    (bytes, free): Space,
) -> Vec<(String, String)> {
    let mut facts = vec![
        ("server", format!("{} {}{}", server.product, server.version, standby(server))),
        ("database", spec.database.clone()),
        ("snapshot", "one for all workers (repeatable read, read only)".to_owned()),
        ("tables", tables_fact(dump, bytes)),
        ("definitions", contents.definitions.to_string()),
        ("format", format_fact(spec)),
        ("output", output_fact(spec)),
        ("compression", spec.compression.to_string()),
        ("workers", workers_fact(spec, dump)),
    ];
    if let RateLimit(Some(_)) = spec.rate {
        facts.push(("limit", spec.rate.to_string()));
    }
    if let Some(free) = free {
        let folder = folder_of(&spec.output).display();
        facts.push(("free space", format!("{} in {folder}", Bytes(free))));
    }
    facts.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
}

fn standby(server: &ServerInfo) -> &'static str {
    if server.in_recovery { ", a standby" } else { "" }
}

fn tables_fact(dump: &SchemaDump, bytes: u64) -> String {
    let rows: Option<u64> = dump.tables.iter().map(|table| table.rows_estimate).sum();
    let rows = rows.map_or_else(
        || "rows not counted yet".to_owned(),
        |n| format!("about {} rows", short_count(n)),
    );
    format!("{} with rows to copy, {} on disk, {rows}", dump.tables.len(), Bytes(bytes))
}

fn format_fact(spec: &BackupSpec) -> String {
    let minor = layout::version(spec).map_or(0, |(_, minor, _)| minor);
    match spec.format {
        ArchiveFormat::Plain => "plain: an SQL script for psql".to_owned(),
        format if minor > 14 => {
            format!("{}, archive version 1.{minor} (pg_restore {}+)", format.word(), minor + 1)
        }
        format => format!("{}, archive version 1.{minor}", format.word()),
    }
}

fn output_fact(spec: &BackupSpec) -> String {
    if is_standard_stream(&spec.output) {
        return "standard output".to_owned();
    }
    let is_used = |path: &Path| match spec.format {
        ArchiveFormat::Directory => path.read_dir().is_ok_and(|mut files| files.next().is_some()),
        _ => path.exists(),
    };
    let replaced = if is_used(&spec.output) { " (replaced at the end)" } else { "" };
    format!("{}{replaced}", spec.output.display())
}

fn workers_fact(spec: &BackupSpec, dump: &SchemaDump) -> String {
    if dump.tables.is_empty() {
        return "none: no rows to copy".to_owned();
    }
    format!("{} sessions, and one that holds the snapshot", spec.jobs)
}

/// Rows by falling size, then definitions that were not asked for by name.
fn objects(dump: &SchemaDump) -> Vec<PlannedObject> {
    let mut reasons: HashMap<&str, &str> =
        dump.added.iter().map(|(name, reason)| (name.as_str(), reason.as_str())).collect();
    let mut tables: Vec<&TableData> = dump.tables.iter().collect();
    tables.sort_by_key(|table| (std::cmp::Reverse(table.data_bytes), table.dump_id));
    let mut objects: Vec<PlannedObject> = tables
        .into_iter()
        .map(|table| {
            let name = table.name.to_string();
            PlannedObject {
                kind: "TABLE DATA".to_owned(),
                bytes: Some(table.data_bytes),
                rows: table.rows_estimate,
                because: reasons.remove(name.as_str()).map(str::to_owned),
                name,
            }
        })
        .collect();
    let others = dump.added.iter().filter(|(name, _)| reasons.contains_key(name.as_str()));
    objects.extend(others.map(|(name, reason)| PlannedObject {
        kind: "definition".to_owned(),
        name: name.clone(),
        bytes: None,
        rows: None,
        because: Some(reason.clone()),
    }));
    objects
}

fn locks(dump: &SchemaDump, contents: &Overview) -> Vec<String> {
    let tables = contents.tables.max(dump.tables.len());
    if tables == 0 {
        return Vec::new();
    }
    let (tables, them) = match tables {
        1 => ("1 table".to_owned(), "it"),
        n => (format!("{n} tables"), "them"),
    };
    vec![format!(
        "ACCESS SHARE on {tables} until the end: reading and writing go on; ALTER, DROP, TRUNCATE \
         and VACUUM FULL of {them} wait"
    )]
}

fn warnings(
    spec: &BackupSpec,
    (dump, contents): (&SchemaDump, Overview),
    (bytes, free): Space,
) -> Vec<String> {
    let mut warnings: Vec<String> = dump
        .missing
        .iter()
        .map(|reason| format!("the backup will be incomplete: {reason}"))
        .chain(dump.notes.iter().cloned())
        .collect();
    if let Some(free) = free.filter(|free| *free < bytes) {
        let before = if spec.compression.codec == Codec::None { "" } else { " before compression" };
        warnings.push(format!(
            "it may not fit: {} are free, and there are about {}{before}",
            Bytes(free),
            Bytes(bytes)
        ));
    }
    warnings.extend(contents.warnings);
    warnings
}
