//! Options of a cluster's backup.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::app::App;
use crate::app::dialog::Dialog;
use crate::app::dialog::backup::{CODECS, is_stamp, rights_fields, writing_fields};
use crate::app::dialog::options;
use crate::app::form::{Field, FieldId, Form, parts};
use crate::app::text::words;
use crate::model::pattern::Pattern;
use crate::model::spec::{ArchiveFormat, ClusterBackupSpec, ClusterContent, JobSpec, Selection};

use super::{no_role_passwords, refuses_both, refuses_rows_alone};

/// The dialog.
#[derive(Debug, Clone)]
pub struct ClusterBackupDialog {
    /// The patterns that each option of the databases' field stands for; `None` is what is written.
    pub offers: Vec<Option<Vec<Pattern>>>,
    /// The fields.
    pub form: Form,
}

/// What of a cluster can be backed up, with the words shown; the first one chosen at first.
const CONTENTS: [(ClusterContent, &str); 5] = [
    (ClusterContent::Everything, "everything"),
    (ClusterContent::GlobalsOnly, "globals"),
    (ClusterContent::RolesOnly, "roles"),
    (ClusterContent::TablespacesOnly, "tablespaces"),
    (ClusterContent::DatabasesOnly, "databases"),
];
/// The layouts that a cluster's archives can have.
const FORMATS: [ArchiveFormat; 2] = [ArchiveFormat::Custom, ArchiveFormat::Directory];
/// Names of ticked databases that are shown.
const NAMED: usize = 3;

impl App {
    /// Opens the options of a backup of the cluster; with patterns, of the databases that match.
    pub(in crate::app) fn open_cluster_backup(&mut self, patterns: &[Pattern]) {
        let (labels, mut offers): (Vec<String>, Vec<_>) = self.offers().into_iter().unzip();
        let labels: Vec<String> = labels.into_iter().chain(["by pattern".to_owned()]).collect();
        offers.push(None);
        let output = self.output_folder.join(folder_name(self.now)).display().to_string();
        let mut form = Form::new(fields(labels, &output));
        if !patterns.is_empty() {
            form.set_text(FieldId::DatabasePatterns, &joined(patterns));
            form.choose(FieldId::Databases, offers.len() - 1);
        }
        self.dialogs.push(Dialog::ClusterBackup(ClusterBackupDialog { offers, form }));
    }

    /// All databases, those with ticks, the one under the cursor.
    fn offers(&self) -> Vec<(String, Option<Vec<Pattern>>)> {
        let exact = |names: &[&str]| Some(names.iter().map(|n| Pattern::exact_schema(n)).collect());
        let catalogs = self.server.catalogs.iter();
        let ticked = catalogs.filter(|(_, entry)| !entry.selection.is_empty());
        let ticked: Vec<&str> = ticked.map(|(name, _)| name.as_str()).collect();
        let row = self.browser.current().filter(|row| row.problem.is_none());
        let current = row.map(|row| row.node.database());
        let mut offers = vec![("all".to_owned(), Some(Vec::new()))];
        if !ticked.is_empty() {
            offers.push((named(&ticked), exact(&ticked)));
        }
        if let Some(name) = current.filter(|name| ticked != [*name]) {
            offers.push((name.to_owned(), exact(&[name])));
        }
        offers
    }

    /// Enter in the dialog: reads the form and asks for the plan.
    pub(in crate::app) fn accept_cluster_backup(&mut self) {
        let Some(Dialog::ClusterBackup(dialog)) = self.dialogs.last() else { return };
        let mut dialog = dialog.clone();
        let spec = self.cluster_backup_spec(&mut dialog);
        if let Some(top) = self.dialogs.last_mut() {
            *top = Dialog::ClusterBackup(dialog);
        }
        let Some(spec) = spec else { return };
        if let Some(folder) = spec.output.parent() {
            folder.clone_into(&mut self.output_folder);
        }
        self.plan(JobSpec::BackupCluster(spec));
    }

    fn cluster_backup_spec(&self, dialog: &mut ClusterBackupDialog) -> Option<ClusterBackupSpec> {
        let written = dialog.wants_patterns();
        let form = &mut dialog.form;
        form.forgive();
        if written && form.text(FieldId::DatabasePatterns).is_empty() {
            form.complain(FieldId::DatabasePatterns, "write patterns of databases, or choose all");
            return None;
        }
        let databases = read_databases(form, FieldId::DatabasePatterns);
        let exclude_databases = read_databases(form, FieldId::NotDatabases);
        let jobs = form.read_jobs();
        let rate = form.read(FieldId::Rate);
        let pacing = options::read_pacing(form);
        let options = options::read_dump(form, &mut Selection::default())?;
        let output = form.text(FieldId::Output).to_owned();
        if output.is_empty() {
            form.complain(FieldId::Output, "write the path of a folder");
            return None;
        }
        let (content, _) = CONTENTS.get(form.chosen(FieldId::What)).copied()?;
        let spec = ClusterBackupSpec {
            content,
            databases: databases?,
            exclude_databases: exclude_databases?,
            parts: parts(form.chosen(FieldId::Parts)),
            format: FORMATS.get(form.chosen(FieldId::Format)).copied()?,
            compression: CODECS.get(form.chosen(FieldId::Compression))?.parse().ok()?,
            overwrite: form.is_on(FieldId::Overwrite),
            jobs: jobs?,
            rate: rate?,
            pacing: pacing?,
            no_owner: form.is_on(FieldId::NoOwner),
            no_privileges: form.is_on(FieldId::NoPrivileges),
            no_role_passwords: form.is_on(FieldId::NoRolePasswords),
            options,
            ..ClusterBackupSpec::new(self.server.target.clone(), self.expand(&output))
        };
        (!is_contradiction(form, &spec)).then_some(spec)
    }

    /// The folder for the same backup once more: with the time of now where its name has a time.
    pub(in crate::app) fn renewed_folder(&self, output: &Path) -> PathBuf {
        let name = output.file_name().map(|name| name.to_string_lossy().into_owned());
        let stamp = name.as_deref().and_then(|name| name.strip_prefix("cluster-"));
        if stamp.and_then(|stamp| stamp.strip_suffix('Z')).is_some_and(is_stamp) {
            output.with_file_name(folder_name(self.now))
        } else {
            output.to_owned()
        }
    }
}

impl ClusterBackupDialog {
    /// After a text was edited: databases that were written are no offer any more.
    pub(in crate::app) fn typed(&mut self) {
        self.form.typed();
        if self.form.focused().is_some_and(|field| field.id == FieldId::DatabasePatterns) {
            let written = !self.form.text(FieldId::DatabasePatterns).is_empty();
            self.form.choose(FieldId::Databases, if written { self.offers.len() - 1 } else { 0 });
        }
    }

    /// After an option was chosen: the databases that it stands for are written out.
    pub(in crate::app) fn turned(&mut self) {
        if self.form.focused().is_none_or(|field| field.id != FieldId::Databases) {
            return;
        }
        let chosen = self.offers.get(self.form.chosen(FieldId::Databases));
        if let Some(Some(patterns)) = chosen {
            self.form.set_text(FieldId::DatabasePatterns, &joined(patterns));
        }
    }

    /// Whether the databases are those that are written.
    fn wants_patterns(&self) -> bool {
        matches!(self.offers.get(self.form.chosen(FieldId::Databases)), Some(None))
    }
}

/// The name offered for a backup: `cluster-20260211T140211Z`.
fn folder_name(now: Timestamp) -> String {
    format!("cluster-{}", now.strftime("%Y%m%dT%H%M%SZ"))
}

fn joined(patterns: &[Pattern]) -> String {
    patterns.iter().map(Pattern::as_str).collect::<Vec<_>>().join(" ")
}

/// "with ticks: shop, staging", or how many where these are too many.
fn named(ticked: &[&str]) -> String {
    if ticked.len() > NAMED {
        return format!("{} with ticks", ticked.len());
    }
    format!("with ticks: {}", ticked.join(", "))
}

/// Patterns of databases; a complaint and nothing if one cannot be read.
fn read_databases(form: &mut Form, id: FieldId) -> Option<Vec<Pattern>> {
    let patterns: Vec<Pattern> = words(form.text(id)).into_iter().map(Pattern::new).collect();
    match patterns.iter().find_map(|pattern| pattern.compile_schema().err()) {
        Some(error) => {
            form.complain(id, error.to_string());
            None
        }
        None => Some(patterns),
    }
}

/// Complains about what the command line refuses too; says whether it did.
fn is_contradiction(form: &mut Form, spec: &ClusterBackupSpec) -> bool {
    let clean = FieldId::Option("--clean");
    if spec.options.if_exists && !spec.options.clean {
        form.complain(clean, "option --if-exists requires option -c/--clean");
        return true;
    }
    let only = spec.content.flag().filter(|_| !spec.content.databases());
    match only {
        Some(flag) if !spec.databases.is_empty() => {
            refuses_both(form, FieldId::DatabasePatterns, "--database", flag)
        }
        Some(flag) if !spec.exclude_databases.is_empty() => {
            refuses_both(form, FieldId::NotDatabases, "--exclude-database", flag)
        }
        _ if spec.parts.data_only => {
            refuses_rows_alone(form, spec.content, (clean, spec.options.clean))
        }
        _ => false,
    }
}

fn fields(databases: Vec<String>, output: &str) -> Vec<Field> {
    use FieldId as Id;
    let what = CONTENTS.map(|(_, words)| words.to_owned()).into();
    let mut fields = vec![
        Field::choice(
            Id::What,
            "Back up",
            what,
            "--globals-only, --roles-only, --tablespaces-only, --no-globals: ← → choose",
        ),
        Field::choice(
            Id::Databases,
            "Databases",
            databases,
            "whole databases: ← → choose, or write patterns below",
        ),
        Field::text(
            Id::DatabasePatterns,
            "Only matching",
            "",
            "--database: patterns by psql's rules, with blanks between; empty for all",
        )
        .empty("all"),
        Field::text(
            Id::NotDatabases,
            "Not the databases",
            "",
            "--exclude-database: patterns with blanks between",
        ),
        Field::choice(
            Id::Format,
            "Format",
            FORMATS.map(|format| format.word().to_owned()).into(),
            "-F: of each database's archive; pg_restore reads both",
        ),
        Field::text(Id::Output, "Into", output, "-o: the folder to make"),
    ];
    fields.extend(writing_fields());
    fields.extend(rights_fields());
    fields.push(no_role_passwords("--no-role-passwords: which only a superuser may read"));
    fields.push(Field::toggle(
        Id::More,
        "More options",
        false,
        "shows the other options of pg_dump and pg_dumpall",
    ));
    fields.extend(options::cluster_dump_fields());
    fields
}
