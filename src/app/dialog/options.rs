//! The less common options of a backup and a restore, as fields with their names on the command
//! line: one table each says what a field is called, what it means, and what it changes.

mod tables;

use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::app::form::{Field, FieldId, Form};
use crate::app::text::words;
use crate::model::spec::{DumpOptions, RestoreOptions, RowFormat, Selection};
use crate::model::throttle::{Pacing, RateWindow, WindowError};

use tables::{
    ARCHIVE_VERSIONS, DUMP_FLAGS, Flag, GLOBALS_FLAGS, LARGE_OBJECTS, LEFT_OUT, PATTERNS,
    RESTORE_FLAGS, ROWS, SCRIPT_FLAGS, SINGLE_RESTORE_FLAGS,
};

const RENAME_SCHEMA: &str = "--rename-schema";
const RENAME_TABLE: &str = "--rename-table";
const CONFLICTS: &str = "--on-conflict-do-nothing";
/// What the server takes for `extra_float_digits`.
const FLOAT_DIGITS: RangeInclusive<i8> = -15..=3;

impl<T> Flag<T> {
    fn field(&self) -> Field {
        Field::toggle(FieldId::Option(self.name), self.label, false, self.help).more()
    }
}

/// Turns on what the form says.
fn take_flags<T>(form: &Form, flags: &[Flag<T>], options: &mut T) {
    for flag in flags {
        *(flag.place)(options) = form.is_on(FieldId::Option(flag.name));
    }
}

/// The less common fields of a backup.
pub(super) fn dump_fields() -> Vec<Field> {
    let mut fields = Vec::from(row_fields());
    fields.extend([
        choice(
            "--large-objects",
            "Large objects",
            &LARGE_OBJECTS,
            "-b takes them also with chosen tables, -B never",
        ),
        text(
            "--min-rows",
            "Rows from",
            "--min-rows: only rows of tables that have at least so many",
        ),
        text(
            "--max-rows",
            "Rows up to",
            "--max-rows: only rows of tables that have at most so many",
        ),
    ]);
    fields.extend(PATTERNS.iter().map(|p| text(p.name, p.label, p.help)));
    fields.push(
        text("--snapshot", "Snapshot", "--snapshot: one that another session exported")
            .empty("a new one"),
    );
    fields.extend(session_fields());
    fields.push(superuser_field());
    fields.extend(LEFT_OUT.iter().map(Flag::field));
    fields.extend(DUMP_FLAGS.iter().chain(&SCRIPT_FLAGS).map(Flag::field));
    fields.extend(pacing_fields());
    fields
}

/// Those of a cluster's backup: what chooses objects of one database is not among them.
pub(super) fn cluster_dump_fields() -> Vec<Field> {
    let mut fields = Vec::from(row_fields());
    fields.extend(session_fields());
    fields.extend(LEFT_OUT.iter().map(Flag::field));
    fields.extend(DUMP_FLAGS.iter().chain(&GLOBALS_FLAGS).map(Flag::field));
    fields.extend(pacing_fields());
    fields
}

fn choice(name: &'static str, label: &'static str, options: &[&str], help: &'static str) -> Field {
    let options = options.iter().map(|option| (*option).to_owned()).collect();
    Field::choice(FieldId::Option(name), label, options, help).more()
}

fn text(name: &'static str, label: &'static str, help: &'static str) -> Field {
    Field::text(FieldId::Option(name), label, "", help).more()
}

fn row_fields() -> [Field; 2] {
    let conflicts = "--on-conflict-do-nothing: rows that are there already are no errors";
    [
        choice("--inserts", "Rows as", &ROWS, "--inserts, --column-inserts, --rows-per-insert"),
        Field::toggle(FieldId::Option(CONFLICTS), "Pass over conflicts", false, conflicts).more(),
    ]
}

fn superuser_field() -> Field {
    text("--superuser", "Superuser", "--superuser: who stops triggers; empty for the user himself")
}

fn session_fields() -> [Field; 5] {
    let versions = ARCHIVE_VERSIONS.map(|(label, _)| label);
    [
        text("--role", "As role", "--role: SET ROLE to it before anything is read"),
        text(
            "--lock-wait-timeout",
            "Wait for locks",
            "--lock-wait-timeout: milliseconds until a table's lock is given up; empty waits",
        ),
        text("--encoding", "Encoding", "-E: by PostgreSQL's name; empty for UTF8"),
        text(
            "--extra-float-digits",
            "Digits of floats",
            "--extra-float-digits: -15 to 3; empty for all that they have",
        ),
        choice(
            "--archive-version",
            "Archive version",
            &versions,
            "--archive-version: zstd and lz4 need 1.15 or newer",
        ),
    ]
}

/// The less common fields of a restore.
pub(super) fn restore_fields() -> Vec<Field> {
    let transaction = Field::text(
        FieldId::Option("--transaction-size"),
        "Transaction size",
        "",
        "--transaction-size: commit after so many objects; empty for each by itself",
    );
    let mut fields = vec![
        text(
            RENAME_SCHEMA,
            "Rename schemas",
            "--rename-schema FROM:TO: what is in the one goes into the other; blanks between",
        ),
        text(
            RENAME_TABLE,
            "Rename tables",
            "--rename-table SCHEMA.FROM:TO: another name in its schema; blanks between",
        ),
        transaction.more(),
        superuser_field(),
    ];
    fields.extend(SINGLE_RESTORE_FLAGS.iter().map(Flag::field));
    fields.extend(cluster_restore_fields());
    fields
}

/// Those of a restore of a cluster's backup, whose databases are each restored as a whole.
pub(super) fn cluster_restore_fields() -> impl Iterator<Item = Field> {
    let flags = LEFT_OUT.iter().map(Flag::field).chain(RESTORE_FLAGS.iter().map(Flag::field));
    flags.chain(pacing_fields())
}

/// What bends the limit; empty is as the config says.
fn pacing_fields() -> [Field; 2] {
    let as_configured = |field: Field| field.empty("as configured");
    [
        as_configured(text(
            "--rate-window",
            "Limit by hours",
            "--rate-window: mon-fri 08:00-18:00=20M; several with ; between; off for none",
        )),
        as_configured(text(
            "--adapt",
            "Adapt to signals",
            "--adapt: lag=10s,sessions=20,commit=50ms,archiver=5,disk=0.8; off for none",
        )),
    ]
}

/// Reads what bends the limit; nothing if it cannot be read.
pub(super) fn read_pacing(form: &mut Form) -> Option<Pacing> {
    let adapt = read_optional(form, "--adapt")?;
    let text = text_of(form, "--rate-window");
    let windows = match text.as_deref().map(windows).transpose() {
        Ok(windows) => windows,
        Err(error) => {
            form.complain(FieldId::Option("--rate-window"), error.to_string());
            return None;
        }
    };
    Some(Pacing { windows, adapt })
}

fn windows(text: &str) -> Result<Vec<RateWindow>, WindowError> {
    if text == "off" { Ok(Vec::new()) } else { text.split(';').map(str::parse).collect() }
}

/// Reads the less common fields of a backup; nothing if one cannot be read.
pub(super) fn read_dump(form: &mut Form, selection: &mut Selection) -> Option<DumpOptions> {
    for list in &PATTERNS {
        let patterns = read_words(form, list.name)?;
        (list.place)(selection).extend(patterns);
    }
    selection.min_rows = read_optional(form, "--min-rows")?;
    selection.max_rows = read_optional(form, "--max-rows")?;
    let mut options = DumpOptions::default();
    take_flags(form, &LEFT_OUT, &mut options.left_out);
    take_flags(form, &DUMP_FLAGS, &mut options);
    take_flags(form, &SCRIPT_FLAGS, &mut options);
    options.rows = read_rows(form)?;
    options.large_objects = match form.chosen(FieldId::Option("--large-objects")) {
        1 => Some(true),
        2 => Some(false),
        _ => None,
    };
    options.session.lock_wait_timeout = read_optional(form, "--lock-wait-timeout")?;
    options.session.role = text_of(form, "--role");
    options.session.encoding = text_of(form, "--encoding");
    options.session.snapshot = text_of(form, "--snapshot");
    options.session.extra_float_digits = read_float_digits(form)?;
    options.superuser = text_of(form, "--superuser");
    let version = form.chosen(FieldId::Option("--archive-version"));
    options.archive_version = ARCHIVE_VERSIONS.get(version).and_then(|(_, minor)| *minor);
    Some(options)
}

/// Reads the less common fields of a restore; nothing if one cannot be read.
pub(super) fn read_restore(form: &mut Form) -> Option<RestoreOptions> {
    let mut options = RestoreOptions::default();
    take_flags(form, &LEFT_OUT, &mut options.left_out);
    take_flags(form, &RESTORE_FLAGS, &mut options);
    take_flags(form, &SINGLE_RESTORE_FLAGS, &mut options);
    options.transaction_size = read_optional(form, "--transaction-size")?;
    options.rename_schemas = read_words(form, RENAME_SCHEMA)?;
    options.rename_tables = read_words(form, RENAME_TABLE)?;
    options.superuser = text_of(form, "--superuser");
    Some(options)
}

fn read_rows(form: &mut Form) -> Option<RowFormat> {
    let on_conflict_do_nothing = form.is_on(FieldId::Option(CONFLICTS));
    let inserts = |rows: u32, column_names| RowFormat::Inserts {
        rows_per_insert: NonZeroU32::MIN.saturating_add(rows - 1),
        column_names,
        on_conflict_do_nothing,
    };
    match form.chosen(FieldId::Option("--inserts")) {
        1 => Some(inserts(1, false)),
        2 => Some(inserts(1, true)),
        3 => Some(inserts(100, false)),
        _ if on_conflict_do_nothing => {
            form.complain(FieldId::Option(CONFLICTS), "only INSERTs can: choose them for the rows");
            None
        }
        _ => Some(RowFormat::Copy),
    }
}

#[expect(clippy::option_option, reason = "empty and wrong are two things")]
fn read_float_digits(form: &mut Form) -> Option<Option<i8>> {
    let name = "--extra-float-digits";
    let digits = read_optional(form, name)?;
    if digits.is_some_and(|digits| !FLOAT_DIGITS.contains(&digits)) {
        form.complain(FieldId::Option(name), "write a number from -15 to 3");
        return None;
    }
    Some(digits)
}

fn text_of(form: &Form, name: &'static str) -> Option<String> {
    Some(form.text(FieldId::Option(name)).to_owned()).filter(|text| !text.is_empty())
}

/// An empty field is no value; a wrong one is a complaint and the outer nothing.
#[expect(clippy::option_option, reason = "empty and wrong are two things")]
fn read_optional<T>(form: &mut Form, name: &'static str) -> Option<Option<T>>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    if form.text(FieldId::Option(name)).is_empty() {
        return Some(None);
    }
    form.read(FieldId::Option(name)).map(Some)
}

/// Values with blanks between; nothing if one cannot be read.
fn read_words<T: FromStr<Err: std::fmt::Display>>(
    form: &mut Form,
    name: &'static str,
) -> Option<Vec<T>> {
    let id = FieldId::Option(name);
    let values: Result<Vec<T>, _> = words(form.text(id)).into_iter().map(str::parse).collect();
    values.map_err(|error| form.complain(id, error.to_string())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::form::Value;
    use crate::model::pattern::Pattern;

    fn turn_on(form: &mut Form, name: &'static str) {
        for field in form.fields.iter_mut().filter(|f| f.id == FieldId::Option(name)) {
            field.value = Value::Toggle(true);
        }
    }

    #[test]
    fn each_field_changes_just_what_it_names() {
        for flag in &LEFT_OUT {
            let mut form = Form::new(restore_fields());
            turn_on(&mut form, flag.name);
            let mut options = read_restore(&mut form).unwrap();
            assert!(*(flag.place)(&mut options.left_out), "{}", flag.name);
            *(flag.place)(&mut options.left_out) = false;
            assert_eq!(options, RestoreOptions::default(), "{}", flag.name);
        }
        for flag in DUMP_FLAGS.iter().chain(&SCRIPT_FLAGS) {
            let mut form = Form::new(dump_fields());
            turn_on(&mut form, flag.name);
            let mut options = read_dump(&mut form, &mut Selection::default()).unwrap();
            assert!(*(flag.place)(&mut options), "{}", flag.name);
            *(flag.place)(&mut options) = false;
            assert_eq!(options, DumpOptions::default(), "{}", flag.name);
        }
        for flag in RESTORE_FLAGS.iter().chain(&SINGLE_RESTORE_FLAGS) {
            let mut form = Form::new(restore_fields());
            turn_on(&mut form, flag.name);
            let mut options = read_restore(&mut form).unwrap();
            assert!(*(flag.place)(&mut options), "{}", flag.name);
            *(flag.place)(&mut options) = false;
            assert_eq!(options, RestoreOptions::default(), "{}", flag.name);
        }
    }

    #[test]
    fn patterns_have_blanks_between_and_within_quotes() {
        let mut form = Form::new(dump_fields());
        form.set_text(FieldId::Option("--exclude-table"), r#"log_* "odd name".t"#);
        let mut selection = Selection::default();
        read_dump(&mut form, &mut selection).unwrap();
        let texts: Vec<&str> = selection.exclude_tables.iter().map(Pattern::as_str).collect();
        assert_eq!(texts, ["log_*", r#""odd name".t"#]);
    }

    #[test]
    fn values_are_read_out_of_their_fields() {
        let mut form = Form::new(dump_fields());
        form.set_text(FieldId::Option("--snapshot"), "00000003-1");
        form.set_text(FieldId::Option("--extra-float-digits"), "0");
        form.set_text(FieldId::Option("--superuser"), "root");
        form.choose(FieldId::Option("--archive-version"), 2);
        form.choose(FieldId::Option("--inserts"), 1);
        turn_on(&mut form, CONFLICTS);
        let options = read_dump(&mut form, &mut Selection::default()).unwrap();
        assert_eq!(options.session.snapshot.as_deref(), Some("00000003-1"));
        assert_eq!(options.session.extra_float_digits, Some(0));
        assert_eq!(options.superuser.as_deref(), Some("root"));
        assert_eq!(options.archive_version, Some(13));
        let on_conflict_do_nothing = true;
        let rows_per_insert = NonZeroU32::MIN;
        let rows =
            RowFormat::Inserts { rows_per_insert, column_names: false, on_conflict_do_nothing };
        assert_eq!(options.rows, rows);

        let mut form = Form::new(restore_fields());
        form.set_text(FieldId::Option(RENAME_SCHEMA), r#"shop:old "a b":c"#);
        form.set_text(FieldId::Option(RENAME_TABLE), "shop.orders:orders_old");
        let options = read_restore(&mut form).unwrap();
        let schemas = options.rename_schemas.iter().map(|r| (r.from.as_str(), r.to.as_str()));
        assert_eq!(schemas.collect::<Vec<_>>(), [("shop", "old"), ("a b", "c")]);
        assert_eq!(options.rename_tables[0].to, "orders_old");
    }

    #[test]
    fn values_that_cannot_be_are_complained_about_where_they_stand() {
        for (name, value) in [("--extra-float-digits", "4"), ("--extra-float-digits", "x")] {
            let mut form = Form::new(dump_fields());
            form.set_text(FieldId::Option(name), value);
            assert_eq!(read_dump(&mut form, &mut Selection::default()), None, "{name} {value}");
            assert_eq!(form.focused().map(|field| field.id), Some(FieldId::Option(name)));
        }
        let mut form = Form::new(dump_fields());
        turn_on(&mut form, CONFLICTS);
        assert_eq!(read_dump(&mut form, &mut Selection::default()), None);
        let mut form = Form::new(restore_fields());
        form.set_text(FieldId::Option(RENAME_SCHEMA), "shop");
        assert_eq!(read_restore(&mut form), None);
        assert_eq!(form.focused().map(|field| field.id), Some(FieldId::Option(RENAME_SCHEMA)));
    }

    #[test]
    fn a_number_that_is_none_is_complained_about_where_it_stands() {
        let mut form = Form::new(dump_fields());
        form.set_text(FieldId::Option("--min-rows"), "many");
        assert_eq!(read_dump(&mut form, &mut Selection::default()), None);
        assert_eq!(form.focused().map(|field| field.id), Some(FieldId::Option("--min-rows")));
        assert!(form.is_shown(form.focus), "a field with a complaint is in sight");
    }
}
