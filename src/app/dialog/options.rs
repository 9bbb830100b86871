//! The less common options of a backup and a restore, as fields with their names on the command
//! line: one table each says what a field is called, what it means, and what it changes.

use std::num::NonZeroU32;

use crate::app::form::{Field, FieldId, Form};
use crate::app::text::words;
use crate::model::pattern::Pattern;
use crate::model::spec::{DumpOptions, LeftOut, RestoreOptions, RowFormat, Selection};

/// A yes or no of `T`.
struct Flag<T> {
    /// Its name on the command line.
    name: &'static str,
    /// What stands before the field.
    label: &'static str,
    /// What it means.
    help: &'static str,
    /// Where it is.
    place: fn(&mut T) -> &mut bool,
}

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

/// A list of patterns in a selection.
struct Patterns {
    name: &'static str,
    label: &'static str,
    help: &'static str,
    place: fn(&mut Selection) -> &mut Vec<Pattern>,
}

const PATTERNS: [Patterns; 7] = [
    Patterns {
        name: "--exclude-table",
        label: "Not the tables",
        help: "-T: patterns by psql's rules, with blanks between",
        place: |s| &mut s.exclude_tables,
    },
    Patterns {
        name: "--exclude-schema",
        label: "Not the schemas",
        help: "-N: patterns by psql's rules, with blanks between",
        place: |s| &mut s.exclude_schemas,
    },
    Patterns {
        name: "--exclude-table-data",
        label: "Not the rows of",
        help: "--exclude-table-data: these tables are made empty",
        place: |s| &mut s.exclude_table_data,
    },
    Patterns {
        name: "--table-and-children",
        label: "Tables with heirs",
        help: "--table-and-children: only these, with all partitions and heirs",
        place: |s| &mut s.tables_and_children,
    },
    Patterns {
        name: "--extension",
        label: "Extensions",
        help: "-e: only these extensions, besides what is chosen above",
        place: |s| &mut s.extensions,
    },
    Patterns {
        name: "--exclude-extension",
        label: "Not the extensions",
        help: "--exclude-extension: patterns with blanks between",
        place: |s| &mut s.exclude_extensions,
    },
    Patterns {
        name: "--include-foreign-data",
        label: "Rows of servers",
        help: "--include-foreign-data: foreign servers whose tables' rows are copied too",
        place: |s| &mut s.foreign_data,
    },
];

const LEFT_OUT: [Flag<LeftOut>; 7] = [
    Flag {
        name: "--no-comments",
        label: "Without comments",
        help: "--no-comments: no COMMENT ON is stored",
        place: |o| &mut o.comments,
    },
    Flag {
        name: "--no-publications",
        label: "Without publications",
        help: "--no-publications",
        place: |o| &mut o.publications,
    },
    Flag {
        name: "--no-subscriptions",
        label: "Without subscriptions",
        help: "--no-subscriptions",
        place: |o| &mut o.subscriptions,
    },
    Flag {
        name: "--no-security-labels",
        label: "Without security labels",
        help: "--no-security-labels",
        place: |o| &mut o.security_labels,
    },
    Flag {
        name: "--no-policies",
        label: "Without policies",
        help: "--no-policies: row-level security is not stored",
        place: |o| &mut o.policies,
    },
    Flag {
        name: "--no-tablespaces",
        label: "Without tablespaces",
        help: "--no-tablespaces: everything goes to the default one",
        place: |o| &mut o.tablespaces,
    },
    Flag {
        name: "--no-table-access-method",
        label: "Without access methods",
        help: "--no-table-access-method: tables get the target's default one",
        place: |o| &mut o.table_access_method,
    },
];

const DUMP_FLAGS: [Flag<DumpOptions>; 8] = [
    Flag {
        name: "--no-toast-compression",
        label: "Without TOAST compression",
        help: "--no-toast-compression: columns get the target's default one",
        place: |o| &mut o.no_toast_compression,
    },
    Flag {
        name: "--no-unlogged-table-data",
        label: "Not unlogged rows",
        help: "--no-unlogged-table-data: unlogged tables are made empty",
        place: |o| &mut o.no_unlogged_table_data,
    },
    Flag {
        name: "--statistics",
        label: "Planner statistics",
        help: "--statistics: for a restore into PostgreSQL 18 or newer",
        place: |o| &mut o.statistics,
    },
    Flag {
        name: "--sequence-data",
        label: "Values of sequences",
        help: "--sequence-data: also where only definitions are taken",
        place: |o| &mut o.sequence_data,
    },
    Flag {
        name: "--load-via-partition-root",
        label: "Load through the root",
        help: "--load-via-partition-root: rows find their partition anew",
        place: |o| &mut o.load_via_partition_root,
    },
    Flag {
        name: "--quote-all-identifiers",
        label: "Quote all names",
        help: "--quote-all-identifiers",
        place: |o| &mut o.quote_all_identifiers,
    },
    Flag {
        name: "--enable-row-security",
        label: "Row security",
        help: "--enable-row-security: take just the rows that this user may see",
        place: |o| &mut o.enable_row_security,
    },
    Flag {
        name: "--serializable-deferrable",
        label: "Serializable",
        help: "--serializable-deferrable: wait for a snapshot without anomalies",
        place: |o| &mut o.session.serializable_deferrable,
    },
];

const SCRIPT_FLAGS: [Flag<DumpOptions>; 3] = [
    Flag {
        name: "--clean",
        label: "Script drops first",
        help: "--clean: the plain script drops what it makes",
        place: |o| &mut o.clean,
    },
    Flag {
        name: "--if-exists",
        label: "Script drops if there",
        help: "--if-exists: its DROPs find nothing wrong with absent objects",
        place: |o| &mut o.if_exists,
    },
    Flag {
        name: "--create",
        label: "Script makes database",
        help: "--create: the plain script makes the database and connects to it",
        place: |o| &mut o.create,
    },
];

/// Of the script of a cluster's globals.
const GLOBALS_FLAGS: [Flag<DumpOptions>; 2] = [
    Flag {
        name: "--clean",
        label: "Script drops first",
        help: "--clean: the script of the globals drops roles and tablespaces, psql runs it",
        place: |o| &mut o.clean,
    },
    Flag {
        name: "--if-exists",
        label: "Script drops if there",
        help: "--if-exists: its DROPs find nothing wrong with absent roles and tablespaces",
        place: |o| &mut o.if_exists,
    },
];

const RESTORE_FLAGS: [Flag<RestoreOptions>; 3] = [
    Flag {
        name: "--no-statistics",
        label: "Without statistics",
        help: "--no-statistics: run ANALYZE afterwards",
        place: |o| &mut o.no_statistics,
    },
    Flag {
        name: "--no-data-for-failed-tables",
        label: "No rows for failed tables",
        help: "--no-data-for-failed-tables: rows are left out where the table could not be made",
        place: |o| &mut o.no_data_for_failed_tables,
    },
    Flag {
        name: "--no-tuning",
        label: "Sessions as they are",
        help: "--no-tuning: no more memory and helpers for index builds, each commit waits for the disk",
        place: |o| &mut o.no_tuning,
    },
];

/// How rows can be written: the options of `--inserts`.
const ROWS: [&str; 4] = ["COPY", "INSERT", "INSERT with names", "INSERT of 100 rows"];
const LARGE_OBJECTS: [&str; 3] = ["with everything", "yes", "no"];

/// The less common fields of a backup.
pub(super) fn dump_fields() -> Vec<Field> {
    let mut fields = vec![
        rows_field(),
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
    ];
    fields.extend(PATTERNS.iter().map(|p| text(p.name, p.label, p.help)));
    fields.extend(session_fields());
    fields.extend(LEFT_OUT.iter().map(Flag::field));
    fields.extend(DUMP_FLAGS.iter().chain(&SCRIPT_FLAGS).map(Flag::field));
    fields
}

/// Those of a cluster's backup: what chooses objects of one database is not among them.
pub(super) fn cluster_dump_fields() -> Vec<Field> {
    let mut fields = vec![rows_field()];
    fields.extend(session_fields());
    fields.extend(LEFT_OUT.iter().map(Flag::field));
    fields.extend(DUMP_FLAGS.iter().chain(&GLOBALS_FLAGS).map(Flag::field));
    fields
}

fn choice(name: &'static str, label: &'static str, options: &[&str], help: &'static str) -> Field {
    let options = options.iter().map(|option| (*option).to_owned()).collect();
    Field::choice(FieldId::Option(name), label, options, help).more()
}

fn text(name: &'static str, label: &'static str, help: &'static str) -> Field {
    Field::text(FieldId::Option(name), label, "", help).more()
}

fn rows_field() -> Field {
    choice("--inserts", "Rows as", &ROWS, "--inserts, --column-inserts, --rows-per-insert")
}

fn session_fields() -> [Field; 3] {
    [
        text("--role", "As role", "--role: SET ROLE to it before anything is read"),
        text(
            "--lock-wait-timeout",
            "Wait for locks",
            "--lock-wait-timeout: milliseconds until a table's lock is given up; empty waits",
        ),
        text("--encoding", "Encoding", "-E: by PostgreSQL's name; empty for UTF8"),
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
    let mut fields = vec![transaction.more()];
    fields.extend(cluster_restore_fields());
    fields
}

/// Those of a restore of a cluster's backup, whose databases are each restored as a whole.
pub(super) fn cluster_restore_fields() -> impl Iterator<Item = Field> {
    LEFT_OUT.iter().map(Flag::field).chain(RESTORE_FLAGS.iter().map(Flag::field))
}

/// Reads the less common fields of a backup; nothing if one cannot be read.
pub(super) fn read_dump(form: &mut Form, selection: &mut Selection) -> Option<DumpOptions> {
    for list in &PATTERNS {
        let patterns = read_patterns(form, list.name)?;
        (list.place)(selection).extend(patterns);
    }
    selection.min_rows = read_optional(form, "--min-rows")?;
    selection.max_rows = read_optional(form, "--max-rows")?;
    let mut options = DumpOptions::default();
    take_flags(form, &LEFT_OUT, &mut options.left_out);
    take_flags(form, &DUMP_FLAGS, &mut options);
    take_flags(form, &SCRIPT_FLAGS, &mut options);
    options.rows = rows(form.chosen(FieldId::Option("--inserts")));
    options.large_objects = match form.chosen(FieldId::Option("--large-objects")) {
        1 => Some(true),
        2 => Some(false),
        _ => None,
    };
    options.session.lock_wait_timeout = read_optional(form, "--lock-wait-timeout")?;
    options.session.role = text_of(form, "--role");
    options.session.encoding = text_of(form, "--encoding");
    Some(options)
}

/// Reads the less common fields of a restore; nothing if one cannot be read.
pub(super) fn read_restore(form: &mut Form) -> Option<RestoreOptions> {
    let mut options = RestoreOptions::default();
    take_flags(form, &LEFT_OUT, &mut options.left_out);
    take_flags(form, &RESTORE_FLAGS, &mut options);
    options.transaction_size = read_optional(form, "--transaction-size")?;
    Some(options)
}

fn rows(option: usize) -> RowFormat {
    let inserts = |rows: u32, column_names| RowFormat::Inserts {
        rows_per_insert: NonZeroU32::MIN.saturating_add(rows - 1),
        column_names,
        on_conflict_do_nothing: false,
    };
    match option {
        1 => inserts(1, false),
        2 => inserts(1, true),
        3 => inserts(100, false),
        _ => RowFormat::Copy,
    }
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

fn read_patterns(form: &mut Form, name: &'static str) -> Option<Vec<Pattern>> {
    let id = FieldId::Option(name);
    let patterns: Result<Vec<Pattern>, _> =
        words(form.text(id)).into_iter().map(str::parse::<Pattern>).collect();
    match patterns {
        Ok(patterns) => Some(patterns),
        Err(error) => {
            form.complain(id, error.to_string());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::form::Value;

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
        for flag in &RESTORE_FLAGS {
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
    fn a_number_that_is_none_is_complained_about_where_it_stands() {
        let mut form = Form::new(dump_fields());
        form.set_text(FieldId::Option("--min-rows"), "many");
        assert_eq!(read_dump(&mut form, &mut Selection::default()), None);
        assert_eq!(form.focused().map(|field| field.id), Some(FieldId::Option("--min-rows")));
        assert!(form.is_shown(form.focus), "a field with a complaint is in sight");
    }
}
