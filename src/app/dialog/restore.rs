//! The contents of an archive with ticks, and the options of a restore.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::app::App;
use crate::app::dialog::Dialog;
use crate::app::dialog::backup::JOBS;
use crate::app::filter::{Filter, Fuzzy};
use crate::app::form::{Field, FieldId, Form, parts, parts_options};
use crate::app::list::Cursor;
use crate::app::remote::Remote;
use crate::app::selection::Tick;
use crate::engine::command::Command;
use crate::model::archive::{ArchiveListing, EntryInfo};
use crate::model::conn::Target;
use crate::model::id::RequestId;
use crate::model::job::ErrorReport;
use crate::model::name::QualifiedName;
use crate::model::pattern::Pattern;
use crate::model::spec::{JobSpec, RestoreSpec};

use super::options;

/// Which half of the dialog has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Half {
    /// The tables.
    #[default]
    Tables,
    /// The options.
    Options,
}

/// A table of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveTable {
    /// Its name.
    pub name: QualifiedName,
    /// Its kind as the archive has it, such as "TABLE".
    pub kind: String,
    /// Bytes of its rows in the file, where the archive tells.
    pub bytes: Option<u64>,
    /// Whether the archive has its rows.
    pub has_data: bool,
}

/// Identity of a row of the list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ArchiveNode {
    /// A schema and its tables.
    Schema(String),
    /// A table.
    Table(QualifiedName),
}

/// A row as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveRow {
    /// What it is.
    pub node: ArchiveNode,
    /// The schema's or the table's own name.
    pub label: String,
    /// Characters of the label that the filter matched.
    pub matched: Vec<u32>,
    /// Its tick.
    pub tick: Tick,
    /// Its kind as the archive has it, or "SCHEMA".
    pub kind: String,
    /// Bytes of its rows in the file, where the archive tells.
    pub bytes: Option<u64>,
    /// Whether the archive has its rows.
    pub has_data: bool,
}

/// The dialog.
#[derive(Debug, Clone)]
pub struct RestoreDialog {
    /// The archive.
    pub path: PathBuf,
    /// Its contents.
    pub listing: Remote<ArchiveListing>,
    /// Its tables, sorted.
    pub tables: Vec<ArchiveTable>,
    /// Those that are ticked.
    pub ticked: BTreeSet<QualifiedName>,
    /// The rows that pass the filter.
    pub rows: Vec<ArchiveRow>,
    /// The cursor in them.
    pub cursor: Cursor<ArchiveNode>,
    /// The filter.
    pub filter: Filter,
    /// The options.
    pub form: Form,
    /// Which half has the keys.
    pub half: Half,
}

/// The options of the first field.
const INTO_NEW: usize = 0;

impl App {
    /// Reads an archive's contents and shows them.
    pub(in crate::app) fn open_archive(&mut self, path: &str) {
        let path = self.expand(path);
        let request = self.ids.request();
        let mut dialog = RestoreDialog::new(path.clone());
        dialog.listing.ask(request);
        self.dialogs.push(Dialog::Restore(Box::new(dialog)));
        self.send(Command::ListArchive { request, path, choice: None });
    }

    /// Takes the contents in, unless the dialog was closed meanwhile.
    pub(in crate::app) fn archive_came(
        &mut self,
        request: RequestId,
        result: Result<Box<ArchiveListing>, ErrorReport>,
    ) {
        let now = self.now;
        let asking = self.dialogs.iter_mut().find_map(|dialog| match dialog {
            Dialog::Restore(dialog) if dialog.listing.pending == Some(request) => Some(dialog),
            _ => None,
        });
        if let Some(dialog) = asking {
            dialog.listing.answer(request, now, result.map(|listing| *listing));
            dialog.listed();
        }
    }

    /// Enter: reads the form and asks for the plan.
    pub(in crate::app) fn accept_restore(&mut self) {
        let databases: Vec<String> = self
            .server
            .databases
            .value
            .iter()
            .flatten()
            .map(|database| database.name.clone())
            .collect();
        let target = self.server.target.clone();
        let Some(Dialog::Restore(dialog)) = self.dialogs.last_mut() else { return };
        if dialog.listing.value.is_none() {
            return;
        }
        let Some(spec) = dialog.spec(&target, &databases) else {
            dialog.half = Half::Options;
            return;
        };
        let spec = JobSpec::Restore(spec);
        if let Some(reason) = self.refuses(&spec) {
            self.warn(reason);
            return;
        }
        self.plan(spec);
    }
}

impl RestoreDialog {
    fn new(path: PathBuf) -> Self {
        Self {
            path,
            listing: Remote::default(),
            tables: Vec::new(),
            ticked: BTreeSet::new(),
            rows: Vec::new(),
            cursor: Cursor::default(),
            filter: Filter::default(),
            form: Form::new(fields()),
            half: Half::Tables,
        }
    }

    /// After the contents came: everything is ticked.
    fn listed(&mut self) {
        let Some(listing) = &self.listing.value else { return };
        self.tables = tables(listing);
        self.ticked = self.tables.iter().map(|table| table.name.clone()).collect();
        if self.form.text(FieldId::Database).is_empty() {
            let name = format!("{}_restored", listing.database);
            self.form.set_text(FieldId::Database, &name);
        }
    }

    /// Whether the whole archive is meant.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.ticked.len() == self.tables.len()
    }

    /// Bytes of the ticked tables' rows in the file, as far as the archive tells.
    #[must_use]
    pub fn ticked_bytes(&self) -> u64 {
        let ticked = self.tables.iter().filter(|table| self.ticked.contains(&table.name));
        ticked.filter_map(|table| table.bytes).sum()
    }

    /// Computes the rows again.
    pub(in crate::app) fn settle(&mut self, page: usize) {
        let mut fuzzy = Fuzzy::new(self.filter.text());
        let mut rows = Vec::new();
        for tables in self.tables.chunk_by(|a, b| a.name.schema == b.name.schema) {
            let shown: Vec<ArchiveRow> = tables
                .iter()
                .filter(|table| fuzzy.score(&table.name.to_string()).is_some())
                .map(|table| self.table_row(table))
                .collect();
            let Some(schema) = tables.first().filter(|_| !shown.is_empty()) else { continue };
            rows.push(self.schema_row(&schema.name.schema, tables));
            rows.extend(shown);
        }
        for row in &mut rows {
            row.matched = fuzzy.indices(&row.label);
        }
        self.rows = rows;
        let rows = &self.rows;
        self.cursor.settle(rows.len(), page, |i| rows.get(i).map(|row| row.node.clone()));
    }

    fn table_row(&self, table: &ArchiveTable) -> ArchiveRow {
        ArchiveRow {
            node: ArchiveNode::Table(table.name.clone()),
            label: table.name.name.clone(),
            matched: Vec::new(),
            tick: Tick::of([self.ticked.contains(&table.name)]),
            kind: table.kind.clone(),
            bytes: table.bytes,
            has_data: table.has_data,
        }
    }

    fn schema_row(&self, schema: &str, tables: &[ArchiveTable]) -> ArchiveRow {
        ArchiveRow {
            node: ArchiveNode::Schema(schema.to_owned()),
            label: schema.to_owned(),
            matched: Vec::new(),
            tick: Tick::of(tables.iter().map(|table| self.ticked.contains(&table.name))),
            kind: "SCHEMA".to_owned(),
            bytes: Some(tables.iter().filter_map(|table| table.bytes).sum()),
            has_data: tables.iter().any(|table| table.has_data),
        }
    }

    /// Space: a table, or all of a schema.
    pub(in crate::app) fn toggle(&mut self) {
        let Some(row) = self.rows.get(self.cursor.index()) else { return };
        let on = row.tick.toggled();
        match row.node.clone() {
            ArchiveNode::Table(name) => self.tick(|table| *table == name, on),
            ArchiveNode::Schema(schema) => self.tick(|table| table.schema == schema, on),
        }
    }

    fn tick(&mut self, which: impl Fn(&QualifiedName) -> bool, on: bool) {
        for table in self.tables.iter().filter(|table| which(&table.name)) {
            if on {
                self.ticked.insert(table.name.clone());
            } else {
                self.ticked.remove(&table.name);
            }
        }
    }

    /// Ticks or unticks all tables that the filter shows.
    pub(in crate::app) fn tick_shown(&mut self, on: bool) {
        let shown = self.shown_tables();
        self.tick(|table| shown.contains(table), on);
    }

    /// Turns over all tables that the filter shows.
    pub(in crate::app) fn invert_shown(&mut self) {
        for table in self.shown_tables() {
            if !self.ticked.remove(&table) {
                self.ticked.insert(table);
            }
        }
    }

    fn shown_tables(&self) -> BTreeSet<QualifiedName> {
        let table = |row: &ArchiveRow| match &row.node {
            ArchiveNode::Table(name) => Some(name.clone()),
            ArchiveNode::Schema(_) => None,
        };
        self.rows.iter().filter_map(table).collect()
    }

    /// Reads the form; complaints and nothing if something is wrong.
    fn spec(&mut self, target: &Target, databases: &[String]) -> Option<RestoreSpec> {
        let everything = self.is_everything();
        let form = &mut self.form;
        form.forgive();
        let jobs = form.read_jobs();
        let rate = form.read(FieldId::Rate);
        let create_database = form.chosen(FieldId::Into) == INTO_NEW;
        let database = form.text(FieldId::Database).to_owned();
        if let Some(error) = wrong_database(&database, create_database, databases) {
            form.complain(FieldId::Database, error);
            return None;
        }
        let single_transaction = form.is_on(FieldId::SingleTransaction);
        if single_transaction && jobs.is_some_and(|jobs| jobs.get() > 1) {
            form.complain(FieldId::Jobs, "all or nothing needs a single connection: write 1");
            return None;
        }
        if !everything && self.ticked.is_empty() {
            form.complain(FieldId::Into, "no table is ticked: tab goes back to the list");
            return None;
        }
        let options = options::read_restore(form)?;
        let form = &self.form;
        let role = form.text(FieldId::Role);
        let ticked = self.ticked.iter().map(Pattern::exact);
        Some(RestoreSpec {
            target: target.clone(),
            archive: self.path.clone(),
            database,
            create_database,
            tables: Vec::new(),
            whole_tables: if everything { Vec::new() } else { ticked.collect() },
            schemas: Vec::new(),
            exclude_schemas: Vec::new(),
            use_list: None,
            parts: parts(form.chosen(FieldId::Parts)),
            clean: form.is_on(FieldId::Clean),
            if_exists: form.is_on(FieldId::Clean),
            no_owner: form.is_on(FieldId::NoOwner),
            no_privileges: form.is_on(FieldId::NoPrivileges),
            role: (!role.is_empty()).then(|| role.to_owned()),
            single_transaction,
            exit_on_error: form.is_on(FieldId::ExitOnError),
            disable_triggers: form.is_on(FieldId::DisableTriggers),
            jobs: jobs?,
            rate: rate?,
            over_existing: false,
            script: None,
            options,
        })
    }
}

fn wrong_database(name: &str, is_new: bool, databases: &[String]) -> Option<String> {
    let exists = databases.iter().any(|known| known == name);
    match (name.is_empty(), is_new, exists) {
        (true, ..) => Some("write the name of a database".to_owned()),
        (_, true, true) => Some(format!("there is a database '{name}' already")),
        // Without the list, the plan finds out.
        (_, false, false) if !databases.is_empty() => {
            Some(format!("there is no database '{name}' on this server"))
        }
        _ => None,
    }
}

/// The archive's tables and views, sorted; with the sizes of their rows where it tells.
fn tables(listing: &ArchiveListing) -> Vec<ArchiveTable> {
    let name = |entry: &EntryInfo| QualifiedName::new(&entry.namespace, &entry.tag);
    let data: BTreeMap<QualifiedName, Option<u64>> = listing
        .entries
        .iter()
        .filter(|entry| entry.desc == "TABLE DATA")
        .map(|entry| (name(entry), entry.data_bytes))
        .collect();
    let mut tables: Vec<ArchiveTable> = listing
        .entries
        .iter()
        .filter(|entry| KINDS.contains(&entry.desc.as_str()))
        .map(|entry| {
            let name = name(entry);
            let rows = data.get(&name);
            ArchiveTable {
                kind: entry.desc.clone(),
                bytes: rows.copied().flatten(),
                has_data: rows.is_some(),
                name,
            }
        })
        .collect();
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    tables
}

/// Kinds of entries that can be ticked.
const KINDS: [&str; 4] = ["TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE"];

fn fields() -> Vec<Field> {
    let mut fields = common_fields();
    fields.extend(options::restore_fields());
    fields
}

fn common_fields() -> Vec<Field> {
    use FieldId as Id;
    let into = ["a new database", "an existing database"].map(str::to_owned).into();
    vec![
        Field::choice(Id::Into, "Restore into", into, "← → choose"),
        Field::text(Id::Database, "Database", "", "-d: its name on the server that is connected"),
        Field::choice(Id::Parts, "Take", parts_options(), "--schema-only, --data-only: ← → choose"),
        Field::toggle(
            Id::Clean,
            "Drop first",
            false,
            "--clean --if-exists: drops the objects that are to be made",
        ),
        Field::toggle(
            Id::NoOwner,
            "Without owners",
            false,
            "--no-owner: objects belong to who restores",
        ),
        Field::toggle(
            Id::NoPrivileges,
            "Without grants",
            false,
            "--no-privileges: no GRANT or REVOKE is run",
        ),
        Field::text(Id::Role, "As role", "", "--role: SET ROLE to it first; empty for none"),
        Field::toggle(
            Id::SingleTransaction,
            "All or nothing",
            false,
            "--single-transaction: on one connection",
        ),
        Field::toggle(
            Id::ExitOnError,
            "Stop at errors",
            false,
            "--exit-on-error: otherwise the rest is tried",
        ),
        Field::toggle(
            Id::DisableTriggers,
            "Triggers off",
            false,
            "--disable-triggers: while rows are loaded into existing tables; needs a superuser",
        ),
        Field::text(Id::Jobs, "Connections", JOBS, "-j: that load rows and build indexes, 1 to 64"),
        Field::text(
            Id::Rate,
            "Rate limit",
            "off",
            "--rate: bytes a second: 20M, 512Ki, 1.5G; off for none",
        ),
        Field::toggle(Id::More, "More options", false, "shows the other options of pg_restore"),
    ]
}
