//! Options of a backup.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::app::App;
use crate::app::dialog::Dialog;
use crate::app::form::{Field, FieldId, Form, parts, parts_options};
use crate::model::name::QualifiedName;
use crate::model::pattern::Pattern;
use crate::model::size::Bytes;
use crate::model::spec::{ArchiveFormat, BackupSpec, JobSpec, Selection};

use super::options;

/// What can be backed up: the options of the form's first field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// What is ticked.
    Ticked,
    /// The whole database.
    Everything,
    /// The schema under the cursor.
    Schema(String),
    /// The relation under the cursor, with its partitions.
    Relation(QualifiedName),
    /// What matches the patterns of a `:backup`.
    Matching(Vec<Pattern>),
}

/// The dialog.
#[derive(Debug, Clone)]
pub struct BackupDialog {
    /// The database.
    pub database: String,
    /// What each option of the first field means.
    pub what: Vec<What>,
    /// The fields.
    pub form: Form,
}

/// The codecs offered, the first one chosen at first.
pub(super) const CODECS: [&str; 7] = ["zstd", "zstd:1", "zstd:9", "lz4", "gzip", "gzip:9", "none"];
/// The option that stores rows as they are.
const NOT_COMPRESSED: usize = CODECS.len() - 1;
/// The layouts offered, the first one chosen at first.
const FORMATS: [ArchiveFormat; 4] =
    [ArchiveFormat::Custom, ArchiveFormat::Directory, ArchiveFormat::Tar, ArchiveFormat::Plain];
/// Connections offered at first.
pub(in crate::app) const JOBS: &str = "4";

impl App {
    /// Opens the options of a backup of the database at hand; with patterns, of what matches them.
    pub(in crate::app) fn open_backup(&mut self, patterns: Vec<Pattern>) {
        let Some(database) = self.database_at_hand() else {
            self.warn("choose a database first");
            return;
        };
        let what = self.what_options(&database, patterns);
        let name = output_name(&database, self.now, ArchiveFormat::default());
        let output = self.output_folder.join(name);
        let options = what.iter().map(|what| self.describe(&database, what)).collect();
        let form = Form::new(fields(options, &output.display().to_string()));
        self.dialogs.push(Dialog::Backup(BackupDialog { database, what, form }));
    }

    /// The database under the cursor.
    pub(in crate::app) fn database_at_hand(&self) -> Option<String> {
        self.tables.scope.as_ref().map(|scope| scope.database.clone())
    }

    fn what_options(&self, database: &str, patterns: Vec<Pattern>) -> Vec<What> {
        if !patterns.is_empty() {
            return vec![What::Matching(patterns)];
        }
        let entry = self.server.catalogs.get(database);
        let ticked = entry.is_some_and(|entry| !entry.selection.is_empty());
        let schema = self.tables.scope.as_ref().and_then(|scope| scope.schema.clone());
        let relation = self.current_relation().map(|relation| relation.name.clone());
        let mut what = Vec::new();
        what.extend(ticked.then_some(What::Ticked));
        what.extend(schema.map(What::Schema));
        what.push(What::Everything);
        what.extend(relation.map(What::Relation));
        what
    }

    fn describe(&self, database: &str, what: &What) -> String {
        match what {
            What::Ticked => {
                let summary = self.server.catalogs.get(database).map(|entry| &entry.summary);
                let (count, bytes) = summary.map_or((0, 0), |s| (s.ticked, s.bytes));
                format!("{count} ticked, {}", Bytes(bytes))
            }
            What::Everything => "the whole database".to_owned(),
            What::Schema(schema) => format!("schema {schema}"),
            What::Relation(name) => name.to_string(),
            What::Matching(patterns) => {
                let patterns: Vec<&str> = patterns.iter().map(Pattern::as_str).collect();
                format!("what matches {}", patterns.join(" "))
            }
        }
    }

    /// After the layout was changed: the offered name and the compression follow, unless they were
    /// written by hand.
    pub(in crate::app) fn format_chosen(&mut self) {
        let now = self.now;
        let Some(Dialog::Backup(BackupDialog { database, form, .. })) = self.dialogs.last_mut()
        else {
            return;
        };
        if form.focused().is_none_or(|field| field.id != FieldId::Format) {
            return;
        }
        let Some(format) = FORMATS.get(form.chosen(FieldId::Format)).copied() else { return };
        let compressed = matches!(format, ArchiveFormat::Custom | ArchiveFormat::Directory);
        form.choose(FieldId::Compression, if compressed { 0 } else { NOT_COMPRESSED });
        let output = PathBuf::from(form.text(FieldId::Output));
        let name = output.file_name().map(|name| name.to_string_lossy().into_owned());
        if name.is_some_and(|name| stamped_format(&name, database).is_some()) {
            let renamed = output.with_file_name(output_name(database, now, format));
            form.set_text(FieldId::Output, &renamed.display().to_string());
        }
    }

    /// Enter in the dialog: reads the form and asks for the plan.
    pub(in crate::app) fn accept_backup(&mut self) {
        let Some(Dialog::Backup(dialog)) = self.dialogs.last() else { return };
        let mut dialog = dialog.clone();
        let spec = self.backup_spec(&mut dialog);
        if let Some(top) = self.dialogs.last_mut() {
            *top = Dialog::Backup(dialog);
        }
        let Some(spec) = spec else { return };
        if let Some(folder) = spec.output.parent() {
            folder.clone_into(&mut self.output_folder);
        }
        self.plan(JobSpec::Backup(spec));
    }

    fn backup_spec(&self, dialog: &mut BackupDialog) -> Option<BackupSpec> {
        let form = &mut dialog.form;
        form.forgive();
        let jobs = form.read_jobs();
        let rate = form.read(FieldId::Rate);
        let pacing = options::read_pacing(form);
        let output = form.text(FieldId::Output).to_owned();
        let format = *FORMATS.get(form.chosen(FieldId::Format))?;
        let is_folder = format == ArchiveFormat::Directory;
        if output.is_empty() || (output.ends_with('/') && !is_folder) {
            let what =
                if is_folder { "write the path of a folder" } else { "write the path of a file" };
            form.complain(FieldId::Output, what);
            return None;
        }
        let what = dialog.what.get(form.chosen(FieldId::What))?;
        let compression = CODECS.get(form.chosen(FieldId::Compression))?;
        if format == ArchiveFormat::Tar && form.chosen(FieldId::Compression) != NOT_COMPRESSED {
            form.complain(FieldId::Compression, "the tar format is not compressed: choose none");
            return None;
        }
        let mut selection = self.selection_for(&dialog.database, what);
        let options = options::read_dump(form, &mut selection)?;
        selection.with_dependencies =
            form.is_on(FieldId::Dependencies) && !selection.is_everything();
        selection.with_references = form.is_on(FieldId::References) && !selection.is_everything();
        Some(BackupSpec {
            target: self.server.target.clone(),
            database: dialog.database.clone(),
            selection,
            parts: parts(form.chosen(FieldId::Parts)),
            format,
            compression: compression.parse().ok()?,
            output: self.expand(&output),
            overwrite: form.is_on(FieldId::Overwrite),
            jobs: jobs?,
            rate: rate?,
            pacing: pacing?,
            no_owner: form.is_on(FieldId::NoOwner),
            no_privileges: form.is_on(FieldId::NoPrivileges),
            options,
        })
    }

    fn selection_for(&self, database: &str, what: &What) -> Selection {
        let entry = self.server.catalogs.get(database);
        let loaded = entry.and_then(|entry| Some((entry, entry.catalog.value.as_ref()?)));
        // Rules about rows hold for whatever is taken; the engine ignores none silently.
        let rules = loaded.map_or_else(Selection::default, |(entry, catalog)| {
            let named = |oid: u32| entry.index.relation(catalog, oid).map(|r| &r.name);
            entry.selection.row_rules(catalog, &entry.index, |oid| match what {
                What::Schema(schema) => named(oid).is_some_and(|name| name.schema == *schema),
                What::Relation(relation) => named(oid) == Some(relation),
                _ => true,
            })
        });
        match what {
            What::Ticked => loaded.map_or_else(Selection::default, |(entry, catalog)| {
                entry.selection.to_spec(catalog, &entry.index)
            }),
            What::Everything => rules,
            What::Schema(schema) => {
                Selection { schemas: vec![Pattern::exact_schema(schema)], ..rules }
            }
            What::Relation(name) => Selection { tables: self.family(database, name), ..rules },
            What::Matching(patterns) => {
                Selection { tables: patterns.clone(), ..Selection::default() }
            }
        }
    }

    /// A table and its partitions.
    fn family(&self, database: &str, name: &QualifiedName) -> Vec<Pattern> {
        let entry = self.server.catalogs.get(database);
        let patterns = entry.and_then(|entry| {
            let catalog = entry.catalog.value.as_ref()?;
            let oid = catalog.relations.iter().find(|r| r.name == *name)?.oid;
            let members = entry.index.family(oid).into_iter();
            let named = members.filter_map(|oid| entry.index.relation(catalog, oid));
            Some(named.map(|relation| Pattern::exact(&relation.name)).collect())
        });
        patterns.unwrap_or_else(|| vec![Pattern::exact(name)])
    }

    /// A path as typed, with the home folder for a tilde.
    pub(in crate::app) fn expand(&self, path: &str) -> PathBuf {
        match path.strip_prefix("~/") {
            Some(rest) => self.home.join(rest),
            None => PathBuf::from(path),
        }
    }

    /// The output for the same backup once more: with the time of now where the name has a time.
    pub(in crate::app) fn renewed_output(&self, output: &Path, database: &str) -> PathBuf {
        let name = output.file_name().map(|name| name.to_string_lossy().into_owned());
        match name.and_then(|name| stamped_format(&name, database)) {
            Some(format) => output.with_file_name(output_name(database, self.now, format)),
            None => output.to_owned(),
        }
    }
}

fn fields(what: Vec<String>, output: &str) -> Vec<Field> {
    let mut fields = common_fields(what, output);
    fields.extend(options::dump_fields());
    fields
}

fn common_fields(what: Vec<String>, output: &str) -> Vec<Field> {
    use FieldId as Id;
    let mut fields = vec![
        Field::choice(Id::What, "Back up", what, "← → choose; rules about rows stay in force"),
        Field::choice(
            Id::Format,
            "Format",
            FORMATS.map(|format| format.word().to_owned()).into(),
            "-F: pg_restore reads custom, directory and tar; psql runs plain",
        ),
        Field::text(Id::Output, "Into", output, "-o: the file, or the folder, to make"),
    ];
    fields.extend(writing_fields());
    fields.extend([
        Field::toggle(
            Id::Dependencies,
            "With what they need",
            true,
            "--with-dependencies: schemas, types, functions: restores into an empty database",
        ),
        Field::toggle(
            Id::References,
            "With referenced tables",
            false,
            "--with-references: what foreign keys point to, and what that points to",
        ),
    ]);
    fields.extend(rights_fields());
    fields.push(Field::toggle(
        Id::More,
        "More options",
        false,
        "shows the other options of pg_dump",
    ));
    fields
}

/// How the output is written.
pub(super) fn writing_fields() -> [Field; 5] {
    use FieldId as Id;
    [
        Field::toggle(
            Id::Overwrite,
            "Replace what is there",
            false,
            "--overwrite: if there is one of this name, once the new one is whole",
        ),
        Field::choice(
            Id::Compression,
            "Compression",
            CODECS.map(str::to_owned).into(),
            "-Z: pg_restore reads zstd and lz4 from version 17 on, gzip and none from 12 on",
        ),
        Field::choice(
            Id::Parts,
            "Take",
            parts_options(),
            "--schema-only, --data-only, --section: ← → choose",
        ),
        Field::text(Id::Jobs, "Connections", JOBS, "-j: that copy rows at the same time, 1 to 64"),
        Field::text(
            Id::Rate,
            "Rate limit",
            "off",
            "--rate: bytes a second: 20M, 512Ki, 1.5G; off for none",
        ),
    ]
}

/// What is left out of every object.
pub(super) fn rights_fields() -> [Field; 2] {
    use FieldId as Id;
    [
        Field::toggle(
            Id::NoOwner,
            "Without owners",
            false,
            "--no-owner: objects will belong to who restores",
        ),
        Field::toggle(
            Id::NoPrivileges,
            "Without grants",
            false,
            "--no-privileges: no GRANT or REVOKE is stored",
        ),
    ]
}

/// The name offered for a backup: `shop-20260211T140211Z.dump`.
fn output_name(database: &str, now: Timestamp, format: ArchiveFormat) -> String {
    format!("{}-{}{}", safe(database), now.strftime("%Y%m%dT%H%M%SZ"), ending(format))
}

fn ending(format: ArchiveFormat) -> &'static str {
    match format {
        ArchiveFormat::Custom => ".dump",
        ArchiveFormat::Directory => "",
        ArchiveFormat::Tar => ".tar",
        ArchiveFormat::Plain => ".sql",
    }
}

/// The layout whose name we would have offered for this database at some time.
fn stamped_format(name: &str, database: &str) -> Option<ArchiveFormat> {
    let rest = name.strip_prefix(&format!("{}-", safe(database)))?;
    FORMATS.into_iter().find(|format| {
        rest.strip_suffix(ending(*format))
            .and_then(|rest| rest.strip_suffix('Z'))
            .is_some_and(is_stamp)
    })
}

pub(super) fn is_stamp(text: &str) -> bool {
    text.len() == 15 && text.chars().all(|c| c.is_ascii_digit() || c == 'T')
}

/// A database's name as a part of a file's name.
fn safe(database: &str) -> String {
    let keep = |c: char| if c.is_alphanumeric() || "_-.".contains(c) { c } else { '_' };
    database.chars().map(keep).collect::<String>().trim_start_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offered_name_has_the_database_and_the_time() {
        let now: Timestamp = "2026-02-11T14:02:11.5Z".parse().unwrap();
        let custom = ArchiveFormat::Custom;
        assert_eq!(output_name("shop", now, custom), "shop-20260211T140211Z.dump");
        assert_eq!(output_name("../a b/c", now, custom), "_a_b_c-20260211T140211Z.dump");
        for format in FORMATS {
            let name = output_name("shop", now, format);
            assert_eq!(stamped_format(&name, "shop"), Some(format), "{name}");
        }
        assert_eq!(stamped_format("shop-final.dump", "shop"), None);
    }
}
