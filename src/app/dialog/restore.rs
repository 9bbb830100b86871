//! The contents of an archive with ticks, and the options of a restore.

use std::path::PathBuf;

use crate::app::App;
use crate::app::dialog::Dialog;
use crate::app::dialog::backup::JOBS;
use crate::app::form::{Field, FieldId, Form, parts, parts_options};
use crate::app::remote::Remote;
use crate::engine::command::Command;
use crate::model::archive::ArchiveListing;
use crate::model::conn::Target;
use crate::model::id::RequestId;
use crate::model::job::ErrorReport;
use crate::model::pattern::Pattern;
use crate::model::spec::{JobSpec, RestoreSpec};

use super::options;

pub mod contents;

use contents::{Contents, picked_entries};

/// Which half of the dialog has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Half {
    /// What the archive holds.
    #[default]
    Tables,
    /// The options.
    Options,
}

/// The dialog.
#[derive(Debug, Clone)]
pub struct RestoreDialog {
    /// The archive.
    pub path: PathBuf,
    /// Its contents.
    pub listing: Remote<ArchiveListing>,
    /// What can be picked from it.
    pub contents: Contents,
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
        self.open_archive_at(path);
    }

    /// The same, of a path that is no text of the user's.
    pub(in crate::app) fn open_archive_at(&mut self, path: PathBuf) {
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
        self.plan(JobSpec::Restore(spec));
    }
}

impl RestoreDialog {
    fn new(path: PathBuf) -> Self {
        Self {
            path,
            listing: Remote::default(),
            contents: Contents::default(),
            form: Form::new(fields()),
            half: Half::Tables,
        }
    }

    /// After the contents came: everything is ticked.
    fn listed(&mut self) {
        let Some(listing) = &self.listing.value else { return };
        self.contents = Contents::of(listing);
        if self.form.text(FieldId::Database).is_empty() {
            let name = format!("{}_restored", self.origin(listing));
            self.form.set_text(FieldId::Database, &name);
        }
    }

    /// The database that was dumped; a script does not tell, so its file's name stands for it.
    fn origin(&self, listing: &ArchiveListing) -> String {
        if !listing.database.is_empty() {
            return listing.database.clone();
        }
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned());
        let stem = name.as_deref().and_then(|name| name.split('.').find(|part| !part.is_empty()));
        stem.unwrap_or("script").to_owned()
    }

    /// Reads the form; complaints and nothing if something is wrong.
    fn spec(&mut self, target: &Target, databases: &[String]) -> Option<RestoreSpec> {
        let everything = self.contents.is_everything();
        let form = &mut self.form;
        form.forgive();
        let jobs = form.read_jobs();
        let rate = form.read(FieldId::Rate);
        let pacing = options::read_pacing(form);
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
        if !everything && self.contents.ticked.is_empty() {
            form.complain(FieldId::Into, "nothing is ticked: tab goes back to the list");
            return None;
        }
        let mut options = options::read_restore(form)?;
        // As on the command line: rows alone, and definitions alone, come without statistics.
        let form = &self.form;
        let parts = parts(form.chosen(FieldId::Parts));
        options.no_statistics |= parts.data_only || parts.schema_only;
        let role = form.text(FieldId::Role);
        let (whole_tables, use_list) = self.picked(everything);
        Some(RestoreSpec {
            target: target.clone(),
            archive: self.path.clone(),
            database,
            create_database,
            tables: Vec::new(),
            whole_tables,
            schemas: Vec::new(),
            exclude_schemas: Vec::new(),
            use_list,
            parts,
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
            pacing: pacing?,
            over_existing: false,
            script: None,
            options,
        })
    }
}

impl RestoreDialog {
    /// Tables are named, with whatever belongs to them; other objects come as a list of entries.
    fn picked(&self, everything: bool) -> (Vec<Pattern>, Option<Vec<u32>>) {
        let tables_only = self.contents.picked().all(|object| object.is_relation);
        match &self.listing.value {
            _ if everything => (Vec::new(), None),
            Some(listing) if !tables_only => {
                let (ids, _) = picked_entries(listing, &self.contents.ticked);
                (Vec::new(), Some(ids))
            }
            _ => (self.contents.picked().map(|o| Pattern::exact(&o.name)).collect(), None),
        }
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

fn fields() -> Vec<Field> {
    let mut fields = common_fields();
    fields.extend(options::restore_fields());
    fields
}

fn common_fields() -> Vec<Field> {
    use FieldId as Id;
    let into = ["a new database", "an existing database"].map(str::to_owned).into();
    let mut fields = vec![
        Field::choice(Id::Into, "Restore into", into, "← → choose"),
        Field::text(Id::Database, "Database", "", "-d: its name on the server that is connected"),
        Field::choice(
            Id::Parts,
            "Take",
            parts_options(),
            "--schema-only, --data-only, --section: ← → choose",
        ),
        Field::toggle(
            Id::Clean,
            "Drop first",
            false,
            "--clean --if-exists: drops the objects that are to be made",
        ),
    ];
    fields.extend(rights_fields());
    fields.extend([
        Field::text(Id::Role, "As role", "", "--role: SET ROLE to it first; empty for none"),
        Field::toggle(
            Id::SingleTransaction,
            "All or nothing",
            false,
            "--single-transaction: on one connection",
        ),
        exit_on_error(),
        Field::toggle(
            Id::DisableTriggers,
            "Triggers off",
            false,
            "--disable-triggers: while rows are loaded into existing tables; needs a superuser",
        ),
    ]);
    fields.extend(pace_fields());
    fields.push(Field::toggle(
        Id::More,
        "More options",
        false,
        "shows the other options of pg_restore",
    ));
    fields
}

/// What is left out of every object.
pub(super) fn rights_fields() -> [Field; 2] {
    use FieldId as Id;
    [
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
    ]
}

/// Whether the first error ends it.
pub(super) fn exit_on_error() -> Field {
    Field::toggle(
        FieldId::ExitOnError,
        "Stop at errors",
        false,
        "--exit-on-error: otherwise the rest is tried",
    )
}

/// How fast it may be.
pub(super) fn pace_fields() -> [Field; 2] {
    use FieldId as Id;
    [
        Field::text(Id::Jobs, "Connections", JOBS, "-j: that load rows and build indexes, 1 to 64"),
        Field::text(
            Id::Rate,
            "Rate limit",
            "off",
            "--rate: bytes a second: 20M, 512Ki, 1.5G; off for none",
        ),
    ]
}
