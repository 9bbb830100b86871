//! Compares our entries with those of an archive that pg_dump wrote of the same database: kind, name,
//! owner, definition, drop, COPY statement, section, dependencies and order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use dbbackup::archive::head::read_head;
use dbbackup::archive::toc::TocEntry;
use dbbackup::error::Result;
use dbbackup::postgres::schema::{self, LargeObjectGroup, SchemaDump, SchemaRequest, TableData};

use crate::support::Server;

/// Our dump with its entries unpacked.
#[derive(Debug)]
pub(crate) struct Dump {
    pub(crate) entries: Vec<TocEntry>,
    pub(crate) missing: Vec<String>,
    pub(crate) notes: Vec<String>,
    pub(crate) large_objects: Vec<LargeObjectGroup>,
    pub(crate) tables: Vec<TableData>,
    pub(crate) added: Vec<(String, String)>,
}

impl Dump {
    fn new(dump: SchemaDump) -> Result<Self> {
        let entries = dump.entries.iter().collect::<Result<_>>()?;
        let SchemaDump { missing, notes, large_objects, tables, added, .. } = dump;
        Ok(Self { entries, missing, notes, large_objects, tables, added })
    }
}

/// Our entries, read in a transaction as a backup does: by a leader and its helper.
pub(crate) fn dump(server: &Server, database: &str, request: &SchemaRequest) -> Result<Dump> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = begin(server, database).await;
        let version: String =
            client.query_one("SHOW server_version_num", &[]).await.unwrap().get(0);
        let helper = beside(&client, server, database).await;
        let version = version.parse().unwrap();
        let dump = schema::dump_beside(&client, Some(&helper), version, request).await?;
        Dump::new(dump)
    })
}

/// A session in the snapshot of another one.
async fn beside(
    leader: &tokio_postgres::Client,
    server: &Server,
    database: &str,
) -> tokio_postgres::Client {
    let helper = begin(server, database).await;
    let snapshot: String =
        leader.query_one("SELECT pg_export_snapshot()", &[]).await.unwrap().get(0);
    let enter = format!("SET TRANSACTION SNAPSHOT '{snapshot}'; SET search_path = ''");
    helper.batch_execute(&enter).await.unwrap();
    helper
}

/// A session in a transaction as a backup's leader has it.
pub(crate) async fn begin(server: &Server, database: &str) -> tokio_postgres::Client {
    let url = server.url(database);
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let settings = "SET DateStyle = ISO; SET IntervalStyle = postgres; SET extra_float_digits = 3";
    client.batch_execute(settings).await.unwrap();
    client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.unwrap();
    client
}

/// The entries of the archive that this pg_dump writes.
pub(crate) fn theirs(
    pg_dump: &Path,
    server: &Server,
    database: &str,
    options: &[&str],
) -> Vec<TocEntry> {
    let output = Command::new(pg_dump)
        .args(["-h", "127.0.0.1", "-p", &server.port.to_string(), "-U", "postgres", "-Fc"])
        .args(options)
        .arg(database)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    read_head(&mut output.stdout.as_slice()).unwrap().entries
}

/// Names an entry: its kind, schema and tag.
pub(crate) fn label(entry: &TocEntry) -> String {
    format!("{} {} {}", entry.desc, entry.namespace.as_deref().unwrap_or("-"), entry.tag)
}

/// All that matters of an entry, as text; dependencies by name, those outside the archive left out.
pub(crate) fn render(
    entry: &TocEntry,
    labels: &HashMap<u32, String>,
    extension_needs: &HashMap<String, Vec<&str>>,
) -> String {
    let mut needs: BTreeSet<&str> =
        entry.dependencies.iter().filter_map(|id| labels.get(id)).map(String::as_str).collect();
    // What an extension needs itself: its members, which are not in the archive, need it too.
    let extensions = needs.iter().filter(|need| need.starts_with("EXTENSION - "));
    let of_extensions: BTreeSet<&str> =
        extensions.filter_map(|need| extension_needs.get(*need)).flatten().copied().collect();
    needs.retain(|need| !of_extensions.contains(need));
    let mut text = String::new();
    let _ = writeln!(text, "section {:?} data {}", entry.section, entry.has_data);
    let _ = writeln!(text, "catalog {} oid {}", entry.table_oid, entry.oid);
    let _ = writeln!(text, "owner {:?} am {:?}", entry.owner, entry.table_am);
    let _ = writeln!(text, "tablespace {:?}", entry.tablespace);
    let _ = writeln!(text, "defn {}", entry.defn.as_deref().unwrap_or("(none)"));
    let _ = writeln!(text, "drop {}", entry.drop_stmt.as_deref().unwrap_or("(none)"));
    let _ = writeln!(text, "copy {}", entry.copy_stmt.as_deref().unwrap_or("(none)"));
    let _ = writeln!(text, "needs {needs:?}");
    text
}

pub(crate) fn rendered(entries: &[TocEntry]) -> BTreeMap<String, String> {
    let labels: HashMap<u32, String> = entries.iter().map(|e| (e.id, label(e))).collect();
    assert_eq!(labels.len(), entries.len(), "dump ids repeat");
    let extension_needs: HashMap<String, Vec<&str>> = entries
        .iter()
        .filter(|entry| entry.desc == "EXTENSION")
        .map(|entry| {
            let needs = entry.dependencies.iter().filter_map(|id| labels.get(id));
            (label(entry), needs.map(String::as_str).collect())
        })
        .collect();
    let mut all = BTreeMap::new();
    for entry in entries {
        let mut name = label(entry);
        while all.contains_key(&name) {
            name.push_str(" (again)");
        }
        all.insert(name, render(entry, &labels, &extension_needs));
    }
    all
}

/// Every difference between two archives' entries, for people.
pub(crate) fn differences(ours: &[TocEntry], theirs: &[TocEntry]) -> String {
    let (mine, other) = (rendered(ours), rendered(theirs));
    let names: BTreeSet<&String> = mine.keys().chain(other.keys()).collect();
    let mut text = String::new();
    for name in names {
        match (mine.get(name), other.get(name)) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => {
                let _ = writeln!(text, "differs: {name}");
                for (a, b) in a.lines().zip(b.lines()).filter(|(a, b)| a != b) {
                    let _ = writeln!(text, "  ours   {a}\n  theirs {b}");
                }
                if a.lines().count() != b.lines().count() {
                    let _ = writeln!(text, "--- ours\n{a}--- theirs\n{b}");
                }
            }
            (Some(_), None) => {
                let _ = writeln!(text, "only ours: {name}");
            }
            (None, _) => {
                let _ = writeln!(text, "only theirs: {name}");
            }
        }
    }
    text
}

/// Where the order of two archives of the same entries differs.
pub(crate) fn order_differences(ours: &[TocEntry], theirs: &[TocEntry]) -> String {
    let mut text = String::new();
    for (at, (a, b)) in ours.iter().map(label).zip(theirs.iter().map(label)).enumerate() {
        if a != b {
            let _ = writeln!(text, "order at {at}: ours {a}, theirs {b}");
        }
    }
    text
}

/// Makes equal what differs on purpose, or between versions of pg_dump without a meaning.
pub(crate) fn level(entry: &mut TocEntry, major: u32) {
    let Some(defn) = &mut entry.defn else { return };
    if matches!(entry.desc.as_str(), "ACL" | "DEFAULT ACL") && major < 17 {
        // All rights of an old server, which are not all of a new one: we name them.
        *defn = defn.replace("SELECT,INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE", "ALL");
    }
    if entry.desc == "DEFAULT ACL" {
        *defn = defn.replace("  ", " ");
    }
    if defn.contains("DEPENDS ON EXTENSION") {
        *defn = format!("{}\n", defn.replace("\n\nALTER", "\nALTER").trim_end());
    }
    if entry.desc == "OPERATOR" && major < 11 {
        *defn = defn.replace("    PROCEDURE = ", "    FUNCTION = ");
    }
    if entry.desc == "EVENT TRIGGER" && major < 11 {
        *defn = defn.replace("EXECUTE FUNCTION", "EXECUTE PROCEDURE");
    }
    if entry.desc == "SECURITY LABEL" {
        // In whatever order pg_dump met them.
        let mut statements: Vec<&str> = defn.split_inclusive(";\n").collect();
        statements.sort_unstable();
        *defn = statements.concat();
    }
    if entry.desc == "SUBSCRIPTION" && major < 16 {
        // As those servers always do, without a word for it.
        *defn = defn.replace(", run_as_owner = true", "");
    }
    if entry.desc == "SUBSCRIPTION" && major < 14 {
        // A word that the server itself does not know.
        *defn = defn.replace(", streaming = off", "");
    }
    if entry.desc == "FOREIGN TABLE" {
        *defn = defn.replace("TABLE ONLY", "TABLE");
    }
    if entry.desc == "DATABASE" && major < 15 {
        // A word that the server itself does not know.
        *defn = defn.replace(" LOCALE_PROVIDER = libc", "");
    }
    // Where pg_dump forgets to end the line.
    *defn = defn.replace(";ALTER TABLE ONLY", ";\nALTER TABLE ONLY");
    if defn.contains("pg_attver=") {
        // The newest minor releases' own mark, which pg_dump 18.6 does not know.
        let mark = regex::Regex::new(r"pg_attver=\d+(, )?").unwrap();
        let plain = mark.replace_all(defn, "").into_owned();
        let statements = plain.split_inclusive(";\n");
        *defn = statements.filter(|statement| !statement.ends_with("SET ();\n")).collect();
    }
    if entry.desc == "TABLE" && major < 18 {
        // pg_dump 18 writes what only an 18 server takes.
        *defn = defn
            .replace(" (\n    NOT NULL v\n)", " (\n)")
            .replace("ALTER TABLE ONLY shop.child3 ALTER COLUMN v SET NOT NULL;\n", "");
    }
}
