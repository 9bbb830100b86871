//! The contents of a cluster's backup with ticks, and the options of a restore.

use std::path::PathBuf;

use crate::app::App;
use crate::app::dialog::Dialog;
use crate::app::dialog::options;
use crate::app::dialog::restore::{Half, exit_on_error, pace_fields, rights_fields};
use crate::app::form::{Field, FieldId, Form, parts, parts_options};
use crate::model::cluster::ClusterListing;
use crate::model::conn::Target;
use crate::model::id::RequestId;
use crate::model::job::ErrorReport;
use crate::model::spec::{ClusterRestoreSpec, JobSpec};

use super::contents::ClusterContents;
use super::{no_role_passwords, refuses_rows_alone};

/// The dialog.
#[derive(Debug, Clone)]
pub struct ClusterRestoreDialog {
    /// The backup.
    pub listing: ClusterListing,
    /// What can be picked from it.
    pub contents: ClusterContents,
    /// The options.
    pub form: Form,
    /// Which half has the keys.
    pub half: Half,
}

impl App {
    /// The archive that was asked for is a cluster's backup: shows what it holds, unless the dialog
    /// was closed meanwhile.
    pub(in crate::app) fn cluster_came(
        &mut self,
        request: RequestId,
        result: Result<Box<ClusterListing>, ErrorReport>,
    ) {
        let now = self.now;
        let asking = self.dialogs.iter_mut().find_map(|dialog| match dialog {
            Dialog::Restore(archive) if archive.listing.pending == Some(request) => Some(dialog),
            _ => None,
        });
        match (asking, result) {
            (Some(dialog), Ok(listing)) => {
                *dialog = Dialog::ClusterRestore(Box::new(ClusterRestoreDialog::new(*listing)));
            }
            (Some(Dialog::Restore(archive)), Err(error)) => {
                archive.listing.answer(request, now, Err(error));
            }
            _ => {}
        }
    }

    /// Opens the archive of the database under the cursor: any part of it can be looked at and
    /// restored by itself.
    pub(in crate::app) fn open_archive_of_row(&mut self) {
        let Some(Dialog::ClusterRestore(dialog)) = self.dialogs.last() else { return };
        if let Some(path) = dialog.current_archive() {
            self.open_archive_at(path);
        }
    }

    /// Enter: reads the form and asks for the plan.
    pub(in crate::app) fn accept_cluster_restore(&mut self) {
        let target = self.server.target.clone();
        let Some(Dialog::ClusterRestore(dialog)) = self.dialogs.last_mut() else { return };
        let Some(spec) = dialog.spec(target) else {
            dialog.half = Half::Options;
            return;
        };
        self.plan(JobSpec::RestoreCluster(spec));
    }
}

impl ClusterRestoreDialog {
    /// Everything is ticked.
    fn new(listing: ClusterListing) -> Self {
        let contents = ClusterContents::of(&listing);
        Self { listing, contents, form: Form::new(fields()), half: Half::Tables }
    }

    /// The archive of the database under the cursor.
    #[must_use]
    pub fn current_archive(&self) -> Option<PathBuf> {
        let name = self.contents.current_database()?;
        let mut databases = self.listing.catalogue.databases.iter();
        let database = databases.find(|database| database.name == name)?;
        self.listing.archive(database)
    }

    /// Reads the form; complaints and nothing if something is wrong.
    fn spec(&mut self, target: Target) -> Option<ClusterRestoreSpec> {
        let form = &mut self.form;
        form.forgive();
        let jobs = form.read_jobs();
        let rate = form.read(FieldId::Rate);
        let pacing = options::read_pacing(form);
        let content = self.contents.content();
        let content = content.map_err(|error| form.complain(FieldId::Parts, error)).ok()?;
        let mut options = options::read_restore(form)?;
        let parts = parts(form.chosen(FieldId::Parts));
        // As on the command line: rows alone, and definitions alone, come without statistics.
        options.no_statistics |= parts.data_only || parts.schema_only;
        let clean = form.is_on(FieldId::Clean);
        if parts.data_only && refuses_rows_alone(form, content, (FieldId::Clean, clean)) {
            return None;
        }
        Some(ClusterRestoreSpec {
            content,
            databases: self.contents.choices(),
            parts,
            clean,
            if_exists: clean,
            no_owner: form.is_on(FieldId::NoOwner),
            no_privileges: form.is_on(FieldId::NoPrivileges),
            no_role_passwords: form.is_on(FieldId::NoRolePasswords),
            exit_on_error: form.is_on(FieldId::ExitOnError),
            jobs: jobs?,
            rate: rate?,
            pacing: pacing?,
            options,
            ..ClusterRestoreSpec::new(target, &self.listing.path)
        })
    }
}

fn fields() -> Vec<Field> {
    use FieldId as Id;
    let mut fields = vec![
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
            "--clean --if-exists: databases, roles, tablespaces of these names, with all they hold",
        ),
    ];
    fields.extend(rights_fields());
    fields.push(no_role_passwords("--no-role-passwords: roles are made without theirs"));
    fields.push(exit_on_error());
    fields.extend(pace_fields());
    fields.push(Field::toggle(
        Id::More,
        "More options",
        false,
        "shows the other options of pg_restore",
    ));
    fields.extend(options::cluster_restore_fields());
    fields
}
